"""Text that ends up in cells of a spreadsheet, where `=HYPERLINK(...)` in a customer's name would run.

Room: pure.
"""

import csv
import io
import re
from collections.abc import Iterable, Sequence

# What a spreadsheet takes for a formula, after whatever it or an earlier program may trim: spaces, controls, marks of
# direction, the byte order mark. A tab or line break at the start is enough by itself.
_RUNS = re.compile("[\\s\0-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060\ufeff]*[=+\\-@＝＋－＠]|[ \u00a0]*[\t\r\n]")

_NUMBER = re.compile("[+-]?[A-Za-z0-9][A-Za-z0-9/._-]*")


def csv_safe(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a quote mark before what would start a formula.

    Only for text from outside. Amounts and days that we write ourselves stay as they are.

    >>> csv_safe("=cmd|' /C calc'!A0"), csv_safe("Alder-Works"), csv_safe("  @SUM(A1)")
    ("'=cmd|' /C calc'!A0", 'Alder-Works', "'  @SUM(A1)")
    """
    return f"'{text}" if _RUNS.match(text) else text


def cell_safe(number: str) -> str:
    """Return a number or reference as `csv_safe` does, but one of letters, digits and `-/._` as it is, for programs.

    >>> cell_safe("-4711/26"), cell_safe("-1+cmd|' /C calc'!A0"), cell_safe("RE 7")
    ('-4711/26', "'-1+cmd|' /C calc'!A0", 'RE 7')
    """
    return number if _NUMBER.fullmatch(number) else _on_one_line(csv_safe(number))


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV with a header and a line break after every row; breaks and controls in cells become spaces."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_on_one_line(cell) for cell in row] for row in rows)
    return written.getvalue()


# The csv module leaves a bare carriage return unquoted, and readers then see a new row; form feeds and separators
# of Unicode are line breaks to others; marks of direction show a text as what it is not.
_UNSEEN = re.compile("\r\n|[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def _on_one_line(cell: str) -> str:
    return cell if cell.isascii() and cell.isprintable() else _UNSEEN.sub(" ", cell)
