"""A deduction is a dispute: while something of an invoice is on the deductions account, nobody is reminded of it.

The dispute begins with the entry that books the deduction, whoever posted it, and ends with the one that leaves nothing
of it: accepted, refused, undone or returned.

Room: store.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from sqlalchemy import Connection, text

from recon.ledger import DEDUCTIONS
from recon.model import Entry, StopKind
from recon.store import schema
from recon.store.bulk import fetch_in, insert_many, next_id
from recon.store.chain import AuditRow, Author, append_audit

REASON = "deduction"
_BALANCES = """
SELECT open_item_id, sum(amount_minor) FROM posting WHERE account = 'deductions' AND open_item_id IN :values
GROUP BY open_item_id"""
_LIVE = f"""
SELECT open_item_id, id FROM stop WHERE kind = 'dispute' AND reason = '{REASON}' AND ended_at IS NULL
AND open_item_id IN :values"""


def follow_deductions(connection: Connection, entries: Iterable[Entry], author: Author) -> None:
    """Let disputes follow what these entries, just posted, did to deductions."""
    moved = {
        posting.open_item_id: (entry.company, posting.customer_id, entry.booked_on)
        for entry in entries
        for posting in entry.postings
        if posting.account == DEDUCTIONS and posting.open_item_id is not None
    }
    if not moved:
        return
    items = sorted(item for item in moved if item is not None)
    held = {row[0]: int(row[1]) for row in fetch_in(connection, _BALANCES, items)}
    live = {row[0]: row[1] for row in fetch_in(connection, _LIVE, items)}
    begun = [(item, *moved[item]) for item in items if held.get(item, 0) > 0 and item not in live]
    _begin(connection, begun, author)
    _end(connection, [live[item] for item in items if held.get(item, 0) <= 0 and item in live], author)


def _begin(connection: Connection, begun: Sequence[tuple[int, str, int | None, date]], author: Author) -> None:
    columns = ("id", "kind", "company", "customer_id", "open_item_id", "reason", "starts_on", "created_at",
               "created_by")  # fmt: skip
    first = next_id(connection, schema.stop)
    rows = [
        (first + n, StopKind.DISPUTE.value, company, customer, item, REASON, day.isoformat(), author.instant,
         author.actor)
        for n, (item, company, customer, day) in enumerate(begun)
    ]  # fmt: skip
    insert_many(connection, schema.stop, columns, rows)
    told = [AuditRow("stop", f"stop:{row[0]}", {"kind": "dispute", "customer": row[3], "until": ""}) for row in rows]
    append_audit(connection, told, author)


def _end(connection: Connection, stop_ids: Sequence[int], author: Author) -> None:
    sql = "UPDATE stop SET ended_at = :at, ended_by = :actor, outcome = 'resolved' WHERE id = :id"
    for stop_id in stop_ids:
        connection.execute(text(sql), {"at": author.instant, "actor": author.actor, "id": stop_id})
    told = [AuditRow("stop ended", f"stop:{stop_id}", {"outcome": "resolved"}) for stop_id in stop_ids]
    append_audit(connection, told, author)
