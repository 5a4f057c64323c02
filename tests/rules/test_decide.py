"""Joint settlement reckoned by hand: small groups completely, large ones one against the other. No store."""

import doctest
import math

import pytest

from matchers import decide
from matchers.decide import MOST_WORLDS, WORTH_WEIGHING, Option, settle

NONE = ()


def shares(*scores: float) -> list[float]:
    """Return the chances of explanations that stand alone."""
    whole = sum(math.exp(score) for score in scores)
    return [math.exp(score) / whole for score in scores]


def test_examples_are_true() -> None:
    assert doctest.testmod(decide).failed == 0


def test_no_deposit_no_chance() -> None:
    assert settle([], {}) == ([], 0.0)


def test_what_one_item_still_holds_two_may_share() -> None:
    halves = [[Option(0.0, ((7, 50),)), Option(-3.0, NONE)] for _ in range(2)]
    found, gap = settle(halves, {7: 100})
    assert gap == 0.0
    assert found[0] == pytest.approx(shares(0.0, -3.0))
    assert settle(halves, {7: 99})[0][0] == pytest.approx(
        [weight / (1 + 1 + math.exp(-3.0)) for weight in (1.0, 1 + math.exp(-3.0))]
    )


def test_an_unknown_item_holds_nothing() -> None:
    assert settle([[Option(5.0, ((7, 1),)), Option(0.0, NONE)]], {})[0] == [[0.0, 1.0]]


def test_a_deposit_that_nothing_explains_is_something_else() -> None:
    assert settle([[Option(5.0, ((7, 1),)), Option(6.0, ((8, 1),))]], {})[0] == [[0.0, 1.0]]


def test_a_credit_takes_from_what_is_open_never_too_much() -> None:
    """Setting a credit memo off takes a negative amount of it, which no left amount forbids and nobody else may use."""
    netted = [Option(0.0, ((7, 100), (8, -30))), Option(-4.0, NONE)]
    assert settle([netted], {7: 100})[0][0] == pytest.approx(shares(0.0, -4.0))
    assert settle([netted], {7: 99})[0] == [[0.0, 1.0]]


def test_taking_nothing_is_never_too_much() -> None:
    assert settle([[Option(0.0, ((8, 0),)), Option(-1.0, NONE)]], {8: -30})[0][0] == pytest.approx(shares(0.0, -1.0))


def test_what_three_take_of_an_item_adds_up() -> None:
    thirds = [[Option(0.0, ((7, 40),)), Option(-3.0, NONE)] for _ in range(3)]
    none, one, two = math.exp(-9.0), math.exp(-6.0), math.exp(-3.0)
    found, _ = settle(thirds, {7: 100})
    assert found[0][0] == pytest.approx((one + 2 * two) / (none + 3 * one + 3 * two))


def test_groups_that_share_nothing_are_small_each_for_itself() -> None:
    left = dict.fromkeys(range(1_000), 1)
    apart = [[Option(each.score, tuple((item + 500, 1) for item, _ in each.takes)) for each in one] for one in crowd(7)]
    assert settle([*crowd(7), *apart], left)[1] == 0.0


def test_an_item_taken_twice_by_one_explanation_counts_twice() -> None:
    once, twice = Option(0.0, ((7, 60),)), Option(0.0, ((7, 60), (8, 10)))
    found, _ = settle([[once, Option(-9.0, NONE)], [twice, Option(-9.0, NONE)]], {7: 60, 8: 10})
    assert found[0][0] == pytest.approx(found[1][0]) == pytest.approx(1 / (2 + math.exp(-9.0)), rel=1e-3)


def test_only_what_is_worth_weighing_is_weighed_but_something_else_always() -> None:
    at_edge = [Option(0.0, ((7, 1),)), Option(-WORTH_WEIGHING, ((8, 1),)), Option(-20.0, NONE)]
    beyond = [Option(0.0, ((7, 1),)), Option(-WORTH_WEIGHING - 1e-6, ((8, 1),)), Option(-20.0, NONE)]
    left = {7: 1, 8: 1}
    assert settle([at_edge], left)[0][0] == pytest.approx(shares(0.0, -9.0, -20.0))
    assert settle([beyond], left)[0][0][1] == 0.0
    assert settle([beyond], left)[0][0][2] == pytest.approx(math.exp(-20.0))


def test_deposits_that_want_the_same_are_weighed_together_through_others() -> None:
    """A wants 1, B wants 1 or 2, C wants 2: if C is certain, B takes 1, and A is left out."""
    a = [Option(0.0, ((1, 1),)), Option(-6.0, NONE)]
    b = [Option(0.0, ((1, 1),)), Option(0.0, ((2, 1),)), Option(-6.0, NONE)]
    c = [Option(20.0, ((2, 1),)), Option(0.0, NONE)]
    alone = [Option(0.0, ((9, 1),)), Option(-1.0, NONE)]
    found, gap = settle([a, alone, b, c], {1: 1, 2: 1, 9: 1})
    assert gap == 0.0
    assert found[0][0] == pytest.approx(0.5, abs=0.01)
    assert found[2] == pytest.approx([0.5, 0.0, 0.5], abs=0.01)
    assert found[3][0] > 0.999
    assert found[1] == pytest.approx(shares(0.0, -1.0))


def test_long_chains_of_deposits_are_one_group() -> None:
    """Each wants its own item or the next one's; the last item is gone, so that the last can only take its own."""
    count = 6
    chain = [[Option(0.0, ((n, 1),)), Option(0.0, ((n + 1, 1),)), Option(-30.0, NONE)] for n in reversed(range(count))]
    found, gap = settle(chain, dict.fromkeys(range(count), 1))
    assert gap == 0.0
    assert all(each[0] == pytest.approx(1.0) for each in found)


def crowd(count: int, score: float = 0.0) -> list[list[Option]]:
    """Return deposits with three explanations each that all want item 1."""
    return [[Option(score, ((1, 1),)), Option(-1.0, ((100 + n, 1),)), Option(-2.0, NONE)] for n in range(count)]


@pytest.mark.parametrize(("count", "is_complete"), [(7, True), (8, False)])
def test_groups_of_few_worlds_are_weighed_completely(count: int, is_complete: bool) -> None:
    assert (3**count <= MOST_WORLDS) is is_complete
    found, gap = settle(crowd(count), dict.fromkeys((1, *range(100, 110)), 1))
    assert (gap == 0.0) is is_complete
    without = math.exp(-1.0) + math.exp(-2.0)
    assert (found[0][0] == pytest.approx(1 / (without + count))) is is_complete


def test_three_thousand_worlds_are_weighed_and_one_more_is_not() -> None:
    def group(size: int) -> list[list[Option]]:
        rest = [Option(-1.0 - n / 1_000, ((n, 1),)) for n in range(2, size)]
        return [[Option(0.0, ((1, 1),)), *rest, Option(-2.0, NONE)], [Option(0.0, ((1, 1),)), Option(-2.0, NONE)]]

    for size, is_complete in ((1_500, True), (1_501, False)):
        assert (settle(group(size), dict.fromkeys(range(size), 1))[1] == 0.0) is is_complete


def test_a_large_group_is_settled_against_what_the_others_probably_take() -> None:
    count = 9
    mine = shares(0.0, -1.0, -2.0)
    wanted = math.log(1 - mine[0])
    adjusted = [(count - 1) * wanted, -1.0, -2.0]
    found, gap = settle(crowd(count), {})
    assert all(each == pytest.approx(shares(*adjusted)) for each in found)
    assert gap == pytest.approx(count * 1.0), "each gives its best up for one that is a point worse"


def test_in_a_large_group_who_stands_alone_loses_nothing_and_who_is_surely_wanted_keeps_a_chance() -> None:
    sure = [[Option(30.0, ((1, 1),)), Option(0.0, ((2, 1),)), Option(-1.0, NONE)] for _ in range(12)]
    found, gap = settle(sure, {})
    adjusted = 30.0 + 11 * math.log(1e-4)
    beside = 11 * math.log(1 - shares(30.0, 0.0, -1.0)[1])
    assert found[0] == pytest.approx(shares(adjusted, 0.0 + beside, -1.0))
    assert gap == pytest.approx(12 * 30.0)


def test_an_item_that_two_explanations_of_one_deposit_want_is_wanted_by_their_sum() -> None:
    count = 9
    both = [[Option(0.0, ((1, 1),)), Option(-1.0, ((1, 2),)), Option(-0.5, NONE)] for _ in range(count)]
    mine = shares(0.0, -1.0, -0.5)
    rival = (count - 1) * math.log(1 - mine[0] - mine[1])
    found, _ = settle(both, {})
    assert found[3] == pytest.approx(shares(rival, -1.0 + rival, -0.5))


def test_one_large_group_does_not_touch_the_gap_of_another() -> None:
    one = crowd(9)
    other = [
        [Option(each.score, tuple((item + 500, minor) for item, minor in each.takes)) for each in deposit]
        for deposit in one
    ]
    alone = settle(one, {})[1]
    found, both = settle([*one, *other], {})
    assert both == pytest.approx(2 * alone)
    assert found[0] == pytest.approx(found[-1])


def test_chances_do_not_depend_on_how_large_the_points_are() -> None:
    low, high = crowd(9), crowd(9)
    high = [[Option(each.score + 5_000, each.takes) for each in deposit] for deposit in high]
    assert settle(low, {})[0][0] == pytest.approx(settle(high, {})[0][0])
    few = [[Option(each.score - 5_000, each.takes) for each in deposit] for deposit in crowd(3)]
    left = dict.fromkeys((1, *range(100, 110)), 1)
    assert settle(few, left)[0][0] == pytest.approx(settle(crowd(3), left)[0][0])
