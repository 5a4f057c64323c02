"""The second reader: ofxparse, on text put into the form it accepts, must agree with our scanner on every posted
line.

It starts from the raw bytes, cut apart by a means of its own, so an error of the scanner is not repeated here. Count,
sum and ids are compared per chunk of 500 (ofxparse is quadratic on long SGML files). Its known faults are normalised
away first: dates moved by a zone, markup and entities in text, empty fields, `1.234,50`. It reads about 1,400
transactions a second, so of a long file it is asked about the first, the last and evenly spread chunks, and the
reading says how many.

Room: pure.
"""

import io
import re
import warnings
from collections.abc import Iterator, Sequence
from decimal import Decimal
from html import escape
from typing import Any

from ofxparse import OfxParser
from ofxparse.ofxparse import OfxParserException

from recon.errors import Problem
from recon.model import StatementLine
from recon.money import Money, to_decimal
from recon.statements.decode import Decoding, clean
from recon.statements.ofx_fields import unescape
from recon.statements.quarantine import ASK_AGAIN, file_problem, warning

CHUNK = 500
LIMIT = 2000  # transactions compared in one file

_OPENING = re.compile(rb"<STMTTRN\s*>", re.IGNORECASE)
_CLOSING = re.compile(rb"</STMTTRN\s*>", re.IGNORECASE)
_ENDS = re.compile(
    rb"</?(?:STMTTRNP?|BANKTRANLISTP?|INVBANKTRAN|INVTRANLIST|SUBACCTFUND|OFX)\b", re.IGNORECASE
)  # none is closed
_HEAD = (
    "OFXHEADER:100\r\nDATA:OFXSGML\r\nVERSION:102\r\nENCODING:UTF-8\r\n\r\n"
    "<OFX><BANKMSGSRSV1><STMTTRNRS><STMTRS><BANKTRANLIST>\r\n"
)
_FOOT = "</BANKTRANLIST></STMTRS></STMTTRNRS></BANKMSGSRSV1></OFX>\r\n"
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_FIELD = re.compile(r"<(TRNTYPE|DTPOSTED|TRNAMT|FITID|CHECKNUM|NAME|MEMO)\s*>([^<]*)", re.IGNORECASE)


def disagreement(
    decoding: Decoding, lines: Sequence[StatementLine], set_aside: Sequence[int], name: str
) -> list[Problem]:
    """Return a file problem with both answers where ofxparse reads other posted lines; a warning where it read a
    share only.

    `set_aside` are the byte offsets of rows already quarantined; ofxparse is not asked about them.
    """
    posted = [line for line in lines if not line.pending]
    pieces = [piece for piece in _pieces(decoding.content) if piece[0] not in set(set_aside)]
    if len(pieces) != len(posted):
        return [_told(name, f"{len(posted)} transactions", f"{len(pieces)} transactions")]
    chosen = _chosen(len(posted))
    for start in chosen:
        ours = _ours(posted[start : start + CHUNK])
        theirs = _theirs(decoding, pieces[start : start + CHUNK])
        if ours != theirs:
            return [_told(name, *_difference(ours, theirs))]
    asked = sum(min(CHUNK, len(posted) - start) for start in chosen)
    if asked == len(posted):
        return []
    what = f"the second reader compared {asked:,} of {len(posted):,} transactions"
    return [warning(name, what, "Nothing to do: long files are compared at the start, at the end and in between")]


def _chosen(count: int) -> list[int]:
    """Return where the compared chunks begin: all, or the first, the last and evenly between.

    >>> _chosen(1200), len(_chosen(1_000_000))
    ([0, 500, 1000], 4)
    """
    starts = list(range(0, count, CHUNK))
    most = LIMIT // CHUNK
    if len(starts) <= most:
        return starts
    return sorted({starts[round(place * (len(starts) - 1) / (most - 1))] for place in range(most)})


def _pieces(content: bytes) -> list[tuple[int, int, int]]:
    """Return (offset of the tag, start, end) of every posted transaction: between its opening tag and the next
    closing one.
    """
    openings = [(match.start(), match.end()) for match in _OPENING.finditer(content)]
    closings = [match.start() for match in _CLOSING.finditer(content)]
    if openings and not closings:
        ends = (_ENDS.search(content, start) for _, start in openings)
        closings = [end.start() if end else len(content) for end in ends]
    if len(openings) != len(closings):
        return [(tag, start, start) for tag, start in openings]
    return [(tag, start, end) for (tag, start), end in zip(openings, closings, strict=True)]


Answer = tuple[int, Decimal, tuple[str, ...]]


def _ours(lines: Sequence[StatementLine]) -> Answer:
    total = sum((to_decimal(Money(line.amount_minor, line.currency)) for line in lines), Decimal(0))
    return len(lines), total, tuple(" ".join(line.bank_id.split()) or "none" for line in lines)


def _theirs(decoding: Decoding, pieces: Sequence[tuple[int, int, int]]) -> Answer:
    blocks = "".join(f"<STMTTRN>{_normalised(decoding.text(start, end))}</STMTTRN>\r\n" for _, start, end in pieces)
    try:
        rows = _parsed_rows((_HEAD + blocks + _FOOT).encode())
        total = sum((Decimal(row.amount) for row in rows), Decimal(0))
    except (OfxParserException, ValueError, TypeError, IndexError, AttributeError, ArithmeticError):
        return 0, Decimal(0), ()  # it stumbled: that is no agreement
    return len(rows), total, tuple(" ".join(row.id.split()) for row in rows)


def _parsed_rows(document: bytes) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # ofxparse calls names that BeautifulSoup has renamed
        parsed = OfxParser.parse(io.BytesIO(document), fail_fast=False)
    return [row for account in parsed.accounts for row in account.statement.transactions]


def _normalised(block: str) -> str:
    return "".join(f"<{tag}>{value}\r\n" for tag, value in _fields(block))


def _fields(block: str) -> Iterator[tuple[str, str]]:
    """Yield the fields ofxparse looks at, each on a line of its own, with nothing in them that it stumbles over."""
    plain = _CDATA.sub(lambda match: escape(match[1]), block)
    found = {match[1].upper(): " ".join(clean(unescape(match[2])).split()) for match in _FIELD.finditer(plain)}
    for tag, value in found.items():
        if tag == "DTPOSTED":
            yield tag, re.sub("[^0-9]", "", value)[:8]
        elif tag == "TRNAMT":
            yield tag, _one_mark(re.sub(r"^([+-]?)\.", r"\g<1>0.", value))
        elif tag in ("FITID", "TRNTYPE") or value:
            yield tag, escape(value, quote=False) or "none"
    if "FITID" not in found:
        yield "FITID", "none"


def _one_mark(amount: str) -> str:
    """Return `1,234,567` without its group marks: with no decimal mark beside them ofxparse takes them for one.

    >>> _one_mark("1,234,567"), _one_mark("1,65")
    ('1234567', '1,65')
    """
    for mark in ",.":
        if amount.count(mark) > 1 and set("+-0123456789") | {mark} >= set(amount):
            return amount.replace(mark, "")
    return amount


def _difference(ours: Answer, theirs: Answer) -> tuple[str, str]:
    if ours[:2] != theirs[:2]:
        return tuple(f"{count} transactions, together {total}" for count, total, _ in (ours, theirs))  # type: ignore[return-value]
    pairs = [(mine, other) for mine, other in zip(ours[2], theirs[2], strict=True) if mine != other]
    return f"id {pairs[0][0]!r}", f"id {pairs[0][1]!r}"


def _told(name: str, ours: str, theirs: str) -> Problem:
    return file_problem(name, f"the scanner reads {ours}, the second reader (ofxparse) {theirs}", ASK_AGAIN)
