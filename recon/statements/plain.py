"""The plain layout `fitid,date,amount,currency,type,checknum,payee,memo`: a statement without a bank.

One statement per currency, account `plain:CUR`; amounts are decimal text, credits positive; no balance, so
UNVERIFIABLE.

Room: pure.
"""

from functools import lru_cache

from recon.bank_lines import joined_lines
from recon.errors import UnreadableText
from recon.frames import day_of
from recon.model import Proof, Reading, Statement, StatementLine
from recon.money import POINT, is_known_currency, parse_minor
from recon.statements.bankdays import iso_day
from recon.statements.column_cells import changed
from recon.statements.csv_blocks import Neatness, blocks
from recon.statements.csv_columns import Cells, ColumnReader, Columns
from recon.statements.csv_gather import BlockReader, Gathered, GatheredAccount
from recon.statements.csv_rows import Row, physical_lines
from recon.statements.csv_statement import told_twice
from recon.statements.decode import Decoding, clean
from recon.statements.identity import reused_bank_ids
from recon.statements.profile import Profile, profile_from_toml
from recon.statements.quarantine import file_problem, warning
from recon.statements.references import structured_in

HEADER = ("fitid", "date", "amount", "currency", "type", "checknum", "payee", "memo")


def is_plain(head: str) -> bool:
    """Tell the layout by its header line."""
    return tuple(head.strip("\ufeff\r\n ").split(",")) == HEADER


def read_plain(decoding: Decoding, name: str) -> Reading:
    """Read the plain layout. A row that cannot be read is quarantined alone; one with nothing in it is none."""
    lines, gathered = physical_lines(decoding), Gathered()
    if refusal := told_twice(lines, 0, name, "plain"):
        return refusal
    if decoding.mismatch:
        gathered.problems.append(warning(name, decoding.mismatch, "Save the file as UTF-8"))
    reader = BlockReader(lines, name, gathered, _PlainColumns(_layout(), {}, "", is_known_currency), _PlainRow())
    for block in blocks(lines, ",", first=1):
        reader.take(block)
    problems = gathered.problems
    if not lines.is_terminated and len(lines) == 1:
        problems.append(file_problem(name, "the header has no line end: the file is cut"))
    statements = tuple(_statement(key, account) for key, account in gathered.accounts.items())
    for statement in statements:
        problems += reused_bank_ids(statement.lines, name)
    return Reading("plain", statements, tuple(problems))


class _PlainRow:
    """Reads one row by itself."""

    def line(self, row: Row) -> tuple[str, StatementLine, None]:
        """Return account and line; raises UnreadableText."""
        line = _line(row)
        return f"plain:{line.currency}", line, None


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


class _PlainColumns(ColumnReader):
    """Reads the common rows many at a time."""

    def columns(self, cells: Cells, neat: Neatness) -> Columns:
        """Return what the rows say; the currency names the account."""
        columns = super().columns(cells, neat)
        columns.texts["kind"] = changed(columns.texts["kind"], str.upper)
        columns.account = changed(columns.currency, "plain:{}".format)
        return columns


@lru_cache(maxsize=1)
def _layout() -> Profile:
    return profile_from_toml(f"""
        name = "plain"
        file.header = {list(HEADER)}
        columns.bank_id = "fitid"
        columns.booked_on = "date"
        columns.amount = "amount"
        columns.currency = "currency"
        columns.kind = "type"
        columns.check_number = "checknum"
        columns.payer = "payee"
        columns.remittance = "memo"
        days.booked_on = ["YYYY-MM-DD"]
        numbers.decimal = "."
    """)


def _statement(key: tuple[str, str], account: GatheredAccount) -> Statement:
    number, currency = key
    lines = joined_lines(account.lines)
    first_on, last_on = day_of(lines.booked_day.min()), day_of(lines.booked_day.max())
    reason = "the plain layout has no balances"
    return Statement(number, currency, lines, Proof.UNVERIFIABLE, reason, first_on=first_on, last_on=last_on)
