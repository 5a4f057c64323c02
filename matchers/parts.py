"""Round parts: who pays an invoice in parts pays a round sum first, so an odd amount tells what else it holds.

Room: pure.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from matchers.amount import PARTIAL, Reading
from matchers.base import Candidate
from matchers.few import sums_by_size
from matchers.readings import Readings
from matchers.run_readings import LIKELY_PAYER

ROUND = 100_000  # minor units that nine of ten parts are a multiple of
NEAR = 60  # invoices about the usual day that are looked at
MOST_SETS, MOST_BEARERS, MOST_RESTS = 12, 3, 5
ODD_PART = 3.0  # points by which a named invoice is less likely paid by any sum than by a round one


def part_ideas(work: Readings) -> list[Candidate]:
    """Return what a deposit may be of an invoice paid in parts: beside whole ones, a rest, any of a list."""
    if work.prior < LIKELY_PAYER or not work.pool:
        return []
    listed = [item for item in work.listed() if work.desk.left_minor[item] > 0]
    return [*_any_part(work, listed), *_rests(work), *_beside(work, listed)]


def _any_part(work: Readings, listed: Sequence[int]) -> list[Candidate]:
    """Return the named invoices, paid in part by whatever sum it was."""
    opens = [work.desk.left_minor[item] for item in listed]
    short = sum(opens) - work.clue.amount
    if not opens or not 0 < short < max(opens):
        return []
    largest = opens.index(max(opens))
    cash = tuple(value - short * (place == largest) for place, value in enumerate(opens))
    points = math.log(work.desk.shortages.partial_share) - math.log(max(opens)) - ODD_PART
    return [work.candidate(listed, Reading(PARTIAL, cash, (0,) * len(cash), 0, points))]


def _rests(work: Readings) -> list[Candidate]:
    """Return the invoices of which this amount leaves a round sum: what another deposit may have paid before."""
    amount = work.clue.amount
    found = []
    for item, value in zip(work.pool, work.opens, strict=True):
        if value > amount and (value - amount) % ROUND == 0:
            points = math.log(work.desk.shortages.partial_share) - math.log(value / ROUND + 1.0)
            found.append(work.candidate([item], Reading(PARTIAL, (amount,), (0,), 0, points)))
    return sorted(found, key=lambda each: -each.score)[:MOST_RESTS]


def _beside(work: Readings, listed: Sequence[int]) -> list[Candidate]:
    """Return few invoices in full, beside what is listed, with a round part of one that is at least as large."""
    left = work.desk.left_minor
    rest = work.clue.amount - sum(left[item] for item in listed)
    pool = [item for item in work.near_usual(listed) if left[item] < rest + ROUND * 1_000][:NEAR]
    if rest < ROUND:
        return []
    found: list[Candidate] = []
    for whole in _round_rests(np.array([left[item] for item in pool], dtype=np.int64), rest):
        items = [*listed, *(pool[place] for place in whole)]
        part = work.clue.amount - sum(left[item] for item in items)
        least = -2.0 - math.log(math.comb(max(whole) + 1, len(whole)))
        for bearers, item in enumerate(_bearers(work, items, part)):
            each = work.parts([*items, item])
            found += [replace(c, structure_points=max(c.structure_points, least - bearers)) for c in each]
    return sorted(found, key=lambda each: -each.score)[:MOST_SETS]


def _bearers(work: Readings, items: Sequence[int], part: int) -> list[int]:
    """Return the invoices that may bear the part: larger than it and than the others, the nearest first."""
    left, place = work.desk.left_minor, work.place
    least = max([part + 1, *(left[item] for item in items)])
    about = [place[item] for item in items if item in place] or [0]
    fits = [item for item in work.pool if left[item] >= least and item not in items]
    return sorted(fits, key=lambda item: min(abs(place[item] - each) for each in about))[:MOST_BEARERS]


def _round_rests(opens: np.ndarray, amount: int) -> Iterator[tuple[int, ...]]:
    """Yield the places of up to three invoices that leave a round sum of the amount.

    >>> list(_round_rests(np.array([30_050, 40_025, 10_025]), 240_075))
    [(0, 2)]
    """
    for sums, places in sums_by_size(opens):
        rests = amount - sums
        for row in np.flatnonzero((rests > 0) & (rests % ROUND == 0))[:MOST_SETS].tolist():
            yield tuple(places[row].tolist())
