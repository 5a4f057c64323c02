"""Money to the last cent and the last word of a refusal: examples, edges, properties. No store, no file."""

import doctest
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recon import money
from recon.errors import BrokenInvariant, UnreadableText
from recon.money import (
    COMMA,
    COMMA_GROUPED,
    POINT,
    POINT_GROUPED,
    Money,
    NumberStyle,
    Rounding,
    format_minor,
    is_known_currency,
    minor_digits,
    parse_minor,
    parse_money,
    round_fraction,
    split_minor,
    to_decimal,
)

APOSTROPHE = NumberStyle(".", "'")
MINOR = st.integers(-(2**63) + 1, 2**63 - 1)
CURRENCIES = st.sampled_from(["EUR", "JPY", "KWD", "CLF"])


def test_examples_are_true() -> None:
    assert doctest.testmod(money).failed == 0


@pytest.mark.parametrize(("currency", "digits"), [("EUR", 2), ("JPY", 0), ("KWD", 3), ("UYW", 4), ("???", 2)])
def test_minor_digits_are_those_of_the_standard(currency: str, digits: int) -> None:
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(("code", "known"), [("EUR", True), ("ZWG", True), ("AED", True), ("eur", False), ("", False)])
def test_a_currency_is_known_by_its_upper_case_code(code: str, known: bool) -> None:
    assert is_known_currency(code) is known


def test_every_currency_of_unusual_digits_is_known() -> None:
    assert set(money.MINOR_DIGITS) <= money.KNOWN_CURRENCIES


def test_money_of_one_currency_adds_and_subtracts() -> None:
    two, three = Money(200, "EUR"), Money(300, "EUR")
    assert (two + three, two - three, -two) == (Money(500, "EUR"), Money(-100, "EUR"), Money(-200, "EUR"))


@pytest.mark.parametrize("act", [lambda a, b: a + b, lambda a, b: a - b])
def test_different_currencies_do_not_add(act: Any) -> None:
    with pytest.raises(BrokenInvariant, match=r"^EUR and USD do not add$"):
        act(Money(1, "EUR"), Money(1, "USD"))


@pytest.mark.parametrize(("minor", "currency", "text"), [
    (0, "EUR", "0.00"), (5, "EUR", "0.05"), (-5, "EUR", "-0.05"), (-100, "EUR", "-1.00"), (123456, "EUR", "1234.56"),
    (0, "JPY", "0"), (-7, "JPY", "-7"), (1, "KWD", "0.001"), (-12345, "CLF", "-1.2345"),
])  # fmt: skip
def test_amounts_are_written_with_all_minor_digits(minor: int, currency: str, text: str) -> None:
    assert format_minor(minor, currency) == text
    assert str(Money(minor, currency)) == f"{text} {currency}"


@pytest.mark.parametrize(("value", "up", "even", "down"), [
    ("1/2", 1, 0, 0), ("-1/2", -1, 0, 0), ("3/2", 2, 2, 1), ("5/2", 3, 2, 2), ("-5/2", -3, -2, -2),
    ("49/100", 0, 0, 0), ("51/100", 1, 1, 0), ("-51/100", -1, -1, 0), ("-7", -7, -7, -7), ("0", 0, 0, 0),
    ("199/100", 2, 2, 1), ("-199/100", -2, -2, -1),
])  # fmt: skip
def test_a_fraction_is_rounded_as_asked(value: str, up: int, even: int, down: int) -> None:
    said = [round_fraction(Fraction(value), how) for how in (Rounding.HALF_UP, Rounding.HALF_EVEN, Rounding.DOWN)]
    assert said == [up, even, down]
    assert round_fraction(Fraction(value)) == up


def test_a_product_is_rounded_once_and_as_asked() -> None:
    amount, tenth = Money(1005, "EUR"), Fraction(1, 10)
    assert amount.times(tenth) == Money(101, "EUR")
    assert amount.times(tenth, Rounding.DOWN) == Money(100, "EUR")
    assert Money(25, "JPY").times(tenth, Rounding.HALF_EVEN) == Money(2, "JPY")
    assert amount.times(-3) == Money(-3015, "EUR")


@pytest.mark.parametrize(("total", "weights", "shares"), [
    (100, [1, 1, 1], [34, 33, 33]),
    (100, [1, 2], [33, 67]),  # the larger remainder gets the cent, wherever it stands
    (10, [1, 5], [2, 8]),  # and however small its share
    (10, [3, 3, 4], [3, 3, 4]),
    (5, [0, 1, 1], [0, 3, 2]),  # no weight, no share
    (-100, [1, 1, 1], [-33, -33, -34]),
    (1, [1], [1]), (0, [1, 2], [0, 0]), (7, [2, 3, 5], [1, 2, 4]),
])  # fmt: skip
def test_a_total_is_shared_by_weight_to_the_cent(total: int, weights: list[int], shares: list[int]) -> None:
    assert split_minor(total, weights) == shares


@given(st.integers(-(10**12), 10**12), st.lists(st.integers(0, 10**6), min_size=1, max_size=9).filter(any))
def test_no_share_is_more_than_a_cent_from_its_proportion(total: int, weights: list[int]) -> None:
    shares = split_minor(total, weights)
    assert sum(shares) == total
    whole = sum(weights)
    assert all(abs(share - Fraction(total * weight, whole)) < 1 for share, weight in zip(shares, weights, strict=True))


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_that_share_nothing_are_refused(weights: list[int]) -> None:
    with pytest.raises(BrokenInvariant, match=r"^weights must be non-negative and not all zero$"):
        split_minor(100, weights)


@pytest.mark.parametrize(("decimal", "group", "wrong"), [
    (";", "", "decimal mark is '.' or ','"), ("", "", "decimal mark is '.' or ','"),
    (".", ".", "decimal and group mark differ"), (",", ",", "decimal and group mark differ"),
])  # fmt: skip
def test_a_number_style_that_cannot_be_read_is_refused(decimal: str, group: str, wrong: str) -> None:
    with pytest.raises(BrokenInvariant) as refused:
        NumberStyle(decimal, group)
    assert str(refused.value) == wrong


def test_a_number_style_is_a_decimal_mark_and_perhaps_a_group_mark() -> None:
    assert (NumberStyle(","), NumberStyle(".", "'").group) == (COMMA, "'")


@pytest.mark.parametrize(("text", "style", "currency", "minor"), [
    ("1", POINT, "EUR", 100), ("+1.5", POINT, "EUR", 150), ("-0.05", POINT, "EUR", -5), (" 7.00 ", POINT, "EUR", 700),
    ("1.", POINT, "EUR", 100), ("12.3400", POINT, "EUR", 1234), ("5", POINT, "JPY", 5), ("5.000", POINT, "JPY", 5),
    ("1.234", POINT, "KWD", 1234), ("1.2", POINT, "KWD", 1200), ("0001", POINT, "EUR", 100), ("-0", POINT, "EUR", 0),
    ("1,5", COMMA, "EUR", 150), ("-1.650,5", COMMA_GROUPED, "EUR", -165050), ("1.000.000", COMMA_GROUPED, "JPY", 10**6),
    ("1,650.5", POINT_GROUPED, "EUR", 165050), ("12,650", POINT_GROUPED, "EUR", 1265000),
    ("+123,456.78", POINT_GROUPED, "EUR", 12345678), ("999", POINT_GROUPED, "EUR", 99900),
    ("-123,456.78", POINT_GROUPED, "EUR", -12345678),
    ("1'234.50", APOSTROPHE, "CHF", 123450), ("1234.5", POINT_GROUPED, "EUR", 123450),
    ("92233720368547758.07", POINT, "EUR", 2**63 - 1), ("-92233720368547758.07", POINT, "EUR", -(2**63 - 1)),
    ("0" * 36 + "1.00", POINT, "EUR", 100),
])  # fmt: skip
def test_text_of_the_declared_style_is_read(text: str, style: NumberStyle, currency: str, minor: int) -> None:
    assert parse_minor(text, style, currency) == minor
    assert parse_money(text, style, currency) == Money(minor, currency)


NOT_A_NUMBER = "{!r} is not a number with decimal mark {!r}"
NOT_GROUPED = "{!r} is not grouped in threes by {!r}"


@pytest.mark.parametrize(("text", "style", "wrong"), [
    ("", POINT, NOT_A_NUMBER.format("", ".")), ("abc", POINT, NOT_A_NUMBER.format("abc", ".")),
    ("1,5", POINT, NOT_A_NUMBER.format("1,5", ".")), ("1.5", COMMA, NOT_A_NUMBER.format("1.5", ",")),
    (".5", POINT, NOT_A_NUMBER.format(".5", ".")), ("--1", POINT, NOT_A_NUMBER.format("--1", ".")),
    ("1.2.3", POINT, NOT_A_NUMBER.format("1.2.3", ".")), ("1e5", POINT, NOT_A_NUMBER.format("1e5", ".")),
    ("\u0661", POINT, NOT_A_NUMBER.format("\u0661", ".")), ("1 000", POINT, NOT_A_NUMBER.format("1 000", ".")),
    ("1,65", POINT_GROUPED, NOT_GROUPED.format("1,65", ",")),
    ("1,6500", POINT_GROUPED, NOT_GROUPED.format("1,6500", ",")),
    ("1234,567", POINT_GROUPED, NOT_GROUPED.format("1234,567", ",")),
    (",567", POINT_GROUPED, NOT_GROUPED.format(",567", ",")),
    ("1,234.567,8", POINT_GROUPED, NOT_GROUPED.format("1,234.567,8", ",")),
    ("1.5,000", POINT_GROUPED, NOT_GROUPED.format("1.5,000", ",")),
    ("x1,234", POINT_GROUPED, NOT_A_NUMBER.format("x1,234", ".")),
    ("-+1,234", POINT_GROUPED, NOT_A_NUMBER.format("-+1,234", ".")),
    ("--123,456", POINT_GROUPED, NOT_GROUPED.format("--123,456", ",")),
    ("1,234+", POINT_GROUPED, NOT_GROUPED.format("1,234+", ",")),
    ("1.234", POINT, "'1.234' has more than 2 decimals for EUR"),
    ("1.0001", POINT, "'1.0001' has more than 2 decimals for EUR"),
    ("92233720368547758.08", POINT, "'92233720368547758.08' is larger than any amount"),
    ("-92233720368547758.08", POINT, "'-92233720368547758.08' is larger than any amount"),
    ("9" * 40, POINT, f"'{'9' * 40}' is larger than any amount"),
    (" " + "9" * 40, POINT, f"' {'9' * 39}' is larger than any amount"),
    ("0" * 41, POINT, NOT_A_NUMBER.format("0" * 40, ".")), ("z" * 50, POINT, NOT_A_NUMBER.format("z" * 40, ".")),
    ("1," * 30, POINT_GROUPED, NOT_GROUPED.format("1," * 20, ",")),
])  # fmt: skip
def test_other_text_is_refused_with_the_reason(text: str, style: NumberStyle, wrong: str) -> None:
    with pytest.raises(UnreadableText) as refused:
        parse_minor(text, style, "EUR")
    assert str(refused.value) == wrong


@given(MINOR, CURRENCIES)
def test_what_is_written_is_read_back(minor: int, currency: str) -> None:
    assert parse_minor(format_minor(minor, currency), POINT, currency) == minor


@given(MINOR, CURRENCIES)
def test_the_decimal_value_is_exact(minor: int, currency: str) -> None:
    value = to_decimal(Money(minor, currency))
    assert value == Decimal(format_minor(minor, currency))
    assert value.as_tuple().exponent == -minor_digits(currency)
