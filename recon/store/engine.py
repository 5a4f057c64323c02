"""Open the books on SQLite or PostgreSQL so that both behave alike: one writer, many readers, nothing half written.

SQLite writes inside BEGIN IMMEDIATE; PostgreSQL writes hold one advisory lock until commit. With a single writer no two
transactions can wait for each other, so nothing deadlocks, and what a writer has checked stays true until it commits.

Room: store.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DatabaseError, DataError, OperationalError

from recon.errors import ReconError, StoreBusy, StoreMissing, UsageError

HEAD = "0002"  # the newest migration; a test holds it equal to the migration scripts
BUSY_SECONDS = 15
WRITER_LOCK = 7_265_636_110_001  # any constant that nothing else on the server uses
UPGRADE = "Run `recon db upgrade`"
_WRITE = {"recon_write": True}


@dataclass(frozen=True, slots=True)
class Store:
    """The books behind one URL. Connections are short: open one with `read` or `write`, use it, leave it."""

    engine: Engine

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """Yield a connection whose writes all happen at the end of the block, or not at all.

        Raises StoreBusy when another writer holds the database for longer than BUSY_SECONDS.
        """
        with _told(), self.engine.connect().execution_options(**_WRITE) as connection, connection.begin():
            yield connection

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """Yield a connection that sees one unchanging state of the books and cannot write."""
        with _told(), self.engine.connect().execution_options(recon_write=False) as connection:
            yield connection
            connection.rollback()

    def close(self) -> None:
        """Let go of all connections."""
        self.engine.dispose()


def open_store(url: str) -> Store:
    """Return the store; raises StoreMissing (exit 10) unless it exists with exactly the schema of this program."""
    store = connect(url)
    try:
        require_current(store, url)
    except BaseException:
        store.close()
        raise
    return store


def connect(url: str) -> Store:
    """Return the store whatever its schema. SQLite: `sqlite:///PATH`; PostgreSQL: `postgresql://...`."""
    parsed = parse_url(url)
    engine = _postgresql(parsed) if parsed.get_backend_name() == "postgresql" else _sqlite(parsed)
    return Store(engine)


def parse_url(url: str) -> URL:
    """Return the URL with the driver we use; raises UsageError for other databases."""
    try:
        parsed = make_url(url)
    except Exception as error:
        raise UsageError(
            f"{url.split('@')[-1]!r} is not a database URL", "Use sqlite:///PATH or postgresql://..."
        ) from error
    if parsed.drivername in ("postgresql", "postgres", "postgresql+psycopg"):
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database not in (None, "", ":memory:"):
        return parsed
    raise UsageError(
        f"{parsed.drivername!r} is not a database we keep books in", "Use sqlite:///PATH or postgresql://..."
    )


def sqlite_path(url: str) -> Path | None:
    """Return the file of an SQLite URL, None for PostgreSQL."""
    parsed = parse_url(url)
    return Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None


def is_postgresql(connection: Connection) -> bool:
    """Tell which of the two databases this is."""
    return connection.dialect.name == "postgresql"


def driver(connection: Connection) -> Any:
    """Return the driver's own connection, inside the same transaction: for bulk paths only."""
    return connection.connection.driver_connection


def current_revision(url: str) -> str | None:
    """Return the revision of the schema, None where there are no books yet. Raises StoreMissing if nothing answers."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        return None
    store = connect(url)
    try:
        return _revision(store)
    finally:
        store.close()


def require_current(store: Store, url: str) -> None:
    """Raise StoreMissing, with what to do about it, unless the schema is the one this program was written for."""
    path = sqlite_path(url)
    if path is not None and not path.exists():
        raise StoreMissing(f"the database {path} is not there", UPGRADE)
    revision = _revision(store)
    if revision is None:
        raise StoreMissing("the database holds no books yet", UPGRADE)
    if revision > HEAD:
        remedy = "Install that program, or restore a backup with `recon db restore`"
        raise StoreMissing(f"the database is of a newer program (schema {revision}, this one knows {HEAD})", remedy)
    if revision < HEAD:
        raise StoreMissing(f"the database is of an older program (schema {revision}, this one needs {HEAD})", UPGRADE)


def _revision(store: Store) -> str | None:
    try:
        with store.engine.connect() as connection:
            if not connection.dialect.has_table(connection, "alembic_version"):
                return None
            return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    except DatabaseError as error:
        said = _first_line(error)
        if _is_disk_trouble(said) or "readonly" in said:
            raise _failure(said) from error
        raise StoreMissing(f"the database cannot be read: {said}", "Check its URL, or restore a backup") from error


def _sqlite(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": BUSY_SECONDS, "isolation_level": None})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "cache_size = -65536"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_write = connection.get_execution_options().get("recon_write")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")

    return engine


def _postgresql(url: URL) -> Engine:
    settings = f"-c TimeZone=UTC -c lock_timeout={BUSY_SECONDS * 1000}"
    engine = create_engine(url, connect_args={"options": settings}, pool_pre_ping=True)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        is_write = connection.get_execution_options().get("recon_write")
        if is_write:
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITER_LOCK})")
        elif is_write is False:
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")

    return engine


@contextlib.contextmanager
def _told() -> Iterator[None]:
    """Turn the driver's errors into ours, which name the next action."""
    try:
        yield
    except (OperationalError, sqlite3.OperationalError) as error:  # the second from the bulk paths
        raise _failure(_first_line(error)) from error
    except (DataError, OverflowError) as error:  # PostgreSQL refuses the value, SQLite's driver the number
        said = _first_line(error) if isinstance(error, DataError) else "a number is larger than the books can hold"
        raise _misfit(said) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "psycopg":  # never imported for books in SQLite: it takes time
            raise
        is_misfit = any(base.__name__ == "DataError" for base in type(error).__mro__)
        raise (_misfit if is_misfit else _failure)(_first_line(error)) from error


def _failure(said: str) -> ReconError:
    if "database is locked" in said or "lock timeout" in said:
        return StoreBusy("another program is writing to the database", "Try again in a moment")
    return ReconError(f"the database failed: {said}", f"Nothing was written; {_remedy(said)}")


def _misfit(said: str) -> ReconError:
    return ReconError(f"a value does not fit the books: {said}", "Nothing was written; write it shorter")


def _is_disk_trouble(said: str) -> bool:
    return any(sign in said for sign in ("full", "No space", "disk I/O error"))


def _remedy(said: str) -> str:
    if _is_disk_trouble(said):
        return "make room on the disk and run again"
    if "readonly" in said:
        return "correct the permissions of the database and of its folder, where SQLite writes its log"
    return "run again, and `recon doctor` if it stays"


def _first_line(error: Exception) -> str:
    """Return what the driver said, without what SQLAlchemy wraps around it."""
    return str(getattr(error, "orig", error)).strip().split("\n")[0]
