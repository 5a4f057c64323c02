"""Which entries went to which accounting system: each exactly once, and any batch again as it was.

Room: store.
"""

from collections.abc import Sequence

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store import schema
from recon.store.books import BookedEntry, entries_of
from recon.store.bulk import insert_many
from recon.store.chain import Author
from recon.store.exported_reviews import follow_export


def mark_new_batch(connection: Connection, target: str, author: Author) -> tuple[int, tuple[BookedEntry, ...]]:
    """Mark every entry not yet exported to the target; return the batch's number and its entries, none if all are."""
    sql = (
        "SELECT entry.id FROM entry LEFT JOIN exported ON exported.entry_id = entry.id AND exported.target = :target"
        " WHERE exported.entry_id IS NULL ORDER BY entry.id"
    )
    ids = list(connection.execute(text(sql), {"target": target}).scalars())
    last = connection.execute(
        text("SELECT max(batch) FROM exported WHERE target = :target"), {"target": target}
    ).scalar()
    batch = (last or 0) + 1
    rows = [(target, entry_id, batch, author.instant) for entry_id in ids]
    insert_many(connection, schema.exported, ("target", "entry_id", "batch", "exported_at"), rows)
    booked = tuple(entries_of(connection, ids))
    follow_export(connection, booked)
    return batch, booked


def batch_again(connection: Connection, target: str, batch: int) -> tuple[BookedEntry, ...]:
    """Return the entries of an earlier batch. Raises NotAllowed when there is none of that number."""
    sql = "SELECT entry_id FROM exported WHERE target = :target AND batch = :batch ORDER BY entry_id"
    ids = list(connection.execute(text(sql), {"target": target, "batch": batch}).scalars())
    if not ids:
        raise NotAllowed(f"nothing was exported to {target} as batch {batch}", "Leave --batch out for what is new")
    return tuple(entries_of(connection, ids))


def customer_names(connection: Connection, entries: Sequence[BookedEntry]) -> dict[int, tuple[str, str]]:
    """Return code and name of every customer the entries touch, by id."""
    wanted = {p.customer_id for booked in entries for p in booked.entry.postings if p.customer_id is not None}
    rows = connection.execute(text("SELECT id, code, name FROM customer"))
    return {row[0]: (row[1], row[2]) for row in rows if row[0] in wanted}


def audit_rows(connection: Connection) -> list[dict[str, object]]:
    """Return the audit chain in order."""
    sql = "SELECT id, at, actor, action, subject, detail, previous_hash, hash FROM audit ORDER BY id"
    return [dict(row._mapping) for row in connection.execute(text(sql))]
