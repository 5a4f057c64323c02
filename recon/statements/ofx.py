"""OFX 1 (SGML), OFX 2 (XML) and QFX: one linear scanner over the bytes, for bank, credit card and investment
accounts.

Nothing is half-believed. The end of the document must be there, every message set must report success, and a count of
transaction tags made apart from the scanner must equal the lines read plus the rows quarantined; then the second
reader is asked. Sources: OFX 1.6 and 2.3, chapters 3 and 11.

Room: pure.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from recon.errors import Problem, UnreadableText
from recon.model import Proof, Reading, Statement, StatementLine
from recon.statements.bankdays import ofx_day
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import Decoding, decode
from recon.statements.identity import contents, reused_bank_ids
from recon.statements.ofx_amounts import is_decimal_comma, ofx_minor
from recon.statements.ofx_lines import line_of
from recon.statements.ofx_scan import COUNTED, END, LIMIT_BLOCK, ROOT, Scan, Section, scan_tags
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
    check_count(len(COUNTED.findall(decoding.content)), "transactions")
    scan = scan_tags(decoding, is_xml=format == "ofx2")
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
    if not END.search(tail) and not END.search(content):
        return "the end mark </OFX> is missing: the file is cut"
    if len(ROOT.findall(content)) != len(END.findall(content)):
        return "the file holds more than one document, or half of one"
    return ""


def _told_by_bank(scan: Scan, name: str) -> list[Problem]:
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
    scan: Scan, decoding: Decoding, format: str, name: str, account_currency: str | None, problems: list[Problem]
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
    if repeated := _repeated(statements):
        return Reading(format, (), (*problems, file_problem(name, repeated, "Import each of the statements once")))
    return Reading(format, tuple(statements), tuple(problems + _reuses(statements, name)))


def _repeated(statements: list[Statement]) -> str:
    """Tell of an account that stands in the file twice with the same transactions: their count would double.

    Only lines with a bank id can say so: of two statements of a day each may hold a payment like the other's.
    """
    seen: dict[tuple[str, str], set[str]] = {}
    for statement in statements if len(statements) > 1 else ():
        lines = [line for line in statement.lines if line.bank_id]
        known = seen.setdefault((statement.account, statement.currency), set())
        told = set(contents(lines))
        if known & told:
            return f"{len(known & told)} transactions of one account stand in two statements of the file"
        known |= told
    return ""


def _reuses(statements: list[Statement], name: str) -> list[Problem]:
    accounts: dict[str, list[StatementLine]] = {}
    for statement in statements:
        accounts.setdefault(statement.account, []).extend(statement.lines)
    return [problem for lines in accounts.values() for problem in reused_bank_ids(lines, name)]


def _count_fault(content: bytes, scan: Scan) -> str:
    """Compare the scanner with a count of transaction tags on the raw bytes; every block is a line or a quarantined
    row.
    """
    counted = len(COUNTED.findall(content))
    scanned = sum(len(section.blocks) for section in scan.sections)
    if counted == scanned:
        return ""
    return f"the file has {counted} transaction tags but only {scanned} whole transactions"


def _writes_commas(content: bytes) -> bool:
    return any(
        is_decimal_comma(match[1].decode("ascii", "replace"))
        for match in re.finditer(rb"<TRNAMT>\s*([0-9+.-]*,[0-9,]+)", content, re.IGNORECASE)
    )


def _currency(section: Section, decoding: Decoding, account_currency: str | None) -> str:
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
            decoding.text(block.body_start, min(block.body_end, block.body_start + LIMIT_BLOCK)),
            re.DOTALL,
        )
    }
    return named.pop() if len(named) == 1 else account_currency or ""


def _statement(
    section: Section, decoding: Decoding, currency: str, writes_commas: bool, name: str
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
    section: Section, decoding: Decoding, currency: str, writes_commas: bool, name: str
) -> Iterator[tuple[StatementLine | None, Problem | None]]:
    for block in section.blocks:
        try:
            if block.body_end - block.body_start > LIMIT_BLOCK:
                raise UnreadableText(f"the transaction has {block.body_end - block.body_start:,} bytes")
            text = decoding.content[block.body_start : block.body_end].decode(decoding.charset, "replace")
            yield line_of(text, block.start, block.line, block.pending == 1, currency, writes_commas), None
        except UnreadableText as reason:
            raw = decoding.content[block.start : block.body_end + 10]
            yield None, row_problem(name, block.line, str(reason), raw, block.start)


def _balance(section: Section, currency: str, writes_commas: bool, name: str) -> tuple[int | None, list[Problem]]:
    text = section.told.get("LEDGERBAL.BALAMT", "")
    if not text:
        return None, []
    try:
        return ofx_minor(text, currency, writes_commas), []
    except UnreadableText as reason:
        return None, [warning(name, f"the ledger balance is not used: {reason}", ASK_AGAIN, section.line)]


def _day(section: Section, name: str) -> date | None:
    for key, value in section.told.items():
        if key.endswith("." + name) and value:
            try:
                return ofx_day(value)
            except UnreadableText:
                return None
    return None


def _remarks(section: Section, statement: Statement, name: str) -> list[Problem]:
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
