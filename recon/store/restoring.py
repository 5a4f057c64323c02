"""Whether a backup may take the place of the books: it is of these books, and nobody is working on them.

Room: store.
"""

from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

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
