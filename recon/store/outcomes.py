"""What became of each bank line, by the bank's own id: for checking the books against known answers.

Room: store.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import Connection, text

PLACING = "('apply', 'on_account', 'set_aside', 'return')"
_ENTRIES = f"""
SELECT entry.id, entry.kind, line.id, line.bank_id FROM entry JOIN bank_line AS line ON line.id = entry.bank_line_id
LEFT JOIN entry AS later ON later.reverses_id = entry.id
WHERE entry.kind IN {PLACING} AND later.id IS NULL ORDER BY entry.id
"""
_SHARES = f"""
SELECT p.entry_id, coalesce(customer.code, ''), coalesce(item.number, ''), p.account, p.bank_line_id,
       -sum(p.amount_minor)
FROM posting AS p JOIN entry ON entry.id = p.entry_id
LEFT JOIN customer ON customer.id = p.customer_id LEFT JOIN open_item AS item ON item.id = p.open_item_id
WHERE entry.kind IN {PLACING} AND p.account <> 'unidentified_cash' AND p.account <> 'bank'
GROUP BY p.entry_id, customer.code, item.number, p.account, p.bank_line_id ORDER BY p.entry_id
"""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a line was placed. `shares` are (customer code, invoice number, cash in minor units); "" is on account."""

    kind: str  # apply, on_account, set_aside, return
    shares: tuple[tuple[str, str, int], ...] = ()
    set_aside: str = ""
    return_of: str = ""  # bank id of the line it takes back


def outcomes(connection: Connection) -> dict[str, Outcome]:
    """Return what the standing entries say of each placed line, by bank id. Lines that wait are not in it."""
    parts: dict[int, list[tuple[str, str, str, int | None, int]]] = defaultdict(list)
    for entry_id, code, number, account, line_id, minor in connection.execute(text(_SHARES)):
        parts[entry_id].append((code, number, account, line_id, int(minor)))
    names = {row[0]: row[1] for row in connection.execute(text("SELECT id, bank_id FROM bank_line"))}
    placed = connection.execute(text(_ENTRIES))
    return {bank_id: _outcome(kind, line_id, parts[entry_id], names) for entry_id, kind, line_id, bank_id in placed}


def _outcome(
    kind: str, line_id: int, parts: list[tuple[str, str, str, int | None, int]], names: dict[int, str]
) -> Outcome:
    if kind == "set_aside":
        return Outcome(kind, set_aside=parts[0][2].removeprefix("set_aside:"))
    if kind == "return":
        taken = {other for *_, other, _ in parts if other not in (None, line_id)}
        return Outcome(kind, return_of=names[min(one for one in taken if one is not None)] if taken else "?")
    cash: dict[tuple[str, str], int] = defaultdict(int)
    for code, number, _, _, minor in parts:
        cash[code, number] += minor
    return Outcome(kind, tuple((code, number, minor) for (code, number), minor in sorted(cash.items()) if minor))
