"""Learning from history: a book that resembles the shipped counts hardly moves, one that does not is believed."""

import pytest

from bench.matching.examples import examples
from matchers.learn import explain_model, learn_from_history, outcomes_of, replay, train
from matchers.shipped import shipped_model


@pytest.fixture(scope="module")
def world():
    return examples(78, 1_200, 0.6)


def test_replay_knows_the_answer_of_every_past_deposit_it_shows(world):
    example = replay(world[0].partition)
    numbers = set(example.partition.open_items.number.tolist())
    assert len(example.partition.deposits) == len(world[0].partition.past)
    assert sum(set(each) <= numbers for each in example.answers.values()) >= 0.95 * len(example.answers)


def test_most_replayed_deposits_are_explained_rightly(world):
    outcomes = outcomes_of(replay(max(world, key=lambda each: len(each.partition.past)).partition))
    sure = [right for chance, right in outcomes if chance > 0.999]
    assert len(sure) > 100
    assert sum(sure) >= 0.98 * len(sure)


def test_new_model_is_compared_with_the_old_one_on_unseen_deposits(world):
    new, comparison = learn_from_history(world[0].partition, shipped_model(), "test")
    assert new.version == "test"
    assert "of this book" in new.origin
    assert comparison.deposits > 0
    assert comparison.old_loss > 0 and comparison.new_loss > 0


def test_trained_model_is_explained_line_by_line(world):
    model = train(world, "test", "one world")
    lines = explain_model(model)
    assert lines[0] == "model test: one world"
    assert len(lines) == len(model.bands) + 2
