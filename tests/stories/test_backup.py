"""A backup is proved before it takes the place of the books, and is the same on both databases."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime

import pytest

from recon.store.digest import digest_parts
from recon.store.engine import open_store
from recon.store.migrate import migrate
from recon.store.runs import Holder, start_run
from recon.store.upgrade import upgrade
from recon.verify import verify
from tests.stories.desk import applied, arrive, opened
from tests.stories.world import Company


@pytest.fixture
def busy(books: Company) -> Company:
    """The company after a night and a decision, with a backup of that state in `kept`."""
    one, _ = arrive(books, ("F1", "77.77"), ("F2", "33.33"))
    applied(books, one, "--invoice", "410012=77.77")
    done = books.run("db", "backup", "kept")
    assert done.code == 0, done.err
    return books


def url_of(books: Company) -> str:
    first = (books.folder / "recon.toml").read_text(encoding="utf-8").splitlines()[0]
    return first.split('"')[1] if first.startswith("database") else f"sqlite:///{books.folder / 'recon.sqlite'}"


def parts_of(url: str) -> dict[str, str]:
    store = open_store(url)
    with store.read() as connection:
        parts = digest_parts(connection)
    store.close()
    return parts


def move_to(books: Company, url: str) -> None:
    """Let the settings name another database."""
    lines = (books.folder / "recon.toml").read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("database")]
    (books.folder / "recon.toml").write_text("\n".join([f'database = "{url}"', *kept]) + "\n", encoding="utf-8")


def test_backup_is_a_file_that_proves_and_says_what_the_books_say(busy: Company) -> None:
    copy = f"sqlite:///{busy.folder / 'kept'}"
    assert verify(copy).holds
    assert verify(copy).anchor == verify(url_of(busy)).anchor
    assert parts_of(copy) == parts_of(url_of(busy))
    again = busy.run("db", "backup", "kept")
    assert (again.code, "never overwrites" in again.err) == (2, True)


def test_backup_is_restored_on_the_other_database(
    busy: Company, request: pytest.FixtureRequest, fresh_sqlite: Callable[[], str]
) -> None:
    """SQLite books move to PostgreSQL, PostgreSQL books to an SQLite file; both go on from there."""
    before = parts_of(url_of(busy))
    is_sqlite = url_of(busy).startswith("sqlite")
    other = request.getfixturevalue("fresh_postgresql")() if is_sqlite else fresh_sqlite()
    move_to(busy, other)
    done = busy.run("db", "restore", "kept")
    assert done.code == 0, done.err
    after = parts_of(other)
    assert {name for name in before if before[name] != after[name]} <= {"notices", "notice lines"}
    (busy.folder / "STOP-MAIL").unlink()
    (item,) = busy.run("review", "list", "--json").records("item")
    applied(busy, str(item["id"]), "--on-account", "C1")
    assert opened(busy, "410012") == "172.73"
    assert busy.night(day="2026-04-01").code == 0
    busy.require_proof()


def test_restored_books_continue_the_chain_of_the_backup(busy: Company, request: pytest.FixtureRequest) -> None:
    anchor = str(busy.require_proof()["anchor"])
    if not url_of(busy).startswith("sqlite"):
        move_to(busy, request.getfixturevalue("fresh_postgresql")())
    else:
        arrive(busy, ("F3", "11.11"))
    done = busy.run("db", "restore", "kept", "--anchor", anchor, "--json")
    assert (done.code, done.last["head"]) == (0, anchor), done.out
    assert busy.run("verify", "--anchor", anchor).code == 0
    trail = busy.run("export", "journal", "--layout", "audit").out
    assert '"action":"restore"' in trail


def test_restore_says_what_was_exported_since_the_backup(known: Company) -> None:
    """Else `recon export journal` would write those entries again, under a number that was given before."""
    export = ("export", "journal", "--layout", "quickbooks", "--out", "journal.csv", "--json")
    first = known.run(*export).last
    assert known.run("db", "backup", "kept").code == 0
    item, _ = arrive(known, ("F1", "77.77"), ("F2", "33.33"))
    second = known.run(*export).last
    applied(known, item, "--on-account", "C1")
    third = known.run(*export).last
    assert (first["batch"], second["batch"], third["batch"]) == (1, 2, 3)
    unknown = [{"layout": "quickbooks", "batches": [2, 3], "entries": second["entries"] + third["entries"]}]
    tried = known.run("db", "restore", "kept", "--dry-run", "--json").last
    done = known.run("db", "restore", "kept")
    assert done.code == 0 and tried["exported_since"] == unknown
    told = f"exported since and not known to these books: {unknown[0]['entries']} entries (quickbooks batches 2, 3)"
    assert told in done.out and "recon.sqlite.replaced still holds them" in done.out, done.out
    assert "Take these batches back in the accounting system before the next `recon export journal`" in done.out
    again = known.run("db", "restore", "kept", "--json").last
    assert again["exported_since"] == []


def test_restore_without_books_in_place_says_that_exports_are_unknown(known: Company) -> None:
    assert known.run("db", "backup", "kept").code == 0
    (known.folder / "recon.sqlite").rename(known.folder / "lost")
    done = known.run("db", "restore", "kept")
    assert done.code == 0, done.err
    assert "what was exported since the backup is not known" in done.out
    assert known.run("db", "restore", "kept", "--json").last["exported_since"] == []


def test_backup_that_is_older_than_the_anchor_is_refused(busy: Company) -> None:
    arrive(busy, ("F3", "11.11"))
    anchor = str(busy.require_proof()["anchor"])
    done = busy.run("db", "restore", "kept", "--anchor", anchor)
    assert (done.code, "is not the one anchored at" in done.err) == (2, True)
    assert busy.require_proof()["anchor"] == anchor


def test_tampered_backup_is_refused(busy: Company) -> None:
    anchor = str(busy.require_proof()["anchor"])
    with closing(sqlite3.connect(busy.folder / "kept")) as copy:
        copy.execute("DROP TRIGGER posting_refuses_update")
        copy.execute("UPDATE posting SET amount_minor = amount_minor * 2")
        copy.commit()
    done = busy.run("db", "restore", "kept")
    assert (done.code, "entry 1 is not as it was sealed" in done.err) == (2, True)
    assert busy.require_proof()["anchor"] == anchor


@pytest.mark.parametrize("journal", ["DELETE", "WAL"])  # WAL: the backups of earlier programs
def test_backup_is_restored_from_where_nothing_can_be_written(
    busy: Company, journal: str, request: pytest.FixtureRequest
) -> None:
    """A folder where SQLite would put its two files is in the way even of root, who may write on any disk."""
    anchor = str(busy.require_proof()["anchor"])
    if not url_of(busy).startswith("sqlite"):
        move_to(busy, request.getfixturevalue("fresh_postgresql")())
    with closing(sqlite3.connect(busy.folder / "kept")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        copy.execute(f"PRAGMA journal_mode = {journal}")
    for suffix in ("-wal", "-shm", "-journal"):
        (busy.folder / f"kept{suffix}").mkdir()
    done = busy.run("db", "restore", "kept")
    assert done.code == 0, done.err
    assert busy.run("verify", "--anchor", anchor).code == 0


def test_files_that_are_no_backup_are_refused(busy: Company) -> None:
    (busy.folder / "letter").write_text("dear bank " * 500, encoding="utf-8")
    with closing(sqlite3.connect(busy.folder / "other")) as other:
        other.execute("CREATE TABLE recipe (name)")
        other.commit()
    torn = (busy.folder / "kept").read_bytes()
    (busy.folder / "torn").write_bytes(torn[: len(torn) // 2])
    for name in ("letter", "other", "torn"):
        assert busy.run("db", "restore", name).code == 2, name
    assert busy.run("db", "restore", "absent").code == 2
    busy.require_proof()


def test_books_of_somebody_else_are_not_replaced_by_accident(known: Company) -> None:
    """The backup is of books that began anew since."""
    assert known.run("db", "backup", "kept").code == 0
    for suffix in ("", "-wal", "-shm"):
        (known.folder / f"recon.sqlite{suffix}").unlink(missing_ok=True)
    upgrade(f"sqlite:///{known.folder / 'recon.sqlite'}")
    assert known.run("import", "customers", "customers.csv").code == 0
    done = known.run("db", "restore", "kept")
    assert (done.code, "of other books" in done.err) == (2, True)
    assert known.run("db", "restore", "kept", "--other-books").code == 0
    known.require_proof()


def test_books_are_not_replaced_while_a_night_works_on_them(known: Company) -> None:
    assert known.run("db", "backup", "kept").code == 0
    store = open_store(f"sqlite:///{known.folder / 'recon.sqlite'}")
    with store.write() as connection:
        start_run(connection, "nightly", "2026-04-01", Holder("elsewhere", 7), datetime.now(UTC), lambda pid: True)
    store.close()
    done = known.run("db", "restore", "kept")
    assert (done.code, "host elsewhere, pid 7" in done.err) == (11, True)
    known.require_proof()


def test_postgresql_books_are_never_replaced(company: Company, postgresql_url: str) -> None:
    move_to(company, postgresql_url)
    assert company.run("import", "customers", "customers.csv").code == 0
    assert company.run("db", "backup", "kept").code == 0
    done = company.run("db", "restore", "kept")
    assert (done.code, "holds books already" in done.err) == (2, True)
    company.require_proof()


def test_books_of_the_first_schema_are_upgraded_with_all_they_hold(
    known: Company, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The tables of 0001, filled from today's books; what 0002 adds comes empty."""
    old = tmp_path_factory.mktemp("old") / "recon.sqlite"
    migrate(f"sqlite:///{old}", "0001")
    with closing(sqlite3.connect(old)) as first:
        first.execute("ATTACH ? AS now", (str(known.folder / "recon.sqlite"),))
        first.execute("DELETE FROM chain_head")
        names = [row[0] for row in first.execute("SELECT name FROM main.sqlite_master WHERE type = 'table'")]
        for name in names:
            if name != "alembic_version":
                columns = ", ".join(row[1] for row in first.execute(f"PRAGMA main.table_info({name})"))
                first.execute(f"INSERT INTO main.{name} ({columns}) SELECT {columns} FROM now.{name}")
        first.commit()
    before = verify(f"sqlite:///{old}").anchor
    shutil.copy(old, known.folder / "recon.sqlite")
    refused = known.run("review", "list")
    assert (refused.code, "older program" in refused.err) == (10, True)
    assert known.run("db", "upgrade").code == 0
    assert known.require_proof()["anchor"] == before
    assert verify(f"sqlite:///{known.folder / 'recon.sqlite.before-0002'}").holds
    assert known.run("user", "add", "cleo", "--role", "controller").code == 0


def test_postgresql_books_of_the_first_schema_are_backed_up_before_the_upgrade(
    company: Company, postgresql_server: str
) -> None:
    import psycopg

    with psycopg.connect(postgresql_server, autocommit=True) as server:
        server.execute("DROP DATABASE IF EXISTS first_schema")
        server.execute("CREATE DATABASE first_schema")
    url = postgresql_server.replace("/postgres?", "/first_schema?")
    migrate(url, "0001")
    move_to(company, url)
    assert company.run("review", "list").code == 10
    for attempt in ("books.before-0002.sqlite", "books.before-0002.sqlite-2"):
        assert company.run("db", "upgrade").code == 0
        assert verify(f"sqlite:///{company.folder / attempt}").holds
        with psycopg.connect(url, autocommit=True) as back:  # as if the upgrade had failed after its backup
            back.execute("DROP TABLE earlier_teaching")
            back.execute("DROP TABLE user_role")
            back.execute("UPDATE alembic_version SET version_num = '0001'")
    assert company.run("db", "upgrade").code == 0
    company.require_proof()
