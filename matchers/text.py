"""Bank text to comparable pieces: words, number tokens, amounts and name keys.

Banks cut, wrap, fold and mistype what payers write, so nothing here decides: it only says what could be read.

>>> [token.digits for token in read_tokens("RMR*IV*INV-1930451205**114.50 PO-3I827")]
['1930451205', '31827']
>>> read_amounts("SHORT PD 9,177.99")
(917799,)

Room: pure.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

LOOK_ALIKES = str.maketrans("OQDILSBZG", "000115826")
_FOLD = str.maketrans("ÀÁÂÃÅÇÈÉÊËÌÍÎÏÑÒÓÔÕÙÚÛÝ", "AAAAACEEEEIIIINOOOOUUUY")
LONGEST_TEXT = 2_000  # a memo of 100 kB is an attack or a mistake; what identifies a payment stands at its start

_MONEY = re.compile(r"(?<![0-9A-Z.,/#-])([0-9]{1,3}(?:[,.'][0-9]{3})+|[0-9]{1,9})([.,])([0-9]{2})(?![0-9.,A-Z-])")
_PIECE = re.compile(r"[A-Z0-9][A-Z0-9.-]*")
_HAS_DIGIT = re.compile(r"[0-9]")
_NUMBER = re.compile(r"[A-Z.-]*?([0-9OQDILSBZG][0-9OQDILSBZG.-]*)$")
_HEAD = re.compile(r"^(?:[A-Z]{2,}[.-]+)+(?=[A-Z]*[0-9])")  # SI-, FA.RE-: words, not mistyped digits
_LEDGER_HEAD = re.compile(r"^[A-Z.-]+(?=[0-9])")
_SEPARATORS = re.compile(r"[^A-Z0-9.]+")
_LETTERS = re.compile(r"[A-Z]+")
_CLEAN = re.compile(r"[^0-9A-Z]+")

# Words after which a bank or a payer writes a number of its own, not one of ours.
OWN_NUMBER_LABELS = frozenset(
    "TRACE TRN IMAD OMAD ORIG EED DATE VIA AC ACCT CK CHECK CHK CHEQUE DOC VCHR VOUCHER CONF TRANSACTION LOCKBOX DEP"
    " DEPOSIT BATCH KREF MREF CRED DEBT BIC IBAN ID STORE TRSF SEQ UETR PMT REF SSP".split()
)
OUR_NUMBER_LABELS = frozenset(
    "INV INVS INVOICE INVOICES INVNO RE RG RECHNUNG RECHN FACT FACTURE FACTURA FACTUUR FATTURA BILL BELEG PO P.O P.O."
    " ORDER BESTELLUNG IV RMR OI NR NO RNR RF".split()
)
PARTIAL_LIST = re.compile(
    r"\bET AL\b|\bAND OTHERS?\b|\+ ?OTH?|\bU\.? ?A\.?\b|\bETC\b|\.\.\.|\bAND MORE\b|\bVARIOUS\b|\bMULTIPLE\b|\bUSW\b"
)


@dataclass(frozen=True, slots=True)
class Token:
    """A number as it stands in the text, and how it stands there."""

    digits: str
    compact: str  # letters and digits, as written
    is_labelled_ours: bool
    is_labelled_own: bool
    start: int
    end: int


def fold(text: str) -> str:
    """Return upper case without the accents banks drop, in one line of bounded length.

    >>> fold("Société Générale")
    'SOCIETE GENERALE'
    """
    upper = text[:LONGEST_TEXT].upper()
    if upper.isascii():
        return text if upper == text else upper  # one text in memory where the bank writes capitals
    upper = upper.replace("Ä", "AE").replace("Ö", "OE").replace("Ü", "UE").replace("ẞ", "SS").replace("Ø", "OE")
    return upper.translate(_FOLD)


def compact(text: str) -> str:
    """Return only the letters and digits of folded text.

    >>> compact("RE-2026/ 02494")
    'RE202602494'
    """
    return text if text.isalnum() else "".join(character for character in text if character.isalnum())


def digits_of(number: str) -> str:
    """Return the digits of a document number, or nothing when letters stand between them.

    >>> digits_of("RE-2026-02494"), digits_of("PO-3I827"), digits_of("A1B2C3")
    ('202602494', '31827', '')
    """
    found = _NUMBER.match(_HEAD.sub("", number, 1))
    if found is None:
        return ""
    body = found.group(1)
    if not _HAS_DIGIT.search(body):
        return ""
    return _CLEAN.sub("", body).translate(LOOK_ALIKES)


def ledger_digits(number: str) -> str:
    """Return the digits of a folded number of the ledger, whatever separates its parts; letters before them are real.

    In bank text `SI` before a number may be a mistyped 51; a ledger makes no such slips.

    >>> [ledger_digits(number) for number in ("SI/201601", "FA/2026/0815", "INV #104_711", "A1B2C3")]
    ['201601', '20260815', '104711', '']
    """
    return digits_of(_LEDGER_HEAD.sub("", _SEPARATORS.sub("-", number), 1))


def _minor(found: re.Match[str]) -> int:
    return int(_CLEAN.sub("", found.group(1))) * 100 + int(found.group(3))


def read_amounts(text: str) -> tuple[int, ...]:
    """Return what stands in the text like an amount with two decimals, in hundredths, in order."""
    return tuple(_minor(found) for found in _MONEY.finditer(text))


def without_amounts(text: str) -> str:
    """Return the text with amounts blanked, so that they are not read as numbers of invoices."""
    return _MONEY.sub(
        lambda found: "\x00" * (found.end() - found.start()) if found.group(2) == "." else found.group(0), text
    )


def read_tokens(text: str) -> tuple[Token, ...]:
    """Return the number tokens of folded text in order; pieces of fewer than two digits are kept for joining only."""
    tokens: list[Token] = []
    label = ""
    for found in _PIECE.finditer(without_amounts(text)):
        piece = found.group(0)
        if piece.isalpha():
            label = piece
            continue
        piece = piece.strip(".-")
        if piece.isdigit() and piece.isascii():
            ours, own, digits, letters = label in OUR_NUMBER_LABELS, label in OWN_NUMBER_LABELS, piece, piece
        elif not _HAS_DIGIT.search(piece):
            label = piece
            continue
        else:
            digits, letters = digits_of(piece), _CLEAN.sub("", piece)
            prefix = _LETTERS.match(piece)
            ours, own = label in OUR_NUMBER_LABELS, label in OWN_NUMBER_LABELS
            if prefix is not None and prefix.group(0) in OUR_NUMBER_LABELS:
                ours, own = True, False
        tokens.append(Token(digits, letters, ours, own, found.start(), found.end()))
        if own:
            label = ""
    return tuple(tokens)


LEGAL_FORMS = frozenset(
    "INC INCORPORATED CORP CORPORATION CO COMPANY LTD LIMITED LLC LLP LP PLC SA SAB SE NV BV AG GMBH KG KGAA OHG UG EV"
    " AB AS ASA OY OYJ SPA SRL SARL SAS PTY KK DE CV THE AND".split()
)
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=20_000)
def name_words(name: str) -> tuple[str, ...]:
    """Return the words of a name, punctuation joined: `W. P. Carey` and `U.S.` become initials in a row.

    >>> name_words("Trade Desk, Inc.")
    ('TRADE', 'DESK', 'INC')
    """
    return tuple(_WORD.findall(fold(name).replace("'", "").replace("&", " ")))


@lru_cache(maxsize=20_000)
def core_words(name: str) -> tuple[str, ...]:
    """Return the words that tell one company from the next: without the legal form.

    >>> core_words("The Trade Desk, Inc.")
    ('TRADE', 'DESK')
    """
    words = name_words(name)
    core = tuple(word for word in words if word not in LEGAL_FORMS)
    return core or words


def skeleton(words: tuple[str, ...]) -> str:
    """Return the consonants, as clerks shorten names: PURETECH HEALTH -> PRTCHHLTH.

    >>> skeleton(("PURETECH", "HEALTH"))
    'PRTCHHLTH'
    """
    return "".join(word[0] + re.sub("[AEIOU]", "", word[1:]) for word in words)
