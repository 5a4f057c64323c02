"""Which periods were closed and opened again, by whom and why. `recon.store.books` closes them.

Room: store.
"""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class PeriodAct:
    """One closing or reopening: from then on, entries up to and including `closed_through` are refused."""

    company: str
    closed_through: str
    actor: str
    reason: str
    at: str
    is_reopening: bool  # more was closed before


def list_periods(connection: Connection) -> list[PeriodAct]:
    """Return all acts, per company the latest last: that one holds."""
    sql = """
        SELECT company, closed_through, actor, reason, at,
          coalesce(closed_through < lag(closed_through) OVER (PARTITION BY company ORDER BY id), FALSE)
        FROM period_close ORDER BY company, id"""
    rows = connection.execute(text(sql))
    return [PeriodAct(row[0], row[1], row[2], row[3], row[4], bool(row[5])) for row in rows]


def waiting_through(connection: Connection, company: str, through: date) -> list[tuple[str, int, int]]:
    """Return currency, number and sum (absolute, minor units) of the bank lines up to a day that nobody placed yet."""
    sql = (
        "SELECT currency, count(*), sum(abs(amount_minor)) FROM bank_line WHERE state IN ('new', 'in_review')"
        " AND company = :company AND booked_on <= :day GROUP BY currency ORDER BY currency"
    )
    given = {"company": company, "day": through.isoformat()}
    return [(row[0], row[1], int(row[2])) for row in connection.execute(text(sql), given)]
