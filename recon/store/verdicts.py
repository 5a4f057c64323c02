"""What a reviewer's decision comes to: the entry it books, and how it is kept, word for word, for a second person.

Room: store.
"""

import json
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from sqlalchemy import Connection, text

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Action, Allocation, Entry, Proposal
from recon.review import Act, Decision
from recon.store.books import cash_lines, entry_of, require_open
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.proposals import entry_for, proposals_of, return_entry

if TYPE_CHECKING:
    from recon.store.review import ReviewItem

_BESIDE = ("set_aside_name", "return_of", "reason", "charge_minor", "duplicate_of", "currency", "booked_minor",
           "settled_minor")  # fmt: skip


def entry_of_decision(connection: Connection, item: "ReviewItem", decision: Decision, as_of: date) -> Entry:
    """Return the entry that a decision comes to. Raises NotAllowed when the books or the day do not allow it."""
    day = require_open(connection, item.company, as_of)
    if item.kind == "discrepancy":
        return _settled_elsewhere(connection, item, decision, day)
    line = cash_lines(connection, [item.subject_id])[item.subject_id]
    if decision.duplicate_of is not None:
        return _duplicate(connection, line, decision.duplicate_of, day, decision.reason)
    if decision.currency:
        given = (decision.allocations, decision.currency, decision.booked_minor, day, decision.reason)
        return ledger.apply_in_currency(line, *given)
    if decision.return_of is not None:
        parts, charge = decision.allocations, decision.charge_minor
        return return_entry(connection, line, decision.return_of, day, decision.reason, parts, charge)
    return entry_for(connection, line, _proposal(connection, item, decision), day, decision.reason)


def accept_statement(connection: Connection, statement_id: int, author: Author, reason: str) -> None:
    """Record why a statement in DISCREPANCY may be posted from after all."""
    sql = "UPDATE statement SET accepted_by = :actor, accepted_reason = :reason WHERE id = :id"
    connection.execute(text(sql), {"actor": author.actor, "reason": reason, "id": statement_id})
    append_audit(connection, [AuditRow("accept_statement", f"statement:{statement_id}", {"reason": reason})], author)


def pinned(connection: Connection, item: "ReviewItem", decision: Decision, entry: Entry) -> Decision:
    """Spell the decision out, as the second person approves it: no later night or import may change what it means."""
    if item.kind == "discrepancy":
        return replace(decision, settled_minor=entry.postings[0].amount_minor)
    if item.kind != "deposit" or decision.act is not Act.ACCEPT:
        return decision
    chosen = _proposal(connection, item, decision)
    return replace(
        decision, act=Act.APPLY, allocations=chosen.allocations, set_aside_name=chosen.set_aside_name,
        return_of=chosen.reverses_line_id,
    )  # fmt: skip


def told(decision: Decision, asked_by: str, detail: str) -> dict[str, object]:
    """Return a decision as it is kept; `detail` is what the item said before."""
    allocations = [
        [a.open_item_id, a.customer_id, a.cash_minor, a.discount_minor, a.fee_minor, a.deduction_minor,
         a.processor_fee_minor, a.write_off_minor] for a in decision.allocations
    ]  # fmt: skip
    kept: dict[str, object] = {name: getattr(decision, name) for name in _BESIDE}
    kept |= {"by": asked_by, "act": decision.act.value, "suggestion": decision.suggestion, "detail": detail}
    return kept | {"allocations": allocations}


def decision_of(kept: dict[str, object]) -> Decision:
    """Return the decision that was kept; one of an earlier version lacks what it did not know."""
    rows: list[list[int]] = kept["allocations"]  # type: ignore[assignment]
    beside = {name: kept[name] for name in _BESIDE if name in kept}
    suggestion = kept["suggestion"]
    return Decision(
        Act(kept["act"]), suggestion, tuple(Allocation(*each) for each in rows), **beside  # type: ignore[arg-type]
    )  # fmt: skip


def _proposal(connection: Connection, item: "ReviewItem", decision: Decision) -> Proposal:
    """Return what is to be booked: the suggestion accepted, or the reviewer's own."""
    if decision.act is not Act.ACCEPT:
        own = Proposal(item.subject_id, 1, Action.POST, 1.0, "by_hand", decision.allocations)
        return replace(own, set_aside_name=decision.set_aside_name)
    kept = proposals_of(connection, [item.subject_id]).get(item.subject_id, ())
    for proposal in kept:
        if proposal.rank == decision.suggestion:
            if not (proposal.allocations or proposal.set_aside_name or proposal.reverses_line_id):
                raise NotAllowed(f"suggestion {proposal.rank} says that no open invoice fits", "Apply it by hand")
            return proposal
    raise NotAllowed(f"there is no suggestion {decision.suggestion}", "Apply the deposit by hand")


def _duplicate(connection: Connection, line: ledger.CashLine, twin_id: int, day: date, reason: str) -> Entry:
    """Take a line out that the bank told twice: in two files of one account. Two rows of one statement are two."""
    sql = "SELECT bank_account_id, amount_minor, statement_id, state FROM bank_line WHERE id = :id"
    own = connection.execute(text(sql), {"id": line.id}).one()
    twin = connection.execute(text(sql), {"id": twin_id}).first()
    if twin is None or twin_id == line.id or twin.state in ("superseded", "pending"):
        raise NotAllowed(f"D{twin_id} is no other line of the books", "Name the line that stays, as D12")
    if (own.bank_account_id, own.amount_minor) != (twin.bank_account_id, twin.amount_minor):
        raise NotAllowed(f"D{twin_id} is of another account or amount", "A duplicate has the same account and amount")
    if own.statement_id == twin.statement_id:
        remedy = "A second payment is put on account: --on-account CUSTOMER"
        raise NotAllowed("both lines stand in one statement, so the bank counted both", remedy)
    sql = "SELECT id FROM entry WHERE bank_line_id = :line AND kind = 'import'"
    booked = entry_of(connection, connection.execute(text(sql), {"line": line.id}).scalar_one())
    if booked is None:
        raise NotAllowed(f"D{line.id} is not booked", "See `recon explain`")
    return ledger.mark_duplicate(booked.entry, day, reason or f"the same payment as D{twin_id}")


def _settled_elsewhere(connection: Connection, item: "ReviewItem", decision: Decision, day: date) -> Entry:
    """Book what the other system settled, after a person said so; nothing else about an invoice is ever overwritten."""
    seen = json.loads(item.detail)
    sql = "SELECT customer_id, open_minor FROM open_item WHERE id = :id"
    customer_id, open_minor = connection.execute(text(sql), {"id": item.subject_id}).one()
    settled = decision.settled_minor
    if settled is None:
        settled = _difference(seen, open_minor, item.amount_minor)
    reason = decision.reason or "settled elsewhere"
    return ledger.settle_elsewhere(item.company, item.currency, customer_id, item.subject_id, settled, day, reason)


def _difference(seen: dict[str, int], open_minor: int, item_minor: int) -> int:
    if seen["amount_in_file"] != seen["amount_in_books"] or open_minor != seen["open_in_books"]:
        raise NotAllowed("only what was settled elsewhere can be taken over", "Correct the other system, or reject")
    settled = open_minor - seen["not_exported"] - seen["open_in_file"]
    if settled * item_minor >= 0:  # the difference points the other way: the file has more open than we have
        raise NotAllowed("the other system has more open than the books", "Undo the posting here, or correct it there")
    return settled
