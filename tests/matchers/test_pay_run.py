"""Payment runs: what a payer who lists nothing probably takes of each due date."""

from datetime import date, timedelta

import numpy as np

from matchers.cascade import match, to_proposals
from matchers.pay_run import RunHabits, likeliest_runs, log_chances
from recon.model import Action

MONDAY = date(2026, 3, 2)


def settles(partition):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    proposal = to_proposals(partition, match(partition))[0]
    return proposal.action, {numbers[a.open_item_id] for a in proposal.allocations if a.open_item_id is not None}


def weekly(make_book, people, filler, line):
    """Alder owes two invoices on each of ten due dates around Monday; nobody else owes anything like it."""
    due = [MONDAY + timedelta(days=n - 6) for n in range(10) for _ in range(2)]
    items = [(0, f"20260047{place:02d}", 100_003 + 37_119 * place + place**3) for place in range(20)]
    days = due + [MONDAY - timedelta(days=3)] * len(filler)
    return make_book(people, [*items, *filler], [line], due=days), items


def test_first_invoices_of_several_due_dates_are_found_without_a_list(make_book, people, filler):
    line = {"amount": 0, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    _, items = weekly(make_book, people, filler, line)
    paid = [items[place] for place in (0, 1, 2, 4, 5, 6, 8, 10)]
    partition, _ = weekly(make_book, people, filler, line | {"amount": sum(each[2] for each in paid)})
    assert settles(partition)[1] == {each[1] for each in paid}


def test_announced_claim_is_taken_off_an_unlisted_run(make_book, people, filler):
    line = {"amount": 0, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT LESS CLAIM 1234.56"}
    _, items = weekly(make_book, people, filler, line)
    paid = [items[place] for place in (0, 1, 2, 3)]
    amount = sum(each[2] for each in paid) - 123_456
    partition, _ = weekly(make_book, people, filler, line | {"amount": amount})
    assert settles(partition)[1] == {each[1] for each in paid}


def test_equal_invoices_of_two_due_dates_go_to_review(make_book, people, filler):
    due = [MONDAY - timedelta(days=2), MONDAY - timedelta(days=1), MONDAY] + [MONDAY] * len(filler)
    items = [(0, f"20260047{place:02d}", 125_050) for place in range(3)]
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
    assert settles(make_book(people, [*items, *filler], [line], due=due))[0] is Action.REVIEW


def test_every_run_that_hits_is_found_when_there_is_room_for_all():
    groups = [[10, 20], [30], [5, 25, 15]]
    chances = log_chances(groups, [-1, 0, 1], RunHabits(), 60)
    runs, rest, missed = likeliest_runs(groups, chances, [60], [60], [1.0])
    sums = [np.concatenate(([0], np.cumsum(each))) for each in groups]
    every = {
        (a, b, c) for a in range(3) for b in range(2) for c in range(4) if sums[0][a] + sums[1][b] + sums[2][c] == 60
    }
    assert {run.sizes for run in runs} == every
    assert rest == missed == 0.0
    assert [run.points for run in runs] == sorted((run.points for run in runs), reverse=True)


def test_book_teaches_which_due_dates_are_passed_over():
    habits = RunHabits()
    before = habits.shares(3, 1)
    for _ in range(40):
        habits.learn([(3, [True]), (-2, [False])])
    assert habits.shares(3, 1)[2] > 0.8 > before[2]
    assert habits.shares(-2, 1)[0] > 0.8


def test_of_equally_likely_runs_that_are_too_many_those_of_the_oldest_invoices_are_kept():
    """Which ones must not depend on the processor, as the order that a partition leaves does."""
    worth = [1 << place for place in range(24)]
    even = [np.log(np.full(2, 1 / 2))] * len(worth)

    aims = [worth[0] + worth[1], sum(worth)]
    runs, _, missed = likeliest_runs([[each] for each in worth], even, aims, aims, [0.5, 0.5])
    assert [run.sizes for run in runs] == [(1, 1, *[0] * 22)]
    assert missed > 0.5
