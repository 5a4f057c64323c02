"""Currencies of statements: those of ISO 4217, and those that old statements still show.

Room: pure.
"""

from recon.money import is_known_currency

# Withdrawn from ISO 4217 since 1999; statements in them are archives, but readable ones.
_WITHDRAWN = frozenset(
    (
        *("ATS", "BEF", "CYP", "DEM", "EEK", "ESP", "FIM", "FRF", "GRD", "HRK", "IEP", "ITL", "LTL", "LUF", "LVL"),
        *("MTL", "NLG", "PTE", "SIT", "SKK", "ANG", "BYR", "CUC", "GHC", "MRO", "ROL", "SLL", "STD", "TRL", "VEF"),
    )
)


def is_statement_currency(code: str) -> bool:
    """Tell whether a statement may be in this currency.

    >>> is_statement_currency("DEM"), is_statement_currency("EUR"), is_statement_currency("XYZ")
    (True, True, False)
    """
    return is_known_currency(code) or code in _WITHDRAWN
