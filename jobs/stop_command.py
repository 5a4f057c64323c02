"""`recon hold`, `dispute` and `promise`: what stops notices to a customer.

Apart from `jobs.notice_command`: who notes a promise does not wait for the letters to be loaded.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.written import amount_of, company_of, day_of
from recon.errors import Exit, NotAllowed, UsageError
from recon.model import StopKind
from recon.store import stops

if TYPE_CHECKING:
    from jobs.invocation import Invocation

OUTCOMES = {"hold": "withdrawn", "dispute": "resolved", "promise": "withdrawn"}
ADDED_AS_HOLD = ("hold", "plan", "insolvency", "legal", "agency", "opt_out")
LISTED_AS = {"hold": (*ADDED_AS_HOLD, "bounced"), "dispute": ("dispute",), "promise": ("promise",)}


def add_stop(
    invocation: Invocation, kind: str, customer: str, invoice: str, amount: str, until: str, reason: str, company: str
) -> Exit:
    """Stop notices to a customer, or about one invoice."""
    code = company_of(invocation, company)
    currency = next(one.currency for one in invocation.settings.companies if one.code == code)
    with invocation.store() as store, store.write() as connection:
        number = stops.add_stop(
            connection, StopKind(kind), customer, company=code, author=invocation.author,
            starts_on=invocation.as_of, reason=reason, invoice=invoice,
            ends_on=day_of(until, "--until") if until else None,
            amount_minor=amount_of(amount, currency, f"--amount {amount!r}") if amount else None,
            currency=currency if amount else "",
        )  # fmt: skip
    return invocation.output.summary(f"{kind} {number} for customer {customer}", {"id": number, "kind": kind})


def add_hold(
    invocation: Invocation, kind: str, customer: str, invoice: str, until: str, reason: str, company: str
) -> Exit:
    """Stop notices to a customer for as long as one of these reasons holds."""
    if kind not in ADDED_AS_HOLD:
        raise UsageError(f"--kind {kind!r} is not known", f"Use one of: {', '.join(ADDED_AS_HOLD)}")
    return add_stop(invocation, kind, customer, invoice, "", until, reason, company)


def list_stops(invocation: Invocation, kind: str) -> Exit:
    """Print the stops of a kind that are in force; under `hold` all that are neither dispute nor promise."""
    with invocation.store() as store, store.read() as connection:
        rows = [row for row in stops.list_stops(connection) if row["kind"] in LISTED_AS[kind]]
    for row in rows:
        scope = f"invoice {row['invoice']}" if row["invoice"] else "all invoices"
        until = f" until {row['ends_on']}" if row["ends_on"] else ""
        who = f"{row['id']:>6}  {row['kind']}  {row['customer']}"
        text = f"{who}  {scope}  since {row['starts_on']}{until}  {row['reason']}"
        invocation.output.line(text, {"type": "stop", **row})
    return invocation.output.summary(f"{len(rows)} in force", {"count": len(rows)})


def end_stop(invocation: Invocation, kind: str, number: int, reason: str) -> Exit:
    """End a stop from now on."""
    with invocation.store() as store, store.write() as connection:
        if number not in {row["id"] for row in stops.list_stops(connection) if row["kind"] in LISTED_AS[kind]}:
            raise NotAllowed(f"no {kind} {number} is in force", f"See `recon {kind} list`")
        stops.end_stop(connection, number, OUTCOMES[kind], invocation.author)
    return invocation.output.summary(f"{kind} {number} has ended", {"id": number, "reason": reason})
