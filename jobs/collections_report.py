"""`recon report collections`: how well collecting goes, per currency, at the end of the last full month.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from recon.aging import (
    PromisesKept,
    average_days_delinquent,
    collection_effectiveness,
    count_back,
    days_sales_outstanding,
    promises_kept,
)
from recon.counted import counted
from recon.errors import Exit
from recon.money import format_minor
from recon.store import collection_facts
from recon.store.collection_facts import TierResult

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation

COUNT_BACK_MONTHS = 24


@dataclass(frozen=True, slots=True)
class Figures:
    """The metrics of one currency. Days and percent are exact ratios; None where there is nothing to divide by."""

    currency: str
    receivable_minor: int
    current_minor: int
    sales_minor: int
    dso: Fraction | None
    best_possible: Fraction | None
    counted_back: Fraction | None
    delinquent: Fraction | None
    effectiveness: Fraction | None
    promises: PromisesKept
    tiers: tuple[TierResult, ...]


def report_collections(invocation: Invocation, months: int, within_days: int) -> Exit:
    """Print DSO, ADD, CEI, promises kept and what each tier brought in; by month ends, whatever day it is."""
    from jobs.policies import load_policies

    day = last_month_end(invocation.as_of)
    grace = load_policies(invocation.settings).all[0].promise_grace_days
    with invocation.store() as store, store.read() as connection:
        currencies = collection_facts.currencies(connection)
        figures = [_figures(connection, each, day, months, within_days, invocation.as_of, grace) for each in currencies]
    for one in figures:
        invocation.output.line(_text(one, day, months, within_days), _record(one, day, months, within_days))
    text = f"{len(figures)} currencies at the end of {day}"
    return invocation.output.summary(text, {"currencies": len(figures), "day": day, "months": months})


def last_month_end(as_of: date) -> date:
    """Return the day itself when it ends a month, else the last day of the month before.

    >>> last_month_end(date(2026, 3, 31)).isoformat(), last_month_end(date(2026, 3, 30)).isoformat()
    ('2026-03-31', '2026-02-28')
    """
    following = as_of + timedelta(days=1)
    return following.replace(day=1) - timedelta(days=1)


def month_starts(day: date, count: int) -> list[date]:
    """Return the first days of the month of the day and of those before it, newest first.

    >>> [first.isoformat() for first in month_starts(date(2026, 1, 31), 2)]
    ['2026-01-01', '2025-12-01']
    """
    firsts = [day.replace(day=1)]
    while len(firsts) < count:
        firsts.append((firsts[-1] - timedelta(days=1)).replace(day=1))
    return firsts


def _figures(
    connection: Connection, currency: str, day: date, months: int, within_days: int, as_of: date, grace: int
) -> Figures:
    owed = collection_facts.receivable_on(connection, currency, day)
    sales = collection_facts.credit_sales(connection, currency, month_starts(day, max(months, COUNT_BACK_MONTHS)))
    period = sales[:months]
    sold, days = sum((minor for minor, _ in period), Fraction(0)), sum(length for _, length in period)
    total, current = Fraction(owed.total_minor), Fraction(owed.current_minor)
    dso = days_sales_outstanding(total, sold, days)
    best = days_sales_outstanding(current, sold, days)
    before = collection_facts.receivable_on(connection, currency, day.replace(day=1) - timedelta(days=1))
    return Figures(
        currency, owed.total_minor, owed.current_minor, int(sold), dso, best, count_back(total, sales),
        None if dso is None or best is None else average_days_delinquent(dso, best),
        collection_effectiveness(Fraction(before.total_minor), sales[0][0], total, current),
        promises_kept(collection_facts.load_promises(connection, currency), as_of, grace),
        tuple(collection_facts.tier_results(connection, currency, within_days)),
    )  # fmt: skip


def _text(one: Figures, day: date, months: int, within_days: int) -> str:
    def money(minor: int) -> str:
        return format_minor(minor, one.currency)

    kept = one.promises
    lines = [
        f"{one.currency} at the end of {day}, sales of {months} months {money(one.sales_minor)}",
        f"  receivable {money(one.receivable_minor)}, not yet due {money(one.current_minor)}",
        f"  DSO {_days(one.dso)}, best possible {_days(one.best_possible)}, count-back {_days(one.counted_back)}",
        f"  average days delinquent {_days(one.delinquent)}",
        f"  collection effectiveness {_percent(one.effectiveness)} (month)",
        f"  promises kept {kept.kept} of {kept.due} due: {_percent(kept.by_count)}, by amount"
        f" {_percent(kept.by_amount)}; {kept.open} open",
    ]
    lines += [
        f"  {tier.tier}: {counted(tier.notices, 'notice')}, demanded {money(tier.demanded_minor)};"
        f" of {money(tier.listed_minor)} told, {money(tier.settled_minor)} settled within {within_days} days"
        for tier in one.tiers
    ]
    return "\n".join(lines)


def _record(one: Figures, day: date, months: int, within_days: int) -> dict[str, Any]:
    kept = one.promises
    return {
        "type": "collections", "currency": one.currency, "day": day, "months": months, "within_days": within_days,
        "receivable": format_minor(one.receivable_minor, one.currency),
        "not_yet_due": format_minor(one.current_minor, one.currency),
        "sales": format_minor(one.sales_minor, one.currency),
        "dso_days": _rounded(one.dso), "best_possible_dso_days": _rounded(one.best_possible),
        "count_back_dso_days": _rounded(one.counted_back), "average_days_delinquent": _rounded(one.delinquent),
        "collection_effectiveness_percent": _rounded(one.effectiveness),
        "promises": {"kept": kept.kept, "due": kept.due, "open": kept.open,
                     "percent_by_count": _rounded(kept.by_count), "percent_by_amount": _rounded(kept.by_amount)},
        "tiers": _tiers(one.tiers, one.currency),
    }  # fmt: skip


def _tiers(tiers: Sequence[TierResult], currency: str) -> list[dict[str, Any]]:
    return [
        {"tier": tier.tier, "notices": tier.notices, "demanded": format_minor(tier.demanded_minor, currency),
         "told": format_minor(tier.listed_minor, currency), "settled": format_minor(tier.settled_minor, currency)}
        for tier in tiers
    ]  # fmt: skip


def _rounded(value: Fraction | None) -> str | None:
    """Return a ratio with two decimals as text, half away from zero; None stays None.

    >>> _rounded(Fraction(1, 8)), _rounded(Fraction(-5, 2)), _rounded(None)
    ('0.13', '-2.50', None)
    """
    if value is None:
        return None
    hundredths = int(abs(value) * 100 + Fraction(1, 2))
    return f"{'-' if value < 0 else ''}{hundredths // 100}.{hundredths % 100:02d}"


def _days(value: Fraction | None) -> str:
    return "-" if value is None else f"{_rounded(value)} days"


def _percent(value: Fraction | None) -> str:
    return "-" if value is None else f"{_rounded(value)} %"
