"""Which sets of open invoices make up an amount: runs of neighbours first, other sets counted, not just found.

Invoices are given oldest due first. Payers pay what falls due together, so a run (neighbours without a gap) is
likely in
itself; an arbitrary subset is one of millions and proves nothing when many others fit as well.

>>> runs_to([100, 250, 300, 50], 550)
[(1, 2)]
>>> subsets_to([100, 250, 300, 50], 150)[0]
[(0, 3)]

Room: pure.
"""

import itertools
import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

import numpy as np

from matchers.meeting import Meeting
from recon.frames import Ints

_ZERO = np.zeros(1, dtype=np.int64)
MOST_ENUMERATED = 15  # 2**15 sums: a tenth of a millisecond
MOST_FOUND = 6
MOST_IN_ORDER = 10  # due dates of which the first invoices are tried
MOST_IN_TURN = 60  # invoices times amounts up to which one after the other is quicker than columns


def runs_to(opens: Sequence[int], amount: int, shortest: int = 2, most: int = MOST_FOUND) -> list[tuple[int, ...]]:
    """Return runs of neighbours that sum to the amount, as positions. All invoices are positive. Linear."""
    found = runs_to_any(opens, [amount], shortest)
    return [tuple(range(start, end)) for _, start, end in found[:most]]


def runs_to_any(opens: Sequence[int], amounts: Sequence[int], shortest: int = 1) -> list[tuple[int, int, int]]:
    """Return (place in amounts, start, end) of the runs that sum to any of the amounts.

    >>> runs_to_any([100, 250, 300], [250, 550])
    [(0, 1, 2), (1, 1, 3)]
    """
    if len(opens) * len(amounts) > MOST_IN_TURN:
        return _runs_in_columns(np.asarray(opens, dtype=np.int64), amounts, shortest)
    ends = list(itertools.accumulate(opens, initial=0))
    at = {value: place for place, value in enumerate(ends)}
    found: list[tuple[int, int, int]] = []
    for place, amount in enumerate(amounts):
        starts = ((at.get(value - amount), end) for end, value in enumerate(ends) if value >= amount)
        found += [(place, start, end) for start, end in starts if start is not None and end - start >= shortest]
    return found


def _runs_in_columns(opens: Ints, amounts: Sequence[int], shortest: int) -> list[tuple[int, int, int]]:
    ends = np.concatenate((_ZERO, opens.cumsum()))
    wanted = ends[None, :] - np.asarray(amounts, dtype=np.int64)[:, None]
    starts = ends.searchsorted(wanted.ravel()).reshape(wanted.shape)
    np.minimum(starts, len(opens), out=starts)
    rows, columns = np.nonzero(ends[starts] == wanted)
    hits = zip(rows.tolist(), starts[rows, columns].tolist(), columns.tolist(), strict=True)
    return [(row, start, end) for row, start, end in hits if end - start >= shortest]


def runs_near(opens: Ints, low: Sequence[int], high: Sequence[int]) -> list[tuple[int, int, int]]:
    """Return (place, start, end) of runs whose sum lies in the closed interval of that place; one start per end.

    >>> runs_near(np.array([100, 250, 300]), [549], [551])
    [(0, 1, 3)]
    """
    if not len(opens) or not _is_any_between(opens.tolist(), min(low), max(high)):
        return []
    ends = np.concatenate((_ZERO, opens.cumsum()))
    starts = ends.searchsorted(ends[None, :] - np.asarray(high, dtype=np.int64)[:, None])
    np.minimum(starts, len(opens), out=starts)
    sums = ends[None, :] - ends[starts]
    rows, columns = np.nonzero((sums >= np.asarray(low, dtype=np.int64)[:, None]) & (sums > 0))
    return list(zip(rows.tolist(), starts[rows, columns].tolist(), columns.tolist(), strict=True))


def _is_any_between(opens: Sequence[int], low: int, high: int) -> bool:
    """Tell whether the sum of any run lies in the closed interval: mostly none does, and nothing else is to be done."""
    ends = list(itertools.accumulate(opens, initial=0))
    return any(end - ends[bisect_left(ends, end - high)] >= low for end in ends[1:] if end >= low)


def runs_between(opens: Ints, low: int, high: int) -> list[tuple[int, int]]:
    """Return (start, end) of the longest run per end whose sum is in the closed interval, shortest runs first.

    >>> runs_between(np.array([100, 250, 300]), 540, 560)
    [(1, 3)]
    """
    ends = np.concatenate((_ZERO, opens.cumsum()))
    starts = ends.searchsorted(ends - high)
    fits = np.nonzero((starts < np.arange(len(ends))) & (ends - ends[np.minimum(starts, len(opens))] >= low))[0]
    return sorted(((int(starts[end]), int(end)) for end in fits), key=lambda run: run[1] - run[0])


def runs_but_one(opens: Sequence[int], amount: int, most: int = MOST_FOUND) -> list[tuple[int, ...]]:
    """Return runs with one invoice inside left out, for at most 60 invoices: of each start, a few ends come near."""
    if not 3 <= len(opens) <= 60:
        return []
    sums = list(itertools.accumulate(opens, initial=0))
    values, largest = set(opens), max(opens)
    found: list[tuple[int, ...]] = []
    for start, before in enumerate(sums):
        for end in range(bisect_right(sums, before + amount), len(sums)):
            excess = sums[end] - before - amount
            if excess > largest or len(found) >= most:
                break
            if excess in values:
                holes = [hole for hole in range(start + 1, end - 1) if opens[hole] == excess]
                found.extend(tuple(p for p in range(start, end) if p != hole) for hole in holes)
    return found[:most]


def subsets_to(opens: Sequence[int], amount: int, most: int = MOST_FOUND) -> tuple[list[tuple[int, ...]], int]:
    """Return subsets that sum to the amount, smallest first, and how many there are.

    All subsets up to fifteen invoices; above, pairs and (up to 60 invoices) triples only.
    """
    if amount <= 0 or sum(opens) < amount:
        return [], 0
    if len(opens) <= MOST_ENUMERATED:
        return _enumerate(opens, amount, most)
    found = pairs_to(opens, amount)
    if len(opens) <= 60 and len(found) < most:
        for first in range(len(opens)):
            rest = pairs_to(opens[first + 1 :], amount - opens[first], most)
            found.extend((first, *(first + 1 + p for p in pair)) for pair in rest)
    return found[:most], len(found)


def _enumerate(opens: Sequence[int], amount: int, most: int) -> tuple[list[tuple[int, ...]], int]:
    sums = np.zeros(1 << len(opens), dtype=np.int64)
    for place, value in enumerate(opens):
        np.add(sums[: 1 << place], value, out=sums[1 << place : 2 << place])
    masks = np.nonzero(sums == amount)[0].tolist()
    masks = sorted((mask for mask in masks if mask), key=lambda mask: mask.bit_count())
    return [tuple(i for i in range(len(opens)) if mask >> i & 1) for mask in masks[:most]], len(masks)


def pairs_to(opens: Sequence[int], amount: int, most: int = 40) -> list[tuple[int, ...]]:
    """Return pairs that sum to the amount. Linear."""
    seen: dict[int, list[int]] = {}
    found: list[tuple[int, ...]] = []
    for position, value in enumerate(opens):
        for other in seen.get(amount - value, ()):
            found.append((other, position))
            if len(found) >= most:
                return found
        seen.setdefault(value, []).append(position)
    return found


def first_of_each_to(
    groups: Sequence[Sequence[int]], amounts: Sequence[int], most: int = MOST_FOUND
) -> tuple[list[tuple[int, tuple[int, ...]]], int]:
    """Return how many of each group, first ones first, sum to one of the amounts, and how many ways were tried.

    Payers who work through due dates take the oldest numbers of each. Meets in the middle; leaves out later groups when
    there are too many ways to try. A way is (place in amounts, sizes).

    >>> first_of_each_to([[10, 20], [40, 80, 5]], [50, 51])
    ([(0, (1, 1))], 6)
    """
    sums = []
    most_wanted = max(amounts)
    for group in groups[:MOST_IN_ORDER]:
        steps = np.concatenate((_ZERO, np.asarray(group, dtype=np.int64).cumsum()))
        sums.append(steps[: int(steps.searchsorted(most_wanted, "right"))])
    halves = _halves(sums)
    left, right = (_all_sums(half) for half in halves)
    meeting = Meeting(right)
    found: list[tuple[int, tuple[int, ...]]] = []
    for place, amount in enumerate(amounts):
        rows, others = meeting.rows(left, amount, amount, most - len(found))
        for row, other in zip(rows.tolist(), others.tolist(), strict=True):
            found.append((place, (*_unravel(row, halves[0]), *_unravel(other, halves[1]))))
    return found, len(left) * len(right)


def _halves(sums: list[np.ndarray], most: int = 12_000) -> tuple[list[np.ndarray], list[np.ndarray]]:
    halves: tuple[list[np.ndarray], list[np.ndarray]] = ([], [])
    size = 1
    side = 0
    for steps in sums:
        if size * len(steps) > most:
            if side == 1:
                break
            side, size = 1, 1
        halves[side].append(steps)
        size *= len(steps)
    return halves


def _all_sums(half: list[np.ndarray]) -> np.ndarray:
    total = np.zeros(1, dtype=np.int64)
    for steps in reversed(half):
        total = (steps[:, None] + total).ravel()
    return total


def _unravel(place: int, half: list[np.ndarray]) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(place, [len(steps) for steps in half])) if half else ()


def group_points(positions: Sequence[int], group_of: Sequence[int], sizes: Sequence[int]) -> float:
    """Return the log of how likely a set is that takes the first of each due date, between the first and last it
    touches.
    """
    chosen: dict[int, list[int]] = {}
    for position in positions:
        chosen.setdefault(group_of[position], []).append(position)
    starts = [0, *itertools.accumulate(sizes)]
    points = -2.5 - 0.5 * min(chosen)
    for group in range(min(chosen), max(chosen) + 1):
        points -= 0.8 * math.log(sizes[group] + 1)
        inside = sorted(chosen.get(group, ()))
        gaps = sum(1 for offset, position in enumerate(inside) if position != starts[group] + offset)
        points -= min(gaps, 1) * 2.0 * math.log(sizes[group] + 1) + (2.0 if gaps else 0.0)
    return points


def structure_points(positions: Sequence[int], count: int) -> float:
    """Return the log of how likely payers choose this set among `count` open invoices, oldest due first.

    One invoice, or one run from the oldest, costs little; each further gap costs about the choice of where to put it.
    """
    size = len(positions)
    points = -0.6 if size == 1 else -1.5 - 1.2 * math.log(size)
    ordered = sorted(positions)
    if ordered[0] > 0:
        points -= 0.7 + math.log(count)
    else:
        points -= 0.5
    gaps = sum(1 for a, b in itertools.pairwise(ordered) if b != a + 1)
    return points - gaps * (1.2 + math.log(count))


def accidental_points(opens: Sequence[int], amount: int) -> float:
    """Return the log density of sums of arbitrary subsets at the amount: what an unlisted set could have hit."""
    del amount
    spread = sum(opens) or 1
    return -2.3 - math.log(max(2.0, 0.6 * spread))
