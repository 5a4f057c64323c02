"""What was paid on invoices that are still open in part, with the day the bank had it: interest runs on what was owed.

Room: store.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Connection, text

from recon.store.bulk import fetch_named_in

_SELECT = """
    SELECT p.open_item_id AS item, coalesce(l.booked_on, e.booked_on) AS arrived_on, e.booked_on AS booked_on,
           -p.amount_minor AS minor
    FROM open_item o JOIN posting p ON p.open_item_id = o.id JOIN entry e ON e.id = p.entry_id
    LEFT JOIN bank_line l ON l.id = e.bank_line_id
    WHERE p.account = 'receivable' AND o.kind = 'invoice' AND o.open_minor <> o.amount_minor AND o.open_minor > 0"""
_ALL = text(f"{_SELECT} ORDER BY e.id")

Payments = tuple[tuple[date, int], ...]


def load_part_payments(connection: Connection, items: Sequence[int] | None = None) -> dict[int, Payments]:
    """Return per open item what was settled of it: day and minor units, returns negative. `items`: of these only."""
    if items is None:
        return _by_item(connection.execute(_ALL))
    return _by_item(fetch_named_in(connection, f"{_SELECT} AND o.id IN :values", items))


def _by_item(rows: Iterable[Any]) -> dict[int, Payments]:
    found: dict[int, list[tuple[date, int]]] = defaultdict(list)
    for row in rows:
        day = min(date.fromisoformat(row.arrived_on), date.fromisoformat(row.booked_on))
        found[row.item].append((day, int(row.minor)))
    return {item: tuple(sorted(paid)) for item, paid in found.items()}
