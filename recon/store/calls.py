"""Calls to customers, as rows of the audit: who called whom on which day, and whether somebody was spoken to.

Room: store.
"""

import json
from datetime import date

from sqlalchemy import Connection, text

from recon.store.chain import AuditRow, Author, append_audit

ACTION = "called"


def note_call(connection: Connection, customer_id: int, on: date, spoke: bool, author: Author) -> None:
    """Write down a call that was made."""
    detail: dict[str, object] = {"on": on.isoformat(), "spoke": spoke}
    append_audit(connection, [AuditRow(ACTION, f"customer:{customer_id}", detail)], author)


def calls_to(connection: Connection, customer_id: int) -> list[tuple[date, bool]]:
    """Return the day of each call to a customer and whether somebody was spoken to, oldest first."""
    sql = "SELECT detail FROM audit WHERE subject = :subject AND action = :action ORDER BY id"
    rows = connection.execute(text(sql), {"subject": f"customer:{customer_id}", "action": ACTION}).scalars()
    told = [json.loads(row) for row in rows]
    return [(date.fromisoformat(one["on"]), bool(one["spoke"])) for one in told]
