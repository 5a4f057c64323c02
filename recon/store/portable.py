"""Books in PostgreSQL as one SQLite file and back, table by table, in one transaction on either side.

A dump of the server's own tools binds a backup to their versions. An SQLite file can be proved by `recon verify` before
it is needed, opened for a look, and restored on either database.

Room: store.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, MetaData, text

from recon.errors import ReconError, StoreMissing, UsageError
from recon.store.engine import connect, current_revision, driver
from recon.store.migrate import migrate

CHUNK = 20_000
_HOLDING = ("entry", "audit", "source_file", "customer", "run")  # any row in one of these: books that are in use


def dump(url: str, path: Path) -> None:
    """Write the books of a PostgreSQL database, as one committed state, into a new SQLite file of the same schema."""
    revision = current_revision(url)
    if revision is None:
        raise StoreMissing("the database holds no books yet", "Nothing to back up")
    migrate(f"sqlite:///{path}", revision)
    with _source(url) as connection, _target(path) as copy:
        for table in _tables(connection):
            columns = [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]
            copy.execute(f"DELETE FROM {table}")
            marks = ", ".join("?" * len(columns))
            insert = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
            copy.executemany(insert, _rows(connection, table, columns))


def load(url: str, path: Path, revision: str) -> None:
    """Fill an empty PostgreSQL database from such a file. Raises UsageError unless it has no tables, or no rows."""
    there = current_revision(url)
    if there is None:
        migrate(url, revision)
    elif there != revision:
        raise UsageError(
            f"the empty books there have schema {there}, the backup {revision}", "Name a database without tables"
        )
    store = connect(url)
    try:
        with store.write() as connection, contextlib.closing(open_kept(path)) as copy:
            _require_empty(connection)
            for table in _tables(connection):
                columns = [row[1] for row in copy.execute(f"PRAGMA table_info({table})")]
                if table == "chain_head":  # the migration put both there, at their beginning
                    connection.execute(text("DELETE FROM chain_head"))
                _fill(connection, table, columns, copy)
    finally:
        store.close()


def open_kept(path: Path) -> sqlite3.Connection:
    """Return a connection to a backup that writes nothing, not even beside it: it may lie on a medium of any kind."""
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?{kept_mode(path)}", uri=True)


def kept_mode(path: Path) -> str:
    """Return how SQLite opens a backup as it lies.

    A file in WAL mode asks for two more beside it. Where no log was left, nobody writes, and it is read without them.
    """
    log = path.with_name(path.name + "-wal")
    return "mode=ro" if log.is_file() and log.stat().st_size else "mode=ro&immutable=1"


def _tables(connection: Connection) -> list[str]:
    """Return the tables so that each comes after those it refers to."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table.name for table in metadata.sorted_tables if table.name != "alembic_version"]


@contextlib.contextmanager
def _source(url: str) -> Iterator[Connection]:
    store = connect(url)
    try:
        with store.read() as connection:
            yield connection
    finally:
        store.close()


@contextlib.contextmanager
def _target(path: Path) -> Iterator[sqlite3.Connection]:
    """A file that is whole by itself when the block ends; nothing syncs before, because nothing of it counts before."""
    try:
        with contextlib.closing(sqlite3.connect(path)) as copy:
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA synchronous = OFF")
            copy.execute("BEGIN")
            yield copy
            copy.commit()
    except sqlite3.Error as error:
        raise ReconError(f"the copy failed: {error}", "Check room and rights at the target") from error


def _rows(connection: Connection, table: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
    order = " ORDER BY id" if "id" in columns else ""
    with driver(connection).cursor(name=f"dump_{table}") as cursor:
        cursor.itersize = CHUNK
        cursor.execute(f"SELECT {', '.join(columns)} FROM {table}{order}")
        yield from cursor


def _require_empty(connection: Connection) -> None:
    for table in _HOLDING:
        if connection.execute(text(f"SELECT 1 FROM {table} LIMIT 1")).first():
            raise UsageError("the database holds books already", "Name an empty database; the backup replaces none")


def _fill(connection: Connection, table: str, columns: list[str], copy: sqlite3.Connection) -> None:
    order = " ORDER BY id" if "id" in columns else ""
    rows = copy.execute(f"SELECT {', '.join(columns)} FROM {table}{order}")
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with driver(connection).cursor() as cursor, cursor.copy(statement) as target:
        for row in rows:
            target.write_row(row)
