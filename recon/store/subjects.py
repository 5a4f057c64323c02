"""What people name on the command line: deposit `D12`, entry `E7`, or an invoice by its number.

Room: store.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store.bulk import fetch_in
from recon.store.review import ReviewItem


@dataclass(frozen=True, slots=True)
class Subject:
    """A thing of the books as a person names it. `kind` is deposit, entry or number."""

    kind: str
    id: int
    written: str

    @classmethod
    def parse(cls, written: str) -> "Subject":
        """Read a name.

        >>> Subject.parse("d12").kind, Subject.parse("E7").id, Subject.parse("RE-7").kind
        ('deposit', 7, 'number')
        """
        match = re.fullmatch(r"([DdEe])([0-9]{1,18})", written.strip())
        if match is None:
            return cls("number", 0, written.strip())
        return cls("deposit" if match[1] in "Dd" else "entry", int(match[2]), written.strip())


def line_of_subject(connection: Connection, subject: Subject) -> int:
    """Return the bank line a person means: `D12`, or a bank id that only one line has. Raises NotAllowed."""
    if subject.kind == "deposit":
        return subject.id
    sql = "SELECT id FROM bank_line WHERE bank_id = :bank_id LIMIT 2"
    found = connection.execute(text(sql), {"bank_id": subject.written}).scalars().all()
    if len(found) != 1:
        raise NotAllowed(
            f"{subject.written!r} names {'no' if not found else 'more than one'} deposit", "Use D and its number"
        )
    return int(found[0])


def item_numbers(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the numbers of open items by id."""
    sql = "SELECT id, number FROM open_item WHERE id IN :values"
    return {row[0]: row[1] for row in fetch_in(connection, sql, sorted(ids))}


def item_labels(connection: Connection, items: Sequence[ReviewItem]) -> dict[int, str]:
    """Return for each review item what it is about, in one line; the payer's account is masked, not every IBAN."""
    labels = {item.id: item.reason or item.detail for item in items}
    for kind, sql in _ABOUT.items():
        by_subject = defaultdict(list)
        for item in items:
            if _kind_of(item) == kind:
                by_subject[item.subject_id].append(item)
        for subject_id, *words in fetch_in(connection, sql, sorted(by_subject)):
            for item in by_subject[subject_id]:
                labels[item.id] = _label(kind, subject_id, words, item)
    return {item_id: " ".join(label.split()) for item_id, label in labels.items()}


_LINE = (
    "SELECT id, CASE WHEN length(payer_account) > 5 THEN replace(payer || ' ' || remittance, payer_account,"
    " '***' || substr(payer_account, length(payer_account) - 3)) ELSE payer || ' ' || remittance END"
    " FROM bank_line WHERE id IN :values"
)
_ABOUT = {
    "deposit": _LINE,
    "correction": _LINE,
    "discrepancy": "SELECT item.id, item.number, c.code, c.name FROM open_item AS item"
    " JOIN customer AS c ON c.id = item.customer_id WHERE item.id IN :values",
    "statement": "SELECT s.id, account.key, s.first_on, s.last_on, file.name FROM statement AS s"
    " JOIN bank_account AS account ON account.id = s.bank_account_id JOIN source_file AS file ON file.id = s.file_id"
    " WHERE s.id IN :values",
    "task": "SELECT id, code, name FROM customer WHERE id IN :values",
}


def _kind_of(item: ReviewItem) -> str:
    """A task is about a customer; only where the bank corrected a line that is placed it is about that line."""
    return "correction" if item.kind == "task" and item.reason == "correction" else item.kind


def _label(kind: str, subject_id: int, words: Sequence[str | None], item: ReviewItem) -> str:
    said = " ".join(word or "" for word in words)
    match kind:
        case "deposit":
            return f"D{subject_id} {said}"
        case "correction":
            return f"D{subject_id} corrects a line that is placed: {said}"
        case "statement":
            key, first, last, name = words
            return f"statement {key} {first or '?'}..{last or '?'} of {name} contradicts itself"
        case "discrepancy":
            return f"discrepancy: {said}: {item.reason}"
        case _:
            return f"{kind}: {said}: {item.reason}"


def customer_codes(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the companies' own numbers of customers by id."""
    sql = "SELECT id, code FROM customer WHERE id IN :values"
    return {row[0]: row[1] for row in fetch_in(connection, sql, sorted(set(ids)))}


def customer_names(connection: Connection, ids: set[int]) -> dict[int, str]:
    """Return what customers are called, by id: number and name, or the name alone where it serves as number."""
    sql = "SELECT id, code, name FROM customer WHERE id IN :values"
    found = fetch_in(connection, sql, sorted(set(ids)))
    return {
        row[0]: row[2] if row[1].casefold() == row[2].casefold() else f"{row[1]} {row[2]}".rstrip() for row in found
    }
