"""Take a bank file into the books, as a whole or not at all; taking it again adds nothing.

Room: store.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.bank_lines import BankLines, total
from recon.errors import Problem
from recon.model import Proof, Reading, Statement, mask_account
from recon.money import format_minor
from recon.store import schema
from recon.store.bank_accounts import (
    BankAccount,
    KnownAccount,
    account_of,
    keep_accounts,
    known_accounts,
    plain_accounts,
)
from recon.store.bank_lines import Identity, KeptLines, keep_lines
from recon.store.books import open_reviews
from recon.store.bulk import insert_many, next_id
from recon.store.chain import AuditRow, Author, append_audit
from recon.store.source_files import SourceFile, keep_file, known_file, quarantine


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What taking a file in changed. `is_new` is False when its content was imported before."""

    file_id: int
    is_new: bool
    is_believed: bool
    statement_count: int = 0
    line_count: int = 0
    new_line_count: int = 0
    quarantined_count: int = 0
    discrepancy_count: int = 0
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class _Proved:
    proof: Proof
    reason: str
    rolled_from_id: int | None = None


def import_reading(
    connection: Connection, reading: Reading, source: SourceFile, accounts: Sequence[BankAccount],
    identities: Sequence[Sequence[Identity]], author: Author, default_company: str = "",
) -> ImportResult:  # fmt: skip
    """Take a reading in. `identities` has (fingerprint, occurrence) of each line of each statement, in their order.

    A file that is not believed, or names an account that is not declared, goes to quarantine as a whole. The plain
    layout needs `default_company`. Raises UsageError when the declared accounts contradict the books.
    """
    known = known_file(connection, source)
    if known and (known[1] == "imported" or not reading.is_believed):
        return ImportResult(known[0], is_new=False, is_believed=known[1] == "imported", problems=reading.problems)
    keep_accounts(connection, (*accounts, *plain_accounts(reading.statements, default_company)))
    owners, strangers = _owners(connection, reading, source.name)
    problems = (*reading.problems, *strangers)
    believed = reading.is_believed and not strangers
    if known and not believed:
        return ImportResult(known[0], is_new=False, is_believed=False, problems=problems)
    line_count = sum(len(statement.lines) for statement in reading.statements)
    state = "imported" if believed else "quarantined"
    file_id = keep_file(connection, source, reading.format, state, line_count, author)
    quarantined_count = quarantine(connection, file_id, problems, author)
    if not believed:
        return ImportResult(file_id, True, False, quarantined_count=quarantined_count, problems=problems)
    kept = [
        _keep_statement(connection, file_id, ordinal, owner, statement, identity, source.name, author)
        for ordinal, (owner, statement, identity) in enumerate(zip(owners, reading.statements, identities, strict=True))
    ]
    _seal(connection, file_id, source, owners, [lines for lines, _ in kept], author)
    return ImportResult(
        file_id,
        is_new=True,
        is_believed=True,
        statement_count=len(kept),
        line_count=line_count,
        new_line_count=sum(lines.count for lines, _ in kept),
        quarantined_count=quarantined_count,
        discrepancy_count=sum(proved.proof is Proof.DISCREPANCY for _, proved in kept),
        problems=(*problems, *(problem for lines, _ in kept for problem in lines.problems)),
    )


def _owners(connection: Connection, reading: Reading, name: str) -> tuple[list[KnownAccount], list[Problem]]:
    known = known_accounts(connection)
    owners: list[KnownAccount] = []
    problems: list[Problem] = []
    for statement in reading.statements:
        owner = account_of(known, statement)
        if owner is None:
            account = f"{mask_account(statement.account)} ({statement.currency})"
            remedy = "Declare it under [[bank_accounts]] in recon.toml and run again"
            problems.append(Problem(name, f"account {account} is not in the settings", remedy, quarantined="file"))
        else:
            owners.append(owner)
    return owners, problems


def _keep_statement(
    connection: Connection, file_id: int, ordinal: int, account: KnownAccount, statement: Statement,
    identities: Sequence[Identity], where: str, author: Author,
) -> tuple[KeptLines, _Proved]:  # fmt: skip
    statement_id = next_id(connection, schema.statement)
    _insert_statement(connection, statement_id, file_id, ordinal, account, statement)
    lines = keep_lines(connection, account, statement_id, statement.lines, identities, where, author)
    proved, gaps = _prove(connection, statement_id, account, statement, lines, where)
    _keep_proof(connection, statement_id, lines, proved)
    if proved.proof is Proof.DISCREPANCY:
        difference = _difference(statement)
        subject = (statement_id, account.company, account.currency, difference, abs(difference), "discrepancy")
        open_reviews(connection, "statement", [subject], author, detail=proved.reason)
    return KeptLines(lines.count, lines.sum_minor, (*lines.problems, *gaps)), proved


def _insert_statement(
    connection: Connection, statement_id: int, file_id: int, ordinal: int, account: KnownAccount, statement: Statement
) -> None:
    columns = (
        "id", "file_id", "ordinal", "bank_account_id", "currency", "first_on", "last_on", "opening_minor",
        "closing_minor", "sum_minor", "line_count", "new_line_count", "new_sum_minor", "proof", "proof_reason",
    )  # fmt: skip
    days = [day.isoformat() if day else None for day in (statement.first_on, statement.last_on)]
    balances = (statement.opening_minor, statement.closing_minor)
    row = (statement_id, file_id, ordinal, account.id, account.currency, *days, *balances, _booked_sum(statement))
    proof = (statement.proof.value, statement.proof_reason)
    insert_many(connection, schema.statement, columns, [(*row, len(statement.lines), 0, 0, *proof)])


def _prove(
    connection: Connection, statement_id: int, account: KnownAccount, statement: Statement, lines: KeptLines, where: str
) -> tuple[_Proved, list[Problem]]:
    """Roll forward from the previous closing where the bank gives no opening; tell of a gap where it does."""
    own = _Proved(statement.proof, statement.proof_reason)
    previous = _previous(connection, account.id, statement_id, statement)
    if statement.closing_minor is None or previous is None:
        return own, []
    previous_id, previous_closing = previous
    rolled = previous_closing + _sum_since(connection, account.id, previous_id, statement_id)
    if rolled == statement.closing_minor:
        if statement.proof is not Proof.UNVERIFIABLE:
            return own, []
        return _Proved(Proof.VERIFIED, "previous closing + lines = closing", previous_id), []
    missing = format_minor(statement.closing_minor - rolled, account.currency)
    what = f"account {account.key} moved by {missing} {account.currency} between the last two statements without lines"
    return own, [Problem(where, what, "Look for a statement that is missing")]


def _previous(
    connection: Connection, account_id: int, statement_id: int, statement: Statement
) -> tuple[int, int] | None:
    """Return id and closing of the statement before; None when a later day is in already (files out of order)."""
    sql = (
        "SELECT id, closing_minor, last_on FROM statement WHERE bank_account_id = :account AND id < :id"
        " AND closing_minor IS NOT NULL ORDER BY last_on DESC, id DESC LIMIT 1"
    )
    found = connection.execute(text(sql), {"account": account_id, "id": statement_id}).first()
    if found is None or statement.last_on is None or found[2] is None or found[2] >= statement.last_on.isoformat():
        return None
    return found[0], found[1]


def _sum_since(connection: Connection, account_id: int, after_id: int, until_id: int) -> int:
    sql = (
        "SELECT coalesce(sum(line.amount_minor), 0) FROM bank_line AS line JOIN entry ON entry.bank_line_id = line.id"
        " WHERE entry.kind = 'import' AND line.statement_id IN (SELECT id FROM statement"
        " WHERE bank_account_id = :account AND id > :after AND id <= :until)"
    )
    given = {"account": account_id, "after": after_id, "until": until_id}
    return int(connection.execute(text(sql), given).scalar_one())


def _keep_proof(connection: Connection, statement_id: int, lines: KeptLines, proved: _Proved) -> None:
    sql = (
        "UPDATE statement SET new_line_count = :count, new_sum_minor = :sum, proof = :proof, proof_reason = :reason,"
        " rolled_from_id = :rolled WHERE id = :id"
    )
    given = {"count": lines.count, "sum": lines.sum_minor, "proof": proved.proof.value, "reason": proved.reason}
    connection.execute(text(sql), {**given, "rolled": proved.rolled_from_id, "id": statement_id})


def _booked_sum(statement: Statement) -> int:
    if isinstance(statement.lines, BankLines):
        return total(statement.lines.amount_minor[~statement.lines.pending])
    return sum(line.amount_minor for line in statement.lines if not line.pending)


def _difference(statement: Statement) -> int:
    if statement.opening_minor is None or statement.closing_minor is None:
        return 0
    return statement.closing_minor - statement.opening_minor - _booked_sum(statement)


def _seal(
    connection: Connection, file_id: int, source: SourceFile, owners: Sequence[KnownAccount],
    kept: Sequence[KeptLines], author: Author,
) -> None:  # fmt: skip
    """Put the file's control totals into the audit chain: who changes an amount later contradicts them."""
    totals = [
        {"account": owner.key, "new_lines": lines.count, "new_sum_minor": lines.sum_minor}
        for owner, lines in zip(owners, kept, strict=True)
    ]
    detail: dict[str, object] = {"sha256": source.sha256, "statements": totals}
    append_audit(connection, [AuditRow("import_statement", f"file:{file_id}", detail)], author)
