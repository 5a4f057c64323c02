"""Hand-off to a collection agency: who is due for it, what goes along, and what is called back when money arrives.

A proposal is only that: a person approves it, which stops our own notices. The dossier names every notice with the
SHA-256 of the exact bytes that were sent.

Room: pure.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from io import BytesIO, StringIO

from notices.conduct import earliest_action
from notices.plan import is_active
from notices.policy import Policies, Policy
from recon.model import Account, Customer, Debt
from recon.money import format_minor
from recon.reports.cells import csv_safe


@dataclass(frozen=True, slots=True)
class Handoff:
    """An account whose last notice remained without effect: what is still open of what it told."""

    customer: Customer
    currency: str
    debts: tuple[Debt, ...]

    @property
    def open_minor(self) -> int:
        """What the agency is to collect."""
        return sum(debt.open_minor for debt in self.debts)


@dataclass(frozen=True, slots=True)
class ToldFact:
    """One thing that was said to the customer: when, what, how, and the digest of the bytes."""

    sent_at: str
    what: str
    channel: str
    recipient: str
    sha256: str


def propose_handoffs(accounts: Iterable[Account], policies: Policies, as_of: date) -> tuple[Handoff, ...]:
    """Return the accounts with invoices whose last notice is older than its `handoff_days`; stopped ones not."""
    found = []
    for account in accounts:
        policy = policies.of(account.customer.code, account.customer.segment)
        stopped = {stop.open_item_id for stop in account.stops if is_active(stop, policy, as_of)}
        due = tuple(d for d in account.debts if _is_due(d, policy, as_of) and not stopped & {None, d.open_item_id})
        if due:
            found.append(Handoff(account.customer, account.currency, due))
    return tuple(found)


def _is_due(debt: Debt, policy: Policy, as_of: date) -> bool:
    last = policy.tiers[-1]
    if debt.open_minor <= 0 or debt.level < last.level or last.handoff_days is None or debt.told_on is None:
        return False
    allowed_on = earliest_action(policy.conduct, debt.issue_on or debt.due_on, debt.told_on)
    return as_of >= max(allowed_on, debt.told_on + timedelta(days=last.handoff_days))


COLUMNS = (
    "company",
    "customer",
    "name",
    "country",
    "invoice",
    "issued",
    "due",
    "currency",
    "amount",
    "open",
    "told_on",
)


def handoff_csv(handoffs: Sequence[Handoff]) -> str:
    """Return a row per invoice; text that a spreadsheet would take for a formula is made harmless."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    for one in handoffs:
        who = one.customer
        for debt in one.debts:
            amount, left = (format_minor(minor, one.currency) for minor in (debt.amount_minor, debt.open_minor))
            dates = (str(debt.issue_on or ""), str(debt.due_on))
            row = (who.company, who.code, who.name, who.country, debt.number, *dates, one.currency, amount, left)
            writer.writerow([csv_safe(cell) for cell in (*row, str(debt.told_on or ""))])
    return out.getvalue()


def dossier(handoff: Handoff, told: Sequence[ToldFact], promises: Sequence[str]) -> bytes:
    """Return the PDF that goes along: invoices, notices with digests, promises. Same facts, same bytes."""
    who = handoff.customer
    total = f"{format_minor(handoff.open_minor, handoff.currency)} {handoff.currency}"
    lines = [f"{who.name} ({who.company}, customer {who.code})", f"Open: {total}", "", "Invoices"]
    lines += [
        f"{debt.number}  due {debt.due_on}  open {format_minor(debt.open_minor, handoff.currency)} {handoff.currency}"
        for debt in handoff.debts
    ]
    lines += ["", "Notices"]
    for fact in told:
        lines += [
            f"{fact.sent_at[:16]}  {fact.what} by {fact.channel} to {fact.recipient}",
            f"    SHA-256 {fact.sha256}",
        ]
    lines += ["", "Promises", *(promises or ["none"])]
    return _typed(lines, f"Dossier {who.code}")


def _typed(lines: Sequence[str], title: str) -> bytes:
    from reportlab.lib.pagesizes import A4  # slow to load: only where a dossier is written
    from reportlab.pdfgen.canvas import Canvas

    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=A4, invariant=1)
    canvas.setTitle(title)
    for start in range(0, max(1, len(lines)), 52):
        canvas.setFont("Courier", 9)
        for i, line in enumerate(lines[start : start + 52]):
            canvas.drawString(57, A4[1] - 57 - 14 * i, line.encode("cp1252", "replace").decode("cp1252")[:96])
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()
