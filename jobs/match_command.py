"""`recon match`: files in, proposals out, no database.

Room: shell.
"""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.match_files import MatchSummary, match_files
from recon.counted import counted
from recon.errors import Exit, UsageError

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def run_match(
    invocation: Invocation, customers: Path, invoices: Path, statement: Path, history_statement: Path | None,
    history_truth: Path | None, error_budget: str, out: Path, processes: int,
) -> Exit:  # fmt: skip
    """Match the files and write the proposals; exit PARTIAL when rows could not be read."""
    if (history_statement is None) != (history_truth is None):
        raise UsageError("history needs both files", "Give --history-statement and --history-truth, or neither")
    with invocation.output.progress("matching"):
        summary = match_files(
            customers, invoices, statement, history_statement, history_truth, _budget(error_budget), out, processes
        )
    output = invocation.output
    for text in summary.problems:
        output.line(f"warning: {text}", {"type": "problem", "what": text, "quarantined": "row"})
    code = Exit.PARTIAL if summary.problems else Exit.OK
    return output.summary(_text(summary, out), {**asdict(summary), "out": out}, code)


def _text(summary: MatchSummary, out: Path) -> str:
    return (
        f"{counted(summary.deposits, 'line')}: {summary.posted} post, {summary.queued} queue; expected wrong posts"
        f" {summary.expected_wrong:.3f}; posted from {summary.threshold:.4f} on; model {summary.model_version}; {out}"
    )


def _budget(text: str) -> Fraction:
    try:
        budget = Fraction(text)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"--error-budget {text!r} is not a number", "Write it as 0.001") from error
    if not 0 < budget <= Fraction(1, 20):
        raise UsageError(f"--error-budget {text} is not between 0 and 0.05", "Write it as 0.001")
    return budget
