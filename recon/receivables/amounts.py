"""Columns of amounts: the common spelling a million at a time, every other spelling by the exact reader of
`recon.money`.

`1,650` is 1650 or 1.65. A file's style is declared, or it is what every amount of the file allows; a cell is read
only when
all the styles still possible agree on it.

Room: pure.
"""

import re
from collections.abc import Iterable, Sequence

import numpy as np

from recon.errors import UnreadableText
from recon.frames import Flags, Ints
from recon.money import COMMA_GROUPED, POINT_GROUPED, NumberStyle, format_minor, is_known_currency, parse_minor

ALL_STYLES = (
    POINT_GROUPED,
    COMMA_GROUPED,
    NumberStyle(",", " "),
    NumberStyle(".", " "),
    NumberStyle(".", "'"),
)
MOST_MINOR = 10**16  # a hundred trillion of a currency: sums of such rows still fit their column
_WIDTH = 20  # more characters than any int64 has digits go to the exact reader
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\u2019": "'", "\u2212": "-"})
_SYMBOLS = {
    "$": frozenset(["USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN", "TWD", "CLP", "COP", "ARS"]),
    "€": frozenset(["EUR"]),
    "£": frozenset(["GBP"]),
    "¥": frozenset(["JPY", "CNY"]),
    "₹": frozenset(["INR"]),
}
_WORD = re.compile(r"([A-Z]{3})\b|\b([A-Z]{3})$")


def plain_minor(cells: Sequence[str], digits: Ints, mark: str) -> tuple[Ints, Flags]:
    """Return minor units, and which cells were of the plain spelling `-1650.50`; the others are 0 and unread.

    `digits` holds the minor digits of each row's currency. A cell with more decimals than that is left unread.

    >>> plain_minor(["-16.5", "1,650", "7"], np.array([2, 2, 2]), ".")
    (array([-1650,     0,   700]), array([ True, False,  True]))
    """
    count = len(cells)
    codes = np.array(cells, dtype=f"U{_WIDTH}").view(np.uint32).reshape(count, _WIDTH).T.copy()
    negative = codes[0] == ord("-")
    value, whole, decimals = (np.zeros(count, dtype=np.int64) for _ in range(3))
    after = np.zeros(count, dtype=bool)
    fits = codes[17] == 0
    for position, code in enumerate(codes[:17]):
        if not code.any():
            break
        digit = (code >= 48) & (code <= 57)
        is_mark = (code == ord(mark)) & ~after
        fits &= digit | is_mark | (code == 0) | (negative if position == 0 else False)
        value = np.where(digit, value * 10 + code - 48, value)
        decimals += digit & after
        whole += digit & ~after
        after |= is_mark
    fits &= (whole > 0) & (decimals <= digits) & (whole + digits <= 16)
    scale = np.where(fits, digits - decimals, 0)
    value = np.where(fits, value * np.power(10, scale), 0)
    return np.where(negative, -value, value), fits


def read_amounts(
    cells: Sequence[str], currencies: Sequence[str], digits: Ints, styles: Sequence[NumberStyle]
) -> tuple[Ints, dict[int, str]]:
    """Return minor units per cell, and for each unreadable cell its position and why (its amount is 0)."""
    marks = {style.decimal for style in styles}
    if len(marks) == 1:
        values, done = plain_minor(cells, digits, marks.pop())
    else:  # the decimal mark is still open: no cell may take the fast path
        values, done = np.zeros(len(cells), dtype=np.int64), np.zeros(len(cells), dtype=bool)
    unread: dict[int, str] = {}
    known: dict[tuple[str, str], int] = {}
    for row in np.flatnonzero(~done).tolist():
        key = cells[row], currencies[row]
        try:
            values[row] = known[key] if key in known else known.setdefault(key, read_amount(*key, styles))
        except UnreadableText as error:
            unread[row] = str(error)
    return values, unread


def read_amount(cell: str, currency: str, styles: Sequence[NumberStyle]) -> int:
    """Return the minor units that all styles which accept the text agree on; raises UnreadableText otherwise.

    A currency sign or code around the number must be the row's; brackets and a minus behind mean negative.

    >>> read_amount("$4,250.00", "USD", ALL_STYLES), read_amount("(12,5)", "EUR", ALL_STYLES)
    (425000, -1250)
    """
    bare, sign = _bare(cell, currency)
    answers: dict[int, NumberStyle] = {}
    refusals: list[UnreadableText] = []
    for style in styles:
        try:
            answers.setdefault(sign * parse_minor(bare, style, currency), style)
        except UnreadableText as error:
            refusals.append(error)
    if len(answers) == 1:
        return within_reason(next(iter(answers)), cell)
    if not answers:
        raise refusals[0] if len(styles) == 1 else UnreadableText(f"{cell[:40]!r} is not an amount in {currency}")
    meanings = " or ".join(format_minor(minor, currency) for minor in sorted(answers, reverse=True))
    raise UnreadableText(f"{cell[:40]!r} is {meanings}, and no other amount of the file decides")


def within_reason(minor: int, cell: str) -> int:
    """Return the amount; raises UnreadableText when no invoice is that large."""
    if abs(minor) >= MOST_MINOR:
        raise UnreadableText(f"{cell[:40]!r} is larger than any amount")
    return minor


def _bare(cell: str, currency: str) -> tuple[str, int]:
    text = cell.translate(_SPACES).strip()
    sign = 1
    if text.startswith("(") and text.endswith(")"):
        text, sign = text[1:-1].strip(), -1
    text = _without_currency(text, currency, cell)
    if text.endswith("-") and len(text) > 1:
        text, sign = text[:-1].strip(), -sign
    if text[:1] in ("-", "+") and text[1:2] in (*_SYMBOLS, " "):
        text = text[0] + _without_currency(text[1:].strip(), currency, cell)
    return text, sign


def _without_currency(text: str, currency: str, cell: str) -> str:
    for symbol, currencies in _SYMBOLS.items():
        if symbol in text:
            if currency not in currencies:
                raise UnreadableText(f"{cell[:40]!r} is not written in {currency}")
            return text.replace(symbol, "", 1).strip()
    word = _WORD.search(text)
    code = (word[1] or word[2]) if word else ""
    if code and is_known_currency(code):
        if code != currency:
            raise UnreadableText(f"{cell[:40]!r} is not written in {currency}")
        return text.replace(code, "", 1).strip()
    return text


def styles_of(cells: Iterable[tuple[str, str]]) -> tuple[tuple[NumberStyle, ...], str]:
    """Return the styles in which every (cell, currency) is an amount, and the cell that decided last ('' if none did).

    When no style fits all cells nothing is decided, and each cell must speak for itself.

    >>> styles, witness = styles_of([("1,650", "USD"), ("20.50", "USD")])
    >>> {style.decimal for style in styles}, witness
    ({'.'}, '20.50')
    """
    left: tuple[NumberStyle, ...] = ALL_STYLES
    witness = ""
    for cell, currency in cells:
        fitting = tuple(style for style in left if _accepts(cell, currency, (style,)))
        if not fitting and _accepts(cell, currency, ALL_STYLES):
            return ALL_STYLES, ""
        if fitting and len({style.decimal for style in fitting}) < len({style.decimal for style in left}):
            witness = cell
        left = fitting or left
    return left, witness


def _accepts(cell: str, currency: str, styles: Sequence[NumberStyle]) -> bool:
    try:
        bare, _ = _bare(cell, currency)
    except UnreadableText:
        return False
    return any(_parses(bare, style, currency) for style in styles)


def _parses(bare: str, style: NumberStyle, currency: str) -> bool:
    try:
        parse_minor(bare, style, currency)
    except UnreadableText:
        return False
    return True
