"""Metrics, rounding and tolerance."""

from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

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
    earlier, later = sorted((key for key in case if key.startswith("bucket_")), key=_edge)
    return {"roll_rate_pct": two(aging.roll_rate(_fraction(case, later), _fraction(case, earlier)))}


def _edge(bucket: str) -> int:
    """Return the first day of a bucket written `bucket_31_60_feb`, `bucket_current` or `bucket_90_plus_may`."""
    first = bucket.removeprefix("bucket_").split("_")[0].rstrip("+")
    return int(first) if first.isdigit() else 0


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


def _bucket(case: Any) -> dict[str, Any]:
    late = (date.fromisoformat(case["as_of"]) - date.fromisoformat(case["due"])).days
    return {"bucket": aging.bucket_names()[int(aging.bucket_of(np.array([late], dtype=np.int32))[0])], "days": late}


METRICS = {
    "bucket": _bucket,
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
    value, currency = Fraction(case["value"]), case.get("currency", "EUR")
    digits = minor_digits(currency)
    exact = value * 10**digits
    rounded = {mode: text(round_fraction(exact, MODES[mode]), currency) for mode in case.get("modes", ())}
    return {"minor_units": digits, "rounded": text(exact, currency), **rounded}


MODES = {"HALF_UP": Rounding.HALF_UP, "HALF_EVEN": Rounding.HALF_EVEN, "DOWN": Rounding.DOWN}


def tolerance(case: Any) -> dict[str, Any]:
    """Answer a tolerance in the currency of the invoice. `rate_usd_per_eur` is so many dollars for one euro."""
    amount, currency = case["tolerance"].split()
    to, key = case["invoice_currency"], next(key for key in case if key.startswith("rate_"))
    target, _, base = key.upper().removeprefix("RATE_").partition("_PER_")
    rate, own = Fraction(case[key]), Fraction(minor(amount, currency), 10 ** minor_digits(currency))
    factors = {(base, target): rate, (target, base): 1 / rate, (currency, currency): Fraction(1)}
    converted = own * factors[currency, to]
    return {f"tolerance_in_{to.lower()}": text(converted * 10 ** minor_digits(to), to)}
