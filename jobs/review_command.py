"""`recon review`: the queue, an item with its evidence, and every way to resolve it.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from jobs.applying import Ways, applied
from jobs.clearing import cleared
from jobs.review_notes import asked_items, note_facts, note_text
from jobs.suggested import best_offers, brief_record, brief_text, is_offer, named, proposal_record, proposal_text
from jobs.written import day_of
from recon.counted import counted
from recon.errors import Conflict, Exit, NotAllowed, UsageError
from recon.masking import shown_text
from recon.model import ReviewState, mask_account
from recon.money import format_minor, minor_digits
from recon.review import Act, Decision, Limits
from recon.store import review
from recon.store.subjects import item_labels

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from jobs.settings import Settings


def list_queue(invocation: Invocation, state: str, limit: int, after: int) -> Exit:
    """Print a page of the queue, most money times doubt first."""
    states = {one.value for one in ReviewState} | {"open", "all"}
    if state not in states:
        raise UsageError(f"--state {state!r} is not known", f"Use one of: {', '.join(sorted(states))}")
    with invocation.store() as store, store.read() as connection:
        items = review.list_items(connection, state, limit, after)
        labels = item_labels(connection, items)
        best = best_offers(connection, [item.subject_id for item in items if item.kind == "deposit"])
        names = named(connection, best.values())
        waiting = sum(count for count, _ in review.count_items(connection).values())
    for item in items:
        label = shown_text(labels[item.id])[:120]
        text, record = _row_text(item, label), _record(item) | {"label": label, "best": None}
        if item.kind == "deposit" and item.subject_id in best:
            text += f"\n        {brief_text(best[item.subject_id], item.currency, names)}"
            record["best"] = brief_record(best[item.subject_id], item.currency, names)
        invocation.output.line(text, record)
    more = f"; next page: --after {items[-1].id}" if len(items) == limit else ""
    text = counted(len(items), "item") + (f" of {waiting} that wait" if more and state == "open" else "") + more
    return invocation.output.summary(text, {"items": len(items), "waiting": waiting})


def _row_text(item: review.ReviewItem, label: str) -> str:
    amount = format_minor(item.amount_minor, item.currency)
    text = f"{item.id:>6}  {item.state:<10} {item.opened_on}  {amount:>16} {item.currency}  {label}"
    return text + _holder(item)


def _holder(item: review.ReviewItem) -> str:
    """Say who works on a claimed item, and until when the others leave it alone."""
    held = item.state == ReviewState.CLAIMED.value and item.held_until
    return f"  (with {item.held_by} until {item.held_until[11:16]} UTC)" if held and item.held_until else ""


def show_item(invocation: Invocation, item_id: int) -> Exit:
    """Print an item with the bank's text, the suggestions and what speaks for each."""
    with invocation.store() as store, store.read() as connection:
        case = review.show_item(connection, item_id)
        names = named(connection, case.proposals, asked_items(case.item))
        label = shown_text(item_labels(connection, [case.item])[item_id])[:120]
    output, item, line = invocation.output, case.item, case.line
    about = "" if line is not None else f"\n  {label}"
    head = f"item {item.id}: {item.kind}, {item.state.replace('_', ' ')}, version {item.version}{_holder(item)}"
    output.line(head + about, _record(item) | {"label": label})
    if note := note_text(item, names.numbers):
        output.line(f"  note: {note}", {"type": "note", "text": note, **note_facts(item)})
    if line is not None:
        output.line(line_text(line), line_record(line))
    offered = [one for one in case.proposals if is_offer(one)]
    for proposal in offered:
        output.line(proposal_text(proposal, item.currency, names), proposal_record(proposal, item.currency, names))
    if line is not None and not offered:
        output.line("  nothing is suggested: no open invoice, payer or amount fits", {"type": "none"})
    for day, amount_minor, customers in case.last_outcomes:
        text = f"  before: {day} {format_minor(amount_minor, item.currency)} from this payer went to {customers}"
        output.line(text, {"type": "before", "day": day, "customers": customers})
    return output.summary("", {"id": item.id, "version": item.version, "suggestions": len(offered)})


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reviewer asks for: an act by its name, with what belongs to it."""

    act: str
    reason: str = ""
    version: int = 0
    suggestion: int = 1
    ways: Ways | None = None
    until: str = ""
    clearing: str = ""


def act(invocation: Invocation, item_ids: Sequence[int], asked: Asked) -> Exit:
    """Carry out one act on one item, or on several: on all or on none.

    Raises Conflict when somebody was first, NotAllowed when the books forbid it; of several items it names the one.
    """
    wanted = list(dict.fromkeys(item_ids))
    if len(wanted) > 1 and asked.version:
        raise UsageError("--version is of one item", "Leave it out, or name one item")
    with invocation.store() as store, store.write() as connection:
        done = [_carried_out(connection, invocation, one, asked, alone=len(wanted) == 1) for one in wanted]
    if len(done) == 1:
        return invocation.output.summary(*done[0])
    for text, facts in done:
        invocation.output.line(text, {"type": "acted", **facts})
    return invocation.output.summary(counted(len(done), "item"), {"items": len(done)})


def _carried_out(
    connection: Connection, invocation: Invocation, item_id: int, asked: Asked, *, alone: bool
) -> tuple[str, dict[str, Any]]:
    """Return what became of an item, for people and for programs."""
    try:
        item = review.get_item(connection, item_id)
        decision = _decision(connection, invocation, item, asked)
        limits = review_limits(invocation.settings, item.currency)
        done = review.act(connection, item_id, asked.version, decision, invocation.author, invocation.as_of, limits)
    except (Conflict, NotAllowed) as error:
        if alone:
            raise
        raise type(error)(f"item {item_id}: {error.args[0]}; nothing was done to the others", error.remedy) from error
    return _told(invocation, item, decision, done)


def _decision(connection: Connection, invocation: Invocation, item: review.ReviewItem, asked: Asked) -> Decision:
    decision = Decision(Act(asked.act), suggestion=asked.suggestion, reason=asked.reason)
    if asked.ways is not None:
        decision = applied(connection, item, decision, asked.ways)
    if asked.clearing:
        decision = cleared(connection, item, decision, asked.clearing)
    if asked.act == "snooze":
        decision = replace(decision, until=_later(invocation, asked.until))
    return decision


def _told(
    invocation: Invocation, item: review.ReviewItem, decision: Decision, done: review.Done
) -> tuple[str, dict[str, Any]]:
    verb = "would be" if invocation.dry_run else "is"
    entries = ", ".join(f"E{one}" for one in done.entry_ids)
    text = f"item {item.id} {verb} {done.state.value.replace('_', ' ')}" + (f": {entries}" if entries else "")
    facts = {"id": item.id, "state": done.state.value, "version": done.version, "entries": list(done.entry_ids)}
    if decision.currency:
        gain = item.amount_minor - decision.booked_minor
        facts["exchange_gain"] = format_minor(gain, item.currency)
        text += exchange_text(gain, item.currency)
    return text, facts


def exchange_text(gain_minor: int, currency: str) -> str:
    """Return what a payment in another currency gained or lost, for people.

    >>> exchange_text(-150, "USD")
    '; exchange loss 1.50 USD'
    """
    if not gain_minor:
        return "; no exchange difference"
    return f"; exchange {'gain' if gain_minor > 0 else 'loss'} {format_minor(abs(gain_minor), currency)} {currency}"


def _later(invocation: Invocation, until: str) -> date:
    day = day_of(until, "--until")
    if day <= invocation.as_of:
        raise UsageError(f"--until {day} is not after {invocation.as_of}", "Name a day to come")
    return day


def review_limits(settings: Settings, currency: str) -> Limits:
    """Return above which amounts (minor units of the currency) a second person decides, too."""
    second, write_off = settings.review.second_approval_above, settings.review.write_off_above
    digits = minor_digits(currency)
    return Limits(*(int(above.scaleb(digits)) if above else None for above in (second, write_off)))


def _record(item: review.ReviewItem) -> dict[str, Any]:
    return {
        "type": "item", "id": item.id, "kind": item.kind, "state": item.state, "version": item.version,
        "company": item.company, "currency": item.currency, "amount": format_minor(item.amount_minor, item.currency),
        "opened_on": item.opened_on, "reason": item.reason, "held_by": item.held_by,
        "snoozed_until": item.snoozed_until, "resolved_by": item.resolved_by,
    }  # fmt: skip


def line_text(line: review.BankText) -> str:
    """Return a bank line for people: its number, money, text and where it came from."""
    text = " ".join(_shown(line, f"{line.payer} {line.remittance} {line.reference}").split())
    amount = format_minor(line.amount_minor, line.currency)
    place = f"{line.file_name} line {line.source_line} byte {line.source_byte}"
    return f"  D{line.id}  {line.booked_on}  {amount} {line.currency}  {text}\n      from {place}; {line.proof}"


def _shown(line: review.BankText, text: str) -> str:
    """Bank text as any output may show it: IBANs and the payer's account masked wherever the bank put them."""
    return shown_text(text, line.payer_account)


def line_record(line: review.BankText) -> dict[str, Any]:
    """Return a bank line for programs; the payer's account is masked."""
    return {
        "type": "line", "id": f"D{line.id}", "booked_on": line.booked_on, "currency": line.currency,
        "amount": format_minor(line.amount_minor, line.currency), "state": line.state, "payer": line.payer,
        "payer_account": mask_account(line.payer_account) if line.payer_account else "",
        "remittance": _shown(line, line.remittance),
        "reference": _shown(line, line.reference), "bank_id": line.bank_id, "check_number": line.check_number,
        "source": {"file": line.file_name, "line": line.source_line, "byte": line.source_byte}, "proof": line.proof,
    }  # fmt: skip
