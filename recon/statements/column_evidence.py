"""What the cells of a column say about it: days in which formats, amounts in which styles, currencies, accounts.

Room: pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from stdnum import iban

from recon.errors import UnreadableText
from recon.money import is_known_currency
from recon.statements.day_formats import day_format, read_day

DAY_FORMATS = tuple(
    text + tail
    for text in (
        *("YYYY-MM-DD", "YYYY/MM/DD", "YYYY.MM.DD.", "YYYY.MM.DD", "YYYYMMDD", "DD.MM.YYYY", "DD.MM.YY", "DD-MM-YYYY"),
        *("MM-DD-YYYY", "DD/MM/YYYY", "MM/DD/YYYY", "D/M/YYYY", "M/D/YYYY", "DD/MM/YY", "MM/DD/YY", "D/M/YY", "M/D/YY"),
        *("D.M.YYYY", "D.M.YY", "D-M-YYYY", "M-D-YYYY", "YYYY-M-D", "YYYY/M/D", "DDMMYYYY"),
        *(
            "DD MMM YYYY",
            "DD MMM YY",
            "DD-MMM-YYYY",
            "DD-MMM-YY",
            "DD/MMM/YYYY",
            "D MMM YYYY",
            "D MMM YY",
            "D-MMM-YYYY",
        ),
        *("MMM DD YYYY", "MMM DD, YYYY", "MMM D, YYYY", "MMM D YYYY"),
    )
    for tail in ("", " *", "T*")
)
_SIGN, _SYMBOL = r"[+\u2212-]?\s*", r"(?:[^\W\d_]{1,3}|[$€£¥])?\s*"
_NUMBER = re.compile(rf"\(?{_SIGN}{_SYMBOL}{_SIGN}[0-9][0-9.,'\u2019 \u00a0]*\s*(?:[$€£]|[A-Z]{{3}})?\s*-?\)?")
_WORDS = "Booked Posted Completed Cleared Settled Executed Success Successful Paid Sent Done Gebucht gebucht Udført"
BOOKED = frozenset((*_WORDS.split(), *_WORDS.upper().split(), "Umsatz gebucht"))
_LOOKED_AT = 100  # different cells of a column
_ENOUGH = 0.9  # share of cells that must fit: the others are footers, or rows that will be quarantined


@dataclass(frozen=True, slots=True)
class Column:
    """The evidence of one column. `place` counts from 1; `cells` are its values that are not empty."""

    place: int
    heading: str
    cells: tuple[str, ...]
    filled: float  # share of rows with a value
    day_formats: tuple[str, ...]  # every format that reads nearly every cell
    numeric: float  # share of cells that look like an amount

    @property
    def is_days(self) -> bool:
        """Whether nearly every cell is a day in some format."""
        return bool(self.day_formats)

    @property
    def is_amounts(self) -> bool:
        """Whether nearly every cell is an amount and none is a day."""
        return self.numeric >= _ENOUGH and not self.is_days

    @property
    def is_currencies(self) -> bool:
        """Whether nearly every row has an ISO 4217 code, and none has another word."""
        return self.filled >= _ENOUGH and all(is_known_currency(cell.upper()) for cell in self.cells)

    @property
    def is_ibans(self) -> bool:
        """Whether every cell is a valid IBAN."""
        return bool(self.cells) and all(iban.is_valid(cell, check_country=False) for cell in self.cells)

    @property
    def is_own_account(self) -> bool:
        """Whether the cells may be the user's own account: one in all rows, or few that come again and again."""
        different, is_iban = len(set(self.cells)), self.heading.casefold().startswith("iban")
        if not is_iban and not all(
            re.fullmatch("[A-Z]{2}[0-9]{2}[A-Z0-9]{8,30}", cell.replace(" ", "")) for cell in self.cells
        ):
            return True  # names and numbers: the heading alone says whose they are
        return self.filled >= _ENOUGH and (different < 2 or 3 * different <= len(self.cells))

    @property
    def is_states(self) -> bool:
        """Whether every cell says whether its row is booked."""
        return bool(self.cells) and all(word in BOOKED or is_pending(word) or is_void(word) for word in set(self.cells))

    @property
    def is_one_for_all(self) -> bool:
        """Whether the same stands in each of several rows."""
        return len(self.cells) > 2 and self.filled == 1 and len(set(self.cells)) == 1

    @property
    def has_minus(self) -> bool:
        """Whether a cell has a sign of its own that says money out."""
        return any(re.search(r"[-\u2212(]", cell) for cell in self.cells)


def is_pending(word: str) -> bool:
    """Tell whether a word of a state column says that the row is still to be booked."""
    return re.search("(?i)pend|hold|authori[sz]|vorgemerkt", word) is not None


def is_void(word: str) -> bool:
    """Tell whether a word of a state column says that nothing was moved.

    >>> [is_void(word) for word in ("REVERTED", "Declined", "COMPLETED")]
    [True, True, False]
    """
    return re.search("(?i)^(?:revert|declin|fail|cancel|reject|void|expired)", word) is not None


def column_evidence(place: int, heading: str, values: Sequence[str]) -> Column:
    """Return what a column's values say."""
    cells = tuple(value.strip() for value in values if value.strip())
    numeric = sum(_NUMBER.fullmatch(cell) is not None for cell in cells) / len(cells) if cells else 0.0
    return Column(place, heading, cells, len(cells) / max(len(values), 1), _fitting(cells), numeric)


def _fitting(cells: Sequence[str]) -> tuple[str, ...]:
    sample = [cell for cell in dict.fromkeys(cells) if len(cell) <= 60][:_LOOKED_AT]
    if not sample or sum(any(map(str.isdigit, cell)) for cell in sample) < _ENOUGH * len(sample):
        return ()
    fitting = [text for text in DAY_FORMATS if _reads_enough(sample, text)]
    return tuple(text for text in fitting if not _is_looser(text, fitting))


def _reads_enough(cells: Sequence[str], text: str) -> bool:
    most = round((1 - _ENOUGH) * len(cells), 6)  # may be unread; most formats have had their share after a few cells
    unread = (cell for cell in cells if not _reads(cell, text))
    return next(islice(unread, int(most), None), None) is None


def _reads(cell: str, text: str) -> bool:
    try:
        read_day(cell, (day_format(text),))
    except UnreadableText:
        return False
    return True


def _is_looser(text: str, fitting: Sequence[str]) -> bool:
    """`D/M/YY` says no more than `DD/MM/YY` where both fit."""
    stricter = re.sub(r"\b([DM])\b", r"\1\1", text)
    return stricter != text and stricter in fitting


def decimal_marks(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the decimal marks that the amounts allow: one when the cells prove it, two when `1,650` is all there is.

    >>> decimal_marks(["1.234,56", "5,00"]), decimal_marks(["1,650"]), decimal_marks(["7", "12"])
    ((',',), ('.', ','), ('.', ','))
    """
    proofs = {mark for cell in cells if (mark := _proof(re.sub(r"[^0-9.,]", "", cell).strip(",.")))}
    return tuple(proofs) if len(proofs) == 1 else (".", ",")


def _proof(bare: str) -> str:
    """Return the decimal mark a number proves: the last of two marks, or one before other than three digits."""
    if match := re.fullmatch(r"[0-9.,]*([.,])([0-9]*)", bare):
        mark, tail = match[1], match[2]
        other = "." if mark == "," else ","
        if other in bare and bare.count(mark) == 1:
            return mark
        if bare.count(mark) == 1 and tail and len(tail) != 3:
            return mark
        if bare.count(mark) > 1 and re.fullmatch(r"[0-9]{1,3}(?:[.,][0-9]{3})+", bare):
            return other
    return ""


def group_mark(cells: Sequence[str], decimal: str) -> str:
    """Return the group mark in use beside the decimal mark; "" when none is."""
    found = [re.match(r"[^0-9]*([0-9.,'\u2019 \u00a0]*)", cell) for cell in cells]
    used = "".join(match[1].strip() for match in found if match)
    return next((mark for mark in ",.'\u2019 \u00a0" if mark != decimal and mark in used), "")


def symbols_in(cells: Sequence[str]) -> tuple[str, ...]:
    """Return the currency symbols or codes that stand in the cells."""
    numbers = [cell for cell in cells if _NUMBER.fullmatch(cell)]
    found = [match for cell in numbers for match in re.findall(r"[$€£¥]|[^\W\d_]{1,3}", cell)]
    return tuple(dict.fromkeys(found))


def negatives_in(cells: Sequence[str]) -> tuple[str, ...]:
    """Return how minus is written, beyond a leading hyphen."""
    kinds = {"trailing minus": r".*[0-9]\s*-", "parentheses": r"\(.*\)", "unicode minus": "\u2212.*"}
    found = [kind for kind, shape in kinds.items() if any(re.fullmatch(shape, cell) for cell in cells)]
    return ("minus", *found)
