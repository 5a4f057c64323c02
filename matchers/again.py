"""Payments that come a second time: paid twice by mistake, or presented again because the first was returned.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from matchers.clues import Clue, payment_of
from recon.frames import Partition

LATEST = 60  # days after which an equal payment is another one
Settled = dict[tuple[int, str], int]  # customer and number -> minor units


def paid_twice(
    past: Sequence[Clue], clues: Sequence[Clue], returned: set[tuple[bool, int]]
) -> tuple[dict[int, float], dict[int, tuple[bool, int]]]:
    """Return, by position of the later line, points for "an earlier payment a second time", and which returned
    payment it presents again. Payments are (whether of the past, position).
    """
    often = _made_often([*past, *clues])
    seen: dict[tuple[str, int], list[Clue]] = defaultdict(list)
    gone: dict[tuple[str, int], tuple[int, bool, int]] = {}
    points: dict[int, float] = {}
    again: dict[int, tuple[bool, int]] = {}
    for is_past, line in ((True, past), (False, clues)):
        for clue in line:
            key = payment_of(clue)
            if hash(key) not in often:
                continue
            for earlier in seen[key]:
                if clue.day - earlier.day <= LATEST:
                    points[clue.position] = max(points.get(clue.position, -60.0), _likely_twice(earlier, clue))
            if key in gone and not is_past and clue.day - gone[key][0] <= LATEST:
                again[clue.position] = gone.pop(key)[1:]
            if (is_past, clue.position) in returned:
                gone[key] = clue.day, is_past, clue.position
            else:
                seen[key].append(clue)
        if is_past:
            points.clear()
    return points, again


def _made_often(clues: Sequence[Clue]) -> set[int]:
    """Return hashes of payments that several lines may be: a million others need not be kept as texts."""
    hashes = np.fromiter((hash(payment_of(clue)) for clue in clues), dtype=np.int64, count=len(clues))
    values, counts = np.unique(hashes, return_counts=True)
    return set(values[counts > 1].tolist())


def _likely_twice(earlier: Clue, later: Clue) -> float:
    one = {token.compact for token in earlier.tokens if len(token.digits) >= 4}
    two = {token.compact for token in later.tokens if len(token.digits) >= 4}
    if len(one & two) and len(one ^ two) <= 2:
        return 6.0 + 14.0 * sum(1 for token in later.tokens if token.compact in one and token.is_labelled_ours)
    return -4.5 if not (one - two) or not (two - one) or not (one & two) else -9.0


def undone(partition: Partition, clues: Sequence[Clue]) -> Iterator[int]:
    """Yield the positions of those past payments that a later past line took back, invoice by invoice."""
    amounts = partition.past.amount_minor
    debits: dict[int, list[int]] = defaultdict(list)
    for place in np.flatnonzero(amounts < 0).tolist():
        debits[-int(amounts[place])].append(place)
    for clue in clues:
        settled = settled_by(partition, clue.position) if clue.amount in debits else {}
        back = {key: -amount for key, amount in settled.items()}
        if back and any(settled_by(partition, debit) == back for debit in debits[clue.amount]):
            yield clue.position


def settled_by(partition: Partition, position: int) -> Settled:
    """Return what a past line settled."""
    past = partition.past_allocations
    rows = np.flatnonzero(past.deposit == position).tolist()
    return {(int(past.customer[row]), str(past.invoice_number[row])): int(past.amount_minor[row]) for row in rows}


def open_again(partition: Partition, settled: Mapping[tuple[int, str], int]) -> tuple[int, ...]:
    """Return the open items that a payment settled, all open by just that much; nothing when one of them is not."""
    items = partition.open_items
    found = []
    for (customer, number), amount in settled.items():
        rows = np.flatnonzero((items.open_minor == amount) & (items.customer == customer)).tolist()
        found += [row for row in rows if str(items.number[row]) == number][:1]
    return tuple(found) if len(found) == len(settled) else ()
