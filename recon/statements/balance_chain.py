"""What a running balance proves: between two balances the lines must lead from one to the other.

The chain proves that nothing is missing inside it. It cannot prove its ends: a file cut at a row end has a perfect
chain.
So a chain that holds is UNVERIFIABLE with the balances it implies, until the closing balance before meets its opening
(roll-forward) or the file itself states opening and closing; a chain that breaks is a DISCREPANCY.

Room: pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon.bank_lines import joined, magnitude, total
from recon.frames import Days, Flags, Frame, Ints
from recon.model import Proof
from recon.money import format_minor
from recon.statements.proof import prove

_LARGEST = 2**61


@dataclass(frozen=True, slots=True)
class Chain(Frame):
    """The booked rows in file order: what each moved, and the balance the bank wrote beside it, if it did."""

    amount_minor: Ints
    balance_minor: Ints
    has_balance: Flags
    booked_day: Days
    line: Ints

    @classmethod
    def of(cls, pieces: Sequence[Mapping[str, NDArray[Any]]]) -> Self:
        """Return the rows of all pieces, one piece after the other; each piece has the columns by name."""
        return cls(**{column.name: joined([piece[column.name] for piece in pieces]) for column in fields(cls)})

    @property
    def is_descending(self) -> bool:
        """Whether the last row is the first that was booked."""
        return len(self) > 0 and bool(self.booked_day[0] > self.booked_day[-1])

    def reversed(self) -> Self:
        """Return the rows, last row first."""
        return self.take(np.arange(len(self))[::-1])


@dataclass(frozen=True, slots=True)
class Proved:
    """The outcome, with the balances stated or implied."""

    proof: Proof
    reason: str
    opening_minor: int | None = None
    closing_minor: int | None = None


def prove_chain(
    chain: Chain, opening_minor: int | None, closing_minor: int | None, currency: str, order: str = "any"
) -> Proved:
    """Prove rows in file order, `ascending`, `descending` or `any`, with the balances the file states beside them."""
    proof, reason = prove(opening_minor, closing_minor, total(chain.amount_minor), currency)
    stated = Proved(proof, reason, opening_minor, closing_minor)
    if not chain.has_balance.any():
        return stated
    orders = [chain, chain.reversed()]
    kept = {"ascending": orders[:1], "descending": orders[1:]}.get(order, orders)
    breaks = [_first_break(rows, currency) for rows in kept]
    holding = [rows for rows, fault in zip(kept, breaks, strict=True) if not fault]
    if not holding:
        told = breaks[-1] if chain.is_descending else breaks[0]
        return Proved(Proof.DISCREPANCY, told, opening_minor, closing_minor)
    if stated.proof is not Proof.UNVERIFIABLE:
        return stated
    return _implied(holding, chain, currency)


def _first_break(rows: Chain, currency: str) -> str:
    """Return where the balances stop following from each other, in words; "" when they never do."""
    at = np.flatnonzero(rows.has_balance)
    moved, balances = _reached(rows), _exact(rows.balance_minor, rows)
    expected = balances[at[:-1]] + (moved[at[1:]] - moved[at[:-1]])
    broken = np.flatnonzero(expected != balances[at[1:]])
    if not len(broken):
        return ""
    place = int(broken[0])
    reached, written = (format_minor(int(minor), currency) for minor in (expected[place], balances[at[place + 1]]))
    line = int(rows.line[at[place + 1]])
    return f"the running balance breaks at line {line}: {reached} expected, {written} {currency} written"


def _reached(rows: Chain) -> Ints:
    """Return what the rows up to each have moved."""
    return np.cumsum(_exact(rows.amount_minor, rows))


def _exact(column: Ints, rows: Chain) -> Ints:
    """Return the column as it is, or as numbers of any size where its sums may be larger than 64 bits hold."""
    is_small = magnitude(rows.amount_minor) + magnitude(rows.balance_minor) < _LARGEST
    return column if is_small else column.astype(object)


def _implied(holding: Sequence[Chain], chain: Chain, currency: str) -> Proved:
    ends = {_ends(rows) for rows in holding}
    if len(ends) > 1 and chain.booked_day[0] != chain.booked_day[-1]:
        ends = {_ends(chain.reversed() if chain.is_descending else chain)}
    count = int(chain.has_balance.sum())
    told = f"{count} running balances follow from each other" if count > 1 else "one running balance proves nothing"
    reason = f"{told}; the file states no opening and no closing balance"
    if len(ends) > 1 or (count < 2 and len(chain) > 1):
        return Proved(Proof.UNVERIFIABLE, reason)
    opening, closing = ends.pop()
    return Proved(Proof.UNVERIFIABLE, reason, opening, closing)


def _ends(rows: Chain) -> tuple[int, int]:
    """Return the balance before the first row and after the last, in booking order."""
    first = int(np.flatnonzero(rows.has_balance)[0])
    opening = int(rows.balance_minor[first]) - total(rows.amount_minor[: first + 1])
    return opening, opening + total(rows.amount_minor)
