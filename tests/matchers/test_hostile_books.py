"""Books and lines made to hurt: no line costs more than a tenth of a second, nothing grows with the square."""

import time
from datetime import date

import pytest

from matchers.cascade import match, to_proposals
from recon.model import Action

ALDER = "ALDER TOOLING GMBH"


def cost(partition):
    """The least CPU seconds of two matches: a shared machine only ever adds."""
    spent = []
    for _ in range(2):
        started = time.process_time()
        match(partition)
        spent.append(time.process_time() - started)
    return min(spent)


def of_three_hundred():
    """Lines against 300 open invoices of one customer, each of another kind of hard."""
    numbers = [f"2026{n:06d}" for n in range(300)]
    amounts = [10_007 + n * n * 13 for n in range(300)]
    total, tails = sum(amounts), ",".join(number[-2:] for number in numbers[1:40])
    return {
        "nothing named": {"amount": 1_234_567, "text": "PAYMENT"},
        "all of them": {"amount": total, "text": "ALL OPEN"},
        "all but one cent": {"amount": total - 1, "text": "STATEMENT"},
        "half of them, two per cent off": {"amount": sum(amounts[:150]) * 98 // 100, "text": "LESS DISCOUNT"},
        "a long list, cut": {"amount": sum(amounts[:40]), "text": "INV " + ",".join(numbers[:30]) + ",2026"},
        "a list of tails": {"amount": sum(amounts[:60]), "text": f"INV 2026000000,{tails}"},
        "every number": {"amount": total, "text": " ".join(numbers)},
        "every number, wrong sum": {"amount": 77_777_777, "text": " ".join(numbers)},
        "numbers one slip away": {"amount": amounts[7], "text": " ".join(n[:-2] + n[-1] + n[-2] for n in numbers[:60])},
        "nobody's numbers": {"amount": 999_999, "text": " ".join(str(3_000_000_000 + 7 * n) for n in range(100))},
        "a round sum": {"amount": 5_000_000, "text": "ON ACCOUNT"},
        "no name": {"amount": amounts[11], "text": "CREDIT", "payer": ""},
    }


@pytest.mark.parametrize("what", of_three_hundred())
def test_no_line_costs_a_tenth_of_a_second_at_300_open_invoices_of_one_customer(make_book, people, what):
    items = [(0, f"2026{n:06d}", 10_007 + n * n * 13) for n in range(300)]
    line = {"payer": ALDER} | of_three_hundred()[what]
    empty, with_line = cost(make_book(people, items, [])), cost(make_book(people, items, [line]))
    assert with_line - empty < 0.1


def test_equal_invoices_cost_in_proportion(make_book, people):
    lines = [{"amount": 10_000 * k, "payer": ALDER, "text": "PAYMENT"} for k in range(1, 11)]
    spent = {}
    for count in (1_250, 5_000):
        spent[count] = cost(make_book(people, [(0, f"2026{n:06d}", 10_000) for n in range(count)], lines))
    assert spent[5_000] < 8 * spent[1_250] + 0.05


def test_one_of_5000_equal_invoices_is_posted_when_it_is_named(make_book, people, filler):
    items = [(0, f"2026{n:06d}", 10_000) for n in range(5_000)]
    partition = make_book(people, [*items, *filler], [{"amount": 10_000, "payer": ALDER, "text": "INV 2026004321"}])
    first = to_proposals(partition, match(partition))[0]
    assert first.action is Action.POST
    assert [each.open_item_id for each in first.allocations] == [1000 + 4_321]


def test_number_of_fifty_customers_is_posted_for_the_named_one_only(make_book, filler):
    people = [f"{word} {n} Trading Ltd" for n, word in enumerate("Alder Birch Cedar Dogwood Elm".split() * 10)]
    items = [(n, "2026004711", 125_050) for n in range(50)]
    lines = [
        {"amount": 125_050, "text": "INV 2026004711"},
        {"amount": 125_050, "text": "INV 2026004711", "payer": "SOMEBODY ELSE GMBH"},
    ]
    partition = make_book(people, items, lines)
    assert all(each.action is not Action.POST for each in to_proposals(partition, match(partition)))


@pytest.mark.parametrize("minor", [1, 10**12, 10**14, 4 * 10**15])
def test_smallest_and_largest_amounts_are_matched_to_the_cent(make_book, people, filler, minor):
    lines = [{"amount": minor, "payer": ALDER, "text": "INVOICE 2026004711"}]
    partition = make_book(people, [(0, "2026004711", minor), *filler], lines)
    first = to_proposals(partition, match(partition))[0]
    assert [each.cash_minor for each in first.allocations] == [minor]
    other = make_book(people, [(0, "2026004711", minor + 1), *filler], lines)
    assert sum(a.cash_minor for a in to_proposals(other, match(other))[0].allocations) in (0, minor)


@pytest.mark.parametrize(
    "piece",
    ["A" * 40 + "1A ", "B/O: ", "FROM: X ", "CK 1 1.00 | ", "ORIG CO NAME:", "A&B'C.D,E-F ", "RE-2026-", "1.234,56 ",
     "請求書１２３ ", "ﷺ", "e\u0301" * 3, "\u200f", "𝟙𝟚𝟛", "INV 1021,22,25,", "PO#A1B2 ", "()[]*+?^$\\"],
    ids=range(16),
)  # fmt: skip
def test_memo_of_100_kb_of_anything_is_read_in_no_time(make_book, people, filler, piece):
    text = (piece * (100_000 // len(piece) + 1))[:100_000]
    fields = {"text": text, "payer": text, "reference": text, "end_to_end": text, "check": text[:40], "account": text}
    line = {"amount": 77_003, **fields}
    past = make_book(people, filler, [line], past=[line], allocations=[(0, 1, text[:50], 77_003)])
    started = time.process_time()
    assert not (match(past).proposals.action == 0).any()
    assert time.process_time() - started < 1.0


def test_past_alone_customers_alone_and_items_alone_are_books_too(make_book, people, filler):
    line = {"amount": 10_000, "payer": ALDER, "text": "INV 1"}
    for partition in (
        make_book(people, [], [], past=[line], allocations=[(0, 0, "1", 10_000)]),
        make_book((), [], []),
        make_book(people, filler, []),
        make_book(people, [], [line], past=[line]),
    ):
        assert not (match(partition).proposals.action == 0).any()


@pytest.mark.parametrize("minor", [1, 2, 9])
def test_a_deposit_of_a_cent_is_no_payment_run(make_book, people, minor):
    """It stopped the night: a run of no invoices at all was near enough to one cent."""
    items = [(0, "410011", 150_000), (0, "410012", 15_050)]
    due = [date(2026, 2, 9), date(2026, 3, 12)]
    asked = make_book(people, items, [{"amount": minor, "payer": ALDER, "text": "410013"}], due=due)
    (first, *_) = to_proposals(asked, match(asked))
    assert first.action is Action.REVIEW
