"""References with check digits name the invoice they protect; with a wrong one they are numbers like any other."""

import pytest

from matchers.cascade import match, to_proposals
from matchers.check_digits import with_references
from matchers.text import read_tokens
from recon.model import Action

VALID = [
    "RF39 2026 0047 11",
    "RF392026004711 INVOICE PAYMENT",
    "SVWZ+RF392026004711",
    "00 00000 00000 00002 02600 47116",
    "VIITE 2026004711 3",
    "KID 20260047111",
]


def digits(text):
    return [token.digits for token in with_references(text, read_tokens(text))]


@pytest.mark.parametrize("text", VALID)
def test_valid_reference_is_the_number_it_protects(text):
    assert "2026004711" in digits(text)


@pytest.mark.parametrize("text", ["RF38 2026 0047 11", "KID 20260047112", "VIITE 2026004711 4"])
def test_wrong_check_digit_leaves_the_text_as_it_is(text):
    assert with_references(text, read_tokens(text)) == read_tokens(text)


def test_belgian_reference_loses_its_two_check_digits():
    assert digits("+++002/0260/04745+++") == ["20260047"]


@pytest.mark.parametrize("text", VALID)
def test_payment_with_a_valid_reference_posts(make_book, people, filler, text):
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": text}
    partition = make_book(people, [(0, "2026004711", 125_050), (0, "2026004712", 125_050), *filler], [line])
    first = to_proposals(partition, match(partition))[0]
    number = partition.open_items.id.tolist().index(first.allocations[0].open_item_id)
    assert (first.action, partition.open_items.number[number]) == (Action.POST, "2026004711")


def test_reference_of_customer_and_invoice_number_posts(make_book, people, filler):
    line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": "RF19CUST12INV2026004711"}
    partition = make_book(people, [(0, "2026004711", 125_050), (0, "2026004712", 125_050), *filler], [line])
    first = to_proposals(partition, match(partition))[0]
    assert partition.open_items.id.tolist().index(first.allocations[0].open_item_id) == 0
