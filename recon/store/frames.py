"""Load what matching may look at, as columns, one partition per company and currency that has something to explain.

Room: store.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, text

from recon.frames import Customers, Deposits, Ints, OpenItems, Partition, PastAllocations, Teachings, day_number
from recon.store.columns import fetch_columns

PAST_DAYS = 550  # what matching learns from; older habits of payers mislead


def load_partitions(connection: Connection, as_of: date, past_days: int = PAST_DAYS) -> Iterator[Partition]:
    """Yield a partition for each company and currency with unresolved lines, one in memory at a time.

    Ids of past lines that come from an imported history are negative: the books know nothing to rewind there.
    """
    customers: dict[str, Customers] = {}
    for company, currency in _unresolved(connection):
        if company not in customers:
            customers = {company: load_customers(connection, company)}
        yield load_partition(connection, company, currency, as_of, customers[company], past_days)


def load_partition(
    connection: Connection, company: str, currency: str, as_of: date, customers: Customers, past_days: int = PAST_DAYS
) -> Partition:
    """Return all that matching may look at for one company and currency."""
    scope = _Scope(company, currency, (as_of - timedelta(days=past_days)).isoformat())
    past, allocations = _load_past(connection, scope, customers)
    return Partition(
        company=company,
        currency=currency,
        as_of_day=day_number(as_of),
        deposits=Deposits(*fetch_columns(connection, _DEPOSITS, _DEPOSIT_KINDS, scope.given)),
        open_items=load_open_items(connection, company, currency, customers),
        customers=customers,
        past=past,
        past_allocations=allocations,
        teachings=_load_teachings(connection, company, customers),
    )


def load_customers(connection: Connection, company: str) -> Customers:
    """Return the customers of a company in order of id."""
    sql = (
        "SELECT id, code, name, aliases, bank_accounts, parent_code FROM customer WHERE company = :company ORDER BY id"
    )
    ids, code, name, aliases, accounts, parents = fetch_columns(connection, sql, "ittttt", {"company": company})
    parent = np.full(len(ids), -1, dtype=np.int64)
    having = np.flatnonzero(parents != "")
    if len(having):
        position = {each: n for n, each in enumerate(code.tolist())}
        parent[having] = [position.get(each, -1) for each in parents[having].tolist()]
    return Customers(ids, code, name, aliases, accounts, parent)


def load_open_items(connection: Connection, company: str, currency: str, customers: Customers) -> OpenItems:
    """Return what is open, in order of id."""
    given = {"company": company, "currency": currency}
    ids, owner, *rest = fetch_columns(connection, _OPEN_ITEMS, "iittddiit", given)
    return OpenItems(ids, positions(customers.id, owner), *rest)


@dataclass(frozen=True, slots=True)
class _Scope:
    company: str
    currency: str
    since: str

    @property
    def given(self) -> Mapping[str, object]:
        return {"company": self.company, "currency": self.currency, "since": self.since}


_TEXTS = "kind, check_number, payer, payer_account, remittance, reference, end_to_end_id"
_DEPOSIT_KINDS = "iidttttttttb"
_LINE = ", ".join(f"line.{name.strip()}" for name in _TEXTS.split(","))
_DEPOSITS = f"""
SELECT line.id, line.amount_minor, line.booked_on, line.bank_id, {_LINE},
       CASE WHEN line.by_hand = 0 AND (s.proof <> 'DISCREPANCY' OR s.accepted_by <> '') THEN 1 ELSE 0 END
FROM bank_line AS line JOIN statement AS s ON s.id = line.statement_id
WHERE line.state IN ('new', 'in_review') AND line.company = :company AND line.currency = :currency
ORDER BY line.id
"""
_OPEN_ITEMS = """
SELECT id, customer_id, number, po_number, issue_on, due_on, amount_minor, open_minor, terms FROM open_item
WHERE open_minor <> 0 AND company = :company AND currency = :currency ORDER BY id
"""
_OWN_PAST = f"""
SELECT id, amount_minor, booked_on, bank_id, {_TEXTS}, 1 FROM bank_line
WHERE state IN ('applied', 'on_account', 'set_aside', 'returned') AND company = :company AND currency = :currency
  AND booked_on >= :since ORDER BY id
"""
_OLD_PAST = f"""
SELECT -id, amount_minor, booked_on, bank_id, {_TEXTS}, 1 FROM past_line
WHERE company = :company AND currency = :currency AND booked_on >= :since ORDER BY -id
"""
# The cash on an invoice is what left the receivable less what was booked beside it; both carry the open item.
_OWN_ALLOCATIONS = """
SELECT p.bank_line_id, coalesce(p.customer_id, 0), coalesce(item.number, ''), CAST(-sum(p.amount_minor) AS BIGINT)
FROM posting AS p JOIN bank_line AS line ON line.id = p.bank_line_id
LEFT JOIN open_item AS item ON item.id = p.open_item_id
WHERE line.state IN ('applied', 'on_account') AND line.company = :company AND line.currency = :currency
  AND line.booked_on >= :since AND p.customer_id IS NOT NULL
GROUP BY p.bank_line_id, p.customer_id, item.number HAVING sum(p.amount_minor) <> 0
ORDER BY p.bank_line_id, p.customer_id, item.number
"""
_OLD_ALLOCATIONS = """
SELECT -a.past_line_id, coalesce(a.customer_id, 0), a.invoice_number, a.amount_minor
FROM past_allocation AS a JOIN past_line AS line ON line.id = a.past_line_id
WHERE line.company = :company AND line.currency = :currency AND line.booked_on >= :since
ORDER BY a.past_line_id, a.ordinal
"""


def _unresolved(connection: Connection) -> list[tuple[str, str]]:
    sql = "SELECT DISTINCT company, currency FROM bank_line WHERE state IN ('new', 'in_review') ORDER BY 1, 2"
    return [(row[0], row[1]) for row in connection.execute(text(sql))]


def _load_past(connection: Connection, scope: _Scope, customers: Customers) -> tuple[Deposits, PastAllocations]:
    old = fetch_columns(connection, _OLD_PAST, _DEPOSIT_KINDS, scope.given)
    own = fetch_columns(connection, _OWN_PAST, _DEPOSIT_KINDS, scope.given)
    past = Deposits(*(np.concatenate(pair) for pair in zip(old, own, strict=True)))  # ids ascend: negative ones first
    old = fetch_columns(connection, _OLD_ALLOCATIONS, "iiti", scope.given)
    own = fetch_columns(connection, _OWN_ALLOCATIONS, "iiti", scope.given)
    line, customer, number, minor = (np.concatenate(pair) for pair in zip(old, own, strict=True))
    return past, PastAllocations(positions(past.id, line), positions(customers.id, customer), number, minor)


def _load_teachings(connection: Connection, company: str, customers: Customers) -> Teachings:
    sql = "SELECT customer_id, key, is_positive, substr(taught_at, 1, 10) FROM teaching"
    sql += " WHERE company = :company ORDER BY id"
    owner, key, is_positive, day = fetch_columns(connection, sql, "itbd", {"company": company})
    return Teachings(positions(customers.id, owner), key, is_positive, day)


def positions(sorted_ids: Ints, wanted: NDArray[Any]) -> Ints:
    """Return where each wanted id stands, -1 where it does not."""
    if not len(sorted_ids):
        return np.full(len(wanted), -1, dtype=np.int64)
    found = np.searchsorted(sorted_ids, wanted)
    found = np.minimum(found, len(sorted_ids) - 1)
    return np.where(sorted_ids[found] == wanted, found, -1).astype(np.int64)
