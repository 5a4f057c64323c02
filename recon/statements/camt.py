"""CAMT.053 (statement), .052 (intraday report) and .054 (notification), all versions since 2007.

A line is one Ntry; the TxDtls inside it are what the line consists of and are never counted beside it. The count of
Ntry
tags on the raw bytes must equal lines plus quarantined rows; the totals a bank states are checked. Source: ISO 20022
message definitions, Bank-to-Customer Cash Management.

Room: pure.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from recon.counted import counted
from recon.errors import Problem, UnreadableText
from recon.model import Proof, Reading, Statement, StatementLine
from recon.money import POINT, parse_minor
from recon.statements.bankdays import iso_day
from recon.statements.camt_entry import entry_line, own_day, signed_minor
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import Decoding, decode
from recon.statements.identity import reused_bank_ids
from recon.statements.proof import booked_minor, prove
from recon.statements.quarantine import ASK_AGAIN, check_problems, file_problem, file_refused, row_problem, warning
from recon.statements.xml_tree import Element, RefusedXmlError, read_xml

_MESSAGES = (("BkToCstmrStmt", "camt.053"), ("BkToCstmrAcctRpt", "camt.052"), ("BkToCstmrDbtCdtNtfctn", "camt.054"))
_HOLDERS = frozenset(("Stmt", "Rpt", "Ntfctn"))
_COUNTED = re.compile(rb"<(?:[A-Za-z_][\w.-]*:)?Ntry[\s>/]")
_OPENING, _CLOSING = ("OPBD", "PRCD"), ("CLBD",)


def is_camt(head: str) -> bool:
    """Tell CAMT by its namespace or its message element."""
    return re.search(r"<[^>]{0,400}camt\.05[234]|<(?:\w+:)?BkToCstmr", head) is not None


def read_camt(decoding: Decoding, name: str) -> Reading:
    """Read a CAMT document, or refuse it whole where it is not well-formed."""
    decoding, content = _as_utf8(decoding)
    format = _format(content[:4096].decode("utf-8", "replace"))
    gathering = _Gathering(content, name)
    try:
        root = read_xml(content, "Ntry", gathering.take)
    except RefusedXmlError as reason:
        return file_refused(format, name, str(reason))
    holders = [element for element in root.walk() if element.name in _HOLDERS]
    if not holders:
        return file_refused(format, name, "the message holds no statement")
    return _reading(format, holders, gathering, decoding, name)


@dataclass(slots=True)
class _Entries:
    """What the entries of one statement became."""

    lines: list[StatementLine] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    count: int = 0
    set_aside: int = 0
    undated: int = 0


class _Gathering:
    """Turns each entry into a line as soon as the parser has passed it, so that only one entry is in memory."""

    def __init__(self, content: bytes, name: str) -> None:
        self.content, self.name = content, name
        self.entries: dict[int, _Entries] = {}

    def take(self, parent: Element, element: Element) -> None:
        found = self.entries.setdefault(id(parent), _Entries())
        found.count += 1
        found.undated += not own_day(element)
        try:
            line = entry_line(element, _stated_currency(parent), parent.value("CreDtTm"))
        except UnreadableText as reason:
            found.set_aside += 1
            raw = self.content[element.byte : element.end]
            found.problems.append(row_problem(self.name, element.line, str(reason), raw, element.byte))
            check_problems(found.problems)
            return
        if line is None:
            what = "the entry is information only and no movement"
            found.problems.append(warning(self.name, what, "Nothing to do", element.line))
            check_problems(found.problems)
        else:
            found.lines.append(line)


def _as_utf8(decoding: Decoding) -> tuple[Decoding, bytes]:
    declared = re.search(rb"<\?xml[^>]*encoding=[\"']([A-Za-z0-9_.:-]{1,40})", decoding.content[:300])
    if decoding.charset in ("ascii", "utf-8"):
        return decoding, decoding.content
    found = decode(decoding.content, declared[1].decode("ascii") if declared else "")
    return found, found.text().encode()


def _format(head: str) -> str:
    if match := re.search(r"camt\.05[234]", head):
        return match[0]
    return next((format for element, format in _MESSAGES if element in head), "camt")


def _reading(format: str, holders: list[Element], gathering: _Gathering, decoding: Decoding, name: str) -> Reading:
    problems: list[Problem] = []
    if decoding.mismatch:
        problems.append(warning(name, decoding.mismatch, "Check names with unusual letters"))
    statements: list[Statement] = []
    read = 0
    for holder in holders:
        entries = gathering.entries.get(id(holder), _Entries())
        read += entries.count
        problems += entries.problems
        statement, found = _statement(holder, entries, name)
        problems += found
        statements += [statement] if statement is not None else []
    if (counted := len(_COUNTED.findall(gathering.content))) != read:
        problems.append(file_problem(name, f"the file has {counted} entry tags but {read} entries inside statements"))
    for statement in statements:
        problems += reused_bank_ids(statement.lines, name)
    believed = not any(problem.quarantined == "file" for problem in problems)
    return Reading(format, tuple(statements) if believed else (), tuple(problems))


def _statement(holder: Element, entries: _Entries, name: str) -> tuple[Statement | None, list[Problem]]:
    currency = _currency(holder, entries)
    if not is_statement_currency(currency):
        return None, [file_problem(name, f"the statement at line {holder.line} says no currency", ASK_AGAIN)]
    problems: list[Problem] = []
    if entries.undated:
        what = f"{counted(entries.undated, 'entry')} without a day of its own: booked on the day of the report"
        problems.append(warning(name, what, "Check their days in online banking", holder.line))
    account = holder.value("Acct/Id/IBAN", "Acct/Id/Othr/Id", "Acct/Id/PrtryAcct/Id", "Acct/Id/BBAN", "Acct/Id/UPIC")
    if not account:
        problems.append(warning(name, "the statement names no account", "Say which account it is", holder.line))
    return _proved(holder, account, currency, entries, problems, name), problems


def _stated_currency(holder: Element) -> str:
    """Return the account's currency as far as the statement states it: by itself, or on its balances."""
    told = {code for amount in holder.all("Bal/Amt") if is_statement_currency(code := amount.attributes.get("Ccy", ""))}
    return holder.value("Acct/Ccy") or (told.pop() if len(told) == 1 else "")


def _currency(holder: Element, entries: _Entries) -> str:
    """Return the stated currency, or the one that all entries share, or that of the opening balance."""
    shared = {line.currency for line in entries.lines}
    stated = _stated_currency(holder) or (shared.pop() if len(shared) == 1 else "")
    balances = holder.all("Bal/Amt")
    return stated or (balances[0].attributes.get("Ccy", "") if balances else "")


def _proved(
    holder: Element, account: str, currency: str, entries: _Entries, problems: list[Problem], name: str
) -> Statement:
    lines = entries.lines
    opening, closing = (_balance(holder, codes, currency, problems, name) for codes in (_OPENING, _CLOSING))
    proof, reason = prove(opening, closing, booked_minor(lines, currency), currency)
    if fault := _summary_fault(holder, lines, currency, entries.set_aside):
        proof, reason = Proof.DISCREPANCY, fault
    days = sorted(line.booked_on for line in lines)
    first, last = (_day(holder.value(*paths)) for paths in (_FROM, _TO))
    return Statement(
        account,
        currency,
        tuple(lines),
        proof,
        reason,
        opening,
        closing,
        first or (days[0] if days else None),
        last or (days[-1] if days else None),
    )


_FROM = ("FrToDt/FrDt", "FrToDt/FrDtTm")
_TO = ("FrToDt/ToDt", "FrToDt/ToDtTm")


def _day(text: str) -> date | None:
    try:
        return iso_day(text) if text else None
    except UnreadableText:
        return None


def _balance(holder: Element, codes: tuple[str, ...], currency: str, problems: list[Problem], name: str) -> int | None:
    """Return the first booked balance with one of the codes, in order of preference."""
    for code in codes:
        for balance in holder.all("Bal"):
            amount = balance.find("Amt")
            if amount is None or balance.value("Tp/CdOrPrtry/Cd", "Tp/Cd") != code:
                continue
            if amount.attributes.get("Ccy", currency) != currency:
                continue
            try:
                return signed_minor(balance, amount, currency)
            except UnreadableText as reason:
                problems.append(warning(name, f"a balance is not used: {reason}", ASK_AGAIN, balance.line))
    return None


def _summary_fault(holder: Element, lines: Sequence[StatementLine], currency: str, set_aside: int) -> str:
    """Compare the totals a bank states with what was read; "" when they agree or none are stated."""
    number = holder.value("TxsSummry/TtlNtries/NbOfNtries")
    if re.fullmatch("[0-9]{1,9}", number) and int(number) != len(lines) + set_aside:
        return f"the bank announces {number} entries, the file holds {len(lines) + set_aside}"
    for path, sign in (("TtlCdtNtries", 1), ("TtlDbtNtries", -1)):
        told = holder.value(f"TxsSummry/{path}/Sum")
        found = sum(abs(line.amount_minor) for line in lines if line.amount_minor * sign > 0)
        if told and not set_aside and found != _total(told, currency):
            return f"the bank announces {told} in {path}, the entries sum to another amount"
    return ""


def _total(text: str, currency: str) -> int:
    try:
        return parse_minor(text, POINT, currency)
    except UnreadableText:
        return -1
