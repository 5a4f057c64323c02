"""`recon read`: any statement in one normal form, no database.

Room: shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.output import to_json
from jobs.reading import profiles_named, read_file_content
from recon.counted import counted
from recon.errors import Exit, Problem
from recon.statements import exit_code, size_refusal, to_ndjson

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from recon.model import Reading


def read_file(invocation: Invocation, file: Path, profile: str, *, propose: bool) -> Exit:
    """Print the file as NDJSON (--json) or for people; the exit code says whether all of it was read."""
    if propose:
        return _propose(invocation, file)
    reading = read_file_content(file, profiles_named(profile))
    if invocation.output.as_json:
        for record in to_ndjson(reading):
            print(to_json(record))
        return exit_code(reading)
    for record in to_ndjson(reading):
        if record["type"] in _TEXT:
            invocation.output.line(_TEXT[record["type"]](record))
    for problem in reading.problems:
        invocation.output.problem(problem)
    code = exit_code(reading)
    return invocation.output.summary(_verdict(reading, code), {}, code)


def _verdict(reading: Reading, code: Exit) -> str:
    lines = sum(len(statement.lines) for statement in reading.statements)
    verdict = {Exit.OK: "read", Exit.PARTIAL: "read in part"}.get(code, "not believed")
    told = ((len(reading.statements), "statement"), (lines, "line"), (len(reading.problems), "problem"))
    counts = ", ".join(counted(count, noun) for count, noun in told)
    return f"{reading.format}: {counts}: {verdict}"


def _statement_text(record: dict[str, Any]) -> str:
    balances = f"{record['opening'] or '?'} -> {record['closing'] or '?'}"
    days = f"{record['first_day'] or '?'} to {record['last_day'] or '?'}"
    return (
        f"account {record['account']} {record['currency']}, {days}, {balances}: {record['status']} ({record['reason']})"
    )


def _line_text(record: dict[str, Any]) -> str:
    text = " ".join(f"{record['payer']} {record['remittance']}".split())
    return f"  {record['booked_on']} {record['amount']:>16} {record['currency']}  {text[:80]}"


_TEXT = {"statement": _statement_text, "line": _line_text}


def _propose(invocation: Invocation, file: Path) -> Exit:
    from recon.statements.propose import propose

    if refusal := size_refusal(file.stat().st_size, file.name):
        invocation.output.problem(refusal.problems[0])
        return invocation.output.summary("", {"questions": 0}, Exit.FAILED)
    proposed = propose(file.read_bytes(), file.name)
    invocation.output.line(proposed.toml, {"type": "profile", "toml": proposed.toml})
    for question in proposed.questions:
        invocation.output.problem(question if isinstance(question, Problem) else Problem(file.name, str(question), ""))
    code = Exit.OK if proposed.toml else Exit.FAILED
    return invocation.output.summary("", {"questions": len(proposed.questions)}, code)
