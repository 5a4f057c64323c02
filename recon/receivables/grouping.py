"""Several rows of one invoice: added up, or repeated; and rows of the same invoice where there should be one.

An invoice of which one row could not be read is set aside whole: half an invoice is a wrong invoice.

Room: pure.
"""

from collections import defaultdict
from dataclasses import replace

import numpy as np

from recon.frames import InvoiceRows
from recon.receivables.invoices import Batch
from recon.receivables.page import Fault

_SAME = ("company", "customer_code", "kind", "issue_day", "due_day", "currency")


def add_up_lines(batch: Batch) -> tuple[Batch, int]:
    """Return the batch with one row per invoice number, amounts summed, and how many rows were folded into others."""
    groups = _groups(batch)
    amount = batch.rows.amount_minor.copy()
    opened = batch.rows.open_minor.copy()
    for rows in groups.values():
        amount[rows[0]] = batch.rows.amount_minor[rows].sum()
        opened[rows[0]] = batch.rows.open_minor[rows].sum()
    kind = batch.rows.kind.copy()
    for rows in groups.values():
        kind[rows[0]] = "credit" if amount[rows[0]] < 0 else "invoice"
    summed = replace(batch, rows=replace(batch.rows, amount_minor=amount, open_minor=opened, kind=kind))
    return _first_rows(summed, groups, tuple(name for name in _SAME if name != "kind"))


def keep_first_of_repeats(batch: Batch) -> tuple[Batch, int]:
    """Return the batch with one row per invoice number; the repeated totals must agree."""
    return _first_rows(batch, _groups(batch), (*_SAME, "amount_minor", "open_minor"))


def _groups(batch: Batch) -> dict[str, list[int]]:
    groups: dict[str, list[int]] = defaultdict(list)
    for row, number in enumerate(batch.rows.number):
        if number and row not in batch.skipped:
            groups[number].append(row)
    return groups


def _first_rows(batch: Batch, groups: dict[str, list[int]], same: tuple[str, ...]) -> tuple[Batch, int]:
    faults, folded = dict(batch.faults), 0
    dropped: set[int] = set()
    for number, rows in groups.items():
        wrong = next((row for row in rows if row in faults), None)
        differing = next((name for name in same if len(set(getattr(batch.rows, name)[rows].tolist())) > 1), None)
        if wrong is not None or differing is not None:
            for row in rows:
                faults.setdefault(row, _shared_fault(number, differing))
        else:
            dropped.update(rows[1:])
            folded += len(rows) - 1
    return _without(replace(batch, faults=faults), dropped), folded


def _shared_fault(number: str, differing: str | None) -> Fault:
    if differing is None:
        return Fault(f"another row of invoice {number} could not be read", "Correct that row and import the file again")
    name = differing.replace("_minor", "").replace("_", " ")
    return Fault(f"the rows of invoice {number} differ in {name}", "Correct them and import the file again")


def _without(batch: Batch, dropped: set[int]) -> Batch:
    kept = [row for row in range(len(batch.rows)) if row not in dropped]
    new = {old: position for position, old in enumerate(kept)}
    return Batch(
        [batch.at[row] for row in kept],
        batch.rows.take(np.asarray(kept, dtype=np.int64)),
        [batch.emails[row] for row in kept],
        {new[row]: fault for row, fault in batch.faults.items() if row in new},
        {new[row]: what for row, what in batch.skipped.items() if row in new},
    )


def repeated_keys(rows: InvoiceRows) -> dict[int, Fault | None]:
    """Return the rows whose (company, customer, number) stands in another row too: None where an equal row is merely
    repeated, a fault for every row where they differ. The first of equal rows is not among them."""
    if len(set(rows.number)) == len(rows):
        return {}
    suspects = _same_hash(rows)
    groups: dict[tuple[str, str, str], list[int]] = defaultdict(list)
    for row in suspects:
        groups[rows.company[row], rows.customer_code[row], rows.number[row]].append(row)
    found: dict[int, Fault | None] = {}
    for (_, customer, number), group in groups.items():
        contents = {
            (*(getattr(rows, name)[row] for name in _SAME), rows.amount_minor[row], rows.open_minor[row])
            for row in group
        }
        if len(contents) > 1:
            what = f"invoice {number} of customer {customer} stands in {len(group)} different rows"
            found |= dict.fromkeys(group, Fault(what, "Keep the right one and import the file again"))
        else:
            found |= dict.fromkeys(group[1:], None)
    return found


def _same_hash(rows: InvoiceRows) -> list[int]:
    """Return the rows whose key may be repeated; a million keys are compared as numbers first."""
    keys = zip(rows.company, rows.customer_code, rows.number, strict=True)
    hashes = np.fromiter(map(hash, keys), dtype=np.int64, count=len(rows))
    order = np.argsort(hashes, kind="stable")
    equal = hashes[order][1:] == hashes[order][:-1]
    member = np.zeros(len(rows), dtype=bool)
    member[order[1:][equal]] = True
    member[order[:-1][equal]] = True
    return [int(row) for row in np.flatnonzero(member)]
