"""Metrics, rounding and tolerance."""

from datetime import date
from fractions import Fraction
from typing import Any

from bench.vectors.money import minor, text, two
from recon import aging
from recon.money import Rounding, minor_digits, round_fraction


def metric(case: Any) -> dict[str, Any]:
    """Answer the one metric that is expected."""
    return {key: value for name in METRICS if name in case.wanted for key, value in METRICS[name](case).items()}


def _fraction(case: Any, key: str) -> Fraction:
    return Fraction(case[key])


def _dso(case: Any) -> dict[str, Any]:
    if case.has("sales"):
        sales = [(Fraction(sold), days) for _, sold, days in case["sales"]]
        return {"dso": two(aging.count_back(_fraction(case, "ending_ar"), sales))}
    value = aging.days_sales_outstanding(_fraction(case, "ending_ar"), _fraction(case, "credit_sales"), case["days"])
    return {"dso": two(value)}


def _bpdso(case: Any) -> dict[str, Any]:
    value = aging.days_sales_outstanding(_fraction(case, "current_ar"), _fraction(case, "credit_sales"), case["days"])
    return {"bpdso": two(value)}


def _add(case: Any) -> dict[str, Any]:
    return {"add": two(aging.average_days_delinquent(_fraction(case, "dso"), _fraction(case, "bpdso")))}


def _cei(case: Any) -> dict[str, Any]:
    if case.has("credit_sales_month"):
        sales = _fraction(case, "credit_sales_month")
    else:
        sales = _fraction(case, "credit_sales") / case.get("n_months", 1)
    beginning, total = _fraction(case, "beginning_ar"), _fraction(case, "ending_total")
    return {"cei": two(aging.collection_effectiveness(beginning, sales, total, _fraction(case, "ending_current")))}


def _roll(case: Any) -> dict[str, Any]:
    later = next(key for key in case if key.startswith("bucket_31_60"))
    earlier = next(key for key in case if key.startswith("bucket_1_30"))
    return {"roll_rate_pct": two(aging.roll_rate(_fraction(case, later), _fraction(case, earlier)))}


def _weighted(case: Any) -> dict[str, Any]:
    return {"weighted_days": two(aging.weighted_days([(Fraction(a), days) for a, days in case["invoices"]]))}


def _promises(case: Any) -> dict[str, Any]:
    promises = [
        aging.PromiseFact(
            minor(amount), date.fromisoformat(day), minor(paid) if paid else 0, date.fromisoformat(on) if on else None
        )
        for amount, day, paid, on in case["promises"]
    ]
    kept = aging.promises_kept(promises, date.fromisoformat(case["as_of"]), case.get("grace_days", 0))
    return {
        "kept_count": kept.kept,
        "due_count": kept.due,
        "kept_ratio_count": two(kept.by_count),
        "kept_ratio_amount": two(kept.by_amount),
        "open": kept.open,
    }


METRICS = {
    "dso": _dso,
    "bpdso": _bpdso,
    "add": _add,
    "cei": _cei,
    "roll_rate_pct": _roll,
    "weighted_days": _weighted,
    "kept_count": _promises,
}


def rounding(case: Any) -> dict[str, Any]:
    """Answer a value rounded in each mode, or to the minor unit of a currency."""
    value = Fraction(case["value"])
    if case.has("currency"):
        digits = minor_digits(case["currency"])
        return {"minor_units": digits, "rounded": text(value * 10**digits, case["currency"])}
    modes = {"HALF_UP": Rounding.HALF_UP, "HALF_EVEN": Rounding.HALF_EVEN, "DOWN": Rounding.DOWN}
    return {mode: text(round_fraction(value * 100, modes[mode])) for mode in case["modes"]}


def tolerance(case: Any) -> dict[str, Any]:
    """Answer a tolerance in the currency of the invoice: so many of its units per unit of ours, so multiplied."""
    amount, currency = case["tolerance"].split()
    rate = next(key for key in case if key.startswith("rate_"))
    target = rate.split("_")[1].upper()
    converted = minor(amount, currency) * Fraction(case[rate])
    if case["invoice_currency"] != target:
        converted = Fraction(minor(amount, currency))
    return {f"tolerance_in_{case['invoice_currency'].lower()}": text(converted, case["invoice_currency"])}
