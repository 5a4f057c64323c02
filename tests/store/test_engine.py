"""The books open only with the schema of this program, write whole transactions only, and refuse change of the past."""

import contextlib
import sqlite3
import threading
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from recon.errors import Exit, ReconError, StoreMissing, UsageError
from recon.store import engine, schema
from recon.store.backup import backup, restore
from recon.store.engine import Store, connect, current_revision, open_store
from recon.store.upgrade import newest_revision, upgrade


def test_absent_database_says_how_to_make_one(tmp_path: Path) -> None:
    path = tmp_path / "recon.db"
    with pytest.raises(StoreMissing) as told:
        open_store(f"sqlite:///{path}")
    assert str(told.value) == f"the database {path} is not there. Run `recon db upgrade`"
    assert told.value.exit_code is Exit.DATABASE
    assert not path.exists()


def test_database_of_an_older_schema_is_refused_with_the_remedy(store_url: str) -> None:
    _set_revision(store_url, "0000")
    with pytest.raises(
        StoreMissing, match=r"older program \(schema 0000, this one needs 0002\)\. Run `recon db upgrade`"
    ):
        open_store(store_url)


def test_database_of_a_newer_schema_is_refused(store_url: str) -> None:
    _set_revision(store_url, "9999")
    with pytest.raises(StoreMissing, match=r"newer program \(schema 9999"):
        open_store(store_url)
    with pytest.raises(StoreMissing, match=r"newer program \(schema 9999"):
        upgrade(store_url)


def test_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "recon.db"
    path.write_bytes(b"this is a letter, not a database" * 100)
    with pytest.raises(StoreMissing, match="cannot be read"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize("url", ["mysql://host/db", "sqlite://", "sqlite:///:memory:", "nonsense"])
def test_other_databases_are_a_usage_error(url: str) -> None:
    with pytest.raises(UsageError):
        connect(url)


def test_upgrade_is_harmless_to_repeat(store_url: str) -> None:
    assert upgrade(store_url) == ("0002", "0002")
    assert current_revision(store_url) == newest_revision() == engine.HEAD


def test_migrations_end_at_the_declared_tables(store: Store) -> None:
    with store.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": False})
        assert compare_metadata(context, schema.metadata) == []


def test_failed_block_leaves_nothing_behind(store: Store) -> None:
    with pytest.raises(ReconError), store.write() as connection:
        _insert_customer(connection)
        raise ReconError("something else failed")
    assert _count(store, "customer") == 0


def test_second_writer_waits_until_the_first_has_committed(store: Store) -> None:
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(5)
        with store.write():
            order.append("second")

    other = threading.Thread(target=second)
    other.start()
    with store.write() as connection:
        inside.set()
        other.join(0.2)
        _insert_customer(connection)
        order.append("first")
    other.join(10)
    assert order == ["first", "second"]


@pytest.mark.parametrize("table", [table.name for table in schema.APPEND_ONLY])
@pytest.mark.parametrize("change", ["UPDATE {0} SET {1} = {1}", "DELETE FROM {0}"])
def test_append_only_tables_refuse_change(store: Store, table: str, change: str) -> None:
    with store.write() as connection:
        connection.execute(text(_ROWS["entry"]))
        if table != "entry":
            connection.execute(text(_ROWS[table]))
    column = schema.metadata.tables[table].columns.keys()[0]
    with pytest.raises(DatabaseError, match=f"{table} is append-only"), store.write() as connection:
        connection.execute(text(change.format(table, column)))
    assert _count(store, table) == 1


def test_backup_taken_during_use_restores_the_committed_state(sqlite_url: str, tmp_path: Path) -> None:
    store = open_store(sqlite_url)
    with store.write() as connection:
        _insert_customer(connection)
    copy = tmp_path / "copy.db"
    with store.write() as connection:
        connection.execute(text("UPDATE customer SET name = 'not committed'"))
        backup(sqlite_url, copy)
        raise_after = connection.execute(text("SELECT count(*) FROM customer")).scalar()
    assert raise_after == 1
    store.close()
    restore(sqlite_url, copy)
    reopened = open_store(sqlite_url)
    with reopened.read() as connection:
        assert connection.execute(text("SELECT name FROM customer")).scalar() == "Ada"
    reopened.close()


def test_backup_never_overwrites(sqlite_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    kept.write_text("precious")
    with pytest.raises(UsageError, match="already there"):
        backup(sqlite_url, kept)
    assert kept.read_text() == "precious"


def test_restore_refuses_a_torn_backup_and_keeps_the_books(sqlite_url: str, tmp_path: Path) -> None:
    torn = tmp_path / "torn.db"
    backup(sqlite_url, torn)
    torn.write_bytes(torn.read_bytes()[:50_000])
    with pytest.raises(UsageError, match="not a sound backup"):
        restore(sqlite_url, torn)
    open_store(sqlite_url).close()


def _set_revision(url: str, revision: str) -> None:
    store = connect(url)
    with store.write() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    store.close()


def _insert_customer(connection: Connection) -> None:
    connection.execute(text("INSERT INTO customer (id, company, code, name) VALUES (1, 'main', 'A', 'Ada')"))


def _count(store: Store, table: str) -> int:
    with store.read() as connection:
        return int(connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


_ROWS = {
    "entry": "INSERT INTO entry (id, company, booked_on, kind, recorded_at, previous_hash, hash)"
    " VALUES (1, 'main', '2026-03-31', 'import', '2026-03-31T00:00:00.000000Z', '', '')",
    "posting": "INSERT INTO posting (entry_id, ordinal, account, currency, amount_minor)"
    " VALUES (1, 0, 'bank', 'EUR', 1)",
    "audit": "INSERT INTO audit (id, at, actor, action, previous_hash, hash)"
    " VALUES (1, '2026-03-31T00:00:00.000000Z', 'night', 'import', '', '')",
    "period_close": "INSERT INTO period_close (id, company, closed_through, actor, at)"
    " VALUES (1, 'main', '2026-03-31', 'ada', '2026-03-31T00:00:00.000000Z')",
}


def test_restore_refuses_the_books_themselves_and_files_of_others(sqlite_url: str, tmp_path: Path) -> None:
    own = tmp_path / "recon.db"
    other = tmp_path / "other.db"
    with contextlib.closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    for path, said in ((own, "is the books themselves"), (other, "holds no books of ours")):
        with pytest.raises(UsageError, match=said):
            restore(sqlite_url, path)
    open_store(sqlite_url).close()


def test_every_replaced_file_is_kept(sqlite_url: str, tmp_path: Path) -> None:
    kept = tmp_path / "kept.db"
    backup(sqlite_url, kept)
    for _ in range(3):
        restore(sqlite_url, kept)
    names = sorted(path.name for path in tmp_path.glob("recon.db.*"))
    assert names == ["recon.db.replaced", "recon.db.replaced-2", "recon.db.replaced-3"]
    open_store(sqlite_url).close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (sqlite3.OperationalError("attempt to write a readonly database"), "correct the permissions of the database"),
        (sqlite3.OperationalError("database or disk is full"), "make room on the disk"),
        (psycopg.errors.StringDataRightTruncation("value too long"), "a value does not fit the books: value too long"),
        (psycopg.OperationalError("server closed the connection"), "the database failed: server closed the connection"),
        (OverflowError(), "a number is larger than the books can hold"),
    ],
    ids=["read only", "full", "too long", "gone", "too large"],
)
def test_errors_of_the_bulk_paths_are_told_as_ours(sqlite_url: str, error: Exception, said: str) -> None:
    store = open_store(sqlite_url)
    with pytest.raises(ReconError, match=said), store.write():
        raise error
    store.close()
