"""Days as receivables files write them. `03/04/2026` is 3 April or 4 March: only a declared order, or another date
of the
same file that allows one order alone, decides. Otherwise the day stays unread, and a person is asked.

Room: pure.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from enum import Enum

from recon.errors import UnreadableText


class DateOrder(Enum):
    """The order in which a source writes year, month and day."""

    YMD = "ymd"
    DMY = "dmy"
    MDY = "mdy"


ALL_ORDERS = tuple(DateOrder)
_NUMERIC = re.compile(r"([0-9]{1,4})([./\- ])([0-9]{1,2})\2([0-9]{1,4})")
_ISO = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T ][0-9:.,]{4,15}(?:Z|[+-][0-9:]{4,5})?)?")
_COMPACT = re.compile(r"(19|20)([0-9]{2})([0-9]{2})([0-9]{2})")
_DAY_NAME = re.compile(r"([0-9]{1,2})[ .\-]+([A-Za-z]{3,9})\.?[ ,\-]+([0-9]{4}|[0-9]{2})")
_NAME_DAY = re.compile(r"([A-Za-z]{3,9})\.?[ \-]+([0-9]{1,2}),?[ \-]+([0-9]{4}|[0-9]{2})")
_UNIX = re.compile(r"[0-9]{9,11}")
_MONTHS = {
    name: number
    for number, name in enumerate(
        [
            "january",
            "february",
            "march",
            "april",
            "may",
            "june",
            "july",
            "august",
            "september",
            "october",
            "november",
            "december",
        ],
        1,
    )
}
_MONTH_OF = {name[:3]: number for name, number in _MONTHS.items()} | _MONTHS | {"sept": 9}


def possible_days(cell: str, orders: Iterable[DateOrder] = ALL_ORDERS) -> frozenset[date]:
    """Return every day the text may mean when its source writes in one of the orders; empty when it is no date.

    >>> sorted(possible_days("03/04/2026"))
    [datetime.date(2026, 3, 4), datetime.date(2026, 4, 3)]
    >>> possible_days("31 Mar 2026") == possible_days("2026-03-31T08:00:00Z") == {date(2026, 3, 31)}
    True
    """
    text = cell.strip()
    plain = _unmistakable(text)
    if plain is not None:
        return frozenset(plain)
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return frozenset()
    parts = match[1], match[3], match[4]
    return frozenset(day for order in orders for day in _in_order(parts, order))


def _unmistakable(text: str) -> tuple[date, ...] | None:
    """Return the day of a spelling that needs no order, nothing when it is no day, None when an order is needed."""
    if match := _ISO.fullmatch(text):
        return _day(int(match[1]), int(match[2]), int(match[3]))
    if match := _COMPACT.fullmatch(text):
        return _day(int(match[1] + match[2]), int(match[3]), int(match[4]))
    if match := _DAY_NAME.fullmatch(text):
        return _named(match[3], match[2], match[1])
    if match := _NAME_DAY.fullmatch(text):
        return _named(match[3], match[1], match[2])
    return None


def _named(year: str, month: str, day: str) -> tuple[date, ...]:
    number = _MONTH_OF.get(month.casefold())
    return () if number is None else _day(_year(year), number, int(day))


def _in_order(parts: tuple[str, str, str], order: DateOrder) -> tuple[date, ...]:
    first, second, third = parts
    year, month, day = {
        DateOrder.YMD: (first, second, third),
        DateOrder.DMY: (third, second, first),
        DateOrder.MDY: (third, first, second),
    }[order]
    # Two digits of a year are read in this century only where a month and a day are as short.
    if len(year) not in (2, 4) or len(month) > 2 or len(day) > 2:
        return ()
    return _day(_year(year), int(month), int(day))


def _year(text: str) -> int:
    return int(text) if len(text) == 4 else 2000 + int(text)


def _day(year: int, month: int, day: int) -> tuple[date, ...]:
    try:
        return (date(year, month, day),)
    except ValueError:
        return ()


def orders_of(cells: Iterable[str]) -> tuple[tuple[DateOrder, ...], str]:
    """Return the orders in which every one of the cells is a date, and the cell that ruled others out ('' if none did).

    When no order fits all cells nothing is decided, and each cell must speak for itself.

    >>> orders_of(["03/04/2026", "31/03/2026"])
    ((<DateOrder.DMY: 'dmy'>,), '31/03/2026')
    """
    left, witness = ALL_ORDERS, ""
    for cell in cells:
        fitting = tuple(order for order in left if possible_days(cell, (order,)))
        if fitting and len(fitting) < len(left):
            witness = cell
        if not fitting and possible_days(cell):
            return ALL_ORDERS, ""
        left = fitting or left
    return left, witness


def read_day(cell: str, orders: Sequence[DateOrder]) -> date:
    """Return the one day the text can mean; raises UnreadableText when it means none or several.

    >>> read_day("03/04/2026", [DateOrder.DMY])
    datetime.date(2026, 4, 3)
    """
    days = sorted(possible_days(cell, orders))
    if len(days) == 1:
        return days[0]
    if not days:
        raise UnreadableText(f"{cell[:40]!r} is not a date{_as_ordered(orders)}")
    meanings = " or ".join(f"{day.day} {_english_month(day)} {day.year}" for day in days)
    raise UnreadableText(f"{cell[:40]!r} is {meanings}, and no other date of the file decides")


def read_unix_day(cell: str) -> date:
    """Return the UTC day of a Unix time in seconds; raises UnreadableText for other text."""
    if not _UNIX.fullmatch(cell.strip()):
        raise UnreadableText(f"{cell[:40]!r} is not a Unix time in seconds")
    return datetime.fromtimestamp(int(cell), tz=UTC).date()


def _as_ordered(orders: Sequence[DateOrder]) -> str:
    return f" in the order {orders[0].value}" if len(orders) == 1 else ""


def _english_month(day: date) -> str:
    return next(name for name, number in _MONTHS.items() if number == day.month).title()
