"""Canaries: planted deposits with known answers stay silent while the matcher is sound, and sing when it is not."""

from dataclasses import replace
from math import comb

import numpy as np
import pytest

from bench.matching.examples import examples
from matchers.base import MatchSettings
from matchers.canaries import KINDS, Watch, exchanged, plant, tail, watch_canaries
from matchers.cascade import match
from matchers.model import HIGHEST, LOWEST, Band, Model, calibrated
from matchers.shipped import shipped_model
from recon.frames import Deposits, Teachings, texts

ALL_RIGHT = (Band(LOWEST, 1_000_000, 0),)
SURE_OF_EVERYTHING = Model("broken", "nothing", ALL_RIGHT, ((LOWEST, 8.0), (HIGHEST, 12.0)))
# Chances a hundred times too good: what was one in two is told as one in a hundred.
TOO_HOPEFUL = Model("hopeful", "nothing", ALL_RIGHT, ((LOWEST, LOWEST + 9.0), (HIGHEST - 9.0, HIGHEST)))


@pytest.fixture(scope="module")
def world():
    """The largest partition of a world of 1,500 invoices, with its history."""
    return max((each.partition for each in examples(31, 1_500, 0.5)), key=lambda each: len(each.deposits))


def nights(partition, count):
    return [replace(partition, as_of_day=partition.as_of_day + day) for day in range(count)]


def test_sound_matcher_lets_no_alarm_sound_in_twelve_nights(world):
    threshold = match(world).threshold
    told = [watch_canaries(night, MatchSettings(), None, threshold) for night in nights(world, 12)]
    assert sum(each.asked for each in told) >= 12 * 25
    assert not any(each.is_alarm for each in told)
    assert sum(len(each.songs) for each in told) <= 2
    assert sum(each.posted for each in told) >= 12 * 4  # they are posted where the answer is known and plain


@pytest.mark.parametrize("model", [SURE_OF_EVERYTHING, TOO_HOPEFUL], ids=lambda model: model.version)
def test_model_that_tells_too_much_is_caught_in_the_first_night(world, model):
    threshold = match(world, None, model).threshold
    told = watch_canaries(world, MatchSettings(), model, threshold)
    assert told.is_alarm
    assert len(told.songs) >= 2
    assert "would be posted wrongly" in str(told)


def test_memory_that_was_taught_wrongly_is_caught(world):
    """Every customer's name taught as the next one's: what a bad import of teachings would do."""
    people = world.customers
    count = len(people)
    taught = Teachings(
        np.roll(np.arange(count, dtype=np.int64), 1),
        texts([str(name) for name in people.name]),
        np.ones(count, dtype=np.bool_),
        np.full(count, world.as_of_day, dtype=np.int32),
    )
    spoiled = replace(world, teachings=taught, customers=replace(people, name=texts([f"X{n}Q" for n in range(count)])))
    told = watch_canaries(spoiled, MatchSettings(), SURE_OF_EVERYTHING, 0.5)
    assert told.is_alarm


def test_every_kind_is_planted_and_each_day_plants_others(world):
    today, tomorrow = plant(world), plant(replace(world, as_of_day=world.as_of_day + 1))
    assert {canary.kind for canary in today.canaries} == set(KINDS)
    payers = [aviary.partition.deposits.payer.tolist() for aviary in (today, tomorrow)]
    assert payers[0] != payers[1]
    assert len(today.canaries) <= 40


def test_same_day_plants_the_same(world):
    one, two = plant(world).partition, plant(world).partition
    assert one.deposits.payer.tolist() == two.deposits.payer.tolist()
    assert one.open_items.number.tolist() == two.open_items.number.tolist()


def test_past_canary_may_settle_what_it_settled_and_its_own_past_is_not_shown(world):
    aviary = plant(world)
    book = aviary.partition
    numbers = set(book.open_items.number.tolist())
    asked = [canary for canary in aviary.canaries if canary.kind == "past"]
    assert asked
    for canary in asked:
        assert canary.numbers <= numbers
    shown = set(zip(book.past.remittance.tolist(), book.past.amount_minor.tolist(), strict=True))
    own = [canary.position for canary in asked]
    assert not shown & set(zip(book.deposits.remittance[own], book.deposits.amount_minor[own].tolist(), strict=True))


def test_stranger_has_a_name_nobody_has_and_neighbour_a_number_nobody_has(world):
    aviary = plant(world)
    book = aviary.partition
    names, numbers = {str(each).upper() for each in book.customers.name}, set(book.open_items.number.tolist())
    for canary in aviary.canaries:
        if canary.kind == "stranger":
            assert book.deposits.payer[canary.position] not in names
        if canary.kind == "neighbour":
            assert str(book.deposits.remittance[canary.position]).removeprefix("INVOICE ") not in numbers


def test_watching_changes_neither_the_book_nor_the_night(world):
    before = match(world)
    watch_canaries(world, MatchSettings(), None, before.threshold)
    after = match(world)
    assert before.proposals.confidence.tolist() == after.proposals.confidence.tolist()
    assert before.proposals.action.tolist() == after.proposals.action.tolist()


def test_one_wrong_canary_is_told_and_two_of_forty_stop_the_night_at_the_default_budget():
    assert not Watch(40, 9, (), tail(40, 1, 0.001)).is_alarm
    assert Watch(40, 9, (), tail(40, 2, 0.001)).is_alarm
    assert not Watch(40, 9, (), tail(40, 2, 0.01)).is_alarm
    assert Watch(40, 9, (), tail(40, 5, 0.01)).is_alarm


@pytest.mark.parametrize("asked", [1, 7, 40, 200])
@pytest.mark.parametrize("budget", [0.0003, 0.001, 0.05])
def test_tail_is_that_of_the_binomial(asked, budget):
    for wrong in range(min(asked, 6) + 1):
        below = sum(comb(asked, k) * budget**k * (1 - budget) ** (asked - k) for k in range(wrong))
        assert tail(asked, wrong, budget) == pytest.approx(1.0 - below, abs=1e-12)


def test_empty_book_has_no_canaries(make_book, people):
    told = watch_canaries(make_book(people, [], []), MatchSettings(), None, 0.99)
    assert (told.asked, told.is_alarm) == (0, False)
    assert watch_canaries(make_book((), [], []), MatchSettings(), None, 0.99).asked == 0


def test_book_of_one_customer_with_5000_equal_invoices_is_no_place_for_canaries(make_book, people):
    items = [(0, f"2026{n:06d}", 10_000) for n in range(5_000)]
    told = watch_canaries(make_book(people, items, [{"amount": 10_000, "text": "X"}]), MatchSettings(), None, 0.99)
    assert told.asked == 0


def test_odd_numbers_names_and_credits_plant_nothing_that_breaks(make_book):
    people = ("", "ААА", "X" * 300, "A|B", "支付宝")
    items = [(n % 5, number, minor) for n, (number, minor) in enumerate(
        [("", 5_000), ("٣٤", 7_000), ("777", 9_000), ("x" * 120, 11_000), ("CM-1", -4_000), ("|", 1), ("12|21", 10**12)]
    )]  # fmt: skip
    told = watch_canaries(make_book(people, items, []), MatchSettings(), None, 0.0)
    assert told.posted <= told.asked


def test_no_deposits_frame_of_the_night_is_copied_into_the_small_book(world):
    book = plant(world).partition
    assert isinstance(book.deposits, Deposits)
    assert len(book.open_items) < len(world.open_items) + 60
    assert len(book.deposits) <= 40


def test_exchanged_digits_are_never_the_number_itself():
    for number in ("1021", "RE-2026-001", "A1B2", "99", "", "INV 1 2", "2026000"):
        assert exchanged(number) != number or not number


def test_too_hopeful_model_of_these_tests_is_more_hopeful_than_the_shipped_one():
    assert calibrated(TOO_HOPEFUL, 0.5) > 0.99 > calibrated(shipped_model(), 0.5)
