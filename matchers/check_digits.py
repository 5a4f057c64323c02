"""References that carry their own check digits: read as the number they protect, without prefix and check digits.

- ISO 11649: `RF`, two check digits, up to 21 characters; remainder 1 modulo 97 with the first four moved to the end.
- Belgium: `+++123/4567/89012+++`; the last two digits are the first ten modulo 97, 97 for 0 (Febelfin, OGM-VCS).
- Switzerland: 27 digits, recursive modulo 10 (QR reference, SIX implementation guidelines).
- Finland: up to 20 digits, weights 7, 3, 1 from the right (Finance Finland); Norway: KID, Luhn (Bits). Both only after
  their label, since a tenth of all numbers would pass.

>>> [token.digits for token in with_references("PAYMENT RF39 2026 0047 11", ())]
['2026004711']
>>> [token.digits for token in with_references("PAYMENT RF38 2026 0047 11", ())]
[]

Room: pure.
"""

import re
from collections.abc import Callable

from matchers.text import Token

_SHAPES = re.compile(
    r"\b(?P<iso>RF[0-9]{2}(?: ?[A-Z0-9]{1,4}){1,6})\b"
    r"|(?P<belgian>[+*]{3}[0-9]{3}/[0-9]{4}/[0-9]{5}[+*]{3})"
    r"|(?<![0-9])(?P<swiss>[0-9]{2}(?: ?[0-9]{5}){5})(?![0-9])"
    r"|\b(?:VIITE|VIITENUMERO|VIITENRO)[ :.]*(?P<finnish>[0-9 ]{4,24}[0-9])(?![0-9])"
    r"|\bKID[ :.]*(?P<norwegian>[0-9]{4,25})(?![0-9])"
)
_TABLE = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)  # recursive modulo 10
LONGEST = 30


def _is_iso(text: str) -> bool:
    moved = text[4:] + text[:4]
    return int("".join(str(int(each, 36)) for each in moved)) % 97 == 1


def _is_belgian(digits: str) -> bool:
    return (int(digits[:10]) % 97 or 97) == int(digits[10:])


def _is_swiss(digits: str) -> bool:
    carry = 0
    for each in digits[:-1]:
        carry = _TABLE[(carry + int(each)) % 10]
    return (10 - carry) % 10 == int(digits[-1])


def _is_finnish(digits: str) -> bool:
    total = sum(int(each) * (7, 3, 1)[place % 3] for place, each in enumerate(reversed(digits[:-1])))
    return (10 - total % 10) % 10 == int(digits[-1])


def _is_norwegian(digits: str) -> bool:
    doubled = [int(each) * (2 if place % 2 else 1) for place, each in enumerate(reversed(digits))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


# (shape, check, characters before the number, characters after it)
_RULES: tuple[tuple[str, Callable[[str], bool], int, int], ...] = (
    ("iso", _is_iso, 4, 0),
    ("belgian", _is_belgian, 0, 2),
    ("swiss", _is_swiss, 0, 1),
    ("finnish", _is_finnish, 0, 1),
    ("norwegian", _is_norwegian, 0, 1),
)


def with_references(text: str, tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """Return the tokens, those inside a valid reference replaced by the number it protects, in order of the text."""
    found = [token for each in _SHAPES.finditer(text) if (token := _protected(each)) is not None]
    if not found:
        return tokens
    outside = [each for each in tokens if not any(one.start < each.end and each.start < one.end for one in found)]
    return tuple(sorted([*outside, *found], key=lambda token: token.start))


def _protected(found: re.Match[str]) -> Token | None:
    for shape, is_valid, before, after in _RULES:
        raw = found.group(shape)
        if raw is not None:
            return _shortened(raw, shape, is_valid, before, after, found)
    return None


def _shortened(
    raw: str, shape: str, is_valid: Callable[[str], bool], before: int, after: int, found: re.Match[str]
) -> Token | None:
    """Return the token; of an ISO reference, words that follow it may have to be left off until it is valid."""
    words = raw.split(" ")
    for count in range(len(words), 0, -1) if shape == "iso" else (len(words),):
        whole = re.sub("[^A-Z0-9]", "", "".join(words[:count]))
        if 4 < len(whole) <= LONGEST and is_valid(whole):
            body = whole[before : len(whole) - after]
            digits = re.sub("[^0-9]", "", body).lstrip("0")
            start = found.start(shape)
            return Token(digits, body.lstrip("0"), True, False, start, start + len(" ".join(words[:count])))
    return None
