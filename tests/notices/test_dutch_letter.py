"""A Dutch consumer owes costs only after a letter that gave 14 days and named them, and on the whole sum once."""

from datetime import date, timedelta

import pytest

from bench.notices.examples import HEAD
from notices.charges import charges_of
from notices.letter import rendered_notice
from notices.policy import Policy
from notices.policy_file import read_policy
from recon.errors import UsageError
from recon.model import Customer, Notice, NoticeLine

DAY = date(2026, 3, 31)
LADDER = """
id = "nl"
rest_days = {rest}
charge_consumers = true
interest = {{ regime = "NL" }}
[[tiers]]
name = "reminder"
days = 3
{letter}
[[tiers]]
name = "demand"
days = 25
fee = {{ EUR = "500.00" }}
"""


def ladder(rest: int = 20, letter: str = "fourteen_days = true") -> Policy:
    return read_policy(LADDER.format(rest=rest, letter=letter), "nl.toml")


def told(level: int, *amounts: int, consumer: bool = True) -> Notice:
    who = Customer(1, "main", "A", "Anna Visser", language="nl", consumer=consumer)
    due = DAY - timedelta(days=30)
    lines = tuple(NoticeLine(i, f"F-{i}", due, minor, 30, level, True) for i, minor in enumerate(amounts))
    return Notice(who, "EUR", DAY, "nl", "", level, "t", "friendly", "mail", "a@b.example", "nl", sum(amounts), lines)


def fees(*amounts: int) -> int:
    return sum(charge.amount_minor for charge in charges_of(told(2, *amounts), ladder()))


@pytest.mark.parametrize(
    ("rest", "letter", "what"),
    [
        (20, "", "only after a letter that gave 14 days"),
        (19, "fourteen_days = true", "sooner than 20 days"),
        (20, "fourteen_days = true\nfee = { EUR = '5.00' }", "only after a letter"),
    ],
)
def test_a_fee_that_comes_before_the_term_is_over_is_refused(rest: int, letter: str, what: str) -> None:
    with pytest.raises(UsageError, match=r"nl\.toml, line [0-9]+") as raised:
        ladder(rest, letter)
    assert what in str(raised.value)


def test_the_letter_names_the_term_and_the_costs_of_all_invoices_together() -> None:
    text = rendered_notice(told(1, 10_000, 10_000, 10_000), HEAD, ladder())[0].text.replace("\xa0", " ")
    assert "binnen 14 dagen, te rekenen vanaf de dag nadat" in text
    assert "€ 45,00 aan incassokosten" in text  # 15 % of 300.00, not three times the least of 40.00


def test_a_business_gets_no_such_sentence() -> None:
    assert "14 dagen" not in rendered_notice(told(1, 10_000, consumer=False), HEAD, ladder())[0].text


@pytest.mark.parametrize(
    ("amounts", "most"),
    [((10_000,), 4_000), ((10_000, 10_000, 10_000), 4_500), ((250_000,), 37_500), ((250_000, 250_000), 62_500)],
)
def test_the_costs_stay_within_the_law_on_the_whole_sum(amounts: tuple[int, ...], most: int) -> None:
    assert fees(*amounts) == most
