"""Faults to plant into the planning of notices; a check that finds one of them missing is no check."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import notices.plan as plan_module
from notices.gate import Gatekeeper


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
