"""Days as CSV files write them, by a declared format: `DD.MM.YYYY`, `D/M/YY`, `DD MMM YYYY`, `YYYY-MM-DD*`.

YYYY year, YY year of this century (or the last from 70), MM and DD two digits, M and D one or two, MMM the month's
short
English name, `*` anything more (a time, or `as of` another day). Everything else stands for itself.

Room: pure.
"""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from recon.errors import UnreadableText
from recon.statements.bankdays import plausible_day

_MONTH_NAMES = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_TOKENS = {
    "YYYY": "(?P<year>[0-9]{4})",
    "YY": "(?P<short>[0-9]{2})",
    "MMM": "(?P<name>[A-Za-z]{3})[a-z]{0,6}",
    "MM": "(?P<month>[0-9]{2})",
    "M": "(?P<month>[0-9]{1,2})",
    "DD": "(?P<day>[0-9]{2})",
    "D": "(?P<day>[0-9]{1,2})",
    "*": ".*",
}
_TOKEN = re.compile("|".join(re.escape(token) for token in _TOKENS))


@dataclass(frozen=True, slots=True)
class DayFormat:
    """A format and the pattern it stands for."""

    text: str
    pattern: re.Pattern[str]


@lru_cache(maxsize=512)
def day_format(text: str) -> DayFormat:
    """Return the format of a text like `DD.MM.YYYY`. Raises ValueError when year, month and day are not all in it,
    once."""
    found = _TOKEN.findall(text)
    parts = sorted(part[0] for part in found if part != "*")
    if parts != ["D", "M", "Y"]:
        raise ValueError(f"{text!r} must name year, month and day once each, as in DD.MM.YYYY")
    pieces, end = [], 0
    for match in _TOKEN.finditer(text):
        pieces += [re.escape(text[end : match.start()]), _TOKENS[match[0]]]
        end = match.end()
    return DayFormat(text, re.compile("".join(pieces) + re.escape(text[end:])))


@lru_cache(maxsize=8192)
def read_day(text: str, formats: tuple[DayFormat, ...]) -> date:
    """Return the day of a text in the first format that fits. Raises UnreadableText when none does.

    >>> read_day("16/03/2026", (day_format("DD/MM/YYYY"),)).isoformat()
    '2026-03-16'
    """
    stripped = text.strip()
    for format in formats:
        if match := format.pattern.fullmatch(stripped):
            return _day(match.groupdict(), text)
    raise UnreadableText(f"{text[:40]!r} is not a day written as {' or '.join(format.text for format in formats)}")


def _day(parts: dict[str, str], text: str) -> date:
    if "short" in parts:
        short = int(parts["short"])
        year = short + (1900 if short >= 70 else 2000)
    else:
        year = int(parts["year"])
    month = _MONTHS.get(parts["name"].lower(), 0) if "name" in parts else int(parts["month"])
    if not month:
        raise UnreadableText(f"{text[:40]!r} names no month")
    return plausible_day(year, month, int(parts["day"]))
