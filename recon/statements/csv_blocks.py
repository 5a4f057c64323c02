"""Rows of delimited text, split many at a time with numpy; where a stretch is not plain, by `csv_rows`, row by row.

Plain is a stretch whose every record is one line and whose every quotation mark stands where the csv module, strict,
takes it for one: at the start or end of a field, or doubled inside. Then both ways split it alike.

Room: pure.
"""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from recon.frames import Ints
from recon.statements.csv_rows import FIELD_LIMIT, Lines, Row, rows

Codes = NDArray[np.uint8]
_BYTES = 1 << 18  # of a block: its columns stay in the processor's cache
_NEWLINE, _SPACE, _DELETE = 10, 32, 127
_BYTEWISE = ("ascii", "utf-8", "cp125", "iso8859", "latin", "koi8")


@dataclass(frozen=True, slots=True)
class Neatness:
    """What is surely so of all fields: none has outer spaces of any script; all of them are printable ASCII."""

    is_trimmed: bool = False
    is_plain: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """Records in their order. `cells` has the fields of all, row after row; `widths` how many are of each row.

    A row with a fault has no fields to be believed. `line` counts from 1, `start` and `end` are bytes.
    """

    cells: list[str]
    widths: Ints
    line: Ints
    start: Ints
    end: Ints
    faults: dict[int, str] = field(default_factory=dict)
    neat: Neatness = Neatness()

    def __len__(self) -> int:
        return len(self.widths)

    def row(self, place: int, offset: int) -> Row:
        """Return the record at a place; its cells begin at `offset`."""
        told = self.cells[offset : offset + int(self.widths[place])]
        fault = self.faults.get(place, "")
        return Row(int(self.line[place]), int(self.start[place]), int(self.end[place]), told, fault)

    def offsets(self) -> Ints:
        """Return where in `cells` each row begins."""
        return np.cumsum(self.widths) - self.widths

    def columns(self, places: Ints, offsets: Ints, width: int) -> list[list[str]]:
        """Return the first `width` fields of the rows at these places, column by column."""
        if len(places) == len(self) and len(self.cells) == width * len(self):
            return [self.cells[at::width] for at in range(width)]
        begins = offsets[places].tolist()
        return [[self.cells[begin + at] for begin in begins] for at in range(width)]


def blocks(lines: Lines, delimiter: str, quote: str = '"', first: int = 0) -> Iterator[Block]:
    """Yield all records from line `first` (from 0) on, as `csv_rows.rows` yields them, in blocks."""
    at, last = first, len(lines) - (not lines.is_terminated)
    while at < last:
        until = _block_end(lines, at, last)
        block = _plain(lines, at, until, delimiter, quote)
        if block is None:
            block, until = _row_by_row(lines, at, until, delimiter, quote)
        if len(block):
            yield block
        at = until
    if at < len(lines):
        yield _block(list(rows(lines, delimiter, quote, at)))


def _block_end(lines: Lines, at: int, last: int) -> int:
    end = int(np.searchsorted(lines.starts, lines.starts[at] + _BYTES))
    return min(max(end, at + 1), last)


def _row_by_row(lines: Lines, at: int, until: int, delimiter: str, quote: str) -> tuple[Block, int]:
    """Return the records that begin in these lines, and the line after the last of them."""
    held: list[Row] = []
    with closing(rows(lines, delimiter, quote, at)) as found:
        for row in found:
            held.append(row)
            at = int(np.searchsorted(lines.starts, row.end))
            if at >= until:
                return _block(held), at
    return _block(held), len(lines)


def _block(held: Sequence[Row]) -> Block:
    line, start, end, widths = (
        np.array([getter(row) for row in held], dtype=np.int64)
        for getter in (lambda row: row.line, lambda row: row.start, lambda row: row.end, lambda row: len(row.fields))
    )
    faults = {place: row.fault for place, row in enumerate(held) if row.fault}
    return Block(list(chain.from_iterable(row.fields for row in held)), widths, line, start, end, faults)


def _plain(lines: Lines, first: int, last: int, delimiter: str, quote: str) -> Block | None:
    """Return the records of these lines when all of them are plain."""
    starts = lines.starts[first : last + 1]
    if not _is_bytewise(lines, delimiter + quote) or int(np.diff(starts).max()) > FIELD_LIMIT:
        return None
    raw = lines.decoding.content[int(starts[0]) : int(starts[-1])]
    raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in raw else raw
    fields = _fields(raw, delimiter, quote.encode())
    if fields is None:
        return None
    written, widths = fields
    cells = written.decode(lines.decoding.charset, "replace").split("\n")
    cells.pop()  # what stands behind the last line end: nothing
    line = np.arange(first + 1, last + 1)
    neat = _neatness(written, lines.decoding.charset)
    return _without_blank(Block(cells, widths, line, starts[:-1], starts[1:], {}, neat))


def _neatness(written: bytes, charset: str) -> Neatness:
    """Tell it from the bytes. Cheap, so careful: what is neither ASCII nor surely a letter may be anything."""
    codes = np.frombuffer(written, dtype=np.uint8)
    at = np.flatnonzero((codes <= _SPACE) | (codes >= _DELETE))
    what = codes[at]
    is_end, beyond = what == _NEWLINE, what[what >= _DELETE]
    if len(beyond) and not _are_letters(beyond, charset):
        return Neatness()
    touches = (at[1:] == at[:-1] + 1) & ((is_end[1:] & (what[:-1] <= _SPACE)) != (is_end[:-1] & (what[1:] <= _SPACE)))
    is_trimmed = not touches.any() and (at[0] > 0 or bool(is_end[0] or what[0] > _SPACE))
    return Neatness(is_trimmed, not bool(((what < _SPACE) & ~is_end).any()))


def _are_letters(beyond: Codes, charset: str) -> bool:
    """Tell whether all that is beyond ASCII is surely a Latin letter: U+00C0 to U+017F in UTF-8, or its like."""
    if charset == "utf-8":
        leads = beyond[beyond >= 0xC0]
        return bool(((leads >= 0xC3) & (leads <= 0xC5)).all()) and _DELETE not in beyond
    return charset in ("cp1252", "cp1250", "iso8859-1", "iso8859-15", "latin-1") and bool((beyond >= 0xC0).all())


def _is_bytewise(lines: Lines, marks: str) -> bool:
    """Tell whether a byte that looks like one of the marks can be nothing else in the file's charset."""
    return (
        marks.isascii() and (marks.isprintable() or marks[0] == "\t") and lines.decoding.charset.startswith(_BYTEWISE)
    )


def _fields(raw: bytes, delimiter: str, quote: bytes) -> tuple[bytes, Ints] | None:
    """Return the fields, a line feed behind each, and how many stand on each line; None when not all is plain."""
    codes = np.frombuffer(raw, dtype=np.uint8)
    places = np.flatnonzero((codes == ord(delimiter)) | (codes == _NEWLINE))
    is_end = codes[places] == _NEWLINE
    doubled: Ints = places[:0]
    if quote and quote in raw:
        marks = np.flatnonzero(codes == quote[0])
        inside = (np.searchsorted(marks, places) & 1).astype(np.bool_)
        if (inside & is_end).any() or not _marks_fit(codes, marks, ord(delimiter)):
            return None
        places, is_end = places[~inside], is_end[~inside]
        doubled = marks[2::2][marks[2::2] == marks[1:-1:2] + 1]
    written = codes.copy()
    written[places] = _NEWLINE
    return _unquoted(written, quote, doubled), np.diff(np.flatnonzero(is_end), prepend=-1)


def _marks_fit(codes: Codes, marks: Ints, delimiter: int) -> bool:
    """Tell whether each opening mark begins a field or follows a closing one, and each closing one ends its field."""
    opens, closes = marks[0::2], marks[1::2]  # they alternate
    before, behind = codes[opens - 1], codes[closes + 1]
    follows = np.zeros(len(opens), dtype=np.bool_)
    follows[1:] = opens[1:] == closes[:-1] + 1
    begins = (before == delimiter) | (before == _NEWLINE) | (opens == 0)
    ends = (behind == delimiter) | (behind == _NEWLINE)
    ends[:-1] |= follows[1:]
    return bool((begins | follows).all() and ends.all())


def _unquoted(written: Codes, quote: bytes, doubled: Ints) -> bytes:
    """Return the fields without quotation marks, but for the second of each doubled one."""
    if not len(doubled):
        return written.tobytes().translate(None, quote)
    kept = written != quote[0]
    kept[doubled] = True
    return bytes(written[kept])


def _without_blank(block: Block) -> Block:
    """Leave out lines with nothing on them: they are no records. `""` alone on a line is one."""
    narrow = np.flatnonzero((block.widths == 1) & (block.end - block.start <= 2))
    if not narrow.size:
        return block
    offsets = block.offsets()
    blank = [place for place in narrow.tolist() if not block.cells[offsets[place]]]
    stays = np.ones(len(block), dtype=np.bool_)
    stays[blank] = False
    gone = set(offsets[blank].tolist())
    cells = [cell for place, cell in enumerate(block.cells) if place not in gone]
    where = block.widths[stays], block.line[stays], block.start[stays], block.end[stays]
    return Block(cells, *where, {}, block.neat)
