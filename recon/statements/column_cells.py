"""Columns of cells to columns of values: texts, days, words. Few different days and words stand in a million rows.

Room: pure.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np

from recon.bank_lines import NO_DAY, same
from recon.errors import UnreadableText
from recon.frames import Days, Flags, Ints, Texts, day_number
from recon.statements.csv_blocks import Neatness
from recon.statements.decode import clean
from recon.statements.references import structured_in

_UNREAD_DAY = NO_DAY + 1
_MOST_DAYS = 10_000  # held at once: more are no days, or as good as all different


def stripped(cells: Sequence[str]) -> list[str]:
    """Return the cells without outer spaces."""
    return list(map(str.strip, cells))


def cleaned(cells: Sequence[str], neat: Neatness) -> Sequence[str]:
    """Return the cells as `clean` returns each."""
    if not neat.is_plain and not "".join(cells).isprintable():
        return list(map(clean, cells))
    return cells if neat.is_trimmed else stripped(cells)


def are_alike(cells: Sequence[str]) -> bool:
    """Tell whether all cells say the same: many columns of a bank do, and then one cell is read for all.

    >>> are_alike(["EUR", "EUR"]), are_alike(["EUR", "USD"]), are_alike([])
    (True, False, False)
    """
    return bool(cells) and cells[0] == cells[-1] and cells.count(cells[0]) == len(cells)


def as_texts(cells: Sequence[str]) -> Texts:
    """Return an object column of the texts; in the room of one where all are alike."""
    if are_alike(cells):
        return same(cells[0], len(cells))
    column: Texts = np.empty(len(cells), dtype=np.object_)
    column[:] = cells
    return column


def changed(column: Texts, change: Callable[[str], str]) -> Texts:
    """Return the column with every text changed; each different text is changed once."""
    if column.strides == (0,) and len(column):
        return same(change(column[0]), len(column))
    told = column.tolist()
    known = {text: change(text) for text in set(told)}
    return as_texts(list(map(known.__getitem__, told)))


class DayColumn:
    """Reads columns of days written in one way. Few different days stand in a million rows: each is read once."""

    def __init__(self, read: Callable[[str], date], *, may_be_blank: bool) -> None:
        self._read, self._may_be_blank = read, may_be_blank
        self._known: dict[str, int] = {}

    def days(self, cells: Sequence[str]) -> tuple[Days, Flags]:
        """Return day numbers, NO_DAY where a cell may be blank and is, and which cells cannot be read."""
        try:
            days = np.fromiter(map(self._known.__getitem__, cells), np.int32, len(cells))
        except KeyError:
            self._learn(cells)
            days = np.fromiter(map(self._known.__getitem__, cells), np.int32, len(cells))
        return days, days == _UNREAD_DAY

    def _learn(self, cells: Sequence[str]) -> None:
        if len(self._known) > _MOST_DAYS:
            self._known.clear()
        for cell in set(cells).difference(self._known):
            self._known[cell] = _day(cell, self._read, self._may_be_blank)


def _day(cell: str, read: Callable[[str], date], may_be_blank: bool) -> int:
    if may_be_blank and not cell.strip():
        return NO_DAY
    try:
        return day_number(read(cell))
    except UnreadableText:
        return _UNREAD_DAY


def meant(cells: Sequence[str], words: Mapping[str, int], unknown: int) -> Ints:
    """Return what the words of a column stand for; `unknown` for a word that is not listed."""
    if are_alike(cells):
        return same(words.get(cells[0].strip(), unknown), len(cells), np.int64)
    known = {cell: words.get(cell.strip(), unknown) for cell in set(cells)}
    return np.fromiter(map(known.__getitem__, cells), np.int64, len(cells))


def references_of(given: Sequence[str] | None, remittance: Sequence[str]) -> Sequence[str] | None:
    """Return the references the bank gives, or else the structured ones that stand in the texts; None for none."""
    joined = "\n".join(remittance)
    if not any(mark in joined for mark in ("RF", "+++", "***")):
        return given
    found = list(map(structured_in, remittance))
    return found if given is None else [one or other for one, other in zip(given, found, strict=True)]
