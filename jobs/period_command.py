"""`recon period` and `recon customer`: months that are closed, and personal data that is erased.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.booking_command import company_of
from jobs.written import day_of
from recon.errors import Exit, UsageError
from recon.store import books
from recon.store.periods import list_periods
from recon.store.privacy import erase_customer

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def close(invocation: Invocation, through: str, reason: str, company: str) -> Exit:
    """Refuse entries up to and including a day from now on."""
    code, day = company_of(invocation, company), day_of(through, "DATE")
    if day > invocation.as_of:
        raise UsageError(f"{day} is not over yet", "Close a period once it has ended")
    with invocation.store() as store, store.write() as connection:
        books.close_period(connection, code, day, invocation.author, reason)
    verb = "would be" if invocation.dry_run else "are"
    facts = {"company": code, "closed_through": day}
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
        text = f"  {one.company}  closed through {one.closed_through}  by {one.actor} at {one.at[:19]}Z  {one.reason}"
        invocation.output.line(text.rstrip(), {
            "type": "period", "company": one.company, "closed_through": one.closed_through, "actor": one.actor,
            "at": one.at, "reason": one.reason,
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
    text = f"customer {customer} {verb} erased: {erased.lines} bank lines, {erased.notices} notices,"
    return invocation.output.summary(f"{text} {erased.others} other rows blanked", facts)
