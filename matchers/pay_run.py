"""Which invoices a payment run takes: of each due date the first ones, weighed by how payers of this book do it.

A payer who says nothing still pays in order: what is due, oldest number first. How often a due date so many days away
is passed over, begun or paid in full is counted on deposits of the book that say what they pay. The likeliest runs that
hit one of several sums to the cent are found by meeting in the middle.

Room: pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from matchers.meeting import Meeting
from recon.frames import Floats, Ints

Flags = NDArray[np.bool_]

EARLIEST, LATEST = -12, 20  # days from the usual day of payment beyond which all due dates are alike
NONE, BEGUN, ALL = range(3)
MOST_LEARNED = 1_500  # deposits; more teach nothing new
SEEN_BEFORE = 12.0  # how many due dates the usual shares of the trade weigh against what the book shows
MOST_KEPT = 1_500  # likeliest halves kept; 1,500 x 1,500 runs are weighed per deposit
WORTH_KEEPING = 12.0  # points behind the likeliest half
MOST_HITS = 8
MOST_PAIRED = 120
BINS = 1_024
TILTS = np.linspace(-5.0, 5.0, 21)
_ODDS = np.exp(TILTS)[:, None]


@dataclass(slots=True)
class RunHabits:
    """How due dates were treated, counted by days from the usual day and by whether one invoice or more fall due then.

    `in_order` and `out_of_order` count due dates begun with their first invoices, and with others.
    """

    counts: dict[tuple[int, bool], list[float]] = field(default_factory=dict)
    in_order: float = 8.0
    out_of_order: float = 1.0
    learned: int = 0

    def learn(self, groups: Sequence[tuple[int, Sequence[bool]]]) -> None:
        """Count one deposit: per due date its days from the usual one, and which invoices it paid, in order."""
        self.learned += 1
        for offset, paid in groups:
            number = sum(paid)
            what = NONE if number == 0 else ALL if number == len(paid) else BEGUN
            self.counts.setdefault((_bucket(offset), len(paid) > 1), [0.0, 0.0, 0.0])[what] += 1.0
            if what == BEGUN:
                if all(paid[:number]):
                    self.in_order += 1.0
                else:
                    self.out_of_order += 1.0

    def shares(self, offset: int, size: int) -> tuple[float, float, float]:
        """Return the share of due dates passed over, begun and paid in full."""
        none, begun, paid = _usual(offset, size > 1)
        seen = self.counts.get((_bucket(offset), size > 1))
        if seen is None:
            return none, begun, paid
        total = seen[NONE] + seen[BEGUN] + seen[ALL] + SEEN_BEFORE
        return (
            (seen[NONE] + SEEN_BEFORE * none) / total,
            (seen[BEGUN] + SEEN_BEFORE * begun) / total,
            (seen[ALL] + SEEN_BEFORE * paid) / total,
        )

    def disorder(self, chances: Sequence[Floats]) -> float:
        """Return the chance that a run begins some due date with others than its first invoices."""
        begun = sum(float(np.exp(each[1:-1]).sum()) for each in chances if len(each) > 2)
        return 1.0 - math.exp(-begun * self.out_of_order / (self.in_order + self.out_of_order))


def _bucket(offset: int) -> int:
    return max(EARLIEST, min(LATEST, offset if offset < 8 else 8 + (offset - 8) // 4 * 4))


@lru_cache(maxsize=4_096)
def _usual(offset: int, of_several: bool) -> tuple[float, float, float]:
    """Return what is thought before anything was seen: due ones are touched every other time, later ones rarely."""
    touched = 0.45 / (1.0 + math.exp(offset - 2.0)) + 0.02
    if not of_several:
        return 1.0 - touched, 0.0, touched
    return 1.0 - touched, 0.6 * touched, 0.4 * touched


@dataclass(frozen=True, slots=True)
class Run:
    """A payment run: how many of each due date it takes, its log chance, and which sum it hits."""

    place: int
    points: float
    sizes: tuple[int, ...]


def log_chances(
    groups: Sequence[Sequence[int]], offsets: Sequence[int], habits: RunHabits, amount: int
) -> list[Floats]:
    """Return per due date the log chances to take its first 0, 1, ... invoices, for a payment of about this amount.

    The chances to take any are raised or lowered alike until the expected sum is the amount: payers of one invoice a
    week and payers of all that is due are not told apart otherwise.
    """
    shares = np.array([habits.shares(offset, len(group)) for group, offset in zip(groups, offsets, strict=True)])
    sums = [list(accumulate(group)) for group in groups]
    begun = np.array([sum(each[:-1]) / (len(each) - 1) if len(each) > 1 else 0.0 for each in sums])
    whole = np.array([float(each[-1]) for each in sums])
    none, some, every = shares.T
    taken = (_ODDS * (some * begun + every * whole)) / (none + _ODDS * (some + every))
    raised = math.exp(float(TILTS[np.abs(taken.sum(axis=1) - amount).argmin()]))
    counts = np.array([len(group) + 1 for group in groups])
    ends = counts.cumsum()
    firsts = ends - counts
    weights = (raised * some / np.maximum(1, counts - 2)).repeat(counts)
    weights[firsts], weights[ends - 1] = none, raised * every
    logs = np.log(weights / np.add.reduceat(weights, firsts).repeat(counts) + 1e-9)
    return [logs[first:end] for first, end in zip(firsts.tolist(), ends.tolist(), strict=True)]


def likeliest_runs(
    groups: Sequence[Sequence[int]],
    chances: Sequence[Floats],
    low: Sequence[int],
    high: Sequence[int],
    shares: Sequence[float],
) -> tuple[list[Run], float, float]:
    """Return the likeliest runs whose sum is within [low, high] of a place, best first; the chance of the others that
    fit, weighed by the place's share; and the share of all runs (by chance) that was not looked at.

    >>> even = [np.log(np.full(3, 1 / 3)), np.log(np.full(2, 1 / 2))]
    >>> runs, others, missed = likeliest_runs([[10, 20], [40]], even, [50], [50], [1.0])
    >>> runs[0].sizes, others, round(missed, 3)
    ((1, 1), 0.0, 0.0)
    """
    first, second = _halves(chances)
    left, right = _Half(groups, chances, first, max(high)), _Half(groups, chances, second, max(high))
    meeting = Meeting(right.sums)
    hits = [meeting.rows(left.sums, least, most) for least, most in zip(low, high, strict=True)]
    rows, others = (np.concatenate([hit[side] for hit in hits]) for side in (0, 1))
    places = np.arange(len(hits)).repeat([len(hit[0]) for hit in hits])
    points = left.points[rows] + right.points[others]
    shared = points + np.log(np.asarray(shares))[places]
    best = (-shared).argsort(kind="stable")
    picks = best[:MOST_HITS]
    found = _runs(left, right, rows[picks], others[picks], places[picks], points[picks])
    rest = float(np.exp(shared[best[MOST_HITS:]]).sum())
    return found, rest, 1.0 - (1.0 - left.missed) * (1.0 - right.missed)


def likely_runs(
    groups: Sequence[Sequence[int]], chances: Sequence[Floats], low: int, high: int, most: int
) -> list[Run]:
    """Return the likeliest runs with a sum within [low, high], best first.

    >>> even = [np.log(np.full(3, 1 / 3)), np.log(np.array([0.6, 0.4]))]
    >>> [run.sizes for run in likely_runs([[10, 20], [40]], even, 15, 60, 2)]
    [(2, 0), (0, 1)]
    """
    left, right = (_Half(groups, chances, half, high) for half in _halves(chances))
    firsts, seconds = (np.argsort(-half.points, kind="stable")[:MOST_PAIRED] for half in (left, right))
    sums = (left.sums[firsts][:, None] + right.sums[seconds]).ravel()
    points = (left.points[firsts][:, None] + right.points[seconds]).ravel()
    fits = ((sums >= low) & (sums <= high)).nonzero()[0]
    picks = fits[(-points[fits]).argsort(kind="stable")[:most]]
    rows, others = firsts[picks // len(seconds)], seconds[picks % len(seconds)]
    return _runs(left, right, rows, others, np.zeros_like(picks), points[picks])


def spread_minor(groups: Sequence[Sequence[int]], chances: Sequence[Floats]) -> float:
    """Return the standard deviation of what a run pays, in minor units; at least one."""
    counts = np.array([len(each) for each in chances])
    firsts = counts.cumsum() - counts
    sums = np.array([each for group in groups for each in accumulate(group, initial=0)], dtype=float)
    weights = np.exp(np.concatenate(chances))
    means = np.add.reduceat(weights * sums, firsts)
    return math.sqrt(1.0 + float(weights @ (sums - means.repeat(counts)) ** 2))


def undecided_points(chances: Sequence[Floats]) -> list[float]:
    """Return per due date how open it is what is taken: the entropy in points."""
    every = np.concatenate(chances)
    counts = np.array([len(each) for each in chances])
    points: list[float] = (-np.add.reduceat(np.exp(every) * every, counts.cumsum() - counts)).tolist()
    return points


def _halves(chances: Sequence[Floats]) -> tuple[list[int], list[int]]:
    """Return two halves of the due dates that are about equally undecided."""
    undecided = undecided_points(chances)
    halves: tuple[list[int], list[int]] = ([], [])
    weight = [0.0, 0.0]
    for group in sorted(range(len(chances)), key=lambda g: -undecided[g]):
        side = int(weight[1] < weight[0])
        halves[side].append(group)
        weight[side] += undecided[group]
    return halves


class _Half:
    """All ways to treat some due dates, the likeliest kept."""

    def __init__(
        self, groups: Sequence[Sequence[int]], chances: Sequence[Floats], chosen: Sequence[int], most: int
    ) -> None:
        self.chosen = sorted(chosen, key=lambda g: len(groups[g]))
        self.sums: Ints = np.zeros(1, dtype=np.int64)
        self.points: Floats = np.zeros(1)
        self.trail: list[tuple[Ints, int]] = []  # which ways with which step were kept, and how many ways there were
        self.missed = 0.0
        for group in self.chosen:
            self._take(np.array([0, *accumulate(groups[group])]), chances[group], most)

    def _take(self, steps: Ints, chances: Floats, most: int) -> None:
        ways = len(self.sums)
        sums, points = (steps[:, None] + self.sums).ravel(), (chances[:, None] + self.points).ravel()
        least = self.points.max() + chances.max() - WORTH_KEEPING
        kept = ((sums <= most) & (points >= least)).nonzero()[0]
        self.sums, self.points = sums[kept], points[kept]
        if len(kept) > MOST_KEPT:
            chosen = _largest(self.points, MOST_KEPT)
            self.missed += float(np.exp(self.points[~chosen]).sum())
            kept, self.sums, self.points = kept[chosen], self.sums[chosen], self.points[chosen]
        self.trail.append((kept, ways))

    def put(self, rows: Ints, sizes: Ints) -> None:
        """Write how many of each due date the ways at these rows take: a row of sizes for each way."""
        for group, (kept, ways) in zip(reversed(self.chosen), reversed(self.trail), strict=True):
            sizes[:, group], rows = np.divmod(kept[rows], ways)


def _runs(left: _Half, right: _Half, rows: Ints, others: Ints, places: Ints, points: Floats) -> list[Run]:
    """Return the runs at these rows of both halves, in order."""
    sizes = np.zeros((len(rows), len(left.chosen) + len(right.chosen)), dtype=np.int64)
    left.put(rows, sizes)
    right.put(others, sizes)
    columns = places.tolist(), points.tolist(), sizes.tolist()
    return [Run(place, score, tuple(each)) for place, score, each in zip(*columns, strict=True)]


def _largest(points: Floats, most: int) -> Flags:
    """Return which are the largest; of equal ones the first, for due dates alike are equally likely to the last bit.

    Only the bin with the last of them is sorted. A partition is slower, and which equal ones it takes depends on the
    processor.

    >>> _largest(np.array([-1.0, -3.0, -2.0, -2.0, -2.0]), 3).tolist()
    [True, False, True, True, False]
    """
    least = points.min()
    bins = ((points - least) * (BINS / max(1.0, float(points.max() - least)))).astype(np.int64)
    above = np.bincount(bins)[::-1].cumsum()
    edge = int(above.searchsorted(most))  # bins from the top that hold all of them
    last = len(above) - 1 - edge
    chosen: Flags = bins > last
    inside = (bins == last).nonzero()[0]
    missing = most - (int(above[edge - 1]) if edge else 0)
    chosen[inside[(-points[inside]).argsort(kind="stable")[:missing]]] = True
    return chosen
