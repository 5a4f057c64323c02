"""What cannot be believed, told so that a clerk can act: which file, which line, the bytes themselves, and what to
do.

Room: pure.
"""

import re
from typing import Literal

from recon.errors import Problem
from recon.model import Reading

RAW_LIMIT = 65_536  # bytes of a bad row that are kept; the offset leads to the rest

ASK_AGAIN = "Download the statement again from the bank; if it comes back the same, ask the bank for a corrected file"
CORRECT_ROW = "Check this row against the bank's own list, then accept it by hand or import a corrected file"


def file_refused(
    format: str, name: str, what: str, remedy: str = ASK_AGAIN, raw: bytes = b"", at: int | None = None
) -> Reading:
    """Return a reading that holds nothing but the reason why the file is not believed."""
    return Reading(format, (), (file_problem(name, what, remedy, raw, at),))


def file_problem(name: str, what: str, remedy: str = ASK_AGAIN, raw: bytes = b"", at: int | None = None) -> Problem:
    """Return the problem that sets a whole file aside."""
    return Problem(name, masked(what), remedy, "file", raw[:RAW_LIMIT], at)


def row_problem(name: str, line: int, what: str, raw: bytes, at: int, remedy: str = CORRECT_ROW) -> Problem:
    """Return the problem that sets one row aside. `line` counts from 1, `at` is the byte offset from 0."""
    return Problem(f"{name}, line {line}", masked(what), remedy, "row", raw[:RAW_LIMIT], at)


def warning(
    name: str, what: str, remedy: str, line: int | None = None, quarantined: Literal["row", "file"] | None = None
) -> Problem:
    """Return a problem that sets nothing aside unless told so."""
    return Problem(f"{name}, line {line}" if line else name, masked(what), remedy, quarantined)


_LONG_NUMBER = re.compile(r"\b(?:[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}|[0-9]{9,34})\b")


def masked(text: str) -> str:
    """Return text in which anything as long as an account number shows its last four characters only.

    >>> masked("account DE89370400440532013000 has 12 rows")
    'account ***3000 has 12 rows'
    """
    return _LONG_NUMBER.sub(lambda match: "***" + match[0][-4:], text)
