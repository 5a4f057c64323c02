"""The reports of nights to the team: what became of each, and what a person found out about a doubtful one.

Room: store.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store.chain import AuditRow, Author, append_audit

STATES = ("planned", "claimed", "sent", "uncertain", "failed")


@dataclass(frozen=True, slots=True)
class ToldTeam:
    """A night's report to one recipient, as the outbox lists it; instants as the books write them, "" for none."""

    id: int
    run_id: int
    recipient: str
    subject: str
    state: str
    state_reason: str
    message_id: str
    sent_at: str


def list_team_mails(connection: Connection, state: str = "", limit: int = 50) -> list[ToldTeam]:
    """Return the newest reports first, of one state or of all."""
    where = "WHERE state = :state" if state else ""
    sql = (
        "SELECT id, run_id, recipient, subject, state, state_reason, message_id, coalesce(sent_at, '') FROM team_mail"
        f" {where} ORDER BY id DESC LIMIT :limit"
    )
    return [ToldTeam(*row) for row in connection.execute(text(sql), {"state": state, "limit": limit})]


def resolve_team_mail(connection: Connection, mail_id: int, was_sent: bool, author: Author) -> None:
    """Write down whether an uncertain report left; one that did not is sent again. NotAllowed when nothing is doubtful.

    Unlike a reminder a report may go out a second time: it asks nobody for money.
    """
    state, at = ("sent", "sent_at") if was_sent else ("planned", "NULL")
    sql = f"UPDATE team_mail SET state = '{state}', state_reason = '', retry_at = NULL, sent_at = {at}"
    changed = connection.execute(text(f"{sql} WHERE id = :id AND state = 'uncertain'"), {"id": mail_id})
    if changed.rowcount != 1:
        raise NotAllowed(f"report {mail_id} is not uncertain", "See `recon notices reports --state uncertain`")
    detail: dict[str, object] = {"was_sent": was_sent}
    append_audit(connection, [AuditRow("report resolved", f"team_mail:{mail_id}", detail)], author)
