"""The databases by their drivers alone: what the floor writes and reads with. Nothing of the engine is imported here.

Room: store.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

Row = Sequence[Any]
BATCH = 5_000


class Bare(Protocol):
    """A driver's connection: one transaction until `commit`."""

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert the rows by executemany or COPY."""

    def update(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Set columns of rows; each row is (id, value, ...)."""

    def query(self, sql: str) -> list[Any]:
        """Return all rows of a query."""

    def query_in(self, sql: str, values: Sequence[object]) -> list[Any]:
        """Return all rows of a query in which {values} stands for a list."""

    def stream(self, sql: str) -> Iterator[Row]:
        """Yield the rows of a query, few in memory at a time."""

    def commit(self) -> None:
        """Commit, and begin anew."""

    def close(self) -> None:
        """Let go."""


def connect(url: str) -> Bare:
    """Return the driver's connection to books that exist."""
    if url.startswith("sqlite:///"):
        return SqliteBare(url.removeprefix("sqlite:///"))
    return PostgresqlBare(url)


class SqliteBare:
    """SQLite with the settings of our books."""

    def __init__(self, path: str) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.execute("BEGIN IMMEDIATE")

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert by executemany."""
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
        self._connection.executemany(sql, rows)

    def update(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Update by executemany."""
        assignments = ", ".join(f"{name} = ?{n}" for n, name in enumerate(columns, start=2))
        self._connection.executemany(f"UPDATE {table} SET {assignments} WHERE id = ?1", rows)

    def query(self, sql: str) -> list[Any]:
        """Return all rows of a query."""
        return self._connection.execute(sql).fetchall()

    def query_in(self, sql: str, values: Sequence[object]) -> list[Any]:
        """Return all rows; the list travels as JSON."""
        written = sql.replace("{values}", "(SELECT value FROM json_each(?))")
        return self._connection.execute(written, (json.dumps(list(values)),)).fetchall()

    def stream(self, sql: str) -> Iterator[Row]:
        """Yield the rows of a query."""
        yield from self._connection.execute(sql)

    def commit(self) -> None:
        """Commit, and begin anew."""
        self._connection.execute("COMMIT")
        self._connection.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Commit and close."""
        self._connection.execute("COMMIT")
        self._connection.close()


class PostgresqlBare:
    """PostgreSQL by psycopg."""

    def __init__(self, url: str) -> None:
        import psycopg

        self._connection = psycopg.connect(url)

    def insert(self, table: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
        """Insert by COPY."""
        sql: Any = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(sql) as copy:
            for row in rows:
                copy.write_row(row)

    def update(self, table: str, columns: Sequence[str], rows: Sequence[Row]) -> None:
        """Update from unnested arrays."""
        if not rows:
            return
        kinds = ["text" if isinstance(value, str) else "bigint" for value in rows[0]]
        arrays = ", ".join(f"%s::{kind}[]" for kind in kinds)
        assignments = ", ".join(f"{name} = given.{name}" for name in columns)
        sql: Any = f"UPDATE {table} SET {assignments} FROM unnest({arrays}) AS given (id, {', '.join(columns)})"
        given = [list(column) for column in zip(*rows, strict=True)]
        self._connection.execute(sql + f" WHERE {table}.id = given.id", given)

    def query(self, sql: str) -> list[Any]:
        """Return all rows of a query."""
        statement: Any = sql
        return self._connection.execute(statement).fetchall()

    def query_in(self, sql: str, values: Sequence[object]) -> list[Any]:
        """Return all rows; the list travels as an array."""
        statement: Any = sql.replace("IN {values}", "= ANY(%s)")
        return self._connection.execute(statement, (list(values),)).fetchall()

    def stream(self, sql: str) -> Iterator[Row]:
        """Yield the rows of a query through a cursor of the server."""
        statement: Any = sql
        with self._connection.cursor(name="streamed") as cursor:
            cursor.itersize = BATCH
            yield from cursor.execute(statement)

    def commit(self) -> None:
        """Commit; the next statement begins anew."""
        self._connection.commit()

    def close(self) -> None:
        """Commit and close."""
        self._connection.commit()
        self._connection.close()
