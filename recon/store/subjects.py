"""What people name on the command line: deposit `D12`, entry `E7`, or an invoice by its number.

Room: store.
"""

import re
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
    """Return for each review item what it is about, in one line."""
    labels = {item.id: f"{item.kind}: {item.reason or item.detail}"[:100] for item in items}
    by_line = {item.subject_id: item.id for item in items if item.kind == "deposit"}
    sql = "SELECT id, payer, remittance FROM bank_line WHERE id IN :values"
    for line_id, payer, remittance in fetch_in(connection, sql, sorted(by_line)):
        labels[by_line[line_id]] = f"D{line_id} " + " ".join(f"{payer} {remittance}".split())[:80]
    return labels


def customer_codes(connection: Connection, ids: Iterable[int]) -> dict[int, str]:
    """Return the companies' own numbers of customers by id."""
    sql = "SELECT id, code FROM customer WHERE id IN :values"
    return {row[0]: row[1] for row in fetch_in(connection, sql, sorted(set(ids)))}
