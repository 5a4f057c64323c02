"""`recon nightly`: the night under its lock, and its report on the screen.

Room: shell.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from jobs.locked import locked_night
from jobs.nightly import run_night
from jobs.output import problem_record
from jobs.reporting import report_text
from recon.errors import Exit

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from jobs.night import Night


def run_nightly(invocation: Invocation, fail_on_review: int) -> Exit:
    """Run the night on the business day and print its report. Raises StoreBusy while another night runs."""
    with locked_night(invocation, "nightly") as night, invocation.output.progress(f"night of {night.as_of}"):
        run_night(night)
    return _tell(invocation, night, fail_on_review)


def _tell(invocation: Invocation, night: Night, fail_on_review: int) -> Exit:
    output, report = invocation.output, night.facts["report"]
    if output.as_json:
        for problem in night.problems:
            output.line("", problem_record(problem))
    code = night.exit_code
    if 0 <= fail_on_review < night.counts["waiting_for_review"]:
        code = Exit.PARTIAL
    head = "rehearsal: nothing was written\n" if night.rehearsal else ""
    return output.summary(head + report_text(report), {**report, "dry_run": night.rehearsal}, code)
