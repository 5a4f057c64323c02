"""Charges as open items: those of an invoice, and one that is undone: nobody may be asked for a fee taken back.

The entry of a charge names no open item (an item's own amount says what was issued), so its reversal closes none. The
item counts as settled elsewhere then, which keeps amount and number in the books.

Room: store.
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.model import Debt, Entry
from recon.store.bulk import fetch_in

_NUMBER = re.compile(r"(?:FEE|CMP|INT)-(.+)-L[0-9]+(?:-[0-9]+)?", re.DOTALL)  # as notices number what they charge


@dataclass(frozen=True, slots=True)
class ChargedInvoice:
    """An invoice with what notices charged for it: `debts` are the invoice itself, then its open charges."""

    customer_code: str
    segment: str
    debts: tuple[Debt, ...]


def charged_invoices(connection: Connection, item_ids: Iterable[int]) -> dict[int, ChargedInvoice]:
    """Return those of the open items that are invoices with open charges of their own, by id.

    A charge that a person booked under a number of their own belongs to no invoice.
    """
    invoices = _rows(connection, "o.kind = 'invoice' AND o.id IN :values", set(item_ids))
    by_number = {(row[3], row[4], row[1]): row for row in invoices}
    charges: dict[int, list[Debt]] = defaultdict(list)
    for row in _rows(connection, "o.kind = 'charge' AND o.customer_id IN :values", {row[3] for row in invoices}):
        found = _NUMBER.fullmatch(row[1])
        if found and (invoice := by_number.get((row[3], row[4], found[1]))):
            charges[invoice[0]].append(_debt(row, "charge"))
    named = {row[0]: row for row in invoices}
    return {
        item: ChargedInvoice(named[item][6], named[item][7], (_debt(named[item], "invoice"), *own))
        for item, own in charges.items()
    }


_Row = tuple[int, str, int, int, str, str, str, str]


def _rows(connection: Connection, where: str, values: set[int]) -> list[_Row]:
    sql = f"""
        SELECT o.id, o.number, o.open_minor, o.customer_id, o.currency, o.due_on, c.code, c.segment FROM open_item o
        JOIN customer c ON c.id = o.customer_id WHERE o.open_minor > 0 AND {where} ORDER BY o.id"""
    return list(fetch_in(connection, sql, values))


def _debt(row: _Row, kind: str) -> Debt:
    return Debt(row[0], row[1], date.fromisoformat(row[5]), row[2], kind=kind)


def withdraw_charge(connection: Connection, entry: Entry) -> None:
    """Close the open item that a charge issued. Raises NotAllowed when something was booked on it since."""
    found = _item(connection, entry)
    if found is None:
        return
    item_id, number, is_whole = found
    if not is_whole:
        raise NotAllowed(f"something was booked on {number} since", "Undo that first, or write off what is open")
    sql = (
        "UPDATE open_item SET settled_elsewhere_minor = amount_minor, open_minor = 0, version = version + 1"
        " WHERE id = :id"
    )
    connection.execute(text(sql), {"id": item_id})


def _item(connection: Connection, entry: Entry) -> tuple[int, str, bool] | None:
    """Return id, number and whether all of it is open; the reason of a charge begins with its item's number."""
    sql = (
        "SELECT id, number, open_minor = amount_minor FROM open_item"
        " WHERE customer_id = :customer AND kind = 'charge' AND amount_minor = :minor AND currency = :currency"
    )
    posting = entry.postings[0]
    given = {"customer": posting.customer_id, "minor": posting.amount_minor, "currency": posting.currency}
    fits = [row for row in connection.execute(text(sql), given) if entry.reason.startswith(f"{row[1]}: ")]
    row = max(fits, key=lambda each: len(each[1]), default=None)
    return (row[0], row[1], bool(row[2])) if row else None
