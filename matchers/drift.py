"""Whether the deposits of today are as sure or unsure as those a model was counted on: shares by confidence.

Room: pure.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from matchers.model import Model, calibrated

# The population stability index as credit scorecards read it (Siddiqi, Credit Risk Scorecards, 2006).
STABLE, MOVED = 0.10, 0.25
ENOUGH = 200  # deposits on either side; with fewer the index is noise


@dataclass(frozen=True, slots=True)
class Bin:
    """One band of calibrated confidence from `low` on: how many deposits of the training, of before and of late."""

    low: float
    trained: int
    before: int
    recent: int


@dataclass(frozen=True, slots=True)
class Drift:
    """Bins, ascending, and how far late deposits have moved from those before, and from the training."""

    bins: tuple[Bin, ...]
    from_before: float | None  # None: not enough deposits to say
    from_training: float | None

    @property
    def verdict(self) -> str:
        """Say in a word whether late deposits still look like those before them."""
        if self.from_before is None:
            return "too few"
        return "stable" if self.from_before < STABLE else "moving" if self.from_before < MOVED else "drifted"


def drift_of(model: Model, before: Sequence[float], recent: Sequence[float]) -> Drift:
    """Return how the top suggestions' confidences of late compare with those before, and with the model's training.

    Bands that the calibration tells as one chance are one bin.
    """
    lows, trained = _bands(model)
    earlier, late = _counted(lows, before), _counted(lows, recent)
    bins = tuple(Bin(*row) for row in zip(lows, trained, earlier, late, strict=True))
    return Drift(bins, _index(earlier, late), _index(trained, late))


def stability_index(expected: Sequence[int], observed: Sequence[int]) -> float:
    """Return the population stability index of two counts over the same bins; 0 for equal shares.

    Half a deposit is added to each bin, so that an empty one does not make it infinite.

    >>> stability_index((50, 50), (500, 500)) < 0.001, round(stability_index((80, 20), (20, 80)), 2)
    (True, 1.63)
    """
    whole, seen = sum(expected) + 0.5 * len(expected), sum(observed) + 0.5 * len(observed)
    shares = [((o + 0.5) / seen, (e + 0.5) / whole) for e, o in zip(expected, observed, strict=True)]
    return sum((late - early) * math.log(late / early) for late, early in shares)


def _index(expected: Sequence[int], observed: Sequence[int]) -> float | None:
    if min(sum(expected), sum(observed)) < ENOUGH:
        return None
    return stability_index(expected, observed)


def _bands(model: Model) -> tuple[list[float], list[int]]:
    lows: list[float] = []
    counts: list[int] = []
    for band in model.bands:
        low = round(calibrated(model, 1.0 / (1.0 + math.exp(-band.low))), 6)
        if lows and low <= lows[-1]:
            counts[-1] += band.right + band.wrong
        else:
            lows.append(low)
            counts.append(band.right + band.wrong)
    return [0.0, *lows[1:]], counts


def _counted(lows: Sequence[float], confidences: Sequence[float]) -> list[int]:
    counts = [0] * len(lows)
    for confidence in confidences:
        counts[max(0, bisect_right(lows, confidence + 1e-6) - 1)] += 1
    return counts
