"""A reading as the objects `recon read --json` prints, one per line. Account numbers are masked.

Room: pure.
"""

from collections.abc import Iterator
from typing import Any

from recon.errors import Exit, Problem
from recon.masking import shown_account, shown_text
from recon.model import Proof, Reading, Statement, StatementLine, mask_account
from recon.money import format_minor
from recon.statements.quarantine import masked


def to_ndjson(reading: Reading) -> Iterator[dict[str, Any]]:
    """Yield each statement followed by its lines, then the problems, then the summary with the exit code."""
    for statement in reading.statements:
        yield _statement(statement)
        for line in statement.lines:
            yield _line(line, statement.account)
    for problem in reading.problems:
        yield _problem(problem)
    yield {
        "type": "summary",
        "format": reading.format,
        "statements": len(reading.statements),
        "lines": sum(len(statement.lines) for statement in reading.statements),
        "problems": len(reading.problems),
        "exit": int(exit_code(reading)),
    }


def exit_code(reading: Reading) -> Exit:
    """Return FAILED for a file that is not believed, PARTIAL for quarantined rows or a DISCREPANCY, else OK."""
    if not reading.is_believed:
        return Exit.FAILED
    has_rows = any(problem.quarantined == "row" for problem in reading.problems)
    is_off = any(statement.proof is Proof.DISCREPANCY for statement in reading.statements)
    return Exit.PARTIAL if has_rows or is_off else Exit.OK


def _statement(statement: Statement) -> dict[str, Any]:
    return {
        "type": "statement",
        "account": shown_account(statement.account),
        "currency": statement.currency,
        "first_day": statement.first_on.isoformat() if statement.first_on else None,
        "last_day": statement.last_on.isoformat() if statement.last_on else None,
        "opening": _amount(statement.opening_minor, statement.currency),
        "closing": _amount(statement.closing_minor, statement.currency),
        "status": statement.proof.value,
        "reason": masked(statement.proof_reason),
        "kind": statement.kind,
        "lines": len(statement.lines),
    }


def _line(line: StatementLine, own: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "line",
        "booked_on": line.booked_on.isoformat(),
        "valued_on": line.valued_on.isoformat() if line.valued_on else None,
        "amount": format_minor(line.amount_minor, line.currency),
        "currency": line.currency,
        "pending": line.pending,
        "kind": line.kind,
        "payer": shown_text(line.payer, own),
        "payer_account": mask_account(line.payer_account) if line.payer_account else "",
        "remittance": shown_text(line.remittance, own, line.payer_account),
        "bank_id": line.bank_id,
        "reference": line.reference,
        "end_to_end_id": line.end_to_end_id,
        "check_number": line.check_number,
        "source": {"line": line.source_line, "byte": line.source_byte},
    }
    if line.correction:
        told |= {"correction": line.correction, "corrects_bank_id": line.corrects_bank_id}
    return told


def _problem(problem: Problem) -> dict[str, Any]:
    told: dict[str, Any] = {
        "type": "problem",
        "where": problem.where,
        "what": problem.what,
        "remedy": problem.remedy,
        "quarantined": problem.quarantined,
    }
    if problem.byte_offset is not None:
        told["byte"] = problem.byte_offset
    return told


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_minor(minor, currency)
