"""Interest, day counts and fees by jurisdiction."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from bench.vectors.money import minor, text
from notices.conduct import fee_allowed
from notices.interest import (
    Clearing,
    Interest,
    Mode,
    Rates,
    Segment,
    count_days,
    half_year,
    late_interest,
    rounded_daily,
    simple_interest,
)
from notices.regimes import FEE_CAPS, NL_COSTS, REGIMES, Regime, collection_cost, compensation_minor, reminder_fees

Day = date.fromisoformat
EARLY = date(1970, 1, 1)


def daycount(case: Any) -> dict[str, Any]:
    """Answer days and interest under a day count, days overdue, or the working day a due date moves to."""
    if case.has("as_of"):
        overdue = (Day(case["as_of"]) - Day(case["due"])).days
        owed = late_interest(100_000, Day(case["due"]), Day(case["as_of"]), [(EARLY, Fraction(10))])
        return {"days_overdue": overdue, "interest": text(owed.open_interest_minor)}
    if case.has("rule"):
        due = Day(case["due"])
        if case.has("weekday") and due.strftime("%A") != case["weekday"]:
            raise ValueError(f"{due} is no {case['weekday']}")
        effective = REGIMES["DE B2B"].due_on(due, case.get("holidays", "")) if "193" in case["rule"] else due
        return {"effective_due": str(effective), "first_interest_day": str(effective + timedelta(days=1))}
    start, end, convention = Day(case["start"]), Day(case["end"]), _convention(case)
    owed_exact = simple_interest(minor(case["principal"]), Fraction(case["rate_pct"]), start, end, convention)
    return {"days": count_days(start, end, convention), "interest": text(owed_exact)}


_CONVENTIONS = {
    "ACTUAL": "ACT",
    " FIXED": "F",
    " (FIXED)": "F",
    "BOND BASIS": "30/360",
    "360/360": "30/360",
    "30U/360": "30/360",
    "EUROBOND BASIS": "30E/360",
    "-ISDA": " ISDA",
}


def _convention(case: Any) -> str:
    """Return the day count of a vector as a policy names it."""
    name: str = case.get("daycount", "ACT/365").upper()
    for written, ours in sorted(_CONVENTIONS.items(), key=lambda one: -len(one[0])):
        name = name.replace(written, ours)
    return name


def fee(case: Any) -> dict[str, Any]:
    """Answer a compensation, reminder fees, collection costs, or whether a fee may be charged."""
    if case.has("state"):
        fee_asked = case["fee"]
        allowed = fee_allowed(case["state"], case.get("debtor") == "consumer", case.get("contract_allows_fee", False))
        return {"fee_charged": fee_asked if allowed else "0.00"}
    if case.has("reminders"):
        return _reminder_fees(case)
    if case.has("principal"):
        costs = {"NL": NL_COSTS}[case["country"]]
        return {"collection_cost_eur": text(collection_cost(costs, minor(case["principal"])))}
    return _compensations(case)


def _reminder_fees(case: Any) -> dict[str, Any]:
    cap = FEE_CAPS[case["country"]]
    fees = reminder_fees(cap, [Day(day) for day in case["reminders"]])
    return {
        f"fees_{cap.currency.lower()}": [str(one // 100) for one in fees],
        "max_total": str(cap.most * cap.each_minor // 100),
    }


BY_CURRENCY = {"GBP": "UK", "EUR": "EU", "DKK": "DK"}
BY_COUNTRY = {"UK": "UK", "GB": "UK", "IE": "IE", "DE": "DE B2B", "NL": "NL", "DK": "DK", "EU": "EU"}


def _compensations(case: Any) -> dict[str, Any]:
    """Consumers owe no fixed sum under any of these laws."""
    country = case.get("country") or BY_CURRENCY[case["currency"]]
    regime = REGIMES[BY_COUNTRY[country]]
    is_consumer = case.get("debtor") == "consumer" or case.get("consumer", False)
    currency = case.get("currency") or regime.currency
    debts = case["debts"] if case.has("debts") else [case["debt"]]
    each = [0 if is_consumer else compensation_minor(regime, minor(debt, currency), currency) for debt in debts]
    return {"compensation": text(each[0], currency), "compensation_total": text(sum(each), currency)}


def interest(case: Any) -> dict[str, Any]:
    """Answer interest on one debt: of so many days, under a regime, with part payments, or for notices."""
    if case.has("notices_at_days"):
        return {f"interest_day{days}": text(_plain(case, days)) for days in case["notices_at_days"]}
    if case.has("days"):
        exact, daily = (
            _plain(case, case["days"]),
            rounded_daily(minor(case["principal"]), Fraction(case["rate_pct"]), case["days"]),
        )
        return {"exact": text(exact), "rounded_daily": text(daily), "days": case["days"], "interest": text(exact)}
    if case.has("payments"):
        return _with_payments(case)
    return _under_regime(case)


def _plain(case: Any, days: int) -> Fraction:
    start = date(2025, 1, 1)
    end = start + timedelta(days=days)
    return simple_interest(minor(case["principal"]), Fraction(case["rate_pct"]), start, end, _convention(case))


def _with_payments(case: Any) -> dict[str, Any]:
    regime, rates = _regime(case)
    currency = case.get("currency") or regime.currency or "EUR"
    payments = sorted((Day(day), minor(paid, currency)) for day, paid in case["payments"])
    principal, due = minor(case["principal"], currency), Day(case["due"])
    given: dict[str, Any] = {"mode": regime.mode, "day_count": _convention(case)}
    owed = late_interest(
        principal, due, _end(case), rates, payments=payments, clearing=_order(case),
        costs_minor=minor(case.get("fees", "0"), currency), **given,
    )  # fmt: skip
    before = late_interest(principal, due, payments[0][0], rates, **given)
    return {
        "interest": text(owed.open_interest_minor + owed.paid_interest_minor, currency),
        "interest_before_payment": text(before.open_interest_minor, currency),
        "principal_after": text(owed.principal_minor, currency),
        "interest_open": text(owed.open_interest_minor, currency),
        "segments": _segments(owed, case),
        "days": owed.days,
    }


def _order(case: Any) -> Clearing:
    """Return what a payment settles first: the law's order names interest before principal."""
    said = case.get("allocation", "principal first")
    interest, principal = said.find("interest"), said.find("principal")
    by_law = interest >= 0 and (principal < 0 or interest < principal)
    return Clearing.COSTS_INTEREST_PRINCIPAL if by_law else Clearing.PRINCIPAL_FIRST


def _end(case: Any) -> date:
    return Day(case["paid"] if case.has("paid") else case["as_of"])


def _under_regime(case: Any) -> dict[str, Any]:
    regime, rates = _regime(case)
    currency = case.get("currency") or regime.currency or "EUR"
    principal = minor(case["principal"], currency)
    owed = late_interest(principal, Day(case["due"]), _end(case), rates, mode=regime.mode, day_count=_convention(case))
    compensation = compensation_minor(regime, principal, currency) if owed.days else 0
    return {
        "days": owed.days,
        "segments": _segments(owed, case),
        "rate_pct": _percent(owed.segments[0].rate_pct) if owed.segments else None,
        "interest": text(owed.open_interest_minor, currency),
        "compensation": text(compensation, currency),
        "total_claim": text(principal + owed.open_interest_minor + compensation, currency),
    }


def _percent(rate: Fraction) -> str:
    return f"{float(rate):.2f}"


def _segments(owed: Interest, case: Any) -> list[dict[str, Any]]:
    """Return the segments with the facts that the vector names, or those that the house's vectors have."""
    named = (case.wanted.get("segments") or [{}])[0] or ("frm", "days", "rate_pct")
    return [{name: FACTS[name](one) for name in named} for one in owed.segments]


FACTS: dict[str, Callable[[Segment], Any]] = {
    "frm": lambda one: str(one.start),
    "from": lambda one: str(one.start),
    "to": lambda one: str(one.start + timedelta(days=one.days - 1)),
    "days": lambda one: one.days,
    "rate_pct": lambda one: _percent(one.rate_pct),
    "principal": lambda one: text(one.principal_minor),
    "interest": lambda one: text(one.interest),
}


def _regime(case: Any) -> tuple[Regime, Rates]:
    """Return the regime of a vector and its rates: whole rates as given, the bank's as given, or those we know."""
    given = {law: case[key] for key, law in BANKS.items() if case.has(key)}
    for key in [key for key in case if "_on_" in key and key.split("_on_")[0] in BANKS]:
        bank, day = key.split("_on_")
        given.setdefault(BANKS[bank], {})[day.replace("_", "-")] = case[key]
    law = next(iter(given), "EU 2011/7")
    regime = _named(case.get("regime") or case.get("jurisdiction") or law)
    if given:
        return regime, sorted((_first(Day(day)), Fraction(rate) + regime.points) for day, rate in given[law].items())
    if case.has("rates_pct"):
        return regime, sorted((Day(day), Fraction(rate)) for day, rate in case["rates_pct"].items())
    for key in ("rate_pct", "contract_rate_pct", "contract_pct"):
        if case.has(key):
            return regime, [(EARLY, Fraction(case[key]))]
    return regime, list(regime.rates(half_year(Day(case["due"]) + timedelta(days=1)), _end(case)))


BANKS = {"boe": "UK", "ecb": "EU", "mro": "EU", "basiszins": "DE B2B", "basiszinssatz": "DE B2B", "udlaansrente": "DK",
         "nationalbanken": "DK"}  # fmt: skip


def _first(day: date) -> date:
    """Return the first day a bank's rate holds for: that of the last day of a half-year holds for the next one."""
    following = day + timedelta(days=1)
    return following if following == half_year(following) else day


NAMED = (  # how a vector may name a law; the first that fits is meant
    (r"288\(1\)|DE B2C|\+ ?5 ", "DE B2C"),
    (r"BGB|DE B2B|\bDE\b|German", "DE B2B"),
    (r"6:119[ab]|[Hh]andels", "NL"),
    (r"6:119|NL B2C|NL consumer", "NL B2C"),
    (r"\bNL\b|Netherlands|Dutch", "NL"),
    (r"\bIE\b|Ireland|Irish|580/2012", "IE"),
    (r"\bDK\b|Denmark|Danish|renteloven", "DK"),
    (r"\bUK\b|\bGB\b|LPCDA|2002/1675|1998", "UK"),
    (r"\bEU\b|2011/7", "EU"),
    (r"contract", "contract"),
)
MODES = (("fixed", Mode.FIXED_AT_START), ("single", Mode.SINGLE), ("one rate", Mode.SINGLE), ("float", Mode.FLOATING),
         ("per semester", Mode.FLOATING))  # fmt: skip


def _named(said: str) -> Regime:
    """Return the law that a vector names, in the mode it names."""
    name = next((name for pattern, name in NAMED if re.search(pattern, said)), None)
    if name is None:
        raise KeyError(f"unknown regime {said!r}")
    regime = REGIMES[name]
    return replace(regime, mode=next((mode for word, mode in MODES if word in said.lower()), regime.mode))
