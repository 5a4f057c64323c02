"""`recon agency`: who is due for a collection agency, the hand-off that a person approves, and the call back.

Room: shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobs.policies import load_policies
from jobs.written import company_of
from notices.agency import Handoff, ToldFact, dossier, handoff_csv, propose_handoffs
from recon.counted import counted
from recon.errors import Exit, NotAllowed
from recon.model import StopKind
from recon.money import format_minor
from recon.store import agency, stops
from recon.store.notices import load_accounts

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation


def propose(invocation: Invocation) -> Exit:
    """Print the accounts whose last notice remained without effect; nothing is handed over by looking."""
    with invocation.store() as store, store.read() as connection:
        due = _due(connection, invocation)
        held = stops.list_stops(connection, StopKind.AGENCY)
    for one in due:
        who, amount = one.customer, format_minor(one.open_minor, one.currency)
        numbers = [debt.number for debt in one.debts]
        text = f"  due   {who.code} {who.name}: {amount} {one.currency} ({', '.join(numbers)})"
        invocation.output.line(text, {
            "type": "handoff", "company": who.company, "customer": who.code, "currency": one.currency, "open": amount,
            "invoices": numbers,
        })  # fmt: skip
    for row in held:
        text = f"  there {row['customer']} since {row['starts_on']}  {row['reason']}"
        invocation.output.line(text, {"type": "stop", **row})
    text = f"{len(due)} due for an agency, {len(held)} there"
    return invocation.output.summary(text, {"due": len(due), "there": len(held)})


def approve(invocation: Invocation, customer: str, out: Path, reason: str, company: str) -> Exit:
    """Write list and dossiers of a customer into a folder, and stop our own notices to it."""
    code = company_of(invocation, company)
    with invocation.store() as store, store.write() as connection:
        handoffs = [
            one for one in _due(connection, invocation) if (one.customer.company, one.customer.code) == (code, customer)
        ]
        if not handoffs:
            raise NotAllowed(f"customer {customer!r} is not due for an agency", "See `recon agency list`")
        stops.add_stop(
            connection, StopKind.AGENCY, customer, company=code, author=invocation.author, starts_on=invocation.as_of,
            reason=reason or "handed over",
        )  # fmt: skip
        for one in handoffs:
            agency.note_handoff(connection, one.customer.id, one.currency, one.open_minor, invocation.author)
        files = _files(connection, handoffs, f"{invocation.as_of}-{handoffs[0].customer.id}")
        if not invocation.dry_run:  # before the commit: without its files nothing counts as handed over
            _write(out, files)
    for name in files:
        invocation.output.line(f"  {out / name}", {"type": "file", "path": out / name})
    verb = "would be" if invocation.dry_run else "is"
    return invocation.output.summary(
        f"customer {customer} {verb} handed over: {counted(len(files), 'file')} in {out}",
        {"customer": customer, "files": [str(out / name) for name in files], "written": not invocation.dry_run},
    )


def recall(invocation: Invocation) -> Exit:
    """End the hand-off of everybody who has paid, and print whom to call back today."""
    with invocation.store() as store, store.write() as connection:
        codes = agency.recall_paid(connection, invocation.author)
    for code in codes:
        invocation.output.line(f"  call back {code}", {"type": "recall", "customer": code})
    return invocation.output.summary(f"{len(codes)} to call back", {"recalled": codes})


def _due(connection: Connection, invocation: Invocation) -> tuple[Handoff, ...]:
    policies = load_policies(invocation.settings)
    return propose_handoffs(load_accounts(connection, invocation.as_of), policies, invocation.as_of)


def _files(connection: Connection, handoffs: list[Handoff], stem: str) -> dict[str, bytes]:
    """Return name and content: the store's number stands for the customer, whose own could be no file name."""
    files = {f"{stem}.csv": handoff_csv(handoffs).encode()}
    for one in handoffs:
        told = [ToldFact(*row) for row in agency.told_facts(connection, one.customer.id, one.currency)]
        files[f"{stem}-{one.currency}.pdf"] = dossier(one, told, agency.promise_lines(connection, one.customer.id))
    return files


def _write(out: Path, files: dict[str, bytes]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (out / name).write_bytes(content)
