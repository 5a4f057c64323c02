"""The mark of the books that matching last decided for. While it stands, deciding again would change nothing.

Written in the transaction of the decisions, so a night killed later finds it, and a night killed earlier does not.

Room: store.
"""

from hashlib import sha256

from sqlalchemy import Connection, text

_PARTS = (
    "SELECT chain, seq FROM chain_head ORDER BY chain",
    "SELECT 'lines', coalesce(max(id), 0) FROM bank_line",
    "SELECT 'items', coalesce(max(id), 0) FROM open_item",
    "SELECT 'taught', coalesce(max(id), 0) FROM teaching",
    "SELECT 'past', coalesce(max(id), 0) FROM past_line",
)


def books_mark(connection: Connection, salt: str) -> str:
    """Return a digest of what matching depends on; `salt` holds what is not in the books: day, settings, version."""
    parts = [f"{name}={number}" for sql in _PARTS for name, number in connection.execute(text(sql))]
    return sha256("|".join([*parts, salt]).encode()).hexdigest()


def keep_mark(connection: Connection, run_id: int, mark: str) -> None:
    """Write the mark into the record of the run that decided."""
    connection.execute(text("UPDATE run SET digest = :mark WHERE id = :run"), {"mark": mark, "run": run_id})


def last_mark(connection: Connection) -> str:
    """Return the mark of the latest run that decided, or nothing."""
    sql = "SELECT digest FROM run WHERE digest <> '' ORDER BY id DESC LIMIT 1"
    return str(connection.execute(text(sql)).scalar() or "")
