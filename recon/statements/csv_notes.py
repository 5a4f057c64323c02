"""Rows of a delimited file that are no transactions: totals, balances, remarks below the table. Evidence for a
proposal.

Room: pure.
"""

import re
from collections.abc import Sequence

_STATES_BALANCE = re.compile(
    r"(?:opening|closing|beginning|ending|starting|previous) balance\b.*|balance (?:brought|carried) forward.*"
    r"|(?:anfangs|end|start|schluss)saldo\b.*|(?:alter|neuer) (?:saldo|kontostand)\b.*|kontostand\b.*"
    r"|(?:total|summe)s?:?"
    r"|saldo(?: inicial| final| anterior| do dia| iniziale| finale)?:?|solde (?:initial|final|précédent|au)\b.*"
    r"|likutis\b.*|apyvarta|turnover",
    re.IGNORECASE,
)
_LABEL = re.compile(r"[^\W\d_][^\d]{2,39}")
_MOST = 8  # patterns of one profile


def states_balance(fields: Sequence[str]) -> str:
    """Return the field by which a row says that it is a balance or a total; "" when none does.

    >>> states_balance(["2026-01-01", "Opening balance", "5.00"]), states_balance(["2026-01-01", "Saldo Rechnung 4711"])
    ('Opening balance', '')
    """
    return next((field.strip() for field in fields if _STATES_BALANCE.fullmatch(field.strip())), "")


def has_money(fields: Sequence[str], money: Sequence[int]) -> bool:
    """Tell whether a row has digits in one of the columns of amounts (places from 0); in any where none is known.

    >>> has_money(["Total", "", "5.00"], [2]), has_money(["Total 2026", ""], [1])
    (True, False)
    """
    cells = [fields[place] for place in money if place < len(fields)] if money else fields
    return any(character.isdigit() for cell in cells for character in cell)


def note_patterns(found: Sequence[Sequence[str]], money: Sequence[int]) -> list[str]:
    """Return patterns of rows that begin with words where every transaction begins with a day, and move nothing.

    Only such rows: anywhere else a name could be taken for a label, and a payment would be lost. A row with an amount
    is one only if it calls itself a total or balance: it may be a payment whose day is missing.

    >>> note_patterns([["14.03.2026", "a", "1,00"], ["Summe", "", "1,00"], ["Ende 3", "", ""], ["X", "", "2,00"]], [2])
    ['^\\\\W*Summe', '^\\\\W*Ende']
    """
    silent = [fields for fields in found if not has_money(fields, money) or states_balance(fields[:1])]
    labels = [match[0].strip() for fields in silent if (match := _LABEL.match(fields[0].strip()))]
    return [r"^\W*" + re.escape(label).replace(r"\ ", " ") for label in dict.fromkeys(labels)][:_MOST]
