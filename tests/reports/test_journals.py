"""Journals for other systems: whole, balanced, one identity per entry, and nothing a reader could take for something
else."""

import csv
import io
import json
import os
import shutil
import subprocess
from collections import defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.errors import BrokenInvariant, NotAllowed, UsageError
from recon.model import Entry, LedgerAccount, Posting
from recon.reports.exports import journal_entry, journal_files
from recon.reports.journal import BOOK_NAMES, AccountNames, JournalEntry, JournalLine
from recon.reports.journal_csv import XERO_LINES, netsuite, quickbooks, xero
from recon.reports.journal_text import (
    audit_jsonl,
    beancount_accounts,
    beancount_journal,
    hledger_accounts,
    hledger_journal,
)

DAY = date(2026, 3, 2)


def line(account: str, minor: int, currency: str = "EUR", **about: str) -> JournalLine:
    return JournalLine(account, minor, currency, **about)


def applied(number: int = 2, reason: str = "", name: str = "Alder GmbH", document: str = "R-1") -> JournalEntry:
    lines = (
        line("unidentified_cash", 98_000),
        line("receivable", -100_000, customer_code="C1", customer_name=name, document=document),
        line("discount_allowed", 2_000),
    )
    return JournalEntry(number, "main", DAY, "apply", reason, lines)


IMPORTED = JournalEntry(1, "main", DAY, "import", "", (line("bank", 98_000), line("unidentified_cash", -98_000)))
YEN = JournalEntry(
    3,
    "main",
    DAY,
    "set_aside",
    "",
    (line("unidentified_cash", 1842, "JPY"), line("set_aside:tax_refund", -1842, "JPY")),
)
UNDONE = JournalEntry(
    4, "main", DAY, "undo", "wrong one", tuple(line(p.account, -p.amount_minor) for p in applied().lines), reverses_id=2
)
ENTRIES = (IMPORTED, applied(), YEN, UNDONE)


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_quickbooks_journal_has_its_columns_and_a_customer_on_receivables() -> None:
    text = quickbooks(ENTRIES, BOOK_NAMES)
    assert text.splitlines()[:3] == [
        "*JournalNo,*JournalDate,*AccountName,*Debits,*Credits,Description,Name,Currency",
        "RECON-1,03/02/2026,Bank,980.00,,import,,EUR",
        "RECON-1,03/02/2026,Unidentified Cash,,980.00,import,,EUR",
    ]
    receivable = next(row for row in rows(text) if row["*AccountName"] == "Accounts Receivable")
    assert (receivable["*Credits"], receivable["Name"], receivable["Description"]) == (
        "1000.00",
        "Alder GmbH",
        "R-1 apply",
    )


@pytest.mark.parametrize("export", [quickbooks, netsuite])
def test_debits_are_credits_in_every_journal_and_currency(export) -> None:  # type: ignore[no-untyped-def]
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for row in rows(export(ENTRIES, BOOK_NAMES)):
        name = row.get("*JournalNo") or row["External ID"]
        debit, credit = row.get("*Debits", row.get("Debit")), row.get("*Credits", row.get("Credit"))
        sums[name, row["Currency"]] += Decimal(debit or 0) - Decimal(credit or 0)
    assert set(sums.values()) == {Decimal(0)}
    assert len(sums) == 4


def test_entry_in_two_currencies_becomes_a_journal_for_each() -> None:
    both = JournalEntry(9, "main", DAY, "apply", "", (*IMPORTED.lines, *YEN.lines))
    names = {(row["*JournalNo"], row["Currency"]) for row in rows(quickbooks([both], BOOK_NAMES))}
    assert names == {("RECON-9-EUR", "EUR"), ("RECON-9-JPY", "JPY")}


def test_xero_files_hold_at_most_300_lines_and_split_no_entry() -> None:
    files = [text for _, text in xero([applied(number) for number in range(1, 251)], BOOK_NAMES)]
    narrations = [{row["*Narration"] for row in rows(text)} for text in files]
    assert [len(rows(text)) for text in files] == [300, 300, 150]
    assert not set.intersection(*narrations)
    for text in files:
        assert sum(Decimal(row["*Amount"]) for row in rows(text)) == 0


def test_xero_file_holds_one_currency_because_it_cannot_name_it() -> None:
    both = JournalEntry(9, "main", DAY, "apply", "", (*IMPORTED.lines, *YEN.lines))
    files = xero([IMPORTED, YEN, both], BOOK_NAMES)
    assert [(currency, len(rows(text))) for currency, text in files] == [("EUR", 4), ("JPY", 4)]
    assert [ending for ending, _ in journal_files("xero", ENTRIES)] == ["-EUR-1.csv", "-JPY-2.csv"]


def test_xero_refuses_an_entry_that_no_file_can_hold() -> None:
    lines = tuple(line("bank", 1 if i % 2 else -1) for i in range(XERO_LINES + 2))
    with pytest.raises(NotAllowed, match="entry 7 has 302 lines, a Xero journal at most 300"):
        xero([JournalEntry(7, "main", DAY, "apply", "", lines)], BOOK_NAMES)


@pytest.mark.parametrize("account", [account.value for account in LedgerAccount])
def test_every_account_of_the_books_has_a_name_in_every_export(account: str) -> None:
    entry = JournalEntry(1, "main", DAY, "x", "", (line(account, 5), line("bank", -5)))
    assert quickbooks([entry], BOOK_NAMES) and netsuite([entry], BOOK_NAMES) and xero([entry], BOOK_NAMES)
    assert hledger_accounts([entry]) and hledger_journal([entry])
    assert beancount_accounts([entry], DAY) and beancount_journal([entry])


def test_account_without_a_name_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="account 'bank' has no name in this export"):
        quickbooks([IMPORTED], AccountNames({}))


def test_unbalanced_entry_never_leaves_the_books() -> None:
    with pytest.raises(BrokenInvariant, match="entry 5 does not balance"):
        hledger_journal([JournalEntry(5, "main", DAY, "apply", "", (line("bank", 5),))])


def test_same_entries_in_any_order_give_the_same_file() -> None:
    for export in (lambda e: quickbooks(e, BOOK_NAMES), hledger_journal, beancount_journal):
        assert export(ENTRIES) == export(tuple(reversed(ENTRIES)))


def test_hledger_transaction_carries_entry_customer_and_document() -> None:
    assert hledger_journal([applied()]) == (
        "2026-03-02 (2) apply  ; recon:2, kind:apply\n"
        "    liabilities:unidentified cash  980.00 EUR\n"
        "    assets:receivable  -1000.00 EUR  ; customer:C1, document:R-1\n"
        "    expenses:discount allowed  20.00 EUR\n\n"
    )


def test_beancount_transaction_carries_entry_customer_and_document() -> None:
    assert beancount_journal([applied()]) == (
        '2026-03-02 * "Recon 2" "apply"\n  recon: "2"\n  kind: "apply"\n'
        "  Liabilities:UnidentifiedCash  980.00 EUR\n"
        '  Assets:Receivable  -1000.00 EUR\n    customer: "C1"\n    document: "R-1"\n'
        "  Expenses:DiscountAllowed  20.00 EUR\n\n"
    )


def test_yen_has_no_decimals_and_set_aside_keeps_its_name() -> None:
    assert "    equity:set aside:tax refund  -1842 JPY" in hledger_journal([YEN])
    assert "  Equity:SetAside:TaxRefund  -1842 JPY" in beancount_journal([YEN])


HOSTILE = st.text(st.sampled_from('=+-@a1 ;|"\\*!(){}:,\n\r\t\0\u202e\u2028é'), max_size=30)


@settings(max_examples=150, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_text_from_outside_adds_a_line_or_a_formula(reason: str, name: str, document: str) -> None:
    entry = applied(2, reason, name, document)
    assert len(hledger_journal([entry]).split("\n")) == 6
    told = beancount_journal([entry])
    assert len(told.split("\n")) == 9 + told.count("\n    document:")
    for text in (
        quickbooks([entry], BOOK_NAMES),
        *(text for _, text in xero([entry], BOOK_NAMES)),
        netsuite([entry], BOOK_NAMES),
    ):
        for row in rows(text):
            told = [cell for key, cell in row.items() if "Amount" not in key and key not in ("*Debits", "*Credits")]
            assert not any(cell.lstrip().startswith(("=", "+", "-", "@")) for cell in told)


def _may_skip(tool: str) -> bool:
    """A machine without the tool skips; where the tools are required (CI), it fails instead."""
    return shutil.which(tool) is None and not os.environ.get("RECON_REQUIRE_TOOLS")


def written(folder: Path) -> tuple[Path, Path]:
    entries = (*ENTRIES, applied(8, 'a; b | "c" \\ d\n2026-01-01 open', '=x;"y"', "R;1,x"))
    hledger, beancount = folder / "books.journal", folder / "books.beancount"
    hledger.write_text(hledger_accounts(entries) + "\n" + hledger_journal(entries), encoding="utf-8")
    beancount.write_text(beancount_accounts(entries, DAY) + "\n" + beancount_journal(entries), encoding="utf-8")
    return hledger, beancount


@pytest.mark.skipif(_may_skip("hledger"), reason="hledger is not installed here")
def test_hledger_accepts_the_journal_in_strict_mode(tmp_path: Path) -> None:
    subprocess.run(["hledger", "-f", str(written(tmp_path)[0]), "check", "--strict"], check=True, timeout=60)


@pytest.mark.skipif(_may_skip("bean-check"), reason="beancount is not installed here")
def test_beancount_accepts_the_journal(tmp_path: Path) -> None:
    subprocess.run(["bean-check", str(written(tmp_path)[1])], check=True, timeout=60)


def test_audit_rows_keep_their_texts_and_their_order() -> None:
    second = {"id": 2, "actor": "Ä", "detail": '{"a":1}', "previous_hash": "aa", "hash": "bb"}
    first = {"id": 1, "actor": "x\ny", "detail": "", "previous_hash": "", "hash": "aa"}
    told = audit_jsonl([second, first]).splitlines()
    assert [json.loads(text) for text in told] == [first, second]


@pytest.mark.parametrize(
    ("layout", "endings"),
    [
        ("quickbooks", [".csv"]),
        ("xero", ["-EUR-1.csv", "-JPY-2.csv"]),
        ("netsuite", [".csv"]),
        ("hledger", [".journal"]),
        ("beancount", [".beancount"]),
    ],
)
def test_every_layout_is_written_by_its_name(layout: str, endings: list[str]) -> None:
    assert [ending for ending, _ in journal_files(layout, ENTRIES)] == endings
    assert journal_files(layout, []) == []


def test_many_lines_for_xero_become_numbered_files() -> None:
    files = journal_files("xero", [applied(number) for number in range(1, 151)])
    assert [ending for ending, _ in files] == ["-EUR-1.csv", "-EUR-2.csv"]


def test_unknown_layout_is_refused_with_the_known_ones() -> None:
    with pytest.raises(UsageError, match=r"layout 'sap' is unknown\. Use one of: quickbooks, xero"):
        journal_files("sap", ENTRIES)


def test_entry_of_the_books_gets_names_and_numbers_for_its_ids() -> None:
    postings = (
        Posting("receivable", -500, "EUR", customer_id=7, open_item_id=9),
        Posting("unidentified_cash", 500, "EUR"),
    )
    made = journal_entry(3, Entry("main", DAY, "apply", postings), {7: ("C1", "Alder")}, {9: "R-1"})
    assert made.lines == (
        JournalLine("receivable", -500, "EUR", "C1", "Alder", "R-1"), JournalLine("unidentified_cash", 500, "EUR"),
    )  # fmt: skip


def test_every_account_of_the_books_stands_in_the_reference() -> None:
    told = (Path(__file__).parents[2] / "docs" / "reference" / "exports.md").read_text(encoding="utf-8")
    for account in LedgerAccount:
        assert f"| `{account.value}" in told, account
