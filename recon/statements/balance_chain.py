"""What a running balance proves: between two balances the lines must lead from one to the other.

The chain proves that nothing is missing inside it. It cannot prove its ends: a file cut at a row end has a perfect
chain.
So a chain that holds is UNVERIFIABLE with the balances it implies, until the closing balance before meets its opening
(roll-forward) or the file itself states opening and closing; a chain that breaks is a DISCREPANCY.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from recon.model import Proof
from recon.money import format_minor
from recon.statements.proof import prove


@dataclass(frozen=True, slots=True)
class Link:
    """One booked row: what it moved, and the balance the bank wrote beside it, if it did."""

    amount_minor: int
    balance_minor: int | None
    booked_on: date
    line: int


@dataclass(frozen=True, slots=True)
class Proved:
    """The outcome, with the balances stated or implied."""

    proof: Proof
    reason: str
    opening_minor: int | None = None
    closing_minor: int | None = None


def prove_chain(
    links: Sequence[Link], opening_minor: int | None, closing_minor: int | None, currency: str, order: str = "any"
) -> Proved:
    """Prove rows in file order, `ascending`, `descending` or `any`, with the balances the file states beside them."""
    stated = _stated(links, opening_minor, closing_minor, currency)
    if not any(link.balance_minor is not None for link in links):
        return stated
    orders = [list(links), list(reversed(links))]
    kept = {"ascending": orders[:1], "descending": orders[1:]}.get(order, orders)
    breaks = [_first_break(rows, currency) for rows in kept]
    holding = [rows for rows, fault in zip(kept, breaks, strict=True) if not fault]
    if not holding:
        told = breaks[-1] if _is_descending(links) else breaks[0]
        return Proved(Proof.DISCREPANCY, told, opening_minor, closing_minor)
    if stated.proof is not Proof.UNVERIFIABLE:
        return stated
    return _implied(holding, links, currency)


def _stated(links: Sequence[Link], opening: int | None, closing: int | None, currency: str) -> Proved:
    proof, reason = prove(opening, closing, sum(link.amount_minor for link in links), currency)
    return Proved(proof, reason, opening, closing)


def _first_break(rows: Sequence[Link], currency: str) -> str:
    """Return where the balances stop following from each other, in words; "" when they never do."""
    reached: int | None = None
    for row in rows:
        if reached is not None:
            reached += row.amount_minor
            if row.balance_minor is not None and row.balance_minor != reached:
                expected, written = (format_minor(minor, currency) for minor in (reached, row.balance_minor))
                return (
                    f"the running balance breaks at line {row.line}: {expected} expected, {written} {currency} written"
                )
        if row.balance_minor is not None:
            reached = row.balance_minor
    return ""


def _is_descending(links: Sequence[Link]) -> bool:
    return bool(links) and links[0].booked_on > links[-1].booked_on


def _implied(holding: Sequence[Sequence[Link]], links: Sequence[Link], currency: str) -> Proved:
    ends = {_ends(rows) for rows in holding}
    if len(ends) > 1 and links[0].booked_on != links[-1].booked_on:
        ends = {_ends(list(reversed(links)) if _is_descending(links) else links)}
    count = sum(link.balance_minor is not None for link in links)
    told = f"{count} running balances follow from each other" if count > 1 else "one running balance proves nothing"
    reason = f"{told}; the file states no opening and no closing balance"
    if len(ends) > 1 or (count < 2 and len(links) > 1):
        return Proved(Proof.UNVERIFIABLE, reason)
    opening, closing = ends.pop()
    return Proved(Proof.UNVERIFIABLE, reason, opening, closing)


def _ends(rows: Sequence[Link]) -> tuple[int, int]:
    """Return the balance before the first row and after the last, in booking order."""
    moved = 0
    opening: int | None = None
    for row in rows:
        moved += row.amount_minor
        if opening is None and row.balance_minor is not None:
            opening = row.balance_minor - moved
    return (opening or 0), (opening or 0) + moved
