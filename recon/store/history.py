"""What was reconciled before these books began: past lines and how they were settled, for matching to learn from.

Nothing here is money of the books: no entry, no open item.

Room: store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from recon.errors import Problem, UnreadableText
from recon.model import Statement, StatementLine
from recon.money import POINT, parse_minor
from recon.store import schema
from recon.store.bank_lines import Identity
from recon.store.bulk import fetch_in, insert_new, next_id
from recon.store.chain import AuditRow, Author, append_audit


@dataclass(frozen=True, slots=True)
class PastSettlement:
    """One row of a history-truth file. `amount` is decimal text in the currency of its line; no number: on account."""

    bank_id: str
    invoice_number: str
    amount: str
    customer_code: str
    row: int  # in its file, from 1, for messages


@dataclass(frozen=True, slots=True)
class HistoryResult:
    """How many past lines and settlements were new."""

    line_count: int
    settlement_count: int
    problems: tuple[Problem, ...] = ()


def import_history(
    connection: Connection, company: str, statements: Sequence[Statement], identities: Sequence[Sequence[Identity]],
    settlements: Iterable[PastSettlement], author: Author, where: str = "history",
) -> HistoryResult:  # fmt: skip
    """Keep past lines by (company, fingerprint) and their settlements; repeating it adds nothing."""
    first = next_id(connection, schema.past_line)
    columns = (
        "id", "company", "currency", "bank_id", "fingerprint", "booked_on", "amount_minor", "kind", "check_number",
        "payer", "payer_account", "remittance", "reference", "end_to_end_id",
    )  # fmt: skip
    pairs = [
        (line, identity)
        for statement, known in zip(statements, identities, strict=True)
        for line, identity in zip(statement.lines, known, strict=True)
    ]
    rows = [_row(first + n, company, line, identity) for n, (line, identity) in enumerate(pairs)]
    line_count = insert_new(connection, schema.past_line, columns, rows)
    lines = _lines(connection, company, first)
    settlement_count, problems = _keep_settlements(connection, company, lines, settlements, where)
    if line_count or settlement_count:
        detail: dict[str, object] = {"company": company, "lines": line_count, "settlements": settlement_count}
        append_audit(connection, [AuditRow("import_history", "history", detail)], author)
    return HistoryResult(line_count, settlement_count, problems)


def _row(line_id: int, company: str, line: StatementLine, identity: Identity) -> tuple[int | str | None, ...]:
    return (
        line_id, company, line.currency, line.bank_id, identity[0], line.booked_on.isoformat(), line.amount_minor,
        line.kind, line.check_number, line.payer, line.payer_account, line.remittance, line.reference,
        line.end_to_end_id,
    )  # fmt: skip


def _lines(connection: Connection, company: str, first_id: int) -> dict[str, tuple[int, str]]:
    """Return id and currency of the lines just inserted, by bank id."""
    sql = "SELECT bank_id, id, currency FROM past_line WHERE company = :company AND id >= :first"
    given = {"company": company, "first": first_id}
    return {row[0]: (row[1], row[2]) for row in connection.execute(text(sql), given)}


def _keep_settlements(
    connection: Connection, company: str, lines: dict[str, tuple[int, str]], settlements: Iterable[PastSettlement],
    where: str,
) -> tuple[int, tuple[Problem, ...]]:  # fmt: skip
    wanted = [settlement for settlement in settlements if settlement.bank_id in lines]
    codes = {settlement.customer_code for settlement in wanted}
    sql = "SELECT code, id FROM customer WHERE company = :company AND code IN :values"
    customers = {row[0]: row[1] for row in fetch_in(connection, sql, sorted(codes), company=company)}
    ordinals: dict[int, int] = {}
    rows, problems = [], []
    for told in wanted:
        line_id, currency = lines[told.bank_id]
        try:
            minor = parse_minor(told.amount, POINT, currency)
        except UnreadableText as error:
            problems.append(Problem(f"{where}, row {told.row}", str(error), "Correct the amount", quarantined="row"))
            continue
        ordinals[line_id] = ordinals.get(line_id, -1) + 1
        customer_id = customers.get(told.customer_code)
        rows.append((line_id, ordinals[line_id], customer_id, told.invoice_number, minor))
    columns = ("past_line_id", "ordinal", "customer_id", "invoice_number", "amount_minor")
    return insert_new(connection, schema.past_allocation, columns, rows), tuple(problems)
