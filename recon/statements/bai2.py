"""BAI2 cash management balance reporting: every control total and record count must hold, or the file is refused.

Records 01 file, 02 group, 03 account, 16 transaction, 88 continuation, 49/98/99 trailers. Amounts have no decimal
point;
the currency's minor units are implied, and the sign of a transaction is that of its type code. Source: BAI, Cash
Management Balance Reporting Specifications, Version 2.

Room: pure.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from recon.errors import Problem, UnreadableText
from recon.model import Reading, Statement, StatementLine
from recon.statements.bai2_records import (
    Amounts,
    ControlError,
    Record,
    account_amounts,
    loose_records,
    records,
    transaction,
    whole,
)
from recon.statements.bankdays import short_day
from recon.statements.currencies import is_statement_currency
from recon.statements.decode import Decoding
from recon.statements.identity import reused_bank_ids
from recon.statements.proof import booked_minor, prove
from recon.statements.quarantine import check_problems, file_refused, row_problem, warning

_REFUSED_STATUS = {"2": "deletion of what was sent before", "3": "correction", "4": "test"}


@dataclass(slots=True)
class _Account:
    """One 03 record with its transactions."""

    head: Record
    amounts: Amounts
    transactions: list[Record] = field(default_factory=list)


@dataclass(slots=True)
class _Group:
    """One 02 record with its accounts."""

    head: Record
    accounts: list[_Account] = field(default_factory=list)


def is_bai2(head: str) -> bool:
    """Tell BAI2 by its file header record."""
    first = head.lstrip("\ufeff\r\n ")
    return first.startswith("01,") and re.search(r"[\r\n/][ \t]*02,", first) is not None


def read_bai2(decoding: Decoding, name: str) -> Reading:
    """Read a file whose totals and counts hold from transactions to file."""
    try:
        groups = list(_groups(list(records(decoding))))
    except ControlError as fault:
        groups = _by_totals(decoding)
        if not groups:
            return file_refused("bai2", name, str(fault))
    problems: list[Problem] = []
    statements: list[Statement] = []
    for group in groups:
        for account in group.accounts:
            statement, found = _statement(group, account, decoding, name)
            statements.append(statement)
            problems += found + reused_bank_ids(statement.lines, name)
    return Reading("bai2", tuple(statements), tuple(problems))


def _by_totals(decoding: Decoding) -> list[_Group]:
    """Return the groups of a file whose lines are not its records; none unless every total and count then holds."""
    try:
        return list(_groups(list(loose_records(decoding))))
    except ControlError:
        return []


def _groups(found: Sequence[Record]) -> Iterator[_Group]:
    """Build the groups and check every trailer on the way."""
    if not found or found[-1].code != "99":
        raise ControlError("the file trailer (99) is missing: the file is cut")
    group: _Group | None = None
    account: _Account | None = None
    total = _Totals()
    for record in found:
        if record.code in ("16", "03", "49") and group is None:
            raise ControlError(f"line {record.line}: a {record.code} record stands outside any group")
        if record.code == "02":
            group = _opened(record)
        elif record.code == "03":
            account = _Account(record, account_amounts(record))
            group.accounts.append(account)  # type: ignore[union-attr]
        elif record.code == "16":
            if account is None:
                raise ControlError(f"line {record.line}: a transaction stands outside any account")
            account.transactions.append(record)
        total.count(record)
        if record.code == "49":
            total.close_account(record, account)
            account = None
        elif record.code == "98":
            total.close_group(record, group, account)
            yield group  # type: ignore[misc]
            group = None
        elif record.code == "99":
            total.close_file(record, group, record is found[-1])


def _opened(record: Record) -> _Group:
    status = record.field(3)
    if status in _REFUSED_STATUS:
        raise ControlError(f"line {record.line}: the group is a {_REFUSED_STATUS[status]}, not an update")
    return _Group(record)


@dataclass(slots=True)
class _Totals:
    """Sums and counts on each level, checked against the trailers."""

    account_records: int = 0
    group_records: int = 0
    file_records: int = 0
    group_sum: int = 0
    file_sum: int = 0
    groups: int = 0

    def count(self, record: Record) -> None:
        self.file_records += record.physical
        self.group_records = record.physical if record.code == "02" else self.group_records + record.physical
        self.account_records = record.physical if record.code == "03" else self.account_records + record.physical

    def close_account(self, record: Record, account: _Account | None) -> None:
        if account is None:
            raise ControlError(f"line {record.line}: an account trailer (49) without account")
        total = account.amounts.total + sum(whole(found.field(2), found) for found in account.transactions)
        self._check(record, "account", "sum", record.field(1), total)
        self._check(record, "account", "record count", record.field(2), self.account_records)
        self.group_sum += total

    def close_group(self, record: Record, group: _Group | None, account: _Account | None) -> None:
        if group is None or account is not None:
            raise ControlError(f"line {record.line}: a group trailer (98) without group, or inside an account")
        self._check(record, "group", "sum", record.field(1), self.group_sum)
        self._check(record, "group", "number of accounts", record.field(2), len(group.accounts))
        self._check(record, "group", "record count", record.field(3), self.group_records)
        self.file_sum, self.group_sum, self.groups = self.file_sum + self.group_sum, 0, self.groups + 1

    def close_file(self, record: Record, group: _Group | None, is_last: bool) -> None:
        if group is not None or not is_last:
            raise ControlError(f"line {record.line}: the file trailer (99) does not stand at the end")
        self._check(record, "file", "sum", record.field(1), self.file_sum)
        self._check(record, "file", "number of groups", record.field(2), self.groups)
        self._check(record, "file", "record count", record.field(3), self.file_records)

    @staticmethod
    def _check(record: Record, level: str, what: str, told: str, found: int) -> None:
        if not told and what == "sum":  # blank is nothing to control, as the specification allows
            return
        stated = whole(told, record)
        if stated != found:
            told = f"{stated:,}, the records make {found:,}"
            raise ControlError(f"line {record.line}: the {level}'s {what} is {told}")


def _statement(group: _Group, account: _Account, decoding: Decoding, name: str) -> tuple[Statement, list[Problem]]:
    currency = account.head.field(2).strip() or group.head.field(6).strip() or "USD"  # the specification's default
    problems: list[Problem] = []
    lines: list[StatementLine] = []
    for record in account.transactions:
        try:
            if not is_statement_currency(currency):
                raise UnreadableText(f"{currency[:10]!r} is not a currency")
            line = transaction(record, currency, short_day(group.head.field(4).strip()))
        except UnreadableText as unread:
            raw = decoding.content[record.start : record.end]
            problems.append(row_problem(name, record.line, str(unread), raw, record.start))
            check_problems(problems)
            continue
        if line is None:
            problems.append(
                warning(name, "the record is information only and no movement", "Nothing to do", record.line)
            )
        else:
            lines.append(line)
    opening, closing = account.amounts.balances.get("010"), account.amounts.balances.get("015")
    proof, reason = prove(opening, closing, booked_minor(lines, currency), currency)
    statement = Statement(account.head.field(1).strip(), currency, tuple(lines), proof, reason, opening, closing)
    days = sorted(line.booked_on for line in lines)
    return (replace(statement, first_on=days[0], last_on=days[-1]) if days else statement), problems
