"""The queue of what the night could not decide: list it, show an item with its reasons, carry out a decision.

The desk and the command line call the same functions. Every act names the version it saw; whoever comes second gets a
Conflict that says who was first.

Room: store.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType

from sqlalchemy import Connection, text

from recon.errors import Conflict, NotAllowed
from recon.model import Allocation, Entry, Proposal, ReviewState
from recon.review import (
    CLAIM_LASTS,
    PLACING,
    WAITING,
    Act,
    Decision,
    Limits,
    needs_second,
    next_state,
    require_free,
    require_second_person,
)
from recon.roles import Right
from recon.store import bookings
from recon.store.books import post
from recon.store.chain import AuditRow, Author, append_audit, canonical
from recon.store.instants import instant_of, instant_text
from recon.store.proposals import proposals_of
from recon.store.teachings import teach
from recon.store.users import require
from recon.store.verdicts import accept_statement, decision_of, entry_of_decision, pinned, told

COLUMNS = (
    "id, kind, subject_id, company, currency, amount_minor, state, version, reason, detail, held_by, held_until,"
    " snoozed_until, priority_minor, opened_on, resolved_at, resolved_by"
)
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One item of the queue. `subject_id` is a bank line, open item or statement, by `kind`."""

    id: int
    kind: str  # deposit, discrepancy, statement, task
    subject_id: int
    company: str
    currency: str
    amount_minor: int
    state: str
    version: int
    reason: str
    detail: str
    held_by: str
    held_until: str | None
    snoozed_until: str | None
    priority_minor: int
    opened_on: str
    resolved_at: str | None
    resolved_by: str


@dataclass(frozen=True, slots=True)
class BankText:
    """A bank line as the bank wrote it, with where it came from. The payer's account is masked by who prints it."""

    id: int
    booked_on: str
    amount_minor: int
    currency: str
    state: str
    kind: str
    payer: str
    payer_account: str
    remittance: str
    reference: str
    end_to_end_id: str
    check_number: str
    bank_id: str
    source_line: int
    source_byte: int
    file_name: str
    statement_id: int
    proof: str
    proof_reason: str


@dataclass(frozen=True, slots=True)
class ReviewCase:
    """An item with all that a reviewer looks at: bank text, suggestions, and how the payer's money went before."""

    item: ReviewItem
    line: BankText | None
    proposals: tuple[Proposal, ...]
    last_outcomes: tuple[tuple[str, int, str], ...]  # day, amount, customer codes: the payer's last five


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to: the new state and version, and the entries it booked."""

    state: ReviewState
    version: int
    entry_ids: tuple[int, ...] = ()


def list_items(
    connection: Connection, state: str = "open", limit: int = 50, after: int = 0, company: str = "", kind: str = ""
) -> tuple[ReviewItem, ...]:
    """Return a page of the queue, most money times doubt first, continuing after an item.

    `state` is one state, `all`, or `open`: whatever still waits for somebody.
    """
    states = _states(state)
    given: dict[str, object] = {"limit": limit, "company": company, "kind": kind, **_position(connection, after)}
    where = "state = :state" + (" AND company = :company" if company else "") + (" AND kind = :kind" if kind else "")
    where += " AND (priority_minor, id) < (:priority, :after)" if after else ""
    sql = f"SELECT {COLUMNS} FROM review_item WHERE {where} ORDER BY priority_minor DESC, id DESC LIMIT :limit"
    # One query per state runs along the index; one query over all of them would sort the whole queue for each page.
    found = [ReviewItem(*row) for each in states for row in connection.execute(text(sql), {**given, "state": each})]
    found.sort(key=lambda item: (item.priority_minor, item.id), reverse=True)
    return tuple(found[:limit])


def count_items(connection: Connection) -> dict[tuple[str, str], tuple[int, int]]:
    """Return number and money of what waits, by (company, currency)."""
    states = ", ".join(f"'{state.value}'" for state in WAITING)
    sql = (
        "SELECT company, currency, count(*), sum(abs(amount_minor)) FROM review_item"
        f" WHERE state IN ({states}) GROUP BY company, currency"
    )
    return {(row[0], row[1]): (row[2], int(row[3])) for row in connection.execute(text(sql))}


def get_item(connection: Connection, item_id: int) -> ReviewItem:
    """Return an item; raises NotAllowed when there is none of that number."""
    row = connection.execute(text(f"SELECT {COLUMNS} FROM review_item WHERE id = :id"), {"id": item_id}).first()
    if row is None:
        raise NotAllowed(f"there is no item {item_id}", "See `recon review list`")
    return ReviewItem(*row)


def show_item(connection: Connection, item_id: int) -> ReviewCase:
    """Return an item with all that a reviewer looks at."""
    item = get_item(connection, item_id)
    if item.kind != "deposit":
        return ReviewCase(item, None, (), ())
    line = bank_text(connection, item.subject_id)
    proposals = proposals_of(connection, [item.subject_id]).get(item.subject_id, ())
    return ReviewCase(item, line, proposals, _last_outcomes(connection, item.company, line))


def bank_text(connection: Connection, line_id: int) -> BankText:
    """Return a bank line with its source."""
    return BankText(*connection.execute(text(_BANK_TEXT), {"line": line_id}).one())


def act(
    connection: Connection, item_id: int, version: int, decision: Decision, author: Author, as_of: date,
    limits: Limits = NO_LIMITS,
) -> Done:  # fmt: skip
    """Carry out a decision. `version` is what the reviewer saw; 0 does not check it.

    Raises Conflict when somebody was first or holds the item, NotAllowed when state, books or limits forbid it.
    """
    require(connection, author.actor, Right.APPROVE if decision.act is Act.APPROVE else Right.RESOLVE)
    item = get_item(connection, item_id)
    if version and version != item.version:
        first = item.resolved_by or item.held_by or "somebody"
        raise Conflict(f"{first} was first: the item is {item.state.replace('_', ' ')} now", "Show it again")
    held_until = instant_of(item.held_until) if item.held_until else None
    require_free(item.held_by, held_until, author.actor, author.now)
    state = next_state(ReviewState(item.state), decision.act)
    if item.kind == bookings.KIND:
        return _second(connection, item, decision, author, as_of)
    if decision.act is Act.APPROVE:
        return _approve(connection, item, author, as_of)
    if decision.act in PLACING:
        return _resolve(connection, item, decision, state, author, as_of, limits)
    return _set_state(connection, item, decision, state, author, as_of)


def allocations_of(
    connection: Connection, item: ReviewItem, amounts: Sequence[tuple[str, int]], on_account: str = "",
    customer: str = "", *, beside: Mapping[str, Mapping[str, int]] = MappingProxyType({}), currency: str = "",
    total_minor: int | None = None,
) -> tuple[Allocation, ...]:  # fmt: skip
    """Return allocations for invoice numbers with their cash; the rest on account of a customer, if one is named.

    `beside` gives discount, fee, deduction or write-off by number; `currency` is the invoices' where it is not the
    item's. Raises NotAllowed for an unknown number, or one that two customers share while `customer` does not say
    whose.
    """
    scope = (item.company, currency or item.currency, customer)
    found = [(number, _named(connection, scope, number), minor) for number, minor in amounts]
    named = tuple(Allocation(*ids, minor, **beside.get(number, {})) for number, ids, minor in found)
    total_minor = item.amount_minor if total_minor is None else total_minor
    rest_minor = total_minor - sum(allocation.cash_minor for allocation in named)
    if not on_account or not rest_minor:
        return named
    return (*named, Allocation(None, bookings.customer_id_of(connection, item.company, on_account), rest_minor))


def wake_snoozed(connection: Connection, as_of: date) -> int:
    """Put items back into the queue whose day has come; return how many."""
    sql = (
        "UPDATE review_item SET state = 'open', snoozed_until = NULL, version = version + 1"
        " WHERE state = 'snoozed' AND snoozed_until <= :day"
    )
    return int(connection.execute(text(sql), {"day": as_of.isoformat()}).rowcount)


_BANK_TEXT = """
SELECT line.id, line.booked_on, line.amount_minor, line.currency, line.state, line.kind, line.payer, line.payer_account,
       line.remittance, line.reference, line.end_to_end_id, line.check_number, line.bank_id, line.source_line,
       line.source_byte, f.name, s.id, s.proof, s.proof_reason
FROM bank_line AS line JOIN statement AS s ON s.id = line.statement_id JOIN source_file AS f ON f.id = s.file_id
WHERE line.id = :line
"""


def _states(state: str) -> tuple[str, ...]:
    if state == "open":
        return tuple(each.value for each in WAITING)
    if state == "all":
        return tuple(each.value for each in ReviewState)
    return (ReviewState(state).value,)


def _position(connection: Connection, after: int) -> dict[str, object]:
    if not after:
        return {}
    return {"after": after, "priority": get_item(connection, after).priority_minor}


def _last_outcomes(connection: Connection, company: str, line: BankText) -> tuple[tuple[str, int, str], ...]:
    if not line.payer:
        return ()
    sql = (
        "SELECT line.booked_on, line.amount_minor, min(customer.code) FROM bank_line AS line"
        " JOIN posting ON posting.bank_line_id = line.id JOIN customer ON customer.id = posting.customer_id"
        " WHERE line.payer = :payer AND line.company = :company AND line.state IN ('applied', 'on_account')"
        " GROUP BY line.id, line.booked_on, line.amount_minor ORDER BY line.id DESC LIMIT 5"
    )
    rows = connection.execute(text(sql), {"payer": line.payer, "company": company})
    return tuple((row[0], row[1], row[2]) for row in rows)


def _resolve(
    connection: Connection, item: ReviewItem, decision: Decision, state: ReviewState, author: Author, as_of: date,
    limits: Limits,
) -> Done:  # fmt: skip
    if item.kind == "statement":
        _require_reason(decision)
        accept_statement(connection, item.subject_id, author, decision.reason)
        return _finish(connection, item, state, author, decision)
    if item.kind == "task":
        return _finish(connection, item, state, author, decision)
    entry = entry_of_decision(connection, item, decision, as_of)
    if needs_second(entry, limits):
        return _ask_second(connection, item, decision, entry, author)
    return _book(connection, item, decision, entry, state, author)


def _book(
    connection: Connection, item: ReviewItem, decision: Decision, entry: Entry, state: ReviewState, author: Author
) -> Done:
    entry_ids = post(connection, [entry], author)
    if item.kind == "deposit":
        customers = {p.customer_id for p in entry.postings if p.customer_id is not None}
        if len(customers) == 1:
            teach(connection, item.company, item.subject_id, customers, author, is_payer=True)
    return _finish(connection, get_item(connection, item.id), state, author, decision, entry_ids)


def _ask_second(connection: Connection, item: ReviewItem, decision: Decision, entry: Entry, author: Author) -> Done:
    asked = canonical(told(pinned(connection, item, decision, entry), author.actor, item.detail))
    sql = "UPDATE review_item SET detail = :detail WHERE id = :id"
    connection.execute(text(sql), {"detail": asked, "id": item.id})
    if item.kind == "deposit":
        _leave_to_people(connection, item.subject_id)
    return _move(connection, item, ReviewState.NEEDS_SECOND_APPROVAL, author, decision)


def _approve(connection: Connection, item: ReviewItem, author: Author, as_of: date) -> Done:
    asked = json.loads(item.detail)
    require_second_person(asked["by"], author.actor)
    decision = decision_of(asked)
    _restore_detail(connection, item)
    item = get_item(connection, item.id)
    entry = entry_of_decision(connection, item, decision, as_of)
    return _book(connection, item, decision, entry, PLACING[decision.act], author)


def _second(connection: Connection, item: ReviewItem, decision: Decision, author: Author, as_of: date) -> Done:
    """Post a booking that waited for a second person, or let it be: refused by anybody, the one who asked included."""
    if decision.act is Act.REFUSE:
        return _finish(connection, item, ReviewState.REFUSED, author, decision)
    entry_ids = bookings.approve(connection, item.detail, author, as_of)
    return _finish(connection, item, ReviewState.POSTED, author, decision, entry_ids)


def _restore_detail(connection: Connection, item: ReviewItem) -> None:
    sql = "UPDATE review_item SET detail = :detail WHERE id = :id"
    connection.execute(text(sql), {"detail": json.loads(item.detail)["detail"], "id": item.id})


def _set_state(
    connection: Connection, item: ReviewItem, decision: Decision, state: ReviewState, author: Author, as_of: date
) -> Done:
    if decision.act is Act.SNOOZE and (decision.until is None or decision.until <= as_of):
        raise NotAllowed("a snoozed item needs a later day to come back", "Give --until with a day after today's")
    if decision.act is Act.REFUSE:
        _restore_detail(connection, item)
    if decision.act is Act.REJECT:
        _reject(connection, item, author)
    return _move(connection, item, state, author, decision)


def _reject(connection: Connection, item: ReviewItem, author: Author) -> None:
    """The payer is not these customers; and from now on only a person places this deposit."""
    if item.kind != "deposit":
        return
    kept = proposals_of(connection, [item.subject_id]).get(item.subject_id, ())
    customers = {allocation.customer_id for proposal in kept[:1] for allocation in proposal.allocations}
    teach(connection, item.company, item.subject_id, customers, author, is_payer=False)
    _leave_to_people(connection, item.subject_id)


def _leave_to_people(connection: Connection, line_id: int) -> None:
    connection.execute(text("UPDATE bank_line SET by_hand = 1 WHERE id = :line"), {"line": line_id})


def _finish(
    connection: Connection, item: ReviewItem, state: ReviewState, author: Author, decision: Decision,
    entry_ids: tuple[int, ...] = (),
) -> Done:  # fmt: skip
    """Close the item. Posting has closed it already where it was a deposit; then only its state may differ."""
    done = _move(connection, item, state, author, decision, entry_ids)
    sql = "UPDATE review_item SET resolved_at = :at, resolved_by = :actor WHERE id = :id"
    connection.execute(text(sql), {"at": author.instant, "actor": author.actor, "id": item.id})
    return Done(state, done.version, entry_ids)


def _move(
    connection: Connection, item: ReviewItem, state: ReviewState, author: Author, decision: Decision,
    entry_ids: tuple[int, ...] = (),
) -> Done:  # fmt: skip
    is_claimed = state is ReviewState.CLAIMED
    until = instant_text(author.now + CLAIM_LASTS) if is_claimed else None
    sql = (
        "UPDATE review_item SET state = :state, version = version + 1, held_by = :held_by, held_until = :held_until,"
        " snoozed_until = :snoozed WHERE id = :id AND version = :version"
    )
    given = {
        "state": state.value, "held_by": author.actor if is_claimed else "", "held_until": until, "id": item.id,
        "snoozed": decision.until.isoformat() if decision.until else None, "version": item.version,
    }  # fmt: skip
    if connection.execute(text(sql), given).rowcount != 1:
        raise Conflict("somebody was first", "Show the item again")
    detail: dict[str, object] = {"state": state.value, "entries": list(entry_ids), "reason": decision.reason}
    append_audit(connection, [AuditRow(f"review_{decision.act.value}", f"review_item:{item.id}", detail)], author)
    return Done(state, item.version + 1, entry_ids)


def _named(connection: Connection, scope: tuple[str, str, str], number: str) -> tuple[int, int]:
    """Return ids of the open item and its customer. `scope`: company, currency, and whose it is, if that was said."""
    company, currency, customer = scope
    sql = (
        "SELECT item.id, item.customer_id, customer.code FROM open_item AS item"
        " JOIN customer ON customer.id = item.customer_id"
        " WHERE item.company = :company AND item.currency = :currency AND item.number = :number"
    )
    given = {"company": company, "currency": currency, "number": number}
    found = [row for row in connection.execute(text(sql), given) if not customer or row[2] == customer]
    if not found:
        raise NotAllowed(f"there is no invoice {number!r} in {currency}", "Check number and customer")
    if len(found) > 1:
        codes = ", ".join(sorted(row[2] for row in found))
        raise NotAllowed(f"customers {codes} share the number {number!r}", "Say whose with --customer")
    return found[0][0], found[0][1]


def _require_reason(decision: Decision) -> None:
    if not decision.reason:
        raise NotAllowed("posting from a statement that does not prove needs a reason", "Say why with --reason")
