"""What one bank line says, read once: numbers, amounts, names, identities and the signs of a cut or partial list.

Room: pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain

from matchers.check_digits import with_references
from matchers.text import PARTIAL_LIST, Token, compact, core_words, fold, name_words, read_amounts, read_tokens
from recon.frames import Deposits

_NAME_AFTER = re.compile(
    r"(?:\bB/O:?|ORIG CO NAME:|ABWA\+|RECD FROM|PAYMENT FROM|RECEIVED FROM|/ORD(?:P)?/|ORDER(?:ING)? PARTY:?"
    r"|ORDER(?:ING)? CUSTOMER:?|DEBTOR:?|AUFTRAGGEBER:?|PAYER:?|ORG=|\bFROM:?)\s*([^/|+:*=]{3,60})"
)
_PARTS = re.compile(r"\||(?=\bCK [0-9])")
_CHECK = re.compile(r"\b(?:CK|CHK|CHECK|CHEQUE|DEPOSIT)\.? ?#?([0-9]{3,10})\b")
_FILLERS = frozenset(
    "DEPOSIT CHECK CHEQUE CREDIT DEBIT TRANSFER PAYMENT LOCKBOX WIRE ACH EFT INTEREST INCOMING ONLINE BANK MISC UNKNOWN"
    " DIRECT REMOTE MOBILE BRANCH SEPA NOTPROVIDED NA NONE OTHER".split()
)
_LIST_ENDS_OPEN = re.compile(r"[0-9][,;/](?: ?[A-Z0-9]{0,4}(?:\s|$)|$)")
# Two members of a list, and the beginning of a third: `1930452609 1930453653 19 SHORT PD 278.08`.
_BEGINS_ANOTHER = re.compile(
    r"(?<![A-Z0-9])([A-Z0-9][A-Z0-9/-]*?)[A-Z0-9/-]{3,}([,;/+|] ?| )\1[A-Z0-9/-]{3,}\2\1(?=\s|$)"
)
MOST_NAMES = 6  # texts of one line
_PROSE = re.compile(r"[A-Z][A-Z&'.,-]+(?: [A-Z&'.,-]+)*")


@dataclass(frozen=True, slots=True)
class Clue:
    """One credit or one cheque of a lockbox. Amounts in minor units; `keys` are what memory knows payers by."""

    position: int
    amount: int
    day: int
    payer: str
    text: str
    tokens: tuple[Token, ...]
    said: tuple[int, ...]
    keys: tuple[str, ...]
    check_number: str
    is_partial_list: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PastLine:
    """A past line as memory needs it."""

    position: int
    amount: int
    payer: str
    keys: tuple[str, ...]
    check_number: str


BLOCK = 10_000  # lines in memory as single values
_LONG_NUMBER = re.compile(r"(?<![A-Z0-9.-])[A-Z]{0,6}[0-9]{7,}[A-Z]{0,3}(?![A-Z0-9])")
Row = tuple[int, int, str, str, str, str, str, str, str]


def read_clues(deposits: Deposits) -> list[Clue]:
    """Return one clue per deposit, in order."""
    return [_clue(position, *row) for position, row in enumerate(_rows(deposits))]


def read_history(
    past: Deposits, taken_back: set[int], repeated: set[tuple[str, int]]
) -> tuple[Iterator[PastLine], dict[int, Clue]]:
    """Return what memory needs of past lines, one by one, and full clues of the few that this batch may speak of.

    Those have an amount that is `taken_back`, or name and amount of a payment that may be `repeated` (`payment_of`).
    The clues are complete once the lines have been read.
    """
    clues: dict[int, Clue] = {}
    return _past_lines(past, taken_back, repeated, clues), clues


def _past_lines(
    past: Deposits, taken_back: set[int], repeated: set[tuple[str, int]], clues: dict[int, Clue]
) -> Iterator[PastLine]:
    for position, row in enumerate(_rows(past)):
        amount, _, payer, account, remittance, reference, end_to_end, check, _ = row
        text = fold(" ".join(part for part in (remittance, reference, end_to_end) if part))
        who = _name_of(payer)
        name = _joined(who)
        if not check:
            check = _check_in(text)
        keys = ["P" + name] if len(who) > 1 else []
        if account:
            keys.append("A" + compact(fold(account)))
        keys.extend("T" + each for each in _LONG_NUMBER.findall(text))
        yield PastLine(position, amount, who, tuple(keys), check)
        if amount > 0 and (amount in taken_back or (name, amount) in repeated):
            clues[position] = _clue(position, *row)


def payment_of(clue: Clue) -> tuple[str, int]:
    """Return name and amount: what a payment made twice has in common with the first one."""
    return _joined(clue.payer), clue.amount


def _joined(name: str) -> str:
    return "".join(name_words(name))


def _check_in(text: str) -> str:
    found = _CHECK.search(text) if "C" in text or "DEPOSIT" in text else None
    return found.group(1) if found else ""


def _rows(deposits: Deposits) -> Iterator[Row]:
    blocks = (deposits.take(slice(first, first + BLOCK)) for first in range(0, len(deposits), BLOCK))
    return chain.from_iterable(map(_rows_of, blocks))


def _rows_of(deposits: Deposits) -> Iterator[Row]:
    return zip(
        deposits.amount_minor.tolist(),
        deposits.booked_day.tolist(),
        deposits.payer.tolist(),
        deposits.payer_account.tolist(),
        deposits.remittance.tolist(),
        deposits.reference.tolist(),
        deposits.end_to_end_id.tolist(),
        deposits.check_number.tolist(),
        deposits.kind.tolist(),
        strict=True,
    )


def _clue(
    position: int,
    amount: int,
    day: int,
    payer: str,
    account: str,
    remittance: str,
    reference: str,
    end_to_end: str,
    check: str,
    kind: str,
) -> Clue:
    text = fold(" ".join(part for part in (remittance, reference, end_to_end) if part))
    who = _name_of(payer)
    tokens = with_references(text, read_tokens(text))
    keys = []
    if len(who) > 1:
        keys.append("P" + "".join(name_words(who)))
    if account:
        keys.append("A" + compact(fold(account)))
    keys.extend("T" + token.compact for token in tokens if len(token.compact) >= 7)
    if not check:
        check = _check_in(text)
    return Clue(
        position,
        amount,
        day,
        who,
        text,
        tokens,
        read_amounts(text),
        tuple(dict.fromkeys(keys)),
        check,
        PARTIAL_LIST.search(text) is not None,
        kind,
    )


@lru_cache(maxsize=50_000)
def _name_of(payer: str) -> str:
    """Return the folded payer text, or nothing when a bank only filled the field with a word of its own."""
    who = fold(payer).strip()
    return "" if all(word in _FILLERS for word in name_words(who)) else who


def names_in(clue: Clue) -> Iterator[str]:
    """Yield texts of the line that may be the payer's name: the payer field, what follows a label, other prose; six at
    most. The text is searched only for who wants more than the field.
    """
    seen: set[str] = set()
    for name in _every_name(clue):
        if name not in seen and len(seen) < MOST_NAMES:
            seen.add(name)
            yield name


def _every_name(clue: Clue) -> Iterator[str]:
    if clue.payer:
        yield clue.payer
    for found in _NAME_AFTER.finditer(clue.text):
        yield found.group(1).strip()
    if not clue.payer or len(core_words(clue.payer)) == 1:
        yield from (found.group(0) for found in _PROSE.finditer(clue.text) if len(found.group(0)) >= 6)


def cheques_of(clue: Clue) -> list[Clue]:
    """Return the cheques a lockbox line itemises, when their amounts add up to the line; else nothing."""
    if len(clue.said) < 2 or sum(clue.said) != clue.amount:
        return []
    parts = [part.strip() for part in _PARTS.split(clue.text)]
    found = []
    for part in parts:
        said = read_amounts(part)
        if len(said) == 1:
            check = _CHECK.search(part)
            words = part[check.end() :] if check else part
            name = _PROSE.match(words.strip())
            found.append(_part(clue, part, said[0], name.group(0) if name else "", check.group(1) if check else ""))
    return found if sum(each.amount for each in found) == clue.amount and len(found) > 1 else []


def _part(clue: Clue, text: str, amount: int, payer: str, check: str) -> Clue:
    tokens = tuple(token for token in read_tokens(text) if token.compact != check)
    keys = ("P" + "".join(name_words(payer)),) if payer else ()
    return Clue(clue.position, amount, clue.day, payer, text, tokens, (amount,), keys, check, False)


def is_list_cut(tokens: Sequence[Token], text: str) -> bool:
    """Tell whether the text ends inside a list: nothing but a number or its start stands at the end."""
    if not tokens:
        return False
    if _LIST_ENDS_OPEN.search(text) or (len(tokens) > 1 and _BEGINS_ANOTHER.search(text)):
        return True
    return tokens[-1].end >= len(text.rstrip("\\ ,;")) - 2 and len(tokens) > 2


# Wording of money that is not a customer's. A sign, not a proof: it only speaks for the hypothesis "nobody's".
_NOT_CUSTOMERS = re.compile(
    r"\bINT(?:EREST)? (?:CREDIT|EARNED|PAID|PAYMENT)\b|\bZBA\b|\bSWEEP\b|\bONLINE TRANSFER\b|\bBOOK TRANSFER\b"
    r"|\bTAX REF"
    r"|\bREFUND\b|ACCTREFUND|\bLOAN (?:ADVANCE|PROCEEDS)\b|\bREVOLVER\b|\bLOC [0-9]|\bPAYROLL\b|\bCLAIM PMT\b"
    r"|\bASSET SALE\b"
    r"|\bMERCHANT BANKCD\b|\bCASH DEPOSIT\b|\bDES:(?:RENT|DEPOSIT)\b|\bTREAS(?:URY)? 310\b|\bDIVIDEND\b"
    r"|\bZINSEN\b|\bUMBUCHUNG\b"
)
# One of these stands in every such text; looking for them is ten times faster than the expression.
_NOT_CUSTOMERS_PARTS = tuple(
    "INT CREDIT,INT EARNED,INT PAID,INT PAYMENT,INTEREST,ZBA,SWEEP,TRANSFER,TAX REF,REFUND,LOAN ,REVOLVER,LOC ,PAYROLL"
    ",CLAIM PMT,ASSET SALE,MERCHANT BANKCD,CASH DEPOSIT,DES:,TREAS,DIVIDEND,ZINSEN,UMBUCHUNG".split(",")
)
_NOT_CUSTOMERS_KINDS = frozenset({"INT", "XFER", "DIV"})


def speaks_of_nobody(clue: Clue) -> bool:
    """Tell whether the bank's type or wording is that of interest, transfers, refunds, loans or sales."""
    if clue.kind in _NOT_CUSTOMERS_KINDS:
        return True
    text = clue.text
    return any(each in text for each in _NOT_CUSTOMERS_PARTS) and _NOT_CUSTOMERS.search(text) is not None


def has_name(clue: Clue) -> bool:
    """Tell whether the line carries a payer's name at all."""
    return len(clue.payer) > 2 or _NAME_AFTER.search(clue.text) is not None
