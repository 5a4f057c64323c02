"""Drift: shares of deposits by confidence, compared with before and with the training."""

import random

import pytest

from matchers.drift import ENOUGH, MOVED, STABLE, drift_of, stability_index
from matchers.model import calibrated
from matchers.shipped import shipped_model


def drawn(seed, count, power=1.0):
    """Confidences as the shipped model would tell them, of raw chances drawn towards one by a power below one."""
    chance, model = random.Random(seed), shipped_model()
    return [calibrated(model, 1 - 10 ** (-6 * chance.random() ** power)) for _ in range(count)]


def test_deposits_like_before_are_stable():
    drift = drift_of(shipped_model(), drawn(1, 3_000), drawn(2, 3_000))
    assert drift.verdict == "stable"
    assert drift.from_before < STABLE / 2


def test_deposits_that_became_less_sure_have_drifted():
    drift = drift_of(shipped_model(), drawn(1, 3_000), drawn(2, 3_000, power=4.0))
    assert drift.verdict == "drifted"
    assert drift.from_before > MOVED


def test_few_deposits_tell_nothing():
    drift = drift_of(shipped_model(), drawn(1, ENOUGH - 1), drawn(2, 3_000))
    assert (drift.verdict, drift.from_before) == ("too few", None)
    assert drift.from_training is not None
    assert drift_of(shipped_model(), [], []).verdict == "too few"


def test_every_deposit_and_every_training_answer_is_in_one_bin():
    model = shipped_model()
    drift = drift_of(model, [0.0, 1e-6, 0.5, 0.999999, 1.0], drawn(3, 500))
    assert sum(each.before for each in drift.bins) == 5
    assert sum(each.recent for each in drift.bins) == 500
    assert sum(each.trained for each in drift.bins) == sum(band.right + band.wrong for band in model.bands)
    lows = [each.low for each in drift.bins]
    assert lows == sorted(set(lows))


@pytest.mark.parametrize("seed", range(20))
def test_index_is_never_negative_nothing_for_equal_shares_and_blind_to_order(seed):
    chance = random.Random(seed)
    one = [chance.randrange(1, 400) for _ in range(8)]
    two = [chance.randrange(1, 400) for _ in range(8)]
    order = chance.sample(range(8), 8)
    assert stability_index(one, one) == 0.0
    assert stability_index(one, two) >= 0.0
    assert stability_index(one, two) == pytest.approx(stability_index(two, one))
    assert stability_index([one[k] for k in order], [two[k] for k in order]) == pytest.approx(stability_index(one, two))
