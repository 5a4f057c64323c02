"""Structured payment references, believed only when their check digits say so (python-stdnum knows most of the
rules).

ISO 11649 (RF..), Belgian OGM-VCS (+++090/9337/55493+++), Swiss QR and ISR reference (27 digits), Finnish viitenumero,
Norwegian KID. In free text only the first two are looked for: they carry a mark of their own. Bare digits with a
fitting check digit are one number in ten, so the others count only in a field the bank keeps for references.

Room: pure.
"""

import re
from collections.abc import Callable

from stdnum import iso11649, luhn
from stdnum.be import ogm_vcs
from stdnum.ch import esr

_MARKED = re.compile(r"\bRF[0-9]{2}(?: ?[0-9A-Z]{1,4}){1,6}\b|[+*]{3} ?[0-9]{3} ?/ ?[0-9]{4} ?/ ?[0-9]{5} ?[+*]{3}")


def structured_in(text: str) -> str:
    """Return the one structured reference of a free text, compact; "" when there is none, or more than one.

    >>> structured_in("Faktuur +++090/9337/55493+++ dank")
    '090933755493'
    >>> structured_in("RF18 5390 0754 7034")
    'RF18539007547034'
    """
    if "RF" not in text and "+++" not in text and "***" not in text:
        return ""
    found = {compact for match in _MARKED.finditer(text) if (compact := _marked(match[0]))}
    return found.pop() if len(found) == 1 else ""


def _marked(text: str) -> str:
    if not text.startswith("RF"):
        return str(ogm_vcs.compact(text.strip("+* "))) if ogm_vcs.is_valid(text.strip("+* ")) else ""
    words = text.split(" ")
    for count in range(len(words), 0, -1):  # the words after a reference may look like part of it
        candidate = "".join(words[:count])
        if len(candidate) > 4 and iso11649.is_valid(candidate):
            return candidate
    return ""


def reference_kind(reference: str, country: str = "") -> str:
    """Return what kind of structured reference a reference field holds: iso11649, ogm, qrr, viite, kid; "" for none.

    Finnish and Norwegian references are digits like any other, so they need the country of the account ("FI", "NO").

    >>> reference_kind("210000000003139471430009017"), reference_kind("1234561", "FI"), reference_kind("1234567")
    ('qrr', 'viite', '')
    """
    compact = re.sub(r"[\s/+*]", "", reference).upper()
    for kind, needs, is_valid in _KINDS:
        if needs in ("", country) and is_valid(compact):
            return kind
    return ""


def _is_ogm(text: str) -> bool:
    return re.fullmatch("[0-9]{12}", text) is not None and bool(ogm_vcs.is_valid(text))


def _is_qrr(text: str) -> bool:
    return re.fullmatch("[0-9]{27}", text) is not None and text.strip("0") != "" and bool(esr.is_valid(text))


def _is_viite(text: str) -> bool:
    """Finnish reference: weights 7, 3, 1 from the right (Finance Finland, viitenumeron rakenne)."""
    if not re.fullmatch("[0-9]{4,20}", text):
        return False
    total = sum(int(digit) * (7, 3, 1)[place % 3] for place, digit in enumerate(reversed(text[:-1])))
    return -total % 10 == int(text[-1])


def _is_kid(text: str) -> bool:
    """Norwegian KID: 2 to 25 digits, MOD10 or MOD11 (Bits, KID-standard)."""
    if not re.fullmatch("[0-9]{2,25}", text[:-1] + "0") or not re.fullmatch("[0-9-]", text[-1]):
        return False
    total = sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(text[:-1])))
    mod11 = "0123456789-"[-total % 11]
    return mod11 == text[-1] or (text[-1] != "-" and bool(luhn.is_valid(text)))


_KINDS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("iso11649", "", lambda text: text.startswith("RF") and bool(iso11649.is_valid(text))),
    ("qrr", "", _is_qrr),
    ("ogm", "BE", _is_ogm),
    ("viite", "FI", _is_viite),
    ("kid", "NO", _is_kid),
)
