"""The plain layout `fitid,date,amount,currency,type,checknum,payee,memo`: a statement without a bank.

One statement per currency, account `plain:CUR`; amounts are decimal text, credits positive; no balance, so
UNVERIFIABLE.

Room: pure.
"""

from recon.errors import Problem, UnreadableText
from recon.model import Proof, Reading, Statement, StatementLine
from recon.money import POINT, is_known_currency, parse_minor
from recon.statements.bankdays import iso_day
from recon.statements.csv_rows import Row, physical_lines, rows
from recon.statements.decode import Decoding, clean
from recon.statements.identity import reused_bank_ids
from recon.statements.quarantine import check_problems, file_problem, row_problem, warning
from recon.statements.references import structured_in

HEADER = ("fitid", "date", "amount", "currency", "type", "checknum", "payee", "memo")


def is_plain(head: str) -> bool:
    """Tell the layout by its header line."""
    return tuple(head.strip("\ufeff\r\n ").split(",")) == HEADER


def read_plain(decoding: Decoding, name: str) -> Reading:
    """Read the plain layout. A row that cannot be read is quarantined alone."""
    lines = physical_lines(decoding)
    by_currency: dict[str, list[StatementLine]] = {}
    problems: list[Problem] = []
    if decoding.mismatch:
        problems.append(warning(name, decoding.mismatch, "Save the file as UTF-8"))
    for row in rows(lines, ",", first=1):
        try:
            line = _line(row)
            by_currency.setdefault(line.currency, []).append(line)
        except UnreadableText as reason:
            problems.append(row_problem(name, row.line, str(reason), decoding.content[row.start : row.end], row.start))
            check_problems(problems)
    if not lines.is_terminated and len(lines.texts) == 1:
        problems.append(file_problem(name, "the header has no line end: the file is cut"))
    statements = tuple(_statement(currency, found) for currency, found in by_currency.items())
    for statement in statements:
        problems += reused_bank_ids(statement.lines, name)
    return Reading("plain", statements, tuple(problems))


def _line(row: Row) -> StatementLine:
    if row.fault:
        raise UnreadableText(row.fault)
    if len(row.fields) != len(HEADER):
        raise UnreadableText(f"the row has {len(row.fields)} fields, the header {len(HEADER)}")
    fitid, day, amount, currency, kind, check_number, payee, memo = row.fields
    currency = currency.strip().upper()
    if not is_known_currency(currency):
        raise UnreadableText(f"{currency[:10]!r} is not a currency")
    remittance = clean(memo)
    return StatementLine(
        parse_minor(amount, POINT, currency),
        currency,
        iso_day(day),
        row.line,
        row.start,
        bank_id=clean(fitid),
        kind=clean(kind).upper(),
        payer=clean(payee),
        remittance=remittance,
        reference=structured_in(remittance),
        check_number=clean(check_number),
    )


def _statement(currency: str, lines: list[StatementLine]) -> Statement:
    days = sorted({line.booked_on for line in lines})
    reason = "the plain layout has no balances"
    account = f"plain:{currency}"
    return Statement(account, currency, tuple(lines), Proof.UNVERIFIABLE, reason, first_on=days[0], last_on=days[-1])
