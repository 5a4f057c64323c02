"""Bank days: the day a bank wrote, never moved by a time zone.

`20240201000000[+1:CET]` is 1 February although it is still January in Greenwich: the bank's books are closed by its
own day, and another day may be another aging bucket.

Room: pure.
"""

import re
from datetime import date
from functools import lru_cache

from recon.errors import UnreadableText

_FIRST_YEAR, _LAST_YEAR = 1950, 2199  # outside it is a filler (00010101, 99991231) or damage


@lru_cache(maxsize=4096)
def plausible_day(year: int, month: int, day: int) -> date:
    """Return the day; raises UnreadableText when the calendar has no such day or no statement has such a year."""
    if not _FIRST_YEAR <= year <= _LAST_YEAR:
        raise UnreadableText(f"{year} is not the year of a statement")
    try:
        return date(year, month, day)
    except ValueError:
        raise UnreadableText(f"{year:04}-{month:02}-{day:02} is not in the calendar") from None


_OFX = re.compile(r"([0-9]{4})-?([0-9]{2})-?([0-9]{2})([T ]?[0-9:]{0,8}(?:[.:,][0-9]{0,6})?Z?)?\s*(\[[^\]]*\]?)?")


@lru_cache(maxsize=4096)
def ofx_day(text: str) -> date:
    """Return the literal day of an OFX date (OFX 1.6 section 3.2.8), whatever time and zone follow it.

    >>> ofx_day("20240201000000[+1:CET]").isoformat(), ofx_day("2024011512").isoformat()
    ('2024-02-01', '2024-01-15')
    """
    match = _OFX.fullmatch(text.strip())
    if match is None:
        raise UnreadableText(f"{text[:40]!r} is not a date as OFX writes it")
    return plausible_day(int(match[1]), int(match[2]), int(match[3]))


@lru_cache(maxsize=4096)
def iso_day(text: str) -> date:
    """Return the literal day of an ISO 8601 date or timestamp.

    >>> iso_day("2024-02-01T23:30:00-05:00").isoformat()
    '2024-02-01'
    """
    match = re.fullmatch(r"([0-9]{4})-([0-9]{2})-([0-9]{2})(?:[T+Z ][0-9T:.+Z-]{0,30})?", text.strip())
    if match is None:
        raise UnreadableText(f"{text[:40]!r} is not a date like 2026-03-31")
    return plausible_day(int(match[1]), int(match[2]), int(match[3]))


@lru_cache(maxsize=4096)
def short_day(text: str) -> date:
    """Return the day of six digits, YYMMDD, as SWIFT and BAI write it; years 70 to 99 are of the last century.

    >>> short_day("991231").isoformat(), short_day("260331").isoformat()
    ('1999-12-31', '2026-03-31')
    """
    if not re.fullmatch("[0-9]{6}", text):
        raise UnreadableText(f"{text[:40]!r} is not a date of six digits")
    year = int(text[:2])
    return plausible_day(year + (1900 if year >= 70 else 2000), int(text[2:4]), int(text[4:]))
