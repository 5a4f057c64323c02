"""Fields 60, 61 and 62 of MT940: a balance, and one statement line.

Field 61: value date, entry date, mark (C, D, RC, RD, EC, ED), third letter of the currency, amount with a decimal
comma,
transaction type, reference, `//` the bank's reference, supplementary details. RC takes back a credit, RD a debit.

Room: pure.
"""

import re
from dataclasses import dataclass
from datetime import date

from recon.errors import UnreadableText
from recon.model import StatementLine
from recon.money import COMMA, parse_minor
from recon.statements.bankdays import plausible_day, short_day
from recon.statements.decode import clean
from recon.statements.references import structured_in
from recon.statements.swift_text import Told

_LINE = re.compile(
    r"(?P<value>[0-9]{6})(?P<entry>[0-9]{4})?(?P<mark>R?[CD]|E[CD])(?P<funds>[A-Z])?\s*(?P<amount>[0-9]{1,15},[0-9]{0,3})"
    r"(?![0-9.,])\s*"  # `1,650.00` is grouped the other way round and means a thousand times more than 1,65
    r"(?P<type>[NSF][A-Z0-9]{3})?(?P<reference>.*)"
)
_BALANCE = re.compile(r"(?P<mark>[CD])(?P<day>[0-9]{6})(?P<currency>[A-Z]{3})?(?P<amount>[0-9]{1,18},[0-9]{0,3})\s*")
_SIGNS = {"C": 1, "D": -1, "RC": -1, "RD": 1, "EC": 1, "ED": -1}
# Not references but the word that field 86 has one of this kind, or that there is none.
_NO_REFERENCE = frozenset(("NONREF", "", "REF", "EREF", "PREF", "MREF", "MARF", "KREF", "KREF+", "EREF+", "NOREF"))


@dataclass(frozen=True, slots=True)
class Balance:
    """A balance of field 60 or 62."""

    minor: int
    currency: str
    day: date | None


def swift_minor(text: str, currency: str) -> int:
    """Return the minor units of an amount with a decimal comma: `6800,` is 6800.

    >>> swift_minor("6800,", "EUR"), swift_minor("11,8", "EUR")
    (680000, 1180)
    """
    return parse_minor(text.rstrip(","), COMMA, currency)


def read_balance(text: str) -> Balance:
    """Return a balance, negative for a debit one. Raises UnreadableText."""
    match = _BALANCE.fullmatch(text)
    if match is None:
        raise UnreadableText(f"is {text[:40]!r}, not mark, date, currency and amount with a comma")
    minor = swift_minor(match["amount"], match["currency"] or "EUR") * _SIGNS[match["mark"]]
    return Balance(minor, match["currency"] or "", _day_or_none(match["day"]))


def read_61(lines: list[str], told: Told, currency: str, line: int, byte: int) -> StatementLine:
    """Return the line of a field 61 with what its field 86 tells. Raises UnreadableText."""
    match = _LINE.fullmatch(lines[0].rstrip())
    if match is None and len(lines) > 1:  # Sparkassen are known to break the line before the amount
        match, lines = _LINE.fullmatch(lines[0].rstrip() + lines[1].rstrip()), lines[1:]
    if match is None:
        raise UnreadableText(f"{lines[0][:40]!r} is not a statement line: date, mark, amount with a comma, type")
    valued = _day_or_none(match["value"])
    booked = entry_day(match["entry"], match["value"]) if match["entry"] else short_day(match["value"])
    reference, _, bank_reference = match["reference"].partition("//")
    own = "" if reference.strip() in _NO_REFERENCE else clean(reference)
    supplement = clean(" ".join(lines[1:]))
    remittance = told.remittance or supplement
    return StatementLine(
        swift_minor(match["amount"], currency) * _SIGNS[match["mark"]],
        currency,
        booked,
        line,
        byte,
        valued,
        clean(bank_reference),
        told.kind or match["type"] or "",
        told.payer,
        told.payer_account,
        remittance,
        structured_in(remittance) or own,
        told.end_to_end_id,
        own if match["type"] == "NCHK" else "",
        match["mark"].startswith("E"),
        details=_details(match, supplement, told),
    )


def _details(match: "re.Match[str]", supplement: str, told: Told) -> tuple[tuple[str, str], ...]:
    reversal = "yes" if match["mark"].startswith("R") else ""
    own = (("type", match["type"] or ""), ("reversal", reversal), ("supplement", supplement if told.remittance else ""))
    odd = ("value_day", match["value"] if _day_or_none(match["value"]) is None else "")
    return tuple((name, value) for name, value in (*own, odd, *told.details) if value)


def entry_day(entry: str, value: str) -> date:
    """Return the entry date MMDD in the year that brings it nearest to the value date: a new year lies between them.

    >>> entry_day("1229", "140104").isoformat(), entry_day("0301", "160230").isoformat()
    ('2013-12-29', '2016-03-01')
    """
    month, day = int(entry[:2]), int(entry[2:])
    year = short_day(value[:2] + "0101").year
    near = date(year, min(max(int(value[2:4]), 1), 12), 15)
    found = [_possible(year + shift, month, day) for shift in (-1, 0, 1)]
    possible = [candidate for candidate in found if candidate]
    if not possible:
        raise UnreadableText(f"the entry date {entry!r} is not in the calendar")
    return min(possible, key=lambda candidate: abs((candidate - near).days))


def _possible(year: int, month: int, day: int) -> date | None:
    try:
        return plausible_day(year, month, day)
    except UnreadableText:
        return None


def _day_or_none(text: str) -> date | None:
    """A value date that is in no calendar (30 February counts as one at some banks) is kept in the details."""
    try:
        return short_day(text)
    except UnreadableText:
        return None
