"""Joint settlement equals trying every world, and no invoice is paid twice."""

import itertools
import math
import random

import pytest

from matchers.decide import Option, settle


def brute_force(options, left):
    weights = [[0.0] * len(each) for each in options]
    for picks in itertools.product(*(range(len(each)) for each in options)):
        taken = {}
        for choices, pick in zip(options, picks, strict=True):
            for item, amount in choices[pick].takes:
                taken[item] = taken.get(item, 0) + amount
        if all(taken[item] <= left.get(item, 0) for item in taken):
            weight = math.exp(sum(choices[pick].score for choices, pick in zip(options, picks, strict=True)))
            for place, pick in enumerate(picks):
                weights[place][pick] += weight
    return [[weight / sum(each) for weight in each] for each in weights]


@pytest.mark.parametrize("seed", range(40))
def test_small_cases_equal_brute_force(seed):
    chance = random.Random(seed)
    left = {item: chance.choice((100, 250)) for item in range(5)}
    options = []
    for _ in range(chance.randint(2, 5)):
        listed = [
            Option(-chance.random() * 6, tuple((item, chance.choice((60, 100))) for item in chance.sample(range(5), k)))
            for k in chance.choices((1, 2), k=chance.randint(1, 3))
        ]
        options.append([*listed, Option(-3.0 - chance.random() * 3, ())])
    found, gap = settle(options, left)
    assert gap == 0.0
    for ours, truth in zip(found, brute_force(options, left), strict=True):
        assert ours == pytest.approx(truth, abs=2e-3)


def test_chances_of_a_deposit_sum_to_one_in_large_groups_too():
    options = [[*(Option(-0.1 * n, ((n, 100), (99, 1))) for n in range(6)), Option(-4.0, ())] for _ in range(12)]
    found, _ = settle(options, dict.fromkeys(range(100), 100))
    assert all(sum(each) == pytest.approx(1.0) for each in found)


def test_deposits_without_shared_invoices_do_not_touch_each_other():
    alone = [[Option(-1.0, ((1, 5),)), Option(-2.0, ())]]
    beside = [*alone, [Option(-0.5, ((2, 5),)), Option(-9.0, ())]]
    assert settle(alone, {1: 5, 2: 5})[0][0] == pytest.approx(settle(beside, {1: 5, 2: 5})[0][0])
