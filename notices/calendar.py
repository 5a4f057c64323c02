"""When a notice may leave: weekdays, public holidays and hours in the customer's own time, over every change of clocks.

Room: pure.
"""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notices.policy import Window
from recon.model import Customer


def is_sending_day(window: Window, day: date, customer: Customer) -> bool:
    """Tell whether the day is one of the window's weekdays and no holiday of its calendar."""
    return day.weekday() in window.weekdays and not is_holiday(calendar_of(window, customer), day)


def calendar_of(window: Window, customer: Customer) -> str:
    """Return the holiday calendar: the policy's own, or that of the customer's country."""
    return customer.country if window.holidays == "customer" else window.holidays


def is_holiday(calendar: str, day: date) -> bool:
    """Tell whether the day is a public holiday of a country, or of a part of it written `DE-BY`. Unknown: never.

    >>> is_holiday("DE-BY", date(2026, 1, 6)), is_holiday("DE", date(2026, 1, 6)), is_holiday("", date(2026, 1, 1))
    (True, False, False)
    """
    return bool(calendar) and day in _holidays(calendar, day.year)


def next_working_day(day: date, calendar: str = "") -> date:
    """Return the day, or the first after it that is neither Saturday, Sunday nor a holiday (BGB section 193).

    >>> next_working_day(date(2025, 5, 31))
    datetime.date(2025, 6, 2)
    """
    while day.weekday() >= 5 or is_holiday(calendar, day):
        day += timedelta(days=1)
    return day


def may_send(window: Window, moment: datetime, customer: Customer) -> bool:
    """Tell whether the instant lies in the window of the customer's local time. `closes` itself is outside."""
    local = moment.astimezone(zone_of(window, customer))
    if not is_sending_day(window, local.date(), customer):
        return False
    return is_within(local.time(), window.opens, window.closes)


def day_began(window: Window, moment: datetime, customer: Customer) -> datetime:
    """Return the instant (UTC) at which the customer's day began that the moment lies in."""
    local = moment.astimezone(zone_of(window, customer))
    return datetime.combine(local.date(), time(), local.tzinfo).astimezone(UTC)


def is_within(clock: time, opens: time, closes: time) -> bool:
    """Tell whether opens <= clock < closes; equal ends are the whole day, a later start runs over midnight."""
    if opens == closes:
        return True
    if opens < closes:
        return opens <= clock < closes
    return clock >= opens or clock < closes


def zone_of(window: Window, customer: Customer) -> ZoneInfo:
    """Return the customer's time zone, or the policy's where the customer's is missing or unknown."""
    return _zone(customer.time_zone) or _zone(window.time_zone) or ZoneInfo("UTC")


def convenient_hours(day: date, zones: tuple[str, ...], opens: time, closes: time) -> tuple[datetime, datetime] | None:
    """Return the UTC instants between which it is inside the hours in every zone, None if never (Reg F, 6(b)(1)(i)-2).

    >>> zones = ("America/New_York", "America/Los_Angeles")
    >>> [str(instant) for instant in convenient_hours(date(2025, 6, 2), zones, time(8), time(21))]
    ['2025-06-02 15:00:00+00:00', '2025-06-03 01:00:00+00:00']
    """
    starts = [datetime.combine(day, opens, ZoneInfo(zone)).astimezone(UTC) for zone in zones]
    ends = [datetime.combine(day, closes, ZoneInfo(zone)).astimezone(UTC) for zone in zones]
    return (max(starts), min(ends)) if max(starts) < min(ends) else None


@lru_cache(maxsize=256)
def _zone(name: str) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError):
        return None


@lru_cache(maxsize=256)
def _holidays(calendar: str, year: int) -> frozenset[date]:
    import holidays  # half a second: only where a policy asks for it

    country, _, part = calendar.partition("-")
    try:
        return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))
    except NotImplementedError:
        return frozenset()
