"""A delimited text file as columns, a block of rows at a time, with the header found by what it says, not where it
stands.

Room: pure.
"""

import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, repeat
from typing import Protocol, TypeVar

from recon.errors import Problem
from recon.receivables.layout import Layout, detect

DELIMITERS = ",;\t|"
_HEADER_CHARACTERS = 200_000
_HEADER_WITHIN = 30  # reports carry a title and a period above their header
BLOCK_ROWS = 50_000
BLOCK_CHARACTERS = 1_000_000  # small enough to stay in the processor's cache


@dataclass(frozen=True, slots=True)
class Table:
    """Decoded text with the place of its header. Rows begin behind it, at `begin`, and count from 0."""

    name: str
    encoding: str
    text: str
    begin: int
    headers: tuple[str, ...]
    delimiter: str
    first_line: int  # physical line number of the first row
    first_byte: int
    warnings: tuple[Problem, ...] = ()

    @property
    def body(self) -> str:
        """The text behind the header, as a copy: large files are walked through in place."""
        return self.text[self.begin :]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows in file order as columns of stripped cells; `rows` are their positions, `odd` those with a wrong field
    count."""

    rows: list[int]
    columns: list[list[str]]
    odd: dict[int, str]
    longest: int = 1 << 40  # no cell has more characters


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands in the file, and its text as received."""

    line: int
    byte: int
    raw: bytes


def open_table(
    content: bytes, name: str, kind: str, mapping: Layout | None
) -> tuple[Table | None, Layout | None, tuple[Problem, ...]]:
    """Return the table and its layout; a table without layout when no known header is there; or why it is no table."""
    text, encoding, problem = _decode(content, name)
    if problem is not None and problem.quarantined:
        return None, None, (problem,)
    warnings = (problem,) if problem is not None else ()
    start = next((len(mark) for mark in (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff") if content.startswith(mark)), 0)
    found = _find_header(text, kind, mapping)
    if found is None:
        return None, None, (_whole(name, "no row has the cells of a header", "Give a CSV file with a header row"),)
    line, end, delimiter, headers, layout = found
    if layout is not None and (above := _row_above(text, line, delimiter, headers)):
        what = f"line {above} is a row above the header, which stands in line {line}"
        return None, None, (_whole(name, what, "Put the header first: rows above it would be left out"),)
    before = len(text[:end].encode(encoding)) + start
    return Table(name, encoding, text, end, headers, delimiter, line + 1, before, warnings), layout, ()


def _decode(content: bytes, name: str) -> tuple[str, str, Problem | None]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16-le" if content[:2] == b"\xff\xfe" else "utf-16-be"
        return content[2:].decode(encoding, errors="replace"), encoding, None
    if b"\0" in content:
        return "", "utf-8", _whole(name, "the file contains NUL bytes", "Export it again as CSV in UTF-8")
    try:
        return content.removeprefix(b"\xef\xbb\xbf").decode("utf-8"), "utf-8", None
    except UnicodeDecodeError as error:
        return _decode_windows(content, name, error.start)


def _decode_windows(content: bytes, name: str, at: int) -> tuple[str, str, Problem | None]:
    """Read what is not UTF-8 as Windows-1252, the only other encoding these programs write; names may show it wrong."""
    try:
        text = content.decode("cp1252")
    except UnicodeDecodeError:
        what = f"byte {at} is neither UTF-8 nor Windows-1252"
        return "", "utf-8", _whole(name, what, "Export it again as CSV in UTF-8")
    warning = Problem(name, f"byte {at} is not UTF-8; read as Windows-1252", "Check the names with accents")
    return text, "cp1252", warning


def _whole(name: str, what: str, remedy: str) -> Problem:
    return Problem(name, what, remedy, quarantined="file")


def _find_header(
    text: str, kind: str, mapping: Layout | None
) -> tuple[int, int, str, tuple[str, ...], Layout | None] | None:
    """Return line number, end offset, delimiter, cells and layout of the first row that is a known header, else of the
    first row with most cells."""
    lines: list[tuple[int, int, str]] = []
    end = 0
    for number, line in enumerate(islice(io.StringIO(text[:_HEADER_CHARACTERS], newline=""), _HEADER_WITHIN), 1):
        end += len(line)
        lines.append((number, end, line))
    unknown = None
    for number, end, line in lines:
        for delimiter in DELIMITERS:
            cells = _cells(line, delimiter)
            layout = detect(cells, kind, mapping) if len(cells) > 1 else None
            if layout is not None:
                return number, end, delimiter, cells, layout
            if len(cells) > max(2, len(unknown[3]) if unknown else 0):
                unknown = number, end, delimiter, cells, None
    return unknown


def _row_above(text: str, line: int, delimiter: str, headers: tuple[str, ...]) -> int:
    """Return the number of the first line above the header that is filled like a row; 0: there are only titles."""
    above = islice(io.StringIO(text[:_HEADER_CHARACTERS], newline=""), line - 1)
    for number, each in enumerate(above, 1):
        cells = _cells(each, delimiter)
        if len(cells) == len(headers) and 2 * sum(map(bool, cells)) > len(headers):
            return number
    return 0


def unreadable(name: str, error: csv.Error) -> Problem:
    """Return why a file whose quotes do not close, or with a cell beyond all measure, is not read at all."""
    return _whole(name, str(error), "Close the quotes, or shorten the cell, and import the file again")


def _cells(line: str, delimiter: str) -> tuple[str, ...]:
    try:
        return tuple(cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), ()))
    except csv.Error:
        return ()


def blocks(table: Table, *, whole: bool = False) -> Iterator[Block]:
    """Yield the rows block by block (all in one when `whole`); blank rows are left out. Raises csv.Error as
    `pieces`."""
    yield from pieces(table, _never, whole=whole)


def _never(text: str, position: int) -> None:
    return None


class Rows(Protocol):
    """What a quick reader made of a piece: it knows the positions of its rows."""

    @property
    def at(self) -> Sequence[int]: ...


R = TypeVar("R", bound=Rows)


def pieces(table: Table, quick: Callable[[str, int], R | None], *, whole: bool = False) -> Iterator[Block | R]:
    """Yield what `quick` makes of each piece of text that begins at a row, or the block of its rows where it declines.

    `quick` gets the text and the position of its first row, and sees no text behind the first quote mark.
    Raises csv.Error, naming the line, where quotes do not close or a cell is beyond the limit.
    """
    position, start = 0, table.begin
    width = len(table.headers)
    while start < len(table.text):
        end = len(table.text) if whole else _line_end(table.text, start + BLOCK_CHARACTERS)
        if (
            table.text.find('"', start, end) >= 0
        ):  # a quoted cell may hold line breaks: only the csv reader knows where rows end
            end = len(table.text)
        text = table.text[start:end]
        made = quick(text, position)
        block = _simple_block(text, table.delimiter, position, width) if made is None else None
        if made is not None:
            yield made
            position += len(made.at)
        elif block is not None:
            yield block
            position += len(block.rows)
        else:
            rows = _csv_rows(table, text, position)
            for first in range(0, len(rows), BLOCK_ROWS) if not whole else (0,):
                yield _block(rows[first : None if whole else first + BLOCK_ROWS], position + first, width)
            position += len(rows)
        start = end


def _line_end(text: str, near: int) -> int:
    found = text.find("\n", near)
    return len(text) if found < 0 else found + 1


def _simple_block(text: str, delimiter: str, position: int, width: int) -> Block | None:
    """Return the block of a text without quotes whose rows all have the header's cells, without a list for each row;
    None when the text is not so simple. A million invoices are read three times as fast this way."""
    text = text.replace("\r\n", "\n").removesuffix("\n")
    blank = "\n" + delimiter * (width - 1) + "\n"
    if '"' in text or "\r" in text or blank in f"\n{text}\n":
        return None
    lines = text.split("\n")
    if set(map(str.count, lines, repeat(delimiter))) != {width - 1}:
        return None
    longest = max(map(len, lines))
    cells = text.replace("\n", delimiter).split(delimiter)
    columns = [cells[column::width] for column in range(width)]
    if any(space in text for space in " \t\u00a0"):
        columns = [list(map(str.strip, column)) for column in columns]
    return Block(list(range(position, position + len(lines))), columns, {}, longest)


def _csv_rows(table: Table, text: str, position: int) -> list[list[str]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=table.delimiter, strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        line = table.first_line - 1 + position + reader.line_num
        raise csv.Error(f"line {line}: {error}") from error


def _block(rows: list[list[str]], start: int, width: int) -> Block:
    positions = list(range(start, start + len(rows)))
    if set(map(len, rows)) == {width} and all(any(map(str.strip, row)) for row in rows):
        return Block(positions, [list(map(str.strip, column)) for column in zip(*rows, strict=True)], {})
    kept: list[int] = []
    even: list[list[str]] = []
    odd: dict[int, str] = {}
    for position, row in zip(positions, rows, strict=True):
        if not any(cell.strip() for cell in row):
            continue
        if len(row) > width and not any(row[width:]):
            row = row[:width]  # a delimiter at the end of each row, as some spreadsheets write
        if len(row) == width:
            kept.append(position)
            even.append(row)
        else:
            odd[position] = f"the row has {len(row)} cells, the header {width}"
    columns = (
        [list(map(str.strip, column)) for column in zip(*even, strict=True)] if even else [[] for _ in range(width)]
    )
    return Block(kept, columns, odd)


def places(table: Table, wanted: Sequence[int]) -> dict[int, Place]:
    """Return line, byte and text of the rows at these positions; one more pass, taken only when something is wrong."""
    wanted_set, found = set(wanted), {}
    if not wanted_set:
        return {}
    seen: list[str] = []
    byte, line = table.first_byte, table.first_line

    def lines() -> Iterator[str]:
        for text in io.StringIO(table.body, newline=""):
            seen.append(text)
            yield text

    # Without quotes every line is a row, and no cell is too long for a line; the csv reader has a limit.
    rows = csv.reader(lines(), delimiter=table.delimiter, strict=True) if '"' in table.body else lines()
    for position, _ in enumerate(rows):
        raw = "".join(seen).encode(table.encoding)
        if position in wanted_set:
            found[position] = Place(line, byte, raw)
        byte += len(raw)
        line += len(seen)
        seen.clear()
    return found


def last_row_is_open(table: Table) -> bool:
    """Tell whether the file ends without a line break: its last row may have been cut."""
    return len(table.text) > table.begin and table.text[-1] not in "\r\n"
