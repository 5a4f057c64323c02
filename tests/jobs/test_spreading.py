"""Work spread over copies of the process: the same answers, and the copy's failure is not lost."""

import os

import pytest

from jobs.spreading import FEWEST, spread_by_weight, spread_over
from matchers.spread import here


def spread(processes, function, count, is_free=lambda: True):
    with spread_over(processes, is_free) as over:
        return over(function, count)


def square(place: int) -> tuple[int, str]:
    return place * place, "x" * (place % 7)


def test_answers_come_in_order_from_any_number_of_processes():
    count = 4 * FEWEST + 3
    expected = here(square, count)
    for processes in (1, 2, 3, 4):
        assert spread(processes, square, count) == expected


def test_answers_larger_than_a_pipe_come_back_whole():
    count = 2 * FEWEST
    found = spread(2, lambda place: "y" * 50_000, count)
    assert [len(each) for each in found] == [50_000] * count


def test_half_of_the_work_is_done_by_a_copy():
    pids = spread(2, lambda place: os.getpid(), 2 * FEWEST)
    assert len(set(pids)) == 2
    assert pids.count(os.getpid()) == FEWEST


def test_too_little_work_stays_here():
    assert set(spread(2, lambda place: os.getpid(), FEWEST)) == {os.getpid()}


def test_nothing_is_spread_while_no_processor_is_free():
    assert set(spread(2, lambda place: os.getpid(), 4 * FEWEST, lambda: False)) == {os.getpid()}


def test_what_fails_in_a_copy_fails_here():
    def refuse(place: int) -> int:
        if place == 2 * FEWEST - 1:
            raise ValueError("place refused")
        return place

    with pytest.raises(ValueError, match="place refused"):
        spread(2, refuse, 2 * FEWEST)


def test_what_a_killed_copy_owed_is_computed_here():
    original = os.getpid()

    def dies_in_a_copy(place: int) -> int:
        if os.getpid() != original:
            os._exit(9)
        return place

    assert spread(2, dies_in_a_copy, 2 * FEWEST) == list(range(2 * FEWEST))


def test_copies_are_made_once_and_know_what_was_done_before():
    for processes in (1, 2, 3):
        total, pids = 0, set()
        with spread_over(processes) as over:
            for _ in range(20):
                step = total
                found = over(lambda place: (place + step, os.getpid()), 3 * FEWEST)  # noqa: B023 - called at once
                total += sum(number for number, _ in found)
                pids.update(pid for _, pid in found)
        assert len(pids) == processes
        expected = 0
        for _ in range(20):
            expected += sum(place + expected for place in range(3 * FEWEST))
        assert total == expected


def test_after_a_copy_is_lost_the_rest_is_computed_here():
    original = os.getpid()

    def dies_later(place: int) -> tuple[int, int]:
        if os.getpid() != original and calls == 2:
            os._exit(9)
        return place, os.getpid()

    calls = 0
    found = []
    with spread_over(3) as over:
        while calls < 4:
            found += [over(dies_later, 3 * FEWEST)]
            calls += 1
    assert [[place for place, _ in each] for each in found] == [list(range(3 * FEWEST))] * 4
    assert [len({pid for _, pid in each}) for each in found] == [3, 3, 1, 1]


def test_where_no_second_copy_can_be_made_one_process_does_it_all(monkeypatch):
    fork, made = os.fork, []

    def fork_once() -> int:
        if made:
            raise BlockingIOError("Resource temporarily unavailable")
        made.append(fork())
        return made[-1]

    monkeypatch.setattr(os, "fork", fork_once)
    assert set(spread(3, lambda place: os.getpid(), 3 * FEWEST)) == {os.getpid()}
    with pytest.raises(ChildProcessError):
        os.waitpid(made[0], 0)


def test_no_copy_is_left_when_the_work_fails():
    seen = []
    with pytest.raises(ValueError, match="not today"), spread_over(3) as over:
        seen = over(lambda place: os.getpid(), 3 * FEWEST)
        raise ValueError("not today")
    for pid in set(seen) - {os.getpid()}:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_the_heaviest_stays_here_and_all_come_in_order():
    told = spread_by_weight(lambda place, spread: (place, os.getpid()), [5, 90, 3], 2)
    assert [place for place, _ in told] == [0, 1, 2]
    assert told[1][1] == os.getpid()
    assert told[0][1] == told[2][1] != os.getpid()
