"""What a part payment settles first: costs, interest, principal (BGB section 367(1)), or the principal alone.

Costs are fees and fixed sums, interest is what earlier notices charged; each is an open item whose number says which.
The books apply money where a deposit names it or a person decides; this is the order to decide by, to divide by, and
to print.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from notices.interest import Clearing
from recon.errors import NotAllowed
from recon.model import Allocation, Debt, NoticeLine

_RANKS = {"FEE-": 0, "CMP-": 0, "INT-": 1}  # by how `notices.charges` begins a number; the rest is principal


@dataclass(frozen=True, slots=True)
class Parts:
    """A sum in minor units, by what it is."""

    costs_minor: int = 0
    interest_minor: int = 0
    principal_minor: int = 0


def parts_of(items: Iterable[Debt | NoticeLine]) -> Parts:
    """Return what is open, by what it is; credits count negative."""
    sums = [0, 0, 0]
    for one in items:
        sums[_rank(one)] += one.open_minor
    return Parts(*sums)


def clear(paid_minor: int, owed: Parts, order: Clearing) -> Parts:
    """Return what a payment settles of what is owed; what it leaves over settles nothing.

    >>> clear(150, Parts(40, 30, 1000), Clearing.COSTS_INTEREST_PRINCIPAL)
    Parts(costs_minor=40, interest_minor=30, principal_minor=80)
    >>> clear(150, Parts(40, 30, 1000), Clearing.PRINCIPAL_FIRST)
    Parts(costs_minor=0, interest_minor=0, principal_minor=150)
    """
    if order is Clearing.PRINCIPAL_FIRST:
        principal = min(paid_minor, owed.principal_minor)
        costs = min(paid_minor - principal, owed.costs_minor)
        return Parts(costs, min(paid_minor - principal - costs, owed.interest_minor), principal)
    costs = min(paid_minor, owed.costs_minor)
    interest = min(paid_minor - costs, owed.interest_minor)
    return Parts(costs, interest, min(paid_minor - costs - interest, owed.principal_minor))


def settle(debts: Iterable[Debt], paid_minor: int, order: Clearing) -> tuple[tuple[int, int], ...]:
    """Return (open item, minor units) that a payment settles, in the order of the law, the oldest of a kind first."""
    sign = 1 if order is Clearing.COSTS_INTEREST_PRINCIPAL else -1
    owed = sorted((d for d in debts if d.open_minor > 0), key=lambda d: (sign * _rank(d), d.due_on, d.open_item_id))
    settled = []
    for debt in owed:
        if minor := min(paid_minor, debt.open_minor):
            settled.append((debt.open_item_id, minor))
        paid_minor -= minor
    return tuple(settled)


def divide(allocations: Sequence[Allocation], owed: Mapping[int, Sequence[Debt]]) -> tuple[Allocation, ...]:
    """Return the allocations with the cash of each invoice divided over its costs, its interest and itself.

    `owed` has, by invoice, the invoice and its own open charges; what it does not name is left alone. What a charge was
    given by name counts with its invoice. Cash beyond all that is owed stays on the invoice, for the books to refuse.
    Raises NotAllowed where a discount, fee, deduction or write-off stands beside the cash.

    >>> fee = Debt(8, "FEE-1021-L2", date(2026, 3, 1), 500, kind="charge")
    >>> owed = {7: (Debt(7, "1021", date(2026, 2, 1), 10_000), fee)}
    >>> [(one.open_item_id, one.cash_minor) for one in divide([Allocation(7, 3, 10_000)], owed)]
    [(8, 500), (7, 9500)]
    """
    invoice_of = {debt.open_item_id: invoice for invoice, debts in owed.items() for debt in debts}
    cash: dict[int, int] = defaultdict(int)
    others: list[Allocation] = []
    owners = {}
    for one in allocations:
        invoice = invoice_of.get(one.open_item_id) if one.open_item_id is not None else None
        if invoice is None or one.cash_minor <= 0:
            others.append(one)
            continue
        if one.settled_minor != one.cash_minor:
            raise NotAllowed("the law's order divides cash only", "Name each charge and the invoice with --invoice")
        cash[invoice] += one.cash_minor
        owners[invoice] = one.customer_id
    divided = [
        Allocation(item, owners[invoice], minor)
        for invoice, paid in cash.items()
        for item, minor in _by_law(invoice, owed[invoice], paid)
    ]
    return (*divided, *others)


def charges_left(allocations: Iterable[Allocation], owed: Mapping[int, Sequence[Debt]]) -> tuple[Debt, ...]:
    """Return the charges that stay open, in part or whole, of the invoices that the allocations pay."""
    settled: dict[int | None, int] = defaultdict(int)
    for one in allocations:
        settled[one.open_item_id] += one.settled_minor
    return tuple(
        debt
        for invoice, debts in owed.items()
        if settled[invoice] > 0
        for debt in debts
        if debt.kind == "charge" and settled[debt.open_item_id] < debt.open_minor
    )


def _by_law(invoice: int, debts: Sequence[Debt], paid_minor: int) -> list[tuple[int, int]]:
    settled = dict(settle(debts, paid_minor, Clearing.COSTS_INTEREST_PRINCIPAL))
    if rest := paid_minor - sum(settled.values()):
        settled[invoice] = settled.get(invoice, 0) + rest
    return list(settled.items())


def kept(payments: Sequence[tuple[date, int]]) -> tuple[tuple[date, int], ...]:
    """Return the payments that stayed: what the bank took back never settled anything, the latest before it first.

    >>> kept([(date(2026, 1, 1), 50), (date(2026, 1, 2), 70), (date(2026, 1, 9), -70)])
    ((datetime.date(2026, 1, 1), 50),)
    """
    left: list[tuple[date, int]] = []
    for day, minor in sorted(payments, key=lambda one: (one[0], -one[1])):
        while minor < 0 and left:
            last, paid = left.pop()
            minor += paid
            if minor > 0:
                left.append((last, minor))
                minor = 0
        if minor > 0:
            left.append((day, minor))
    return tuple(left)


def _rank(one: Debt | NoticeLine) -> int:
    return _RANKS.get(one.number[:4], 2) if one.kind == "charge" else 2
