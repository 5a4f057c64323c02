"""Lines in another currency than their account: what the bank moved on the account, it does not say.

They are read and shown in their own currency. The books of the account cannot take them: 10.00 USD would stand there as
10.00 EUR.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from recon.bank_lines import BankLines
from recon.errors import Problem
from recon.model import Reading, Statement, StatementLine
from recon.money import format_minor
from recon.statements.quarantine import row_problem

_REMEDY = "Ask the bank what it moved on the account, and book that by hand; then accept this row with the reason"


def in_own_currency(reading: Reading, name: str) -> Reading:
    """Return the reading with each line of another currency than its statement's set aside as a row."""
    foreign = [line for statement in reading.statements for line in _foreign(statement)]
    if not foreign:
        return reading
    statements = tuple(
        replace(statement, lines=tuple(line for line in statement.lines if line.currency == statement.currency))
        if _foreign(statement)
        else statement
        for statement in reading.statements
    )
    currencies = [statement.currency for statement in reading.statements for _ in _foreign(statement)]
    told = [_told(line, currency, name) for line, currency in zip(foreign, currencies, strict=True)]
    return replace(reading, statements=statements, problems=(*reading.problems, *told))


def _foreign(statement: Statement) -> Sequence[StatementLine]:
    lines = statement.lines
    if isinstance(lines, BankLines):
        return lines.take(np.flatnonzero(lines.currency != statement.currency))
    return [line for line in lines if line.currency != statement.currency]


def _told(line: StatementLine, currency: str, name: str) -> Problem:
    amount = f"{format_minor(line.amount_minor, line.currency)} {line.currency}"
    what = f"the line of {line.booked_on.isoformat()} is {amount}, the account is in {currency}"
    raw = f"{line.bank_id} {line.payer} {line.remittance}".encode()
    return row_problem(name, line.source_line, what, raw, line.source_byte, _REMEDY)
