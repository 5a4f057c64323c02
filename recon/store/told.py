"""What the outbox holds, for people: notices by state, what a person said about a doubtful one, receipts given so far.

Room: store.
"""

import json
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.outbox import resolve_uncertain

STATES = ("planned", "claimed", "sent", "uncertain", "failed", "cancelled", "bounced", "task", "trial")
RECEIPTS_GIVEN = "receipts"


@dataclass(frozen=True, slots=True)
class ToldNotice:
    """A notice as the outbox lists it. Minor units; instants as the books write them, "" when there is none."""

    id: int
    day: str
    company: str
    customer: str
    currency: str
    kind: str
    tier: str
    channel: str
    state: str
    state_reason: str
    recipient: str
    demanded_minor: int
    message_id: str
    sent_at: str


def list_notices(connection: Connection, state: str = "", limit: int = 50) -> list[ToldNotice]:
    """Return the newest notices first, of one state or of all."""
    where = "WHERE n.state = :state" if state else ""
    rows = connection.execute(text(_LIST.format(where=where)), {"state": state, "limit": limit})
    return [ToldNotice(*row) for row in rows]


_LIST = """
    SELECT n.id, n.day, n.company, c.code, n.currency, n.kind, n.tier, n.channel, n.state, n.state_reason, n.recipient,
           n.demanded_minor, n.message_id, coalesce(n.sent_at, '')
    FROM notice n JOIN customer c ON c.id = n.customer_id {where} ORDER BY n.id DESC LIMIT :limit"""


def resolve(connection: Connection, notice_id: int, was_sent: bool, author: Author) -> None:
    """Write down what a person found out about an uncertain notice. Raises NotAllowed when nothing is doubtful."""
    if not resolve_uncertain(connection, notice_id, was_sent):
        raise NotAllowed(f"notice {notice_id} is not uncertain", "See `recon notices list --state uncertain`")
    detail: dict[str, object] = {"was_sent": was_sent}
    append_audit(connection, [AuditRow("notice resolved", f"notice:{notice_id}", detail)], author)


def receipts_given(connection: Connection) -> tuple[str, int] | None:
    """Return the day of the last run of receipts and the last entry it looked at, None before the first."""
    sql = "SELECT detail FROM audit WHERE action = :action ORDER BY id DESC LIMIT 1"
    found = connection.execute(text(sql), {"action": RECEIPTS_GIVEN}).scalar()
    if found is None:
        return None
    told = json.loads(found)
    return told["day"], told["through_entry"]


def note_receipts(connection: Connection, day: str, through_entry: int, count: int, author: Author) -> None:
    """Write how far receipts were given: in the transaction that plans them: no payment is thanked for twice."""
    detail: dict[str, object] = {"day": day, "through_entry": through_entry, "receipts": count}
    append_audit(connection, [AuditRow(RECEIPTS_GIVEN, f"entry:{through_entry}", detail)], author)


def last_entry(connection: Connection, before_day: str = "") -> int:
    """Return the newest entry, or the newest one booked before a day (ISO): 0 when there is none."""
    where = "WHERE booked_on < :day" if before_day else ""
    found = connection.execute(text(f"SELECT max(id) FROM entry {where}"), {"day": before_day}).scalar()
    return int(found or 0)
