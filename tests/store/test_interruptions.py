"""Wherever the work is cut off, running it again ends in the same books as running it undisturbed.

`make test` cuts at some statements; RECON_EVERY_STATEMENT=1 (`make sweep`) at each of them.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy import event

from recon.errors import ReconError
from recon.model import Action, Allocation, Proposal, Statement
from recon.store.digest import digest
from recon.store.engine import Store, open_store
from recon.store.proposals import save_decisions
from recon.verify import verify
from tests.conftest import AS_OF, NIGHT, Books

EVERY = bool(os.environ.get("RECON_EVERY_STATEMENT"))


class Killed(BaseException):
    """Stands for a process that is no more: nothing of the engine catches it."""


def small_night(books: Books) -> None:
    """Two files and what was decided of them; every step harmless to repeat."""
    first = books.statement(1_000, 500, 700, 33)
    books.take(first, name="monday")
    _decide(
        books,
        *(_proposal(n, minor, n) for n, minor in ((1, 1_000), (2, 500))),
        Proposal(3, 1, Action.REVIEW, 0.4, "x", ()),
    )
    second = Statement(**{**_fields(first), "lines": (*first.lines[2:], *books.statement(-1_000, 250).lines)})
    books.take(second, name="tuesday")
    back = Proposal(5, 1, Action.POST, 0.999, "return", (), reverses_line_id=1)
    aside = Proposal(4, 1, Action.SET_ASIDE, 0.999, "set_aside", (), set_aside_name="interest")
    _decide(books, aside, back, _proposal(6, 250, 1), _proposal(3, 700, 3))


def _proposal(line: int, minor: int, item: int) -> Proposal:
    return Proposal(line, 1, Action.POST, 0.999, "exact", (Allocation(item, 1, minor),))


def _fields(statement: Statement) -> dict[str, object]:
    return {name: getattr(statement, name) for name in ("account", "currency", "lines", "proof", "proof_reason")}


def _decide(books: Books, *proposals: Proposal) -> None:
    with books.store.write() as connection:
        save_decisions(connection, sorted(proposals, key=lambda each: each.bank_line_id), NIGHT, AS_OF)


def _prepare(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500), ("A", "I3", 700))
    books.files = 0


def test_night_cut_at_each_statement_ends_like_an_undisturbed_one(store_url: str, fresh: Callable[[], str]) -> None:
    expected, statements = _undisturbed(fresh())
    assert statements > 40
    for cut in range(1, statements + 1, 1 if EVERY else 2 if store_url.startswith("sqlite") else 5):
        url = fresh()
        books = Books(open_store(url), url)
        _prepare(books)
        with _cut_at(books.store, cut, _kill), pytest.raises(Killed):
            small_night(books)
        books.files = 0
        small_night(books)
        assert _digest(books) == expected, f"cut at statement {cut}"
        assert verify(url).findings == (), f"cut at statement {cut}"
        books.store.close()


def test_postgresql_backend_ended_at_each_statement(postgresql_url: str, fresh_postgresql: Callable[[], str]) -> None:
    expected, statements = _undisturbed(fresh_postgresql())
    for cut in range(2, statements + 1, 1 if EVERY else 5):
        url = fresh_postgresql()
        books = Books(open_store(url), url)
        _prepare(books)
        with _cut_at(books.store, cut, _end_backend(postgresql_url)), pytest.raises(ReconError):
            small_night(books)
        books.files = 0
        small_night(books)
        assert _digest(books) == expected, f"ended at statement {cut}"
        assert verify(url).findings == ()
        books.store.close()


def test_repeated_night_writes_nothing(books: Books) -> None:
    _prepare(books)
    small_night(books)
    before = _rows(books)
    books.files = 0
    small_night(books)
    assert _rows(books) == before


def _undisturbed(url: str) -> tuple[str, int]:
    books = Books(open_store(url), url)
    _prepare(books)
    seen = 0

    def count(*_: object) -> None:
        nonlocal seen
        seen += 1

    event.listen(books.store.engine, "before_cursor_execute", count)
    small_night(books)
    event.remove(books.store.engine, "before_cursor_execute", count)
    result = _digest(books)
    assert verify(url).findings == ()
    books.store.close()
    return result, seen


@contextmanager
def _cut_at(store: Store, statement: int, cut: Callable[[object], None]) -> Iterator[None]:
    seen = 0

    def at(connection: object, cursor: object, *_: object) -> None:
        nonlocal seen
        seen += 1
        if seen == statement:
            cut(cursor)

    event.listen(store.engine, "before_cursor_execute", at)
    try:
        yield
    finally:
        event.remove(store.engine, "before_cursor_execute", at)


def _kill(_: object) -> None:
    raise Killed


def _end_backend(admin_url: str) -> Callable[[object], None]:
    def end(cursor: psycopg.Cursor[object]) -> None:
        pid = cursor.connection.info.backend_pid
        with psycopg.connect(admin_url, autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [pid])

    return end  # type: ignore[return-value]


def _digest(books: Books) -> str:
    with books.store.read() as connection:
        return digest(connection)


def _rows(books: Books) -> list[object]:
    tables = (
        "source_file",
        "statement",
        "bank_line",
        "entry",
        "posting",
        "audit",
        "review_item",
        "proposal",
        "chain_head",
    )
    return [sorted(books.rows(f"SELECT * FROM {table}")) for table in tables]
