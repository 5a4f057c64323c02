"""`recon explain`, `undo` and `verify`: the books looked at, corrected by reversal, and proved.

Room: shell.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from jobs import suggested
from jobs.runner import database_url
from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.money import format_minor
from recon.store import books
from recon.store.confidences import Decider, deciders
from recon.store.explain import Explanation
from recon.store.explain import explain as explain_in_books
from recon.store.instants import instant_text
from recon.store.known import known_at as known_in_books
from recon.store.subjects import Subject, customer_codes

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from recon.model import Posting
    from recon.store.books import BookedEntry


def explain_subject(invocation: Invocation, subject: str, known_at: str = "") -> Exit:
    """Print lines with their source, open items, suggestions with evidence, entries and acts, in that order.

    With `known_at` only what the books knew at that instant, without suggestions: those are kept as they are now.
    """
    from jobs import review_command as shown

    instant = instant_of_text(known_at) if known_at else ""
    with invocation.store() as store, store.read() as connection:
        told = known_in_books(connection, subject, instant) if instant else explain_in_books(connection, subject)
        postings = [posting for booked in told.entries for posting in booked.entry.postings]
        names = suggested.named(connection, told.proposals, (p.open_item_id for p in postings if p.open_item_id))
        codes = customer_codes(connection, (p.customer_id for p in postings if p.customer_id is not None))
        decided = deciders(connection, sorted({proposal.bank_line_id for proposal in told.proposals}))
    output = invocation.output
    for line in told.lines:
        output.line(shown.line_text(line), shown.line_record(line))
    _tell_items(invocation, told)
    for proposal in told.proposals:
        currency = told.lines[0].currency
        text = suggested.proposal_text(proposal, currency, names)
        output.line(text, suggested.proposal_record(proposal, currency, names))
    for one in decided:
        _tell_decider(invocation, one)
    for booked in told.entries:
        output.line(_entry_text(booked, names.numbers, codes), _entry_record(booked, names.numbers, codes))
    for at, actor, action, detail in told.audit:
        record = {"type": "audit", "at": at, "actor": actor, "action": action, "detail": detail}
        output.line(f"  {at[:19]}Z {actor}: {action.replace('_', ' ')} {_worded(detail)}".rstrip(), record)
    return output.summary("", {"subject": subject, "entries": len(told.entries)})


def _tell_decider(invocation: Invocation, one: Decider) -> None:
    rules = f", rules of recon {one.rules}" if one.rules else ""
    text = f"  decided by run {one.run_id} for {one.as_of}: model {one.model}{rules}"
    invocation.output.line(text, {
        "type": "decided", "line": f"D{one.line_id}", "run": one.run_id, "as_of": one.as_of, "model": one.model,
        "rules": one.rules,
    })  # fmt: skip


def undo_subject(invocation: Invocation, subject: str, reason: str) -> Exit:
    """Take the last placement of a deposit, or one entry, back by a reversing entry."""
    parsed = Subject.parse(subject)
    if parsed.kind == "number":
        raise UsageError(f"{subject!r} names no deposit and no entry", "Use D12 or E7; `recon explain` shows them")
    why = reason or f"undone by {invocation.actor}"
    with invocation.store() as store, store.write() as connection:
        entry_id = books.undo(connection, parsed.written.upper(), invocation.author, invocation.as_of, why)
        made = books.entry_of(connection, entry_id)
    verb = "would be" if invocation.dry_run else "is"
    day = made.entry.booked_on if made else invocation.as_of
    moved = "" if day == invocation.as_of else f", booked on {day}: the day before it is closed"
    facts = {"undone": subject, "entry": entry_id, "booked_on": day}
    return invocation.output.summary(f"{subject} {verb} taken back by E{entry_id}{moved}", facts)


def verify_books(invocation: Invocation, anchor: str) -> Exit:
    """Prove the books; exit CONTROL_TOTAL when sums do not balance, FAILED for any other finding."""
    from recon.verify import verify

    report = verify(database_url(invocation.settings), anchor or None)
    output = invocation.output
    for proof in report.proofs:
        amount = format_minor(proof.amount_minor, proof.currency)
        record = {
            "type": "proof",
            "scope": proof.scope,
            "what": proof.what,
            "currency": proof.currency,
            "amount": amount,
        }
        output.line(f"  {proof.scope}: {proof.what} {amount} {proof.currency}", record)
    for finding in report.findings:
        output.line(
            f"FOUND {finding.name}: {finding.what}", {"type": "finding", "name": finding.name, "what": finding.what}
        )
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in report.counts)
    verdict = "the books hold" if report.holds else counted(len(report.findings), "finding")
    facts = {
        "holds": report.holds,
        "findings": len(report.findings),
        "anchor": report.anchor,
        "counts": dict(report.counts),
    }
    return output.summary(f"{verdict}: {counts}\nanchor: {report.anchor}", facts, report.exit_code)


def instant_of_text(written: str) -> str:
    """Return an instant as the books write it; a day alone is meant to its end, in UTC."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError as error:
        raise UsageError(f"--known-at {written!r} is no instant", "Write 2026-03-31 or 2026-03-31T18:00Z") from error
    if len(written) == len("2026-03-31"):
        moment = datetime.combine(moment, time.max, UTC)
    if moment.tzinfo is None:
        raise UsageError(f"--known-at {written!r} names no time zone", f"Write {written}Z for UTC")
    return instant_text(moment)


def _worded(detail: str) -> str:
    """Return the JSON of an audit row in words, without what is empty.

    >>> _worded('{"entries":[3],"reason":"by phone","state":"posted","until":null}')
    'entries 3, reason by phone, state posted'
    """
    if not detail.startswith("{"):
        return detail
    told = {
        name: ", ".join(map(str, value)) if isinstance(value, list) else value
        for name, value in json.loads(detail).items()
    }
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items() if value not in ("", None))


def _tell_items(invocation: Invocation, told: Explanation) -> None:
    for item in told.items:
        amount, opened = (format_minor(minor, item.currency) for minor in (item.amount_minor, item.open_minor))
        sums = f"{amount} {item.currency}, open {opened}, due {item.due_on}"
        text = f"  {item.kind} {item.number} of {item.customer}: {sums}"
        invocation.output.line(text, {
            "type": "open_item", "company": item.company, "customer": item.customer, "number": item.number,
            "kind": item.kind, "currency": item.currency, "amount": amount, "open": opened, "due_on": item.due_on,
        })  # fmt: skip


def _entry_text(booked: BookedEntry, numbers: dict[int, str], codes: dict[int, str]) -> str:
    entry = booked.entry
    undone = f", undone by E{booked.undone_by}" if booked.undone_by else ""
    undoes = f", undoes E{entry.reverses_id}" if entry.reverses_id else ""
    head = f"  E{booked.id}  {entry.booked_on}  {entry.kind} by {booked.actor}{undone}{undoes} {entry.reason}".rstrip()
    return "\n".join([head, *(_posting_text(posting, numbers, codes) for posting in entry.postings)])


def _posting_text(posting: Posting, numbers: dict[int, str], codes: dict[int, str]) -> str:
    side = "Dr" if posting.amount_minor >= 0 else "Cr"
    of = " ".join(filter(None, [codes.get(posting.customer_id or 0, ""), numbers.get(posting.open_item_id or 0, "")]))
    amount = format_minor(abs(posting.amount_minor), posting.currency)
    return f"        {side} {posting.account:<24} {amount:>16} {posting.currency}  {of}".rstrip()


def _entry_record(booked: BookedEntry, numbers: dict[int, str], codes: dict[int, str]) -> dict[str, Any]:
    entry = booked.entry
    return {
        "type": "entry", "id": f"E{booked.id}", "booked_on": entry.booked_on, "kind": entry.kind, "actor": booked.actor,
        "recorded_at": booked.recorded_at, "reason": entry.reason, "undone_by": booked.undone_by,
        "undoes": entry.reverses_id,
        "postings": [
            {"account": p.account, "amount": format_minor(p.amount_minor, p.currency), "currency": p.currency,
             "customer": codes.get(p.customer_id or 0, ""), "invoice": numbers.get(p.open_item_id or 0, "")}
            for p in entry.postings
        ],
    }  # fmt: skip
