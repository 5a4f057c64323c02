"""What a delivery report changes: the notice, the level of its invoices, the address.

Room: store.
"""

from datetime import date
from email.utils import parseaddr

from sqlalchemy import Connection, text

from recon.model import StopKind
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.outbox import load_waiting
from recon.store.stops import add_stop, suppress_address


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


def is_copy(connection: Connection, notice_id: int, address: str) -> bool:
    """Tell whether an address got only a copy of a notice: that it failed says nothing of the customer's own."""
    row = connection.execute(text("SELECT recipient, cc FROM notice WHERE id = :id"), {"id": notice_id}).one()
    plain = [parseaddr(one)[1].casefold() for one in (row.recipient, *row.cc.split("|"))]
    return address.casefold() in plain[1:] and address.casefold() != plain[0]


def opt_out(connection: Connection, notice_id: int, reason: str, author: Author) -> None:
    """Write no more e-mail to the customer of a notice; once."""
    (waiting,) = load_waiting(connection, [notice_id])
    customer = waiting.notice.customer
    there = "SELECT 1 FROM stop WHERE customer_id = :id AND kind = 'opt_out' AND ended_at IS NULL"
    if connection.execute(text(there), {"id": customer.id}).first() is None:
        starts_on = min(date.fromisoformat(author.instant[:10]), waiting.notice.day)
        add_stop(
            connection, StopKind.OPT_OUT, customer.code, company=customer.company, author=author, starts_on=starts_on,
            reason=reason,
        )  # fmt: skip


def was_delivered(connection: Connection, notice_id: int) -> None:
    """An uncertain notice is certain once a delivery report says it arrived."""
    sql = "UPDATE notice SET state = 'sent', state_reason = 'a delivery report says so' WHERE id = :id"
    connection.execute(text(f"{sql} AND state = 'uncertain'"), {"id": notice_id})
