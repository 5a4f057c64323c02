"""Lines of a statement as columns: a bank file may hold a million of them, and a person looks at few.

`BankLines` is a sequence of `StatementLine`: one is made when it is looked at. Whatever wants all of them at once
takes the columns.

Room: pure.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from typing import Any, Self, overload

import numpy as np
from numpy.typing import NDArray

from recon.frames import Days, Flags, Frame, Ints, Texts, day_number, day_of
from recon.model import StatementLine

NO_DAY = -(2**31)
_LARGEST = 2**62


@dataclass(frozen=True, slots=True, eq=False)
class BankLines(Frame, Sequence[StatementLine]):
    """Lines in the order of the file; columns as in `recon.model.StatementLine`, days as day numbers.

    `valued_day` is NO_DAY where the bank states none; `details` holds tuples of (name, value).
    """

    amount_minor: Ints
    currency: Texts
    booked_day: Days
    source_line: Ints
    source_byte: Ints
    valued_day: Days
    bank_id: Texts
    kind: Texts
    payer: Texts
    payer_account: Texts
    remittance: Texts
    reference: Texts
    end_to_end_id: Texts
    check_number: Texts
    pending: Flags
    corrects_bank_id: Texts
    correction: Texts
    booked_at: Texts
    details: Texts

    def __len__(self) -> int:
        return len(self.amount_minor)

    @overload
    def __getitem__(self, index: int) -> StatementLine: ...
    @overload
    def __getitem__(self, index: slice) -> Self: ...
    def __getitem__(self, index: int | slice) -> StatementLine | Self:
        if isinstance(index, slice):
            return self.take(np.arange(len(self))[index])
        place = range(len(self))[index]
        values = (_values(column.name, getattr(self, column.name)[place : place + 1]) for column in fields(self))
        return StatementLine(*(value[0] for value in values))

    def __iter__(self) -> Iterator[StatementLine]:
        return map(StatementLine, *(_values(column.name, getattr(self, column.name)) for column in fields(self)))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Sequence):
            return NotImplemented
        return len(self) == len(other) and all(one == two for one, two in zip(self, other, strict=True))

    __hash__ = None  # type: ignore[assignment]


def lines_as_columns(lines: Sequence[StatementLine]) -> BankLines:
    """Return any lines as columns."""
    if isinstance(lines, BankLines):
        return lines
    return BankLines(**{column.name: _column(column, lines) for column in fields(BankLines)})


def booked_days(lines: BankLines) -> list[date]:
    """Return the booking day of each line."""
    return _values("booked_day", lines.booked_day)


def joined_lines(pieces: Sequence[Mapping[str, NDArray[Any]]]) -> BankLines:
    """Return the lines of all pieces, one piece after the other; each piece has the columns by name."""
    names = [column.name for column in fields(BankLines)]
    return BankLines(**{name: joined([piece[name] for piece in pieces]) for name in names})


def joined(columns: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the columns one after the other; columns that all say the same take no room."""
    if len(columns) == 1:
        return columns[0]
    count = sum(map(len, columns))
    if all(column.strides == (0,) and len(column) for column in columns):
        first = columns[0][0]
        if all(column[0] == first for column in columns):
            return same(first, count, columns[0].dtype)
    return np.concatenate(columns)


@lru_cache(maxsize=128)
def same(value: object, count: int, dtype: Any = np.object_) -> NDArray[Any]:
    """Return a column that says the same in every row, in the room of one. It cannot be written to."""
    held: NDArray[Any] = np.empty((), dtype=dtype)
    held[()] = value
    return np.broadcast_to(held, (count,))


def magnitude(amounts: Ints) -> int:
    """Return the sum of the amounts, signs aside, exactly: it may be larger than any column holds."""
    if len(amounts) and int(np.abs(amounts).max()) * len(amounts) < _LARGEST:
        return int(np.abs(amounts).sum())
    return sum(map(abs, amounts.tolist()))


def total(amounts: Ints) -> int:
    """Return the sum of the amounts, exactly."""
    return int(amounts.sum()) if magnitude(amounts) < _LARGEST else sum(amounts.tolist())


def iso_days(days: Days) -> list[str | None]:
    """Return ISO text per day number, None for NO_DAY. Few different days occur in a million lines."""
    known: dict[int, str | None] = {day: day_of(day).isoformat() for day in _different(days) if day != NO_DAY}
    return list(map((known | {NO_DAY: None}).__getitem__, days.tolist()))


def _different(days: Days) -> list[int]:
    return list(set(days.tolist()))


def _values(name: str, column: NDArray[Any]) -> list[Any]:
    if not name.endswith("_day"):
        return list(column.tolist())
    known: dict[int, date | None] = {day: day_of(day) for day in _different(column) if day != NO_DAY}
    return list(map((known | {NO_DAY: None}).__getitem__, column.tolist()))


_OF_LINE = {"booked_day": "booked_on", "valued_day": "valued_on"}


def _column(column: Any, lines: Sequence[StatementLine]) -> NDArray[Any]:
    name = _OF_LINE.get(column.name, column.name)
    values = [getattr(line, name) for line in lines]
    if name != column.name:
        return np.array([NO_DAY if day is None else day_number(day) for day in values], dtype=np.int32)
    if column.type is Ints or column.type is Flags:
        return np.array(values, dtype=np.int64 if column.type is Ints else np.bool_)
    held: NDArray[Any] = np.empty(len(values), dtype=np.object_)
    for place, value in enumerate(values):  # details are tuples: numpy would spread them over columns
        held[place] = value
    return held
