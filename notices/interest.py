"""Interest on late payment: simple interest, exact fractions, rounded once at the end.

The first interest day is the day after the due date, the last one the value day of the payment (Directive 2011/7/EU
art. 3 and 6). Interest bears no interest (Directive art. 2(6); BGB section 289). How days make a year is the policy's
choice.

Room: pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from fractions import Fraction

from recon.errors import UsageError, ensure
from recon.money import Rounding, round_fraction

Rates = Sequence[tuple[date, Fraction]]  # (first day, percent a year), oldest first


class MissingRate(UsageError):
    """No rate is known for a day; interest is not guessed."""


class Mode(Enum):
    """Which rate holds when the reference rate changes while a debt is open."""

    FLOATING = "floating"  # each day bears the rate of its own half-year
    FIXED_AT_START = "fixed at start"  # the rate of the day interest starts, to the end (SI 2002/1675 art. 4)
    SINGLE = "single"  # the rate of the last day (that of the payment, or the one asked for) for every day before it


class Clearing(Enum):
    """What a part payment settles first."""

    PRINCIPAL_FIRST = "principal first"
    COSTS_INTEREST_PRINCIPAL = "costs, interest, principal"  # BGB section 367(1)


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of days with one principal and one rate; `interest` is exact, in minor units."""

    start: date
    days: int
    principal_minor: int
    rate_pct: Fraction
    interest: Fraction


@dataclass(frozen=True, slots=True)
class Interest:
    """What is due on the day asked for: what is left of the principal and of the interest, and how it came about."""

    segments: tuple[Segment, ...]
    principal_minor: int
    open_interest_minor: int
    paid_interest_minor: int = 0

    @property
    def days(self) -> int:
        """Interest days in all."""
        return sum(segment.days for segment in self.segments)


def _actual(basis: int) -> Callable[[date, date], Fraction]:
    return lambda start, end: Fraction((end - start).days, basis)


def _actual_actual(start: date, end: date) -> Fraction:
    """ISDA 2006 section 4.16(b): the days of a leap year over 366, the others over 365."""
    years = Fraction(0)
    while start < end:
        stop = min(end, date(start.year + 1, 1, 1))
        years += Fraction((stop - start).days, (date(start.year + 1, 1, 1) - date(start.year, 1, 1)).days)
        start = stop
    return years


def days_30e(start: date, end: date) -> int:
    """Return the days between, months of 30 days, the 31st counting as the 30th (ISDA 2006 section 4.16(g)).

    >>> days_30e(date(2023, 12, 15), date(2024, 3, 15))
    90
    """
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + min(end.day, 30) - min(start.day, 30)


def days_30e_isda(start: date, end: date) -> int:
    """Return the days between, months of 30 days, the last day of any month counting as the 30th; the last day of a
    February as the end counts as it is, because it is when the debt ends (ISDA 2006 section 4.16(h)).

    >>> days_30e_isda(date(2024, 2, 29), date(2024, 8, 31)), days_30e_isda(date(2024, 8, 31), date(2025, 2, 28))
    (180, 178)
    """
    is_last = (start + timedelta(days=1)).day == 1
    months = (end.year - start.year) * 12 + end.month - start.month
    return months * 30 + min(end.day, 30) - (30 if is_last else start.day)


def days_30us(start: date, end: date) -> int:
    """Return the days between by the American bond basis (ISDA 2006 section 4.16(f)).

    >>> days_30us(date(2023, 1, 31), date(2023, 3, 31))
    60
    """
    first = min(start.day, 30)
    last = 30 if end.day == 31 and first == 30 else end.day
    return ((end.year - start.year) * 12 + end.month - start.month) * 30 + last - first


_THIRTY = {"30E/360": days_30e, "30E/360 ISDA": days_30e_isda, "30/360": days_30us, "30/360 US": days_30us}


def _of_360(days: Callable[[date, date], int]) -> Callable[[date, date], Fraction]:
    return lambda start, end: Fraction(days(start, end), 360)


YEARS: dict[str, Callable[[date, date], Fraction]] = {
    "ACT/365": _actual(365),
    "ACT/365F": _actual(365),
    "ACT/360": _actual(360),
    **{name: _of_360(days) for name, days in _THIRTY.items()},
    "ACT/ACT": _actual_actual,
    "ACT/ACT ISDA": _actual_actual,
}


def count_days(start: date, end: date, day_count: str) -> int:
    """Return the interest days from start to end under a day count."""
    counted = _THIRTY.get(day_count)
    return counted(start, end) if counted else (end - start).days


def year_fraction(start: date, end: date, day_count: str) -> Fraction:
    """Return the part of a year between two days. Raises UsageError for a day count we do not know."""
    if day_count not in YEARS:
        raise UsageError(f"{day_count!r} is no day count", f"Use one of {', '.join(YEARS)}")
    return YEARS[day_count](start, end)


def simple_interest(principal_minor: int, rate_pct: Fraction, start: date, end: date, day_count: str) -> Fraction:
    """Return the exact interest from start to end, in minor units.

    >>> round_fraction(simple_interest(1_000_000, Fraction(12), date(2023, 12, 15), date(2024, 3, 15), "ACT/360"))
    30333
    """
    return principal_minor * rate_pct / 100 * year_fraction(start, end, day_count)


def rounded_daily(principal_minor: int, rate_pct: Fraction, days: int, basis: int = 365) -> int:
    """Return the interest as some calculators have it: the day's interest rounded first. Not our default."""
    return round_fraction(principal_minor * rate_pct / 100 / basis) * days


def late_interest(
    principal_minor: int,
    due_on: date,
    as_of: date,
    rates: Rates,
    *,
    mode: Mode = Mode.FLOATING,
    day_count: str = "ACT/365",
    payments: Sequence[tuple[date, int]] = (),
    clearing: Clearing = Clearing.PRINCIPAL_FIRST,
    costs_minor: int = 0,
    rounding: Rounding = Rounding.HALF_UP,
) -> Interest:
    """Return the interest on a principal due on a day, through `as_of`, with what was paid on the way.

    Nothing before or on the due date; what is paid bears interest on the day it is paid. Raises MissingRate.

    >>> rate = [(date(2025, 1, 1), Fraction("12.75"))]
    >>> late_interest(100000, date(2025, 3, 1), date(2025, 3, 31), rate).open_interest_minor
    1048
    """
    first = due_on + timedelta(days=1)
    one_rate_of = {Mode.FIXED_AT_START: first, Mode.SINGLE: as_of}.get(mode)
    account = _Running(principal_minor, costs_minor, rates, one_rate_of, day_count, clearing, first)
    for paid_on, minor in sorted(payments):
        if paid_on <= as_of:
            account.run_to(max(paid_on, due_on), rounding)
            account.pay(minor, rounding)
    account.run_to(as_of, rounding)
    open_interest = round_fraction(account.interest, rounding)
    return Interest(tuple(account.segments), account.principal, open_interest, account.paid_interest)


class _Running:
    """The account of one debt, day by day."""

    def __init__(
        self,
        principal: int,
        costs: int,
        rates: Rates,
        one_rate_of: date | None,  # the day whose rate holds for all days; None: each day has its own
        day_count: str,
        clearing: Clearing,
        start: date,
    ) -> None:
        self.principal, self.costs, self.rates, self.one_rate_of = principal, costs, rates, one_rate_of
        self.day_count, self.clearing, self.next = day_count, clearing, start
        self.interest, self.paid_interest = Fraction(0), 0
        self.segments: list[Segment] = []

    def run_to(self, last: date, rounding: Rounding) -> None:
        """Add the interest of the days from the next one to `last`, both included."""
        while self.next <= last and self.principal > 0:
            rate, until = self._rate(last)
            one = simple_interest(self.principal, rate, self.next, until, self.day_count)
            days = count_days(self.next, until, self.day_count)
            self.segments.append(Segment(self.next, days, self.principal, rate, one))
            self.interest += one
            self.next = until
        self.next = max(self.next, last + timedelta(days=1))

    def _rate(self, last: date) -> tuple[Fraction, date]:
        """The rate of the next day, and the first day it no longer holds."""
        rate, changes_on = rate_on(self.rates, self.one_rate_of or self.next)
        end = last + timedelta(days=1)
        return rate, min(end, changes_on) if changes_on and self.one_rate_of is None else end

    def pay(self, minor: int, rounding: Rounding) -> None:
        if self.clearing is Clearing.COSTS_INTEREST_PRINCIPAL:
            of_costs = min(minor, self.costs)
            due = round_fraction(self.interest, rounding)
            of_interest = min(minor - of_costs, due)
            self.costs -= of_costs
            self.paid_interest += of_interest
            self.interest = Fraction(0) if of_interest == due else self.interest - of_interest
            minor -= of_costs + of_interest
        self.principal = max(0, self.principal - minor)


def rate_on(rates: Rates, day: date) -> tuple[Fraction, date | None]:
    """Return the rate of a day, and the day the next one begins. Raises MissingRate before the first."""
    found = [i for i, (first, _) in enumerate(rates) if first <= day]
    if not found:
        raise MissingRate(f"no interest rate is known for {day}", "Add it under [[rates]] of the policy")
    i = found[-1]
    return rates[i][1], rates[i + 1][0] if i + 1 < len(rates) else None


def half_year(day: date) -> date:
    """Return the first day of the half-year of a day: when the reference rates of the directive change."""
    return date(day.year, 1 if day.month < 7 else 7, 1)


def statutory_rates(reference: Rates, points: Fraction, start: date, end: date, name: str = "") -> Rates:
    """Return the rates of all half-years from start to end: reference rate of the half-year plus percentage points.

    Raises MissingRate for a half-year without a reference rate of its own: an old rate is not carried forward.

    >>> statutory_rates([(date(2025, 1, 1), Fraction("3.15"))], Fraction(8), date(2025, 5, 1), date(2025, 6, 30))
    [(datetime.date(2025, 1, 1), Fraction(223, 20))]
    """
    ensure(start <= end, "a period has its start before its end")
    known = dict(reference)
    rates: list[tuple[date, Fraction]] = []
    day = half_year(start)
    while day <= end:
        if day not in known:
            which = f"no reference rate{f' {name}' if name else ''} is known for the half-year of {day}"
            raise MissingRate(which, "Add it under [[rates]] of the policy")
        rates.append((day, known[day] + points))
        day = half_year(day + timedelta(days=184))
    return rates
