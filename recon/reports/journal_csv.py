"""Journals as CSV for QuickBooks Online, Xero and NetSuite.

Layouts: `*JournalNo,*JournalDate,*AccountName,*Debits,*Credits,Description,Name,Currency` (QuickBooks);
`*Narration,*Date,Description,*AccountCode,*TaxRate,*Amount`, signed, at most 300 lines a file (Xero); External ID,
Date,
Currency, Memo, Account, Debit, Credit, Name, Line Memo (NetSuite).

Room: pure.
"""

from collections.abc import Iterable

from recon.errors import NotAllowed
from recon.money import format_minor
from recon.reports.cells import csv_safe, csv_text
from recon.reports.journal import AccountNames, JournalEntry, JournalLine, by_currency, checked, described

QUICKBOOKS = ("*JournalNo", "*JournalDate", "*AccountName", "*Debits", "*Credits", "Description", "Name", "Currency")
XERO = ("*Narration", "*Date", "Description", "*AccountCode", "*TaxRate", "*Amount")
NETSUITE = ("External ID", "Date", "Currency", "Memo", "Account", "Debit", "Credit", "Name", "Line Memo")
XERO_LINES = 300


def quickbooks(entries: Iterable[JournalEntry], accounts: AccountNames, day_format: str = "%m/%d/%Y") -> str:
    """Return the QuickBooks Online journal import. A customer's line carries the customer's name, as QuickBooks demands
    on receivables."""
    rows = []
    for entry in checked(entries):
        day = entry.booked_on.strftime(day_format)
        for name, currency, lines in by_currency(entry):
            for line in lines:
                told = csv_safe(described(line, entry.memo)), csv_safe(line.customer_name), currency
                rows.append((name, day, csv_safe(accounts.of(line.account)), *_sides(line), *told))
    return csv_text(QUICKBOOKS, rows)


def _sides(line: JournalLine) -> tuple[str, str]:
    """Return debit and credit, one of them empty."""
    amount = format_minor(abs(line.amount_minor), line.currency)
    return (amount, "") if line.amount_minor > 0 else ("", amount)


def xero(
    entries: Iterable[JournalEntry], accounts: AccountNames, tax_rate: str = "Tax Exempt", day_format: str = "%Y-%m-%d"
) -> tuple[tuple[str, str], ...]:
    """Return Xero manual journals as (currency, file text), at most 300 lines a file, no entry split over two files.

    The layout has no currency: a file holds one, and Xero takes it for the organisation's own. Xero's bank and
    receivable
    accounts refuse manual journals: map ours to clearing accounts. Raises NotAllowed for an entry of over 300 lines.
    """
    files: dict[str, list[list[tuple[str, ...]]]] = {}
    for entry in checked(entries):
        for name, currency, lines in by_currency(entry):
            head = f"{name} {entry.memo}"[:200].rstrip(), entry.booked_on.strftime(day_format)
            rows = [(*head, *_xero_line(line, accounts, tax_rate)) for line in lines]
            _add_whole(files.setdefault(currency, [[]]), rows, entry.id)
    return tuple((currency, csv_text(XERO, rows)) for currency in sorted(files) for rows in files[currency] if rows)


def _xero_line(line: JournalLine, accounts: AccountNames, tax_rate: str) -> tuple[str, ...]:
    # Xero makes one journal of the rows that share narration and day; the entry's name in it keeps entries apart.
    amount = format_minor(line.amount_minor, line.currency)
    return csv_safe(described(line, line.customer_name)), csv_safe(accounts.of(line.account)), tax_rate, amount


def _add_whole(files: list[list[tuple[str, ...]]], rows: list[tuple[str, ...]], entry_id: int) -> None:
    if len(rows) > XERO_LINES:
        what = f"entry {entry_id} has {len(rows)} lines, a Xero journal at most {XERO_LINES}"
        raise NotAllowed(what, "Enter it by hand")
    if len(files[-1]) + len(rows) > XERO_LINES:
        files.append([])
    files[-1].extend(rows)


def netsuite(entries: Iterable[JournalEntry], accounts: AccountNames, day_format: str = "%m/%d/%Y") -> str:
    """Return the NetSuite journal import; the external id makes a second import of the same entry fail over there."""
    rows = []
    for entry in checked(entries):
        day = entry.booked_on.strftime(day_format)
        for name, currency, lines in by_currency(entry):
            for line in lines:
                head = name, day, currency, csv_safe(entry.memo), csv_safe(accounts.of(line.account))
                rows.append((*head, *_sides(line), csv_safe(line.customer_name), csv_safe(line.document)))
    return csv_text(NETSUITE, rows)
