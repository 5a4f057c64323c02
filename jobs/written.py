"""What a person writes on the command line: days, amounts, companies; else refused, with how to write them.

Room: shell.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from recon.errors import UnreadableText, UsageError
from recon.money import POINT, parse_minor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from jobs.invocation import Invocation


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


def known_in(choices: Iterable[str], text: str, where: str) -> str:
    """Return a word that is one of the choices, or none. Raises UsageError that names where it stands."""
    if text and text not in choices:
        raise UsageError(f"{where} {text!r} is not known", f"Use one of: {', '.join(choices)}")
    return text


def company_of(invocation: Invocation, company: str) -> str:
    """Return the company named, or the only one. Raises UsageError when there are several and none is named."""
    codes = [one.code for one in invocation.settings.companies]
    if company and company not in codes:
        raise UsageError(f"--company {company!r} is not in the settings", f"Use one of: {', '.join(codes)}")
    if not company and len(codes) > 1:
        raise UsageError("there are several companies", f"Name one with --company: {', '.join(codes)}")
    return company or codes[0]
