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
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING

from jobs.reporting import report_text
from recon.aging import age
from recon.errors import Exit, UsageError
from recon.frames import day_number
from recon.reports.aging_report import AgingReport, aging_csv, aging_json, aging_report, aging_text, aging_xlsx
from recon.reports.exports import LAYOUTS, journal_entry, journal_files
from recon.reports.journal_text import audit_jsonl
from recon.store import exports, proposal_export, runs
from recon.store.frames import load_customers, load_open_items, open_scopes
from recon.store.subjects import item_numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from recon.store.books import BookedEntry


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
    with invocation.store() as store, store.read() as connection, _target(out, invocation) as target:
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


def export_journal(invocation: Invocation, layout: str, out: Path | None, batch: int) -> Exit:
    """Write the entries that were not exported in this layout before, and mark them; or an earlier batch again."""
    if layout == "audit":
        return _export_audit(invocation, out)
    if layout not in LAYOUTS:
        raise UsageError(f"--layout {layout!r} is not known", f"Use one of: {', '.join((*LAYOUTS, 'audit'))}")
    with invocation.store() as store, store.write() as connection:
        number, booked = _batch(connection, invocation, layout, batch)
        names = exports.customer_names(connection, booked)
        items = {p.open_item_id for one in booked for p in one.entry.postings if p.open_item_id is not None}
        documents = item_numbers(connection, items)
        entries = [journal_entry(one.id, one.entry, names, documents) for one in booked]
        files = _write_files(journal_files(layout, entries), out, keep=not invocation.dry_run)
    text = f"batch {number} of {layout}: {len(entries)} entries" if entries else f"nothing new for {layout}"
    facts = {"layout": layout, "batch": number if entries else None, "entries": len(entries), "files": files}
    return invocation.output.summary(text if out or not entries else "", facts)


def _batch(
    connection: Connection, invocation: Invocation, layout: str, batch: int
) -> tuple[int, tuple[BookedEntry, ...]]:
    if batch:
        return batch, exports.batch_again(connection, layout, batch)
    return exports.mark_new_batch(connection, layout, invocation.author)


def _write_files(files: Sequence[tuple[str, str]], out: Path | None, *, keep: bool) -> list[str]:
    if out is None:
        sys.stdout.write("".join(text for _, text in files))
        return []
    written = []
    for ending, text in files:
        path = out if len(files) == 1 else out.with_name(out.stem + ending)
        if keep:
            path.write_text(text, encoding="utf-8", newline="")
        written.append(str(path))
    return written


def _export_audit(invocation: Invocation, out: Path | None) -> Exit:
    with invocation.store() as store, store.read() as connection:
        rows = exports.audit_rows(connection)
    with _target(out, invocation) as target:
        target.write(audit_jsonl(rows))
    text = "" if out is None else f"{len(rows)} rows in {out}"
    return invocation.output.summary(text, {"rows": len(rows), "file": out})


@contextmanager
def _target(out: Path | None, invocation: Invocation) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        return
    if invocation.dry_run:
        yield StringIO()
        return
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as opened:
        yield opened
    part.replace(out)
