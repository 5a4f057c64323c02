"""Fees and interest enter the books: an open item of its own, and the entry that earns it. Once, by its number.

Room: store.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import Connection, text

from recon.ledger import issue_charge
from recon.model import Charge, Entry, Notice
from recon.store.books import first_open_day, post
from recon.store.bulk import insert_many, next_id
from recon.store.chain import Author
from recon.store.schema import open_item

_COLUMNS = [
    "id",
    "company",
    "customer_id",
    "number",
    "kind",
    "currency",
    "amount_minor",
    "open_minor",
    "issue_on",
    "due_on",
]
_THERE = "SELECT number FROM open_item WHERE customer_id = :customer AND kind = 'charge'"


def post_charges(connection: Connection, notice: Notice, charges: Sequence[Charge], author: Author) -> int:
    """Book the charges a notice told its customer of, on its day or the first open one; return how many are new."""
    customer = notice.customer
    there = set(connection.execute(text(_THERE), {"customer": customer.id}).scalars())
    new = [charge for charge in charges if charge.number not in there]
    first, day = next_id(connection, open_item), notice.day.isoformat()
    rows = [
        (first + i, customer.company, customer.id, charge.number, "charge", notice.currency, charge.amount_minor,
         charge.amount_minor, day, day)
        for i, charge in enumerate(new)
    ]  # fmt: skip
    insert_many(connection, open_item, _COLUMNS, rows)
    # An uncertain notice may be resolved when its month is closed.
    booked_on = first_open_day(connection, customer.company, notice.day)
    post(connection, [_entry(notice, charge, booked_on) for charge in new], author)
    return len(new)


def _entry(notice: Notice, charge: Charge, booked_on: date) -> Entry:
    customer = notice.customer
    why = charge.why or "interest on late payment"
    return issue_charge(
        customer.company, notice.currency, customer.id, charge.amount_minor, booked_on, f"{charge.number}: {why}"
    )
