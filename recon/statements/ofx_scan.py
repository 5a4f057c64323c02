"""The tags of an OFX document to statements and transaction blocks, in one pass over the bytes.

The pattern is possessive throughout, the stack is bounded and every list counted: time and memory grow with the file
and no more.

Room: pure.
"""

import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from recon.statements.decode import Decoding, clean
from recon.statements.ofx_fields import names, unescape
from recon.statements.quarantine import check_count

_CDATA = rb"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>"
_OTHER_TAGS = (
    rb"|<!--(?:[^-]++|-(?!->))*+-->"
    rb"|<(/?)([A-Z][A-Z0-9._]*+)\s*+/?>([^<]*+(?:" + _CDATA + rb"[^<]*+)*+)"
)
# A transaction block whole, a comment, or any other tag with its text. Possessive throughout: no input makes it go
# back.
_TOKEN = re.compile(
    rb"<(STMTTRNP?)\s*+>((?:[^<]++|" + _CDATA + rb"|<(?!/?STMTTRN))*+)</\1\s*+>" + _OTHER_TAGS, re.IGNORECASE
)
# SGML lets a bank leave out every </STMTTRN>: then a transaction ends where the next one, or the end of the list, is.
_UNCLOSED_TOKEN = re.compile(
    rb"<(STMTTRNP?)\s*+>((?:[^<]++|"
    + _CDATA
    + rb"|<(?!/?(?:STMTTRN|(?:BANK|INV)TRANLIST|INVBANKTRAN|SUBACCTFUND|LEDGERBAL|AVAILBAL)|/?OFX))*+)"
    + _OTHER_TAGS,
    re.IGNORECASE,
)
_CLOSING = re.compile(rb"</STMTTRNP?\s*>", re.IGNORECASE)
_AMOUNT = re.compile(rb"<TRNAMT\b", re.IGNORECASE)
COUNTED = re.compile(rb"<\s*STMTTRNP?\b", re.IGNORECASE)
ROOT = re.compile(rb"<OFX\b", re.IGNORECASE)
END = re.compile(rb"</OFX\s*>", re.IGNORECASE)
_LIMIT_DEPTH = 50  # OFX nests 12 deep
_LIMIT_FAULTS = 5  # told of one file
_LIMIT_STATEMENTS = 100_000
LIMIT_BLOCK = 1_000_000  # bytes of one transaction; the longest real one seen has 1,400

KINDS = {"STMTRS": "bank", "CCSTMTRS": "credit card", "INVSTMTRS": "investment cash"}
_LISTS = frozenset(("BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST"))
_BALANCES = frozenset(("LEDGERBAL", "AVAILBAL"))
_FROM = frozenset(("BANKACCTFROM", "CCACCTFROM", "INVACCTFROM"))
_KNOWN = names("OFX SONRS STATUS STMTTRNRS CCSTMTTRNRS INVSTMTTRNRS LEDGERBAL AVAILBAL INVBANKTRAN XFERINFO PMTINFO")
_STACKED = _KNOWN | _LISTS | _FROM | KINDS.keys()
_MUST_CLOSE = _LISTS | KINDS.keys()
_TOLD = frozenset(("CURDEF", "ACCTID", "BALAMT", "DTSTART", "DTEND"))  # what is kept of a statement's head
_LOOSE = frozenset(("TRNAMT", "DTPOSTED"))  # these outside a transaction: its opening tag is lost
_TRADES = names(
    "BUYDEBT BUYMF BUYOPT BUYOTHER BUYSTOCK CLOSUREOPT INCOME INVEXPENSE JRNLFUND JRNLSEC MARGININTEREST REINVEST"
    " RETOFCAP SELLDEBT SELLMF SELLOPT SELLOTHER SELLSTOCK SPLIT TRANSFER"
)


class Block(NamedTuple):
    """Where one transaction stands in the file."""

    start: int
    body_start: int
    body_end: int
    line: int
    pending: int  # 1 or 0


class Blocks:
    """The transactions of a statement, as five numbers each: as objects they would take as much room as the file."""

    def __init__(self) -> None:
        self._held = array("q")

    def __len__(self) -> int:
        return len(self._held) // len(Block._fields)

    def __iter__(self) -> Iterator[Block]:
        numbers = iter(self._held)
        return map(Block, numbers, numbers, numbers, numbers, numbers)

    def append(self, block: Block) -> None:
        """Take in one more."""
        self._held.extend(block)


@dataclass(slots=True)
class Section:
    """What has been gathered of one statement while the scanner passes through it."""

    kind: str
    line: int
    told: dict[str, str] = field(default_factory=dict)
    blocks: Blocks = field(default_factory=Blocks)
    trades: int = 0


@dataclass(slots=True)
class Scan:
    """The whole document, scanned."""

    sections: list[Section] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def scan_tags(decoding: Decoding, *, is_xml: bool = False) -> Scan:
    """Return the statements and transaction blocks of a document. Only SGML may leave out closing tags."""
    content, scan = decoding.content, Scan()
    is_unclosed = not is_xml and not _CLOSING.search(content)
    walk = _Walk(scan, decoding, closes_lists=is_xml or is_unclosed)
    line, seen = 1, 0
    newline = b"\n" if b"\n" in content else b"\r"
    tokens = _UNCLOSED_TOKEN if is_unclosed else _TOKEN
    for match in tokens.finditer(content, _root_at(content)):
        start = match.start()
        line += content.count(newline, seen, start)
        seen = start
        if match[1]:
            if is_unclosed and len(_AMOUNT.findall(match[2])) > 1:
                walk.fault(f"line {line}: two amounts stand in one transaction: the tag that begins the second is lost")
            walk.transaction(Block(start, match.start(2), match.end(2), line, len(match[1]) == 8))
        elif match[4]:
            walk.tag(match[4].decode("ascii").upper(), bool(match[3]), match[5], line)
    scan.faults += [f"{name} is never closed" for name in walk.stack if name in _MUST_CLOSE][:_LIMIT_FAULTS]
    return scan


def _root_at(content: bytes) -> int:
    match = ROOT.search(content)
    return match.start() if match else 0


class _Walk:
    """Passes through the tags outside transactions, keeping only the aggregates it knows on a stack."""

    def __init__(self, scan: Scan, decoding: Decoding, *, closes_lists: bool) -> None:
        self.scan, self.closes_lists = scan, closes_lists
        self.charset = decoding.charset
        self.stack: list[str] = []
        self.section: Section | None = None

    def transaction(self, block: Block) -> None:
        if self.section is None:
            self.fault(f"line {block.line}: a transaction stands outside any statement")
        else:
            self.section.blocks.append(block)

    def fault(self, what: str) -> None:
        """Note what makes the document unbelievable; the first few are told."""
        if len(self.scan.faults) < _LIMIT_FAULTS:
            self.scan.faults.append(what)

    def tag(self, name: str, is_closing: bool, value: bytes, line: int) -> None:
        if name in _STACKED:
            self._closed(name) if is_closing else self._opened(name, line)
        elif not is_closing:
            self._leaf(name, value, line)

    def _opened(self, name: str, line: int) -> None:
        if len(self.stack) >= _LIMIT_DEPTH:
            self.fault(f"line {line}: the elements are nested deeper than {_LIMIT_DEPTH}")
            return
        if name in _BALANCES and not self.closes_lists and self.stack and self.stack[-1] in _LISTS:
            self.stack.pop()  # Nubank does not close its list; a balance stands behind it, never inside
        if name in KINDS:
            if self.section is not None:
                self.fault(f"line {line}: a statement begins inside another")
            self.section = Section(KINDS[name], line)
            self.scan.sections.append(self.section)
            check_count(len(self.scan.sections), "statements", _LIMIT_STATEMENTS)
        elif name == "STATUS":
            self.scan.statuses.append({"of": self.stack[-1] if self.stack else ""})
            check_count(len(self.scan.statuses), "status codes", 2 * _LIMIT_STATEMENTS)
        self.stack.append(name)

    def _closed(self, name: str) -> None:
        if name in KINDS:
            self.section = None
            name = self._open_kind(name)
        if name not in self.stack:
            return
        while self.stack:
            top = self.stack.pop()
            if top == name:
                return
            if top in _MUST_CLOSE:
                self.fault(f"{top} is never closed")

    def _open_kind(self, name: str) -> str:
        """A bank is known that closes CCSTMTRS as STMTRS; no statement stands in another, so the open one is meant."""
        return name if name in self.stack else next((kind for kind in self.stack if kind in KINDS), name)

    def _leaf(self, name: str, value: bytes, line: int) -> None:
        inside = self.stack[-1] if self.stack else ""
        if inside == "STATUS":
            if name in ("CODE", "SEVERITY", "MESSAGE"):
                self.scan.statuses[-1].setdefault(name, self._text(value))
        elif self.section is not None:
            if inside in _LISTS or inside == "INVBANKTRAN":
                self._in_list(name, inside, line)
            if name not in _TOLD:
                return
            parent = "FROM" if inside in _FROM else "" if inside in KINDS else inside
            self.section.told.setdefault(f"{parent}.{name}", self._text(value))

    def _in_list(self, name: str, inside: str, line: int) -> None:
        if name in _LOOSE or name.startswith("STMTTRN"):
            self.fault(f"line {line}: {name} stands outside a whole transaction")
        elif name in _TRADES and inside == "INVTRANLIST" and self.section is not None:
            self.section.trades += 1

    def _text(self, value: bytes) -> str:
        return clean(unescape(value[:4096].decode(self.charset, "replace")))
