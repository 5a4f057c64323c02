"""The outbox: a notice is claimed before it is handed to a server and marked after. Doubt is `uncertain`, for a person.

    planned -> claimed -> sent | uncertain | failed | planned (retry) ; planned -> cancelled ; sent -> bounced

Room: store.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import Connection, func, select, text

from recon.errors import ensure
from recon.model import Customer, Notice, NoticeLine
from recon.store.bulk import fetch_named_in, next_id
from recon.store.notices import load_customers
from recon.store.schema import audit, bank_line, entry, quarantine, run, statement, team_mail
from recon.store.settlements import Payments, load_part_payments

COUNTED_AS_TOLD = ("sent", "uncertain", "trial")


@dataclass(frozen=True, slots=True)
class Waiting:
    """A notice in the outbox, as planned. `earlier`: Message-IDs of the customer's notices before it, oldest first."""

    id: int
    message_id: str
    notice: Notice
    attempts: int
    planned_at: str
    earlier: tuple[str, ...] = ()


def waiting_ids(connection: Connection, now: str, channel: str = "mail") -> list[int]:
    """Return the notices whose turn it is at the instant, in the order they were planned."""
    sql = """
        SELECT id FROM notice WHERE state = 'planned' AND channel = :channel AND (retry_at IS NULL OR retry_at <= :now)
        ORDER BY id"""
    return [row[0] for row in connection.execute(text(sql), {"now": now, "channel": channel})]


def load_waiting(connection: Connection, ids: Sequence[int]) -> list[Waiting]:
    """Return these notices of the outbox with their lines, in the order of the ids."""
    rows = {row.id: row for row in fetch_named_in(connection, "SELECT * FROM notice WHERE id IN :values", ids)}
    lines: dict[int, list[NoticeLine]] = defaultdict(list)
    sql = """
        SELECT l.*, o.number, o.due_on, o.kind, o.amount_minor, o.issue_on FROM notice_line l
        JOIN open_item o ON o.id = l.open_item_id WHERE l.notice_id IN :values"""
    rows_of_lines = list(fetch_named_in(connection, sql, ids))
    paid = load_part_payments(connection, sorted({row.open_item_id for row in rows_of_lines}))
    for row in rows_of_lines:
        lines[row.notice_id].append(_line(row, paid.get(row.open_item_id, ())))
    customers = load_customers(connection, sorted({row.customer_id for row in rows.values()}))
    earlier, charged = _earlier(connection, set(customers)), _charged(connection, set(customers))
    waiting = [_waiting(customers[rows[i].customer_id], rows[i], lines[i], earlier) for i in ids if i in rows]
    return [
        replace(one, notice=replace(one.notice, charged=charged[one.notice.customer.id]))
        if one.notice.customer.id in charged
        else one
        for one in waiting
    ]


def _line(row: Any, payments: Payments = ()) -> NoticeLine:
    return NoticeLine(
        open_item_id=row.open_item_id,
        number=row.number,
        due_on=date.fromisoformat(row.due_on),
        open_minor=row.open_minor,
        days_past_due=row.days_past_due,
        level=row.level,
        advances=bool(row.advances),
        episode=row.episode,
        kind=row.kind,
        amount_minor=row.amount_minor,
        issue_on=date.fromisoformat(row.issue_on),
        payments=payments,
    )


def _earlier(connection: Connection, customers: set[int]) -> dict[tuple[int, str], list[tuple[int, str]]]:
    sql = """
        SELECT id, customer_id, currency, message_id FROM notice
        WHERE kind = 'reminder' AND state IN ('sent', 'uncertain') AND customer_id IN :values"""
    found: dict[tuple[int, str], list[tuple[int, str]]] = defaultdict(list)
    for row in fetch_named_in(connection, sql, sorted(customers)):
        found[row.customer_id, row.currency].append((row.id, row.message_id))
    return found


def _charged(connection: Connection, customers: set[int]) -> dict[int, tuple[str, ...]]:
    """The numbers of all charges ever booked for these customers, paid or not."""
    found: dict[int, tuple[str, ...]] = defaultdict(tuple)
    sql = "SELECT customer_id, number FROM open_item WHERE kind = 'charge' AND customer_id IN :values ORDER BY id"
    for row in fetch_named_in(connection, sql, sorted(customers)):
        found[row.customer_id] += (row.number,)
    return found


def _waiting(
    customer: Customer, row: Any, lines: list[NoticeLine], earlier: dict[tuple[int, str], list[tuple[int, str]]]
) -> Waiting:
    before = sorted(one for one in earlier.get((row.customer_id, row.currency), ()) if one[0] < row.id)
    threaded = tuple(message_id for _, message_id in before[-10:]) if row.kind == "reminder" else ()
    return Waiting(row.id, row.message_id, _notice(customer, row, lines), row.attempts, row.planned_at, threaded)


def _notice(customer: Customer, row: Any, lines: list[NoticeLine]) -> Notice:
    facts = json.loads(row.content or "{}")
    return Notice(
        customer=customer,
        currency=row.currency,
        day=date.fromisoformat(row.day),
        policy_id=row.policy_id,
        policy_version=row.policy_version,
        level=row.level,
        tier=row.tier,
        tone=facts.get("tone", "friendly"),
        channel=row.channel,
        recipient=row.recipient,
        language=row.language,
        demanded_minor=row.demanded_minor,
        lines=tuple(sorted(lines, key=lambda line: (line.due_on, line.number))),
        credits=tuple((number, minor) for number, minor in facts.get("credits", ())),
        on_account_minor=facts.get("on_account_minor", 0),
        cc=tuple(part for part in row.cc.split("|") if part),
        pay_by=date.fromisoformat(facts["pay_by"]) if "pay_by" in facts else None,
        kind=row.kind,
        why=row.state_reason,
    )


def claim(
    connection: Connection,
    notice_id: int,
    message: bytes,
    subject: str,
    claimed_by: str,
    at: str,
    alone_since: str = "9",
) -> bool:
    """Take a planned notice for sending and keep the exact bytes that will be sent. False: somebody else has it, or
    since the instant `alone_since` the customer was sent, or may have been, another mail that asks for money in the
    currency.
    """
    given = {"id": notice_id, "by": claimed_by, "at": at, "message": message, "subject": subject, "since": alone_since}
    given["sha"] = hashlib.sha256(message).hexdigest()
    return connection.execute(_CLAIM, given).rowcount == 1


_CLAIM = text(
    "UPDATE notice SET state = 'claimed', state_reason = '', claimed_by = :by, claimed_at = :at,"
    " attempts = attempts + 1, message = :message, body_sha256 = :sha, subject = :subject"
    " WHERE id = :id AND state = 'planned' AND NOT EXISTS (SELECT 1 FROM notice n WHERE"
    " n.customer_id = notice.customer_id AND n.currency = notice.currency AND n.id <> notice.id AND n.kind <> 'receipt'"
    " AND n.channel = 'mail' AND n.state IN ('sent', 'uncertain') AND n.sent_at >= :since)"
)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed mail. Instants are those of the books."""

    state: str  # sent, uncertain, failed, planned (to be tried again), trial
    at: str
    reason: str = ""
    reply: str = ""
    retry_at: str | None = None


def mark(connection: Connection, notice_id: int, outcome: Outcome) -> None:
    """Write down what became of a claimed notice. A failed one gives its invoices back the level they had."""
    _mark(connection, "notice", notice_id, outcome)
    if outcome.state == "failed":
        connection.execute(text("UPDATE notice_line SET live = 0 WHERE notice_id = :id"), {"id": notice_id})


def _mark(connection: Connection, table: str, row_id: int, outcome: Outcome) -> None:
    sent_at = outcome.at if outcome.state in COUNTED_AS_TOLD else None
    given = {"id": row_id, "state": outcome.state, "reason": outcome.reason, "reply": outcome.reply[:500]}
    updated = connection.execute(_MARKS[table], {**given, "retry_at": outcome.retry_at, "sent_at": sent_at}).rowcount
    ensure(updated == 1, f"{table} {row_id} was marked without a claim")


_MARKS = {
    table: text(
        f"UPDATE {table} SET state = :state, state_reason = :reason, reply = :reply, retry_at = :retry_at,"
        " sent_at = :sent_at WHERE id = :id AND state IN ('claimed', 'uncertain')"
    )
    for table in ("notice", "team_mail")
}


def recover_claims(connection: Connection, claimed_by: str) -> int:
    """Make `uncertain` what a dead run left claimed: its mail may have left. Call it while holding the run lock.

    `claimed_by` names the live sender, whose own claims are left alone. Returns how many.
    """
    found = 0
    for table in ("notice", "team_mail"):
        sql = f"""
            UPDATE {table} SET state = 'uncertain', sent_at = claimed_at,
              state_reason = 'the run stopped between claim and answer; ask the mail server or the customer'
            WHERE state = 'claimed' AND claimed_by <> :by"""
        found += connection.execute(text(sql), {"by": claimed_by}).rowcount
    return found


def resolve_uncertain(connection: Connection, notice_id: int, was_sent: bool) -> bool:
    """Say of an uncertain notice, as a person, whether it left. If not, its invoices return to the level they had."""
    state = "sent" if was_sent else "failed"
    sql = "UPDATE notice SET state = :state WHERE id = :id AND state = 'uncertain'"
    changed = connection.execute(text(sql), {"id": notice_id, "state": state}).rowcount == 1
    if changed and not was_sent:
        connection.execute(text("UPDATE notice_line SET live = 0 WHERE notice_id = :id"), {"id": notice_id})
    return changed


def waiting_kinds(connection: Connection, ids: Sequence[int]) -> dict[str, int]:
    """Return how many of these notices are reminders, receipts and statements."""
    found: dict[str, int] = defaultdict(int)
    for row in fetch_named_in(connection, "SELECT kind FROM notice WHERE id IN :values", ids):
        found[row.kind] += 1
    return dict(found)


def sent_per_day(connection: Connection, before: str, kind: str = "reminder", days: int = 30) -> list[int]:
    """Return how many mails of a kind left on each of its last sending days before the day, newest first."""
    sql = """
        SELECT day, count(*) FROM notice WHERE state IN ('sent', 'uncertain', 'bounced', 'trial') AND day < :before
        AND channel = 'mail' AND kind = :kind GROUP BY day ORDER BY day DESC LIMIT :days"""
    given = {"before": before, "kind": kind, "days": days}
    return [row[1] for row in connection.execute(text(sql), given)]


def sent_since(connection: Connection, instant: str) -> int:
    """Return how many mails left since an instant."""
    sql = "SELECT count(*) FROM notice WHERE sent_at >= :since AND channel = 'mail'"
    return int(connection.execute(text(sql), {"since": instant}).scalar_one())


def doubt_waiting(connection: Connection, reason: str) -> int:
    """Make `uncertain` what waits or is claimed: after a restore nobody knows whether it has left. Returns how many."""
    sql = """
        UPDATE notice SET state = 'uncertain', state_reason = :reason, sent_at = coalesce(claimed_at, planned_at)
        WHERE state IN ('planned', 'claimed') AND channel <> 'task'"""
    return connection.execute(text(sql), {"reason": reason}).rowcount


def change_token(connection: Connection) -> tuple[Any, ...]:
    """Return a value that differs whenever money, statements or decisions came in since it was last asked."""
    return tuple(connection.execute(_TOKEN).one())


_GROWS = (entry, bank_line, audit, statement, run, quarantine)
_TOKEN = select(*(select(func.max(table.c.id)).scalar_subquery() for table in _GROWS))


@dataclass(frozen=True, slots=True)
class TeamMail:
    """The report of a night in the outbox, ready to send."""

    id: int
    recipient: str
    message: bytes
    attempts: int
    planned_at: str


def add_team_mail(
    connection: Connection, run_id: int, recipient: str, subject: str, message_id: str, message: bytes, planned_at: str
) -> bool:
    """Put a run's report for one recipient into the outbox; False if it is there already."""
    there = "SELECT 1 FROM team_mail WHERE run_id = :run_id AND recipient = :recipient"
    if connection.execute(text(there), {"run_id": run_id, "recipient": recipient}).first():
        return False
    row = {"id": next_id(connection, team_mail), "run_id": run_id, "recipient": recipient, "subject": subject}
    sha = hashlib.sha256(message).hexdigest()
    row |= {"message_id": message_id, "message": message, "body_sha256": sha, "planned_at": planned_at}
    connection.execute(team_mail.insert().values(**row, state="planned"))
    return True


def waiting_team_mail(connection: Connection, now: str) -> list[TeamMail]:
    """Return the reports whose turn it is, oldest first."""
    sql = """
        SELECT id, recipient, message, attempts, planned_at FROM team_mail
        WHERE state = 'planned' AND (retry_at IS NULL OR retry_at <= :now) ORDER BY id"""
    return [TeamMail(*row) for row in connection.execute(text(sql), {"now": now})]


def claim_team_mail(connection: Connection, mail_id: int, claimed_by: str, at: str) -> bool:
    """Take a report for sending; False: somebody else has it."""
    sql = """
        UPDATE team_mail SET state = 'claimed', claimed_by = :by, claimed_at = :at, attempts = attempts + 1
        WHERE id = :id AND state = 'planned'"""
    return connection.execute(text(sql), {"id": mail_id, "by": claimed_by, "at": at}).rowcount == 1


def mark_team_mail(connection: Connection, mail_id: int, outcome: Outcome) -> None:
    """Write down what became of a claimed report."""
    _mark(connection, "team_mail", mail_id, outcome)
