"""`recon notices list|resolve`: what the outbox holds, and what a person found out about it.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.policies import load_policies
from jobs.written import known_in
from notices.charges import charges_of
from recon.counted import counted
from recon.errors import Exit
from recon.money import format_minor
from recon.store import told
from recon.store.charges import post_charges
from recon.store.outbox import load_waiting

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from notices.policy import Policies


def list_notices(invocation: Invocation, state: str, limit: int) -> Exit:
    """Print the outbox, newest first."""
    known_in(told.STATES, state, "--state")
    with invocation.store() as store, store.read() as connection:
        notices = told.list_notices(connection, state, limit)
    for one in notices:
        amount = f"{format_minor(one.demanded_minor, one.currency)} {one.currency}"
        why = f"; {one.state_reason}" if one.state_reason else ""
        text = f"{one.id:>6}  {one.day}  {one.state:<10} {one.customer}  {one.tier}  {amount}  to {one.recipient}{why}"
        invocation.output.line(text, _told_record(one))
    return invocation.output.summary(counted(len(notices), "notice"), {"notices": len(notices)})


def _told_record(one: told.ToldNotice) -> dict[str, Any]:
    return {
        "type": "notice", "id": one.id, "day": one.day, "company": one.company, "customer": one.customer,
        "currency": one.currency, "kind": one.kind, "tier": one.tier, "channel": one.channel, "state": one.state,
        "reason": one.state_reason, "recipient": one.recipient, "message_id": one.message_id, "sent_at": one.sent_at,
        "demanded": format_minor(one.demanded_minor, one.currency),
    }  # fmt: skip


def resolve(invocation: Invocation, notice_id: int, *, was_sent: bool) -> Exit:
    """Say of an uncertain notice whether it left. What left is charged for as it said; what did not is planned anew."""
    policies = load_policies(invocation.settings)
    with invocation.store() as store, store.write() as connection:
        told.resolve(connection, notice_id, was_sent, invocation.author)
        charges = _charge(connection, invocation, notice_id, policies) if was_sent else 0
    state = "sent" if was_sent else "failed"
    text = f"notice {notice_id} counts as {state}" + (f"; {charges} charges booked" if charges else "")
    return invocation.output.summary(text, {"id": notice_id, "state": state, "charges": charges})


def _charge(connection: Connection, invocation: Invocation, notice_id: int, policies: Policies) -> int:
    (waiting,) = load_waiting(connection, [notice_id])
    notice = waiting.notice
    charges = charges_of(notice, policies.of(notice.customer.code, notice.customer.segment))
    return post_charges(connection, notice, charges, invocation.author) if charges else 0
