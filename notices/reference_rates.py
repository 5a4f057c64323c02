"""The reference rates that laws on late payment go by, by the half-year they hold for. One row per half-year.

A half-year without a row has no rate: an old one is never carried forward. New ones come out twice a year; a policy
adds them under `[[rates]]` until they are here.

Room: pure.
"""

from datetime import date
from fractions import Fraction

from notices.interest import Rates

_HALVES = ("01-01", "07-01")


def half_years(first_year: int, percents: str) -> Rates:
    """Return the rates of a text of percentages, two a year from 1 January of the first year on, oldest first.

    >>> half_years(2025, "3.15 2.15 2.15")[-1]
    (datetime.date(2026, 1, 1), Fraction(43, 20))
    """
    return tuple(
        (date.fromisoformat(f"{first_year + i // 2}-{_HALVES[i % 2]}"), Fraction(percent))
        for i, percent in enumerate(percents.split())
    )


REFERENCE_RATES: dict[str, Rates] = {
    # European Central Bank, main refinancing operations, as of 1 January and 1 July (Directive 2011/7/EU art. 2(7))
    "ECB": half_years(
        2013,
        "0.75 0.50  0.25 0.15  0.05 0.05  0.05 0.00  0.00 0.00  0.00 0.00  0.00 0.00  0.00 0.00  0.00 0.00  0.00 0.00"
        "  2.50 4.00  4.50 4.25  3.15 2.15  2.15",
    ),
    # Deutsche Bundesbank, Basiszinssatz (BGB section 247): moves with the ECB's rate, from below zero since 2013
    "DE base": half_years(
        2002,
        "2.57 2.47  1.97 1.22  1.14 1.13  1.21 1.17  1.37 1.95  2.70 3.19  3.32 3.19  1.62 0.12  0.12 0.12  0.12 0.37"
        "  0.12 0.12  -0.13 -0.38  -0.63 -0.73  -0.83 -0.83  -0.83 -0.88  -0.88 -0.88  -0.88 -0.88  -0.88 -0.88"
        "  -0.88 -0.88  -0.88 -0.88  -0.88 -0.88  1.62 3.12  3.62 3.37  2.27 1.27  1.27",
    ),
    # Bank of England, official dealing rate of the 31 December or 30 June before (SI 2002/1675 art. 4)
    "BoE": half_years(
        2011,
        "0.50 0.50  0.50 0.50  0.50 0.50  0.50 0.50  0.50 0.50  0.50 0.50  0.25 0.25  0.50 0.50  0.75 0.75  0.75 0.10"
        "  0.10 0.10  0.25 1.25  3.50 5.00  5.25 5.25  4.75 4.25  3.75",
    ),
    # Danmarks Nationalbank, official lending rate as of 1 January and 1 July (renteloven 5)
    "DK lending": half_years(
        2013,
        "0.20 0.20  0.20 0.20  0.20 0.05  0.05 0.05  0.05 0.05  0.05 0.05  0.05 0.05  0.05 0.05  0.05 -0.35"
        "  -0.45 -0.45  1.90 3.25  3.75 3.50  2.75 1.75",
    ),
    # The Netherlands, wettelijke rente for consumers: set by decree for a half-year (BW 6:120(1); Stb. 2014, 491;
    # BWBR0047640), by the ECB's rate of two months before and rounded, so it cannot be reckoned here
    "NL consumer": half_years(2013, "3 3  3 3  2 2  2 2  2 2  2 2  2 2  2 2  2 2  2 2  4 6  7 7"),
}
