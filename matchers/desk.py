"""What is known while a batch is explained: the ledger, the memory, and what earlier deposits have claimed.

Room: pure.
"""

from collections import Counter
from collections.abc import MutableSequence, Sequence
from dataclasses import dataclass, field

from matchers.amount import DEDUCTION, DISCOUNT, EXACT, FEE, OVERPAY, PARTIAL
from matchers.base import Candidate, Shortages
from matchers.candidates import Book, Memory
from matchers.name import Names
from matchers.pay_run import RunHabits
from matchers.payout import Payouts


@dataclass(slots=True)
class Desk:
    """What is known while a batch is explained. `left_minor` falls as deposits claim; the frames never change."""

    book: Book
    names: Names
    memory: Memory
    shortages: Shortages
    left_minor: MutableSequence[int]
    rests: dict[int, dict[int, int]] = field(default_factory=dict)  # customer -> disputed rest -> item
    payouts: Payouts = field(default_factory=Payouts)
    runs: RunHabits = field(default_factory=RunHabits)
    searched: dict[tuple[object, ...], tuple[list[Candidate], float]] = field(default_factory=dict)  # payment runs
    twins_of: dict[int, float] = field(default_factory=dict)  # position -> points for "the same payment twice"
    again: dict[int, tuple[int, ...]] = field(default_factory=dict)  # position -> items of a returned payment
    families: dict[int, tuple[int, ...]] = field(default_factory=dict)  # by customer: whom a head office pays for
    claims: Counter[int] = field(default_factory=Counter)  # by customer
    without: frozenset[str] = frozenset()
    reopened: dict[int, dict[int, int]] = field(
        default_factory=dict
    )  # customer -> item -> day its payment was returned

    def usual_lag(self, customer: int) -> int:
        """Return after how many days from the due date this customer usually pays."""
        known = self.memory.lags_of.get(customer, ())
        return sorted(known)[len(known) // 2] if known else 1


def lag_points(desk: Desk, customer: int, items: Sequence[int], day: int) -> float:
    """Return points for how far from this customer's usual day, counted from the due date, the payment is."""
    book = desk.book
    due = [book.due_day[i] for i in items if book.open_minor[i] > 0]
    if not due:
        return -1.0
    lag = day - sum(due) / len(due)
    known = desk.memory.lags_of.get(customer, ())
    usual = desk.usual_lag(customer)
    return -min(4.0, max(0.0, abs(lag - usual) - 2) / (6.0 if len(known) >= 3 else 10.0))


def habits(desk: Desk, customer: int) -> dict[str, float]:
    """Return the share of each kind of payment for this customer, drawn towards everybody's; nothing when unknown."""
    seen = desk.memory.kinds_of.get(customer)
    if not seen:
        return {}
    shares = desk.shortages
    base = {
        EXACT: shares.exact_share,
        PARTIAL: shares.partial_share,
        DEDUCTION: shares.deduction_share,
        OVERPAY: shares.overpay_share,
    }
    total = sum(seen.values()) + 2.0
    habit = {kind: (seen[kind] + 2.0 * share) / total for kind, share in base.items()}
    return habit | {kind: seen[kind] / total for kind in (DISCOUNT, FEE)}
