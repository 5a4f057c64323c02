"""Suggestions as people and programs read them: how sure, which invoices, whose money it would be, and why.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recon.masking import shown_text
from recon.model import Proposal
from recon.money import format_minor
from recon.store.proposals import proposals_of
from recon.store.subjects import customer_names, item_numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True, slots=True)
class Named:
    """What open items and customers are called, by id."""

    numbers: dict[int, str]
    customers: dict[int, str]  # "C39 Amberline Supply LLC"


def named(connection: Connection, proposals: Iterable[Proposal], others: Iterable[int] = ()) -> Named:
    """Return the names of all that the proposals allocate to, and the numbers of other open items."""
    parts = [one for proposal in proposals for one in proposal.allocations]
    numbers = item_numbers(connection, {*others, *(one.open_item_id for one in parts if one.open_item_id is not None)})
    customers = customer_names(connection, {one.customer_id for one in parts})
    return Named(numbers, {id_: shown_text(name) for id_, name in customers.items()})


def best_offers(connection: Connection, line_ids: Iterable[int]) -> dict[int, Proposal]:
    """Return the first suggestion by bank line, where there is one."""
    kept = proposals_of(connection, sorted(line_ids))
    return {line_id: proposals[0] for line_id, proposals in kept.items() if is_offer(proposals[0])}


def is_offer(proposal: Proposal) -> bool:
    """Tell whether a proposal says where the money would go."""
    return bool(proposal.allocations or proposal.set_aside_name or proposal.reverses_line_id)


def proposal_text(proposal: Proposal, currency: str, named: Named) -> str:
    """Return a suggestion for people: probability, equation, whose money it would be, evidence with points."""
    lines = [f"  {proposal.rank}. {brief_text(proposal, currency, named)}"]
    lines += [f"       {_points_text(one.points)}  {one.signal}: {one.seen}" for one in proposal.evidence]
    return "\n".join(lines)


def _points_text(points: float) -> str:
    """Return points in a column; what weighs nothing is said all the same, without a sign ("held back" is such one).

    >>> [_points_text(2.5), _points_text(-0.004)]
    [' +2.50', '  0.00']
    """
    return f"{points:+6.2f}" if round(points, 2) else "  0.00"


def brief_text(proposal: Proposal, currency: str, named: Named) -> str:
    """Return a suggestion in one line: `93.1 %  exact: 500191 1200.00 (C39 Amberline Supply LLC)`."""
    share = f"{proposal.confidence * 100:.1f} %"
    whose = ", ".join(dict.fromkeys(named.customers.get(one.customer_id, "?") for one in proposal.allocations))
    equation = _equation(proposal, currency, named.numbers)
    return f"{share:>8}  {proposal.kind.replace('_', ' ')}: {equation}" + (f" ({whose})" if whose else "")


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


def proposal_record(proposal: Proposal, currency: str, named: Named) -> dict[str, Any]:
    """Return a suggestion for programs, with its evidence."""
    return {
        "type": "suggestion", "rank": proposal.rank, **brief_record(proposal, currency, named),
        "evidence": [  # `or`: minus nothing is nothing
            {"signal": one.signal, "seen": one.seen, "points": one.points or 0.0} for one in proposal.evidence
        ],
    }  # fmt: skip


def brief_record(proposal: Proposal, currency: str, named: Named) -> dict[str, Any]:
    """Return for programs what a suggestion comes to."""
    return {
        "confidence": round(proposal.confidence, 6), "kind": proposal.kind,
        "allocations": [
            {"invoice": named.numbers.get(one.open_item_id or 0, ""),
             "customer": named.customers.get(one.customer_id, ""),
             "amount": format_minor(one.proposed_minor, currency),
             "settled": format_minor(one.settled_minor, currency)} for one in proposal.allocations
        ],
        "set_aside": proposal.set_aside_name, "takes_back": proposal.reverses_line_id,
    }  # fmt: skip
