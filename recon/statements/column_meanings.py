"""Which column means what: what its heading says, where its cells agree.

Room: pure.
"""

import re
from collections.abc import Callable, Iterator, Sequence

from recon.statements.column_evidence import Column
from recon.statements.headings import is_of_a_bank, is_one_of_several_amounts, meaning_of, meanings_of
from recon.statements.profile import LISTED

_DEBITS = frozenset("d s dr dbit debit af debet soll kiadás - withdrawal expense paid out ausgang uit".split())
_CREDITS = frozenset("c h k cr crdt credit bij kredit haben + deposit income received in eingang in".split())
_PAID_TO = "empfänger|empfaenger|begünst|beguenst|beneficiar|payee|creditor|mottagare|ontvanger|destinatari"
_PAID_BY = "pflichtig|auftraggeber|zahler|payer|debtor|remitter|ordering|avsändare|ordenante"
_KINDS: dict[str, Callable[[Column], bool]] = {
    **dict.fromkeys(("booked_on", "valued_on"), lambda column: column.is_days),
    **dict.fromkeys(("amount", "balance", "debit", "credit"), lambda column: column.is_amounts),
    "currency": lambda column: column.is_currencies,
    "sign": lambda column: all(is_debit(cell) or is_credit(cell) for cell in set(column.cells)),
    "account": lambda column: column.is_own_account,
    "payer_account": lambda column: not column.is_one_for_all,
}

Meanings = dict[str, list[Column]]


def is_debit(word: str) -> bool:
    """Tell whether a word of a sign column says money out."""
    return word.casefold() in _DEBITS


def is_credit(word: str) -> bool:
    """Tell whether a word of a sign column says money in.

    >>> is_credit("Bij"), is_credit("Af"), is_debit("DR")
    (True, False, True)
    """
    return word.casefold() in _CREDITS


def column_meanings(columns: Sequence[Column]) -> Meanings:
    """Assign columns to meanings. A column that nothing speaks for has none."""
    found: Meanings = {}
    for column in columns:
        meaning = _meaning(column, found)
        if meaning == "account" and meaning in found and _is_better_account(column, found[meaning][0]):
            found[meaning] = []
        if meaning and (meaning in LISTED or not found.get(meaning)):
            found.setdefault(meaning, []).append(column)
    _settle_sides(found)
    _settle_sign(found)
    _settle_parties(found)
    _settle_unnamed(columns, found)
    _find_text(columns, found)
    return found


def _meaning(column: Column, found: Meanings) -> str:
    told = meanings_of(column.heading)
    if not column.cells:
        return told[0] if told and told[0] in ("debit", "credit") else ""
    if "sign" not in found and _says_both_signs(column) and (told or ["sign"])[0] in ("sign", "kind"):
        return "sign"
    said = next((meaning for meaning in told if meaning not in _KINDS or _KINDS[meaning](column)), "")
    return said or ("kind" if "sign" in told else _by_cells(column, found))


def _is_better_account(column: Column, known: Column) -> bool:
    """A number tells an account better than its name."""
    return (
        "name" in known.heading.casefold() and re.search(r"number|\bno\b|iban", column.heading.casefold()) is not None
    )


def _by_cells(column: Column, found: Meanings) -> str:
    if column.is_days:
        return "valued_on" if "booked_on" in found else "booked_on"
    if column.is_currencies:
        return "currency"
    if column.is_states and "state" not in found:
        return "state"
    if column.is_ibans:
        is_own = "account" not in found and len(set(column.cells)) == 1 and column.filled == 1
        return "account" if is_own else "payer_account"
    return "remittance" if not column.heading and column.filled > 0.5 and not column.numeric else ""


def _settle_sides(found: Meanings) -> None:
    """One column with signs of its own is the amount, whatever it is called; beside an amount, sides are not needed."""
    alone = {"debit", "credit"} & found.keys()
    if "amount" not in found and len(alone) == 1 and any("-" in cell for cell in found[min(alone)][0].cells):
        found["amount"] = found.pop(alone.pop())
    if "amount" in found:
        for side in ("debit", "credit"):
            found.pop(side, None)


def _says_both_signs(column: Column) -> bool:
    words = set(column.cells)
    return column.filled == 1 and _KINDS["sign"](column) and any(map(is_debit, words)) and any(map(is_credit, words))


def _settle_sign(found: Meanings) -> None:
    """Amounts with a minus of their own need no sign column: both together would turn money out into money in."""
    if "sign" in found and any(column.has_minus for column in found.get("amount", ())):
        found.setdefault("kind", found["sign"])
        del found["sign"]


def _settle_parties(found: Meanings) -> None:
    """Of two names, who pays is the counterparty of money in, who is paid that of money out."""
    paid_by = [column for column in found.get("payer", ()) if re.search(_PAID_BY, column.heading.casefold())]
    paid_to = [column for column in found.get("payer", ()) if re.search(_PAID_TO, column.heading.casefold())]
    if len(paid_by) == 1 == len(paid_to) and paid_by != paid_to and len(found["payer"]) == 2:
        found["payer"], found["payee"] = paid_by, paid_to


def _settle_unnamed(columns: Sequence[Column], found: Meanings) -> None:
    """Where no heading says which is the amount, it is the one column with decimals."""
    if any(column.heading for column in columns):
        return
    likely = _with_decimals(columns) or [column for column in columns if column.is_amounts]
    if likely:
        found["amount"] = likely[:1]


def _with_decimals(columns: Sequence[Column]) -> list[Column]:
    return [
        column
        for column in columns
        if column.is_amounts and any(re.search("[0-9][.,][0-9]{2}$", cell) for cell in column.cells)
    ]


def _find_text(columns: Sequence[Column], found: Meanings) -> None:
    """Where no heading says remittance, the longest text is it."""
    used = {column.place for held in found.values() for column in held}
    free = [
        column
        for column in columns
        if column.place not in used and column.cells and not column.numeric and not is_of_a_bank(column.heading)
    ]
    if "remittance" not in found and free:
        found["remittance"] = [max(free, key=lambda column: sum(map(len, column.cells)))]


def amounts_in_doubt(columns: Sequence[Column], found: Meanings) -> list[Column]:
    """Return the columns that may each be the amount: those of a file without header, or net and gross ones."""
    if "debit" in found:
        return []
    amounts = [column for column in columns if column.is_amounts]
    if not any(column.heading for column in columns):
        likely = _with_decimals(columns) or amounts
        return likely if len(likely) > 1 else []
    named = [column for column in amounts if is_one_of_several_amounts(column.heading)]
    return named + found.get("amount", []) if named and found.get("amount", named[:1]) != named else []


def open_meanings(columns: Sequence[Column], found: Meanings) -> Iterator[tuple[str, str]]:
    """Yield what cannot be told from the file, and how to answer it."""
    if "booked_on" not in found:
        yield "no column holds a day in every row", "Set columns.booked_on and days.booked_on"
    if doubtful := amounts_in_doubt(columns, found):
        named = ", ".join(repr(column.heading or column.place) for column in doubtful)
        yield (
            f"{named} may each be the amount",
            "Set columns.amount to one of them, or columns.debit and columns.credit",
        )
    elif not {"amount", "debit"} & found.keys():
        yield "no column is surely the amount", "Set columns.amount, or columns.debit and columns.credit"
    elif "amount" not in found and "credit" not in found:
        yield "there is a debit column but no credit column", "Set columns.credit"
    if days := booking_days(columns):
        named = ", ".join(map(repr, days))
        yield f"{named} may each be the booking day", "Set columns.booked_on to one of them"


def booking_days(columns: Sequence[Column]) -> list[str]:
    """Return the headings that say booking day when there are several of them with days below."""
    days = [column.heading for column in columns if column.is_days and meaning_of(column.heading) == "booked_on"]
    return days if len(days) > 1 else []
