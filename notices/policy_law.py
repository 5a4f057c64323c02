"""The legal tables of a policy file: interest and its reference rates, and the rules on how debtors are approached.

Room: pure.
"""

import re
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notices.caps import broken_cap, missing_letter
from notices.conduct import RULES
from notices.interest import YEARS, Clearing, Mode, half_year
from notices.policy import Conduct, InterestRule, Policy
from notices.policy_reader import Reader
from notices.reference_rates import REFERENCE_RATES
from notices.regimes import REGIMES
from recon.errors import UsageError


def read_interest(policy: Reader) -> InterestRule:
    """Return what `[interest]` and `[[rates]]` of a policy say."""
    read = policy.table("interest")
    return InterestRule(
        regime=read.choice("regime", "none", ("none", *REGIMES)),
        day_count=read.choice("day_count", "ACT/365", tuple(YEARS)),
        contract_pct=_percent(read, "contract_percent"),
        compensation=read.flag("compensation", False),
        clearing=read.choice("clearing", Clearing.PRINCIPAL_FIRST.value, tuple(one.value for one in Clearing)),
        mode=read.choice("mode", "", ("", *(one.value for one in Mode))),
        rates=_rates(policy.rows("rates")),
    )


def read_conduct(read: Reader) -> Conduct:
    """Return what `[conduct]` says."""
    rules, zones = read.texts("rules"), read.texts("time_zones")
    for rule in rules:
        if rule not in RULES:
            raise read.fail("rules", f"{rule!r} is not known", f"Choose from {', '.join(RULES)}.")
    for zone in zones:
        if not _is_zone(zone):
            raise read.fail("time_zones", f"{zone!r} is not a time zone", 'Use names such as "America/Chicago".')
    return Conduct(rules, read.flag("contract_allows_charges", False), zones)


def check_fees(policy: Policy, read: Reader) -> None:
    """Refuse fees that the law of the policy's regime never allows; what depends on the debt is capped when charged."""
    if broken := broken_cap(policy):
        raise _fee_error(read, *broken, "Lower it, leave it out, or raise rest_days.")
    if missing := missing_letter(policy):
        raise _fee_error(read, *missing, "Set fourteen_days on a tier before it, and rest_days to 20.")


def _fee_error(read: Reader, level: int, what: str, remedy: str) -> UsageError:
    places = tuple(f"{place}.tiers#{level - 1}" if place else f"tiers#{level - 1}" for place in read.places)
    return read.source.error(places, "fee", what, remedy)


def _is_zone(name: str) -> bool:
    try:
        return bool(ZoneInfo(name))
    except (ZoneInfoNotFoundError, ValueError):
        return False


def _rates(rows: list[Reader]) -> tuple[tuple[str, str, str], ...]:
    """Return (reference, first day, percent) of each rate; one that contradicts a known one is refused."""
    found: dict[tuple[str, date], str] = {}
    for row in rows:
        reference, first = _reference(row), _first_day(row)
        percent = _percent(row, "percent", needed=True)
        known = dict(REFERENCE_RATES[reference]).get(first, found.get((reference, first)))
        if known is not None and Fraction(known) != Fraction(percent):
            what = f"the rate of {reference} from {first} is known as {float(Fraction(known)):g}"
            raise row.fail("percent", what, "Leave the row out, or correct it.")
        found[reference, first] = percent
    return tuple(sorted((reference, str(first), percent) for (reference, first), percent in found.items()))


def _reference(row: Reader) -> str:
    """A row names a law, or the reference rate it goes by: what is added for one law serves all that share the rate."""
    names = {name: name for name in REFERENCE_RATES}
    names |= {regime.name: regime.reference for regime in REGIMES.values() if regime.reference}
    return names[row.choice("regime", "", tuple(names))]


def _first_day(row: Reader) -> date:
    value = row.values.get("from")
    if not isinstance(value, date) or isinstance(value, datetime) or value != half_year(value):
        remedy = "Write 1 January or 1 July, without quotes, as in 2026-07-01."
        raise row.fail("from", f"{value!s} is not the first day of a half-year", remedy)
    return value


def _percent(read: Reader, key: str, *, needed: bool = False) -> str:
    value = read.text(key, "")
    sign = "-?" if needed else ""  # a reference rate may be below zero, a contract's is not
    if (value or needed) and not re.fullmatch(sign + r"[0-9]{1,3}(\.[0-9]{1,6})?", value):
        raise read.fail(key, f"{value!r} is not a percentage", 'Write it as text with a point, as in "9.5".')
    return value
