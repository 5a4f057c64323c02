"""What the balances of a statement prove, alone and after the statement before it.

VERIFIED: opening + lines = closing. UNVERIFIABLE: the bank gives no opening or no closing. DISCREPANCY: both are
there and the lines do not lead from one to the other. The rules are those of docs/reference/statements.md.

Room: pure.
"""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from recon.bank_lines import BankLines, total
from recon.model import Proof, Statement, StatementLine
from recon.money import format_minor


def booked_minor(lines: Iterable[StatementLine], currency: str) -> int:
    """Sum the booked lines of one currency; pending lines are not money yet, and a deletion is an instruction, no
    movement.
    """
    if isinstance(lines, BankLines):
        counts = ~lines.pending & (lines.currency == currency) & (lines.correction != "delete")
        return total(lines.amount_minor[counts.astype(np.bool_)])
    return sum(
        line.amount_minor
        for line in lines
        if not line.pending and line.currency == currency and line.correction != "delete"
    )


def prove(opening_minor: int | None, closing_minor: int | None, sum_minor: int, currency: str) -> tuple[Proof, str]:
    """Return the proof of one statement with its reason in words.

    >>> prove(100, 150, 40, "EUR")[1]
    'opening 1.00 + lines 0.40 = 1.40, but the bank closes at 1.50 EUR: 0.10 off'
    """
    if opening_minor is None or closing_minor is None:
        missing = "neither balance" if opening_minor is closing_minor else "no opening balance"
        missing = "no closing balance" if opening_minor is not None else missing
        return Proof.UNVERIFIABLE, f"the bank states {missing}"
    reached = opening_minor + sum_minor
    if reached == closing_minor:
        return Proof.VERIFIED, "opening + lines = closing"
    opening, lines, total, closing, off = (
        format_minor(minor, currency)
        for minor in (opening_minor, sum_minor, reached, closing_minor, closing_minor - reached)
    )
    told = f"opening {opening} + lines {lines} = {total}, but the bank closes at {closing} {currency}: {off} off"
    return Proof.DISCREPANCY, told


def roll_forward(previous_closing_minor: int, statement: Statement) -> Statement:
    """Return the statement proved from the closing balance of the one before it.

    For banks that state no opening balance (all of OFX). A statement that states one keeps its own proof unless the
    two disagree: then a statement is missing between them, or one of them is not complete.
    """
    stated = statement.opening_minor
    if stated is not None and stated != previous_closing_minor:
        before, opens = (format_minor(minor, statement.currency) for minor in (previous_closing_minor, stated))
        reason = f"the statement before closed at {before}, this one opens at {opens} {statement.currency}"
        return replace(statement, proof=Proof.DISCREPANCY, proof_reason=reason)
    if stated is not None:
        return statement
    total = booked_minor(statement.lines, statement.currency)
    proof, reason = prove(previous_closing_minor, statement.closing_minor, total, statement.currency)
    rolled = f"rolled forward from the closing balance before: {reason}"
    return replace(statement, proof=proof, proof_reason=rolled)


def continuity(previous: Statement, current: Statement) -> str:
    """Tell how two statements of an account meet: "" when the next follows the day after or shares its first day.

    "gap" means days between them that neither covers; "overlap" that both cover some days: repeated lines are
    recognised by their identity, so an overlap is harmless and a gap is not.
    """
    if previous.last_on is None or current.first_on is None:
        return ""
    days = (current.first_on - previous.last_on).days
    if days > 1:
        return "gap"
    return "overlap" if days < 0 else ""
