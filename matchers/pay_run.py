"""Which invoices a payment run takes: of each due date the first ones, weighed by how payers of this book do it.

A payer who says nothing still pays in order: what is due, oldest number first. How often a due date so many days away
is passed over, begun or paid in full is counted on deposits of the book that say what they pay. The likeliest runs that
hit one of several sums to the cent are found by meeting in the middle.

Room: pure.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recon.frames import Floats, Ints

EARLIEST, LATEST = -12, 20  # days from the usual day of payment beyond which all due dates are alike
NONE, BEGUN, ALL = range(3)
MOST_LEARNED = 1_500  # deposits; more teach nothing new
SEEN_BEFORE = 12.0  # how many due dates the usual shares of the trade weigh against what the book shows
MOST_KEPT = 1_500  # likeliest halves kept; 1,500 x 1,500 runs are weighed per deposit
WORTH_KEEPING = 12.0  # points behind the likeliest half
MOST_HITS = 8
MOST_PAIRED = 120
TILTS = np.linspace(-5.0, 5.0, 21)


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
        seen = self.counts.get((_bucket(offset), size > 1), (0.0, 0.0, 0.0))
        usual = _usual(offset, size)
        total = sum(seen) + SEEN_BEFORE
        none, begun, paid = ((count + SEEN_BEFORE * share) / total for count, share in zip(seen, usual, strict=True))
        return none, begun, paid

    def disorder(self, chances: Sequence[Floats]) -> float:
        """Return the chance that a run begins some due date with others than its first invoices."""
        begun = sum(float(np.exp(each[1:-1]).sum()) for each in chances)
        return 1.0 - math.exp(-begun * self.out_of_order / (self.in_order + self.out_of_order))


def _bucket(offset: int) -> int:
    return max(EARLIEST, min(LATEST, offset if offset < 8 else 8 + (offset - 8) // 4 * 4))


def _usual(offset: int, size: int) -> tuple[float, float, float]:
    """Return what is thought before anything was seen: due ones are touched every other time, later ones rarely."""
    touched = 0.45 / (1.0 + math.exp(offset - 2.0)) + 0.02
    if size == 1:
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
    sums = [np.cumsum(group) for group in groups]
    begun = np.array([float(each[:-1].mean()) if len(each) > 1 else 0.0 for each in sums])
    whole = np.array([float(each[-1]) for each in sums])
    odds = np.exp(TILTS)[:, None]
    taken = (odds * (shares[:, BEGUN] * begun + shares[:, ALL] * whole)) / (
        shares[:, NONE] + odds * (shares[:, BEGUN] + shares[:, ALL])
    )
    tilt = float(TILTS[int(np.argmin(np.abs(taken.sum(axis=1) - amount)))])
    return [_of_one(share, len(group), tilt) for share, group in zip(shares, groups, strict=True)]


def _of_one(share: Floats, size: int, tilt: float) -> Floats:
    raised = math.exp(tilt)
    weights = np.full(size + 1, raised * share[BEGUN] / max(1, size - 1))
    weights[0] = share[NONE]
    weights[size] = raised * share[ALL]
    logs: Floats = np.log(weights / weights.sum() + 1e-9)
    return logs


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
    order = np.argsort(right.sums, kind="stable")
    ranked = right.sums[order]
    hits = [_meeting(left.sums, ranked, least, most) for least, most in zip(low, high, strict=True)]
    rows, others = (np.concatenate([hit[side] for hit in hits]) for side in (0, 1))
    others = order[others]
    places = np.repeat(np.arange(len(hits)), [len(hit[0]) for hit in hits])
    points = left.points[rows] + right.points[others]
    shared = points + np.log(np.asarray(shares))[places]
    best = np.argsort(-shared, kind="stable")
    found = []
    for pick in best[:MOST_HITS].tolist():
        sizes = [0] * len(groups)
        left.put(int(rows[pick]), sizes)
        right.put(int(others[pick]), sizes)
        found.append(Run(int(places[pick]), float(points[pick]), tuple(sizes)))
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
    sums = (left.sums[firsts][:, None] + right.sums[seconds][None, :]).ravel()
    points = (left.points[firsts][:, None] + right.points[seconds][None, :]).ravel()
    fits = np.nonzero((sums >= low) & (sums <= high))[0]
    found = []
    for pick in fits[np.argsort(-points[fits], kind="stable")[:most]].tolist():
        sizes = [0] * len(groups)
        left.put(int(firsts[pick // len(seconds)]), sizes)
        right.put(int(seconds[pick % len(seconds)]), sizes)
        found.append(Run(0, float(points[pick]), tuple(sizes)))
    return found


def _meeting(sums: Ints, ranked: Ints, least: int, most: int) -> tuple[Ints, Ints]:
    """Return the pairs (row of sums, row of ranked) whose sum is within bounds."""
    starts = ranked.searchsorted(least - sums, "left")
    widths = ranked.searchsorted(most - sums, "right") - starts
    rows = widths.nonzero()[0]
    if not len(rows):
        return rows, rows
    widths = widths[rows]
    steps = np.arange(int(widths.sum())) - np.repeat(np.cumsum(widths) - widths, widths)
    return np.repeat(rows, widths), np.repeat(starts[rows], widths) + steps


def spread_minor(groups: Sequence[Sequence[int]], chances: Sequence[Floats]) -> float:
    """Return the standard deviation of what a run pays, in minor units; at least one."""
    variance = 1.0
    for group, logs in zip(groups, chances, strict=True):
        sums = np.concatenate(([0.0], np.cumsum(group)))
        weights = np.exp(logs)
        mean = float(np.dot(weights, sums))
        variance += float(np.dot(weights, (sums - mean) ** 2))
    return math.sqrt(variance)


def undecided_points(chances: Sequence[Floats]) -> list[float]:
    """Return per due date how open it is what is taken: the entropy in points."""
    return [-float(np.dot(np.exp(each), each)) for each in chances]


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
        self.trail: list[tuple[Ints, Ints]] = []
        self.missed = 0.0
        for group in self.chosen:
            self._take(np.concatenate(([0], np.cumsum(groups[group]))).astype(np.int64), chances[group], most)

    def _take(self, steps: Ints, chances: Floats, most: int) -> None:
        sums = (self.sums[:, None] + steps[None, :]).ravel()
        points = (self.points[:, None] + chances[None, :]).ravel()
        kept = np.nonzero((sums <= most) & (points >= points.max() - WORTH_KEEPING))[0]
        if len(kept) > MOST_KEPT:
            ranked = kept[np.argpartition(-points[kept], MOST_KEPT)]
            kept = ranked[:MOST_KEPT]
            self.missed += float(np.exp(points[ranked[MOST_KEPT:]]).sum())
        self.sums, self.points = sums[kept], points[kept]
        self.trail.append((kept // len(steps), kept % len(steps)))

    def put(self, row: int, sizes: list[int]) -> None:
        """Write how many of each due date the way at this row takes."""
        for group, (before, taken) in zip(reversed(self.chosen), reversed(self.trail), strict=True):
            sizes[group] = int(taken[row])
            row = int(before[row])
