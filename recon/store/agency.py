"""What an agency is told of a customer, and whom to call back because money arrived.

Room: store.
"""

from sqlalchemy import Connection, text

from recon.store.chain import AuditRow, Author, append_audit
from recon.store.stops import end_stop


def told_facts(connection: Connection, customer_id: int, currency: str) -> list[tuple[str, str, str, str, str]]:
    """Return what was said to a customer, oldest first: instant, tier, channel, recipient, SHA-256 of the bytes."""
    sql = """
        SELECT sent_at, tier, channel, recipient, body_sha256 FROM notice
        WHERE customer_id = :customer AND currency = :currency AND kind = 'reminder' AND state = 'sent' ORDER BY id"""
    rows = connection.execute(text(sql), {"customer": customer_id, "currency": currency})
    return [(row[0] or "", row[1], row[2], row[3], row[4]) for row in rows]


def promise_lines(connection: Connection, customer_id: int) -> list[str]:
    """Return a line per promise the customer gave, oldest first."""
    sql = "SELECT starts_on, ends_on, outcome FROM stop WHERE customer_id = :customer AND kind = 'promise' ORDER BY id"
    rows = connection.execute(text(sql), {"customer": customer_id})
    return [f"given {given}, for {until}: {outcome or 'open'}" for given, until, outcome in rows]


def note_handoff(connection: Connection, customer_id: int, currency: str, open_minor: int, author: Author) -> None:
    """Write into the audit chain that a dossier left the house. The stop `agency` is added beside it."""
    detail: dict[str, object] = {"currency": currency, "open_minor": open_minor}
    append_audit(connection, [AuditRow("agency hand-off", f"customer:{customer_id}", detail)], author)


def recall_paid(connection: Connection, author: Author) -> list[str]:
    """End the agency stops of customers who paid what was handed over; return their codes: call them back today."""
    sql = """
        SELECT s.id, c.code FROM stop s JOIN customer c ON c.id = s.customer_id
        WHERE s.kind = 'agency' AND s.ended_at IS NULL AND NOT EXISTS (
          SELECT 1 FROM open_item o WHERE o.customer_id = s.customer_id AND o.open_minor > 0 AND o.due_on < s.starts_on
          AND (s.open_item_id IS NULL OR s.open_item_id = o.id))
        ORDER BY s.id"""
    paid = connection.execute(text(sql)).all()
    for stop_id, _ in paid:
        end_stop(connection, stop_id, "resolved", author)
    return [code for _, code in paid]
