"""`recon report aging`: what is open by days past due, for people and as files.

Room: shell.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.written import company_of
from recon.aging import age
from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.frames import day_number
from recon.reports.aging_report import AgingReport, aging_csv, aging_json, aging_report, aging_text, aging_xlsx
from recon.store.frames import load_customers
from recon.store.open_at import load_open_at, open_scopes

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation


def report_aging(invocation: Invocation, company: str, out: Path | None) -> Exit:
    """Print the aging at the end of the business day per company and currency, or write it as .csv, .json or .xlsx."""
    writers = {".csv": _csv_bytes, ".json": _json_bytes, ".xlsx": aging_xlsx}
    if out is not None and out.suffix not in writers:
        raise UsageError(f"{out.name} is no .csv, .json or .xlsx", "Choose one of these endings")
    if company:
        company_of(invocation, company)
    with invocation.store() as store, store.read() as connection:
        reports = _agings(connection, company, invocation.as_of)
    for report in reports:
        invocation.output.line(aging_text(report), {"type": "aging", **aging_json(report)})
    if out is not None and not invocation.dry_run:
        out.write_bytes(writers[out.suffix](reports))
    done = counted(len(reports), "report") + (f" in {out}" if out else "")
    return invocation.output.summary(done, {"reports": len(reports), "file": out, "as_of": invocation.as_of})


def _agings(connection: Connection, company: str, as_of: date) -> list[AgingReport]:
    reports = []
    for code, currency in open_scopes(connection, as_of, company):
        customers = load_customers(connection, code)
        items = load_open_at(connection, code, currency, as_of, customers)
        aged = age(items.customer, items.due_day, items.open_minor, day_number(as_of))
        codes, names = customers.code.tolist(), customers.name.tolist()
        reports.append(aging_report(code, currency, as_of, aged, codes, names))
    return reports


def _csv_bytes(reports: Sequence[AgingReport]) -> bytes:
    return aging_csv(reports).encode()


def _json_bytes(reports: Sequence[AgingReport]) -> bytes:
    return (json.dumps([aging_json(report) for report in reports], indent=1, ensure_ascii=False) + "\n").encode()
