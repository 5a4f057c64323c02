"""Money that went back: a debit with the wording of a return, linked to the payment it takes back.

The link needs the amount to the cent and, where several payments had it, a word or number both lines share.

Room: pure.
"""

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from matchers.clues import Clue
from matchers.text import name_words

_RETURN = re.compile(
    r"\bRETURN(?:ED)?\b|\bRTN\b|\bREVERS(?:AL|ED)\b|\bR[0-8][0-9]\b|\bNSF\b|\bCHARGE ?BACK\b|\bBOUNCED\b|\bUNPAID\b"
    r"|\bRUECKLAST|\bRUECKGABE|\bREJECT(?:ED)?\b|\bDISHONOU?RED\b|\bSTORNO\b|\bINSUFFICIENT FUNDS\b|\bDEPOSITED ITEM\b"
)
LONGEST_DAYS = 75
_COMMON = frozenset(
    "RETURN RETURNED INSUFFICIENT FUNDS PAYMENT STOPPED ACCOUNT CLOSED ACH TRACE CREDIT DEBIT INC CORP".split()
)


@dataclass(frozen=True, slots=True)
class Link:
    """A debit and the earlier credit it takes back: `original` counts in the clues given, `chance` that it is the
    one.
    """

    debit: int
    original: int
    chance: float
    seen: str


def is_return(clue: Clue) -> bool:
    """Tell whether a debit's type or wording is that of a returned payment."""
    return clue.kind in {"RETURN", "RETURNED"} or _RETURN.search(clue.text) is not None


def link_returns(debits: Iterable[Clue], credits: Sequence[Clue]) -> list[Link]:
    """Return for each debit that speaks of a return its most likely original, if any; an original is taken back
    once.
    """
    by_amount: dict[int, list[int]] = defaultdict(list)
    for place, credit in enumerate(credits):
        by_amount[credit.amount].append(place)
    used: set[int] = set()
    links = []
    for debit in debits:
        places = [
            p
            for p in by_amount.get(-debit.amount, ())
            if p not in used and 0 <= debit.day - credits[p].day <= LONGEST_DAYS
        ]
        if not places or not is_return(debit):
            continue
        points = [_likeness(debit, credits[p]) for p in places]
        best = max(range(len(places)), key=lambda i: points[i])
        total = sum(math.exp(each - points[best]) for each in points) + math.exp(1.0 - 5.5 - points[best])
        used.add(places[best])
        links.append(
            Link(
                debit.position, places[best], 1.0 / total, f"returns {-debit.amount} of day {credits[places[best]].day}"
            )
        )
    return links


def _likeness(debit: Clue, credit: Clue) -> float:
    """Return points for what both lines share: name words by their length, numbers, cheque number, nearness in time."""
    words = {word for word in name_words(debit.text) if len(word) >= 3 and word not in _COMMON}
    theirs = set(name_words(credit.payer)) | set(name_words(credit.text))
    shared = sum(1 for word in words if word in theirs)
    starts = sum(
        1
        for word in words - theirs
        if len(word) >= 4 and any(t.startswith(word) or (word.startswith(t) and len(t) > 4) for t in theirs)
    )
    numbers = {t.compact for t in debit.tokens if len(t.digits) >= 4} & {t.compact for t in credit.tokens}
    check = bool(credit.check_number) and credit.check_number in debit.text
    return (
        2.0 * min(3, shared) + 1.5 * min(2, starts) + 5.0 * bool(numbers) + 5.0 * check - (debit.day - credit.day) / 20
    )
