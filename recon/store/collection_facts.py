"""What collecting brought: facts for the metrics of `recon.aging`, per currency, as of a day.

Room: store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction

from sqlalchemy import Connection, text

from recon.aging import PromiseFact
from recon.store.columns import fetch_columns


@dataclass(frozen=True, slots=True)
class TierResult:
    """One tier: notices told, what they demanded, and what of the invoices they advanced was settled in time."""

    tier: str
    notices: int
    demanded_minor: int
    listed_minor: int
    settled_minor: int


def tier_results(connection: Connection, currency: str, within_days: int = 14) -> list[TierResult]:
    """Return what each tier brought in: of the invoices a notice advanced, what was settled in so many days after it.

    It counts money that came after a notice, not because of it.
    """
    told: dict[str, list[int]] = {}
    notices = text(
        "SELECT id, tier, level, demanded_minor FROM notice WHERE currency = :currency AND kind = 'reminder'"
        " AND state IN ('sent', 'uncertain', 'task') ORDER BY level, id"
    )
    for _, tier, _, demanded in connection.execute(notices, {"currency": currency}):
        one = told.setdefault(tier, [0, 0, 0, 0])
        one[0] += 1
        one[1] += demanded
    for tier, listed, settled in _settled(connection, currency, within_days):
        if tier in told:
            told[tier][2] += listed
            told[tier][3] += min(settled, listed)
    return [TierResult(tier, *counts) for tier, counts in told.items()]


def _settled(connection: Connection, currency: str, within_days: int) -> list[tuple[str, int, int]]:
    """Return per advanced line its tier, what was open, and what was booked on it within the days after the notice."""
    lines = text(
        "SELECT n.tier, n.day, l.open_item_id, l.open_minor FROM notice_line l JOIN notice n ON n.id = l.notice_id"
        " WHERE l.live = 1 AND l.advances = 1 AND n.currency = :currency AND n.kind = 'reminder'"
    )
    booked = text(
        "SELECT p.open_item_id, e.booked_on, -p.amount_minor FROM posting p JOIN entry e ON e.id = p.entry_id"
        " WHERE p.account = 'receivable' AND p.currency = :currency AND p.open_item_id IN"
        " (SELECT open_item_id FROM notice_line WHERE live = 1 AND advances = 1)"
    )
    payments: dict[int, list[tuple[str, int]]] = {}
    for item_id, day, minor in connection.execute(booked, {"currency": currency}):
        payments.setdefault(item_id, []).append((day, minor))
    found = []
    for tier, day, item_id, open_minor in connection.execute(lines, {"currency": currency}):
        last = (date.fromisoformat(day) + timedelta(days=within_days)).isoformat()
        settled = sum(minor for on, minor in payments.get(item_id, ()) if day <= on <= last)
        found.append((tier, open_minor, max(0, settled)))
    return found


def load_promises(connection: Connection, currency: str) -> list[PromiseFact]:
    """Return the promises in a currency; one without an amount is about what was open and due, and counts as 1 unit.

    What was paid is known for decided promises: kept ones were paid in full by their day.
    """
    sql = text(
        "SELECT s.amount_minor, s.ends_on, s.outcome, o.amount_minor AS invoiced FROM stop s"
        " LEFT JOIN open_item o ON o.id = s.open_item_id WHERE s.kind = 'promise'"
        " AND coalesce(nullif(s.currency, ''), o.currency, :currency) = :currency AND s.outcome <> 'withdrawn'"
    )
    return [_promise(*row) for row in connection.execute(sql, {"currency": currency})]


def _promise(amount: int | None, ends_on: str, outcome: str, invoiced: int | None) -> PromiseFact:
    minor = amount or invoiced or 1
    day = date.fromisoformat(ends_on)
    return PromiseFact(minor, day, minor, day) if outcome == "kept" else PromiseFact(minor, day)


@dataclass(frozen=True, slots=True)
class Receivable:
    """The receivable at the end of a day: all of it, and what is not yet due. Minor units, credits negative."""

    total_minor: int
    current_minor: int


def receivable_on(connection: Connection, currency: str, day: date) -> Receivable:
    """Return what was owed at the end of a day, from amounts and postings: today's projection is not asked."""
    sql = """
        SELECT o.due_on, o.amount_minor - o.settled_elsewhere_minor, coalesce(sum(p.amount_minor), 0) AS moved
        FROM open_item o LEFT JOIN (
          SELECT q.open_item_id, q.amount_minor FROM posting q JOIN entry e ON e.id = q.entry_id
          WHERE q.account = 'receivable' AND e.booked_on <= :day) p ON p.open_item_id = o.id
        WHERE o.currency = :currency AND o.issue_on <= :day
        GROUP BY o.id, o.due_on, o.amount_minor, o.settled_elsewhere_minor"""
    due, issued, moved = fetch_columns(
        connection, sql.replace("coalesce(sum(p.amount_minor), 0)", "cast(coalesce(sum(p.amount_minor), 0) AS bigint)"),
        "dii", {"currency": currency, "day": day.isoformat()},
    )  # fmt: skip
    left = issued + moved
    current = due >= (day - date(1970, 1, 1)).days
    return Receivable(int(left.sum()), int(left[current].sum()))


def credit_sales(connection: Connection, currency: str, months: Sequence[date]) -> list[tuple[Fraction, int]]:
    """Return what was invoiced in each month (its first day given) and the days it has, as `aging.count_back` asks."""
    sales = []
    for first in months:
        following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
        sql = text(
            "SELECT coalesce(sum(amount_minor), 0) FROM open_item WHERE currency = :currency AND kind = 'invoice'"
            " AND issue_on >= :first AND issue_on < :following"
        )
        given = {"currency": currency, "first": first.isoformat(), "following": following.isoformat()}
        sales.append((Fraction(int(connection.execute(sql, given).scalar_one())), (following - first).days))
    return sales


def currencies(connection: Connection) -> list[str]:
    """Return every currency that was ever invoiced, in alphabetical order."""
    return list(connection.execute(text("SELECT DISTINCT currency FROM open_item ORDER BY currency")).scalars())
