"""`recon nightly`: take the lock, run the steps, give the lock back whatever happens.

Room: shell.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

from jobs.night import Night
from jobs.nightly import run_night
from jobs.output import problem_record
from jobs.reporting import report_text
from recon.errors import Exit
from recon.store import runs

if TYPE_CHECKING:
    from jobs.cli.invocation import Invocation


def run_nightly(invocation: Invocation, fail_on_review: int) -> Exit:
    """Run the night on the business day and print its report. Raises StoreBusy while another night runs."""
    settings, as_of = invocation.settings, invocation.as_of
    with invocation.store() as store:
        holder = runs.Holder(socket.gethostname(), os.getpid())
        with store.write() as connection:
            run_id = runs.start_run(
                connection, "nightly", as_of.isoformat(), holder, invocation.now, is_alive, settings.digest()
            )
        night = Night(store, settings, as_of, lambda: invocation.now, run_id, rehearsal=invocation.dry_run)
        try:
            with invocation.output.progress(f"night of {as_of}"):
                run_night(night)
        except BaseException as error:
            end(night, "interrupted" if isinstance(error, KeyboardInterrupt) else "failed", _code_of(error))
            raise
    return _tell(invocation, night, fail_on_review)


def end(night: Night, state: str, code: Exit) -> None:
    """Close the run of a night that did not reach its report."""
    with night.store.write() as connection:
        runs.end_run(connection, night.run_id, night.clock(), int(code), state=state)


def is_alive(pid: int) -> bool:
    """Tell whether a process of this host is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _code_of(error: BaseException) -> Exit:
    return getattr(error, "exit_code", Exit.INTERRUPTED if isinstance(error, KeyboardInterrupt) else Exit.FAILED)


def _tell(invocation: Invocation, night: Night, fail_on_review: int) -> Exit:
    output = invocation.output
    for problem in night.problems:
        output.line(f"{'quarantined' if problem.quarantined else 'warning'}: {problem}", problem_record(problem))
    code = night.exit_code
    waiting = night.counts["waiting_for_review"]
    if 0 <= fail_on_review < waiting:
        code = Exit.PARTIAL
    head = "rehearsal, nothing was written\n" if night.rehearsal else ""
    report = night.facts["report"]
    return output.summary(head + report_text(report), {**report, "dry_run": night.rehearsal}, code)
