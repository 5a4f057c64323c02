"""What the books knew at an instant: entries and acts recorded by then, lines and open items imported by then.

Nothing is kept twice for it. Entries and audit rows carry their instant, and everything else came in by one of them.

Room: store.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, text

from recon.errors import NotAllowed
from recon.store.bulk import fetch_in
from recon.store.explain import Explanation, ItemNow, explain


@dataclass(frozen=True, slots=True)
class BooksThen:
    """The books as they were: balances by (company, currency, account), what was open by (company, currency), head."""

    balances: tuple[tuple[str, str, str, int], ...]
    receivables: tuple[tuple[str, str, int, int], ...]  # company, currency, open items, minor units
    head: str  # as `recon verify` would have printed it


def known_at(connection: Connection, subject: str, instant: str) -> Explanation:
    """Explain the subject with only what was in the books by an instant (27 characters, UTC).

    Suggestions are kept as they are now, so none are shown. Raises NotAllowed when nothing of it was known yet.
    """
    now = explain(connection, subject)
    entries = tuple(replace(each, undone_by=None) for each in now.entries if each.recorded_at <= instant)
    undone = {each.entry.reverses_id: each.id for each in entries if each.entry.reverses_id is not None}
    entries = tuple(replace(each, undone_by=undone.get(each.id)) for each in entries)
    arrived = _arrived(connection, [line.id for line in now.lines])
    lines = tuple(line for line in now.lines if arrived[line.id] <= instant)
    items = tuple(_items_then(connection, now.items, instant))
    if not (lines or items or entries):
        raise NotAllowed(f"the books did not know {subject!r} then", "Name a later --known-at")
    audit = tuple(row for row in now.audit if row[0] <= instant)
    return Explanation(subject, lines, items, entries, (), audit)


def books_at(connection: Connection, instant: str) -> BooksThen:
    """Return the books as they were known at an instant."""
    given = {"instant": instant}
    balances = tuple(
        (company, currency, account, int(minor))
        for company, currency, account, minor in connection.execute(text(_BALANCES), given)
        if minor
    )
    sums: dict[tuple[str, str], list[int]] = {}
    then = _then(connection, instant)
    for row in connection.execute(text(_OPEN), given):
        if opened := then.open_of(row):
            counted = sums.setdefault((row.company, row.currency), [0, 0])
            counted[0] += 1
            counted[1] += opened
    receivables = tuple((*key, count, minor) for key, (count, minor) in sorted(sums.items()))
    return BooksThen(balances, receivables, " ".join(_head(connection, *each, instant) for each in _CHAINS))


_CHAINS = (("entry", "recorded_at"), ("audit", "at"))
_BALANCES = """
SELECT entry.company, p.currency, p.account, sum(p.amount_minor) FROM posting AS p
JOIN entry ON entry.id = p.entry_id WHERE entry.recorded_at <= :instant
GROUP BY entry.company, p.currency, p.account ORDER BY entry.company, p.currency, p.account
"""
_OPEN = """
SELECT i.id, i.company, i.currency, i.kind, i.customer_id, i.number, i.amount_minor, i.settled_elsewhere_minor,
       coalesce((SELECT sum(p.amount_minor) FROM posting AS p JOIN entry AS e ON e.id = p.entry_id
                 WHERE p.open_item_id = i.id AND p.account = 'receivable' AND e.recorded_at <= :instant), 0) AS posted
FROM open_item AS i"""
# A charge is there once its entry is, and away once that is undone; its number begins the entry's reason.
_CHARGES = """
SELECT p.customer_id, c.reason FROM entry AS c JOIN posting AS p ON p.entry_id = c.id AND p.ordinal = 0
LEFT JOIN entry AS undone ON undone.reverses_id = c.id AND undone.recorded_at <= :instant
WHERE c.kind = 'charge' AND c.recorded_at <= :instant AND undone.id IS NULL"""


@dataclass(frozen=True, slots=True)
class _Then:
    """Which open items there were: spans of imported ones, and reasons of standing charges by customer."""

    imports: tuple[tuple[int, int], ...]
    charges: dict[int, list[str]]

    def open_of(self, row: Any) -> int | None:
        """Return what was open of an item, None while the books did not know it."""
        if row.kind == "charge":
            is_there = any(reason.startswith(f"{row.number}: ") for reason in self.charges.get(row.customer_id, ()))
            return int(row.amount_minor + row.posted) if is_there else None
        if not any(first <= row.id <= last for first, last in self.imports):
            return None
        return int(row.amount_minor - row.settled_elsewhere_minor + row.posted)


def _then(connection: Connection, instant: str) -> _Then:
    """The audit row of each import names its first and last open item."""
    given = {"instant": instant}
    sql = text("SELECT detail FROM audit WHERE action = 'import_open_items' AND at <= :instant ORDER BY id")
    told = [json.loads(detail) for detail in connection.execute(sql, given).scalars()]
    charges: dict[int, list[str]] = {}
    for customer_id, reason in connection.execute(text(_CHARGES), given):
        charges.setdefault(customer_id, []).append(reason)
    return _Then(tuple((each["first"], each["last"]) for each in told), charges)


def _arrived(connection: Connection, line_ids: Sequence[int]) -> dict[int, str]:
    sql = (
        "SELECT line.id, f.received_at FROM bank_line AS line JOIN statement AS s ON s.id = line.statement_id"
        " JOIN source_file AS f ON f.id = s.file_id WHERE line.id IN :values"
    )
    return {row[0]: row[1] for row in fetch_in(connection, sql, line_ids)}


def _items_then(connection: Connection, items: Sequence[ItemNow], instant: str) -> Iterator[ItemNow]:
    then = _then(connection, instant)
    for item in items:
        row = connection.execute(text(f"{_OPEN} WHERE i.id = :id"), {"id": item.id, "instant": instant}).one()
        opened = then.open_of(row)
        if opened is not None:
            yield replace(item, open_minor=opened)


def _head(connection: Connection, chain: str, column: str, instant: str) -> str:
    sql = text(f"SELECT id, hash FROM {chain} WHERE {column} <= :instant ORDER BY id DESC LIMIT 1")
    row = connection.execute(sql, {"instant": instant}).first()
    return f"{chain}:{row[0]}:{row[1]}" if row else f"{chain}:0:{'0' * 64}"
