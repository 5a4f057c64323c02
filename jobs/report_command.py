"""`recon report` and `recon export`: aging, the night again, proposals, journals.

Room: shell.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jobs.reporting import report_text
from recon.errors import Exit, UsageError
from recon.store import proposal_export, runs

if TYPE_CHECKING:
    from jobs.cli.invocation import Invocation


def report_night(invocation: Invocation) -> Exit:
    """Print the report of the last night that reached its end."""
    with invocation.store() as store, store.read() as connection:
        nights = [one for one in runs.last_runs(connection, 200) if one.kind == "nightly" and one.report]
    if not nights:
        raise UsageError("no night has reached its report yet", "Run `recon nightly`")
    report = json.loads(nights[0].report)
    return invocation.output.summary(report_text(report), report, Exit.OK)


def export_proposals(invocation: Invocation, out: Path | None) -> Exit:
    """Write every proposal kept: the decisions that were posted and the suggestions that wait."""
    columns = ("fitid", "invoice_number", "amount", "confidence", "action", "rank")
    with invocation.store() as store, store.read() as connection, _target(out) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(columns)
        count = 0
        for row in proposal_export.proposal_rows(connection):
            writer.writerow(row)
            count += 1
    return invocation.output.summary("" if out is None else f"{count} rows in {out}", {"rows": count, "file": out})


@contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as opened:
        yield opened
    part.replace(out)
