"""What a person writes on the command line: days and amounts, refused with where they stand and how to write them.

Room: shell.
"""

from __future__ import annotations

from datetime import date

from recon.errors import UnreadableText, UsageError
from recon.money import POINT, parse_minor


def day_of(text: str, where: str) -> date:
    """Return a day written as 2026-03-31. Raises UsageError that names where it stands."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{where} {text!r} is not a day", "Write it as 2026-03-31") from error


def amount_of(text: str, currency: str, where: str) -> int:
    """Return decimal text as minor units. Raises UsageError that names where it stands."""
    try:
        return parse_minor(text, POINT, currency)
    except UnreadableText as error:
        raise UsageError(f"{where}: {error}", "Write the amount as 1650.00") from error
