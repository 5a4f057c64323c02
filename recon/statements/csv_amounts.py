"""Amounts of a CSV row by the declared style, and only by it.

Room: pure.
"""

import re

from recon.errors import UnreadableText
from recon.money import minor_digits, parse_minor
from recon.statements.profile import Numbers

_PLAIN = {mark: re.compile(rf"([+-]?)([0-9]{{1,15}}){re.escape(mark)}([0-9]{{2}})") for mark in ".,"}  # most of them
_SPACES = re.compile(r"(?<=[+-])[\s\u00a0]+|^[\s\u00a0]+|[\s\u00a0]+$")


def csv_minor(text: str, numbers: Numbers, currency: str) -> int:
    """Return the minor units a cell says, signed as written; `inverted` is for the caller.

    More decimals than the currency has are refused unless the profile declares them: where `1,650` stands under a
    decimal
    comma, one thousand is what the bank meant.

    >>> from recon.money import COMMA_GROUPED, POINT_GROUPED
    >>> csv_minor("- $1,220.00", Numbers(POINT_GROUPED, ("$",)), "USD")
    -122000
    >>> csv_minor("(5,00)", Numbers(COMMA_GROUPED, (), ("parentheses",)), "EUR")
    -500
    """
    bare = _without_symbols(text, numbers)
    match = _PLAIN[numbers.style.decimal].fullmatch(bare)
    if match is not None and minor_digits(currency) == 2:
        whole = int(match[2] + match[3])
        return -whole if match[1] == "-" else whole
    bare, sign = _unsigned(_SPACES.sub("", bare), text, numbers)
    minor = parse_minor(bare, numbers.style, currency)
    _check_decimals(bare, text, numbers, currency)
    return sign * minor


def _without_symbols(text: str, numbers: Numbers) -> str:
    for symbol in numbers.symbols:
        if symbol in text:
            return text.replace(symbol, "", 1)
    return text


def _unsigned(bare: str, text: str, numbers: Numbers) -> tuple[str, int]:
    if bare.startswith("(") and bare.endswith(")") and "parentheses" in numbers.negatives:
        return bare[1:-1], -1
    if bare.endswith("-") and "trailing minus" in numbers.negatives:
        return bare[:-1].rstrip(), -1
    if bare.startswith("\u2212") and "unicode minus" in numbers.negatives:
        return bare[1:].lstrip(), -1
    if bare.startswith(("-", "+")) and bare[1:2] in ("-", "+"):
        raise UnreadableText(f"{text[:40]!r} has two signs")
    return bare, 1


def _check_decimals(bare: str, text: str, numbers: Numbers, currency: str) -> None:
    found = len(bare.partition(numbers.style.decimal)[2])
    most = minor_digits(currency) if numbers.decimals is None else numbers.decimals
    if found > most:
        mark = numbers.style.decimal
        raise UnreadableText(f"{text[:40]!r} has {found} decimals after {mark!r}, more than the {most} of {currency}")
