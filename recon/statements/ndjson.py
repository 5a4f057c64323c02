"""A reading as the objects `recon read --json` prints, one per line. Account numbers are masked.

Room: pure.
"""

import re
from collections.abc import Iterator
from typing import Any

from stdnum import iban

from recon.errors import Exit, Problem
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


# Banks break an IBAN where their line ends, and people write it in fours, or not.
_IBAN = re.compile(r"(?=\b([A-Za-z]{2}[0-9]{2}(?: ?[A-Za-z0-9]){11,40})\b)")


def shown_text(text: str, *accounts: str) -> str:
    """Return bank text as any output may show it: valid IBANs and the accounts given are masked, all else stays.

    >>> shown_text("INV 7 IBAN DE89370400440532013000 or acct 000123456789", "000123456789")
    'INV 7 IBAN ***3000 or acct ***6789'
    >>> shown_text("RE26 GB29 NWBK 60161331926819 FOR INV 7, de89 3704 0044 0532 0130 00")
    'RE26 ***6819 FOR INV 7, ***3000'
    """
    for account in accounts:
        if len(account) > 5 and account in text and not account.startswith("plain:"):
            text = text.replace(account, mask_account(account))
    return _without_ibans(text)


def _without_ibans(text: str) -> str:
    shown, at = "", 0
    for match in _IBAN.finditer(text):
        number = _leading_iban(match[1]) if match.start() >= at else ""
        if number:
            shown, at = shown + text[at : match.start()] + mask_account(number), match.start() + len(number)
    return shown + text[at:]


def _leading_iban(found: str) -> str:
    """Return the IBAN that the text begins with, as written; the words behind it are none of it."""
    words = found.split(" ")
    starts = (" ".join(words[:count]) for count in range(len(words), 0, -1))
    return next((each for each in starts if _checks(each) and iban.is_valid(each, check_country=False)), "")


def _checks(number: str) -> bool:
    """Whether length and check digits are those of an IBAN (ISO 13616): quick, for text that is full of look-alikes."""
    compact = number.replace(" ", "")
    return 15 <= len(compact) <= 34 and int("".join(str(int(c, 36)) for c in compact[4:] + compact[:4])) % 97 == 1


def shown_account(account: str) -> str:
    """Return the account as any output may show it. `plain:EUR` is our own name, not a number.

    >>> shown_account("plain:EUR"), shown_account("DE89370400440532013000")
    ('plain:EUR', '***3000')
    """
    return account if account.startswith("plain:") else mask_account(account)


def _amount(minor: int | None, currency: str) -> str | None:
    return None if minor is None else format_minor(minor, currency)
