"""What would have decided otherwise: every printed change really flips the decision, and no smaller one tried does."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from bench.matching.examples import examples
from matchers.base import MatchSettings
from matchers.cascade import match, to_proposals
from matchers.change import CHANGES, Question, changed, read_change
from matchers.counterfactual import MOST_LINES, ask, ask_changed, families_of, find_flips, narrowed
from recon.errors import UsageError
from recon.model import Action

TWO_EQUAL = [(0, "2026004711", 125_050), (0, "2026004712", 125_050)]
ALDER = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}
NAMED = ALDER | {"text": "INVOICE 2026004711"}


@pytest.fixture
def question(make_book, people, filler):
    def build(items, *lines, settings=None, position=0):
        return Question(make_book(people, [*items, *filler], list(lines)), settings or MatchSettings(), position)

    return build


def written(found):
    return {str(flip.changes[0]): flip.verdict for flip in found.flips if len(flip.changes) == 1}


def every_single(question):
    """All single changes of the family in the order of size, asked one by one: what the search must agree with."""
    result = match(question.partition, question.settings)
    rows = np.flatnonzero(result.proposals.deposit == question.position).tolist()
    families = families_of(question, to_proposals(question.partition, result, rows))
    before = ask(question)
    for family in families.values():
        for change in family:
            try:
                yield str(change), before.is_flipped(ask_changed(question, [change]))
            except UsageError:
                yield str(change), False


def test_ambiguous_deposit_would_be_posted_if_its_number_were_named(question):
    found = find_flips(question(TWO_EQUAL, ALDER))
    assert found.verdict.action is Action.REVIEW
    assert str(found.flips[0].changes[0]).startswith("name:202600471")
    assert found.flips[0].verdict.action is Action.POST


def test_ambiguous_deposit_would_be_posted_if_one_of_two_equal_invoices_were_not_open(question):
    flips = written(find_flips(question(TWO_EQUAL, ALDER)))
    [closing] = [key for key in flips if key.startswith("close:")]
    left = {"close:2026004711@C00000": "2026004712@C00000", "close:2026004712@C00000": "2026004711@C00000"}[closing]
    assert flips[closing].settles == ((left, 125_050),)


def test_short_payment_says_how_much_was_missing(question):
    short = NAMED | {"amount": 124_317}
    flips = written(find_flips(question(TWO_EQUAL[:1], short)))
    assert flips["amount:+7.33"].action is Action.POST


def test_unknown_payer_would_be_posted_if_the_bank_named_the_customer(question):
    found = find_flips(question(TWO_EQUAL[:1], ALDER | {"payer": "WEST TOWER HOLDINGS"}))
    assert found.verdict.action is Action.REVIEW
    assert {"payer:C00000", "from:C00000"} & written(found).keys()


def test_line_of_an_unproved_statement_would_be_posted_if_it_proved(question):
    assert written(find_flips(question(TWO_EQUAL[:1], NAMED | {"postable": False})))["proved"].action is Action.POST


def test_deposit_above_the_cap_names_the_cap_that_lets_it_through(question):
    capped = question(TWO_EQUAL[:1], NAMED, settings=MatchSettings(amount_cap_minor=100_000))
    assert list(written(find_flips(capped))) == ["cap:1250.50"]


def test_second_payment_would_be_posted_if_the_first_were_not_there(question):
    twice = question(TWO_EQUAL[:1], NAMED, NAMED | {"day": date(2026, 3, 9)}, position=1)
    found = find_flips(twice)
    assert found.verdict.kind == "duplicate"
    assert written(found)["gone:D100"].action is Action.POST


def test_posted_deposit_says_what_would_have_kept_it_in_the_queue(question):
    found = find_flips(question(TWO_EQUAL[:1], ALDER))
    flips = written(found)
    assert found.verdict.action is Action.POST
    assert flips["close:2026004711@C00000"].action is Action.REVIEW
    assert flips["twin:2026004711@C00000"].action is Action.REVIEW


def test_where_no_single_fact_flips_two_together_are_found(question):
    doubtful = ALDER | {"postable": False}
    found = find_flips(question(TWO_EQUAL, doubtful))
    [flip] = found.flips
    assert len(flip.changes) == 2
    assert flip.verdict.action is Action.POST


@pytest.mark.parametrize(
    "line",
    [ALDER, NAMED, NAMED | {"amount": 120_000}, ALDER | {"payer": "WEST TOWER HOLDINGS"}, ALDER | {"amount": 250_100},
     NAMED | {"amount": 130_000}, ALDER | {"payer": ""}, {"amount": 7, "text": ""}],
    ids=range(8),
)  # fmt: skip
def test_printed_change_asked_again_flips_and_none_before_it_does(question, line):
    asked = question(TWO_EQUAL, line)
    before = ask(asked)
    found = find_flips(asked)
    for flip in found.flips:
        after = ask_changed(asked, [read_change(str(change)) for change in flip.changes])
        assert after == flip.verdict
        assert before.is_flipped(after)
    singles = list(every_single(asked))
    first = next((key for key, flips in singles if flips), None)
    assert first == (str(found.flips[0].changes[0]) if found.flips and len(found.flips[0].changes) == 1 else None)
    kinds = {key.partition(":")[0]: key for key, flips in reversed(singles) if flips}
    assert set(kinds.values()) == written(found).keys()


def test_in_a_simulated_world_every_printed_change_flips_and_no_smaller_one_does():
    example = max(examples(5, 200, 0.9), key=lambda each: len(each.partition.deposits))
    actions = match(example.partition).proposals
    first = actions.rank == 1
    chosen = [
        *actions.deposit[first & (actions.action == 1) & (actions.confidence > 0)][:2],
        *actions.deposit[first & (actions.action == 0)][:1],
    ]
    flipped = 0
    for position in map(int, chosen):
        asked = Question(example.partition, MatchSettings(), position)
        found = find_flips(asked)
        for flip in found.flips[:1]:
            flipped += 1
            assert found.verdict.is_flipped(ask_changed(asked, flip.changes))
            if len(flip.changes) == 1:
                assert next(key for key, flips in every_single(asked) if flips) == str(flip.changes[0])
    assert flipped >= 1


def test_large_batch_is_narrowed_to_the_lines_that_matter_and_decides_the_same(make_book, people):
    items = [(place % 10, f"2026{place:06d}", 10_007 + 131 * place) for place in range(600)]
    lines = [{"amount": minor, "payer": people[who], "text": f"INV {number}"} for who, number, minor in items]
    lines[417] = lines[417] | {"text": "PAYMENT", "amount": lines[417]["amount"] + 1}
    asked = Question(make_book(people, items, lines), MatchSettings(), 417)
    fewer = narrowed(asked)
    assert len(fewer.partition.deposits) <= MOST_LINES
    assert fewer.partition.deposits.id[fewer.position] == asked.partition.deposits.id[417]
    before, after = ask(asked), ask(fewer)
    assert (before.action, before.settles) == (after.action, after.settles)


def test_question_itself_is_never_changed(question):
    asked = question(TWO_EQUAL, ALDER)
    before = ask(asked)
    find_flips(asked)
    assert ask(asked) == before


@pytest.mark.parametrize(
    "wrong",
    ["", "name", "name:", "proved:yes", "colour:red", "close:4040@C9", "payer:C9", "amount:ten", "amount:1e99",
     "amount:-1250.50", "amount:0.001", "amount:NaN", "budget:2", "budget:x", "unname:99", "gone:D100", "gone:D9"],
)  # fmt: skip
def test_change_of_nothing_is_refused_with_a_remedy(question, wrong):
    with pytest.raises(UsageError) as refused:
        changed(question(TWO_EQUAL, ALDER), read_change(wrong))
    assert refused.value.remedy


def test_number_of_two_customers_needs_its_customer_in_the_change(question):
    asked = question([(0, "2026004711", 125_050), (1, "2026004711", 99_000)], ALDER)
    with pytest.raises(UsageError):
        changed(asked, read_change("close:2026004711"))
    fewer = changed(asked, read_change("close:2026004711@C00001"))
    assert len(fewer.partition.open_items) == len(asked.partition.open_items) - 1


def test_every_kind_of_change_is_described():
    from jobs.counterfactual_command import SENTENCES

    assert set(SENTENCES) | {"amount"} == set(CHANGES)


def test_twin_takes_a_number_nobody_has(question):
    asked = question([(0, "RE-0099", 5), (0, "RE-0100", 6)], ALDER)
    more = changed(asked, read_change("twin:RE-0099"))
    assert more.partition.open_items.number[-1] == "RE-0101"
    assert replace(more, partition=asked.partition) == asked
