"""What matching was asked when it decided a line: the books as they are, with that night's own postings taken back.

A placed line waits again, together with what the same run placed beside it; what they settled is open again and they
are no longer past. What people booked, imported or taught since then stays, so the decision may have changed since.

Room: store.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.frames import Deposits, Ints, OpenItems, Partition, PastAllocations, day_numbers, texts
from recon.store.bulk import fetch_in
from recon.store.frames import load_customers, load_partition

_SCOPE = "SELECT company, currency, state FROM bank_line WHERE id = :line"
_STANDING = """
FROM entry LEFT JOIN entry AS later ON later.reverses_id = entry.id
JOIN bank_line AS line ON line.id = entry.bank_line_id
WHERE later.id IS NULL AND entry.kind IN ('apply', 'on_account', 'set_aside')
"""
_RUN_OF = f"SELECT entry.run_id {_STANDING} AND entry.bank_line_id = :line ORDER BY entry.id DESC LIMIT 1"
_RUN_OF_QUEUED = "SELECT run_id FROM proposal WHERE bank_line_id = :line AND rank = 1"
_PLACED_BESIDE = f"""
SELECT line.id {_STANDING} AND entry.run_id = :run AND line.company = :company AND line.currency = :currency
AND line.state IN ('applied', 'on_account', 'set_aside')
"""
_SETTLED = """
SELECT open_item_id, -amount_minor FROM posting
WHERE account = 'receivable' AND open_item_id IS NOT NULL AND bank_line_id IN :values
"""
_ITEMS = """
SELECT id, customer_id, number, po_number, issue_on, due_on, amount_minor, terms FROM open_item WHERE id IN :values
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """The partition as it was asked, and where the line stands in its deposits."""

    partition: Partition
    position: int


def load_asked(connection: Connection, line_id: int, as_of: date) -> Asked:
    """Return what matching was asked about a bank line. Raises NotAllowed for a line it never decides."""
    row = connection.execute(text(_SCOPE), {"line": line_id}).first()
    if row is None:
        raise NotAllowed(f"there is no deposit D{line_id}", "`recon review list` names those that wait")
    company, currency, state = row
    if state in ("pending", "superseded", "returned"):
        raise NotAllowed(f"D{line_id} is {state}: matching does not decide it", "Ask about a deposit")
    partition = load_partition(connection, company, currency, as_of, load_customers(connection, company))
    again = _placed_with(connection, line_id, company, currency)
    partition = _waiting_again(partition, again)
    partition = replace(partition, open_items=_open_again(connection, partition, again))
    places = np.flatnonzero(partition.deposits.id == line_id)
    if not len(places):
        raise NotAllowed(f"D{line_id} is older than what matching learns from", "Ask about a newer deposit")
    return Asked(partition, int(places[0]))


def _placed_with(connection: Connection, line_id: int, company: str, currency: str) -> list[int]:
    """Return the lines of this partition that the run which decided the line has placed."""
    run = connection.execute(text(_RUN_OF), {"line": line_id}).first()
    own = [line_id] if run else []
    run = run or connection.execute(text(_RUN_OF_QUEUED), {"line": line_id}).first()
    if run is None or run[0] is None:
        return own
    given = {"run": run[0], "company": company, "currency": currency}
    return sorted({*own, *(each[0] for each in connection.execute(text(_PLACED_BESIDE), given))})


def _waiting_again(partition: Partition, line_ids: Sequence[int]) -> Partition:
    past, allocations = partition.past, partition.past_allocations
    back = np.isin(past.id, line_ids)
    place = np.cumsum(~back) - 1
    kept = allocations.take((allocations.deposit >= 0) & ~back[allocations.deposit])
    deposits = _joined(partition.deposits, past.take(back))
    return replace(
        partition,
        deposits=deposits.take(np.argsort(deposits.id, kind="stable")),
        past=past.take(~back),
        past_allocations=PastAllocations(
            place[kept.deposit].astype(np.int64), kept.customer, kept.invoice_number, kept.amount_minor
        ),
    )


def _joined(first: Deposits, second: Deposits) -> Deposits:
    columns = {name: (getattr(first, name), getattr(second, name)) for name in Deposits.__dataclass_fields__}
    return Deposits(**{name: np.concatenate(pair) for name, pair in columns.items()})


def _open_again(connection: Connection, partition: Partition, line_ids: Sequence[int]) -> OpenItems:
    """Return the open items with what these lines settled open again, in order of id."""
    back: dict[int, int] = {}
    for item_id, minor in fetch_in(connection, _SETTLED, line_ids):
        back[item_id] = back.get(item_id, 0) + int(minor)
    items = partition.open_items
    missing = sorted(back.keys() - set(items.id.tolist()))
    if missing:
        items = _with_closed(connection, partition, missing)
    opened = items.open_minor + np.array([back.get(each, 0) for each in items.id.tolist()], dtype=np.int64)
    items = replace(items, open_minor=opened)
    return items.take(items.open_minor != 0)


def _with_closed(connection: Connection, partition: Partition, ids: Sequence[int]) -> OpenItems:
    rows = list(zip(*sorted(fetch_in(connection, _ITEMS, ids)), strict=True))
    owners = np.searchsorted(partition.customers.id, rows[1])
    closed = OpenItems(
        np.array(rows[0], dtype=np.int64), owners.astype(np.int64), texts(rows[2]), texts(rows[3]),
        day_numbers(rows[4]), day_numbers(rows[5]), np.array(rows[6], dtype=np.int64),
        np.zeros(len(ids), dtype=np.int64), texts(rows[7]),
    )  # fmt: skip
    items = partition.open_items
    columns = {name: (getattr(items, name), getattr(closed, name)) for name in OpenItems.__dataclass_fields__}
    both = OpenItems(**{name: np.concatenate(pair) for name, pair in columns.items()})
    order: Ints = np.argsort(both.id, kind="stable")
    return both.take(order)
