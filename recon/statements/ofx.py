"""OFX 1 (SGML), OFX 2 (XML) and QFX: one linear scanner over the bytes, for bank, credit card and investment
accounts.

Nothing is half-believed. The end of the document must be there, every message set must report success, and a count of
transaction tags made apart from the scanner must equal the lines read plus the rows quarantined; then the second
reader is asked. Sources: OFX 1.6 and 2.3, chapters 3 and 11.

Room: pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from recon.errors import Problem, UnreadableText
from recon.model import Proof, Reading, Statement, StatementLine
from recon.statements.bankdays import ofx_day
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import Decoding, clean, decode
from recon.statements.identity import reused_bank_ids
from recon.statements.ofx_amounts import is_decimal_comma, ofx_minor
from recon.statements.ofx_fields import names, unescape
from recon.statements.ofx_lines import line_of
from recon.statements.quarantine import (
    ASK_AGAIN,
    check_count,
    check_problems,
    file_problem,
    file_refused,
    row_problem,
    warning,
)
from recon.statements.second_reader import disagreement

_CDATA = rb"<!\[CDATA\[(?:[^\]]++|\](?!\]>))*+\]\]>"
# A transaction block whole, a comment, or any other tag with its text. Possessive throughout: no input makes it go
# back.
_TOKEN = re.compile(
    rb"<(STMTTRNP?)\s*+>((?:[^<]++|" + _CDATA + rb"|<(?!/?STMTTRN))*+)</\1\s*+>"
    rb"|<!--(?:[^-]++|-(?!->))*+-->"
    rb"|<(/?)([A-Z][A-Z0-9._]*+)\s*+/?>([^<]*+(?:" + _CDATA + rb"[^<]*+)*+)",
    re.IGNORECASE,
)
_COUNTED = re.compile(rb"<\s*STMTTRNP?\b", re.IGNORECASE)
_ROOT = re.compile(rb"<OFX\b", re.IGNORECASE)
_END = re.compile(rb"</OFX\s*>", re.IGNORECASE)
_LIMIT_DEPTH = 50  # OFX nests 12 deep
_LIMIT_FAULTS = 5  # told of one file
_LIMIT_STATEMENTS = 100_000
_LIMIT_BLOCK = 1_000_000  # bytes of one transaction; the longest real one seen has 1,400

KINDS = {"STMTRS": "bank", "CCSTMTRS": "credit card", "INVSTMTRS": "investment cash"}
_LISTS = frozenset(("BANKTRANLIST", "BANKTRANLISTP", "INVTRANLIST"))
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


@dataclass(slots=True)
class _Block:
    """Where one transaction stands in the file."""

    start: int
    body_start: int
    body_end: int
    line: int
    pending: bool


@dataclass(slots=True)
class _Section:
    """What has been gathered of one statement while the scanner passes through it."""

    kind: str
    line: int
    told: dict[str, str] = field(default_factory=dict)
    blocks: list[_Block] = field(default_factory=list)
    trades: int = 0


@dataclass(slots=True)
class _Scan:
    """The whole document, scanned."""

    sections: list[_Section] = field(default_factory=list)
    statuses: list[dict[str, str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_ofx(content: bytes, name: str, *, account_currency: str | None = None) -> Reading:
    """Read an OFX document with the scanner and let the second reader check it.

    A disagreement sends the whole file to quarantine, with both answers.
    """
    reading = scan_ofx(content, name, account_currency=account_currency)
    if not reading.is_believed:
        return reading
    lines = [line for statement in reading.statements for line in statement.lines]
    set_aside = [problem.byte_offset for problem in reading.problems if problem.quarantined == "row"]
    decoding = decode(content, _declared(content))
    found = disagreement(decoding, lines, [at for at in set_aside if at is not None], name)
    checked = replace(reading, problems=(*reading.problems, *found))
    return checked if checked.is_believed else replace(checked, statements=())


def scan_ofx(content: bytes, name: str, *, account_currency: str | None = None) -> Reading:
    """Read an OFX document with the scanner alone. Quarantined as a whole when its parts do not agree with each
    other.
    """
    decoding = decode(content, _declared(content))
    format = ofx_version(decoding.content)
    if refusal := _refusal(decoding.content):
        return file_refused(format, name, refusal)
    check_count(len(_COUNTED.findall(decoding.content)), "transactions")
    scan = _scan(decoding)
    problems = _told_by_bank(scan, name)
    problems += [file_problem(name, fault) for fault in scan.faults]
    if any(problem.quarantined == "file" for problem in problems):
        return Reading(format, (), tuple(problems))
    if not scan.sections:
        return file_refused(
            format, name, "the file holds no statement", "Export account transactions, not a profile or a list"
        )
    return _reading(scan, decoding, format, name, account_currency, problems)


def ofx_version(content: bytes) -> str:
    """Return "ofx2" for the XML form, "ofx1" for SGML."""
    head = content[:4096].upper()
    return "ofx2" if b"<?OFX" in head or b"<?XML" in head else "ofx1"


def _declared(content: bytes) -> str:
    head = content[:4096].upper()
    if xml := re.search(rb"<\?XML[^>]*\bENCODING=[\"']([A-Z0-9_.:-]{1,40})", head):
        return xml[1].decode("ascii")
    encoding = re.search(rb"\bENCODING:\s*([A-Z0-9-]{1,40})", head)
    charset = re.search(rb"\bCHARSET:\s*([A-Z0-9-]{1,40})", head)
    if encoding and encoding[1] not in (b"USASCII", b"UNICODE", b"NONE"):
        return encoding[1].decode("ascii")
    return charset[1].decode("ascii") if charset else ""


def _refusal(content: bytes) -> str:
    """Return why the document cannot be scanned at all; "" when it can."""
    if b"\0" in content:
        return f"the file holds zero bytes, the first at byte {content.index(0)}"
    if re.search(rb"<!(?:DOCTYPE|ENTITY)", content, re.IGNORECASE):
        return "the file declares entities or a document type, which no bank statement needs"
    for opening, closing in ((b"<![CDATA[", b"]]>"), (b"<!--", b"-->")):
        if content.rfind(opening) > content.rfind(closing):
            return f"{opening.decode()} is never closed: the file is cut or damaged"
    tail = content[-4096:]
    if not _END.search(tail) and not _END.search(content):
        return "the end mark </OFX> is missing: the file is cut"
    if len(_ROOT.findall(content)) != len(_END.findall(content)):
        return "the file holds more than one document, or half of one"
    return ""


def _scan(decoding: Decoding) -> _Scan:
    content, scan = decoding.content, _Scan()
    walk = _Walk(scan, decoding)
    line, seen = 1, 0
    newline = b"\n" if b"\n" in content else b"\r"
    for match in _TOKEN.finditer(content, _root_at(content)):
        start = match.start()
        line += content.count(newline, seen, start)
        seen = start
        if match[1]:
            walk.transaction(_Block(start, match.start(2), match.end(2), line, len(match[1]) == 8))
        elif match[4]:
            walk.tag(match[4].decode("ascii").upper(), bool(match[3]), match[5], line)
    scan.faults += [f"{name} is never closed" for name in walk.stack if name in _MUST_CLOSE][:_LIMIT_FAULTS]
    return scan


def _root_at(content: bytes) -> int:
    match = _ROOT.search(content)
    return match.start() if match else 0


class _Walk:
    """Passes through the tags outside transactions, keeping only the aggregates it knows on a stack."""

    def __init__(self, scan: _Scan, decoding: Decoding) -> None:
        self.scan = scan
        self.charset = decoding.charset
        self.stack: list[str] = []
        self.section: _Section | None = None

    def transaction(self, block: _Block) -> None:
        if self.section is None:
            self._fault(f"line {block.line}: a transaction stands outside any statement")
        else:
            self.section.blocks.append(block)

    def _fault(self, what: str) -> None:
        if len(self.scan.faults) < _LIMIT_FAULTS:
            self.scan.faults.append(what)

    def tag(self, name: str, is_closing: bool, value: bytes, line: int) -> None:
        if name in _STACKED:
            self._closed(name) if is_closing else self._opened(name, line)
        elif not is_closing:
            self._leaf(name, value, line)

    def _opened(self, name: str, line: int) -> None:
        if len(self.stack) >= _LIMIT_DEPTH:
            self._fault(f"line {line}: the elements are nested deeper than {_LIMIT_DEPTH}")
            return
        if name in KINDS:
            if self.section is not None:
                self._fault(f"line {line}: a statement begins inside another")
            self.section = _Section(KINDS[name], line)
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
                self._fault(f"{top} is never closed")

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
            self._fault(f"line {line}: {name} stands outside a whole transaction")
        elif name in _TRADES and inside == "INVTRANLIST" and self.section is not None:
            self.section.trades += 1

    def _text(self, value: bytes) -> str:
        return clean(unescape(value[:4096].decode(self.charset, "replace")))


def _told_by_bank(scan: _Scan, name: str) -> list[Problem]:
    """Return what the bank's own status codes say: success is 0, or 1 for nothing new (OFX 1.6 section 3.1.4)."""
    problems = []
    for status in scan.statuses:
        if status.get("CODE", "").lstrip("0") in ("", "1"):
            continue
        what = f"the bank answered {status['of'] or 'the request'} with status {status['CODE'][:10]}"
        what += f": {status['MESSAGE'][:200]}" if status.get("MESSAGE") else ""
        if status.get("SEVERITY", "").upper() in ("WARN", "INFO"):
            problems.append(warning(name, what, "Read the bank's message; the transactions it sent are kept"))
        else:
            problems.append(file_problem(name, what, "Correct what the bank names, then download the statement again"))
    return problems


def _reading(
    scan: _Scan, decoding: Decoding, format: str, name: str, account_currency: str | None, problems: list[Problem]
) -> Reading:
    statements = []
    if decoding.mismatch:
        problems.append(warning(name, decoding.mismatch, "Check names and remittance text with unusual letters"))
    style = _writes_commas(decoding.content)
    for section in scan.sections:
        currency = _currency(section, decoding, account_currency)
        if not is_statement_currency(currency):
            said = f"the currency {currency!r}" if currency else "no currency"
            remedy = "Declare the account's currency in the settings" if not currency else ASK_AGAIN
            return file_refused(format, name, f"the statement at line {section.line} has {said}", remedy)
        statement, found = _statement(section, decoding, currency, style, name)
        statements.append(statement)
        problems += found
    if fault := _count_fault(decoding.content, scan):
        return Reading(format, (), (*problems, file_problem(name, fault)))
    return Reading(format, tuple(statements), tuple(problems + _reuses(statements, name)))


def _reuses(statements: list[Statement], name: str) -> list[Problem]:
    accounts: dict[str, list[StatementLine]] = {}
    for statement in statements:
        accounts.setdefault(statement.account, []).extend(statement.lines)
    return [problem for lines in accounts.values() for problem in reused_bank_ids(lines, name)]


def _count_fault(content: bytes, scan: _Scan) -> str:
    """Compare the scanner with a count of transaction tags on the raw bytes; every block is a line or a quarantined
    row.
    """
    counted = len(_COUNTED.findall(content))
    scanned = sum(len(section.blocks) for section in scan.sections)
    if counted == scanned:
        return ""
    return f"the file has {counted} transaction tags but only {scanned} whole transactions"


def _writes_commas(content: bytes) -> bool:
    return any(
        is_decimal_comma(match[1].decode("ascii", "replace"))
        for match in re.finditer(rb"<TRNAMT>\s*([0-9+.-]*,[0-9,]+)", content, re.IGNORECASE)
    )


def _currency(section: _Section, decoding: Decoding, account_currency: str | None) -> str:
    """Return the statement's currency: CURDEF, or the one all its transactions name, or the account's declared
    one.
    """
    for key, value in section.told.items():
        if key.endswith(".CURDEF") and value:
            return value.upper()
    named = {
        match[1].upper()
        for block in section.blocks
        for match in re.finditer(
            r"<CURRENCY>(?:(?!</CURRENCY>).){0,200}?<CURSYM>\s*([A-Za-z]{3})",
            decoding.text(block.body_start, min(block.body_end, block.body_start + _LIMIT_BLOCK)),
            re.DOTALL,
        )
    }
    return named.pop() if len(named) == 1 else account_currency or ""


def _statement(
    section: _Section, decoding: Decoding, currency: str, writes_commas: bool, name: str
) -> tuple[Statement, list[Problem]]:
    lines, problems = [], []
    for line, problem in _lines(section, decoding, currency, writes_commas, name):
        if line is not None:
            lines.append(line)
        if problem is not None:
            problems.append(problem)
            check_problems(problems)
    closing, found = _balance(section, currency, writes_commas, name)
    days = sorted({line.booked_on for line in lines})
    account = section.told.get("FROM.ACCTID", "") or section.told.get(".ACCTID", "")
    statement = Statement(
        account=account,
        currency=currency,
        lines=tuple(lines),
        proof=Proof.UNVERIFIABLE,
        proof_reason="OFX states no opening balance" if closing is not None else "the bank states neither balance",
        closing_minor=closing,
        first_on=_day(section, "DTSTART") or (days[0] if days else None),
        last_on=_day(section, "DTEND") or (days[-1] if days else None),
        kind=section.kind,
    )
    return statement, problems + found + _remarks(section, statement, name)


def _lines(
    section: _Section, decoding: Decoding, currency: str, writes_commas: bool, name: str
) -> Iterator[tuple[StatementLine | None, Problem | None]]:
    for block in section.blocks:
        try:
            if block.body_end - block.body_start > _LIMIT_BLOCK:
                raise UnreadableText(f"the transaction has {block.body_end - block.body_start:,} bytes")
            text = decoding.content[block.body_start : block.body_end].decode(decoding.charset, "replace")
            yield line_of(text, block.start, block.line, block.pending, currency, writes_commas), None
        except UnreadableText as reason:
            raw = decoding.content[block.start : block.body_end + 10]
            yield None, row_problem(name, block.line, str(reason), raw, block.start)


def _balance(section: _Section, currency: str, writes_commas: bool, name: str) -> tuple[int | None, list[Problem]]:
    text = section.told.get("LEDGERBAL.BALAMT", "")
    if not text:
        return None, []
    try:
        return ofx_minor(text, currency, writes_commas), []
    except UnreadableText as reason:
        return None, [warning(name, f"the ledger balance is not used: {reason}", ASK_AGAIN, section.line)]


def _day(section: _Section, name: str) -> date | None:
    for key, value in section.told.items():
        if key.endswith("." + name) and value:
            try:
                return ofx_day(value)
            except UnreadableText:
                return None
    return None


def _remarks(section: _Section, statement: Statement, name: str) -> list[Problem]:
    remarks = []
    if not statement.account:
        what = "the statement names no account"
        remarks.append(warning(name, what, "Say which account it is when you import it", section.line))
    if section.trades:
        what = f"{section.trades} investment trades are no bank lines and are not read; cash lines are"
        remarks.append(warning(name, what, "Book trades from the broker's own report", section.line))
    foreign = {line.currency for line in statement.lines} - {statement.currency}
    if foreign:
        what = f"some lines are in {', '.join(sorted(foreign))}, the account is in {statement.currency}"
        remarks.append(warning(name, what, "They stay in their own currency", section.line))
    return remarks
