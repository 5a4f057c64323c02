"""Many rows at once, at the driver's speed: executemany on SQLite, COPY on PostgreSQL.

Rows are tuples of int, str, bytes or None in the order of `columns`. numpy scalars are not accepted: SQLite would store
their bytes; call `.tolist()` on a column first.

Room: store.
"""

import json
from collections import namedtuple
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, Table, text

from recon.store.engine import driver, is_postgresql

Row = Sequence[int | str | bytes | None]
CHUNK = 20_000


def next_id(connection: Connection, table: Table) -> int:
    """Return the id after the highest; every id from there on is free until this writer commits."""
    highest = connection.execute(text(f"SELECT max(id) FROM {table.name}")).scalar()
    return (highest or 0) + 1


def insert_many(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Insert all rows. A row that breaks a constraint raises IntegrityError and the transaction must roll back."""
    if is_postgresql(connection):
        _copy(connection, table.name, columns, rows)
    else:
        driver(connection).executemany(_insert(table.name, columns), rows)


def insert_new(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> int:
    """Insert the rows whose unique keys are not there yet; return how many those were."""
    if is_postgresql(connection):
        staged = stage(connection, table, columns, rows)
        names = ", ".join(columns)
        sql = f"INSERT INTO {table.name} ({names}) SELECT {names} FROM {staged} ON CONFLICT DO NOTHING"
        inserted = connection.exec_driver_sql(sql).rowcount
        connection.exec_driver_sql(f"DROP TABLE {staged}")
        return inserted
    raw = driver(connection)
    before: int = raw.total_changes
    raw.executemany(_insert(table.name, columns) + " ON CONFLICT DO NOTHING", rows)
    return int(raw.total_changes) - before


def stage(connection: Connection, table: Table, columns: Sequence[str], rows: Iterable[Row]) -> str:
    """Put rows into a temporary table shaped like these columns, and return its name. It ends with the connection."""
    name = f"staged_{table.name}"
    names = ", ".join(columns)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {name}")
    connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} AS SELECT {names} FROM {table.name} WHERE 1 = 0")
    if is_postgresql(connection):
        _copy(connection, name, columns, rows)
    else:
        driver(connection).executemany(_insert(name, columns), rows)
    return name


def update_by_id(connection: Connection, table: Table, assignments: str, rows: Sequence[tuple[int, int | str]]) -> int:
    """Update one row per (id, value), `:value` in the assignments standing for the value; return how many changed."""
    if not rows:
        return 0
    if is_postgresql(connection):
        kind = "text" if isinstance(rows[0][1], str) else "bigint"
        sql = f"UPDATE {table.name} SET {assignments.replace(':value', 'given.value')}"
        sql += f" FROM unnest(%s::bigint[], %s::{kind}[]) AS given (id, value) WHERE {table.name}.id = given.id"
        columns = [list(column) for column in zip(*rows, strict=True)]
        return int(driver(connection).execute(sql, columns).rowcount)
    sql = f"UPDATE {table.name} SET {assignments.replace(':value', '?2')} WHERE id = ?1"
    return int(driver(connection).executemany(sql, rows).rowcount)


def fetch_in(connection: Connection, sql: str, values: Iterable[object], **parameters: object) -> Iterator[Any]:
    """Yield the rows of a query that contains `IN :values`, asked in portions; an ORDER BY holds within a portion.

    The values travel as one parameter (a JSON list or an array): thousands of them would cost more than the query.
    """
    if is_postgresql(connection):
        statement, given = text(sql.replace("IN :values", "= ANY(:values)")), list
    else:
        statement, given = text(sql.replace(":values", "(SELECT value FROM json_each(:values))")), _JSON_LIST
    remaining = iter(values)
    while portion := list(islice(remaining, CHUNK)):
        cursor = connection.execute(statement, {**parameters, "values": given(portion)}).cursor
        yield from cursor.fetchall() if cursor is not None else ()


_JSON_LIST: Any = json.JSONEncoder(ensure_ascii=False).encode


def fetch_named_in(connection: Connection, sql: str, values: Iterable[object]) -> Iterator[Any]:
    """Like `fetch_in`, with rows whose columns have their names; for hundreds of rows, not for a million."""
    names = list(connection.execute(text(sql.replace(":values", "(0)"))).keys())
    row_of = namedtuple("row_of", names)  # type: ignore[misc]
    yield from map(row_of._make, fetch_in(connection, sql, values))


def _insert(name: str, columns: Sequence[str]) -> str:
    return f"INSERT INTO {name} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def _copy(connection: Connection, name: str, columns: Sequence[str], rows: Iterable[Row]) -> None:
    sql = f"COPY {name} ({', '.join(columns)}) FROM STDIN"
    with driver(connection).cursor() as cursor, cursor.copy(sql) as copy:
        for row in rows:
            copy.write_row(row)
