"""Bank lines in the books: which are new, what the bank changed about those it wrote before, and the entry of each.

A line is known by (account, fingerprint of its content, how-manieth of that content). So overlapping, repeated and
reordered statements add nothing, and two real, identical rows stay two. The bank changes its mind in three ways, each
an explicit change of state: a pending line is booked, a line is replaced, a line is deleted.

Room: store.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import repeat

import numpy as np
from sqlalchemy import Connection, text

from recon import ledger
from recon.bank_lines import BankLines, booked_days, iso_days, lines_as_columns, total
from recon.errors import Problem
from recon.model import LineState, StatementLine
from recon.store import schema
from recon.store.bank_accounts import KnownAccount
from recon.store.books import entries_of, first_open_day, open_reviews, post
from recon.store.bulk import fetch_in, insert_many, next_id, update_by_id
from recon.store.chain import AuditRow, Author, append_audit, append_entries
from recon.store.ground import closed_periods

Identity = tuple[str, int]  # fingerprint, occurrence
LINE_COLUMNS = (
    "id", "bank_account_id", "statement_id", "company", "currency", "amount_minor", "booked_on", "valued_on", "bank_id",
    "fingerprint", "occurrence", "kind", "payer", "payer_account", "remittance", "reference", "end_to_end_id",
    "check_number", "details", "source_line", "source_byte", "corrects_bank_id", "correction", "state",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KeptLines:
    """What a statement added: how many lines and their sum, and what a person should know."""

    count: int
    sum_minor: int
    problems: tuple[Problem, ...]


def keep_lines(
    connection: Connection, account: KnownAccount, statement_id: int, lines: Sequence[StatementLine],
    identities: Sequence[Identity], where: str, author: Author,
) -> KeptLines:  # fmt: skip
    """Insert the lines that are not known yet, with the entry of each that is money."""
    known = _known(connection, account.id, identities)
    fresh = [n for n, identity in enumerate(identities) if identity not in known]
    new = lines_as_columns(lines)
    new = new if len(fresh) == len(lines) else new.take(np.array(fresh, dtype=np.int64))
    reuses = _reuses(connection, account.id, new, where, author)
    first = next_id(connection, schema.bank_line)
    states = _states(new)
    rows = _rows(first, account, statement_id, new, [identities[position] for position in fresh], states)
    insert_many(connection, schema.bank_line, LINE_COLUMNS, rows)
    _book(connection, account, first, new, states, author)
    return KeptLines(
        len(new), total(new.amount_minor), (*reuses, *settle_corrections(connection, account, where, author))
    )


def settle_corrections(
    connection: Connection, account: KnownAccount, where: str, author: Author
) -> tuple[Problem, ...]:
    """Carry out the bank's replacements and deletions that wait; those of placed lines go to a reviewer first."""
    sql = (
        "SELECT id, corrects_bank_id, correction, amount_minor, booked_on FROM bank_line"
        " WHERE bank_account_id = :account AND state = 'pending' AND correction <> '' ORDER BY id"
    )
    problems: list[Problem] = []
    for line_id, corrected, correction, minor, day in connection.execute(text(sql), {"account": account.id}).all():
        if _withdraw(connection, account.id, line_id, corrected, author):
            is_money = correction == "replace" and minor
            state = LineState.NEW if is_money else LineState.SUPERSEDED
            update_by_id(
                connection, schema.bank_line, "state = :value, version = version + 1", [(line_id, state.value)]
            )
            if is_money:
                line = ledger.CashLine(line_id, account.company, account.currency, minor)
                day = first_open_day(connection, account.company, date.fromisoformat(day))
                append_entries(connection, [ledger.book_line(line, day)], author)
        elif _ask(connection, account, line_id, minor, author):
            what = f"the bank corrects line {corrected}, which is already placed"
            problems.append(
                Problem(where, what, f"Undo it with `recon undo D{_original(connection, account.id, corrected)}`")
            )
    return tuple(problems)


def _known(connection: Connection, account_id: int, identities: Sequence[Identity]) -> set[Identity]:
    sql = "SELECT fingerprint, occurrence FROM bank_line WHERE bank_account_id = :account AND fingerprint IN :values"
    fingerprints = dict.fromkeys(fingerprint for fingerprint, _ in identities)
    return {(row[0], row[1]) for row in fetch_in(connection, sql, fingerprints, account=account_id)}


def _reuses(connection: Connection, account_id: int, lines: BankLines, where: str, author: Author) -> list[Problem]:
    """Find lines whose bank id is on an earlier line: the booking of a pending one, or a reuse worth a warning."""
    own, corrections, pending = lines.bank_id.tolist(), lines.correction.tolist(), lines.pending.tolist()
    ids = {bank_id for bank_id, correction in zip(own, corrections, strict=True) if bank_id and not correction}
    sql = "SELECT id, bank_id, state FROM bank_line WHERE bank_account_id = :account AND bank_id IN :values"
    booked = {bank_id for bank_id, is_pending in zip(own, pending, strict=True) if not is_pending}
    problems, superseded = [], []
    for line_id, bank_id, state in fetch_in(connection, sql, sorted(ids), account=account_id):
        if state == LineState.PENDING.value:
            if bank_id in booked:
                superseded.append((line_id, LineState.SUPERSEDED.value))
        elif state != LineState.SUPERSEDED.value:
            what = f"bank id {bank_id[:40]!r} is also that of an earlier line with other content"
            problems.append(Problem(where, what, "Both are kept; check with the bank if in doubt"))
    update_by_id(connection, schema.bank_line, "state = :value, version = version + 1", superseded)
    append_audit(connection, [AuditRow("book_pending", f"line:{line_id}", {}) for line_id, _ in superseded], author)
    return problems


def _states(lines: BankLines) -> list[LineState]:
    waits = lines.pending | (lines.correction != "").astype(np.bool_)
    return [
        LineState.PENDING if is_waiting else LineState.NEW if minor else LineState.SET_ASIDE
        for is_waiting, minor in zip(waits.tolist(), lines.amount_minor.tolist(), strict=True)
    ]


def _rows(
    first: int, account: KnownAccount, statement_id: int, lines: BankLines, identities: Sequence[Identity],
    states: Sequence[LineState],
) -> Iterator[tuple[int | str | None, ...]]:  # fmt: skip
    details = (json.dumps(told, ensure_ascii=False) if told else "" for told in lines.details)
    return zip(
        range(first, first + len(lines)), repeat(account.id), repeat(statement_id), repeat(account.company),
        repeat(account.currency), lines.amount_minor.tolist(), iso_days(lines.booked_day),
        iso_days(lines.valued_day), lines.bank_id, (one for one, _ in identities), (nth for _, nth in identities),
        lines.kind, lines.payer, lines.payer_account, lines.remittance, lines.reference, lines.end_to_end_id,
        lines.check_number, details, lines.source_line.tolist(), lines.source_byte.tolist(), lines.corrects_bank_id,
        lines.correction, (state.value for state in states),
    )  # fmt: skip


def _book(
    connection: Connection, account: KnownAccount, first: int, lines: BankLines, states: Sequence[LineState],
    author: Author,
) -> None:  # fmt: skip
    closed = closed_periods(connection).get(account.company, "")
    open_day = first_open_day(connection, account.company, date.fromisoformat(closed)) if closed else date.min
    entries = [
        ledger.book_line(
            ledger.CashLine(first + n, account.company, account.currency, minor),
            max(day, open_day),
        )
        for n, (minor, day, state) in enumerate(
            zip(lines.amount_minor.tolist(), booked_days(lines), states, strict=True)
        )
        if state is LineState.NEW
    ]
    append_entries(connection, entries, author)


def _withdraw(connection: Connection, account_id: int, correction_id: int, bank_id: str, author: Author) -> bool:
    """Take the corrected line out of the books; False while it is placed. A line we never had is withdrawn already."""
    line_id, state = _corrected(connection, account_id, correction_id, bank_id)
    if line_id is None:
        return True
    if state == LineState.PENDING.value:
        update_by_id(connection, schema.bank_line, "state = :value", [(line_id, LineState.SUPERSEDED.value)])
        return True
    if state not in (LineState.NEW.value, LineState.IN_REVIEW.value):
        return False
    sql = "SELECT id FROM entry WHERE bank_line_id = :line AND kind = 'import'"
    entry_id = connection.execute(text(sql), {"line": line_id}).scalar_one()
    (booked,) = entries_of(connection, [entry_id])
    day = first_open_day(connection, booked.entry.company, booked.entry.booked_on)
    post(connection, [ledger.correct_line(booked.entry, entry_id, day, "corrected by the bank")], author)
    return True


def _corrected(connection: Connection, account_id: int, correction_id: int, bank_id: str) -> tuple[int | None, str]:
    sql = (
        "SELECT id, state FROM bank_line WHERE bank_account_id = :account AND bank_id = :bank_id AND id <> :correction"
        " AND state <> 'superseded' AND (correction = '' OR state <> 'pending') ORDER BY id DESC"
    )
    given = {"account": account_id, "bank_id": bank_id, "correction": correction_id}
    found = connection.execute(text(sql), given).first()
    return (found[0], found[1]) if found else (None, "")


def _original(connection: Connection, account_id: int, bank_id: str) -> int | None:
    return _corrected(connection, account_id, 0, bank_id)[0]


def _ask(connection: Connection, account: KnownAccount, line_id: int, minor: int, author: Author) -> bool:
    subject = (line_id, account.company, account.currency, minor, abs(minor), "correction")
    return open_reviews(connection, "task", [subject], author) == 1
