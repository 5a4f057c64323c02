"""`recon export`: what matching decided, journals for accounting systems, the audit trail.

To a file, or to stdout: as it is, or with --json as one record a row, so that all of stdout is NDJSON.

Room: shell.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from io import StringIO
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.reports.cells import cell_safe
from recon.reports.exports import LAYOUTS, journal_entry, journal_files
from recon.reports.journal_text import audit_jsonl
from recon.store import exports, proposal_export
from recon.store.subjects import item_numbers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from recon.store.books import BookedEntry

PROPOSAL_COLUMNS = ("fitid", "invoice_number", "amount", "confidence", "action", "rank")


def export_proposals(invocation: Invocation, out: Path | None) -> Exit:
    """Write every proposal kept: the decisions that were posted and the suggestions that wait."""
    with invocation.store() as store, store.read() as connection:
        rows = proposal_export.proposal_rows(connection)
        if out is None and invocation.output.as_json:
            count = _tell(
                invocation, ({"type": "proposal", **dict(zip(PROPOSAL_COLUMNS, row, strict=True))} for row in rows)
            )
        else:
            safe = ((cell_safe(row[0]), cell_safe(row[1]), *row[2:]) for row in rows)
            count = _write_rows(invocation, safe, out)
    return invocation.output.summary(
        "" if out is None else f"{counted(count, 'row')} in {out}", {"rows": count, "file": out}
    )


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
        files = _write_files(invocation, journal_files(layout, entries), out)
    text = f"batch {number} of {layout}: {counted(len(entries), 'entry')}" if entries else f"nothing new for {layout}"
    facts = {"layout": layout, "batch": number if entries else None, "entries": len(entries), "files": files}
    return invocation.output.summary(text if out or not entries else "", facts)


def _batch(
    connection: Connection, invocation: Invocation, layout: str, batch: int
) -> tuple[int, tuple[BookedEntry, ...]]:
    if batch:
        return batch, exports.batch_again(connection, layout, batch)
    return exports.mark_new_batch(connection, layout, invocation.author)


def _write_files(invocation: Invocation, files: Sequence[tuple[str, str]], out: Path | None) -> list[str]:
    """Write inside the transaction that marks the batch: what could not be written is not marked."""
    if out is None and len(files) > 1 and not invocation.output.as_json:
        raise UsageError(f"this export is {len(files)} files", "Name them with --out FILE, as --out march.csv")
    if out is None and invocation.output.as_json:
        _tell(invocation, ({"type": "journal", "ending": ending, "text": text} for ending, text in files))
        return []
    paths = [out if out is None or len(files) == 1 else out.with_name(out.stem + ending) for ending, _ in files]
    for path, (_, text) in zip(paths, files, strict=True):
        with _target(path, invocation) as target:
            target.write(text)
    return [str(path) for path in paths if path is not None]


def _export_audit(invocation: Invocation, out: Path | None) -> Exit:
    with invocation.store() as store, store.read() as connection:
        rows = exports.audit_rows(connection)
    if out is None and invocation.output.as_json:
        _tell(invocation, ({"type": "audit", **row} for row in rows))
    else:
        with _target(out, invocation) as target:
            target.write(audit_jsonl(rows))
    text = "" if out is None else f"{counted(len(rows), 'row')} in {out}"
    return invocation.output.summary(text, {"rows": len(rows), "file": out})


def _tell(invocation: Invocation, records: Iterator[dict[str, Any]]) -> int:
    count = 0
    for record in records:
        invocation.output.line("", record)
        count += 1
    return count


def _write_rows(invocation: Invocation, rows: Iterator[tuple[str, str, str, str, str, int]], out: Path | None) -> int:
    count = 0
    with _target(out, invocation) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(PROPOSAL_COLUMNS)
        for row in rows:
            writer.writerow(row)
            count += 1
    return count


@contextmanager
def _target(out: Path | None, invocation: Invocation) -> Iterator[IO[str]]:
    if out is None:
        yield sys.stdout
        sys.stdout.flush()  # a reader who has gone is an error before anything is marked as exported
        return
    if invocation.dry_run:
        yield StringIO()
        return
    part = out.with_name(out.name + ".part")
    with part.open("w", encoding="utf-8", newline="") as opened:
        yield opened
    part.replace(out)
