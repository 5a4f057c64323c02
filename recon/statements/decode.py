"""Bytes of a bank file to text, by evidence: strict UTF-8 first, then the charset the file declares, then
Windows-1252.

UTF-8 that decodes strictly is UTF-8 whatever the header says: a text of another charset with letters beyond ASCII
almost never does. Every structure we look for (tags, commas, line ends) is ASCII, so scanners work on the bytes and
decode values.

Room: pure.
"""

import codecs
import re
from dataclasses import dataclass

_CHUNK = 1 << 20
_WIDE_MARKS = ((codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


@dataclass(frozen=True, slots=True)
class Decoding:
    """Bytes in which ASCII is one byte each, the charset they are in, and what was odd about it (empty: nothing).

    `content` is the file as received, except that UTF-16 is written as UTF-8: then offsets count in that.
    """

    content: bytes
    charset: str
    mismatch: str = ""

    def text(self, start: int = 0, end: int | None = None) -> str:
        """Return a stretch as text. Bytes the charset does not know become U+FFFD; `mismatch` has said so."""
        return self.content[start:end].decode(self.charset, "replace")


def decode(content: bytes, declared: str = "") -> Decoding:
    """Choose the charset of a file; `declared` is the file's own claim, in any of the spellings banks use.

    >>> decode("Müller".encode("cp1252"), "USASCII").charset
    'cp1252'
    >>> decode("Müller".encode(), "1252").mismatch
    'declared as cp1252, is UTF-8'
    """
    for mark, charset in _WIDE_MARKS:
        if content.startswith(mark):
            return _widened(content[2:], charset)
    if charset := _unmarked_wide(content):
        return _widened(content, charset)
    claim = _known_charset(declared)
    if content.isascii():
        return Decoding(content, "ascii")
    if _is_valid(content, "utf-8"):
        odd = claim not in ("", "utf-8", "ascii")
        return Decoding(content, "utf-8", f"declared as {claim}, is UTF-8" if odd else "")
    return _narrow(content, claim)


def _narrow(content: bytes, claim: str) -> Decoding:
    for charset in (claim, "cp1252"):
        if charset not in ("", "utf-8", "ascii") and _is_valid(content, charset):
            odd = claim not in ("", charset, "ascii")
            return Decoding(content, charset, f"declared as {claim}, read as {charset}" if odd else "")
    return Decoding(content, "latin-1", "some characters fit neither UTF-8 nor Windows-1252; read as ISO 8859-1")


def _widened(content: bytes, charset: str) -> Decoding:
    try:
        return Decoding(content.decode(charset).encode(), "utf-8")
    except UnicodeDecodeError:
        text = content.decode(charset, "replace")
        return Decoding(text.encode(), "utf-8", f"the file is cut or damaged: not all of it is {charset}")


def _unmarked_wide(content: bytes) -> str:
    """Tell UTF-16 without a mark from its zero bytes: every other byte of the first hundred characters."""
    head = content[:200]
    if len(head) >= 20 and head[1::2].count(0) == len(head) // 2 and not head[::2].count(0):
        return "utf-16-le"
    if len(head) >= 20 and head[::2].count(0) == (len(head) + 1) // 2 and not head[1::2].count(0):
        return "utf-16-be"
    return ""


def _is_valid(content: bytes, charset: str) -> bool:
    decoder = codecs.getincrementaldecoder(charset)("strict")
    try:
        for start in range(0, len(content), _CHUNK):
            decoder.decode(content[start : start + _CHUNK], start + _CHUNK >= len(content))
    except UnicodeDecodeError:
        return False
    return True


def _known_charset(declared: str) -> str:
    """Return Python's name of a declared charset; "" when it is none we know, so it is no evidence.

    >>> [_known_charset(claim) for claim in ("1252", "ISO-8859-1", "8859-1", "UTF8", "NONE", "UNICODE")]
    ['cp1252', 'iso8859-1', 'iso8859-1', 'utf-8', '', '']
    """
    claim = declared.strip().lower()
    if re.fullmatch("(?:12[0-9]{2}|437|85[0-9])", claim):
        claim = "cp" + claim
    if claim.startswith("8859-"):
        claim = "iso-" + claim
    try:
        name = codecs.lookup(claim).name if claim not in ("", "none", "unicode") else ""
    except (LookupError, ValueError):
        return ""
    return name if name.startswith(("cp", "iso8859", "utf-8", "ascii", "mac-", "koi8")) else ""


# Marks that reorder what a person sees, and invisible ones: a payer's name must read as it is stored.
_HIDDEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def clean(text: str) -> str:
    """Return bank text on one line: control characters are a space, direction marks and invisible ones are gone.

    >>> clean("  ACME\\n LTD \u202ePAID ")
    'ACME LTD PAID'
    """
    if text.isprintable():
        return text.strip()
    return re.sub("  +", " ", _CONTROL.sub(" ", _HIDDEN.sub("", text))).strip()
