"""What was open at the end of a day, by the books: a month is closed on the numbers of its last day, not of today.

Room: store.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon.frames import Customers, Days, Ints
from recon.store.columns import fetch_columns
from recon.store.frames import positions


@dataclass(frozen=True, slots=True)
class OpenAt:
    """Open items at the end of a day, by id: position of the customer, due day, open minor units (credits negative)."""

    customer: Ints
    due_day: Days
    open_minor: Ints


def open_scopes(connection: Connection, day: date, company: str = "") -> list[tuple[str, str]]:
    """Return company and currency of everything that had open items at the end of the day, or of one company's."""
    rows = connection.execute(text(f"SELECT DISTINCT item.company, item.currency {_AT}"), _given(day))
    return sorted((row[0], row[1]) for row in rows if company in ("", row[0]))


def load_open_at(connection: Connection, company: str, currency: str, day: date, customers: Customers) -> OpenAt:
    """Return what was open: what is open today, less what was booked since, of items issued by then.

    What another system had settled before its first import has no day here, and counts as settled all along.
    """
    sql = (
        f"SELECT item.customer_id, item.due_on, {_OPEN} {_AT} AND item.company = :company AND item.currency = :currency"
    )
    given = {**_given(day), "company": company, "currency": currency}
    owner, due_day, open_minor = fetch_columns(connection, f"{sql} ORDER BY item.id", "idi", given)
    return OpenAt(positions(customers.id, owner), due_day, open_minor)


def _given(day: date) -> Mapping[str, object]:
    return {"day": day.isoformat()}


_OPEN = "item.open_minor - CAST(coalesce(later.minor, 0) AS BIGINT)"
_AT = f"""
FROM open_item AS item LEFT JOIN (
  SELECT p.open_item_id, sum(p.amount_minor) AS minor FROM posting AS p JOIN entry AS e ON e.id = p.entry_id
  WHERE p.account = 'receivable' AND p.open_item_id IS NOT NULL AND e.booked_on > :day GROUP BY p.open_item_id
) AS later ON later.open_item_id = item.id
WHERE item.issue_on <= :day AND {_OPEN} <> 0
"""
