"""Work spread over copies of the process: the same answers, and the copy's failure is not lost."""

import os

import pytest

from jobs.spreading import FEWEST, spread_by_weight, spread_over
from matchers.spread import here


def square(place: int) -> tuple[int, str]:
    return place * place, "x" * (place % 7)


def test_answers_come_in_order_from_any_number_of_processes():
    count = 4 * FEWEST + 3
    expected = here(square, count)
    for processes in (1, 2, 3, 4):
        assert spread_over(processes)(square, count) == expected


def test_answers_larger_than_a_pipe_come_back_whole():
    count = 2 * FEWEST
    found = spread_over(2)(lambda place: "y" * 5_000, count)
    assert [len(each) for each in found] == [5_000] * count


def test_half_of_the_work_is_done_by_a_copy():
    pids = spread_over(2)(lambda place: os.getpid(), 2 * FEWEST)
    assert len(set(pids)) == 2
    assert pids.count(os.getpid()) == FEWEST


def test_too_little_work_stays_here():
    assert set(spread_over(2)(lambda place: os.getpid(), FEWEST)) == {os.getpid()}


def test_nothing_is_spread_while_no_processor_is_free():
    assert set(spread_over(2, lambda: False)(lambda place: os.getpid(), 4 * FEWEST)) == {os.getpid()}


def test_what_fails_in_a_copy_fails_here():
    def refuse(place: int) -> int:
        if place == 2 * FEWEST - 1:
            raise ValueError("place refused")
        return place

    with pytest.raises(ValueError, match="place refused"):
        spread_over(2)(refuse, 2 * FEWEST)


def test_what_a_killed_copy_owed_is_computed_here():
    original = os.getpid()

    def dies_in_a_copy(place: int) -> int:
        if os.getpid() != original:
            os._exit(9)
        return place

    assert spread_over(2)(dies_in_a_copy, 2 * FEWEST) == list(range(2 * FEWEST))


def test_the_heaviest_stays_here_and_all_come_in_order():
    told = spread_by_weight(lambda place, spread: (place, os.getpid()), [5, 90, 3], 2)
    assert [place for place, _ in told] == [0, 1, 2]
    assert told[1][1] == os.getpid()
    assert told[0][1] == told[2][1] != os.getpid()
