"""Delimited text to records, each with the line and the byte it starts at.

Python's csv module does the quoting; around it stands what it leaves out: where a record is, a quote that is never
closed, a last row that the file breaks off, and a quoted field that has swallowed whole rows. `csv_blocks` splits the
common rows many at a time; what is read here, row by row, is the rule for both.

Room: pure.
"""

import csv
import io
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recon.errors import ensure
from recon.frames import Ints
from recon.statements.decode import Decoding
from recon.statements.quarantine import check_count

if TYPE_CHECKING:
    import _csv

FIELD_LIMIT = 100_000  # characters of one field
_PIECE = 1 << 22  # bytes searched for line ends at once
_AHEAD = 256  # lines decoded at once
_CR, _LF = 13, 10


@dataclass(frozen=True, slots=True)
class Row:
    """One record. `fault` says why it is no row to be believed; then `fields` are what could be split."""

    line: int
    start: int
    end: int
    fields: list[str]
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Lines:
    """The physical lines of a text, decoded when they are asked for. `starts` has the byte of each, and the end."""

    decoding: Decoding
    starts: Ints

    def __len__(self) -> int:
        return len(self.starts) - 1

    def texts(self, first: int = 0, last: int | None = None) -> list[str]:
        """Return the lines from `first` (from 0) up to `last`, ends kept."""
        start, end = self.starts[first], self.starts[min(len(self) if last is None else last, len(self))]
        return list(io.StringIO(self.decoding.text(int(start), int(end)), newline=""))

    @property
    def is_terminated(self) -> bool:
        """Whether the last line has its line end."""
        return not len(self) or self.decoding.content.endswith((b"\n", b"\r"))


def physical_lines(decoding: Decoding) -> Lines:
    """Split at CR, LF or CRLF, also mixed; other separators that Unicode knows are text to a bank."""
    content = decoding.content
    skipped = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    ends, count = [], 0
    for at in range(skipped, len(content), _PIECE):
        ends.append(_line_ends(content, at))
        count += len(ends[-1])
        check_count(count, "lines")
    starts = np.concatenate([np.array([skipped], dtype=np.int64), *ends])
    if starts[-1] < len(content):
        starts = np.append(starts, len(content))
    return Lines(decoding, starts)


def _line_ends(content: bytes, at: int) -> Ints:
    """Return where the lines that end in this piece of the content end."""
    piece = np.frombuffer(content, dtype=np.uint8, count=min(_PIECE, len(content) - at), offset=at)
    is_end = piece == _LF
    if content.find(b"\r", at, at + len(piece)) >= 0:
        is_cr = piece == _CR
        is_cr[:-1] &= ~is_end[1:]
        is_cr[-1] &= content[at + len(piece) : at + len(piece) + 1] != b"\n"
        is_end |= is_cr
    return np.flatnonzero(is_end).astype(np.int64) + (at + 1)


def rows(lines: Lines, delimiter: str, quote: str = '"', first: int = 0, last: int | None = None) -> Generator[Row]:
    """Yield the records of the lines from `first` (from 0) up to `last`. Blank lines are no records.

    Nothing is lost: every line that is not blank is in exactly one record, and a record that cannot be right has a
    fault.
    """
    ensure(len(delimiter) == 1 and len(quote) <= 1, "delimiter and quote are one character")
    last = len(lines) if last is None else min(last, len(lines))
    held: list[str] = []
    feed = _fed(lines, first, last, held)
    if quote:
        reader = csv.reader(feed, delimiter=delimiter, quotechar=quote, strict=True)
    else:
        reader = csv.reader(feed, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield from _records(reader, lines, held, delimiter, quote, (first, last))
    finally:
        csv.field_size_limit(before)


def _fed(lines: Lines, first: int, last: int, held: list[str]) -> Iterator[str]:
    """Yield the lines one by one, each also put into `held`: so it is known which of them a record has taken."""
    for at in range(first, last, _AHEAD):
        for text in lines.texts(at, min(at + _AHEAD, last)):
            held.append(text)
            yield text


def _records(
    reader: "_csv.Reader", lines: Lines, held: list[str], delimiter: str, quote: str, span: tuple[int, int]
) -> Iterator[Row]:
    (at, last), starts = span, lines.starts
    breaks_off = last == len(lines) and not lines.is_terminated
    while at < last:
        try:
            fields = next(reader)
            fault = ""
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault = [], _told(str(error))
        after = at + len(held)
        if quote and not fault and sum(text.count(quote) for text in held) % 2:
            fault = "a quotation mark has no partner"
        if after - at > 1 and not fault:
            fault = _swallowed(held, delimiter)
        if breaks_off and after == last and not fault and fields:
            fault = "the last row has no line end: the file may be cut inside it"
        held.clear()
        if fields or fault:
            yield Row(at + 1, int(starts[at]), int(starts[after]), fields, fault)
        at = after


_TOLD = {
    "unexpected end of data": "a quoted field is never closed",
    "field larger": f"a field has more than {FIELD_LIMIT:,} characters",
    "expected after": "text follows a closing quote",
}


def _told(message: str) -> str:
    return next((told for part, told in _TOLD.items() if part in message), f"the row cannot be split: {message}")


def _swallowed(texts: Sequence[str], delimiter: str) -> str:
    """A field over several lines is fine; one whose inner lines look like rows has lost its closing quote."""
    if len(texts) <= 2 or (not delimiter.strip() and delimiter != "\t"):
        return ""
    columns = max(texts[0].count(delimiter), texts[-1].count(delimiter))
    inner = [text for text in texts[1:-1] if columns >= 2 and text.count(delimiter) >= columns]
    return f"a quoted field holds {len(inner)} whole rows" if inner else ""
