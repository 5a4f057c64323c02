"""Money is an integer of minor units and an ISO 4217 code. Decimal only at the edges, never float.

Text becomes money only by a declared `NumberStyle`: `1,650` is 1650 for one bank and 1.65 for the next, and no
program can tell which from the text.

Room: pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum
from fractions import Fraction

from recon.errors import UnreadableText, ensure

# ISO 4217 (2024): currencies whose minor unit is not a hundredth.
MINOR_DIGITS = (
    dict.fromkeys("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(), 0)
    | dict.fromkeys("BHD IQD JOD KWD LYD OMR TND".split(), 3)
    | dict.fromkeys("CLF UYW".split(), 4)
)

KNOWN_CURRENCIES = frozenset(
    (
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF"
        " CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD"
        " HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD"
        " MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN"
        " PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY"
        " TTD TWD TZS UAH UGX USD UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWG"
    ).split()
)


class Rounding(Enum):
    """How a fraction of a minor unit is rounded."""

    HALF_UP = "half-up"
    HALF_EVEN = "half-even"
    DOWN = "down"


def minor_digits(currency: str) -> int:
    """Return the digits after the decimal mark of an ISO 4217 currency; 2 unless the standard says otherwise."""
    return MINOR_DIGITS.get(currency, 2)


def is_known_currency(currency: str) -> bool:
    """Tell whether the code is a currency of ISO 4217, upper case."""
    return currency in KNOWN_CURRENCIES


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in minor units of one currency. Different currencies never add or compare."""

    minor: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        ensure(self.currency == other.currency, f"{self.currency} and {other.currency} do not add")
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return self + -other

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __str__(self) -> str:
        return f"{format_minor(self.minor, self.currency)} {self.currency}"

    def times(self, factor: Fraction | int, rounding: Rounding = Rounding.HALF_UP) -> "Money":
        """Return the product, rounded once to a whole minor unit.

        >>> Money(1005, "EUR").times(Fraction(1, 10))
        Money(minor=101, currency='EUR')
        """
        return Money(round_fraction(self.minor * Fraction(factor), rounding), self.currency)


def round_fraction(value: Fraction, rounding: Rounding = Rounding.HALF_UP) -> int:
    """Round to an integer; HALF_UP rounds a half away from zero, DOWN cuts towards zero.

    >>> [round_fraction(Fraction(n, 2)) for n in (-5, -1, 1, 5)]
    [-3, -1, 1, 3]
    >>> round_fraction(Fraction(5, 2), Rounding.HALF_EVEN)
    2
    """
    if rounding is Rounding.HALF_EVEN:
        return round(value)
    magnitude = abs(value)
    whole = magnitude.numerator // magnitude.denominator
    if rounding is Rounding.HALF_UP and magnitude - whole >= Fraction(1, 2):
        whole += 1
    return whole if value >= 0 else -whole


def split_minor(total_minor: int, weights: Sequence[int]) -> list[int]:
    """Share a total in proportion to the weights so that the shares sum to it exactly (largest remainder first).

    >>> split_minor(100, [1, 1, 1])
    [34, 33, 33]
    """
    ensure(weights and sum(weights) > 0 and min(weights) >= 0, "weights must be non-negative and not all zero")
    whole = sum(weights)
    shares = [total_minor * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda i: (-(total_minor * weights[i] % whole), i))
    for i in by_remainder[: total_minor - sum(shares)]:
        shares[i] += 1
    return shares


def format_minor(minor: int, currency: str) -> str:
    """Return plain decimal text with all minor digits and no grouping.

    >>> format_minor(-5, "EUR"), format_minor(1650, "JPY"), format_minor(1650, "KWD")
    ('-0.05', '1650', '1.650')
    """
    digits = minor_digits(currency)
    if digits == 0:
        return str(minor)
    whole, part = divmod(abs(minor), 10**digits)
    return f"{'-' if minor < 0 else ''}{whole}.{part:0{digits}d}"


@dataclass(frozen=True, slots=True)
class NumberStyle:
    """How one source writes numbers: the decimal mark and, where it groups thousands, the group mark.

    Groups must be whole: three digits each after the first. A number with a mark the style does not declare is refused.
    """

    decimal: str
    group: str = ""

    def __post_init__(self) -> None:
        ensure(self.decimal in (".", ","), "decimal mark is '.' or ','")
        ensure(self.group != self.decimal, "decimal and group mark differ")


POINT = NumberStyle(".")
POINT_GROUPED = NumberStyle(".", ",")
COMMA = NumberStyle(",")
COMMA_GROUPED = NumberStyle(",", ".")


def parse_money(text: str, style: NumberStyle, currency: str) -> Money:
    """Read a signed amount written in the style.

    Raises UnreadableText when the style does not allow the text, or when it has more digits than the currency has minor
    units (trailing zeros may be more: `12.3400` is 12.34).

    >>> parse_money("-1,650.5", POINT_GROUPED, "USD")
    Money(minor=-165050, currency='USD')
    """
    return Money(parse_minor(text, style, currency), currency)


def parse_minor(text: str, style: NumberStyle, currency: str) -> int:
    """Like `parse_money`, but returns the minor units only."""
    sign, whole, part = _parts(text, style)
    digits = minor_digits(currency)
    if len(part) > digits:
        if part[digits:].strip("0"):
            raise UnreadableText(f"{text!r} has more than {digits} decimals for {currency}")
        part = part[:digits]
    minor = int(whole + part.ljust(digits, "0"))
    if minor >= 2**63:
        raise UnreadableText(f"{text[:40]!r} is larger than any amount")
    return -minor if sign == "-" else minor


# ASCII digits only: `\d` would accept digits of other scripts, which no bank means.
_PLAIN = {mark: re.compile(rf"([+-]?)([0-9]+)(?:{re.escape(mark)}([0-9]*))?") for mark in ".,"}


def _parts(text: str, style: NumberStyle) -> tuple[str, str, str]:
    stripped = text.strip()
    if style.group and style.group in stripped:
        stripped = _ungrouped(stripped, style, text)
    match = _PLAIN[style.decimal].fullmatch(stripped)
    if match is None or len(stripped) > 40:
        raise UnreadableText(f"{text[:40]!r} is not a number with decimal mark {style.decimal!r}")
    return match[1], match[2], match[3] or ""


def _ungrouped(stripped: str, style: NumberStyle, text: str) -> str:
    whole, mark, part = stripped.partition(style.decimal)
    sign = whole[:1] if whole.startswith(("+", "-")) else ""
    first, *groups = whole.removeprefix(sign).split(style.group)
    if not 1 <= len(first) <= 3 or any(len(group) != 3 for group in groups) or style.group in part:
        raise UnreadableText(f"{text[:40]!r} is not grouped in threes by {style.group!r}")
    return sign + first + "".join(groups) + mark + part


def to_decimal(money: Money) -> Decimal:
    """Return the exact decimal value, for libraries at the edge that want one."""
    return Decimal(money.minor).scaleb(-minor_digits(money.currency))
