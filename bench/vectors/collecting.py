"""Amounts, levels, repeated runs, stops and hand-off: answered by the plan itself wherever it decides."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from bench.vectors.money import minor, text
from notices.conduct import earliest_hospital_action
from notices.gate import Gatekeeper
from notices.levels import Condition, account_level, is_resolved, level_by_conditions
from notices.plan import is_rested, plan_account, plan_notices
from notices.policy import Policies, Policy, Tier, Tone
from notices.policy_file import default_policies
from notices.recheck import recheck
from recon.model import Account, BankNews, Customer, Debt, Notice, Stop, StopKind

Day = date.fromisoformat
SOMEBODY = Customer(1, "main", "C1", "Ada", email="a@b.example")


def fresh(day: date, *currencies: str) -> BankNews:
    """Return news of a bank that told everything up to the day."""
    return BankNews(tuple((("main", currency), day) for currency in currencies or ("EUR",)))


def ladder(days: list[int], rest_days: int = 7) -> Policy:
    """Return a policy with tiers at these days after the due date."""
    tiers = tuple(Tier(i + 1, f"level {i + 1}", day, Tone.FRIENDLY) for i, day in enumerate(days))
    return Policy("vector", tiers, rest_days=rest_days)


def amount(case: Any) -> dict[str, Any]:
    """Answer what is demanded."""
    if case.has("overdue"):
        return _overdue(case)
    if case.has("invoice_total"):
        left = minor(case["invoice_total"]) - minor(case.get("paid", "0"))
        policy = Policy("v", ladder([3]).tiers, minimum_minor=(("EUR", minor(case["threshold"])),))
        return {"eligible": isinstance(_said([left], 0, policy), Notice)}
    case.get("rate_pct")
    total = sum(minor(case.get(key, "0")) for key in ("outstanding", "interest", "fee"))
    return {"grand_total": text(total)}


def _overdue(case: Any) -> dict[str, Any]:
    listed, own = case["overdue"], case.get("currency", "EUR")
    given = [one if isinstance(one, list) else [one, own] for one in _each(listed)]
    keys = ("unapplied_credit", "unapplied", "credit", "credits", "on_account")
    credit = sum(minor(part, own) for key in keys if case.has(key) for part in _each(case[key]))
    today = date(2025, 6, 2)
    currencies = sorted({currency for _, currency in given})
    accounts = [_account([minor(a, c) for a, c in given if c == one], credit, today, one) for one in currencies]
    plan = plan_notices(accounts, Policies((ladder([3]),)), today, fresh(today, *currencies))
    totals = {notice.currency: text(notice.demanded_minor, notice.currency) for notice in plan.notices}
    demanded = sum(notice.demanded_minor for notice in plan.notices) if len(currencies) == 1 else 0
    never = case.wanted.get("never")
    return {
        "send": bool(plan.notices),
        "demand": text(demanded, currencies[0]),
        "totals": totals,
        "never": None if never in totals.values() else never,
    }


def _each(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]


def _account(amounts: list[int], credit: int, today: date, currency: str = "EUR") -> Account:
    debts = tuple(Debt(i + 1, f"I{i}", today - timedelta(days=20), one) for i, one in enumerate(amounts) if one > 0)
    return Account(SOMEBODY, currency, debts, credit)


def _said(amounts: list[int], credit: int, policy: Policy) -> object:
    today = date(2025, 6, 2)
    return plan_account(_account(amounts, credit, today), policy, today, Gatekeeper(fresh(today), today))


def level(case: Any) -> dict[str, Any]:
    """Answer which level is due."""
    if case.has("last_notice_at"):
        return _clock(case)
    if case.has("state_days"):
        return _states(case)
    if case.has("customer_level"):
        case.get("paid")
        thresholds = [tier.days for tier in default_policies().all[0].tiers if not tier.is_courtesy]
        return {"level_after_payment": account_level([one["days"] for one in case["open_overdue"]], thresholds)}
    if case.has("last_level"):
        return _next(case)
    return _conditions(case)


def _clock(case: Any) -> dict[str, Any]:
    zone = ZoneInfo(case["tz"])
    told, now = (datetime.fromisoformat(case[key]).astimezone(zone).date() for key in ("last_notice_at", "run_at"))
    return {"due": is_rested(told, case["gap_days"], now)}


def _next(case: Any) -> dict[str, Any]:
    policy, today = ladder(case["levels"], case.get("gap_days", case.get("rest_days", 7))), date(2025, 6, 2)
    debt = Debt(1, "I", today - timedelta(days=case["days_overdue"]), 10_000, case["last_level"])
    said = plan_account(Account(SOMEBODY, "EUR", (debt,)), policy, today, Gatekeeper(fresh(today), today))
    return {"next_level": said.level if isinstance(said, Notice) else None, "next_allowed_after_days": policy.rest_days}


def _states(case: Any) -> dict[str, Any]:
    """Derive the account's state on each day asked for; what is paid during a day is open in the run before it."""
    case.get("daily_run")
    paid = case.get("paid", {})
    states = {}
    for day in case.wanted["states"]:
        open_days = [
            (Day(day) - Day(one["date"])).days
            for one in case["invoices"]
            if one["id"] not in paid or Day(day) <= Day(paid[one["id"]])
        ]
        states[day] = account_level(open_days, case["state_days"])
    return {"states": states}


def _conditions(case: Any) -> dict[str, Any]:
    given = case
    if case.has("same_as"):
        given = {**case.others[case["same_as"]]["given"], **{k: case[k] for k in case}}
    every = case["op"] == "AND" if case.has("op") else given["op"] == "AND"
    overdue = [(one["days"], minor(one["amount"])) for one in given["overdue"]]
    conditions = [
        Condition(
            one["level"], one.get("min_days", 0), minor(one.get("min_txn", "0")), minor(one.get("min_total", "0"))
        )
        for one in given["levels"]
    ]
    return {"level": level_by_conditions(overdue, conditions, every)}


def idempotency(case: Any) -> dict[str, Any]:
    """Run the plan again and again over what it remembers of its own notices."""
    if case.has("trigger"):
        missed, following = [Day(part[:10]) for part in case["trigger"].split(" on ")[1:]]
        told = _run([following], due=missed - timedelta(days=3))
        return {f"notices_for_{missed:%Y_%m_%d}": len(told), "catch_up": bool(told)}
    told = _run([Day(case["run"])] * case["times"], due=Day(case["run"]) - timedelta(days=3))
    return {"notices": len(told), "fees": len({(one.lines[0].open_item_id, one.level) for one in told})}


def _run(days: list[date], due: date) -> list[Notice]:
    told: list[Notice] = []
    for day in days:
        last = told[-1] if told else None
        debt = Debt(1, "I", due, 10_000, last.level if last else 0, last.day if last else None)
        account = Account(SOMEBODY, "EUR", (debt,), written_on=last.day if last else None)
        told += plan_notices([account], default_policies(), day, fresh(day)).notices
    return told


def state(case: Any) -> dict[str, Any]:
    """Answer whether a notice is settled."""
    is_open = [case["invoices"][name] == "open" for name in case["order"]]
    return {"dunning_status": "Resolved" if is_resolved(is_open) else "Unresolved"}


def stop(case: Any) -> dict[str, Any]:
    """Plan, let the payment come (or not), and look again before sending; or plan on a day of a stop."""
    if case.has("run"):
        return _stopped(case)
    today, policies = date(2025, 6, 2), Policies((ladder([3]),))
    account = _account([10_000], 0, today)
    news = fresh(today)
    (notice,) = plan_notices([account], policies, today, news).notices
    is_paid = case["planned"] <= case["payment_posted"] <= case["send"]
    reason = recheck(notice, None if is_paid else account, policies.all[0], today, Gatekeeper(news, today))
    return {"state": "cancelled" if reason else "sent", "reason": reason, "emails": 0 if reason else 1}


def _stopped(case: Any) -> dict[str, Any]:
    """Plan on a day between, or not between, the first and the last day of a stop."""
    run, kind = Day(case["run"]), StopKind(case["kind"])
    policy = replace(ladder([3]), promise_grace_days=case.get("grace_days", 3))
    ends = Day(case["until"]) if case.get("until") else None
    held = Stop(kind, 1, Day(case.get("since", "2025-01-01")), ends, 1 if kind is StopKind.DISPUTE else None)
    debt = Debt(1, "I", run - timedelta(days=20), 10_000)
    account = Account(SOMEBODY, "EUR", (debt,), stops=(held,))
    said = plan_account(account, policy, run, Gatekeeper(fresh(run), run))
    return {"send": isinstance(said, Notice), "emails": int(isinstance(said, Notice))}


def handoff(case: Any) -> dict[str, Any]:
    """Answer the first day a hospital debt may be handed over."""
    earliest = earliest_hospital_action(Day(case["first_post_discharge_bill"]), Day(case["notice_30d"]))
    return {"earliest_agency_or_credit_report": str(earliest)}
