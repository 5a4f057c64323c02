"""`recon import`: customers, invoices, credit memos and reconciled history into the books.

Room: shell.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jobs.inbox import describe, shown_name
from jobs.reading import default_company, identities_of, profiles_for, read_file_content
from jobs.written import company_of
from recon import receivables
from recon.counted import counted
from recon.errors import Exit, UsageError
from recon.money import NumberStyle
from recon.store import history, source_files
from recon.store.receivables import Upserted, add_customers, upsert_credits, upsert_customers, upsert_invoices

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from jobs.settings import Settings
    from recon.store.chain import Author

READERS = {
    "customers": receivables.read_customers,
    "invoices": receivables.read_invoices,
    "credits": receivables.read_credits,
}
ORDERS = {"YMD": receivables.DateOrder.YMD, "DMY": receivables.DateOrder.DMY, "MDY": receivables.DateOrder.MDY}


def import_file(invocation: Invocation, kind: str, file: Path, company: str, mapping: Path | None) -> Exit:
    """Import one file of customers, invoices or credits; exit PARTIAL when rows or the file were set aside."""
    reading = read_receivables(invocation.settings, kind, file, company, mapping)
    for problem in reading.problems:
        invocation.output.problem(problem)
    for fact in reading.evidence:
        invocation.output.line(f"note: {fact}", {"type": "evidence", "text": fact})
    if reading.proposal is not None:
        return _show_proposal(invocation, reading.proposal, file)
    with invocation.store() as store, store.write() as connection:
        named, customers, items = save_receivables(connection, reading, kind, file, invocation.author)
    if mapping and not invocation.dry_run:
        _keep_mapping(invocation.settings, mapping)
    return _tell(invocation, kind, reading, named, customers if kind == "customers" else items)


def read_receivables(
    settings: Settings, kind: str, file: Path, company: str, mapping: Path | None
) -> receivables.ReceivablesReading:
    """Return what the file says, read by the settings' declared style and your saved mappings."""
    codes = tuple(one.code for one in settings.companies)
    if company and company not in codes:
        raise UsageError(f"company {company!r} is not in the settings", f"Known: {', '.join(codes)}")
    content = file.read_bytes()
    chosen = (mapping,) if mapping else tuple(sorted(settings.imports.mappings.glob("*.toml")))
    layouts = tuple(receivables.parse_layout(path.read_text(encoding="utf-8"), str(path)) for path in chosen)
    return READERS[kind](
        content, shown_name(file), mapping=receivables.mapping_for(content, shown_name(file), kind, layouts),
        defaults=_defaults(settings, company or default_company(settings)), companies=codes,
    )  # fmt: skip


def save_receivables(
    connection: Connection, reading: receivables.ReceivablesReading, kind: str, file: Path, author: Author
) -> tuple[int, Upserted, Upserted]:
    """Write customers and open items of a reading; what was set aside goes to quarantine once per file content."""
    described = describe(file)
    source = source_files.SourceFile(described.name, described.sha256, described.size_bytes, kind)  # type: ignore[arg-type]
    known = source_files.known_file(connection, source)
    is_new = known is None or known[1] != "imported"
    if known is None or is_new:
        state = "imported" if reading.is_believed else "quarantined"
        file_id = source_files.keep_file(connection, source, reading.layout, state, reading.rows_seen, author)
        source_files.quarantine(connection, file_id, reading.problems, author)
    else:
        file_id = known[0]
    named = add_customers(connection, reading.named_customers, author)
    customers = upsert_customers(connection, reading.customers, author, reading.customer_columns)
    save_items = upsert_credits if kind == "credits" else upsert_invoices
    items = save_items(connection, reading.invoices, author, file_id, described.name)
    if is_new:
        source_files.quarantine(connection, file_id, items.problems, author)
    return named, customers, items


def import_history_files(invocation: Invocation, statement: Path, truth: Path, company: str) -> Exit:
    """Import a reconciled statement with how it was settled; matching learns from it, nothing is booked."""
    settings = invocation.settings
    code = company_of(invocation, company)
    reading = read_file_content(statement, profiles_for(None, settings))
    for problem in reading.problems:
        invocation.output.problem(problem)
    if not reading.is_believed:
        return invocation.output.summary("nothing imported", {"lines": 0, "settlements": 0}, Exit.PARTIAL)
    with invocation.store() as store, store.write() as connection:
        result = history.import_history(
            connection, code, reading.statements, identities_of(reading), _settlements(truth), invocation.author,
            truth.name,
        )  # fmt: skip
    for problem in result.problems:
        invocation.output.problem(problem)
    text = f"history: {result.line_count} past lines and {result.settlement_count} settlements are new"
    return invocation.output.summary(text, {"lines": result.line_count, "settlements": result.settlement_count})


def _settlements(truth: Path) -> Iterator[history.PastSettlement]:
    with truth.open(encoding="utf-8-sig", newline="") as opened:
        rows = csv.DictReader(opened)
        missing = {"fitid", "invoice_number", "allocated_amount", "customer_id"} - set(rows.fieldnames or ())
        if missing:
            raise UsageError(f"{truth.name} has no column {', '.join(sorted(missing))}", "See docs/reference/cli.md")
        for number, row in enumerate(rows, start=2):
            yield history.PastSettlement(
                row["fitid"], row["invoice_number"], row["allocated_amount"], row["customer_id"], number
            )


def _defaults(settings: Settings, code: str) -> receivables.Defaults:
    """Return what rows without company or currency are taken for: where several companies differ, for nothing."""
    homes = {one.currency for one in settings.companies if code in ("", one.code)}
    imports = settings.imports
    style = NumberStyle(imports.decimal_mark, imports.group_mark) if imports.decimal_mark else None
    return receivables.Defaults(code, homes.pop() if len(homes) == 1 else "", style, ORDERS.get(imports.date_order))


def _show_proposal(invocation: Invocation, proposal: receivables.Proposed, file: Path) -> Exit:
    target = invocation.settings.imports.mappings / f"{file.stem}.toml"
    invocation.output.line(proposal.toml, {"type": "mapping", "toml": proposal.toml})
    for question in proposal.questions:
        invocation.output.line(f"question: {question}", {"type": "question", "text": question})
    text = f"Nothing was imported. Check this mapping, save it as {target}, and import the file again."
    return invocation.output.summary(text, {"imported": 0, "questions": len(proposal.questions)}, Exit.PARTIAL)


def _keep_mapping(settings: Settings, mapping: Path) -> None:
    """Copy a mapping that worked into the folder of saved ones, so that the next file finds it by its header."""
    folder = settings.imports.mappings
    target = folder / mapping.name
    if not target.exists():
        folder.mkdir(parents=True, exist_ok=True)
        target.write_text(mapping.read_text(encoding="utf-8"), encoding="utf-8")


def _tell(
    invocation: Invocation, kind: str, reading: receivables.ReceivablesReading, named: int, main: Upserted
) -> Exit:
    for problem in main.problems:
        invocation.output.problem(problem)
    text = f"{kind}: {main.new_count} new, {main.changed_count} changed, {main.same_count} as before"
    if named:
        text += f"; {counted(named, 'new customer')}"
    if main.discrepancy_count:
        text += f"; {counted(main.discrepancy_count, 'amount')} unlike the books: see `recon review list`"
    quarantined = reading.rows_quarantined + sum(problem.quarantined == "row" for problem in main.problems)
    if quarantined:
        text += f"; {counted(quarantined, 'row')} in quarantine"
    return invocation.output.summary(text, {
        "kind": kind, "layout": reading.layout, "rows": reading.rows_seen, "new": main.new_count,
        "changed": main.changed_count, "same": main.same_count, "customers_new": named,
        "discrepancies": main.discrepancy_count, "quarantined": quarantined,
        "folded": reading.rows_folded, "skipped": reading.rows_skipped,
    })  # fmt: skip
