"""What matching has learned once and ships, or learns anew from a book: how raw chances turn into true ones.

The chance that comes out of the points is right in rank but not yet in size. `Model` holds a table counted on
deposits with
known answers: per band of raw log-odds, how many top explanations there were and how many were wrong. From it follow
the
calibrated chance (a monotone line through the bands) and the threshold that keeps an error budget.

Room: pure.
"""

import json
import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

UNEXPLAINED = -3.0  # raw log-odds
LOWEST, HIGHEST = -9.0, 16.0  # raw log-odds beyond these are as good as these


@dataclass(frozen=True, slots=True)
class Band:
    """One band of raw log-odds: its lower edge, and what was counted in it."""

    low: float
    right: int
    wrong: int


@dataclass(frozen=True, slots=True)
class Model:
    """A versioned calibration. `bands` ascend; `origin` says on what it was counted."""

    version: str
    origin: str
    bands: tuple[Band, ...]
    knots: tuple[tuple[float, float], ...]  # raw log-odds -> calibrated log-odds, ascending in both


UNCALIBRATED = Model(
    "none", "raw chances as they are", (Band(LOWEST, 1_000_000, 0),), ((LOWEST, LOWEST), (HIGHEST, HIGHEST))
)


def log_odds(chance: float) -> float:
    """Return the log-odds of a chance, bounded.

    >>> log_odds(0.5), log_odds(1.0)
    (0.0, 16.0)
    """
    if chance <= 0.0:
        return LOWEST
    if chance >= 1.0:
        return HIGHEST
    return min(HIGHEST, max(LOWEST, math.log(chance / (1.0 - chance))))


def calibrated(model: Model, chance: float) -> float:
    """Return the true chance for a raw one: linear between the knots, monotone, never exactly 0 or 1."""
    value = log_odds(chance)
    knots = model.knots
    place = bisect_right(knots, (value, math.inf))
    if place == 0:
        odds = knots[0][1]
    elif place == len(knots):
        odds = knots[-1][1]
    else:
        (x0, y0), (x1, y1) = knots[place - 1], knots[place]
        odds = y0 + (y1 - y0) * (value - x0) / (x1 - x0)
    return 1.0 / (1.0 + math.exp(-odds))


def fit(outcomes: Sequence[tuple[float, bool]], version: str, origin: str) -> Model:
    """Return the model counted on (raw chance, was right) of top explanations.

    Bands are pooled until the share of right answers rises with the raw odds (pool adjacent violators); each share is
    drawn towards its neighbour by half an answer, so that no band is certain.
    """
    edges = [LOWEST, -6.0, -4.0, -2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 3.5, 4.2, 5.0, 5.8, 6.6, 7.6, 9.0, 11.0, 13.0]
    counts = [[0, 0] for _ in edges]
    for chance, right in outcomes:
        counts[max(0, bisect_right(edges, log_odds(chance)) - 1)][not right] += 1
    bands = tuple(Band(edge, right, wrong) for edge, (right, wrong) in zip(edges, counts, strict=True))
    return Model(version, origin, bands, _knots(bands))


def from_bands(version: str, origin: str, bands: Sequence[Band]) -> Model:
    """Return the model of counted bands."""
    return Model(version, origin, tuple(bands), _knots(bands))


def _knots(bands: Sequence[Band]) -> tuple[tuple[float, float], ...]:
    pools: list[list[float]] = []  # weight, right, sum of middles
    for place, band in enumerate(bands):
        total = band.right + band.wrong
        if not total:
            continue
        high = bands[place + 1].low if place + 1 < len(bands) else HIGHEST
        pools.append([total, band.right, total * (band.low + high) / 2])
        while len(pools) > 1 and pools[-1][1] / pools[-1][0] < pools[-2][1] / pools[-2][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    knots = []
    for weight, right_ones, middle in pools:
        share = (right_ones + 0.5) / (weight + 1.0)
        told, counted = middle / weight, math.log(share / (1.0 - share))
        # What stays unexplained differs most from book to book: there the raw odds count as much as the counts.
        knots.append((told, (told + counted) / 2 if told < UNEXPLAINED else counted))
    rising = [knots[0]]
    for x, y in knots[1:]:
        if x > rising[-1][0]:
            rising.append((x, max(y, rising[-1][1])))
    return tuple(rising)


def threshold(model: Model, budget: Fraction, confidences: Sequence[float]) -> float:
    """Return the lowest calibrated chance that may be posted so that the expected share of wrong posts keeps the
    budget.

    Two conditions, both after conformal risk control (Angelopoulos et al. 2024, the finite-sample correction adds one
    wrong answer): on the model's own counts, (wrong + 1) / (posts + 1) above the threshold is within the budget; and in
    this batch the expected wrong posts are at most half the budget. No single post may be more than 30 budgets
    uncertain.
    """
    allowed = float(budget)
    floor = _counted_floor(model, allowed)
    highest_risk = min(0.5, 30.0 * allowed)
    chosen, wrong = 1.0, 0.0
    for count, chance in enumerate(sorted(confidences, reverse=True), start=1):
        wrong += 1.0 - chance
        if chance < floor or 1.0 - chance > highest_risk or wrong > 0.5 * allowed * count:
            break
        chosen = chance
    return chosen


def _counted_floor(model: Model, allowed: float) -> float:
    posts, wrong, floor = 0, 0, 1.0
    for band in reversed(model.bands):
        posts += band.right + band.wrong
        wrong += band.wrong
        if posts and (wrong + 1) / (posts + 1) <= allowed:
            floor = calibrated(model, 1.0 / (1.0 + math.exp(-band.low)))
    return floor


def dumps(model: Model) -> str:
    """Return the model as JSON text a person can read."""
    bands = [[band.low, band.right, band.wrong] for band in model.bands]
    return json.dumps({"version": model.version, "origin": model.origin, "bands": bands}, indent=1)


def loads(text: str) -> Model:
    """Return the model of a JSON text written by `dumps`."""
    raw = json.loads(text)
    bands = tuple(Band(float(low), int(right), int(wrong)) for low, right, wrong in raw["bands"])
    return Model(raw["version"], raw["origin"], bands, _knots(bands))
