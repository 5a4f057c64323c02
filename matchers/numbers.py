"""Sorted columns that find open items by number, end of number, customer or amount: a few bytes per item, no objects.

Digits become a mark, an integer with a leading 1, so that zeros in front and lengths count:

>>> mark_of("0042"), digits_at(10_042)
(10042, '0042')

Room: pure.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.frames import Ints

LONGEST = 18  # digits that fit beside the leading 1 in 64 bits
Places = NDArray[np.int32]
_NOTHING: Sequence[int] = ()
_TENS = 10 ** np.arange(LONGEST + 1, dtype=np.int64)
_TEN_DIGITS = np.arange(10)


def mark_of(digits: str) -> int:
    """Return the mark of ASCII digits: at most eighteen fit into 64 bits."""
    return int("1" + digits)


def digits_at(mark: int) -> str:
    """Return the digits of a mark; a mark of 0 has none."""
    return str(mark)[1:]


@dataclass(frozen=True, slots=True)
class Digits:
    """The digits of each open item's number, by place."""

    marks: array[int]  # 0: none, or too long
    long: dict[int, str]

    def __getitem__(self, place: int) -> str:
        mark = self.marks[place]
        return str(mark)[1:] if mark else self.long.get(place, "") if self.long else ""

    def __len__(self) -> int:
        return len(self.marks)

    @property
    def column(self) -> Ints:
        """The marks as a column, not copied."""
        return np.frombuffer(self.marks, dtype=np.int64) if len(self.marks) else np.empty(0, dtype=np.int64)


def read_digits(texts: Iterable[str]) -> Digits:
    """Return the column of these digits."""
    marks, long = array("q"), {}
    for place, digits in enumerate(texts):
        if len(digits) > LONGEST:
            long[place] = digits
            digits = ""
        marks.append(int("1" + digits) if digits else 0)
    return Digits(marks, long)


def lengths_of(digits: Digits) -> frozenset[int]:
    """Return which lengths occur, 0 for items without digits.

    >>> sorted(lengths_of(read_digits(["12", "", "0042"])))
    [0, 2, 4]
    """
    found = np.unique(_lengths(digits.column)).tolist()
    return frozenset(found) | {len(each) for each in digits.long.values()}


def _lengths(marks: Ints) -> Ints:
    """Return how many digits each mark has."""
    return np.maximum(np.searchsorted(_TENS, marks, side="right").astype(np.int64) - 1, 0)


class Flags:
    """A cheap "certainly not": which texts were seen, by hash. Most numbers of bank text are nobody's."""

    __slots__ = ("_mask", "_seen")

    def __init__(self, count: int) -> None:
        size = 1 << max(10, (16 * count).bit_length())
        self._seen, self._mask = bytearray(size), size - 1

    def passing(self, texts: Iterable[str]) -> Iterator[str]:
        """Remember the texts while they pass."""
        seen, mask = self._seen, self._mask
        for each in texts:
            seen[hash(each) & mask] = 1
            yield each

    def maybe(self, text: str) -> int:
        """Return 0 when the text was certainly not seen."""
        return self._seen[hash(text) & self._mask]


@dataclass(frozen=True, slots=True)
class ByDigits:
    """Places of open items by the digits of a number."""

    marks: Ints  # sorted
    places: Places
    long: dict[str, list[int]]
    flags: Flags

    def get(self, digits: str, default: Sequence[int] = _NOTHING) -> Sequence[int]:
        """Return the places in order."""
        if not digits or not self.flags.maybe(digits):
            return default
        if len(digits) > LONGEST:
            return self.long.get(digits, default)
        if not digits.isdecimal():
            return default
        return _equal(self.marks, self.places, int("1" + digits)) or default

    def __contains__(self, digits: str) -> bool:
        return bool(self.get(digits))

    def one_slip_from(self, digits: str) -> list[int]:
        """Return the places of numbers one swapped, wrong, missing or doubled digit away, likeliest slips first."""
        if not len(self.marks) or not 0 < len(digits) < LONGEST or not digits.isdecimal():
            return []
        meant = _slips(digits)
        left = np.minimum(self.marks.searchsorted(meant), len(self.marks) - 1)
        found: dict[int, None] = {}
        for mark in meant[self.marks[left] == meant].tolist():
            found.update(dict.fromkeys(_equal(self.marks, self.places, mark)))
        return list(found)


def index_digits(digits: Digits, flags: Flags) -> ByDigits:
    """Return the index of a column of digits."""
    column = digits.column
    having = np.flatnonzero(column)
    order = having[np.argsort(column[having], kind="stable")]
    long: dict[str, list[int]] = {}
    for place, text in digits.long.items():
        long.setdefault(text, []).append(place)
    return ByDigits(column[order], order.astype(np.int32), long, flags)


def _equal(column: NDArray[Any], places: Places, value: int) -> list[int]:
    """Return the places of a value in a sorted column."""
    left = int(column.searchsorted(value))
    right, end = left, len(column)
    while right < end and column[right] == value:
        right += 1
        if right - left == 8:
            right = int(column.searchsorted(value, "right"))
            break
    return places[left:right].tolist() if right > left else []


def _slips(digits: str) -> Ints:
    """Return the marks one slip away from digits, place by place: left out, swapped, each other digit, each added.

    >>> [digits_at(mark) for mark in _slips("12").tolist()][:6]
    ['2', '21', '02', '012', '112', '22']
    """
    length, number = len(digits), int(digits)
    unit, swapped, others, added = _slip_columns(length)
    above, rest = number // (unit * 10), number % unit
    digit = number // unit % 10
    here = digit * unit
    rows = np.empty((length, 22), dtype=np.int64)
    rows[:, 0] = above * unit + rest + _TENS[length - 1]
    rows[:-1, 1] = number + _TENS[length] + (digit[1:] - digit[:-1]) * swapped[:-1]
    rows[-1, 1] = -1
    rows[:, 2::2] = (number - here)[:, None] + others
    rows[:, 3::2] = (above * 100 * unit + here + rest)[:, None] + added
    rows[np.arange(length), 2 + 2 * digit] = -1
    flat = np.append(rows.ravel(), number * 10 + _TEN_DIGITS + 10 * _TENS[length])
    return flat[flat > 0]


@cache
def _slip_columns(length: int) -> tuple[Ints, Ints, Ints, Ints]:
    """Return, per place of a number, its unit, what a swap with the next changes, and the digits put there or added."""
    unit = _TENS[length - 1 :: -1] if length > 1 else _TENS[:1]
    others = unit[:, None] * _TEN_DIGITS
    return unit, unit - unit // 10, others + _TENS[length], 10 * (others + _TENS[length])


@dataclass(frozen=True, slots=True)
class ByText:
    """Places of open items by letters and digits of their number, found by hash and then compared."""

    hashes: Ints  # sorted
    places: Places
    text_at: Callable[[int], str]
    flags: Flags

    def get(self, text: str, default: Sequence[int] = _NOTHING) -> Sequence[int]:
        """Return the places in order."""
        if not text or not self.flags.maybe(text):
            return default
        found = _equal(self.hashes, self.places, hash(text) or 1)
        return [place for place in found if self.text_at(place) == text] or default

    def __contains__(self, text: str) -> bool:
        return bool(self.get(text))


def index_texts(texts: Iterable[str], text_at: Callable[[int], str], flags: Flags) -> ByText:
    """Return the index of texts in order of place. The hash only finds; `text_at` decides."""
    hashes = np.fromiter(((hash(text) or 1) if text else 0 for text in texts), dtype=np.int64)
    having = np.flatnonzero(hashes)
    order = having[np.argsort(hashes[having], kind="stable")]
    return ByText(hashes[order], order.astype(np.int32), text_at, flags)


@dataclass(frozen=True, slots=True)
class ByValue:
    """Places by an integer, such as the open amount."""

    values: Ints  # sorted
    places: Places

    def get(self, value: int, default: Sequence[int] = _NOTHING) -> Sequence[int]:
        """Return the places in order."""
        return _equal(self.values, self.places, value) or default


def index_values(values: Ints, places: Places) -> ByValue:
    """Return the index of a value beside each place."""
    order = np.argsort(values, kind="stable")
    return ByValue(values[order], places[order])


class Owned:
    """Places by customer, or whatever owns them, in a given order: one column and where each owner's part starts."""

    __slots__ = ("_places", "_starts")

    def __init__(self, owners: NDArray[Any], places: NDArray[Any], customers: int) -> None:
        order = np.argsort(owners, kind="stable")
        self._places = array("i", places[order].astype(np.int32).tobytes())
        self._starts = _firsts(owners, customers)

    def get(self, customer: int, default: Sequence[int] = _NOTHING) -> Sequence[int]:
        """Return the places of a customer."""
        if not 0 <= customer < len(self._starts) - 1:
            return default
        return self._places[self._starts[customer] : self._starts[customer + 1]] or default


def _firsts(owners: NDArray[Any], least: int) -> array[int]:
    """Return where each owner's part begins in a column sorted by owner, and where the last one ends."""
    counts = np.bincount(owners, minlength=least) if len(owners) else np.zeros(least, dtype=np.int64)
    return array("i", np.concatenate(([0], np.cumsum(counts))).astype(np.int32).tobytes())


@dataclass(frozen=True, slots=True)
class Tails:
    """Places of one customer's items by the last four digits."""

    of_all: ByValue
    customer: int

    def get(self, tail: str, default: Sequence[int] = _NOTHING) -> Sequence[int]:
        """Return the places in order of due date."""
        return self.of_all.get(self.customer * 10_000 + int(tail), default)


def index_tails(digits: Digits, owners: NDArray[Any], places: Places) -> ByValue:
    """Return places by customer and the last four digits; numbers shorter than that have none."""
    marks = digits.column[places]
    having = marks >= 10_000
    keys = owners[places].astype(np.int64) * 10_000 + marks % 10_000
    if digits.long:
        tails = {place: int(text[-4:]) for place, text in digits.long.items()}
        for row in np.flatnonzero(np.isin(places, list(tails))).tolist():
            keys[row] = int(owners[places[row]]) * 10_000 + tails[int(places[row])]
            having[row] = True
    return index_values(keys[having], places[having])


@dataclass(frozen=True, slots=True)
class Starts:
    """Places by customer and the beginning of the number."""

    firsts: array[int]  # per customer, where its numbers begin; one more for the end
    aligned: Ints  # numbers filled with zeros behind, by customer and as text
    places: Places

    def get(self, customer: int, digits: str, number_at: Digits) -> list[int]:
        """Return the customer's items whose number begins with these digits, in the order of their numbers."""
        if not (0 < len(digits) <= LONGEST and 0 <= customer < len(self.firsts) - 1):
            return []
        first, last = self.firsts[customer], self.firsts[customer + 1]
        unit = 10 ** (LONGEST - len(digits))
        own = self.aligned[first:last]
        left, right = own.searchsorted(int(digits) * unit), own.searchsorted((int(digits) + 1) * unit)
        found: list[int] = self.places[first + int(left) : first + int(right)].tolist()
        return [place for place in found if number_at[place].startswith(digits)]


def index_starts(digits: Digits, owners: NDArray[Any], places: Places) -> Starts:
    """Return the index of these places by owner and number. Numbers of more than eighteen digits are left out."""
    marks = digits.column[places]
    kept, marks = places[marks > 0], marks[marks > 0]
    lengths = _lengths(marks)
    aligned = (marks - _TENS[lengths]) * _TENS[LONGEST - lengths]
    order = np.lexsort((kept, lengths, aligned, owners[kept]))
    return Starts(_firsts(owners[kept], 0), aligned[order], kept[order])
