"""Calibration and threshold: monotone, honest about small counts, within the budget."""

import random
from fractions import Fraction

import pytest

from matchers.model import calibrated, dumps, fit, loads, threshold
from matchers.shipped import shipped_model


@pytest.fixture(scope="module")
def counted():
    chance = random.Random(7)
    raw = [1 - 10 ** -chance.uniform(0.05, 6) for _ in range(60_000)]
    return fit([(p, chance.random() < p**1.5) for p in raw], "test", "drawn")


def test_calibrated_chance_rises_with_the_raw_one(counted):
    values = [calibrated(counted, n / 1000) for n in range(1, 1000)]
    assert values == sorted(values)


def test_calibrated_chance_is_true_on_new_draws(counted):
    chance = random.Random(8)
    raw = [1 - 10 ** -chance.uniform(0.05, 6) for _ in range(60_000)]
    told = [calibrated(counted, p) for p in raw]
    right = [chance.random() < p**1.5 for p in raw]
    for low, high in ((0.2, 0.5), (0.5, 0.8), (0.8, 0.95), (0.95, 1.0)):
        inside = [(t, r) for t, r in zip(told, right, strict=True) if low <= t < high]
        assert sum(t for t, _ in inside) / len(inside) == pytest.approx(
            sum(r for _, r in inside) / len(inside), abs=0.05
        )


@pytest.mark.parametrize("budget", ["0.0003", "0.001", "0.003", "0.01"])
def test_posts_above_the_threshold_keep_the_budget(counted, budget):
    chance = random.Random(9)
    raw = [1 - 10 ** -chance.uniform(0.05, 7) for _ in range(80_000)]
    told = [calibrated(counted, p) for p in raw]
    least = threshold(counted, Fraction(budget), told)
    posted = [chance.random() < p**1.5 for p, t in zip(raw, told, strict=True) if t >= least]
    wrong = len(posted) - sum(posted)
    assert wrong <= float(budget) * len(posted) + 3 * (float(budget) * len(posted)) ** 0.5


def test_smaller_budget_never_posts_more(counted):
    told = [calibrated(counted, n / 5000) for n in range(1, 5000)]
    levels = [threshold(counted, Fraction(b), told) for b in ("0.0003", "0.001", "0.003", "0.01")]
    assert levels == sorted(levels, reverse=True)


def test_model_survives_writing_and_reading(counted):
    assert loads(dumps(counted)) == counted


def test_shipped_model_says_where_it_comes_from():
    model = shipped_model()
    assert model.version and model.origin
    assert sum(band.right + band.wrong for band in model.bands) > 5_000
