"""A seeded year of a thousand customers, and planted faults that the same check must find."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.notices.year import END, START, comes_back, world
from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.simulate import PastInvoice, Replay, compare, faults, replay
from recon.model import Stop

sys.path.insert(0, str(Path(__file__).parent))
from planted_faults import PLANTED

CUSTOMERS = int(os.environ.get("RECON_SIMULATED_CUSTOMERS", "60"))


@pytest.fixture(scope="module")
def year() -> tuple[list[PastInvoice], list[Stop], Replay]:
    customers = CUSTOMERS
    history, stops = world(customers)
    return history, stops, replay(history, default_policies(), START, END, stops, comes_back(customers))


def test_a_year_repeats_skips_and_over_demands_nothing(year: tuple[Any, Any, Replay]) -> None:
    history, stops, told = year
    assert faults(told.notices, history, default_policies(), stops, told.returned) == []
    assert len(told.notices) > 50 and {tier for tier, _ in told.by_tier} == {
        t.name for t in default_policies().all[0].tiers
    }


def test_what_came_back_is_told_again_at_its_level_and_not_to_the_same_address(
    year: tuple[Any, Any, Replay],
) -> None:
    _, _, told = year
    assert told.returned
    for came_back in told.returned:
        later = [one for one in told.notices if one.customer == came_back.customer and one.day > came_back.day]
        (broken,) = (b for b in comes_back(CUSTOMERS) if b.customer_id == came_back.customer.id)
        assert all(one.channel == "task" for one in later if one.day < broken.corrected_on)


def test_nobody_is_written_to_whose_money_had_arrived(year: tuple[Any, Any, Replay]) -> None:
    _, _, told = year
    assert told.after_payment == () and dict(told.blocked)["deposit may pay it"] > 0


def test_nobody_is_written_to_while_a_stop_holds(year: tuple[Any, Any, Replay]) -> None:
    _, stops, told = year
    for stop in stops:
        for one in told.notices:
            if one.customer.id == stop.customer_id and stop.starts_on <= one.day <= (stop.ends_on or END):
                assert stop.open_item_id and stop.open_item_id not in {line.open_item_id for line in one.lines}


def test_two_policies_are_compared_on_the_same_history(year: tuple[Any, Any, Replay]) -> None:
    history, stops, old = year
    gentle = read_policies(DEFAULT_POLICY.replace("days = 3\n", "days = 10\n"))
    rows = {name: (first, second) for name, first, second in compare(old, replay(history, gentle, START, END, stops))}
    assert rows["written to although paid"] == ("0", "0")
    assert int(rows["notices: reminder"][1]) < int(rows["notices: reminder"][0])


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, year: tuple[Any, Any, Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    history, stops, _ = year
    owner, attribute, fault = PLANTED[name]
    monkeypatch.setattr(owner, attribute, fault)
    told = replay(history, default_policies(), START, START + timedelta(days=240), stops)
    assert faults(told.notices, history, default_policies(), stops) != []


def test_the_replay_of_an_empty_history_says_nothing() -> None:
    assert replay([], default_policies(), START, START) == Replay((), (), (), 0, (), None)
