"""From entries of the books to the files of one export, by the name of its layout.

Room: pure.
"""

from collections.abc import Callable, Mapping, Sequence

from recon.errors import UsageError
from recon.model import Entry
from recon.reports.journal import BOOK_NAMES, AccountNames, JournalEntry, JournalLine
from recon.reports.journal_csv import netsuite, quickbooks, xero
from recon.reports.journal_text import beancount_accounts, beancount_journal, hledger_accounts, hledger_journal

Named = tuple[str, str]  # ending of the file name, text
NOBODY = ("", "")


def journal_entry(
    number: int, entry: Entry, customers: Mapping[int, tuple[str, str]], documents: Mapping[int, str]
) -> JournalEntry:
    """Return an entry to export: `customers` gives code and name by id, `documents` the number of each open item."""
    lines = tuple(
        JournalLine(
            posting.account,
            posting.amount_minor,
            posting.currency,
            *customers.get(posting.customer_id or 0, NOBODY),
            documents.get(posting.open_item_id or 0, ""),
        )
        for posting in entry.postings
    )
    kind, reason = entry.kind, entry.reason
    return JournalEntry(number, entry.company, entry.booked_on, kind, reason, lines, entry.reverses_id)


def journal_files(layout: str, entries: Sequence[JournalEntry], accounts: AccountNames = BOOK_NAMES) -> list[Named]:
    """Return the files of the export as (ending, text), in order; no files when there are no entries.

    The account names serve the three CSV layouts; hledger and beancount use names of their own. Raises UsageError
    for an
    unknown layout.
    """
    if layout not in LAYOUTS:
        raise UsageError(f"layout {layout!r} is unknown", f"Use one of: {', '.join(LAYOUTS)}")
    return LAYOUTS[layout](entries, accounts) if entries else []


def _quickbooks(entries: Sequence[JournalEntry], accounts: AccountNames) -> list[Named]:
    return [(".csv", quickbooks(entries, accounts))]


def _xero(entries: Sequence[JournalEntry], accounts: AccountNames) -> list[Named]:
    found = xero(entries, accounts)
    if len(found) == 1:
        return [(".csv", found[0][1])]
    return [(f"-{currency}-{number}.csv", text) for number, (currency, text) in enumerate(found, 1)]


def _netsuite(entries: Sequence[JournalEntry], accounts: AccountNames) -> list[Named]:
    return [(".csv", netsuite(entries, accounts))]


def _hledger(entries: Sequence[JournalEntry], accounts: AccountNames) -> list[Named]:
    return [(".journal", f"{hledger_accounts(entries)}\n{hledger_journal(entries)}")]


def _beancount(entries: Sequence[JournalEntry], accounts: AccountNames) -> list[Named]:
    opened_on = min(entry.booked_on for entry in entries)
    return [(".beancount", f"{beancount_accounts(entries, opened_on)}\n{beancount_journal(entries)}")]


LAYOUTS: dict[str, Callable[[Sequence[JournalEntry], AccountNames], list[Named]]] = {
    "quickbooks": _quickbooks,
    "xero": _xero,
    "netsuite": _netsuite,
    "hledger": _hledger,
    "beancount": _beancount,
}
