"""Whether a backup may take the place of the books: it is of these books, and nobody is working on them.

Room: store.
"""

from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from recon.errors import StoreMissing, UsageError
from recon.store.chain import AuditRow, Author, append_audit, heads
from recon.store.engine import connect, current_revision
from recon.store.portable import open_kept
from recon.store.runs import Holder, require_free_lock


def require_replaceable(
    url: str, path: Path, holder: Holder, now: datetime, is_alive: Callable[[int], bool], *, other_books: bool
) -> None:
    """Raise StoreBusy while a run works on the books, UsageError when the backup is of other books.

    Books that cannot be read, or that hold nothing, may be replaced by any backup.
    """
    try:
        if current_revision(url) is None:
            return
    except StoreMissing:
        return
    with closing(connect(url)) as store, suppress(DatabaseError), store.read() as connection:
        require_free_lock(connection, "night", holder, now, is_alive)
        if not other_books and not _is_same(connection, path):
            remedy = "Check the file; `--other-books` replaces them all the same"
            raise UsageError("the backup is of other books than those in place", remedy)


@dataclass(frozen=True, slots=True)
class Exported:
    """What went to one accounting system (a layout of journals): the numbers of the batches, and all their entries."""

    target: str
    batches: tuple[int, ...]
    entries: int


def exported_since(url: str, path: Path) -> tuple[Exported, ...] | None:
    """Return what the books in place exported and the backup does not know, by layout; None where nobody can tell:
    there are no books in place, they hold nothing, or they cannot be read. Call it before the backup replaces them.

    A batch is written whole at one instant: number and instant tell it from one that was given its number again.
    """
    with suppress(StoreMissing, DatabaseError), closing(connect(url)) as store:
        if current_revision(url) is None:
            return None
        with store.read() as connection, closing(open_kept(path)) as copy:
            if not connection.execute(text("SELECT 1 FROM entry LIMIT 1")).first():
                return None
            known = {(target, batch, at) for target, batch, at, _ in copy.execute(_BATCHES)}
            rows = [row for row in connection.execute(text(_BATCHES)) if (row[0], row[1], row[2]) not in known]
        targets = dict.fromkeys(row[0] for row in rows)
        return tuple(_of_target(target, [row for row in rows if row[0] == target]) for target in targets)
    return None


_BATCHES = """
    SELECT target, batch, exported_at, count(*) FROM exported GROUP BY target, batch, exported_at
    ORDER BY target, batch"""


def _of_target(target: str, rows: Sequence[Any]) -> Exported:
    return Exported(target, tuple(row[1] for row in rows), sum(row[3] for row in rows))


def note_restore(url: str, author: Author) -> str:
    """Write into the restored books that they were restored; return their head before it."""
    with closing(connect(url)) as store, store.write() as connection:
        head = heads(connection)
        append_audit(connection, [AuditRow("restore", "books:all", {"head": head})], author)
    return head


def _is_same(connection: Connection, path: Path) -> bool:
    """Tell whether the chains agree as far as both go: then one is an earlier state of the other, or it is empty."""
    with closing(open_kept(path)) as copy:
        for chain in ("entry", "audit"):
            length = f"SELECT count(*) FROM {chain}"
            place = min(connection.execute(text(length)).scalar_one(), copy.execute(length).fetchone()[0])
            link = f"SELECT hash FROM {chain} WHERE id = {int(place)}"
            if place and connection.execute(text(link)).scalar() != copy.execute(link).fetchone()[0]:
                return False
    return True
