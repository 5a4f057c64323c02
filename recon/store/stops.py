"""Why somebody is not written to: disputes, promises, holds. A stop is ended, never deleted; who did it stays written.

Room: store.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from sqlalchemy import Connection, insert, select, text, update

from recon.errors import NotAllowed
from recon.model import Notice, StopKind
from recon.store.bulk import insert_new, next_id
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.schema import customer, open_item, review_item, stop


def add_stop(
    connection: Connection,
    kind: StopKind,
    customer_code: str,
    *,
    company: str,
    author: Author,
    starts_on: date,
    reason: str = "",
    invoice: str = "",
    ends_on: date | None = None,
    amount_minor: int | None = None,
    currency: str = "",
) -> int:
    """Stop notices to a customer, or about one invoice, and return the stop's id. `ends_on` is the last day it holds.

    A dispute needs its invoice, a promise its day. Raises NotAllowed for a customer or invoice that is not there.
    """
    customer_id = customer_id_of(connection, company, customer_code)
    _complete(kind, invoice, ends_on, starts_on)
    stop_id = next_id(connection, stop)
    row = {
        "id": stop_id,
        "kind": kind.value,
        "company": company,
        "customer_id": customer_id,
        "open_item_id": _item_id(connection, customer_id, invoice) if invoice else None,
        "reason": reason,
        "amount_minor": amount_minor,
        "currency": currency,
        "starts_on": starts_on.isoformat(),
        "ends_on": ends_on.isoformat() if ends_on else None,
        "created_at": author.instant,
        "created_by": author.actor,
    }
    connection.execute(insert(stop).values(**row))
    detail: dict[str, object] = {"kind": kind.value, "customer": customer_id, "until": row["ends_on"] or ""}
    append_audit(connection, [AuditRow("stop", f"stop:{stop_id}", detail)], author)
    return stop_id


def _complete(kind: StopKind, invoice: str, ends_on: date | None, starts_on: date) -> None:
    if kind is StopKind.DISPUTE and not invoice:
        raise NotAllowed("a dispute is about one invoice", "Name it with --invoice, or use a hold for the customer")
    if kind in (StopKind.PROMISE, StopKind.PLAN) and ends_on is None:
        raise NotAllowed(f"a {kind.value} needs its day", "Name it with --until DATE")
    if ends_on is not None and ends_on < starts_on:
        raise NotAllowed(f"{ends_on} is before {starts_on}", "Name a later day")


def customer_id_of(connection: Connection, company: str, code: str) -> int:
    """Return the id of a customer number of a company. Raises NotAllowed."""
    query = select(customer.c.id).where(customer.c.company == company, customer.c.code == code)
    found = connection.execute(query).scalar()
    if found is None:
        raise NotAllowed(f"{company} has no customer {code!r}", "Use the customer's number as in your customer list")
    return int(found)


def _item_id(connection: Connection, customer_id: int, number: str) -> int:
    query = select(open_item.c.id).where(open_item.c.customer_id == customer_id, open_item.c.number == number)
    found = connection.execute(query).scalar()
    if found is None:
        raise NotAllowed(f"the customer has no invoice {number!r}", "Use the number as in your invoice list")
    return int(found)


def end_stop(connection: Connection, stop_id: int, outcome: str, author: Author) -> None:
    """End a stop now: kept, broken, resolved, withdrawn or expired. Raises NotAllowed if it has ended already."""
    change = update(stop).where(stop.c.id == stop_id, stop.c.ended_at.is_(None))
    ended = change.values(ended_at=author.instant, ended_by=author.actor, outcome=outcome)
    if connection.execute(ended).rowcount != 1:
        raise NotAllowed(f"there is no stop {stop_id} to end", "`list` shows those that hold")
    append_audit(connection, [AuditRow("stop ended", f"stop:{stop_id}", {"outcome": outcome})], author)


def list_stops(connection: Connection, kind: StopKind | None = None, ended: bool = False) -> list[dict[str, Any]]:
    """Return the stops as rows for people, newest first; those that have ended only on request."""
    sql = """
        SELECT s.id, s.kind, s.company, c.code AS customer, o.number AS invoice, s.reason, s.amount_minor, s.currency,
               s.starts_on, s.ends_on, s.created_by, s.ended_at, s.ended_by, s.outcome
        FROM stop s JOIN customer c ON c.id = s.customer_id LEFT JOIN open_item o ON o.id = s.open_item_id
        ORDER BY s.id DESC"""
    rows = [dict(row._mapping) for row in connection.execute(text(sql))]
    return [r for r in rows if (ended or r["ended_at"] is None) and (kind is None or r["kind"] == kind.value)]


def suppress_address(connection: Connection, notice: Notice, reply: str, at: str) -> None:
    """Write no more mail to an address the server says is wrong, and open a task to find the right one. Once."""
    there = select(stop.c.id).where(
        stop.c.customer_id == notice.customer.id,
        stop.c.kind == StopKind.BOUNCED.value,
        stop.c.reason == notice.recipient,
        stop.c.ended_at.is_(None),
    )
    if connection.execute(there).first():
        return
    row = {"kind": StopKind.BOUNCED.value, "company": notice.customer.company, "customer_id": notice.customer.id}
    row |= {"reason": notice.recipient, "starts_on": at[:10], "created_at": at, "created_by": "mail server"}
    connection.execute(insert(stop).values(id=next_id(connection, stop), **row))
    columns = ["id", "kind", "subject_id", "company", "currency", "amount_minor", "state", "reason", "detail"]
    columns += ["opened_on", "opened_at"]
    task = (next_id(connection, review_item), "task", notice.customer.id, notice.customer.company, notice.currency,
            notice.demanded_minor, "open", f"address refused: {notice.recipient}", reply, at[:10], at)  # fmt: skip
    insert_new(connection, review_item, columns, [task])


def settle_promises(
    connection: Connection, as_of: date, grace_days_of: Callable[[str, str], int], author: Author
) -> dict[str, int]:
    """End the promises that are decided: kept when what they are about is paid, broken when their day and grace passed.

    `grace_days_of` tells the grace of a customer by its number and segment: policies differ.

    A promise about an invoice is kept when the invoice is settled. One of an amount is kept when so much of the
    customer's money came since it was given: no credit, charge or write-off counts. One of neither is kept when nothing
    due by its day is open. Returns the counts.
    """
    counts = {"kept": 0, "broken": 0}
    whose = select(stop, customer.c.code, customer.c.segment).join(customer, customer.c.id == stop.c.customer_id)
    for row in connection.execute(whose.where(stop.c.kind == "promise", stop.c.ended_at.is_(None))).all():
        late = (as_of - date.fromisoformat(row.ends_on)).days > grace_days_of(row.code, row.segment)
        outcome = "kept" if _is_kept(connection, row) else "broken" if late else ""
        if outcome:
            end_stop(connection, row.id, outcome, author)
            counts[outcome] += 1
    return counts


def _is_kept(connection: Connection, row: Any) -> bool:
    if row.open_item_id is not None and row.amount_minor is None:
        query = select(open_item.c.open_minor).where(open_item.c.id == row.open_item_id)
        return int(connection.execute(query).scalar_one()) <= 0
    if row.amount_minor is not None:
        sql = """
            SELECT coalesce(sum(-p.amount_minor), 0) FROM posting p JOIN entry e ON e.id = p.entry_id
            WHERE p.account IN ('receivable', 'on_account') AND p.customer_id = :customer AND p.currency = :currency
            AND e.recorded_at >= :since AND e.bank_line_id IS NOT NULL"""
        given = {"customer": row.customer_id, "currency": row.currency, "since": row.created_at}
        return int(connection.execute(text(sql), given).scalar_one()) >= int(row.amount_minor)
    sql = "SELECT count(*) FROM open_item WHERE customer_id = :customer AND open_minor > 0 AND due_on <= :day"
    given = {"customer": row.customer_id, "day": row.ends_on}
    return int(connection.execute(text(sql), given).scalar_one()) == 0
