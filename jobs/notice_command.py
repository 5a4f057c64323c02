"""`recon notices plan|call`: what would be said, and to whom.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jobs.policies import load_policies
from jobs.written import company_of
from notices.conduct import calls_refused
from notices.night import make_plan
from recon.counted import counted
from recon.errors import Exit
from recon.model import Notice
from recon.money import format_minor
from recon.store import calls, stops
from recon.store.notices import load_customer

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from notices.plan import Plan, Silence


def show_plan(invocation: Invocation, customer: str) -> Exit:
    """Print every notice of the day with its invoices, and every account that is left in peace with the reason."""
    plan = plan_of(invocation)
    for notice in plan.notices:
        if customer in ("", notice.customer.code):
            invocation.output.line(_notice_text(notice), _notice_record(notice))
    for silence in plan.silences:
        if customer in ("", silence.code):
            invocation.output.line(_silence_text(silence), silence_record(silence))
    for problem in plan.problems:
        invocation.output.problem(problem)
    counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in plan.counts.items())
    return invocation.output.summary(f"{plan.as_of}: {counts or 'nobody owes anything'}", {"counts": plan.counts})


def note_call(invocation: Invocation, customer: str, spoke: bool, made: bool, company: str) -> Exit:
    """Say whether the policy's rules let a customer be called on the day; `made` writes down that it was."""
    policies, code = load_policies(invocation.settings), company_of(invocation, company)
    with invocation.store() as store, store.write() as connection:
        customer_id = stops.customer_id_of(connection, code, customer)
        who, before = load_customer(connection, customer_id), calls.calls_to(connection, customer_id)
        why = calls_refused(policies.of(who.code, who.segment), who, before, invocation.as_of)
        if made:
            calls.note_call(connection, customer_id, invocation.as_of, spoke, invocation.author)
    text = f"customer {customer}: {'no call on' if why else 'may be called on'} {invocation.as_of}"
    facts = {"customer": customer, "allowed": not why, "why": why, "calls": len(before) + made}
    return invocation.output.summary(f"{text}{': ' + why if why else ''}", facts, Exit.PARTIAL if why else Exit.OK)


def plan_of(invocation: Invocation) -> Plan:
    """Return the plan of the day, of which nothing is kept."""
    with invocation.store() as store:
        return make_plan(store, load_policies(invocation.settings), invocation.as_of)


def _notice_text(notice: Notice) -> str:
    demanded = format_minor(notice.demanded_minor, notice.currency)
    who = f"{notice.customer.code} {notice.customer.name}"
    head = f"{notice.channel:<6} {who}: {notice.tier}, {demanded} {notice.currency}"
    lines = [
        f"         {line.number}  due {line.due_on}, {counted(line.days_past_due, 'day')} past due,"
        f" {format_minor(line.open_minor, notice.currency)}{'' if line.advances else ' (listed)'}"
        for line in notice.lines
    ]
    return "\n".join([head, *lines])


def _notice_record(notice: Notice) -> dict[str, Any]:
    return {
        "type": "notice", "company": notice.customer.company, "customer": notice.customer.code,
        "currency": notice.currency, "channel": notice.channel, "recipient": notice.recipient, "level": notice.level,
        "tier": notice.tier, "demanded": format_minor(notice.demanded_minor, notice.currency),
        "invoices": [
            {"number": line.number, "level": line.level, "days_past_due": line.days_past_due,
             "open": format_minor(line.open_minor, notice.currency)} for line in notice.lines
        ],
    }  # fmt: skip


def _silence_text(silence: Silence) -> str:
    lines = [f"         {number}  {why}" for number, why in silence.lines]
    return "\n".join([f"nobody {silence.code} {silence.currency}: {silence.why}", *lines])


def silence_record(silence: Silence) -> dict[str, Any]:
    """Return an account left in peace as a machine reads it."""
    return {
        "type": "silence", "company": silence.company, "customer": silence.code, "currency": silence.currency,
        "reason": silence.reason, "why": silence.why, "invoices": dict(silence.lines),
    }  # fmt: skip
