"""A seeded year of a thousand customers, and planted faults that the same check must find."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

import notices.plan as plan_module
from bench.notices.year import END, START, world
from notices.gate import Gatekeeper
from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.simulate import PastInvoice, Replay, compare, faults, replay
from recon.model import Stop


@pytest.fixture(scope="module")
def year() -> tuple[list[PastInvoice], list[Stop], Replay]:
    customers = int(os.environ.get("RECON_SIMULATED_CUSTOMERS", "60"))
    history, stops = world(customers)
    return history, stops, replay(history, default_policies(), START, END, stops)


def test_a_year_repeats_skips_and_over_demands_nothing(year: tuple[Any, Any, Replay]) -> None:
    history, stops, told = year
    assert faults(told.notices, history, default_policies(), stops) == []
    assert len(told.notices) > 50 and {tier for tier, _ in told.by_tier} == {
        t.name for t in default_policies().all[0].tiers
    }


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


def never(*_given: Any, **_named: Any) -> Any:
    return None


def always(*_given: Any, **_named: Any) -> bool:
    return True


def first_tier_again(debt: Any, policy: Any, as_of: date) -> Any:
    return next((t for t in reversed(policy.tiers) if (as_of - debt.due_on).days >= t.days), None)


def late_courtesy(debt: Any, policy: Any, as_of: date) -> Any:
    late = (as_of - debt.due_on).days
    tiers = policy.tiers[debt.level : debt.level + 1]
    return next((tier for tier in tiers if late >= tier.days), None)


def skipping(debt: Any, policy: Any, as_of: date) -> Any:
    tier = ORIGINAL["next_tier"](debt, policy, as_of)
    return tier and policy.tiers[min(tier.level, len(policy.tiers) - 1)]


def repeating(debt: Any, policy: Any, as_of: date) -> Any:
    return ORIGINAL["next_tier"](replace(debt, level=max(0, debt.level - 1)), policy, as_of)


def forgetting(debt: Any, policy: Any, as_of: date) -> Any:
    return ORIGINAL["next_tier"](replace(debt, level=0), policy, as_of)


def at_the_due_date(debt: Any, policy: Any, as_of: date) -> Any:
    days = (as_of - debt.due_on).days
    return policy.tiers[0] if days == 0 and debt.level == 0 else ORIGINAL["next_tier"](debt, policy, as_of)


def a_day_early(debt: Any, policy: Any, as_of: date) -> Any:
    return ORIGINAL["next_tier"](debt, policy, as_of + timedelta(days=1))


ORIGINAL: dict[str, Callable[..., Any]] = {
    "next_tier": plan_module.next_tier,
    "demand_minor": plan_module.demand_minor,
}
PLANTED = {
    "the gate is always open": (Gatekeeper, "block", never),
    "suggestions are not looked at": (Gatekeeper, "_unresolved", never),
    "credits are not netted": (plan_module, "demand_minor", lambda listed, credits, money: sum(listed)),
    "the demand is doubled": (plan_module, "demand_minor", lambda listed, credits, money: 2 * sum(listed)),
    "no rest between notices": (plan_module, "is_rested", always),
    "the level follows the days, not what was told": (plan_module, "next_tier", first_tier_again),
    "a courtesy is sent late": (plan_module, "next_tier", late_courtesy),
    "a day too early": (plan_module, "next_tier", a_day_early),
    "a level is skipped": (plan_module, "next_tier", skipping),
    "what was told is forgotten": (plan_module, "next_tier", forgetting),
    "a level is repeated": (plan_module, "next_tier", repeating),
    "a courtesy on the due date": (plan_module, "next_tier", at_the_due_date),
    "a customer's stop is not looked at": (plan_module, "_whole_stop", never),
    "no stop ever holds": (plan_module, "is_active", lambda stop, policy, as_of: False),
    "a promise holds only on its first day": (
        plan_module,
        "is_active",
        lambda stop, policy, as_of: stop.starts_on == as_of,
    ),
    "credits are added": (plan_module, "demand_minor", lambda listed, credits, money: sum(listed) - sum(credits)),
    "credits are forgotten": (plan_module, "_credits", lambda account: ()),
    "everything open is listed": (plan_module, "_listed", lambda judged: judged),
    "one cent too much": (plan_module, "demand_minor", lambda *given: ORIGINAL["demand_minor"](*given) + 1),
    "sent again and again": (plan_module, "next_tier", lambda debt, policy, as_of: policy.tiers[1]),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, year: tuple[Any, Any, Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    history, stops, _ = year
    owner, attribute, fault = PLANTED[name]
    monkeypatch.setattr(owner, attribute, fault)
    told = replay(history, default_policies(), START, START + timedelta(days=240), stops)
    assert faults(told.notices, history, default_policies(), stops) != []


def test_the_replay_of_an_empty_history_says_nothing() -> None:
    assert replay([], default_policies(), START, START) == Replay((), (), (), 0, (), None)
