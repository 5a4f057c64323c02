"""A delimited file to statements, by a profile. Every row is a line, a note the profile knows, blank, void or
quarantined.

Room: pure.
"""

from collections.abc import Sequence

from recon.bank_lines import joined_lines
from recon.counted import counted
from recon.errors import Problem, UnreadableText
from recon.frames import day_of
from recon.model import Reading, Statement
from recon.statements.balance_chain import Chain, prove_chain
from recon.statements.csv_amounts import csv_minor
from recon.statements.csv_blocks import blocks
from recon.statements.csv_columns import ColumnReader
from recon.statements.csv_gather import BlockReader, Gathered, GatheredAccount, noted
from recon.statements.csv_layout import Layout, rows_taken_twice
from recon.statements.csv_row import RowReader
from recon.statements.csv_rows import Lines
from recon.statements.decode import Decoding
from recon.statements.identity import reused_bank_ids
from recon.statements.profile import Profile
from recon.statements.quarantine import file_refused, warning


def read_csv(decoding: Decoding, lines: Lines, name: str, layout: Layout, account_currency: str | None) -> Reading:
    """Read the rows below the header. A layout that yields no row at all is refused: it has changed, or the file is
    cut."""
    profile = layout.profile
    if refusal := told_twice(lines, layout.header_at, name):
        return refusal
    gathered = Gathered()
    if decoding.mismatch:
        gathered.problems.append(warning(name, decoding.mismatch, "Check names with unusual letters"))
    for text in lines.texts(0, max(layout.header_at, 0)):
        gathered.told |= noted(text, profile) or {}
    given = profile, gathered.told, account_currency or ""
    reader = BlockReader(lines, name, gathered, ColumnReader(*given), RowReader(*given))
    for block in blocks(lines, profile.delimiter, profile.quote, layout.header_at + 1):
        reader.take(block)
    if refusal := _refusal(gathered, profile, name):
        return refusal
    statements = [_statement(key, account, gathered, profile) for key, account in gathered.accounts.items()]
    return Reading("csv", tuple(statements), (*gathered.problems, *_remarks(statements, gathered, name)))


def told_twice(lines: Lines, header_at: int, name: str, format: str = "csv") -> Reading | None:
    """Return the refusal of a file that holds its header again with rows on both sides of it; None of any other."""
    if header_at < 0 or not (count := rows_taken_twice(lines, header_at)):
        return None
    what = f"the header stands in the file again, and {count:,} rows stand above and below it: they would count twice"
    return file_refused(format, name, what, "Import each of the exports by itself")


def _refusal(gathered: Gathered, profile: Profile, name: str) -> Reading | None:
    found = gathered.accounts or gathered.void or any(problem.quarantined for problem in gathered.problems)
    if found or profile.may_be_empty:
        return None
    remedy = "If the statement is truly empty, set file.may_be_empty in the profile; else download it again"
    return file_refused("csv", name, f"the file has the header of {profile.name!r} but no row", remedy)


def _statement(key: tuple[str, str], account: GatheredAccount, gathered: Gathered, profile: Profile) -> Statement:
    number, currency = key
    opening, closing = (_told_minor(gathered, profile, side, currency) for side in ("opening", "closing"))
    proved = prove_chain(Chain.of(account.chain), opening, closing, currency, profile.balance_order)
    lines = joined_lines(account.lines)
    return Statement(
        number,
        currency,
        lines,
        proved.proof,
        proved.reason,
        proved.opening_minor,
        proved.closing_minor,
        day_of(lines.booked_day.min()),
        day_of(lines.booked_day.max()),
        profile.kind,
    )


def _told_minor(gathered: Gathered, profile: Profile, side: str, currency: str) -> int | None:
    """Return a balance the file's notes tell. It belongs to the one account of the file, or to none."""
    text = gathered.told.get(side, "")
    if not text or len(gathered.accounts) != 1:
        return None
    try:
        return csv_minor(text, profile.numbers, currency)
    except UnreadableText:
        return None


def _remarks(statements: Sequence[Statement], gathered: Gathered, name: str) -> list[Problem]:
    remarks = [problem for statement in statements for problem in reused_bank_ids(statement.lines, name)]
    if gathered.void:
        what = f"{counted(gathered.void, 'row')} marked void by the bank: no movement of money"
        remarks.append(warning(name, what, "Nothing to do, unless the bank later books them"))
    if any(not statement.account for statement in statements):
        remarks.append(warning(name, "the file names no account", "Say which account it is when you import it"))
    return remarks
