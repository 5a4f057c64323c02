"""Rows of a delimited file, taken in block by block: in columns where they can be, row by row where they must be.

Room: pure.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recon.errors import Problem, UnreadableText
from recon.frames import Flags, Ints, Texts
from recon.model import StatementLine
from recon.statements.csv_blocks import Block
from recon.statements.csv_columns import ColumnReader, Columns
from recon.statements.csv_rows import Lines, Row
from recon.statements.profile import Profile
from recon.statements.quarantine import check_problems, row_problem

_FEW = 48  # rows that cost less one by one


@dataclass(slots=True)
class GatheredAccount:
    """What has been gathered of one account and currency."""

    lines: list[dict[str, NDArray[Any]]] = field(default_factory=list)
    chain: list[dict[str, NDArray[Any]]] = field(default_factory=list)


@dataclass(slots=True)
class Gathered:
    """All of one file."""

    accounts: dict[tuple[str, str], GatheredAccount] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    void: int = 0


class OneRow(Protocol):
    """Reads a row by itself."""

    def line(self, row: Row) -> tuple[str, StatementLine, int | None] | None:
        """Return account, line and balance; None when the row is void. Raises UnreadableText."""


def noted(text: str, profile: Profile) -> dict[str, str] | None:
    """Return what a line that is no transaction tells, nothing perhaps; None when it is no such line."""
    for pattern in profile.notes:
        if match := pattern.search(text.rstrip("\r\n")):
            return {name: value.strip() for name, value in match.groupdict().items() if value}
    return None


class BlockReader:
    """Takes the rows of one file in, block by block: in columns where it can, row by row where it must."""

    def __init__(self, lines: Lines, name: str, gathered: Gathered, by_column: ColumnReader, by_row: OneRow) -> None:
        self.lines, self.name, self.gathered = lines, name, gathered
        self.by_column, self.by_row, self.profile = by_column, by_row, by_column.profile

    def take(self, block: Block) -> None:
        """Take in one block. A note changes what is told of the rows below it, so they are read after it."""
        offsets, notes = block.offsets(), self._notes(block)
        is_regular = _is_regular(block, offsets, self.profile.width)
        is_regular[list(notes)] = False
        columns = Columns.blank(len(block))
        columns.unread[list(notes)] = False
        stays = np.zeros(len(block), dtype=np.bool_)
        begin = 0
        for place, news in notes.items():
            if any(self.gathered.told.get(key) != value for key, value in news.items()):
                columns = self._read(block, offsets, is_regular, columns, stays, slice(begin, place))
                self.gathered.told |= news
                begin = place
        columns = self._read(block, offsets, is_regular, columns, stays, slice(begin, len(block)))
        for key, taken in _by_account(columns, np.flatnonzero(stays)):
            self._keep(key, columns.lines(block, taken), columns, taken)

    def _notes(self, block: Block) -> dict[int, dict[str, str]]:
        if not self.profile.notes:
            return {}
        first = int(block.line[0]) - 1
        texts = self.lines.texts(first, int(block.line[-1]))
        found = (
            (place, noted(texts[line - 1 - first], self.profile)) for place, line in enumerate(block.line.tolist())
        )
        return {place: news for place, news in found if news is not None}

    def _read(
        self, block: Block, offsets: Ints, is_regular: Flags, columns: Columns, stays: Flags, part: slice
    ) -> Columns:
        """Read the rows of a part of the block into its columns; mark those that are lines."""
        regular = np.flatnonzero(is_regular[part]) + part.start
        if len(regular) >= _FEW:
            found = self.by_column.columns(block.columns(regular, offsets, self.profile.width), block.neat)
            columns = columns.with_rows(regular, found)
            stays[regular] = ~found.void & ~found.unread
            self.gathered.void += int((found.void & ~found.unread).sum())
        for place in (np.flatnonzero(columns.unread[part]) + part.start).tolist():
            stays[place] = self._take_alone(block, int(offsets[place]), place, columns)
        return columns

    def _take_alone(self, block: Block, offset: int, place: int, columns: Columns) -> bool:
        """Read one row by itself into the columns; tell whether it is a line."""
        row = block.row(place, offset)
        if not any(map(str.strip, row.fields)) and not row.fault:
            return False
        try:
            found = self.by_row.line(row)
        except UnreadableText as reason:
            raw = self.lines.decoding.content[row.start : row.end]
            self.gathered.problems.append(row_problem(self.name, row.line, str(reason), raw, row.start))
            check_problems(self.gathered.problems)
            return False
        if found is None:
            self.gathered.void += 1
            return False
        columns.put(place, *found)
        return True

    def _keep(self, key: tuple[str, str], lines: dict[str, NDArray[Any]], columns: Columns, taken: Ints) -> None:
        held = self.gathered.accounts.setdefault(key, GatheredAccount())
        held.lines.append(lines)
        chain = {name: lines[name] for name in ("amount_minor", "booked_day")} | {"line": lines["source_line"]}
        whole = len(taken) == len(columns.unread)
        for name, column in (("balance_minor", columns.balance), ("has_balance", columns.has_balance)):
            chain[name] = column if whole else column[taken]
        if lines["pending"].any():
            chain = {name: column[~lines["pending"]] for name, column in chain.items()}
        held.chain.append(chain)


def _is_regular(block: Block, offsets: Ints, width: int) -> Flags:
    """Tell which rows have the fields of the layout, and behind them at most empty ones."""
    is_regular: Flags = block.widths == width
    for place in np.flatnonzero(block.widths > width).tolist():
        begin = int(offsets[place])
        is_regular[place] = not any(map(str.strip, block.cells[begin + width : begin + int(block.widths[place])]))
    is_regular[list(block.faults)] = False
    return is_regular


def _by_account(columns: Columns, taken: Ints) -> Iterator[tuple[tuple[str, str], Ints]]:
    """Yield each account and currency with its rows, in the order they first appear."""
    accounts, currencies = (_taken(column, taken) for column in (columns.account, columns.currency))
    if len(set(accounts)) == 1 == len(set(currencies)):
        yield (accounts[0], currencies[0]), taken
        return
    keys = [(columns.account[place], columns.currency[place]) for place in taken.tolist()]
    different = dict.fromkeys(keys)
    held: dict[tuple[str, str], list[int]] = {key: [] for key in different}
    for key, place in zip(keys, taken.tolist(), strict=True):
        held[key].append(place)
    for key, places in held.items():
        yield key, np.array(places, dtype=np.int64)


def _taken(column: Texts, taken: Ints) -> list[str]:
    """Return the texts of these rows; one, where all rows say the same."""
    if column.strides == (0,):
        return column[:1].tolist() if len(taken) else []
    return list(column[taken].tolist())
