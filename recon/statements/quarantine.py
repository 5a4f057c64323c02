"""What cannot be believed, told so that a clerk can act: which file, which line, the bytes themselves, and what to
do.

Room: pure.
"""

import re
from collections.abc import Sequence
from typing import Literal

from recon.errors import Problem
from recon.model import Reading

MOST_PROBLEMS = 10_000  # of one file: beyond them it is not the rows that are wrong
MOST_LINES = 1_500_000  # physical lines, transactions or statements of one file
RAW_LIMIT = 65_536  # bytes of a bad row that are kept; the offset leads to the rest


class TooMuchError(ValueError):
    """A file has more of something than any statement: it is refused before it fills the memory."""


def check_count(count: int, what: str, most: int = MOST_LINES) -> None:
    """Raise TooMuchError when there are more than a statement may have."""
    if count > most:
        raise TooMuchError(f"the file has {count:,} {what}, more than the {most:,} that are read at once")


def check_problems(problems: Sequence[Problem]) -> None:
    """Raise TooMuchError when so many rows are set aside that the layout itself must be wrong."""
    if len(problems) > MOST_PROBLEMS:
        raise TooMuchError(
            f"more than {MOST_PROBLEMS:,} rows cannot be read: the file is damaged, or not what it seems"
        )


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
