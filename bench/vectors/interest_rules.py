"""Interest, day counts and fees by jurisdiction."""

from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from bench.vectors.money import minor, text
from notices.calendar import next_working_day
from notices.conduct import fee_allowed
from notices.interest import (
    Clearing,
    Interest,
    Mode,
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
        effective = next_working_day(due) if "193" in case["rule"] else due
        return {"effective_due": str(effective), "first_interest_day": str(effective + timedelta(days=1))}
    start, end, convention = Day(case["start"]), Day(case["end"]), case["daycount"]
    owed_exact = simple_interest(minor(case["principal"]), Fraction(case["rate_pct"]), start, end, convention)
    return {"days": count_days(start, end, convention), "interest": text(owed_exact)}


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


BY_CURRENCY = {"GBP": "UK", "EUR": "EU"}
BY_COUNTRY = {"UK": "UK", "GB": "UK", "IE": "IE", "DE": "DE B2B", "NL": "NL"}


def _compensations(case: Any) -> dict[str, Any]:
    currency = case.get("currency") or REGIMES[BY_COUNTRY[case["country"]]].currency
    name = BY_COUNTRY[case["country"]] if case.has("country") else BY_CURRENCY[currency]
    regime = REGIMES["DE B2C" if case.get("debtor") == "consumer" else name]
    debts = case["debts"] if case.has("debts") else [case["debt"]]
    each = [compensation_minor(regime, minor(debt, currency), currency) for debt in debts]
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
    convention = case.get("daycount", "ACT/365")
    return simple_interest(
        minor(case["principal"]), Fraction(case["rate_pct"]), start, start + timedelta(days=days), convention
    )


def _with_payments(case: Any) -> dict[str, Any]:
    by_law = "interest" in case.get("allocation", "principal first")
    payments = [(Day(day), minor(paid)) for day, paid in case["payments"]]
    rates = [(EARLY, Fraction(case["rate_pct"]))]
    clearing = Clearing.COSTS_INTEREST_PRINCIPAL if by_law else Clearing.PRINCIPAL_FIRST
    due = Day(case["due"])
    given = {
        "clearing": clearing,
        "day_count": case.get("daycount", "ACT/365"),
        "costs_minor": minor(case.get("fees", "0")),
    }
    owed = late_interest(minor(case["principal"]), due, Day(case["as_of"]), rates, payments=payments, **given)
    before = late_interest(minor(case["principal"]), due, payments[0][0], rates, day_count=given["day_count"])
    return {
        "interest": text(owed.open_interest_minor + owed.paid_interest_minor),
        "interest_before_payment": text(before.open_interest_minor),
        "principal_after": text(owed.principal_minor),
        "interest_open": text(owed.open_interest_minor),
        "segments": _segments(owed),
        "days": owed.days,
    }


def _under_regime(case: Any) -> dict[str, Any]:
    regime, rates = _regime(case)
    currency = case.get("currency") or regime.currency or "EUR"
    end = Day(case["paid"] if case.has("paid") else case["as_of"])
    principal = minor(case["principal"], currency)
    owed = late_interest(
        principal, Day(case["due"]), end, rates, mode=regime.mode, day_count=case.get("daycount", "ACT/365")
    )
    compensation = compensation_minor(regime, principal, currency) if owed.days else 0
    return {
        "days": owed.days,
        "segments": _segments(owed),
        "rate_pct": f"{float(owed.segments[0].rate_pct):.2f}" if owed.segments else None,
        "interest": text(owed.open_interest_minor, currency),
        "compensation": text(compensation, currency),
        "total_claim": text(principal + owed.open_interest_minor + compensation, currency),
    }


def _segments(owed: Interest) -> list[dict[str, Any]]:
    return [
        {"frm": str(one.start), "days": one.days, "rate_pct": f"{float(one.rate_pct):.2f}"} for one in owed.segments
    ]


def _regime(case: Any) -> tuple[Regime, list[tuple[date, Fraction]]]:
    """Return the regime of a vector and its rates: whole rates as given, or Bank of England rates of the day before."""
    bank = dict(case["boe"]) if case.has("boe") else {}
    for key in [key for key in case if key.startswith("boe_on_")]:
        bank[key.removeprefix("boe_on_").replace("_", "-")] = case[key]
    if bank:
        uk = REGIMES["UK"]
        case.get("regime")
        return uk, sorted((Day(day) + timedelta(days=1), Fraction(rate) + uk.points) for day, rate in bank.items())
    regime = _named(case.get("regime", "EU 2011/7"))
    if case.has("rates_pct"):
        return regime, sorted((Day(day), Fraction(rate)) for day, rate in case["rates_pct"].items())
    if case.has("rate_pct"):
        return regime, [(EARLY, Fraction(case["rate_pct"]))]
    end = Day(case["paid"] if case.has("paid") else case["as_of"])
    return regime, list(regime.rates(half_year(Day(case["due"]) + timedelta(days=1)), end))


NAMED = {"BGB 288(1)": "DE B2C", "BGB 288(2)": "DE B2B", "EU 2011/7": "EU", "UK": "UK", "IE": "IE", "NL": "NL"}


def _named(text_: str) -> Regime:
    for start, name in NAMED.items():
        if text_.startswith(start):
            regime = REGIMES[name]
            floating = "fixed" not in text_ and name != "UK"
            return regime if floating or regime.mode is Mode.FIXED_AT_START else _fixed(regime)
    raise KeyError(f"unknown regime {text_!r}")


def _fixed(regime: Regime) -> Regime:
    from dataclasses import replace

    return replace(regime, mode=Mode.FIXED_AT_START)
