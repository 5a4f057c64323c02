"""What a plan of notices needs from the books, and the plan's way into the outbox.

A notice counts as told once it is in the outbox and until it is cancelled, failed or came back: `notice_line.live`.
Natural unique keys (account, kind and day; invoice, policy, level and episode) make saving a plan twice harmless.

Room: store.
"""

import base64
import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import groupby
from typing import Any

from sqlalchemy import BindParameter, Column, Connection, Table, bindparam, func, select, text

from recon.model import Account, Customer, Debt, Notice, NoticeLine, Stop, StopKind
from recon.store.bulk import fetch_in, insert_new, next_id
from recon.store.schema import customer, notice, notice_line, notice_policy, open_item, posting, review_item, stop
from recon.store.settlements import Payments, load_part_payments

_TOUCHED = """
    SELECT DISTINCT customer_id, currency FROM open_item o
    WHERE open_minor <> 0 AND open_minor > 0 AND due_on <= :horizon"""
_NOT_WRITTEN = """ AND NOT EXISTS (
      SELECT 1 FROM notice n WHERE n.customer_id = o.customer_id AND n.currency = o.currency
      AND n.kind = 'reminder' AND n.state <> 'cancelled' AND n.day >= :unless_since)"""
_DEBTS = """
    SELECT o.customer_id, o.currency, o.id, o.number, o.due_on, o.open_minor, o.episode, o.kind, o.amount_minor,
           o.issue_on
    FROM open_item o JOIN ({touched}) t ON t.customer_id = o.customer_id AND t.currency = o.currency
    WHERE o.open_minor <> 0 ORDER BY o.customer_id, o.currency, o.due_on, o.id"""
_TOLD = """
    SELECT l.open_item_id, l.episode, max(l.level), max(n.day) FROM notice_line l JOIN notice n ON n.id = l.notice_id
    WHERE l.live = 1 AND l.advances = 1 GROUP BY l.open_item_id, l.episode"""
_WRITTEN = """
    SELECT customer_id, currency, max(day) FROM notice WHERE kind = 'reminder' AND state <> 'cancelled'
    GROUP BY customer_id, currency"""
_ON_ACCOUNT = """
    SELECT customer_id, currency, sum(amount_minor) FROM posting WHERE account = 'on_account'
    GROUP BY customer_id, currency HAVING sum(amount_minor) <> 0"""
_STOPS = """
    SELECT id, kind, customer_id, open_item_id, reason, amount_minor, currency, starts_on, ends_on FROM stop
    WHERE ended_at IS NULL"""


def load_accounts(
    connection: Connection, as_of: date, lead_days: int = 0, unless_written_since: date | None = None
) -> Iterator[Account]:
    """Yield every account that has an invoice due by `as_of` plus the longest courtesy lead, by customer and currency.

    Their debts are complete: credits and invoices not yet due are in them, for netting and for the gate. Accounts
    written to since a day are left out when one is given: on a re-run those are all of them.
    """
    given = {"horizon": (as_of + timedelta(days=lead_days)).isoformat()}
    touched = _TOUCHED
    if unless_written_since is not None:
        touched += _NOT_WRITTEN
        given["unless_since"] = unless_written_since.isoformat()
    cursor = connection.execute(text(_DEBTS.format(touched=touched)), given).cursor
    rows: Sequence[Any] = cursor.fetchall() if cursor is not None else ()  # the driver's: there may be a million
    if not rows:
        return
    customers = load_customers(connection, sorted({row[0] for row in rows}))
    beside = _Beside(connection)
    for (customer_id, currency), own in groupby(rows, key=lambda row: (row[0], row[1])):
        yield beside.account(customers[customer_id], currency, tuple(own))


def load_account_now(connection: Connection, customer_id: int, currency: str) -> Account:
    """Return the account of a customer as it is now, without debts where nothing is owed."""
    given = {"customer_id": customer_id, "currency": currency}
    *who, money = connection.execute(_ONE_CUSTOMER_NOW, given).one()
    return Account(
        customer=_customer(who),
        currency=currency,
        debts=tuple(_debt(row) for row in connection.execute(_ONE_DEBTS, given)),
        on_account_minor=max(0, -int(money)),
        stops=tuple(stop_of(row) for row in connection.execute(_ONE_STOPS, given)),
    )


def load_stops(connection: Connection) -> dict[int, list[Stop]]:
    """Return what stops notices to whom, by customer."""
    found: dict[int, list[Stop]] = defaultdict(list)
    for row in connection.execute(text(_STOPS)):
        found[row.customer_id].append(stop_of(row))
    return found


def load_customer(connection: Connection, customer_id: int) -> Customer:
    """Return the customer of an id of the store."""
    return _customer(connection.execute(_ONE_CUSTOMER, {"id": customer_id}).one())


def load_customers(connection: Connection, ids: Sequence[int]) -> dict[int, Customer]:
    """Return these customers by the id of the store, in few queries."""
    return {row[0]: _customer(row) for row in fetch_in(connection, _MANY_CUSTOMERS, ids)}


_ONE_CUSTOMER = text(
    "SELECT id, company, code, name, currency, email, cc, country, language, time_zone, consumer, segment"
    " FROM customer WHERE id = :id"
)
_MANY_CUSTOMERS = str(_ONE_CUSTOMER).replace("id = :id", "id IN :values")


def _named(table: Table, columns: str) -> list[Column[Any]]:
    return [table.c[name] for name in columns.split()]


# Between two mails every microsecond of these counts. They are built from the tables, not written as text, because the
# library then keeps what it knows of the columns of their answers.
_WHO: BindParameter[int] = bindparam("customer_id")
_WHICH: BindParameter[str] = bindparam("currency")
_ONE_DEBTS = (
    select(
        *_named(open_item, "customer_id currency id number due_on open_minor episode kind amount_minor issue_on"),
    )
    .where(open_item.c.customer_id == _WHO, open_item.c.currency == _WHICH, open_item.c.open_minor != 0)
    .order_by(open_item.c.due_on, open_item.c.id)
)
_ONE_MONEY = (
    select(func.coalesce(func.sum(posting.c.amount_minor), 0))
    .where(posting.c.account == "on_account", posting.c.customer_id == _WHO, posting.c.currency == _WHICH)
    .scalar_subquery()
)
_ONE_CUSTOMER_NOW = select(
    *_named(customer, "id company code name currency email cc country language time_zone consumer segment"), _ONE_MONEY
).where(customer.c.id == _WHO)
_ONE_STOPS = select(
    *_named(stop, "id kind customer_id open_item_id reason amount_minor currency starts_on ends_on")
).where(stop.c.ended_at.is_(None), stop.c.customer_id == _WHO)


class _Beside:
    """What stands beside the debts of all: levels told, money on account, stops, and the day last written to."""

    def __init__(self, connection: Connection) -> None:
        self.payments = load_part_payments(connection)
        self.told = {row[0:2]: (row[2], row[3]) for row in connection.execute(text(_TOLD))}
        self.written = {row[0:2]: row[2] for row in connection.execute(text(_WRITTEN))}
        self.money = {row[0:2]: -int(row[2]) for row in connection.execute(text(_ON_ACCOUNT))}
        self.stops = load_stops(connection)

    def account(self, customer: Customer, currency: str, rows: Sequence[Any]) -> Account:
        written = self.written.get((customer.id, currency))
        return Account(
            customer=customer,
            currency=currency,
            debts=tuple(
                _debt(row, self.told.get((row[2], row[6]), _UNTOLD), self.payments.get(row[2], ())) for row in rows
            ),
            on_account_minor=max(0, self.money.get((customer.id, currency), 0)),
            stops=tuple(self.stops.get(customer.id, ())),
            written_on=_day(written) if written else None,
        )


_UNTOLD: tuple[int, str | None] = (0, None)


def _debt(row: Any, told: tuple[int, str | None] = _UNTOLD, payments: Payments = ()) -> Debt:
    _, _, item_id, number, due_on, open_minor, episode, kind, amount_minor, issue_on = row
    level, told_on = told
    return Debt(
        item_id,
        number,
        _day(due_on),
        open_minor,
        level,
        _day(told_on) if told_on else None,
        episode,
        kind,
        amount_minor,
        _day(issue_on),
        payments,
    )


@lru_cache(maxsize=4096)
def _day(written: str) -> date:
    return date.fromisoformat(written)


def _customer(row: Any) -> Customer:
    cc = tuple(part.strip() for part in row[6].replace(";", "|").replace(",", "|").split("|") if part.strip())
    return Customer(
        id=row[0],
        company=row[1],
        code=row[2],
        name=row[3],
        currency=row[4],
        email=row[5],
        cc=cc,
        country=row[7],
        language=row[8],
        time_zone=row[9],
        consumer=bool(row[10]),
        segment=row[11],
    )


def stop_of(row: Any) -> Stop:
    """Return a row of the table stop as a value."""
    return Stop(
        kind=StopKind(row.kind),
        customer_id=row.customer_id,
        starts_on=_day(row.starts_on),
        ends_on=_day(row.ends_on) if row.ends_on else None,
        open_item_id=row.open_item_id,
        reason=row.reason,
        id=row.id,
        amount_minor=row.amount_minor,
        currency=row.currency,
    )


@dataclass(frozen=True, slots=True)
class SavedPlan:
    """How many notices entered the outbox, how many became tasks, and how many were there already."""

    added: int
    tasks: int
    already: int


def save_plan(
    connection: Connection,
    notices: Sequence[Notice],
    *,
    run_id: int | None,
    planned_at: str,
    domain: str,
    policies: Iterable[tuple[str, str]] = (),
) -> SavedPlan:
    """Put the notices into the outbox, once: a second save of the same plan, or of another run's, adds nothing.

    `domain` is the sending domain of the Message-IDs, `planned_at` an instant of the books, `policies` are pairs of
    version and content.
    """
    known = [(version, content, planned_at) for version, content in policies]
    insert_new(connection, notice_policy, ("version", "policy", "first_used_at"), known)
    first = next_id(connection, notice)
    sequence = _sequence(connection, notices)
    rows = [
        _row(first + i, one, sequence.get((one.customer.id, one.currency, one.kind), 0), run_id, planned_at, domain)
        for i, one in enumerate(notices)
    ]
    insert_new(connection, notice, _COLUMNS, rows)
    inserted = {
        row[0] for row in connection.execute(text("SELECT id FROM notice WHERE id >= :first"), {"first": first})
    }
    kept = [(first + i, one) for i, one in enumerate(notices) if first + i in inserted]
    lost = _save_lines(connection, kept)
    kept = [(notice_id, one) for notice_id, one in kept if notice_id not in lost]
    tasks = _save_tasks(connection, kept, planned_at)
    return SavedPlan(len(kept) - tasks, tasks, len(notices) - len(kept))


_COLUMNS = [
    "id",
    "company",
    "customer_id",
    "currency",
    "kind",
    "day",
    "run_id",
    "policy_id",
    "policy_version",
    "level",
    "tier",
    "channel",
    "recipient",
    "cc",
    "subject",
    "language",
    "demanded_minor",
    "message_id",
    "content",
    "state",
    "state_reason",
    "planned_at",
]


def _row(notice_id: int, one: Notice, sequence: int, run_id: int | None, planned_at: str, domain: str) -> list[Any]:
    customer = one.customer
    return [
        notice_id,
        customer.company,
        customer.id,
        one.currency,
        one.kind,
        one.day.isoformat(),
        run_id,
        one.policy_id,
        one.policy_version,
        one.level,
        one.tier,
        one.channel,
        one.recipient,
        "|".join(one.cc),
        "",
        one.language,
        one.demanded_minor,
        message_id(notice_key(one, sequence), domain),
        _content(one),
        "task" if one.channel == "task" else "planned",
        one.why,
        planned_at,
    ]


def notice_key(one: Notice, sequence: int = 0) -> str:
    """Return the natural key of a notice: version, company, its own number, recipient. The number tells a second notice
    of the same day (after a cancelled one) from the first.
    """
    number = f"{one.customer.code}-{one.currency}-{one.kind}-{one.day.isoformat().replace('-', '')}-{sequence}"
    return f"v1|{one.customer.company}|{number}|{one.recipient}"


def message_id(key: str, domain: str) -> str:
    """Return the deterministic Message-ID of a key (RFC 5322 section 3.6.4 asks for uniqueness; the key is unique).

    >>> message_id("v1|acme|N-000123|a@b.com", "mail.example.com")
    '<n.ifgpjtpqp43yswcseqw2xv5lyo@mail.example.com>'
    """
    digest = hashlib.sha256(key.encode()).digest()[:20]  # 26 letters are 130 bits
    return f"<n.{base64.b32encode(digest).decode().lower()[:26]}@{domain}>"


def _content(one: Notice) -> str:
    """What the text is made from beside the lines; the lines are rows of their own."""
    facts: dict[str, Any] = {"tone": one.tone, "credits": one.credits, "on_account_minor": one.on_account_minor}
    if one.pay_by:
        facts["pay_by"] = one.pay_by.isoformat()
    return _JSON.encode(facts)


_JSON = json.JSONEncoder(separators=(",", ":"))


def _sequence(connection: Connection, notices: Sequence[Notice]) -> dict[tuple[int, str, str], int]:
    if not notices:
        return {}
    sql = (
        "SELECT customer_id, currency, kind, count(*) FROM notice WHERE day = :day GROUP BY customer_id, currency, kind"
    )
    rows = connection.execute(text(sql), {"day": notices[0].day.isoformat()})
    return {(row[0], row[1], row[2]): row[3] for row in rows}


def _save_lines(connection: Connection, kept: Sequence[tuple[int, Notice]]) -> set[int]:
    """Insert the lines; return the notices that another run got ahead of on one of their levels, cancelled again."""
    columns = ["notice_id", "open_item_id", "policy_id", "level", "episode", "open_minor", "days_past_due", "advances"]
    rows = [
        (notice_id, x.open_item_id, one.policy_id, x.level, x.episode, x.open_minor, x.days_past_due, int(x.advances))
        for notice_id, one in kept
        for x in one.lines
    ]
    if insert_new(connection, notice_line, columns, rows) == len(rows):
        return set()
    sql = "SELECT notice_id, open_item_id FROM notice_line WHERE notice_id >= :first"
    there = {tuple(row) for row in connection.execute(text(sql), {"first": kept[0][0]})}
    lost = {row[0] for row in rows if row[:2] not in there}
    for notice_id in lost:
        cancel_notice(connection, notice_id, "another notice says it already")
    return lost


def cancel_notice(connection: Connection, notice_id: int, reason: str) -> None:
    """Take a notice back before it was sent; its invoices return to the level they had."""
    given = {"id": notice_id, "reason": reason}
    connection.execute(text("UPDATE notice SET state = 'cancelled', state_reason = :reason WHERE id = :id"), given)
    connection.execute(text("UPDATE notice_line SET live = 0 WHERE notice_id = :id"), {"id": notice_id})


def cancel_stale(connection: Connection, before: date) -> int:
    """Take back what was planned before a day and never tried: a cap or a window held it, and its text grew old.

    The plan that follows says it anew. Returns how many.
    """
    given = {"before": before.isoformat()}
    stale = "state = 'planned' AND attempts = 0 AND kind = 'reminder' AND day < :before"
    connection.execute(
        text(f"UPDATE notice_line SET live = 0 WHERE notice_id IN (SELECT id FROM notice WHERE {stale})"), given
    )
    sql = f"UPDATE notice SET state = 'cancelled', state_reason = 'could not leave in time' WHERE {stale}"
    return connection.execute(text(sql), given).rowcount


def _save_tasks(connection: Connection, kept: Sequence[tuple[int, Notice]], planned_at: str) -> int:
    """Open one task per customer and reason for what no mail can do; count the notices that became tasks."""
    tasks = [one for _, one in kept if one.channel == "task"]
    first = next_id(connection, review_item)
    columns = [
        "id",
        "kind",
        "subject_id",
        "company",
        "currency",
        "amount_minor",
        "state",
        "reason",
        "opened_on",
        "opened_at",
    ]
    seen: dict[tuple[int, str], Notice] = {}
    for one in tasks:
        seen.setdefault((one.customer.id, _task_reason(one)), one)
    rows = [
        (first + i, "task", customer_id, one.customer.company, one.currency, one.demanded_minor, "open", reason,
         one.day.isoformat(), planned_at)
        for i, ((customer_id, reason), one) in enumerate(seen.items())
    ]  # fmt: skip
    insert_new(connection, review_item, columns, rows)
    return len(tasks)


def _task_reason(one: Notice) -> str:
    return f"{one.currency} {one.tier}: {one.why or 'to be done by a person'}"


def forget_trials(connection: Connection) -> int:
    """Take back all trial notices: the day mail goes live, customers have been told nothing yet. Returns how many."""
    connection.execute(
        text("UPDATE notice_line SET live = 0 WHERE notice_id IN (SELECT id FROM notice WHERE state = 'trial')")
    )
    sql = "UPDATE notice SET state = 'cancelled', state_reason = 'was a trial' WHERE state = 'trial'"
    return connection.execute(text(sql)).rowcount


def load_applied(connection: Connection, since_entry: int) -> list[tuple[Customer, str, list[NoticeLine]]]:
    """Return what deposits settled since an entry (exclusive), per customer and currency: a line per invoice.

    What was undone since is left out: its reversal brings the sum of the invoice to nothing.
    """
    sql = """
        SELECT p.customer_id, p.currency, o.id, o.number, o.due_on, -sum(p.amount_minor) AS settled, o.kind,
               o.amount_minor, o.issue_on
        FROM posting p JOIN entry e ON e.id = p.entry_id JOIN open_item o ON o.id = p.open_item_id
        WHERE e.id > :since AND p.account = 'receivable' AND e.bank_line_id IS NOT NULL
        GROUP BY p.customer_id, p.currency, o.id, o.number, o.due_on, o.kind, o.amount_minor, o.issue_on
        HAVING sum(p.amount_minor) < 0 ORDER BY p.customer_id, p.currency, o.due_on, o.number"""
    found: dict[tuple[int, str], list[NoticeLine]] = defaultdict(list)
    for customer_id, currency, item_id, number, due_on, settled, kind, amount, issue_on in connection.execute(
        text(sql), {"since": since_entry}
    ):
        line = NoticeLine(item_id, number, _day(due_on), int(settled), 0, 0, False, 1, kind, amount, _day(issue_on))
        found[customer_id, currency].append(line)
    return [(load_customer(connection, who), currency, lines) for (who, currency), lines in found.items()]
