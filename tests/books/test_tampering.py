"""Every cell of the chained tables changed, every row deleted, swapped or cut off: each is found, without exception."""

import contextlib
import itertools
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from recon import ledger
from recon.model import Allocation
from recon.store.books import close_period, undo
from recon.store.engine import open_store
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books

TABLES = {"entry": ("id",), "posting": ("entry_id", "ordinal"), "audit": ("id",), "chain_head": ("chain",)}
Change = tuple[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def books_file(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file of books with entries of several kinds, an undo and a closed month, its triggers taken off."""
    path = tmp_path_factory.mktemp("tampering") / "recon.db"
    shutil.copy(sqlite_template, path)
    books = Books(open_store(f"sqlite:///{path}"), f"sqlite:///{path}")
    books.customers("A", "B")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500))
    first, second, third = books.deposits(980, 500, -300)
    books.post(ledger.apply_deposit(books.line(first), (Allocation(1, 1, 980, discount_minor=20),), AS_OF, "paid"))
    books.post(ledger.apply_deposit(books.line(second), (Allocation(None, 2, 500),), AS_OF))
    (aside,) = books.post(ledger.set_aside(books.line(third), "transfer", AS_OF))
    with books.store.write() as connection:
        undo(connection, f"E{aside}", ADA, AS_OF, "no transfer")
        close_period(connection, "main", AS_OF, ADA)
    books.store.close()
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.commit()
    assert verify(f"sqlite:///{path}").holds
    return path


def flips(path: Path) -> Iterator[Change]:
    """Change one cell: a number by one, a text by its first character, nothing to something."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table, keys in TABLES.items():
            rows = connection.execute(f"SELECT * FROM {table}")
            names = [column[0] for column in rows.description]
            for row in rows.fetchall():
                where = " AND ".join(f"{key} = '{row[names.index(key)]}'" for key in keys)
                for name, value in zip(names, row, strict=True):
                    yield (
                        f"{table}.{name} where {where}",
                        (f"UPDATE {table} SET {name} = {_other(value, is_key=name in keys)} WHERE {where}",),
                    )


def _other(value: object, *, is_key: bool) -> str:
    if value is None:
        return "1"
    if isinstance(value, int):
        return str(value + (10_000 if is_key else 1))
    text = str(value)
    return f"'{chr(ord(text[0]) ^ 1)}{text[1:]}'" if text else "'x'"


def rows_gone_or_moved(path: Path) -> Iterator[Change]:
    """Delete each row; swap each two neighbours."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        for table in ("entry", "audit"):
            ids = [row[0] for row in connection.execute(f"SELECT id FROM {table} ORDER BY id")]
            yield from ((f"{table} {n} deleted", (f"DELETE FROM {table} WHERE id = {n}",)) for n in ids)
            for one, next_one in itertools.pairwise(ids):
                steps = ((one, 9_999), (next_one, one), (9_999, next_one))
                yield f"{table} {one} swapped", tuple(f"UPDATE {table} SET id = {b} WHERE id = {a}" for a, b in steps)
        for entry, ordinal in connection.execute("SELECT entry_id, ordinal FROM posting").fetchall():
            gone = f"DELETE FROM posting WHERE entry_id = {entry} AND ordinal = {ordinal}"
            yield f"posting {entry}/{ordinal} deleted", (gone,)


def tails_cut(path: Path) -> Iterator[Change]:
    """Cut off the last rows and set the head back as the books themselves would have it: whole but for the anchor."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        (last,) = connection.execute("SELECT max(id) FROM audit").fetchone()
    for kept in range(1, last):
        last_hash = f"(SELECT hash FROM audit WHERE id = {kept})"
        head = f"UPDATE chain_head SET seq = {kept}, hash = {last_hash} WHERE chain = 'audit'"
        yield f"audit after {kept} cut", (f"DELETE FROM audit WHERE id > {kept}", head)


def unnoticed(path: Path, folder: Path, changes: Iterator[Change], anchor: str = "") -> tuple[int, list[str]]:
    """Return how many changes were made, each in a copy, and those that no proof noticed."""
    made, missed = 0, []
    for name, statements in changes:
        copy = folder / "tampered.db"
        shutil.copy(path, copy)
        with contextlib.closing(sqlite3.connect(copy, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = MEMORY")
            connection.execute("PRAGMA synchronous = OFF")
            connection.execute("PRAGMA ignore_check_constraints = ON")
            for sql in statements:
                connection.execute(sql)
        made += 1
        missed += [name] if verify(f"sqlite:///{copy}", anchor).holds else []
    return made, missed


def test_every_changed_cell_of_the_chains_is_found(books_file: Path, tmp_path: Path) -> None:
    made, missed = unnoticed(books_file, tmp_path, flips(books_file))
    assert missed == []
    assert made > 200


def test_every_row_deleted_or_swapped_is_found(books_file: Path, tmp_path: Path) -> None:
    made, missed = unnoticed(books_file, tmp_path, rows_gone_or_moved(books_file))
    assert missed == []
    assert made > 30


def test_every_tail_cut_off_is_found_by_the_anchor(books_file: Path, tmp_path: Path) -> None:
    anchor = verify(f"sqlite:///{books_file}").anchor
    made, missed = unnoticed(books_file, tmp_path, tails_cut(books_file), anchor)
    assert missed == []
    assert made >= 1
