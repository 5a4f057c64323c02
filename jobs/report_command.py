"""`recon report` and `recon export`: aging, the night again, proposals, journals.

Room: shell.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jobs.reporting import report_text
from recon.aging import age
from recon.errors import Exit, UsageError
from recon.frames import day_number
from recon.reports.aging_report import AgingReport, aging_csv, aging_json, aging_report, aging_text, aging_xlsx
from recon.store import proposal_export, runs
from recon.store.frames import load_customers, load_open_items, open_scopes

if TYPE_CHECKING:
    from sqlalchemy import Connection

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


def report_aging(invocation: Invocation, company: str, out: Path | None) -> Exit:
    """Print the aging per company and currency, or write it as .csv, .json or .xlsx."""
    writers = {".csv": _csv_bytes, ".json": _json_bytes, ".xlsx": aging_xlsx}
    if out is not None and out.suffix not in writers:
        raise UsageError(f"{out.name} is no .csv, .json or .xlsx", "Choose one of these endings")
    with invocation.store() as store, store.read() as connection:
        reports = _agings(connection, company, invocation.as_of)
    for report in reports:
        invocation.output.line(aging_text(report), {"type": "aging", **aging_json(report)})
    if out is not None and not invocation.dry_run:
        out.write_bytes(writers[out.suffix](reports))
    done = f"{len(reports)} reports" + (f" in {out}" if out else "")
    return invocation.output.summary(done, {"reports": len(reports), "file": out, "as_of": invocation.as_of})


def _agings(connection: Connection, company: str, as_of: date) -> list[AgingReport]:
    reports = []
    for code, currency in open_scopes(connection, company):
        customers = load_customers(connection, code)
        items = load_open_items(connection, code, currency, customers)
        aged = age(items.customer, items.due_day, items.open_minor, day_number(as_of))
        codes, names = customers.code.tolist(), customers.name.tolist()
        reports.append(aging_report(code, currency, as_of, aged, codes, names))
    return reports


def _csv_bytes(reports: Sequence[AgingReport]) -> bytes:
    return aging_csv(reports).encode()


def _json_bytes(reports: Sequence[AgingReport]) -> bytes:
    return (json.dumps([aging_json(report) for report in reports], indent=1, ensure_ascii=False) + "\n").encode()


@contextmanager
def _target(out: Path | None) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as opened:
        yield opened
    part.replace(out)
