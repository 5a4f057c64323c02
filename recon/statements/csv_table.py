"""Where the table stands in an unknown delimited file: its delimiter, its header, its columns with their evidence.

Room: pure.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from recon.statements.column_evidence import Column, column_evidence
from recon.statements.csv_layout import headings
from recon.statements.csv_rows import Lines, Row, rows
from recon.statements.headings import meaning_of

_SAMPLE = 500  # rows looked at


@dataclass(frozen=True, slots=True)
class Table:
    """A table as it was found. `below` are all rows under the header, totals and remarks included."""

    delimiter: str
    header: tuple[str, ...]  # empty: none
    columns: tuple[Column, ...]
    charset: str
    ends_open: bool
    is_short: bool = False  # rows leave out columns at their end
    is_spilling: bool = False  # rows have more fields than the header: the last one holds several
    below: tuple[list[str], ...] = ()  # all rows below the header


def find_table(lines: Lines, charset: str) -> Table | None:
    """Return the table of a file; None where no line is split into columns."""
    weight, width, delimiter = max((_shape(lines, delimiter) for delimiter in ",;\t|"), key=lambda shape: shape[:2])
    if width < 2 or not weight:
        return None
    found = read = [row.fields for row in rows(lines, delimiter, last=2 * _SAMPLE)]
    if (ragged := _ragged_header(found, width)) is not None:
        return _ragged_table(found, ragged, delimiter, charset, not lines.is_terminated)
    if all(not fields[-1].strip() for fields in found if len(fields) == width):
        width -= 1  # a trailing delimiter, with or without one behind the header
    found = [fields[:width] for fields in found if len(fields) >= width and not any(fields[width:])][:_SAMPLE]
    at = next((place for place, fields in enumerate(found[:20]) if _is_header(fields)), None)
    header = tuple(field.strip() for field in found[at]) if at is not None else ()
    body = _full_rows(found[(at + 1) if at is not None else 0 :])
    below = _below(read, header)
    return Table(delimiter, header, _columns(header, body, width), charset, not lines.is_terminated, below=below)


def _below(read: Sequence[list[str]], header: tuple[str, ...]) -> tuple[list[str], ...]:
    """Return the rows below the header, of any width; all of them where there is none."""
    is_header = (tuple(field.strip() for field in fields[: len(header)]) == header for fields in read)
    at = next((place for place, found in enumerate(is_header) if found), -1) if header else -1
    return tuple(fields for fields in read[at + 1 :] if fields)


def _columns(header: Sequence[str], body: Sequence[list[str]], width: int) -> tuple[Column, ...]:
    return tuple(
        column_evidence(place + 1, header[place] if header else "", [fields[place] for fields in body])
        for place in range(width)
    )


def _ragged_header(found: Sequence[list[str]], width: int) -> int | None:
    """Return where a header stands that has other columns than most rows have; None where none does, or one of their
    width.
    """
    headers = [place for place, fields in enumerate(found[:20]) if _is_header(_bare(fields))]
    if any(len(_bare(found[place])) in (width - 1, width) for place in headers):
        return None
    return next((place for place in headers if 2 * len(_bare(found[place])) > width), None)


def _bare(fields: list[str]) -> list[str]:
    """Return the fields up to the last that is filled."""
    filled = [place for place, field in enumerate(fields) if field.strip()]
    return fields[: filled[-1] + 1] if filled else []


def _ragged_table(found: Sequence[list[str]], header_at: int, delimiter: str, charset: str, ends_open: bool) -> Table:
    """Return the table below a header that names more columns than rows fill, or fewer than they have."""
    header = tuple(field.strip() for field in _bare(found[header_at]))
    body = _full_rows([fields for fields in map(_bare, found[header_at + 1 :]) if fields])[:_SAMPLE]
    last = len(header) - 1
    is_short = any(len(fields) <= last for fields in body)
    is_spilling = any(len(fields) > last + 1 for fields in body)
    even = [[*fields[:last], delimiter.join(fields[last:])] + [""] * (last - len(fields)) for fields in body]
    columns, below = _columns(header, even, last + 1), tuple(filter(None, found[header_at + 1 :]))
    return Table(delimiter, header, columns, charset, ends_open, is_short, is_spilling, below)


def _full_rows(found: Sequence[list[str]]) -> list[list[str]]:
    """Leave out totals and notes: rows that do not begin with a day where most do; else those that fill far fewer
    columns than most.
    """
    filled = sorted(sum(1 for field in fields if field.strip()) for fields in found)
    usual = filled[len(filled) // 2] if filled else 0
    begins = Counter(map(_beginning, found)).most_common(1)
    if begins and 2 * begins[0][1] >= len(found) and _DAY_LIKE.fullmatch(begins[0][0]):
        return [fields for fields in found if _beginning(fields) == begins[0][0]]
    return [fields for fields in found if 2 * sum(1 for field in fields if field.strip()) > usual]


_DAY_LIKE = re.compile(r"9\W+(?:9|A)\W+9\b.*|A\W+9\W+9\b.*")


def _beginning(fields: Sequence[str]) -> str:
    """Return the first field with every number as 9 and every word as A: what days have in common."""
    return re.sub(r"[^\W\d_]+", "A", re.sub("[0-9]+", "9", fields[0].strip()))


def _shape(lines: Lines, delimiter: str) -> tuple[int, int, str]:
    """Return the number of columns that most is written in, before it how much that is: a preamble may have more lines
    than the table, but it has fewer columns.
    """
    widths = Counter(_width(lines, row, delimiter) for row in rows(lines, delimiter, last=_SAMPLE))
    weights = {width: count * (width - 1) for width, count in widths.items() if width > 1}
    width = max(weights, key=lambda width: (weights[width], width), default=0)
    return weights.get(width, 0), width, delimiter


def _width(lines: Lines, row: Row, delimiter: str) -> int:
    return len(row.fields or headings(lines.texts(row.line - 1, row.line)[0], delimiter))


def _is_header(fields: Sequence[str]) -> bool:
    """A header names: most cells are filled, none is a day or an amount."""
    filled = [field.strip() for field in fields if field.strip()]
    has_digits = any(re.match(r"[-+$€£(]*[0-9]", field) for field in filled)
    return len(filled) >= max(2, len(fields) // 2) and not has_digits and any(meaning_of(field) for field in filled)
