"""Books as they were before the round, again and again: a copied file, or tables put back past their triggers.

Room: shell.
"""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import text

from bench.books import own_server
from recon.store.engine import Store, open_store
from recon.store.schema import metadata
from recon.store.upgrade import upgrade

Prepare = Callable[[Store], None]
Rewind = Callable[[str, Prepare], str]  # a name for the state, and what makes it from empty books: the URL to use
_PAST_TRIGGERS = "SET session_replication_role = replica"


def databases(name: str) -> Iterator[tuple[str, Rewind]]:
    """Yield SQLite, then a PostgreSQL server of our own, each with the maker of its books."""
    with tempfile.TemporaryDirectory(prefix=f"recon_{name}_") as place:
        folder = Path(place)
        yield "SQLite", sqlite_rewind(folder)
        with own_server(folder) as server:
            yield "PostgreSQL", postgresql_rewind(server.new_books(folder, name))


def sqlite_rewind(folder: Path) -> Rewind:
    """Return a maker of books by the name of their state: copies of a file."""

    def rewind(name: str, prepare: Prepare) -> str:
        template, books = folder / f"{name}-template.db", folder / "books.db"
        if not template.exists():
            upgrade(f"sqlite:///{template}")
            _prepared(f"sqlite:///{template}", prepare)
        for path in folder.glob("books.db*"):
            path.unlink()
        shutil.copy(template, books)
        return f"sqlite:///{books}"

    return rewind


def postgresql_rewind(url: str) -> Rewind:
    """Return a maker of books by the name of their state: one database. Truncating would cost a second a round."""
    back: dict[str, str] = {}

    def rewind(name: str, prepare: Prepare) -> str:
        store = open_store(url)
        if name not in back:
            _autocommit(store, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # no power fails here
            tables = ", ".join(table for table in metadata.tables if table != "chain_head")
            head = "UPDATE chain_head SET seq = 0, hash = repeat('0', 64)"
            _autocommit(store, _PAST_TRIGGERS, f"TRUNCATE {tables} RESTART IDENTITY", head)
            _prepared(url, prepare)
            back[name] = _keep(store, f"kept_{name}")
        _autocommit(store, back[name])
        store.close()
        return url

    return rewind


def _prepared(url: str, prepare: Prepare) -> None:
    store = open_store(url)
    prepare(store)
    store.close()


def _keep(store: Store, schema: str) -> str:
    """Copy all tables into a schema, and return the statements that bring the books back to it."""
    _autocommit(store, f"DROP SCHEMA IF EXISTS {schema} CASCADE", f"CREATE SCHEMA {schema}")
    _autocommit(store, *(f"CREATE TABLE {schema}.{table} AS SELECT * FROM public.{table}" for table in metadata.tables))
    with store.read() as connection:
        sql = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        counted = connection.execute(text(sql)).all()
    emptied = [f"DELETE FROM public.{table}" for table in metadata.tables]
    filled = [
        f"INSERT INTO public.{table} OVERRIDING SYSTEM VALUE SELECT * FROM {schema}.{table}"
        for table in metadata.tables
    ]
    numbers = [f"SELECT setval('public.{name}', {last or 1}, {last is not None})" for name, last in counted]
    return "; ".join(["BEGIN", _PAST_TRIGGERS, *emptied, *filled, *numbers, "COMMIT"])


def _autocommit(store: Store, *statements: str) -> None:
    with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for each in statements:
            connection.exec_driver_sql(each)
