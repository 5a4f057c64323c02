"""What the night does with single deposits, told one by one through `match`."""

from datetime import date

import pytest

from matchers.cascade import match, to_proposals
from recon.model import Action


def top(partition, position=0):
    result = match(partition)
    rows = [p for p in to_proposals(partition, result) if p.rank == 1 and p.bank_line_id == 100 + position]
    assert len(rows) == 1
    return rows[0]


def settles(proposal, partition):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    return {numbers[a.open_item_id]: a.proposed_minor for a in proposal.allocations if a.open_item_id is not None}


def test_number_and_amount_post(make_book, people, filler):
    partition = make_book(
        people,
        [(0, "2026004711", 125_050), *filler],
        [
            {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"},
        ],
    )
    proposal = top(partition)
    assert proposal.action is Action.POST
    assert settles(proposal, partition) == {"2026004711": 125_050}
    assert proposal.confidence > 0.99


def test_two_invoices_with_equal_open_amount_go_to_review(make_book, people, filler):
    items = [(0, "2026004711", 125_050), (0, "2026004712", 125_050), *filler]
    proposal = top(make_book(people, items, [{"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "PAYMENT"}]))
    assert proposal.action is Action.REVIEW


def test_ambiguous_sum_is_queued_with_its_alternatives(make_book, people, filler):
    items = [(0, f"20260047{n}", amount) for n, amount in enumerate((10_000, 20_000, 30_000, 40_000, 50_000), start=11)]
    partition = make_book(people, [*items, *filler], [{"amount": 60_000, "payer": "ALDER TOOLING", "text": "PAYMENT"}])
    result = match(partition)
    suggestions = to_proposals(partition, result)
    assert all(p.action is Action.REVIEW for p in suggestions)
    assert len(suggestions) >= 3
    assert len({tuple(sorted(settles(p, partition).items())) for p in suggestions}) == len(suggestions)


def test_number_of_another_customer_is_not_posted_for_a_named_payer_by_number_alone(make_book, people, filler):
    items = [(0, "2026004711", 125_050), (1, "2026004799", 88_000), *filler]
    line = {"amount": 50_000, "payer": "BIRCH & SONS LTD", "text": "INV 2026004711"}
    assert top(make_book(people, items, [line])).action is Action.REVIEW


def test_number_shared_by_two_customers_is_not_posted_by_number_alone(make_book, people, filler):
    items = [(0, "2026004711", 125_050), (1, "2026004711", 125_050), *filler]
    assert top(make_book(people, items, [{"amount": 125_050, "text": "INV 2026004711"}])).action is Action.REVIEW


def test_claim_named_in_the_text_is_a_deduction(make_book, people, filler):
    line = {"amount": 110_050, "payer": "ALDER TOOLING GMBH", "text": "INV 2026004711 LESS CLAIM 150.00"}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line])
    proposal = top(partition)
    assert settles(proposal, partition) == {"2026004711": 110_050}
    assert proposal.allocations[0].deduction_minor == 15_000


def test_discount_repeated_in_the_batch_is_learned(make_book, people, filler):
    items = [(place, f"20260047{place}0", 100_000 + 12_340 * place) for place in range(6)]
    lines = [
        {"amount": value - (value * 225 + 5_000) // 10_000, "payer": people[place], "text": f"INVOICE {number}"}
        for place, number, value in items
    ]
    partition = make_book(people, [*items, *filler], lines)
    proposal = top(partition, 3)
    assert proposal.kind == "discount"
    assert proposal.action is Action.POST
    assert proposal.allocations[0].discount_minor == items[3][2] - lines[3]["amount"]


def test_credit_memo_is_netted(make_book, people, filler):
    items = [(0, "2026004711", 125_050), (0, "CM700012", -20_017), *filler]
    line = {"amount": 105_033, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"}
    partition = make_book(people, items, [line])
    assert settles(top(partition), partition) == {"2026004711": 125_050, "CM700012": -20_017}


def test_second_payment_of_one_invoice_is_reviewed_as_on_account(make_book, people, filler):
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711 REF 998877"}
    again = line | {"day": date(2026, 3, 6)}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line, again])
    first, second = top(partition, 0), top(partition, 1)
    assert first.action is Action.POST
    assert second.action is Action.REVIEW
    assert second.kind == "duplicate"
    assert [a.open_item_id for a in second.allocations] == [None]
    assert second.allocations[0].customer_id == 10


def test_returned_payment_takes_back_its_original(make_book, people, filler):
    paid = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"}
    back = {"amount": -125_050, "text": "ACH RETURN R01 INSUFFICIENT FUNDS ALDER TOOLING", "day": date(2026, 3, 5)}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [paid, back])
    proposal = top(partition, 1)
    assert proposal.kind == "return"
    assert proposal.reverses_line_id == 100
    assert settles(proposal, partition) == {"2026004711": -125_050}


def test_invoice_of_a_returned_payment_can_be_paid_again(make_book, people, filler):
    paid = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"}
    back = {"amount": -125_050, "text": "ACH RETURN R01 INSUFFICIENT FUNDS ALDER TOOLING", "day": date(2026, 3, 5)}
    again = paid | {"day": date(2026, 3, 12)}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [paid, back, again])
    assert settles(top(partition, 2), partition) == {"2026004711": 125_050}
    assert top(partition, 2).kind != "duplicate"


def test_ordinary_debit_is_reviewed(make_book, people, filler):
    partition = make_book(people, filler, [{"amount": -4_500, "text": "MONTHLY ACCOUNT FEE"}])
    assert top(partition).action is Action.REVIEW


@pytest.mark.parametrize(
    ("kind", "text", "name"),
    [("INT", "INT CREDIT", "interest"), ("XFER", "ZBA CREDIT TRANSFER", "transfer"), ("", "ZINSEN Q1", "interest")],
)
def test_own_money_is_set_aside_by_an_explicit_rule(make_book, people, filler, kind, text, name):
    proposal = top(make_book(people, filler, [{"amount": 4_321, "kind": kind, "text": text}]))
    assert (proposal.action, proposal.set_aside_name) == (Action.SET_ASIDE, name)


def test_stranger_whose_amount_equals_an_invoice_is_not_posted(make_book, people, filler):
    line = {"amount": filler[5][2], "payer": "ZEPHYR UNRELATED VENTURES", "text": "WIRE IN OBI=PAYMENT"}
    assert top(make_book(people, filler, [line])).action is not Action.POST


def test_line_of_a_statement_in_discrepancy_is_only_suggested(make_book, people, filler):
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711", "postable": False}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line])
    assert top(partition).action is Action.REVIEW
    assert settles(top(partition), partition) == {"2026004711": 125_050}


def test_invoice_issued_after_the_payment_is_no_candidate(make_book, people, filler):
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711", "day": date(2026, 1, 5)}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line])
    assert top(partition).action is Action.REVIEW


def test_itemised_lockbox_of_two_customers_is_taken_apart(make_book, people, filler):
    items = [(0, "2026004711", 125_050), (1, "2026004712", 88_077), *filler]
    text = "LOCKBOX DEPOSIT 4555 2 ITEMS CK 60213 ALDER TOOLING 1250.50 2026004711 | CK 49618 BIRCH 880.77 2026004712"
    partition = make_book(people, items, [{"amount": 213_127, "payer": "LOCKBOX", "text": text}])
    assert settles(top(partition), partition) == {"2026004711": 125_050, "2026004712": 88_077}


def test_payer_known_from_history_is_recognised_under_another_name(make_book, people, filler):
    past = [{"amount": 70_000 + n, "payer": "AMBER TRADING STYLE", "text": f"ORIG ID:778899001{n}"} for n in range(3)]
    partition = make_book(
        people,
        [(0, "2026004711", 125_050), *filler],
        [{"amount": 125_050, "payer": "AMBER TRADING STYLE", "text": "PMT"}],
        past,
        [(n, 0, f"old{n}", 70_000 + n) for n in range(3)],
    )
    assert settles(top(partition), partition) == {"2026004711": 125_050}


def test_part_and_remainder_settle_one_invoice(make_book, people, filler):
    lines = [
        {"amount": 100_000, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"},
        {"amount": 77_777, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711", "day": date(2026, 3, 20)},
    ]
    partition = make_book(people, [(0, "2026004711", 177_777), *filler], lines)
    assert settles(top(partition, 0), partition) == {"2026004711": 100_000}
    assert settles(top(partition, 1), partition) == {"2026004711": 77_777}


def test_cap_keeps_large_deposits_for_a_person(make_book, people, filler):
    from matchers.base import MatchSettings

    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "INVOICE 2026004711"}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line])
    result = match(partition, MatchSettings(amount_cap_minor=100_000))
    assert result.proposals.action.tolist() == [1]


def test_cap_keeps_large_own_money_for_a_person_too(make_book, people, filler):
    from matchers.base import MatchSettings

    partition = make_book(people, filler, [{"amount": 4_321_000, "kind": "XFER", "text": "ZBA CREDIT TRANSFER"}])
    result = match(partition, MatchSettings(amount_cap_minor=100_000))
    assert (result.proposals.action.tolist(), result.proposals.set_aside_name.tolist()) == ([1], ["transfer"])


def test_filler_word_of_the_bank_is_no_payer(make_book, people, filler):
    line = {"amount": 125_050, "payer": "DEPOSIT", "text": "CHECK DEPOSIT 4711 INVOICE 2026004711"}
    partition = make_book(people, [(0, "2026004711", 125_050), *filler], [line])
    assert settles(top(partition), partition) == {"2026004711": 125_050}


def test_refused_payer_is_not_proposed_for_that_name_again(make_book, people, filler):
    from dataclasses import replace

    import numpy as np

    from recon.frames import Teachings, texts

    past = [{"amount": 70_000 + n, "payer": "AMBER TRADING STYLE", "text": ""} for n in range(3)]
    partition = make_book(
        people,
        [(0, "2026004711", 125_050), *filler],
        [{"amount": 125_050, "payer": "AMBER TRADING STYLE", "text": "PMT"}],
        past,
        [(n, 0, f"old{n}", 70_000 + n) for n in range(3)],
    )
    refused = Teachings(
        np.array([0]), texts(["AMBER TRADING STYLE"]), np.array([False]), partition.deposits.booked_day.copy()
    )
    kept, taught = top(partition), top(replace(partition, teachings=refused))
    assert taught.confidence < kept.confidence


def test_unique_amount_under_a_foreign_name_is_suggested_only(make_book, people, filler):
    items = [(0, "2026004711", 98_765_431), *filler]
    line = {"amount": 98_765_431, "payer": "ZEPHYR UNRELATED VENTURES", "text": "WIRE IN OBI=PAYMENT"}
    assert top(make_book(people, items, [line])).action is Action.REVIEW
