"""The plain tables of `recon match`, column by column: text becomes numbers block by block, never a list of rows.

Room: shell.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import islice
from operator import methodcaller
from pathlib import Path

import numpy as np

from recon.errors import UsageError
from recon.frames import Days, Ints, day_number
from recon.money import minor_digits

Block = dict[str, Sequence[str]]
BLOCK = 5_000  # rows in memory as text
LONGEST_CELL = 10_000_000
UNREAD = np.iinfo(np.int64).min  # marks an amount that is no decimal text
NO_DAY = np.iinfo(np.int32).min
_TWO_DECIMALS = re.compile(r"(?:-?[0-9]{1,14}\.[0-9]{2}\n)+")
_WITHOUT_NUL = methodcaller("replace", "\x00", "")


def read_blocks(path: Path, required: Sequence[str], problems: list[str]) -> Iterator[Block]:
    """Yield the columns of a table, some rows at a time. Rows of another width are left out and told.

    Raises UsageError when a required column is missing.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(map(_WITHOUT_NUL, file))
        header = [name.strip().lower() for row in _next_rows(reader, 1) for name in row]
        missing = [name for name in required if name not in header]
        if missing:
            raise UsageError(f"{path.name} lacks the columns {', '.join(missing)}", "See docs/reference/matching.md")
        good = 0
        while rows := _next_rows(reader, BLOCK):
            rows = [row for row in rows if len(row) == len(header)]
            good += len(rows)
            if rows:
                yield dict(zip(header, zip(*rows, strict=True), strict=True))
        if reader.line_num - 1 > good:
            problems.extend(_short_rows(path, len(header)))


def _next_rows(reader: Iterator[list[str]], count: int) -> list[list[str]]:
    """Return the next rows. The longest cell is the module's own setting, so it is set for no longer than that."""
    before = csv.field_size_limit(LONGEST_CELL)
    try:
        return list(islice(reader, count))
    finally:
        csv.field_size_limit(before)


def _short_rows(path: Path, width: int) -> list[str]:
    bad: list[tuple[int, int]] = []
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(map(_WITHOUT_NUL, file))
        while rows := _next_rows(reader, 1):
            bad.extend((reader.line_num, len(row)) for row in rows if row and len(row) != width)
    return [f"{path.name}, line {line}: {found} fields instead of {width}; row left out" for line, found in bad[:100]]


def read_minors(cells: Sequence[str], currency: str) -> Ints:
    """Return minor units of decimal text with a point, UNREAD where it is something else.

    >>> read_minors(["12.50", "-3.00"], "USD").tolist()
    [1250, -300]
    """
    digits: int = minor_digits(currency)
    text = "\n".join(cells) + "\n"
    if digits == 2 and _TWO_DECIMALS.fullmatch(text):
        return np.fromstring(text.replace(".", ""), dtype=np.int64, sep="\n")
    return np.array([_minor(cell, digits) for cell in cells], dtype=np.int64)


def _minor(text: str, digits: int) -> int:
    negative = text[:1] == "-"
    whole, _, fraction = text[negative:].partition(".")
    if not _is_decimal(whole) or (fraction and not _is_decimal(fraction)):
        return UNREAD
    if len(fraction) > max(digits, 2) or fraction[digits:].strip("0"):  # `1.650` may be a thousand
        return UNREAD
    value: int = int(whole) * 10**digits + int((fraction + "0" * digits)[:digits] or 0)
    if value >= 2**62:
        return UNREAD
    return -value if negative else value


def _is_decimal(text: str) -> bool:
    return text.isdecimal() and text.isascii()


@lru_cache(maxsize=50_000)  # a table has few days and many rows
def _day_number(text: str) -> int:
    if len(text) != 10 or not text[4] == text[7] == "-":
        return NO_DAY
    try:
        return day_number(date.fromisoformat(text))
    except ValueError:
        return NO_DAY


def read_days(cells: Sequence[str]) -> Days:
    """Return day numbers of ISO days, NO_DAY where the text is something else.

    >>> read_days(["1970-01-02", "1970-13-01"]).tolist() == [1, NO_DAY]
    True
    """
    return np.fromiter(map(_day_number, cells), dtype=np.int32, count=len(cells))


def decimal_text(minor: int, digits: int) -> str:
    """Return decimal text of minor units.

    >>> decimal_text(-5, 2), decimal_text(1234, 0)
    ('-0.05', '1234')
    """
    sign, text = "-" if minor < 0 else "", str(abs(minor)).zfill(digits + 1)
    return f"{sign}{text[:-digits]}.{text[-digits:]}" if digits else sign + text
