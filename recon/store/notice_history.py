"""What happened to every invoice, as a replay of notices needs it: amounts, and when money arrived and was booked.

Room: store.
"""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Connection, text

from recon.model import Customer, Stop
from recon.store.notices import load_customer, stop_of

# One row: item, customer, currency, number, issue, due, amount less what was settled elsewhere before the first import
_ITEMS = """
    SELECT id, customer_id, currency, number, issue_on, due_on, amount_minor - settled_elsewhere_minor
    FROM open_item WHERE issue_on <= :end AND kind <> 'charge' ORDER BY id"""
_PAID = """
    SELECT p.open_item_id, coalesce(l.booked_on, e.booked_on), e.booked_on, -p.amount_minor
    FROM posting p JOIN entry e ON e.id = p.entry_id LEFT JOIN bank_line l ON l.id = e.bank_line_id
    WHERE p.account = 'receivable' AND p.open_item_id IS NOT NULL ORDER BY e.id"""

_ON_ACCOUNT = """
    SELECT p.customer_id, p.currency, e.booked_on, -p.amount_minor FROM posting p JOIN entry e ON e.id = p.entry_id
    WHERE p.account = 'on_account' AND p.customer_id IS NOT NULL AND e.booked_on <= :end ORDER BY e.id"""

ItemRow = tuple[int, Customer, str, str, date, date, int]
PaidRow = tuple[date, date, int]


def load_history(connection: Connection, end: date) -> list[tuple[ItemRow, tuple[PaidRow, ...]]]:
    """Return per open item its facts and its payments (arrived, booked, minor units), for items issued by `end`.

    Money on account follows as one credit per customer and currency, with a negative id: what came in and was used.
    """
    paid: dict[int, list[PaidRow]] = defaultdict(list)
    for item_id, arrived_on, booked_on, minor in connection.execute(text(_PAID)):
        booked = date.fromisoformat(booked_on)
        paid[item_id].append((min(date.fromisoformat(arrived_on), booked), booked, minor))
    customers: dict[int, Customer] = {}
    items = [
        (_item(connection, row, customers), tuple(paid.get(row[0], ())))
        for row in connection.execute(text(_ITEMS), {"end": end.isoformat()}).all()
    ]
    return items + _on_account(connection, end, customers)


def _on_account(
    connection: Connection, end: date, customers: dict[int, Customer]
) -> list[tuple[ItemRow, tuple[PaidRow, ...]]]:
    moves: dict[tuple[int, str], list[PaidRow]] = defaultdict(list)
    for customer_id, currency, booked_on, minor in connection.execute(text(_ON_ACCOUNT), {"end": end.isoformat()}):
        day = date.fromisoformat(booked_on)
        moves[customer_id, currency].append((day, day, int(minor)))
    found: list[tuple[ItemRow, tuple[PaidRow, ...]]] = []
    for i, ((customer_id, currency), rows) in enumerate(moves.items(), start=1):
        first = min(day for day, _, _ in rows)
        row = (-i, customer_id, currency, "on account", first.isoformat(), first.isoformat(), 0)
        found.append((_item(connection, row, customers), tuple(rows)))
    return found


def _item(connection: Connection, row: Any, customers: dict[int, Customer]) -> ItemRow:
    if row[1] not in customers:
        customers[row[1]] = load_customer(connection, row[1])
    return (row[0], customers[row[1]], row[2], row[3], date.fromisoformat(row[4]), date.fromisoformat(row[5]), row[6])


def load_past_stops(connection: Connection) -> list[Stop]:
    """Return all stops with the days they held: one that was ended holds until the day before its end."""
    rows = connection.execute(text("SELECT * FROM stop WHERE kind NOT IN ('bounced', 'opt_out') ORDER BY id"))
    return [_held(stop_of(row), row.ended_at) for row in rows]


def _held(stop: Stop, ended_at: str | None) -> Stop:
    if not ended_at:
        return stop
    last = date.fromisoformat(ended_at[:10]) - timedelta(days=1)
    return replace(stop, ends_on=min(last, stop.ends_on) if stop.ends_on else last)
