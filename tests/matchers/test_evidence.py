"""Every suggestion says what speaks for it, what else sums, and what was lacking; and that is true."""

import numpy as np
import pytest

from bench.matching.examples import examples
from matchers.base import MatchSettings
from matchers.cascade import match, to_proposals
from matchers.change import Change, Question
from matchers.counterfactual import ask_changed
from recon.model import Action

ALDER = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
LACKING = "would make it certain"


def suggestions(partition, settings=None):
    return to_proposals(partition, match(partition, settings or MatchSettings()))


def told(proposal, signal):
    return [each.seen for each in proposal.evidence if each.signal == signal]


@pytest.fixture
def ambiguous(make_book, people, filler):
    items = [(0, f"20260047{n}", amount) for n, amount in enumerate((10_000, 20_000, 30_000, 40_000, 50_000), start=11)]
    return make_book(people, [*items, *filler], [ALDER | {"amount": 60_000}])


def test_every_suggestion_of_a_queued_deposit_says_what_was_lacking(ambiguous):
    found = suggestions(ambiguous)
    assert len(found) >= 3
    for each in found:
        [lacking] = told(each, LACKING)
        assert "in the text" in lacking and "202600471" in lacking


def test_a_proposal_is_the_same_alone_and_among_all(ambiguous):
    result = match(ambiguous)
    together = to_proposals(ambiguous, result)
    assert len(together) >= 3
    assert together == tuple(each for row in range(len(together)) for each in to_proposals(ambiguous, result, [row]))


def test_decision_names_its_runner_up_and_counts_the_sets_that_also_sum(ambiguous):
    first, *others = suggestions(ambiguous)
    assert told(first, "runner-up")
    [also] = told(first, "also sums")
    assert int(also.split()[0]) >= 2
    assert not any(told(each, "runner-up") for each in others)


def test_posted_deposit_lacks_nothing(make_book, people, filler):
    [posted] = suggestions(make_book(people, [(0, "2026004711", 125_050), *filler], [ALDER | {"text": "2026004711"}]))
    assert posted.action is Action.POST
    assert not told(posted, LACKING)


def test_short_payment_with_its_number_lacks_the_rest_of_the_amount(make_book, people, filler):
    line = ALDER | {"amount": 61_007, "text": "INVOICE 2026004711"}
    first = suggestions(make_book(people, [(0, "2026004711", 125_050), *filler], [line]))[0]
    assert told(first, LACKING) == ["640.43 USD more paid"]


def test_numbers_with_bars_and_line_breaks_do_not_break_the_evidence(make_book, people, filler):
    items = [(0, "A|1\n2", 125_050), (0, "A|1\n3", 125_050), *filler]
    first = suggestions(make_book(people, items, [ALDER | {"payer": "ALDER | TOOLING\nGMBH"}]))[0]
    assert told(first, LACKING)[0].startswith("A 1 ")


def test_in_a_simulated_world_naming_the_numbers_that_were_lacking_gets_the_suggestion_posted():
    example = max(examples(11, 700, 0.8), key=lambda each: len(each.partition.deposits))
    partition, numbers = example.partition, example.partition.open_items.number
    tried = posted = 0
    for each in suggestions(partition):
        lacking = told(each, LACKING)
        if not lacking or not lacking[0].endswith("in the text"):
            continue
        if tried == 6:
            break
        tried += 1
        wanted = [str(numbers[np.flatnonzero(partition.open_items.id == a.open_item_id)[0]]) for a in each.allocations]
        position = int(np.flatnonzero(partition.deposits.id == each.bank_line_id)[0])
        question = Question(partition, MatchSettings(), position)
        verdict = ask_changed(question, [Change("name", number) for number in wanted])
        settled = {label.rpartition("@")[0] for label, _ in verdict.settles}
        posted += verdict.action is Action.POST and settled == set(wanted)
    assert tried >= 5
    assert posted >= 0.7 * tried


def test_amount_at_risk_is_capped_and_the_amount_itself_is_not(make_book, people, filler):
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [ALDER | {"text": "2026004711"}])
    [posted] = suggestions(partition)
    at_risk = 125_050 * (1.0 - posted.confidence)
    assert suggestions(partition, MatchSettings(risk_cap_minor=int(at_risk) + 1))[0].action is Action.POST
    bolder = make_book(people, [(0, "2026004711", 10**9), *filler], [ALDER | {"amount": 10**9, "text": "2026004711"}])
    [above] = suggestions(bolder, MatchSettings(risk_cap_minor=10))
    assert above.confidence > 0.99
    assert above.action is Action.REVIEW
    assert suggestions(bolder, MatchSettings(risk_cap_minor=0))[0].action is Action.POST
