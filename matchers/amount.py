"""Why does the cash differ from the invoices it names: discount, fee, claim, partial, credit memo, overpayment.

Each reading carries the log of its probability: a rate the books know is likely and exact, an unexplained shortage
could
have been any amount and is worth accordingly little.

>>> shortage_rate([10_000, 20_000], 29_400)
200

Room: pure.
"""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TypeVar

from matchers.base import Shortages
from recon.frames import Ints

Minor = TypeVar("Minor", int, Ints)

EXACT, DISCOUNT, FEE, CLAIM, PARTIAL, DEDUCTION, OVERPAY = (
    "exact",
    "discount",
    "fee",
    "claim",
    "partial",
    "deduction",
    "overpayment",
)
KINDS = (EXACT, DISCOUNT, FEE, CLAIM, PARTIAL, DEDUCTION, OVERPAY)

UNSEEN_RATE = 0.0008  # share of a round discount rate the books have not met


@dataclass(frozen=True, slots=True)
class Reading:
    """One reading of an amount against invoices: cash per invoice, what closes beside it, cash left over."""

    kind: str
    cash: tuple[int, ...]
    beside: tuple[int, ...]
    on_account: int
    points: float


def discounted(open_minor: Minor, rate: int) -> Minor:
    """Return the amount, or each of a column, less `rate` hundredths of a percent, half a cent up, as payers do.

    >>> discounted(2690836, 200)
    2637019
    """
    return open_minor - (open_minor * rate + 5_000) // 10_000


def shortage_rate(opens: Sequence[int], amount: int) -> int:
    """Return the rate in hundredths of a percent that explains the amount to the cent, or 0.

    Only rates in quarters of a percent up to 10 % count; anything finer fits by accident.
    """
    total = sum(opens)
    if total <= 0 or not 0 < total - amount <= total // 10:
        return 0
    nearest = round((total - amount) * 400 / total) * 25
    if nearest and abs(sum(discounted(each, nearest) for each in opens) - amount) <= len(opens):
        return nearest
    return 0


def read_amount(
    opens: Sequence[int],
    amount: int,
    shortages: Shortages,
    habit: dict[str, float],
    said: Sequence[int],
    kinds: Collection[str] = KINDS,
) -> list[Reading]:
    """Return the readings of these kinds of an amount against a full list of invoices. `said` are amounts that stand
    in the text.
    """
    total = sum(opens)
    if amount == total:
        points = math.log(habit.get(EXACT, shortages.exact_share))
        return [Reading(EXACT, tuple(opens), (0,) * len(opens), 0, points)] if EXACT in kinds else []
    if amount > total:
        return [_overpaid(opens, amount, total, shortages, habit)] if OVERPAY in kinds else []
    readings = _discounts(opens, amount, shortages, habit) if DISCOUNT in kinds else []
    readings += _fees(opens, amount, total, shortages, habit) if FEE in kinds else []
    readings += _partials(opens, amount, total, shortages, habit) if PARTIAL in kinds else []
    short = total - amount
    kind = CLAIM if short in said else DEDUCTION
    if short * 5 <= total * 3 and kind in kinds:
        points = math.log(habit.get(DEDUCTION, shortages.deduction_share))
        points -= 0.0 if kind == CLAIM else _vague(short, total)
        readings.append(_on_largest(kind, opens, short, points))
    return readings


def _overpaid(opens: Sequence[int], amount: int, total: int, shortages: Shortages, habit: dict[str, float]) -> Reading:
    extra = amount - total
    points = math.log(habit.get(OVERPAY, shortages.overpay_share))
    if any(amount % unit == 0 and extra < unit for unit in (100_000, 50_000, 10_000)):
        points -= 1.5  # rounded up to the next full amount: a habit, not a coincidence
    else:
        points -= _vague(extra, total) + (12.0 if extra > total else 5.0 if extra * 3 > total else 0.0)
    return Reading(OVERPAY, tuple(opens), (0,) * len(opens), extra, points)


def _vague(difference: int, total: int) -> float:
    """Return minus the log density of a difference nobody announced: small ones are more common than large ones."""
    return math.log(max(2.0, min(0.4 * total, 8.0 * difference)))


def _discounts(opens: Sequence[int], amount: int, shortages: Shortages, habit: dict[str, float]) -> list[Reading]:
    found = []
    total = sum(opens)
    rates = {shortage_rate(opens, amount): UNSEEN_RATE, **shortages.rate_shares}
    for rate, share in rates.items():
        if not rate or abs(total - total * rate // 10_000 - amount) > len(opens) + 1:
            continue
        cash = [discounted(each, rate) for each in opens]
        difference = amount - sum(cash)
        if abs(difference) <= len(opens):
            cash[cash.index(max(cash))] += difference
            beside = tuple(each - paid for each, paid in zip(opens, cash, strict=True))
            share_here = max(share, share * habit.get(DISCOUNT, 0.0) * 12)
            found.append(
                Reading(DISCOUNT, tuple(cash), beside, 0, math.log(min(0.9, share_here)) - 0.7 * abs(difference))
            )
    return found


def _fees(
    opens: Sequence[int], amount: int, total: int, shortages: Shortages, habit: dict[str, float]
) -> list[Reading]:
    share = shortages.fee_shares.get(total - amount)
    if share is None or (total - amount) * 3 > total:
        return []
    share = max(share, share * habit.get(FEE, 0.0) * 12)
    return [_on_largest(FEE, opens, total - amount, math.log(min(0.9, share)))]


def _partials(
    opens: Sequence[int], amount: int, total: int, shortages: Shortages, habit: dict[str, float]
) -> list[Reading]:
    share = habit.get(PARTIAL, shortages.partial_share)
    short = total - amount
    larger = [i for i, each in enumerate(opens) if each > short]
    for unit in (100_000, 50_000, 10_000):
        fits = [i for i in larger if (opens[i] - short) % unit == 0]
        if fits:
            chosen = max(fits, key=lambda i: opens[i])
            cash = list(opens)
            cash[chosen] -= short
            points = (
                math.log(share) - math.log(len(opens) * max(1.0, opens[chosen] / unit)) - (100_000 / unit - 1) * 0.1
            )
            return [Reading(PARTIAL, tuple(cash), (0,) * len(opens), 0, points)]
    return []


def _on_largest(kind: str, opens: Sequence[int], short: int, points: float) -> Reading:
    largest = max(range(len(opens)), key=lambda i: opens[i])
    if opens[largest] <= short:
        return _spread(kind, opens, short, points)
    cash = list(opens)
    cash[largest] -= short
    beside = [0] * len(opens)
    beside[largest] = short
    return Reading(kind, tuple(cash), tuple(beside), 0, points)


def _spread(kind: str, opens: Sequence[int], short: int, points: float) -> Reading:
    cash, beside, left = list(opens), [0] * len(opens), short
    for i in sorted(range(len(opens)), key=lambda i: -opens[i]):
        taken = min(left, opens[i] - 1) if opens[i] > 0 else 0
        cash[i] -= taken
        beside[i] = taken
        left -= taken
    return Reading(kind, tuple(cash), tuple(beside), 0, points - 2.0)
