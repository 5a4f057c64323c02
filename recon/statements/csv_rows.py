"""Delimited text to records, each with the line and the byte it starts at.

Python's csv module does the quoting; around it stands what it leaves out: where a record is, a quote that is never
closed, a last row that the file breaks off, and a quoted field that has swallowed whole rows.

Room: pure.
"""

import csv
import io
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from recon.errors import ensure
from recon.statements.decode import Decoding
from recon.statements.quarantine import check_count

if TYPE_CHECKING:
    import _csv

FIELD_LIMIT = 100_000  # characters of one field


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
    """The physical lines of a text, ends kept, and the byte each starts at."""

    texts: list[str]
    starts: "array[int]"

    @property
    def is_terminated(self) -> bool:
        """Whether the last line has its line end."""
        return not self.texts or self.texts[-1].endswith(("\n", "\r"))


def physical_lines(decoding: Decoding) -> Lines:
    """Split at CR, LF or CRLF, also mixed; other separators that Unicode knows are text to a bank."""
    content = decoding.content
    check_count(content.count(b"\n") + content.count(b"\r") - content.count(b"\r\n"), "lines")
    skipped = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    texts = list(io.StringIO(content[skipped:].decode(decoding.charset, "replace"), newline=""))
    if decoding.charset == "utf-8":
        sizes = [len(text) if text.isascii() else len(text.encode("utf-8", "replace")) for text in texts]
    else:
        sizes = [len(text) for text in texts]
    return Lines(texts, array("Q", accumulate(sizes, initial=skipped)))


def rows(lines: Lines, delimiter: str, quote: str = '"', first: int = 0, last: int | None = None) -> Iterator[Row]:
    """Yield the records of the lines from `first` (from 0) up to `last`. Blank lines are no records.

    Nothing is lost: every line that is not blank is in exactly one record, and a record that cannot be right has a
    fault.
    """
    ensure(len(delimiter) == 1 and len(quote) <= 1, "delimiter and quote are one character")
    texts = lines.texts[first:last]
    if quote:
        reader = csv.reader(texts, delimiter=delimiter, quotechar=quote, strict=True)
    else:
        reader = csv.reader(texts, delimiter=delimiter, quoting=csv.QUOTE_NONE, strict=True)
    before = csv.field_size_limit(FIELD_LIMIT)
    try:
        yield from _records(reader, lines, texts, delimiter, quote, first)
    finally:
        csv.field_size_limit(before)


def _records(
    reader: "_csv.Reader", lines: Lines, texts: Sequence[str], delimiter: str, quote: str, first: int
) -> Iterator[Row]:
    at, starts, count = 0, lines.starts, len(texts)
    breaks_off = first + count == len(lines.texts) and not lines.is_terminated
    while at < count:
        try:
            fields = next(reader)
            fault = ""
        except StopIteration:
            return
        except csv.Error as error:
            fields, fault = [], _told(str(error))
        after = reader.line_num
        if quote and not fault and _quotes(texts, at, after, quote) % 2:
            fault = "a quotation mark has no partner"
        if after - at > 1 and not fault:
            fault = _swallowed(texts[at:after], delimiter)
        if breaks_off and after == count and not fault and fields:
            fault = "the last row has no line end: the file may be cut inside it"
        if fields or fault:
            yield Row(first + at + 1, starts[first + at], starts[first + after], fields, fault)
        at = after


def _quotes(texts: Sequence[str], at: int, after: int, quote: str) -> int:
    if after - at == 1:
        return texts[at].count(quote)
    return sum(text.count(quote) for text in texts[at:after])


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
