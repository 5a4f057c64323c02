"""Decimal text of the vectors to minor units and back."""

from fractions import Fraction

from recon.money import POINT, Rounding, format_minor, parse_minor, round_fraction


def minor(text: str, currency: str = "EUR") -> int:
    """Return minor units of decimal text."""
    return parse_minor(str(text), POINT, currency)


def text(minor_units: int | Fraction, currency: str = "EUR") -> str:
    """Return decimal text of minor units, rounded half up."""
    return format_minor(round_fraction(Fraction(minor_units), Rounding.HALF_UP), currency)


def two(value: Fraction | None) -> str | None:
    """Return a ratio with two decimals, None for none."""
    return None if value is None else format_minor(round_fraction(value * 100), "EUR")
