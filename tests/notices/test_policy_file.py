"""Policy files say what is wrong with them, and where."""

import pytest

from notices.policy_file import DEFAULT_POLICY, read_policies
from recon.errors import UsageError

POLICY_OF_ITS_OWN = '\n[[policies]]\nid = "vip"\nsegments = ["vip"]\n[[policies.tiers]]\ndays = "soon"\n'


CASES = [
    ("days = 15", "days = 2", 37, "days: 2 does not come after 3. Sort tiers by days."),
    (
        'tone = "firm"',
        'tone = "frim"',
        38,
        "tone: 'frim' is not known. Choose one of courtesy, friendly, firm, urgent, final.",
    ),
    ('EUR = "5.00"', "EUR = 5", 9, 'EUR: 5 is not an amount. Write it as text with a point, as in "5.00".'),
    (
        'EUR = "5.00"',
        'EUR = "5.001"',
        9,
        "EUR: '5.001' is not an amount. Write it as text with a point, as in \"5.00\".",
    ),
    ("rest_days = 7 ", "rest_dyas = 7", 3, "rest_dyas: is not a key of the policy. Did you mean 'rest_days'?"),
    ("rest_days = 7 ", "rest_days = 0", 3, "rest_days: 0 is not a whole number of at least 1. Correct the number."),
    ('opens = "00:00"', 'opens = "8"', 14, "opens: '8' is not a time. Write it as \"08:00\"."),
    (
        'zone = "UTC"',
        'zone = "Bonn"',
        17,
        "time_zone: 'Bonn' is not a time zone. Use a name such as \"Europe/Berlin\".",
    ),
    (
        "deadline_days = 10",
        POLICY_OF_ITS_OWN,
        54,
        "days: 'soon' is not a whole number. Say how many days after the due date.",
    ),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), CASES)
def test_an_error_names_the_line_the_key_and_what_to_do(old: str, new: str, line: int, message: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_policies(DEFAULT_POLICY.replace(old, new, 1), "p.toml")
    assert str(raised.value) == f"p.toml, line {line}: {message}"


def test_comments_do_not_change_the_version_and_content_does() -> None:
    version = read_policies(DEFAULT_POLICY).version
    assert read_policies("# hello\n" + DEFAULT_POLICY).version == version
    assert read_policies(DEFAULT_POLICY.replace("days = 15", "days = 16")).version != version
