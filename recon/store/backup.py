"""Copy the books while they are in use, and put such a copy back.

A backup is an SQLite file, whichever database it is of: SQLite copies through its own backup call, PostgreSQL is read
in one transaction (`recon.store.portable`). Either can be restored on either.

Room: store.
"""

import contextlib
import itertools
import os
import sqlite3
from pathlib import Path

from recon.errors import ReconError, UsageError
from recon.store.engine import HEAD, sqlite_path
from recon.store.portable import dump, load, open_kept


def backup(url: str, path: Path) -> None:
    """Write a complete copy of the books to a new file, or leave no file at all. Refuses to overwrite (UsageError)."""
    if path.exists():
        raise UsageError(f"{path} is already there", "Name a new file; a backup never overwrites")
    unfinished = path.with_name(path.name + ".unfinished")
    try:
        unfinished.unlink(missing_ok=True)  # of a copy that was killed
        source = sqlite_path(url)
        _copy_sqlite(source, unfinished) if source else dump(url, unfinished)
        _sync(unfinished)
        unfinished.rename(path)
    finally:
        unfinished.unlink(missing_ok=True)


def restore(url: str, path: Path) -> Path | None:
    """Put a backup in place of the books. The SQLite file that was there is kept as `FILE.replaced`, none overwritten:
    its path is returned, None where there was none.

    The copy is whole before the books are touched: whatever fails, they are where they were. PostgreSQL: the database
    named by the URL must be empty. Nobody may be using the books meanwhile.
    """
    target = sqlite_path(url)
    if target is not None and target.exists() and path.exists() and path.samefile(target):
        raise UsageError(f"{path} is the books themselves", "Name the backup file")
    revision = require_sound(path)
    if target is None:
        load(url, path, revision)
        return None
    kept = _free_name(target) if target.exists() else None
    unfinished = target.with_name(target.name + ".unfinished")
    try:
        _copy(open_kept(path), unfinished)
        _sync(unfinished)
        if kept is not None:
            _settle_wal(target)
            target.rename(kept)
        unfinished.rename(target)
    finally:
        unfinished.unlink(missing_ok=True)
    return kept


def require_sound(path: Path) -> str:
    """Return the schema of a backup. Raises UsageError unless the file is whole, and books this program knows."""
    if not path.exists():
        raise UsageError(f"{path} is not there", "Name the backup file")
    _check_sqlite(path)
    with contextlib.closing(open_kept(path)) as copy:
        revision = str(copy.execute("SELECT version_num FROM alembic_version").fetchone()[0])
    if revision > HEAD:
        raise UsageError(f"{path} is of a newer program (schema {revision})", "Install that program")
    return revision


def _copy_sqlite(source: Path, target: Path) -> None:
    if not source.exists():
        raise UsageError(f"the database {source} is not there", "Check the database URL")
    _copy(sqlite3.connect(source), target)


def _copy(source: sqlite3.Connection, target: Path) -> None:
    try:
        with contextlib.closing(source) as old, contextlib.closing(sqlite3.connect(target)) as new:
            old.backup(new)
            new.execute(
                "PRAGMA journal_mode = DELETE"
            )  # one file, whole by itself, that a write-protected disk can show
    except sqlite3.Error as error:
        raise ReconError(f"the copy failed: {error}", "Check room and rights at the target") from error


def _check_sqlite(path: Path) -> None:
    try:
        with contextlib.closing(open_kept(path)) as copy:
            answer = copy.execute("PRAGMA integrity_check").fetchone()[0]
            is_ours = copy.execute("SELECT 1 FROM sqlite_master WHERE name = 'chain_head'").fetchone()
    except sqlite3.Error as error:
        raise UsageError(f"{path} is not a sound backup: {error}", "Use another backup") from error
    if answer != "ok":
        raise UsageError(f"{path} is not a sound backup: {answer}", "Use another backup")
    if not is_ours:
        raise UsageError(f"{path} holds no books of ours", "Use another backup")


def _free_name(target: Path) -> Path:
    names = (f"{target.name}.replaced{f'-{number}' if number > 1 else ''}" for number in itertools.count(1))
    return next(path for path in map(target.with_name, names) if not path.exists())


def _settle_wal(path: Path) -> None:
    """Move what is still in the write-ahead log into the file, so that the kept file is whole by itself."""
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def _sync(path: Path) -> None:
    with path.open("rb+") as written:
        os.fsync(written.fileno())
