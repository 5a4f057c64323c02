"""Columns of amounts by the declared style: the common spelling many at a time, every other one by `csv_minor`.

Common is: sign, symbol, digits in threes or not, decimal mark, as many decimals as the currency has. Each character of
each cell is checked to be what it must be at its place; nothing is read that `csv_minor` would read otherwise.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recon.errors import UnreadableText
from recon.frames import Flags, Ints
from recon.money import minor_digits
from recon.statements.csv_amounts import csv_minor
from recon.statements.profile import Numbers

_SYMBOL, _GROUP = "\x01", "\x02"  # stand for marks of any length and script
_LONGEST = 22  # characters of a cell: its digits fit 64 bits
_MOST_DIGITS = 17


def csv_minors(cells: Sequence[str], numbers: Numbers, currency: str) -> tuple[Ints, Flags]:
    """Return the minor units of stripped cells, and which of them cannot be read (theirs are 0).

    >>> from recon.money import COMMA_GROUPED
    >>> csv_minors(["-1.234,56", "x", "7"], Numbers(COMMA_GROUPED), "EUR")
    (array([-123456,       0,     700]), array([False,  True, False]))
    """
    minors, unread = _common(cells, numbers, currency)
    known: dict[str, int | None] = {}
    for place in np.flatnonzero(unread).tolist():
        cell = cells[place]
        if cell not in known:
            known[cell] = _one(cell, numbers, currency)
        minor = known[cell]
        if minor is not None:
            minors[place], unread[place] = minor, False
    return minors, unread


def _one(cell: str, numbers: Numbers, currency: str) -> int | None:
    try:
        return csv_minor(cell, numbers, currency)
    except UnreadableText:
        return None


def _common(cells: Sequence[str], numbers: Numbers, currency: str) -> tuple[Ints, Flags]:
    """Return the minor units of the cells in the common spelling, and which are not in it."""
    count, digits = len(cells), minor_digits(currency)
    minors: Ints = np.zeros(count, dtype=np.int64)
    unread: Flags = np.ones(count, dtype=np.bool_)
    if not count or not digits or (numbers.decimals is not None and numbers.decimals < digits):
        return minors, unread
    written, has_tail = _in_codes(cells, numbers)
    if len(written) < count or written.count(b"\n") != count:
        return minors, unread
    spelled = _spelled(np.frombuffer(written, dtype=np.uint8), numbers, digits, has_tail)
    return spelled.minors(), ~spelled.is_common


def _in_codes(cells: Sequence[str], numbers: Numbers) -> tuple[bytes, bool]:
    """Return the cells, a line feed behind each, with one character for a symbol; and whether symbols stood behind."""
    joined = "\n".join(cells) + "\n"
    if _SYMBOL in joined or _GROUP in joined:
        return b"", False
    if len(numbers.symbols) == 1 and numbers.style.group.isascii() and " " not in joined:
        bare = f"\n{joined}".replace(f"\n{numbers.symbols[0]}", "\n")
        if numbers.symbols[0] not in bare:  # it stands before every amount, or before none
            return bare[1:].encode("ascii", "replace"), False
    for symbol in numbers.symbols:
        joined = joined.replace(symbol, _SYMBOL) if symbol else joined
    if not numbers.style.group.isascii():
        joined = joined.replace(numbers.style.group, _GROUP)
    has_tail = False
    if _SYMBOL in joined:
        joined = joined.replace(_SYMBOL + " ", _SYMBOL).replace(f" {_SYMBOL}\n", f"{_SYMBOL}\n")
        joined = joined.replace(f"\u00a0{_SYMBOL}\n", f"{_SYMBOL}\n")
        has_tail = f"{_SYMBOL}\n" in joined
        joined = joined.replace(f"{_SYMBOL}\n", "\n")
    return joined.encode("ascii", "replace"), has_tail


@dataclass(frozen=True, slots=True)
class _Spelled:
    """Cells as characters, which of them are numbers in the common spelling, and which are negative."""

    codes: NDArray[np.uint8]
    starts: Ints
    ends: Ints
    is_digit: Flags
    is_common: Flags
    is_negative: Flags

    def minors(self) -> Ints:
        """Return the minor units, 0 where the spelling is not the common one."""
        minors: Ints = np.zeros(len(self.ends), dtype=np.int64)
        kept = self.is_digit | (self.codes == 10)
        if not self.is_common.all():
            kept &= np.repeat(self.is_common, self.ends - self.starts + 1)
        minors[self.is_common] = np.fromstring(self.codes[kept].tobytes().decode("ascii"), dtype=np.int64, sep="\n")
        minors[self.is_negative & self.is_common] *= -1
        return minors


def _spelled(codes: NDArray[np.uint8], numbers: Numbers, digits: int, has_tail: bool) -> _Spelled:
    is_digit = (codes - 48) < 10  # wraps below 0
    others = np.flatnonzero(~is_digit)
    ends = others[codes[others] == 10]
    starts = np.append(0, ends[:-1] + 1)
    lengths = ends - starts
    is_common = (lengths >= digits + 2) & (lengths <= _LONGEST)
    marks = np.maximum(ends - digits - 1, 0)
    is_common &= (codes[marks] == ord(numbers.style.decimal)) & is_digit[marks - 1]
    is_negative = np.zeros(len(ends), dtype=np.bool_)
    if len(others) == 2 * len(ends) and is_common.all() and lengths.max() <= _MOST_DIGITS:
        return _Spelled(codes, starts, ends, is_digit, is_common, is_negative)  # nothing but digits and one mark
    of_cell = np.cumsum(codes[others] == 10)
    of_cell -= codes[others] == 10
    place, behind = others - starts[of_cell], ends[of_cell] - others
    what = codes[others]
    first = codes[starts[of_cell]]
    is_sign = (what == 43) | (what == 45)
    is_symbol = (what == 1) & (not has_tail)
    after = (place == 1) & np.where(is_sign, first == 1, (first == 43) | (first == 45))
    is_prefix = (is_sign | is_symbol) & ((place == 0) | after)
    is_group = _is_group(what, behind - digits - 1, numbers)
    allowed = is_prefix | is_group | (behind == digits + 1) | (behind == 0)
    is_common[of_cell[~allowed]] = False
    count = len(ends)
    prefix = np.bincount(of_cell[is_prefix], minlength=count)
    groups = np.bincount(of_cell[is_group], minlength=count)
    whole = lengths - digits - 1 - prefix
    rest = whole - 4 * groups
    is_common &= ((groups == 0) | ((rest >= 1) & (rest <= 3))) & (whole - groups + digits <= _MOST_DIGITS) & (rest >= 1)
    is_negative[of_cell[is_prefix & (what == 45)]] = True
    return _Spelled(codes, starts, ends, is_digit, is_common, is_negative)


def _is_group(what: NDArray[np.uint8], before_mark: Ints, numbers: Numbers) -> Flags:
    """Tell which characters are group marks four, eight, ... before the decimal mark."""
    group = numbers.style.group
    if not group:
        return np.zeros(len(what), dtype=np.bool_)
    mark = ord(group) if group.isascii() else ord(_GROUP)
    is_group: Flags = (what == mark) & (before_mark > 0) & (before_mark % 4 == 0)
    return is_group
