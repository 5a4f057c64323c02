"""Every small world: no rule is broken in any, and each planted fault shows in some."""

import sys
from pathlib import Path

import pytest

from bench.notices.small_worlds import LADDER, broken, first_broken, worlds
from notices.policy_file import read_policies

sys.path.insert(0, str(Path(__file__).parent))
from planted_faults import PLANTED

POLICIES = read_policies(LADDER)
VARIANTS = [
    ("rest_days = 2", "rest_days = 3"),
    ('id = "short"', 'id = "short"\ngrace_days = 1'),
    ("days = 1\n", "days = 0\n"),
    ('id = "short"', 'id = "short"\naccount_rest_days = 2\nminimum = { EUR = "4.01" }'),
    ("days = -2\n", 'days = -2\n[[tiers]]\nname = "second courtesy"\ndays = -1\n'),
]


def test_no_rule_is_broken_in_any_small_world() -> None:
    assert sum(1 for _ in worlds()) == 2430
    assert first_broken(POLICIES) is None


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_shows_in_some_small_world(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, attribute, fault = PLANTED[name]
    monkeypatch.setattr(owner, attribute, fault)
    assert first_broken(POLICIES) is not None


@pytest.mark.slow
@pytest.mark.parametrize(("old", "new"), VARIANTS)
def test_no_rule_is_broken_under_other_ladders(old: str, new: str) -> None:
    policies = read_policies(LADDER.replace(old, new, 1))
    assert policies.version != POLICIES.version
    assert first_broken(policies) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_shows_in_more_than_a_corner(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    owner, attribute, fault = PLANTED[name]
    monkeypatch.setattr(owner, attribute, fault)
    assert sum(bool(broken(world, POLICIES)) for world in worlds()) > 10
