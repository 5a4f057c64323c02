"""What is owed, by how late it is; and how well collecting goes: DSO, CEI, roll rates, promises kept.

Days past due count from the due date: an invoice is current on its due date and one day late the day after. Credits
count negative in the bucket of their own date. Ratios are exact fractions; where the denominator is zero there is None,
never 0.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

import numpy as np

from recon.frames import Days, Ints

BUCKET_EDGES = (0, 30, 60, 90)  # last day of each bucket: current, 1-30, 31-60, 61-90, and the rest


@dataclass(frozen=True, slots=True)
class Aging:
    """Open amounts of one currency: `open_minor[i, j]` is what `customers[i]` owes in bucket j, the oldest last."""

    buckets: tuple[str, ...]
    customers: Ints
    open_minor: Ints

    @property
    def totals_minor(self) -> tuple[int, ...]:
        """The sum of each bucket over all customers."""
        return tuple(int(total) for total in self.open_minor.sum(axis=0))


def bucket_names(edges: Sequence[int] = BUCKET_EDGES) -> tuple[str, ...]:
    """Return the names of the buckets, current first.

    >>> bucket_names()
    ('current', '1-30', '31-60', '61-90', '90+')
    """
    between = [f"{low + 1}-{high}" for low, high in pairwise(edges)]
    return ("current", *between, f"{edges[-1]}+")


def bucket_of(days_past_due: Days, edges: Sequence[int] = BUCKET_EDGES) -> Ints:
    """Return the position of the bucket of each number of days past due.

    >>> bucket_of(np.array([-3, 0, 1, 30, 31, 91], dtype=np.int32)).tolist()
    [0, 0, 1, 1, 2, 4]
    """
    return np.searchsorted(np.asarray(edges, dtype=np.int64), days_past_due, side="left").astype(np.int64)


def age(customer: Ints, due_day: Days, open_minor: Ints, as_of_day: int, edges: Sequence[int] = BUCKET_EDGES) -> Aging:
    """Sum the open amounts of one currency per customer and bucket; customers ascending, credits negative.

    >>> one = age(np.array([7, 7]), np.array([0, 40], dtype=np.int32), np.array([500, -200]), as_of_day=31)
    >>> one.open_minor.tolist(), one.totals_minor
    ([[-200, 0, 500, 0, 0]], (-200, 0, 500, 0, 0))
    """
    customers, row = np.unique(customer, return_inverse=True)
    width = len(edges) + 1
    cell = row * width + bucket_of((as_of_day - due_day).astype(np.int32), edges)
    sums = np.zeros(len(customers) * width, dtype=np.int64)
    np.add.at(sums, cell, open_minor)  # bincount would sum in floats
    return Aging(bucket_names(edges), customers.astype(np.int64), sums.reshape(len(customers), width))


def ratio(numerator: int | Fraction, denominator: int | Fraction) -> Fraction | None:
    """Return the exact quotient, or None where the denominator is zero."""
    return None if denominator == 0 else Fraction(numerator) / Fraction(denominator)


def days_sales_outstanding(receivable: Fraction, credit_sales: Fraction, days: int) -> Fraction | None:
    """Return receivable / credit sales x days of the period: the simple DSO. With the current (not yet due) part of the
    receivable it is the best possible DSO.

    >>> days_sales_outstanding(Fraction(450_000), Fraction(1_200_000), 90)
    Fraction(135, 4)
    """
    quotient = ratio(receivable, credit_sales)
    return None if quotient is None else quotient * days


def average_days_delinquent(dso: Fraction, best_possible_dso: Fraction) -> Fraction:
    """Return how many days of the DSO are lateness: DSO less best possible DSO."""
    return dso - best_possible_dso


def count_back(receivable: Fraction, sales: Sequence[tuple[Fraction, int]]) -> Fraction | None:
    """Return the DSO by exhaustion: whole months of sales, newest first, are taken off the receivable; the month that
    does not fit counts in part. None when the receivable outlasts the months given.

    >>> float(count_back(Fraction(900), [(Fraction(500), 30), (Fraction(600), 31)]))
    50.666666666666664
    """
    days = Fraction(0)
    for sold, length in sales:
        if receivable <= sold:
            share = ratio(receivable, sold)
            return days + (share or 0) * length
        receivable -= sold
        days += length
    return days if receivable == 0 else None


def collection_effectiveness(
    beginning: Fraction, credit_sales: Fraction, ending_total: Fraction, ending_current: Fraction
) -> Fraction | None:
    """Return CEI in percent: what was collected of what could have been. `credit_sales` is a month's when the beginning
    receivable is a month's, else the average month of the period.

    >>> collection_effectiveness(Fraction(0), Fraction(100), Fraction(100), Fraction(100)) is None
    True
    """
    collectable = beginning + credit_sales
    quotient = ratio(collectable - ending_total, collectable - ending_current)
    return None if quotient is None else quotient * 100


def roll_rate(later_bucket_after: Fraction, earlier_bucket_before: Fraction) -> Fraction | None:
    """Return in percent how much of a bucket moved into the next one a period later."""
    quotient = ratio(later_bucket_after, earlier_bucket_before)
    return None if quotient is None else quotient * 100


def weighted_days(invoices: Sequence[tuple[Fraction, int]]) -> Fraction | None:
    """Return the days to pay (or days late) averaged by amount."""
    return ratio(
        sum((amount * days for amount, days in invoices), Fraction(0)), sum((a for a, _ in invoices), Fraction(0))
    )


@dataclass(frozen=True, slots=True)
class PromiseFact:
    """A promise to pay: what, by when, and what came. `paid_on` is the value day of the money that completed it."""

    amount_minor: int
    promised_on: date
    paid_minor: int = 0
    paid_on: date | None = None

    def is_kept(self, grace_days: int = 0) -> bool:
        """Whether all of it came by the promised day plus grace. Half a promise is a broken one."""
        in_time = self.paid_on is not None and self.paid_on <= self.promised_on + timedelta(days=grace_days)
        return in_time and self.paid_minor >= self.amount_minor


@dataclass(frozen=True, slots=True)
class PromisesKept:
    """How promises went. Promises not yet due are `open` and in no ratio; the ratios are in percent."""

    kept: int
    due: int
    open: int
    by_count: Fraction | None
    by_amount: Fraction | None


def promises_kept(promises: Sequence[PromiseFact], as_of: date, grace_days: int = 0) -> PromisesKept:
    """Count the promises that fell due by `as_of` (promised day plus grace is over) and those kept among them."""
    due = [p for p in promises if p.is_kept(grace_days) or p.promised_on + timedelta(days=grace_days) < as_of]
    kept = [p for p in due if p.is_kept(grace_days)]
    by_count = ratio(100 * len(kept), len(due))
    by_amount = ratio(100 * sum(p.amount_minor for p in kept), sum(p.amount_minor for p in due))
    return PromisesKept(len(kept), len(due), len(promises) - len(due), by_count, by_amount)
