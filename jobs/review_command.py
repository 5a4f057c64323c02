"""`recon review`: the queue, an item with its evidence, and every way to resolve it.

Room: shell.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Any

from jobs.applying import Ways, applied
from jobs.clearing import cleared
from jobs.review_notes import asked_items, note_facts, note_text
from jobs.written import day_of
from recon.errors import Exit, UsageError
from recon.masking import shown_text
from recon.model import Proposal, ReviewState, mask_account
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
    for item in items:
        amount = format_minor(item.amount_minor, item.currency)
        label = shown_text(labels[item.id])[:120]
        text = f"{item.id:>6}  {item.state:<10} {item.opened_on}  {amount:>16} {item.currency}  {label}"
        invocation.output.line(text, _record(item) | {"label": label})
    more = f"; next page: --after {items[-1].id}" if len(items) == limit else ""
    return invocation.output.summary(f"{len(items)} items{more}", {"items": len(items)})


def show_item(invocation: Invocation, item_id: int) -> Exit:
    """Print an item with the bank's text, the suggestions and what speaks for each."""
    with invocation.store() as store, store.read() as connection:
        case = review.show_item(connection, item_id)
        numbers = _numbers(connection, case.proposals, asked_items(case.item))
        label = shown_text(item_labels(connection, [case.item])[item_id])[:120]
    output, item, line = invocation.output, case.item, case.line
    about = "" if line is not None else f"\n  {label}"
    head = f"item {item.id}: {item.kind}, {item.state.replace('_', ' ')}, version {item.version}"
    output.line(head + about, _record(item) | {"label": label})
    if note := note_text(item, numbers):
        output.line(f"  note: {note}", {"type": "note", "text": note, **note_facts(item)})
    if line is not None:
        output.line(line_text(line), line_record(line))
    offered = [one for one in case.proposals if one.allocations or one.set_aside_name or one.reverses_line_id]
    for proposal in offered:
        output.line(proposal_text(proposal, item.currency, numbers), proposal_record(proposal, item.currency, numbers))
    if line is not None and not offered:
        output.line("  nothing is suggested: no open invoice, payer or amount fits", {"type": "none"})
    for day, amount_minor, customers in case.last_outcomes:
        text = f"  before: {day} {format_minor(amount_minor, item.currency)} from this payer went to {customers}"
        output.line(text, {"type": "before", "day": day, "customers": customers})
    return output.summary("", {"id": item.id, "version": item.version, "suggestions": len(offered)})


def act(
    invocation: Invocation, item_id: int, act_name: str, version: int, reason: str, *, suggestion: int = 1,
    ways: Ways | None = None, until: str = "", clearing: str = "",
) -> Exit:  # fmt: skip
    """Carry out one act. Raises Conflict when somebody was first, NotAllowed when the books forbid it."""
    with invocation.store() as store, store.write() as connection:
        item = review.get_item(connection, item_id)
        decision = Decision(Act(act_name), suggestion=suggestion, reason=reason)
        if ways is not None:
            decision = applied(connection, item, decision, ways)
        if clearing:
            decision = cleared(connection, item, decision, clearing)
        if act_name == "snooze":
            decision = replace(decision, until=_later(invocation, until))
        limits = review_limits(invocation.settings, item.currency)
        done = review.act(connection, item_id, version, decision, invocation.author, invocation.as_of, limits)
    verb = "would be" if invocation.dry_run else "is"
    entries = ", ".join(f"E{one}" for one in done.entry_ids)
    text = f"item {item_id} {verb} {done.state.value.replace('_', ' ')}" + (f": {entries}" if entries else "")
    facts = {"id": item_id, "state": done.state.value, "version": done.version, "entries": list(done.entry_ids)}
    if decision.currency:
        gain = item.amount_minor - decision.booked_minor
        facts["exchange_gain"] = format_minor(gain, item.currency)
        text += exchange_text(gain, item.currency)
    return invocation.output.summary(text, facts)


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


def _numbers(connection: Connection, proposals: tuple[Proposal, ...], named: set[int]) -> dict[int, str]:
    from recon.store.subjects import item_numbers

    ids = {one.open_item_id for proposal in proposals for one in proposal.allocations if one.open_item_id is not None}
    return item_numbers(connection, ids | named)


def proposal_text(proposal: Proposal, currency: str, numbers: dict[int, str]) -> str:
    """Return a suggestion for people: probability, equation, evidence with points."""
    share = f"{proposal.confidence * 100:.1f} %"
    lines = [
        f"  {proposal.rank}. {share:>8}  {proposal.kind.replace('_', ' ')}: {_equation(proposal, currency, numbers)}"
    ]
    lines += [f"       {one.points:+6.2f}  {one.signal}: {one.seen}" for one in proposal.evidence]
    return "\n".join(lines)


def _equation(proposal: Proposal, currency: str, numbers: dict[int, str]) -> str:
    if proposal.set_aside_name:
        return f"set aside as {proposal.set_aside_name}"
    if proposal.reverses_line_id is not None:
        return f"takes back D{proposal.reverses_line_id}"
    parts = []
    for one in proposal.allocations:
        name = numbers.get(one.open_item_id, "?") if one.open_item_id is not None else "on account"
        beside = {"discount": one.discount_minor, "fee": one.fee_minor + one.processor_fee_minor,
                  "deduction": one.deduction_minor, "write-off": one.write_off_minor}  # fmt: skip
        extra = "".join(f" + {what} {format_minor(minor, currency)}" for what, minor in beside.items() if minor)
        parts.append(f"{name} {format_minor(one.cash_minor, currency)}{extra}")
    return "; ".join(parts) or "nobody's"


def proposal_record(proposal: Proposal, currency: str, numbers: dict[int, str]) -> dict[str, Any]:
    """Return a suggestion for programs."""
    return {
        "type": "suggestion", "rank": proposal.rank, "confidence": round(proposal.confidence, 6), "kind": proposal.kind,
        "allocations": [
            {"invoice": numbers.get(one.open_item_id or 0, ""), "amount": format_minor(one.proposed_minor, currency),
             "settled": format_minor(one.settled_minor, currency)} for one in proposal.allocations
        ],
        "set_aside": proposal.set_aside_name, "takes_back": proposal.reverses_line_id,
        "evidence": [{"signal": one.signal, "seen": one.seen, "points": one.points} for one in proposal.evidence],
    }  # fmt: skip
