"""Read a receivables file whole: every row is read, skipped for a told reason, folded into its invoice, or quarantined.

Room: pure.
"""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace

import numpy as np

from recon.counted import counted
from recon.errors import Problem, ensure
from recon.frames import CustomerRows, InvoiceRows
from recon.receivables.customers import (
    customers_of,
    read_customer_block,
    repeated_customers,
    told_columns,
    warn_about,
)
from recon.receivables.gather import gather, without
from recon.receivables.layout import Layout
from recon.receivables.page import Fault
from recon.receivables.propose import Proposed, propose_table
from recon.receivables.rules import Defaults, Rules, decide_rules
from recon.receivables.table import Table, blocks, open_table, places, unreadable

_TOO_MANY = 1000  # faults; beyond this, when most rows are faulty, the file is not what it was taken for


@dataclass(frozen=True, slots=True)
class ReceivablesReading:
    """What a receivables file says. rows_seen = rows of the frame + folded + skipped + quarantined, always.

    `layout` is the key of the layout, empty when none was known; then `proposal` is a mapping to confirm. `evidence`
    tells what the file itself decided. `customers` come from a customer file. `named_customers` are those an invoice
    file
    names: good for adding new ones, never for changing known ones, of whom it tells less than the books know.
    """

    kind: str
    layout: str
    invoices: InvoiceRows
    customers: CustomerRows
    problems: tuple[Problem, ...]
    evidence: tuple[str, ...] = ()
    rows_seen: int = 0
    rows_folded: int = 0
    rows_skipped: int = 0
    rows_quarantined: int = 0
    proposal: Proposed | None = None
    named_customers: CustomerRows = field(default_factory=CustomerRows.empty)
    customer_columns: tuple[str, ...] = ()  # what the file tells of its customers; of other columns it says nothing

    @property
    def is_believed(self) -> bool:
        """Whether the file as a whole may be imported."""
        return not any(problem.quarantined == "file" for problem in self.problems)


def read_invoices(
    content: bytes,
    name: str,
    *,
    mapping: Layout | None = None,
    defaults: Defaults | None = None,
    companies: Sequence[str] = (),
) -> ReceivablesReading:
    """Return invoices and credit memos of a file in any known layout; amounts in minor units, credits negative.

    `name` stands in the messages. `mapping` is used when its fingerprint is that of the file's header. No company but
    `companies` is accepted, when there are any. Nothing is raised for bad input: it is in `problems`.
    """
    return _read("invoices", content, name, mapping, defaults or Defaults(), companies)


def read_credits(
    content: bytes,
    name: str,
    *,
    mapping: Layout | None = None,
    defaults: Defaults | None = None,
    companies: Sequence[str] = (),
) -> ReceivablesReading:
    """Like `read_invoices` for credit memos, which a file writes with positive amounts or with negative, never
    mixed."""
    return _read("credits", content, name, mapping, defaults or Defaults(), companies)


def read_customers(
    content: bytes,
    name: str,
    *,
    mapping: Layout | None = None,
    defaults: Defaults | None = None,
    companies: Sequence[str] = (),
) -> ReceivablesReading:
    """Return the customers of a file. A customer without e-mail is read, and counted in a warning."""
    return _read("customers", content, name, mapping, defaults or Defaults(), companies)


def _read(
    kind: str, content: bytes, name: str, mapping: Layout | None, defaults: Defaults, companies: Sequence[str]
) -> ReceivablesReading:
    table, layout, problems = open_table(content, name, kind, mapping)
    if table is None:
        return _refused(kind, problems)
    try:
        return _read_table(table, layout, kind, defaults, companies)
    except csv.Error as error:
        return _refused(kind, (unreadable(name, error),), layout.key if layout else "")


def _read_table(
    table: Table, layout: Layout | None, kind: str, defaults: Defaults, companies: Sequence[str]
) -> ReceivablesReading:
    if layout is None:
        return _unknown(kind, table, defaults)
    rules, evidence = decide_rules(table, layout, defaults, companies)
    missing = _missing_columns(rules)
    if missing:
        problem = Problem(table.name, missing, "Export that column as well", quarantined="file")
        return _refused(kind, (problem,), layout.key)
    reading = _customers(table, rules) if kind == "customers" else _invoices(table, rules)
    return replace(reading, evidence=evidence + reading.evidence)


def _refused(
    kind: str, problems: tuple[Problem, ...], layout: str = "", proposal: Proposed | None = None
) -> ReceivablesReading:
    return ReceivablesReading(kind, layout, InvoiceRows.empty(), CustomerRows.empty(), problems, proposal=proposal)


def _unknown(kind: str, table: Table, defaults: Defaults) -> ReceivablesReading:
    shown = ",".join(table.headers)
    what = f"the header '{shown[:200]}' is of no known layout"
    remedy = "Check and save the proposed mapping, and import the file again"
    problem = Problem(f"{table.name} line {table.first_line - 1}", what, remedy, quarantined="file")
    return _refused(kind, (*table.warnings, problem), proposal=propose_table(table, kind, defaults))


def _missing_columns(rules: Rules) -> str:
    have = rules.index.keys()
    if rules.layout.kind == "customers":
        return ""
    if not have & {"amount", "unit_amount"}:
        return "no column holds the amount"
    if not have & {"customer_code", "customer_name"}:
        return "no column names the customer"
    return "" if "number" in have else "no column holds the invoice number"


def _invoices(table: Table, rules: Rules) -> ReceivablesReading:
    found = gather(table, rules)
    if len(found.signs) > 1:
        return _refused(rules.layout.kind, (*table.warnings, _mixed_signs(table, found.signs)), rules.layout.key)
    named = "customer_name" in rules.index
    customers = customers_of(found.rows, found.emails) if named else CustomerRows.empty()
    reading = ReceivablesReading(
        rules.layout.kind,
        rules.layout.key,
        found.rows,
        CustomerRows.empty(),
        table.warnings + _problems(table, found.faults, found.seen),
        _evidence(rules, found.skipped, found.folded),
        found.seen,
        found.folded,
        sum(found.skipped.values()),
        len(found.faults),
        named_customers=customers,
        customer_columns=told_columns(rules) if named else (),
    )
    return _checked(reading, len(found.rows), table)


def _mixed_signs(table: Table, signs: dict[bool, int]) -> Problem:
    """Both ways of writing a credit memo are accepted, but not in one file: one of the signs may mean a debit."""
    found = places(table, sorted(signs.values()))
    negative, positive = found[signs[True]].line, found[signs[False]].line
    what = f"credit memos are negative (line {negative}) and positive (line {positive}): which of them is a debit?"
    return Problem(table.name, what, "Write all credit memos with one sign, and debits as invoices", quarantined="file")


def _checked(reading: ReceivablesReading, kept: int, table: Table) -> ReceivablesReading:
    accounted = kept + reading.rows_folded + reading.rows_skipped + reading.rows_quarantined
    ensure(accounted == reading.rows_seen, f"{table.name}: {reading.rows_seen} rows seen, {accounted} accounted for")
    if reading.is_believed:
        return reading
    nobody = CustomerRows.empty()
    return replace(reading, invoices=InvoiceRows.empty(), customers=nobody, named_customers=nobody)


def _evidence(rules: Rules, skipped: Counter[str], folded: int) -> tuple[str, ...]:
    told = [f"{counted(count, 'row')} left out: {what}" for what, count in sorted(skipped.items())]
    if folded:
        told.append(f"{counted(folded, 'row')} folded into the invoice of an earlier row")
    if rules.layout.kind != "customers" and not rules.index.keys() & {"open_amount", "paid"}:
        told.append("no column says what is open: the whole amount counts as open")
    if rules.layout.kind != "customers" and "customer_code" not in rules.index:
        told.append("no customer numbers: customers are known by their name")
    return tuple(told)


def _problems(table: Table, faults: dict[int, Fault], seen: int) -> tuple[Problem, ...]:
    """Return one problem per faulty row in file order; or one for the file when most of many rows are faulty."""
    if not faults:
        return ()
    wanted = sorted(faults)
    too_many = len(faults) > _TOO_MANY and 2 * len(faults) > seen
    found = places(table, wanted[:1] if too_many else wanted)
    first, place = faults[wanted[0]], found[wanted[0]]
    if too_many:
        what = f"{len(faults)} of {seen} rows cannot be read; the first, line {place.line}: {first.what}"
        return (Problem(table.name, what, first.remedy, "file", place.raw, place.byte),)
    return tuple(
        Problem(
            f"{table.name} line {found[row].line}",
            faults[row].what,
            faults[row].remedy,
            "row",
            found[row].raw,
            found[row].byte,
        )
        for row in wanted
    )


def _customers(table: Table, rules: Rules) -> ReceivablesReading:
    parts, at = [], []
    faults: dict[int, Fault] = {}
    warned: dict[int, Fault] = {}
    seen = 0
    for block in blocks(table):
        rows, bad, warnings = read_customer_block(block, rules)
        seen += len(rows) + len(block.odd)
        faults |= {row: Fault(what, "Correct the row") for row, what in block.odd.items()}
        faults |= {block.rows[row]: fault for row, fault in bad.items()}
        warned |= {block.rows[row]: fault for row, fault in warnings.items() if row not in bad}
        good = without(len(rows), list(bad))
        parts.append(rows.take(good))
        at += np.asarray(block.rows, dtype=np.int64)[good].tolist()
    rows = _joined(parts)
    again = repeated_customers(rows)
    faults |= {at[row]: fault for row, fault in again.items()}
    rows = rows.take(without(len(rows), list(again)))
    found = places(table, list(warned))
    row_warnings = [
        Problem(f"{table.name} line {found[row].line}", w.what, w.remedy) for row, w in sorted(warned.items())
    ]
    problems = table.warnings + _problems(table, faults, seen) + (*row_warnings, *warn_about(rows, table.name))
    reading = ReceivablesReading(
        "customers",
        rules.layout.key,
        InvoiceRows.empty(),
        rows,
        problems,
        rows_seen=seen,
        rows_quarantined=len(faults),
        customer_columns=told_columns(rules),
    )
    return _checked(reading, len(rows), table)


def _joined(parts: Sequence[CustomerRows]) -> CustomerRows:
    if not parts:
        return CustomerRows.empty()
    names = [column.name for column in fields(CustomerRows)]
    return CustomerRows(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
