"""Numbers of any form: their usual spellings are recognised, the neighbour never is, and odd ones cost nothing."""

import random
import re
import time

import pytest

from matchers.cascade import match, to_proposals
from matchers.text import digits_of, fold, ledger_digits, read_tokens

FORMATS = {
    "RE-2026-{:05d}": 2494, "INV{:07d}": 104_711, "SI/{:06d}": 201_601, "FA/2026/{:05d}": 10_815, "26/{:06d}": 70_871,
    "{:08d}": 90_412_345, "INV {:06d}": 304_711, "RG_{:07d}": 7_201_601, "F2026-{:05d}": 40_815, "{:06d}-26": 512_094,
    "INV#{:07d}": 5_104_722, "BI.{:07d}": 1_120_034,
}  # fmt: skip


def spellings(number):
    """Fifteen usual ways to write one number, by rule: what payers, banks and scanners make of it."""
    digits = ledger_digits(fold(number))
    lower, bare = number.lower(), re.sub("[^A-Z0-9]", "", number)
    parts = re.findall("[0-9]+", number)
    middle = len(digits) // 2
    wrapped = " ".join(digits[: middle + 1] + "|" + digits[middle + 1 :] for _ in "1").replace("|", " ")
    slip = digits[:-2] + digits[-1] + digits[-2]
    return {
        "as it is": number,
        "labelled": f"INVOICE {number}",
        "labelled, glued": f"INV#{digits}",
        "in lower case": lower,
        "letters and digits": bare,
        "digits": digits,
        "spaced": " ".join(re.findall("[A-Z]+|[0-9]+", number)),
        "with points": ".".join(re.findall("[A-Z]+|[0-9]+", number)),
        "with slashes": "/".join(re.findall("[A-Z]+|[0-9]+", number)),
        "without leading zeros": f"INV {parts[-1].lstrip('0') if len(parts) == 1 else digits}",
        "last digits": f"INVOICE {digits[-5:]}",
        "letter for digit": f"INVOICE {digits.replace('0', 'O', 1)}",
        "wrapped by the field": f"INVOICE {wrapped}",
        "two digits exchanged": f"INVOICE {slip}",
        "in a sentence": f"PAYMENT OF YOUR INVOICE NO. {number}, THANK YOU",
    }


@pytest.fixture
def book_of(make_book, people):
    """One customer with a number, its neighbours and a far one, all open; a hundred others write in the same form."""

    def build(form, value, text):
        numbers = [form.format(n) for n in (value, value + 1, value + 10, value + 3_000)]
        amounts = (125_050, 125_050, 125_050, 77_100)
        items = [(0, number, amount) for number, amount in zip(numbers, amounts, strict=True)]
        items += [(2 + n % 8, form.format(value + 5_000 + 37 * n), 31_007 + 7_919 * n) for n in range(100)]
        line = {"amount": 125_050, "payer": "ALDER TOOLING GMBH", "text": text}
        return make_book(people, items, [line])

    return build


def decided(partition):
    numbers = dict(zip(partition.open_items.id.tolist(), partition.open_items.number.tolist(), strict=True))
    best = to_proposals(partition, match(partition))[0]
    return [numbers[a.open_item_id] for a in best.allocations if a.open_item_id is not None], best.action.value


@pytest.mark.parametrize(("form", "value"), FORMATS.items(), ids=FORMATS)
def test_thirteen_of_fifteen_spellings_are_recognised_and_no_neighbour_is_posted(book_of, form, value):
    ways = spellings(form.format(value))
    assert len(ways) == 15
    found = {name: decided(book_of(form, value, text)) for name, text in ways.items()}
    wrong = {name for name, (numbers, _) in found.items() if numbers != [form.format(value)]}
    assert {name for name in wrong if found[name][1] == "auto"} == set()
    assert len(wrong) <= 2, {name: (ways[name], found[name]) for name in wrong}


@pytest.mark.parametrize("seed", range(30))
def test_ledger_digits_are_all_digits_of_a_number_without_letters_between(seed):
    draw = random.Random(seed)
    prefix = "".join(draw.choice("ABSIOZLGQBDX") for _ in range(draw.randint(0, 5)))
    parts = ["".join(draw.choice("0123456789") for _ in range(draw.randint(2, 6))) for _ in range(draw.randint(1, 3))]
    separator = draw.choice(["/", "-", "_", " ", ".", "#", ""])
    assert ledger_digits(fold(separator.join([prefix, *parts]) if prefix else separator.join(parts))) == "".join(parts)


@pytest.mark.parametrize(
    "piece",
    ["A" * 40 + "1A", "A" * 1_990 + "1A", "AB" * 900 + "1-X", "O" * 2_000, "SI-" * 600 + "1A", "1-" * 900 + "X",
     "A." * 900 + "1A", "-" * 2_000, "QDILSBZG" * 240 + "X"],
    ids=range(9),
)  # fmt: skip
def test_no_piece_of_text_makes_reading_a_number_slow(piece):
    started = time.process_time()
    digits_of(piece)
    ledger_digits(piece)
    read_tokens(fold(f"INV {piece} " * 50))
    assert time.process_time() - started < 0.5
