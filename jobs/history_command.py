"""`recon history`: the books as they were known at an instant.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.books_command import explain_subject, instant_of_text
from recon.errors import Exit
from recon.money import format_minor
from recon.store.instants import instant_text
from recon.store.known import books_at

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def show_history(invocation: Invocation, subject: str, known_at: str) -> Exit:
    """Print a subject as it was known then, or, without one, every balance, what was open, and both chains' head."""
    if subject:
        return explain_subject(invocation, subject, known_at)
    instant = instant_of_text(known_at) if known_at else instant_text(invocation.now)
    with invocation.store() as store, store.read() as connection:
        then = books_at(connection, instant)
    for company, currency, account, minor in then.balances:
        amount = format_minor(minor, currency)
        record = {"type": "balance", "company": company, "currency": currency, "account": account, "amount": amount}
        invocation.output.line(f"  {company}  {account:<28} {amount:>18} {currency}", record)
    for company, currency, count, minor in then.receivables:
        amount = format_minor(minor, currency)
        counted = {"type": "open", "company": company, "currency": currency, "items": count, "amount": amount}
        invocation.output.line(f"  {company}  {f'{count} open items':<28} {amount:>18} {currency}", counted)
    text = f"known at {instant[:19]}Z\nanchor: {then.head}"
    return invocation.output.summary(text, {"known_at": instant, "anchor": then.head})
