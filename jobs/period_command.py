"""`recon period` and `recon customer`: months that are closed, and personal data that is erased.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.written import company_of, day_of
from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.money import format_minor
from recon.store import books
from recon.store.periods import list_periods, waiting_through
from recon.store.privacy import erase_before, erase_customer

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from recon.store.privacy import Erased


def close(invocation: Invocation, through: str, reason: str, company: str) -> Exit:
    """Refuse entries up to and including a day from now on; say what of the period nobody has decided yet."""
    code, day = company_of(invocation, company), day_of(through, "DATE")
    if day > invocation.as_of:
        raise UsageError(f"{day} is not over yet", "Close a period once it has ended")
    with invocation.store() as store, store.write() as connection:
        books.close_period(connection, code, day, invocation.author, reason)
        waiting = waiting_through(connection, code, day)
    for currency, count, minor in waiting:
        amount = format_minor(minor, currency)
        text = f"  {counted(count, 'bank line')} of the period still waiting: {amount} {currency}, booked when placed"
        record = {"type": "waiting", "currency": currency, "count": count, "amount": amount}
        invocation.output.line(text, record)
    verb = "would be" if invocation.dry_run else "are"
    facts = {"company": code, "closed_through": day, "waiting": sum(count for _, count, _ in waiting)}
    return invocation.output.summary(f"the books of {code} {verb} closed through {day}", facts)


def reopen(invocation: Invocation, through: str, reason: str, company: str) -> Exit:
    """Let the books be closed only through an earlier day; the reason is kept for good."""
    code, day = company_of(invocation, company), day_of(through, "DATE")
    with invocation.store() as store, store.write() as connection:
        books.reopen_period(connection, code, day, invocation.author, reason)
    verb = "would be" if invocation.dry_run else "are"
    facts = {"company": code, "closed_through": day}
    return invocation.output.summary(f"the books of {code} {verb} open after {day}", facts)


def show(invocation: Invocation) -> Exit:
    """Print every closing and reopening; the last of a company holds."""
    with invocation.store() as store, store.read() as connection:
        acts = list_periods(connection)
    for one in acts:
        what = "reopened after" if one.is_reopening else "closed through"
        text = f"  {one.company}  {what} {one.closed_through}  by {one.actor} at {one.at[:19]}Z  {one.reason}"
        invocation.output.line(text.rstrip(), {
            "type": "period", "company": one.company, "act": what.split()[0], "closed_through": one.closed_through,
            "actor": one.actor, "at": one.at, "reason": one.reason,
        })  # fmt: skip
    now = {one.company: one.closed_through for one in acts}
    told = ", ".join(f"{company} closed through {day}" for company, day in now.items())
    return invocation.output.summary(told or "no period is closed", {"closed_through": now})


def erase(invocation: Invocation, customer: str, reason: str, company: str) -> Exit:
    """Blank what the books know of a customer as a person; entries and chains stay whole."""
    code = company_of(invocation, company)
    with invocation.store() as store, store.write() as connection:
        erased = erase_customer(connection, code, customer, invocation.author, reason)
    facts = {"customer": customer, "lines": erased.lines, "notices": erased.notices, "others": erased.others}
    verb = "would be" if invocation.dry_run else "is"
    text = f"customer {customer} {verb} erased: {_blanked(erased)} blanked"
    return invocation.output.summary(text, facts)


def erase_older(invocation: Invocation, day: str, reason: str) -> Exit:
    """Blank personal data older than a day; amounts, days and chains stay."""
    before = day_of(day, "DATE")
    if before > invocation.as_of:
        raise UsageError(f"{before} is still to come", "Name a day of the past")
    with invocation.store() as store, store.write() as connection:
        erased = erase_before(connection, before, invocation.author, reason)
    facts = {"before": before, "lines": erased.lines, "notices": erased.notices, "others": erased.others}
    verb = "would be" if invocation.dry_run else "are"
    return invocation.output.summary(f"{_blanked(erased)} before {before} {verb} blanked", facts)


def _blanked(erased: Erased) -> str:
    rows = ((erased.lines, "bank line"), (erased.notices, "notice"), (erased.others, "other row"))
    return ", ".join(counted(count, noun) for count, noun in rows)
