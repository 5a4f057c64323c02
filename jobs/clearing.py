"""Costs, interest, principal: who decides which of them a payment settles, where the customer's policy says the law's.

The night never divides a payment by itself: whoever pays to the cent what the invoice says may have meant the
principal, and may say so (BGB section 366). What would leave charges of its own invoice open goes to a person.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from notices.clearing import charges_left, divide
from notices.interest import Clearing
from recon.errors import UsageError
from recon.model import Action
from recon.review import Act, Decision
from recon.store.charge_items import charged_invoices
from recon.store.proposals import proposals_of

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.settings import Settings
    from notices.policy import Policies, Policy
    from recon.model import Allocation, Proposal
    from recon.store.review import ReviewItem

LEGAL = "legal"
ORDER = "costs, interest, principal"
REMEDY = "accept it if the payer named the principal, else accept or apply it with --clearing legal"


def legal_policies(settings: Settings) -> Policies | None:
    """Return the policies where one of them clears as the law does, else None: the shipped ladder does not."""
    if settings.notices.policy is None:
        return None
    from jobs.policies import load_policies

    policies = load_policies(settings)
    return policies if any(map(_is_legal, policies.all)) else None


def salt_of(policies: Policies | None) -> str:
    """Return what the mark of the books depends on beside the books: which customers clear as the law does."""
    return "".join(f"|{one.version}" for one in policies.all) if policies else ""


def for_people(connection: Connection, policies: Policies | None, proposals: Sequence[Proposal]) -> dict[int, str]:
    """Return the deposits (bank line, why) that would leave charges of the invoices they pay open."""
    if policies is None:
        return {}
    sure = [one for one in proposals if one.rank == 1 and one.action is Action.POST and one.allocations]
    owed = charged_invoices(connection, (each.open_item_id or 0 for one in sure for each in one.allocations))
    legal = {item: one for item, one in owed.items() if _is_legal(policies.of(one.customer_code, one.segment))}
    debts = {item: one.debts for item, one in legal.items()}
    return {
        one.bank_line_id: f"charges of its invoice are open ({', '.join(debt.number for debt in left)}): {REMEDY}"
        for one in sure
        if (left := charges_left(one.allocations, debts))
    }


def cleared(connection: Connection, item: ReviewItem, decision: Decision, clearing: str) -> Decision:
    """Return the decision with its cash divided as the law says. Raises UsageError or NotAllowed where it cannot be."""
    if clearing != LEGAL:
        raise UsageError(f"--clearing {clearing!r} is not known", f"Use {LEGAL}: {ORDER}")
    allocations = _suggested(connection, item, decision) if decision.act is Act.ACCEPT else decision.allocations
    if decision.act not in (Act.ACCEPT, Act.APPLY) or not allocations or decision.currency:
        raise UsageError("--clearing divides cash on invoices", "Use it with --invoice, in the deposit's own currency")
    owed = charged_invoices(connection, (each.open_item_id or 0 for each in allocations))
    divided = divide(allocations, {number: one.debts for number, one in owed.items()})
    return replace(decision, act=Act.APPLY, allocations=divided, reason=decision.reason or ORDER)


def _suggested(connection: Connection, item: ReviewItem, decision: Decision) -> tuple[Allocation, ...]:
    kept = proposals_of(connection, [item.subject_id]).get(item.subject_id, ()) if item.kind == "deposit" else ()
    return next((one.allocations for one in kept if one.rank == decision.suggestion), ())


def _is_legal(policy: Policy) -> bool:
    return Clearing(policy.interest.clearing) is Clearing.COSTS_INTEREST_PRINCIPAL
