"""What the law of a place allows on late payment: reference rates, points, compensation, fee caps. Dated, with sources.

This is data for a policy, not legal advice. A law is not applied to what was due before it came into force.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction

from notices.calendar import next_working_day
from notices.interest import MissingRate, Mode, Rates, statutory_rates
from notices.policy import InterestRule
from notices.reference_rates import REFERENCE_RATES
from recon.errors import UsageError


def _dated(*rows: tuple[str, str]) -> Rates:
    return tuple((date.fromisoformat(day), Fraction(rate)) for day, rate in rows)


@dataclass(frozen=True, slots=True)
class Regime:
    """One law on late payment. `compensation`: a fixed sum (major units) per invoice from a debt on (minor units)."""

    name: str
    reference: str = ""
    points: Fraction = Fraction(0)
    mode: Mode = Mode.FLOATING
    currency: str = ""
    compensation: tuple[tuple[int, int], ...] = ()
    source: str = ""
    since: date = date(2002, 1, 1)  # the first day of interest under this law, with these points
    working_days: str = ""  # of this calendar: what falls due on another day may be paid on the next one

    def due_on(self, day: date, calendar: str = "") -> date:
        """Return the day up to which what is due on a day bears no interest. `calendar`: a part of the law's country.

        >>> REGIMES["DE B2B"].due_on(date(2025, 6, 7)), REGIMES["UK"].due_on(date(2025, 6, 7))
        (datetime.date(2025, 6, 10), datetime.date(2025, 6, 7))
        """
        if not self.working_days:
            return day
        is_part = calendar.partition("-")[0] == self.working_days
        return next_working_day(day, calendar if is_part else self.working_days)

    def rates(
        self, start: date, end: date, contract_pct: Fraction | None = None, added: Sequence[tuple[str, str, str]] = ()
    ) -> Rates:
        """Return the rates for a period: the contract's where it has one. Raises MissingRate.

        `added` are reference rates of a policy: (reference, first day, percent).
        """
        if contract_pct is not None:
            return ((start, contract_pct),)
        if not self.reference:
            raise MissingRate(f"{self.name} has no statutory rate", "Set contract_percent in the policy")
        if start < self.since:
            what = f"{self.name} holds for interest from {self.since} on, and this begins on {start}"
            raise MissingRate(what, "Put these customers under a policy with contract_percent")
        last = start if self.mode is Mode.FIXED_AT_START else max(start, end)
        first = last if self.mode is Mode.SINGLE else start
        own = _dated(*((first, percent) for reference, first, percent in added if reference == self.reference))
        return statutory_rates((*REFERENCE_RATES[self.reference], *own), self.points, first, last, self.reference)


_DIRECTIVE = date(2013, 3, 16)  # the last day for member states to follow Directive 2011/7/EU
_UK_BANDS = ((1, 40), (100_000, 70), (1_000_000, 100))  # LPCDA 1998 section 5A(2)
REGIMES: dict[str, Regime] = {
    regime.name: regime
    for regime in (
        Regime("EU", "ECB", Fraction(8), currency="EUR", compensation=((1, 40),), source="Directive 2011/7/EU 3, 6",
               since=_DIRECTIVE),
        Regime("DE B2B", "DE base", Fraction(9), currency="EUR", compensation=((1, 40),), source="BGB 288(2), (5)",
               since=date(2014, 7, 29), working_days="DE"),  # eight points before (EGBGB 229 section 34); BGB 193
        Regime("DE B2C", "DE base", Fraction(5), currency="EUR", source="BGB 288(1)", working_days="DE"),
        # One rate, that of the day of the payment: so the Department of Enterprise reads S.I. 580/2012 (its page of
        # questions on late payment, 2024).
        Regime("IE", "ECB", Fraction(8), Mode.SINGLE, "EUR", ((1, 40), (100_001, 70), (1_000_001, 100)),
               "S.I. 580/2012, regulation 9 and schedule", _DIRECTIVE),
        Regime("NL", "ECB", Fraction(8), currency="EUR", compensation=((1, 40),), source="BW 6:119a, 6:96(4)",
               since=_DIRECTIVE),
        Regime("NL B2C", "NL consumer", currency="EUR", source="BW 6:119, 6:120(1)", since=date(2013, 1, 1)),
        Regime("DK", "DK lending", Fraction(8), currency="DKK", compensation=((1, 310),),
               source="renteloven 5, 9a(3); bekendtgoerelse 105/2013", since=date(2013, 3, 1)),
        Regime("UK", "BoE", Fraction(8), Mode.FIXED_AT_START, "GBP", _UK_BANDS, "LPCDA 1998 4-6, 5A; SI 2002/1675 4"),
        Regime("contract", source="the contract's own rate"),
    )
}  # fmt: skip


DUTCH = ("NL", "NL B2C")  # laws whose collection costs are capped by NL_COSTS, the fixed sum included


def regime_of(name: str) -> Regime:
    """Return a regime by its name in the policy. Raises UsageError."""
    if name not in REGIMES:
        raise UsageError(f"{name!r} is no interest regime", f"Use one of {', '.join(REGIMES)}")
    return REGIMES[name]


def regime_by(rule: InterestRule) -> Regime:
    """Return the regime of a policy's `[interest]`, in the mode it names or the law's own."""
    regime = regime_of(rule.regime)
    return replace(regime, mode=Mode(rule.mode)) if rule.mode else regime


def compensation_minor(regime: Regime, debt_minor: int, currency: str) -> int:
    """Return the fixed compensation for one late invoice, in minor units; 0 in another currency than the law's.

    >>> [compensation_minor(REGIMES["UK"], debt, "GBP") for debt in (1, 99_999, 100_000, 999_999, 1_000_000)]
    [4000, 4000, 7000, 7000, 10000]
    """
    if currency != regime.currency or debt_minor <= 0:
        return 0
    return max((owed for least, owed in regime.compensation if debt_minor >= least), default=0) * 100


@dataclass(frozen=True, slots=True)
class FeeCap:
    """How often and how much a reminder may cost, as in Denmark: three times DKK 100, ten days apart."""

    country: str
    currency: str
    each_minor: int
    most: int
    days_apart: int
    source: str = ""


FEE_CAPS = {"DK": FeeCap("DK", "DKK", 10_000, 3, 10, "renteloven 9b(2)")}


def reminder_fees(cap: FeeCap, reminders: Sequence[date]) -> list[int]:
    """Return the fee each reminder may carry, in minor units: 0 when it comes too soon or after too many.

    >>> reminder_fees(FEE_CAPS["DK"], [date(2025, 3, 1), date(2025, 3, 10), date(2025, 3, 11)])
    [10000, 0, 10000]
    """
    fees: list[int] = []
    charged_on: date | None = None
    for day in reminders:
        is_free = charged_on is not None and day - charged_on < timedelta(days=cap.days_apart)
        fee = 0 if is_free or sum(map(bool, fees)) >= cap.most else cap.each_minor
        charged_on = day if fee else charged_on
        fees.append(fee)
    return fees


@dataclass(frozen=True, slots=True)
class CostBands:
    """Collection costs as a percentage falling by bands of the principal (major units): (up to, percent)."""

    bands: tuple[tuple[int | None, Fraction], ...]
    least: int
    most: int
    source: str = field(default="")


NL_COSTS = CostBands(
    (
        (2_500, Fraction(15)),
        (5_000, Fraction(10)),
        (10_000, Fraction(5)),
        (200_000, Fraction(1)),
        (None, Fraction(1, 2)),
    ),
    40,
    6_775,
    "Besluit vergoeding voor buitengerechtelijke incassokosten art. 2",
)


def collection_cost(costs: CostBands, principal_minor: int) -> Fraction:
    """Return the exact collection costs on a principal, in minor units.

    >>> int(collection_cost(NL_COSTS, 1_000_000))
    87500
    """
    total, low = Fraction(0), 0
    for high, percent in costs.bands:
        top = principal_minor if high is None else min(principal_minor, high * 100)
        total += max(0, top - low) * percent / 100
        low = top if high is None else high * 100
    least, most = Fraction(costs.least * 100), Fraction(costs.most * 100)
    return min(max(total, least), most) if principal_minor > 0 else Fraction(0)
