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


def csv_safe(text: str) -> str:
    """Return the text so that no spreadsheet runs it: a quote mark before what would start a formula.

    Only for text from outside. Amounts and days that we write ourselves stay as they are.

    >>> csv_safe("=cmd|' /C calc'!A0"), csv_safe("Alder-Works"), csv_safe("  @SUM(A1)")
    ("'=cmd|' /C calc'!A0", 'Alder-Works', "'  @SUM(A1)")
    """
    return f"'{text}" if _RUNS.match(text) else text


def csv_text(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows as CSV with a header and a line break after every row; line breaks inside a cell become spaces."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_on_one_line(cell) for cell in row] for row in rows)
    return written.getvalue()


def _on_one_line(cell: str) -> str:
    # The csv module leaves a bare carriage return unquoted, and readers then see a new row.
    return " ".join(cell.split("\r\n")).replace("\r", " ").replace("\n", " ") if "\r" in cell or "\n" in cell else cell
