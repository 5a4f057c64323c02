"""What a delivery report changes: the notice, the level of its invoices, the address.

Room: store.
"""

from sqlalchemy import Connection, text

from recon.store.chain import AuditRow, Author, append_audit
from recon.store.outbox import load_waiting
from recon.store.stops import suppress_address


def find_notice(connection: Connection, identity: str) -> tuple[int, str] | None:
    """Return id and state of the notice whose Message-ID has this local part."""
    sql = "SELECT id, state FROM notice WHERE message_id LIKE :pattern"
    row = connection.execute(text(sql), {"pattern": f"<{identity}@%"}).first()
    return (row[0], row[1]) if row else None


def take_back(connection: Connection, notice_id: int, said: str, author: Author, *, suppress: bool) -> None:
    """Write that a notice came back: its invoices return to the level they had; with `suppress` the address rests."""
    sql = "UPDATE notice SET state = 'bounced', state_reason = :said WHERE id = :id AND state IN ('sent', 'uncertain')"
    if connection.execute(text(sql), {"id": notice_id, "said": said}).rowcount != 1:
        return
    connection.execute(text("UPDATE notice_line SET live = 0 WHERE notice_id = :id"), {"id": notice_id})
    append_audit(connection, [AuditRow("notice bounced", f"notice:{notice_id}", {"suppressed": suppress})], author)
    if suppress:
        (waiting,) = load_waiting(connection, [notice_id])
        suppress_address(connection, waiting.notice, said, author.instant)


def was_delivered(connection: Connection, notice_id: int) -> None:
    """An uncertain notice is certain once a delivery report says it arrived."""
    sql = "UPDATE notice SET state = 'sent', state_reason = 'a delivery report says so' WHERE id = :id"
    connection.execute(text(f"{sql} AND state = 'uncertain'"), {"id": notice_id})
