"""The sorted columns of the ledger say the same as a look at every open item."""

import random

import numpy as np

from matchers.numbers import (
    Flags,
    Owned,
    index_digits,
    index_starts,
    index_tails,
    index_texts,
    index_values,
    read_digits,
)


def some_numbers(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)
    lengths = [0, 1, 3, 4, 6, 6, 7, 9, 17, 18, 19, 24]
    return ["".join(draw.choices("0123456789", k=draw.choice(lengths))) for _ in range(count)]


def indexed(numbers):
    flags = Flags(len(numbers))
    digits = read_digits(flags.passing(numbers))
    return digits, index_digits(digits, flags)


def one_slip(digits: str) -> set[str]:
    places = range(len(digits))
    left_out = {digits[:i] + digits[i + 1 :] for i in places}
    swapped = {digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :] for i in places[:-1]}
    other = {digits[:i] + each + digits[i + 1 :] for i in places for each in "0123456789" if each != digits[i]}
    added = {digits[:i] + each + digits[i:] for i in range(len(digits) + 1) for each in "0123456789"}
    return left_out | swapped | other | added


def test_every_number_is_found_where_it_stands_and_no_other():
    numbers = some_numbers(1, 400) + some_numbers(1, 50)
    digits, index = indexed(numbers)
    assert [digits[place] for place in range(len(numbers))] == numbers
    for wanted in {*numbers, *some_numbers(2, 200), "12a"} - {""}:
        expected = [place for place, each in enumerate(numbers) if each == wanted]
        assert list(index.get(wanted)) == expected
        assert (wanted in index) == bool(expected)


def test_leading_zeros_and_lengths_tell_numbers_apart():
    _, index = indexed(["42", "042", "0042"])
    assert [list(index.get(each)) for each in ("42", "042", "0042", "00042")] == [[0], [1], [2], []]


def test_one_slip_finds_exactly_the_numbers_one_slip_away():
    draw = random.Random(3)
    numbers = [str(draw.randrange(10**4, 10**6)) for _ in range(30_000)]
    _, index = indexed(numbers)
    for digits in ("50505", "123456", "100000", "000001"):
        near = one_slip(digits)
        expected = {place for place, each in enumerate(numbers) if each in near}
        found = index.one_slip_from(digits)
        assert set(found) == expected and len(found) == len(set(found))


def test_ends_and_beginnings_are_those_of_the_customer_alone():
    numbers = [each for each in some_numbers(4, 600) if len(each) <= 18]
    owners = np.array([place % 7 for place in range(len(numbers))], dtype=np.int32)
    digits, _ = indexed(numbers)
    places = np.arange(len(numbers), dtype=np.int32)
    tails, starts = index_tails(digits, owners, places), index_starts(digits, owners, places)
    for customer in range(7):
        own = [place for place in range(len(numbers)) if owners[place] == customer]
        for wanted in {numbers[place] for place in own if len(numbers[place]) >= 4}:
            expected = [place for place in own if len(numbers[place]) >= 4 and numbers[place][-4:] == wanted[-4:]]
            assert list(tails.get(customer * 10_000 + int(wanted[-4:]))) == expected
            beginning = sorted((numbers[place], place) for place in own if numbers[place].startswith(wanted[:3]))
            assert starts.get(customer, wanted[:3], digits) == [place for _, place in beginning]


def test_letters_are_compared_and_not_only_their_hash():
    texts = ["RE1", "INV7", "", "RE1"]
    flags = Flags(4)
    index = index_texts(flags.passing(texts), texts.__getitem__, flags)
    assert list(index.get("RE1")) == [0, 3]
    assert list(index.get("RE2")) == [] and list(index.get("")) == []


def test_owned_places_keep_their_order_and_strangers_own_nothing():
    owned = Owned(np.array([2, 0, 2, 2]), np.array([9, 4, 7, 8], dtype=np.int32), 4)
    assert [list(owned.get(customer)) for customer in (0, 1, 2, 3, 4, -1)] == [[4], [], [9, 7, 8], [], [], []]


def test_many_equal_values_are_all_found():
    index = index_values(np.array([5] * 5_000 + [6]), np.arange(5_001, dtype=np.int32))
    assert list(index.get(5)) == list(range(5_000))
    assert list(index.get(6)) == [5_000] and list(index.get(7)) == []
