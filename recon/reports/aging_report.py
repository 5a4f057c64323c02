"""The aging report: what each customer owes by how late it is, as text, CSV, JSON and a workbook with live totals.

The sums come from `recon.aging.age`, one currency at a time: different currencies are never added.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from recon.aging import Aging
from recon.money import format_minor
from recon.reports.cells import csv_safe, csv_text
from recon.reports.xlsx import Amount, Cell, Sheet, Sum, column_name, workbook


@dataclass(frozen=True, slots=True)
class AgingLine:
    """One customer's open amounts per bucket, the oldest last; credits count negative."""

    code: str
    name: str
    open_minor: tuple[int, ...]

    @property
    def total_minor(self) -> int:
        """What the customer owes in all."""
        return sum(self.open_minor)


@dataclass(frozen=True, slots=True)
class AgingReport:
    """The aging of one company in one currency on one day, the largest debt first."""

    company: str
    currency: str
    as_of: date
    buckets: tuple[str, ...]
    lines: tuple[AgingLine, ...]

    @property
    def totals_minor(self) -> tuple[int, ...]:
        """The sum of each bucket."""
        return tuple(sum(column) for column in zip(*(line.open_minor for line in self.lines), strict=True)) or (
            0,
        ) * len(self.buckets)


def aging_report(
    company: str, currency: str, as_of: date, aging: Aging, codes: Sequence[str], names: Sequence[str]
) -> AgingReport:
    """Return the report of an aging whose `customers` are positions in `codes` and `names`; customers owing nothing in
    every bucket are left out."""
    lines = [
        AgingLine(codes[customer], names[customer], tuple(row))
        for customer, row in zip(aging.customers.tolist(), aging.open_minor.tolist(), strict=True)
        if any(row)
    ]
    ordered = sorted(lines, key=lambda line: (-line.total_minor, line.code))
    return AgingReport(company, currency, as_of, aging.buckets, tuple(ordered))


def _headings(report: AgingReport) -> tuple[str, ...]:
    return tuple(name if name == "current" else f"{name} days" for name in report.buckets)


def aging_text(report: AgingReport) -> str:
    """Return the report as a table for people, a total under each column."""
    head = ("customer", *_headings(report), "total")
    body = [(f"{line.code} {line.name}"[:40], *_amounts(report, line.open_minor)) for line in report.lines]
    foot = ("total", *_amounts(report, report.totals_minor))
    widths = [max(len(row[i]) for row in (head, *body, foot)) for i in range(len(head))]
    rule = "  ".join("-" * width for width in widths)
    title = f"Aging of {report.company} in {report.currency} as of {report.as_of.isoformat()}"
    rows = [_padded(row, widths) for row in (head, *body, foot)]
    return "\n".join([title, rows[0], rule, *rows[1:-1], rule, rows[-1]]) + "\n"


def _amounts(report: AgingReport, open_minor: Sequence[int]) -> tuple[str, ...]:
    return tuple(_grouped(minor, report.currency) for minor in (*open_minor, sum(open_minor)))


def _grouped(minor: int, currency: str) -> str:
    """Return the amount with a comma between thousands, for people.

    >>> _grouped(-123456789, "EUR")
    '-1,234,567.89'
    """
    whole, point, part = format_minor(abs(minor), currency).partition(".")
    return f"{'-' if minor < 0 else ''}{int(whole):,}{point}{part}"


def _padded(row: Sequence[str], widths: Sequence[int]) -> str:
    first = row[0].ljust(widths[0])
    return "  ".join([first, *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]).rstrip()


def aging_csv(reports: Sequence[AgingReport]) -> str:
    """Return reports of the same buckets as one CSV: plain amounts, one row per customer and currency, no total
    rows."""
    buckets = reports[0].buckets if reports else ()
    header = ("company", "as_of", "customer_id", "customer", "currency", *buckets, "total")
    rows = [
        (
            csv_safe(report.company),
            report.as_of.isoformat(),
            csv_safe(line.code),
            csv_safe(line.name),
            report.currency,
            *(format_minor(minor, report.currency) for minor in (*line.open_minor, line.total_minor)),
        )
        for report in reports
        for line in report.lines
    ]
    return csv_text(header, rows)


def aging_json(report: AgingReport) -> dict[str, Any]:
    """Return the report as plain values; amounts are decimal text."""
    return {
        "company": report.company,
        "currency": report.currency,
        "as_of": report.as_of.isoformat(),
        "buckets": list(report.buckets),
        "customers": [
            {"customer_id": line.code, "customer": line.name, **_named(report, line.open_minor)}
            for line in report.lines
        ],
        "totals": _named(report, report.totals_minor),
    }


def _named(report: AgingReport, open_minor: Sequence[int]) -> dict[str, str]:
    amounts = [format_minor(minor, report.currency) for minor in (*open_minor, sum(open_minor))]
    return dict(zip((*report.buckets, "total"), amounts, strict=True))


def aging_xlsx(reports: Sequence[AgingReport]) -> bytes:
    """Return a workbook with a sheet per report; every total is a formula, so that a deleted row changes it."""
    return workbook([_sheet(report) for report in reports])


def _sheet(report: AgingReport) -> Sheet:
    first, last = column_name(2), column_name(1 + len(report.buckets))
    rows: list[tuple[Cell, ...]] = []
    for number, line in enumerate(report.lines, 2):
        amounts = [Amount(format_minor(minor, report.currency)) for minor in line.open_minor]
        total = Sum(f"{first}{number}:{last}{number}", format_minor(line.total_minor, report.currency))
        rows.append((line.code, line.name, *amounts, total))
    end = len(rows) + 1
    totals = (*report.totals_minor, sum(report.totals_minor))
    sums = [
        Sum(f"{column_name(2 + i)}2:{column_name(2 + i)}{end}", format_minor(minor, report.currency))
        for i, minor in enumerate(totals)
    ]
    rows.append(("Total", f"as of {report.as_of.isoformat()}", *(sums if report.lines else [])))
    return Sheet(
        f"{report.company} {report.currency}",
        ("Customer", "Name", *_headings(report), "Total"),
        rows,
        (14, 36, *(16,) * (len(report.buckets) + 1)),
        frozenset([len(rows) - 1]),
    )
