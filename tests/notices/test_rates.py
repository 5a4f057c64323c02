"""Reference rates that the program does not know yet come from the policy file; a missing one is never guessed."""

from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from notices.charges import charges_of
from notices.interest import MissingRate
from notices.policy import Policy
from notices.policy_file import DEFAULT_POLICY, read_policy
from notices.regimes import REGIMES
from recon.errors import UsageError
from recon.model import Customer, Notice, NoticeLine

DAY = date(2031, 8, 15)
LADDER = DEFAULT_POLICY.replace('id = "standard"', 'id = "standard"\ninterest = { regime = "EU" }').replace(
    'tone = "friendly"', 'tone = "friendly"\ninterest = true'
)
RATES = '\n[[rates]]\nregime = "EU"\nfrom = 2031-01-01\npercent = "3.00"\n'
MORE = '\n[[rates]]\nregime = "ECB"\nfrom = 2031-07-01\npercent = "-0.5"\n'


def told(policy: Policy, currency: str = "EUR") -> Notice:
    line = NoticeLine(1, "INV-1", date(2031, 6, 20), 1_000_000, 56, 2, True, amount_minor=1_000_000)
    return Notice(Customer(1, "main", "A", "Ada"), currency, DAY, policy.id, "", 2, "reminder", "friendly", "mail", "",
                  "en", 1_000_000, (line,))  # fmt: skip


def test_rates_of_the_policy_serve_every_law_of_the_same_reference_rate() -> None:
    policy = read_policy(LADDER + RATES + MORE)
    (interest,) = charges_of(told(policy), policy)
    # 10 days at 3 + 8 percent and 46 days at -0.5 + 8 percent of 10,000.00 over 365
    assert interest.amount_minor == round(Fraction(1_000_000) * (10 * 11 + 46 * Fraction(15, 2)) / 36_500)
    added = policy.interest.rates
    assert [rate for _, rate in REGIMES["NL"].rates(date(2031, 1, 2), DAY, None, added)] == [11, Fraction(15, 2)]


def test_a_half_year_that_nobody_gave_is_named_and_not_guessed() -> None:
    policy = read_policy(LADDER + RATES)
    with pytest.raises(
        MissingRate, match=r"reference rate ECB is known for the half-year of 2031-07-01.*\[\[rates\]\]"
    ):
        charges_of(told(policy), policy)


def test_danish_interest_needs_its_rates_from_the_policy() -> None:
    text = LADDER.replace('regime = "EU"', 'regime = "DK"')
    with pytest.raises(MissingRate, match="DK lending"):
        charges_of(told(read_policy(text), "DKK"), read_policy(text))
    policy = read_policy(text + RATES.replace('"EU"', '"DK"') + MORE.replace('"ECB"', '"DK"'))
    assert charges_of(told(policy, "DKK"), policy)[0].amount_minor > 0


@pytest.mark.parametrize(("mode", "percent_days"), [("floating", 10 * 11 + 46 * 7), ("fixed at start", 56 * 11),
                                                     ("single", 56 * 7)])  # fmt: skip
def test_a_policy_names_which_rate_holds_when_the_reference_rate_changes(mode: str, percent_days: int) -> None:
    text = LADDER.replace('regime = "EU"', f'regime = "EU", mode = "{mode}"') + RATES + MORE.replace("-0.5", "-1")
    (interest,) = charges_of(told(read_policy(text)), read_policy(text))
    assert interest.amount_minor == round(Fraction(1_000_000 * percent_days, 36_500))


def test_the_irish_rate_is_that_of_the_day_paid_or_asked_for_and_needs_no_other() -> None:
    text = LADDER.replace('regime = "EU"', 'regime = "IE"') + MORE
    (interest,) = charges_of(told(read_policy(text)), read_policy(text))
    assert interest.amount_minor == round(Fraction(1_000_000) * 56 * Fraction(15, 2) / 36_500)


@pytest.mark.parametrize("holidays", ["DE", "DE-NW", "FR", ""])
def test_a_german_invoice_due_on_a_free_day_bears_no_interest_before_the_next_working_day(holidays: str) -> None:
    text = LADDER.replace('regime = "EU"', 'regime = "DE B2B"') + RATES.replace('"EU"', '"DE B2B"')
    policy = read_policy(text.replace('holidays = ""', f'holidays = "{holidays}"'))
    notice = told(policy)
    line = replace(notice.lines[0], due_on=date(2031, 6, 1))  # Whit Sunday; Whit Monday is a holiday, too
    (interest,) = charges_of(replace(notice, lines=(line,), day=date(2031, 6, 5)), policy)
    assert interest.reckoning == ("2031-06-04: 2 d x 10000.00 EUR x 12 %",)
    assert charges_of(replace(notice, lines=(line,), day=date(2031, 6, 3)), policy) == ()


def test_a_bavarian_holiday_counts_where_the_window_names_bavaria() -> None:
    text = LADDER.replace('regime = "EU"', 'regime = "DE B2B"') + RATES.replace('"EU"', '"DE B2B"')
    line = replace(told(read_policy(text)).lines[0], due_on=date(2031, 1, 6))
    found = []
    for holidays in ("DE", "DE-BY"):
        policy = read_policy(text.replace('holidays = ""', f'holidays = "{holidays}"'))
        (interest,) = charges_of(replace(told(policy), lines=(line,), day=date(2031, 1, 10)), policy)
        found.append(interest.reckoning[0][:15])
    assert found == ["2031-01-07: 4 d", "2031-01-08: 3 d"]


def test_dutch_consumers_owe_the_rate_of_the_decree_and_no_fixed_sum() -> None:
    text = LADDER.replace('regime = "EU"', 'regime = "NL B2C", compensation = true')
    policy = read_policy("charge_consumers = true\n" + text)
    notice = told(policy)
    line = replace(notice.lines[0], due_on=date(2023, 6, 20))
    notice = replace(notice, customer=replace(notice.customer, consumer=True), lines=(line,), day=date(2023, 8, 15))
    (interest,) = charges_of(notice, policy)
    assert interest.amount_minor == round(Fraction(1_000_000 * (10 * 4 + 46 * 6), 36_500))
    with pytest.raises(MissingRate, match="NL consumer is known for the half-year of 2025-01-01"):
        charges_of(replace(notice, lines=(replace(line, due_on=date(2025, 3, 1)),), day=date(2025, 4, 1)), policy)


CASES = [
    ("2031-01-01", "2031-02-01", "from: 2031-02-01 is not the first day of a half-year. Write 1 January or 1 July"),
    ("2031-01-01", '"2031-01-01"', "from: 2031-01-01 is not the first day of a half-year"),
    ('"3.00"', "3", "percent: 3 is not text"),
    ('"3.00"', '"3,00"', "percent: '3,00' is not a percentage"),
    ('"EU"', '"contract"', "regime: 'contract' is not known. Choose one of ECB"),
    ('from = 2031-01-01\npercent = "3.00"', 'from = 2026-01-01\npercent = "3"', "percent: the rate of ECB from 202"),
    ("percent", "per_cent", "per_cent: is not a key of the policy. Did you mean 'percent'?"),
]


@pytest.mark.parametrize(("old", "new", "message"), CASES)
def test_a_wrong_rate_is_refused_with_its_line(old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_policy(LADDER + RATES.replace(old, new), "p.toml")
    line, what = str(raised.value).split(": ", 1)
    assert what.startswith(message) and line.startswith("p.toml, line 5")


def test_policies_below_inherit_the_rates() -> None:
    text = LADDER + RATES + '\n[[policies]]\nid = "vip"\nsegments = ["vip"]\nrest_days = 9\n'
    from notices.policy_file import read_policies

    assert read_policies(text).all[1].interest.rates == (("ECB", "2031-01-01", "3.00"),)
