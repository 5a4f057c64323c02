"""Amounts as OFX files write them: a decimal point or a decimal comma and no grouping (OFX 1.6 section 3.2.9.1), and
what banks make of it. `1,650` may be one thousand or one and a bit: no program can tell, so no program decides.

Room: pure.
"""

import re

from recon.errors import UnreadableText
from recon.money import COMMA, COMMA_GROUPED, POINT, POINT_GROUPED, NumberStyle, minor_digits, parse_minor

_PLAIN = re.compile(r"([+-]?)([0-9]{1,15})(?:\.([0-9]{1,2}))?")

# What a text must look like to have one reading only. Groups are of three, so a comma before three digits has two.
_STYLES: tuple[tuple[re.Pattern[str], NumberStyle], ...] = (
    (re.compile(r"[+-]?[0-9]*\.?[0-9]*"), POINT),
    (re.compile(r"[+-]?[0-9]*,(?:[0-9]{0,2}|[0-9]{4,})"), COMMA),
    (re.compile(r"[+-]?(?:0[0-9]*|[0-9]{4,}),[0-9]{3}"), COMMA),
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]*"), POINT_GROUPED),
    (re.compile(r"[+-]?[0-9]{1,3}(?:,[0-9]{3}){2,}"), POINT_GROUPED),
    (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]*"), COMMA_GROUPED),
    (re.compile(r"[+-]?[0-9]{1,3}(?:\.[0-9]{3}){2,}"), COMMA_GROUPED),
)


def ofx_minor(text: str, currency: str, writes_commas: bool = False) -> int:
    """Return the minor units of an OFX amount.

    `writes_commas` says that other amounts of the file have a decimal comma: then a point before three digits may be
    a group mark and is refused. Raises UnreadableText for what has no reading, or more than one.

    >>> ofx_minor("-30.000", "USD"), ofx_minor("1,65", "EUR"), ofx_minor("1.234,50", "EUR")
    (-3000, 165, 123450)
    """
    stripped = text.strip()
    match = _PLAIN.fullmatch(stripped)
    if match is not None and minor_digits(currency) == 2:
        whole = int(match[2]) * 100 + int((match[3] or "0").ljust(2, "0"))
        return -whole if match[1] == "-" else whole
    return parse_minor(_with_zero(stripped), _style(stripped, writes_commas), currency)


def is_decimal_comma(text: str) -> bool:
    """Tell whether an amount can only be read with a decimal comma: proof of how the whole file writes."""
    return re.fullmatch(r"\s*[+-]?[0-9.]*,[0-9]{1,2}\s*", text) is not None


def _style(text: str, writes_commas: bool) -> NumberStyle:
    if writes_commas and re.fullmatch(r"[+-]?[1-9][0-9]{0,2}\.[0-9]{3}", text):
        raise UnreadableText(f"{text!r} may be thousands or decimals: other amounts of the file have a decimal comma")
    for shape, style in _STYLES:
        if shape.fullmatch(text):
            return style
    if re.fullmatch(r"[+-]?[0-9]{1,3},[0-9]{3}", text):
        raise UnreadableText(f"{text!r} may be thousands or decimals: the file does not say which")
    raise UnreadableText(f"{text[:40]!r} is not an amount")


def _with_zero(text: str) -> str:
    """Return `.50` as `0.50`, as banks and people both mean it.

    >>> _with_zero("-.50")
    '-0.50'
    """
    return re.sub(r"^([+-]?)(?=[.,][0-9])", r"\g<1>0", text)
