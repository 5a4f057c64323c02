"""Money events that a person books by hand: found by the names people use, posted, or kept for a second person.

Room: store.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Entry, Posting, ReviewState
from recon.review import Limits, needs_second, require_second_person
from recon.roles import Right
from recon.store import schema
from recon.store.books import post, require_open
from recon.store.bulk import insert_many, next_id
from recon.store.chain import AuditRow, Author, append_audit, canonical
from recon.store.users import require

KIND = "booking"  # of a review item that waits for a second person


@dataclass(frozen=True, slots=True)
class NamedItem:
    """An open item found by customer and number."""

    id: int
    customer_id: int
    number: str
    currency: str
    open_minor: int


@dataclass(frozen=True, slots=True)
class Booked:
    """What came of a booking: its entries, or the review item under which it waits for a second person."""

    entry_ids: tuple[int, ...] = ()
    item_id: int = 0


def customer_id_of(connection: Connection, company: str, code: str) -> int:
    """Return the id of a customer. Raises NotAllowed when the company has none of that number."""
    sql = "SELECT id FROM customer WHERE company = :company AND code = :code"
    found = connection.execute(text(sql), {"company": company, "code": code}).scalar()
    if found is None:
        raise NotAllowed(f"{company} has no customer {code!r}", "Use the customer's number as in your customer list")
    return int(found)


def named_item(connection: Connection, customer_id: int, number: str) -> NamedItem:
    """Return an invoice, credit memo or charge of a customer. Raises NotAllowed when there is none of that number."""
    sql = "SELECT id, customer_id, number, currency, open_minor FROM open_item WHERE customer_id = :id AND number = :no"
    found = connection.execute(text(sql), {"id": customer_id, "no": number}).first()
    if found is None:
        raise NotAllowed(f"the customer has no invoice or credit {number!r}", "Use the number as in your invoice list")
    return NamedItem(*found)


def book(connection: Connection, entries: Sequence[Entry], author: Author, limits: Limits, what: str) -> Booked:
    """Post all entries, or keep them for a second person when one of them is above the limits.

    `what` says it in a line for the one who approves. Raises Conflict when the books refuse: then nothing is posted.
    """
    require(connection, author.actor, Right.BOOK)
    if any(needs_second(entry, limits) for entry in entries):
        return Booked(item_id=_ask_second(connection, entries, author, what))
    return Booked(post(connection, entries, author))


def approve(connection: Connection, detail: str, author: Author, as_of: date) -> tuple[int, ...]:
    """Post what was asked for, on the day it is approved. Raises NotAllowed for the one who asked, or a closed day."""
    asked = json.loads(detail)
    require_second_person(asked["by"], author.actor)
    return post(connection, [_entry(connection, told, as_of) for told in asked["entries"]], author)


def issue_charge(
    connection: Connection, company: str, customer_id: int, number: str, amount_minor: int, currency: str, day: date,
    author: Author, reason: str,
) -> int:  # fmt: skip
    """Book interest or a fee: an open item of its own, due at once, and the entry that earns it; return the entry's id.

    Raises NotAllowed when the customer has something of that number already, or the number is none.
    """
    if not number.strip() or not number.isprintable():
        raise NotAllowed(f"{number!r} is no number for a charge", "Choose one, as FEE-1")
    require(connection, author.actor, Right.BOOK)
    sql = "SELECT 1 FROM open_item WHERE customer_id = :id AND number = :number"
    if connection.execute(text(sql), {"id": customer_id, "number": number}).first():
        raise NotAllowed(f"the customer has {number!r} already", "Choose another number")
    entry = ledger.issue_charge(company, currency, customer_id, amount_minor, day, f"{number}: {reason}")
    columns = ("id", "company", "customer_id", "number", "kind", "currency", "amount_minor", "open_minor", "issue_on",
               "due_on")  # fmt: skip
    row = (next_id(connection, schema.open_item), company, customer_id, number, "charge", currency, amount_minor,
           amount_minor, day.isoformat(), day.isoformat())  # fmt: skip
    insert_many(connection, schema.open_item, columns, [row])
    return post(connection, [entry], author)[0]


def _ask_second(connection: Connection, entries: Sequence[Entry], author: Author, what: str) -> int:
    item_id = next_id(connection, schema.review_item)
    first = entries[0]
    moved = sum(p.amount_minor for entry in entries for p in entry.postings if p.amount_minor > 0)
    asked = canonical({"by": author.actor, "entries": [_told(entry) for entry in entries]})
    columns = ("id", "kind", "subject_id", "company", "currency", "amount_minor", "state", "reason", "detail",
               "priority_minor", "opened_on", "opened_at")  # fmt: skip
    state = ReviewState.NEEDS_SECOND_APPROVAL.value
    row = (item_id, KIND, item_id, first.company, first.postings[0].currency, moved, state, what, asked, moved,
           author.instant[:10], author.instant)  # fmt: skip
    insert_many(connection, schema.review_item, columns, [row])
    detail: dict[str, object] = {"kinds": sorted({entry.kind for entry in entries}), "amount_minor": moved}
    append_audit(connection, [AuditRow("booking_asked", f"review_item:{item_id}", detail)], author)
    return item_id


def _told(entry: Entry) -> dict[str, object]:
    postings = [
        [p.account, p.amount_minor, p.currency, p.customer_id, p.open_item_id, p.bank_line_id] for p in entry.postings
    ]
    told: dict[str, object] = {"company": entry.company, "kind": entry.kind, "reason": entry.reason}
    return told | {"bank_line_id": entry.bank_line_id, "postings": postings}


def _entry(connection: Connection, told: dict[str, object], as_of: date) -> Entry:
    company, kind, reason = str(told["company"]), str(told["kind"]), str(told["reason"])
    postings = tuple(Posting(*each) for each in told["postings"])  # type: ignore[attr-defined]
    line = told["bank_line_id"]
    day = require_open(connection, company, as_of)
    return Entry(company, day, kind, postings, reason, line if isinstance(line, int) else None)
