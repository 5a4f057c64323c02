"""The way of a deposit, an entry or an invoice back to the bank's file, line and byte.

Room: store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.model import Proposal
from recon.store.books import BookedEntry, entries_of
from recon.store.proposals import proposals_of
from recon.store.review import BankText, bank_text


@dataclass(frozen=True, slots=True)
class ItemNow:
    """An open item as it is now, by the names people use."""

    id: int
    company: str
    customer: str
    number: str
    kind: str
    currency: str
    amount_minor: int
    settled_elsewhere_minor: int
    open_minor: int
    due_on: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """What the books know about a subject: lines of the bank, open items, entries in their order, suggestions."""

    subject: str
    lines: tuple[BankText, ...]
    items: tuple[ItemNow, ...]
    entries: tuple[BookedEntry, ...]
    proposals: tuple[Proposal, ...]
    audit: tuple[tuple[str, str, str, str], ...]  # at, actor, action, detail


def explain(connection: Connection, subject: str) -> Explanation:
    """Explain a deposit (`D7`), an entry (`E12`) or the open items of a number. Raises NotAllowed if there is none.

    A number that looks like a deposit or entry is found as a number too, when no such deposit or entry exists.
    """
    kind, digits = subject[:1].upper(), subject[1:]
    is_id = digits.isascii() and digits.isdigit()
    if is_id and kind == "D" and _exists(connection, "bank_line", int(digits)):
        return _explain_lines(connection, subject, [int(digits)])
    if is_id and kind == "E" and _exists(connection, "entry", int(digits)):
        return _explain_entries(connection, subject, [int(digits)])
    found = connection.execute(text("SELECT id FROM open_item WHERE number = :number"), {"number": subject})
    items = [row[0] for row in found]
    if not items:
        raise NotAllowed(f"the books know no {subject!r}", "Use D7, E12 or an invoice number")
    return _explain_entries(connection, subject, _entry_ids(connection, "open_item_id", items), items)


def _explain_lines(connection: Connection, subject: str, line_ids: Sequence[int]) -> Explanation:
    return _explain_entries(connection, subject, _entry_ids(connection, "bank_line_id", line_ids))


def _explain_entries(
    connection: Connection, subject: str, entry_ids: Sequence[int], item_ids: Sequence[int] = ()
) -> Explanation:
    entries = tuple(entries_of(connection, entry_ids))
    postings = [posting for booked in entries for posting in booked.entry.postings]
    line_ids = sorted({p.bank_line_id for p in postings if p.bank_line_id is not None} | _own_line(subject))
    items = sorted({p.open_item_id for p in postings if p.open_item_id is not None} | set(item_ids))
    kept = proposals_of(connection, line_ids)
    return Explanation(
        subject,
        tuple(bank_text(connection, line_id) for line_id in line_ids),
        tuple(_item(connection, item_id) for item_id in items),
        entries,
        tuple(proposal for line_id in line_ids for proposal in kept.get(line_id, ())),
        _audit(connection, line_ids, [booked.id for booked in entries]),
    )


def _own_line(subject: str) -> set[int]:
    """A pending line has no entry yet, and is explained all the same."""
    return {int(subject[1:])} if subject[:1].upper() == "D" and subject[1:].isdecimal() else set()


def _entry_ids(connection: Connection, column: str, ids: Sequence[int]) -> list[int]:
    sql = f"SELECT DISTINCT entry_id FROM posting WHERE {column} = :id ORDER BY entry_id"
    return sorted({row[0] for each in ids for row in connection.execute(text(sql), {"id": each})})


def _exists(connection: Connection, table: str, row_id: int) -> bool:
    found = connection.execute(text(f"SELECT 1 FROM {table} WHERE id = :id"), {"id": row_id}).first()
    return found is not None


def _item(connection: Connection, item_id: int) -> ItemNow:
    sql = (
        "SELECT i.id, i.company, c.code, i.number, i.kind, i.currency, i.amount_minor, i.settled_elsewhere_minor,"
        " i.open_minor, i.due_on FROM open_item AS i JOIN customer AS c ON c.id = i.customer_id WHERE i.id = :id"
    )
    return ItemNow(*connection.execute(text(sql), {"id": item_id}).one())


def _audit(
    connection: Connection, line_ids: Sequence[int], entry_ids: Sequence[int]
) -> tuple[tuple[str, str, str, str], ...]:
    subjects = [f"line:{each}" for each in line_ids] + [f"entry:{each}" for each in entry_ids]
    for line_id in line_ids:
        sql = "SELECT id FROM review_item WHERE kind = 'deposit' AND subject_id = :line"
        subjects += [f"review_item:{row[0]}" for row in connection.execute(text(sql), {"line": line_id})]
    sql = "SELECT at, actor, action, detail FROM audit WHERE subject = :subject ORDER BY id"
    rows = [tuple(row) for each in subjects for row in connection.execute(text(sql), {"subject": each})]
    return tuple(sorted(rows))
