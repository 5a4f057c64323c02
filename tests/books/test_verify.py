"""`recon verify` finds every change that was not written by the books, and nothing in books that are whole."""

import contextlib
import sqlite3
from collections.abc import Iterator

import psycopg
import pytest

from recon import ledger
from recon.errors import Exit, StoreMissing, UsageError
from recon.model import Allocation
from recon.store.books import undo
from recon.store.chain import heads
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books


@pytest.fixture
def lived_in(books: Books) -> Books:
    """Books with some of everything in them."""
    books.customers("A", "B")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500), ("B", "I3", 700))
    first, second, third, _ = books.deposits(980, 500, -500, 33)
    one = Allocation(1, 1, 980, discount_minor=20)
    books.post(ledger.apply_deposit(books.line(first), (one,), AS_OF))
    books.post(ledger.apply_deposit(books.line(second), (Allocation(None, 2, 500),), AS_OF))
    (aside,) = books.post(ledger.set_aside(books.line(third), "transfer", AS_OF))
    with books.store.write() as connection:
        undo(connection, f"E{aside}", ADA, AS_OF, "no transfer")
    return books


def test_whole_books_prove(lived_in: Books) -> None:
    report = verify(lived_in.url)
    assert report.findings == ()
    assert report.exit_code is Exit.OK
    assert ("main", "EUR", "lines of the bank", 1_013) in report.proofs


def test_empty_books_prove(books: Books) -> None:
    assert verify(books.url).holds


def test_anchor_of_yesterday_holds_today(lived_in: Books) -> None:
    anchor = verify(lived_in.url).anchor
    with lived_in.store.read() as connection:
        assert anchor == heads(connection)
    lived_in.deposits(77)
    assert verify(lived_in.url, anchor).holds
    assert verify(lived_in.url, f"anchor: {anchor}").holds  # the whole line, as `recon verify` prints it


CHANGES = {
    "amount of a posting": "UPDATE posting SET amount_minor = amount_minor + 1 WHERE entry_id = 5 AND ordinal = 0",
    "both sides of an entry": "UPDATE posting SET amount_minor = amount_minor * 2 WHERE entry_id = 4",
    "account of a posting": "UPDATE posting SET account = 'write_off' WHERE account = 'discount_allowed'",
    "customer of a posting": "UPDATE posting SET customer_id = 1 WHERE account = 'on_account'",
    "day of an entry": "UPDATE entry SET booked_on = '2026-03-30' WHERE id = 2",
    "actor of an entry": "UPDATE entry SET actor = 'eve' WHERE id = 2",
    "deleted entry": "DELETE FROM entry WHERE id = 2",
    "deleted entry with its postings": ("DELETE FROM posting WHERE entry_id = 2", "DELETE FROM entry WHERE id = 2"),
    "deleted posting": "DELETE FROM posting WHERE entry_id = 3 AND ordinal = 1",
    "swapped entries": (
        "UPDATE entry SET id = 99 WHERE id = 1", "UPDATE entry SET id = 1 WHERE id = 2",
        "UPDATE entry SET id = 2 WHERE id = 99",
    ),
    "truncated tail": (
        "DELETE FROM posting WHERE entry_id = (SELECT max(id) FROM entry)",
        "DELETE FROM entry WHERE id = (SELECT max(id) FROM entry)",
    ),
    "audit detail": "UPDATE audit SET detail = replace(detail, 'no transfer', 'a transfer') WHERE action = 'undo'",
    "deleted audit row": "DELETE FROM audit WHERE id = 1",
    "swapped audit rows": (
        "UPDATE audit SET id = 99 WHERE id = 1", "UPDATE audit SET id = 1 WHERE id = 2",
        "UPDATE audit SET id = 2 WHERE id = 99",
    ),
    "truncated audit": "DELETE FROM audit WHERE id = (SELECT max(id) FROM audit)",
    "open amount": "UPDATE open_item SET open_minor = open_minor - 1 WHERE number = 'I3'",
    "amount of an invoice": "UPDATE open_item SET amount_minor = amount_minor + 1 WHERE number = 'I2'",
    "state of a line": "UPDATE bank_line SET state = 'applied' WHERE state = 'new'",
    "amount of a line": "UPDATE bank_line SET amount_minor = amount_minor + 100 WHERE id = 1",
    "deleted line": "DELETE FROM bank_line WHERE state = 'new'",
    "chain head": "UPDATE chain_head SET seq = seq - 1 WHERE chain = 'entry'",
    "statement total": "UPDATE statement SET new_sum_minor = new_sum_minor + 5",
    "lost review item": "DELETE FROM review_item",
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_change_behind_the_books_is_found(lived_in: Books, change: str) -> None:
    _tamper(lived_in.url, CHANGES[change])
    report = verify(lived_in.url)
    assert report.findings
    assert report.exit_code is not Exit.OK


def test_chain_cut_and_resealed_is_found_by_the_anchor(lived_in: Books) -> None:
    anchor = verify(lived_in.url).anchor
    last = lived_in.value("SELECT max(id) FROM audit")
    cut = (
        f"DELETE FROM audit WHERE id = {last}",
        f"UPDATE chain_head SET seq = {last - 1}, hash = (SELECT hash FROM audit WHERE id = {last - 1})"
        " WHERE chain = 'audit'",
    )
    _tamper(lived_in.url, cut)
    assert verify(lived_in.url).holds, "a chain cut cleanly is whole by itself"
    assert [finding.name for finding in verify(lived_in.url, anchor).findings] == ["audit_anchor"]


def test_broken_control_total_exits_with_12(lived_in: Books) -> None:
    _tamper(lived_in.url, "UPDATE posting SET amount_minor = amount_minor + 1 WHERE entry_id = 1 AND ordinal = 0")
    assert verify(lived_in.url).exit_code is Exit.CONTROL_TOTAL


def test_nonsense_anchor_is_a_usage_error(books: Books) -> None:
    with pytest.raises(UsageError):
        verify(books.url, "entry:12:abc")


def test_absent_database_is_named(tmp_path: object) -> None:
    with pytest.raises(StoreMissing, match="is not there"):
        verify(f"sqlite:///{tmp_path}/none.db")


def _tamper(url: str, changes: str | tuple[str, ...]) -> None:
    """Change rows as somebody with the database's password could: triggers and keys switched off."""
    with _without_guards(url) as execute:
        for sql in (changes,) if isinstance(changes, str) else changes:
            execute(sql)


@contextlib.contextmanager
def _without_guards(url: str) -> Iterator[object]:
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as connection:
            for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                connection.execute(f"DROP TRIGGER {name}")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            yield connection.execute
            connection.commit()
    else:
        with psycopg.connect(url) as connection:
            connection.execute("SET session_replication_role = replica")
            yield connection.execute
