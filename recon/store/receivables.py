"""Customers, invoices and credit memos: a million at once, and again every night.

A row that is new is inserted; what is settled elsewhere by then is kept beside its amount. A row that is known keeps
its money: where file and books differ, a person is asked. Only descriptive columns follow the file.

Room: store.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import Connection, text

from recon.errors import Problem
from recon.frames import CustomerRows, Days, InvoiceRows, day_of
from recon.money import format_minor
from recon.store import schema
from recon.store.books import open_reviews
from recon.store.bulk import CHUNK, insert_new, next_id, stage
from recon.store.chain import AuditRow, Author, append_audit, canonical

CUSTOMER_COLUMNS = (
    "name", "aliases", "currency", "email", "cc", "country", "language", "time_zone", "segment", "parent_code",
    "bank_accounts",
)  # fmt: skip
ITEM_COLUMNS = (
    "id", "company", "customer_id", "number", "kind", "currency", "amount_minor", "settled_elsewhere_minor",
    "open_minor", "issue_on", "due_on", "po_number", "terms", "segment", "document", "credit_of", "file_id",
)  # fmt: skip
FOLLOWING = ("due_on", "po_number", "terms", "segment", "document", "credit_of")  # may change without asking


@dataclass(frozen=True, slots=True)
class Upserted:
    """What an import changed: rows that were new, that changed, that were as before; items opened for a person."""

    new_count: int
    changed_count: int
    same_count: int
    discrepancy_count: int = 0
    problems: tuple[Problem, ...] = ()


def upsert_customers(
    connection: Connection, rows: CustomerRows, author: Author, told: Sequence[str] = ("consumer", *CUSTOMER_COLUMNS)
) -> Upserted:
    """Insert new customers by (company, code) and let known ones follow the file in the columns that it tells."""
    if not len(rows):
        return Upserted(0, 0, 0)
    columns = ("id", "company", "code", "consumer", *CUSTOMER_COLUMNS)
    new_count = insert_new(connection, schema.customer, columns, _customers(rows, next_id(connection, schema.customer)))
    changed_count = 0
    if new_count < len(rows):
        staged = stage(connection, schema.customer, columns, _customers(rows, 1))
        following = [name for name in ("consumer", *CUSTOMER_COLUMNS) if name in told]
        changed_count = _follow(connection, staged, ("company", "code"), "customer", following) if following else 0
    if new_count or changed_count:
        detail: dict[str, object] = {"new": new_count, "changed": changed_count}
        append_audit(connection, [AuditRow("import_customers", "customers", detail)], author)
    return Upserted(new_count, changed_count, len(rows) - new_count - changed_count)


def add_customers(connection: Connection, rows: CustomerRows, author: Author) -> int:
    """Insert customers that are not known yet; what is known of others stays, because an invoice file tells less."""
    return upsert_customers(connection, rows, author, ()).new_count


def upsert_invoices(
    connection: Connection, rows: InvoiceRows, author: Author, file_id: int | None = None, where: str = "invoices"
) -> Upserted:
    """Insert new open items by (company, customer, number); compare the money of known ones with our own books.

    An open amount is as expected when it is ours, or ours without the postings that were not exported yet. Any other
    difference opens an item for review. A row whose customer is unknown is a problem, unless the file names it.
    """
    customer_ids = _customer_ids(connection, rows)
    known = customer_ids > 0
    problems = _strangers(rows.take(~known), where)
    if problems:
        rows, customer_ids = rows.take(known), customer_ids[known]
    if not len(rows):
        return Upserted(0, 0, 0, problems=problems)
    first = next_id(connection, schema.open_item)
    new_count = insert_new(connection, schema.open_item, ITEM_COLUMNS, _items(rows, customer_ids, first, file_id))
    changed = discrepancies = 0
    other: tuple[Problem, ...] = ()
    if new_count < len(rows):
        staged = stage(connection, schema.open_item, ITEM_COLUMNS, _items(rows, customer_ids, first, file_id))
        other = _of_the_other_kind(connection, staged, where)
        changed = _follow(connection, staged, ("company", "customer_id", "number"), "open_item", FOLLOWING)
        discrepancies = _compare(connection, staged, author)
    if new_count:
        append_audit(connection, [_control_totals(connection, first, file_id)], author)
    if changed:  # also what tells the night that an order number or due day moved, and matching may think again
        append_audit(connection, [AuditRow("update_open_items", _source(file_id), {"changed": changed})], author)
    same_count = len(rows) - new_count - changed - discrepancies - len(other)
    return Upserted(new_count, changed, max(same_count, 0), discrepancies, (*problems, *other))


def upsert_credits(
    connection: Connection, rows: InvoiceRows, author: Author, file_id: int | None = None, where: str = "credits"
) -> Upserted:
    """Like `upsert_invoices`, for rows that are credit memos: their amounts are negative."""
    return upsert_invoices(connection, rows, author, file_id, where)


def _customers(rows: CustomerRows, first_id: int) -> Iterator[tuple[Any, ...]]:
    columns = (getattr(rows, name).tolist() for name in CUSTOMER_COLUMNS)
    consumer = rows.consumer.astype(np.int64).tolist()
    ids = range(first_id, first_id + len(rows))
    return zip(ids, rows.company.tolist(), rows.code.tolist(), consumer, *columns, strict=True)


def _items(rows: InvoiceRows, customer_ids: Any, first_id: int, file_id: int | None) -> Iterator[tuple[Any, ...]]:
    """Yield the rows by customer, a portion of lists at a time.

    Neighbours in the file are strangers in the indexes over customers: at 400,000 rows, writing them in the order of
    the file costs half as much again.
    """
    order = np.argsort(customer_ids, kind="stable")
    for start in range(0, len(rows), CHUNK):
        places = order[start : start + CHUNK]
        yield from _portion(rows.take(places), customer_ids[places], first_id + start, file_id)


def _portion(rows: InvoiceRows, customer_ids: Any, first_id: int, file_id: int | None) -> Iterator[tuple[Any, ...]]:
    count = len(rows)
    return zip(
        range(first_id, first_id + count), rows.company.tolist(), customer_ids.tolist(), rows.number.tolist(),
        rows.kind.tolist(), rows.currency.tolist(), rows.amount_minor.tolist(),
        (rows.amount_minor - rows.open_minor).tolist(), rows.open_minor.tolist(), _iso_days(rows.issue_day),
        _iso_days(rows.due_day), rows.po_number.tolist(), rows.terms.tolist(), rows.segment.tolist(),
        rows.document.tolist(), rows.credit_of.tolist(), [file_id] * count, strict=True,
    )  # fmt: skip


def _iso_days(days: Days) -> list[str]:
    numbers = days.tolist()
    written = {number: day_of(number).isoformat() for number in set(numbers)}
    return [written[number] for number in numbers]


def _customer_ids(connection: Connection, rows: InvoiceRows) -> Any:
    """Return the customer's id of each row, 0 where unknown; customers the file names are made known first."""
    known = _known_customers(connection)
    ids = [known.get(key, 0) for key in zip(rows.company.tolist(), rows.customer_code.tolist(), strict=True)]
    if 0 in ids and _keep_named(connection, rows, known):
        return _customer_ids(connection, rows)
    return np.array(ids, dtype=np.int64)


def _keep_named(connection: Connection, rows: InvoiceRows, known: dict[tuple[str, str], int]) -> int:
    """Insert customers that the file names itself; return how many."""
    keys = zip(rows.company.tolist(), rows.customer_code.tolist(), strict=True)
    named = {
        key: name for key, name in zip(keys, rows.customer_name.tolist(), strict=True) if name and key not in known
    }
    first = next_id(connection, schema.customer)
    fresh = [(first + n, *key, name) for n, (key, name) in enumerate(named.items())]
    return insert_new(connection, schema.customer, ("id", "company", "code", "name"), fresh) if fresh else 0


def _known_customers(connection: Connection) -> dict[tuple[str, str], int]:
    cursor = connection.execute(text("SELECT company, code, id FROM customer")).cursor
    return {(company, code): customer_id for company, code, customer_id in (cursor.fetchall() if cursor else [])}


def _strangers(rows: InvoiceRows, where: str) -> tuple[Problem, ...]:
    remedy = "Import the customers first, then this file again"
    return tuple(
        Problem(f"{where}, invoice {number}", f"customer {code!r} is not known", remedy, quarantined="row")
        for number, code in zip(rows.number.tolist(), rows.customer_code.tolist(), strict=True)
    )


def _of_the_other_kind(connection: Connection, staged: str, where: str) -> tuple[Problem, ...]:
    """Set rows aside whose number the books know with the other sign: invoices imported as credits change no due day.

    A charge of ours may come back as an invoice: the accounting system knows it as one.
    """
    pairs = _OTHER_SIGN.format(staged=staged)
    found = connection.execute(text(f"SELECT given.number, item.kind, given.kind {pairs} ORDER BY item.id")).all()
    if found:
        connection.execute(text(f"DELETE FROM {staged} WHERE id IN (SELECT given.id {pairs})"))
    remedy = "Import it as what it is; or correct its number, and import the file again"
    return tuple(
        Problem(f"{where}, number {number}", f"it is {_NAMED[known]} in the books, {_NAMED[given]} here", remedy, "row")
        for number, known, given in found
    )


_NAMED = {"invoice": "an invoice", "credit": "a credit memo", "charge": "a charge"}
_OTHER_SIGN = """
FROM {staged} AS given
JOIN open_item AS item
  ON item.company = given.company AND item.customer_id = given.customer_id AND item.number = given.number
WHERE (item.kind = 'credit') <> (given.kind = 'credit')
"""


def _follow(connection: Connection, staged: str, keys: Sequence[str], table: str, names: Sequence[str]) -> int:
    """Let descriptive columns follow the file where they differ; return how many rows did."""
    assignments = ", ".join(f"{name} = given.{name}" for name in names)
    same = " AND ".join(f"{table}.{key} = given.{key}" for key in keys)
    differs = " OR ".join(f"{table}.{name} <> given.{name}" for name in names)
    sql = f"UPDATE {table} SET {assignments} FROM {staged} AS given WHERE {same} AND ({differs})"
    return int(connection.exec_driver_sql(sql).rowcount)


def _compare(connection: Connection, staged: str, author: Author) -> int:
    """Open a review item for each known open item whose money in the file is not that of the books."""
    found = connection.execute(text(_DIFFERENT.format(staged=staged))).all()
    differing = [row for row in found if _is_unexpected(row)]
    opened = 0
    for item_id, company, currency, amount, ours, unexported, given_amount, given_open, other in differing:
        difference = given_open - ours
        told = {"open_in_file": given_open, "open_in_books": ours, "not_exported": unexported,
                "amount_in_file": given_amount, "amount_in_books": amount, "currency_in_file": other}  # fmt: skip
        reason = f"open amount {format_minor(given_open, currency)} of {format_minor(given_amount, currency)}"
        subject = (item_id, company, currency, difference, abs(difference), reason)
        opened += open_reviews(connection, "discrepancy", [subject], author, detail=canonical(told))
    return opened


def _is_unexpected(row: Sequence[Any]) -> bool:
    _, _, currency, amount, ours, unexported, given_amount, given_open, given_currency = row
    return (given_amount, given_currency) != (amount, currency) or given_open not in (ours, ours - unexported)


# What no accounting system has heard of yet is in their open amount still: theirs = ours - (our settlements, negative).
_DIFFERENT = """
SELECT item.id, item.company, item.currency, item.amount_minor, item.open_minor,
       CAST(coalesce((SELECT sum(p.amount_minor) FROM posting AS p
                      LEFT JOIN exported ON exported.entry_id = p.entry_id
                      WHERE p.open_item_id = item.id AND p.account = 'receivable'
                        AND exported.entry_id IS NULL), 0) AS BIGINT),
       given.amount_minor, given.open_minor, given.currency
FROM {staged} AS given
JOIN open_item AS item
  ON item.company = given.company AND item.customer_id = given.customer_id AND item.number = given.number
WHERE item.open_minor <> given.open_minor OR item.amount_minor <> given.amount_minor OR item.currency <> given.currency
ORDER BY item.id
"""


def _control_totals(connection: Connection, first_id: int, file_id: int | None) -> AuditRow:
    sql = (
        "SELECT company, currency, count(*), sum(amount_minor), sum(settled_elsewhere_minor), max(id) FROM open_item"
        " WHERE id >= :first GROUP BY company, currency ORDER BY company, currency"
    )
    rows = connection.execute(text(sql), {"first": first_id}).all()
    totals = [
        [company, currency, count, int(amount), int(elsewhere)]
        for company, currency, count, amount, elsewhere, _ in rows
    ]
    detail: dict[str, object] = {"first": first_id, "last": max(row[5] for row in rows), "totals": totals}
    return AuditRow("import_open_items", _source(file_id), detail)


def _source(file_id: int | None) -> str:
    return f"file:{file_id}" if file_id else "open_items"
