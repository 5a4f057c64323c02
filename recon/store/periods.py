"""Which periods were closed and opened again, by whom and why. `recon.store.books` closes them.

Room: store.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True, slots=True)
class PeriodAct:
    """One closing or reopening: from then on, entries up to and including `closed_through` are refused."""

    company: str
    closed_through: str
    actor: str
    reason: str
    at: str


def list_periods(connection: Connection) -> list[PeriodAct]:
    """Return all acts, per company the latest last: that one holds."""
    sql = "SELECT company, closed_through, actor, reason, at FROM period_close ORDER BY company, id"
    return [PeriodAct(*row) for row in connection.execute(text(sql))]
