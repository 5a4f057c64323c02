"""Each file under fixtures/receivables is one source's layout, with what must be read from it in the table below."""

from pathlib import Path

import pytest

from recon.frames import day_of
from recon.receivables import Defaults, read_invoices, shipped_layouts

FOLDER = Path(__file__).parents[2] / "fixtures" / "receivables"

# file -> layout, then number: (customer, kind, amount, open, currency, issued, due)
EXPECTED = {
    "plain.csv": (
        "plain",
        {
            "R-100": ("C1", "invoice", 119000, 119000, "EUR", "2026-01-15", "2026-02-14"),
            "R-101": ("C2", "invoice", 25050, 5050, "USD", "2026-01-20", "2026-02-19"),
            "R-102": ("C1", "credit", -1900, -1900, "EUR", "2026-02-01", "2026-02-01"),
        },
    ),
    "quickbooks-import.csv": (
        "quickbooks-import",
        {
            "1001": ("harbor & pine llc", "invoice", 130500, 130500, "USD", "2026-01-13", "2026-02-12"),
            "1002": ("quince studio", "invoice", 42000, 42000, "USD", "2026-01-14", "2026-02-13"),
        },
    ),
    "quickbooks-report.csv": (
        "quickbooks-report",
        {
            "1043": ("alder supply", "invoice", 425000, 125000, "USD", "2026-01-25", "2026-02-24"),
            "1044": ("alder supply", "invoice", 9900, 9900, "USD", "2026-02-03", "2026-03-05"),
            "CM-7": ("birch bakery", "credit", -5000, -5000, "USD", "2026-02-04", "2026-02-04"),
        },
    ),
    "xero-import.csv": (
        "xero-import",
        {
            "INV-0001": ("larkspur ltd", "invoice", 23994, 23994, "GBP", "2026-02-28", "2026-03-30"),
            "INV-0002": ("meadow co", "invoice", 1000, 1000, "GBP", "2026-02-27", "2026-03-29"),
        },
    ),
    "xero-export.csv": (
        "xero-export",
        {
            "INV-0010": ("larkspur ltd", "invoice", 36000, 6000, "GBP", "2026-01-31", "2026-03-02"),
            "CN-0003": ("meadow co", "credit", -1200, -1200, "GBP", "2026-02-10", "2026-02-10"),
        },
    ),
    "odoo-list.csv": (
        "odoo-list",
        {
            "INV/2026/0001": ("nordlicht kg", "invoice", 119000, 119000, "EUR", "2026-01-05", "2026-02-04"),
            "INV/2026/0002": ("ostsee ag", "invoice", 50000, 0, "EUR", "2026-01-06", "2026-02-05"),
            "RINV/2026/0001": ("nordlicht kg", "credit", -10000, -10000, "EUR", "2026-01-07", "2026-01-07"),
        },
    ),
    "odoo-technical.csv": (
        "odoo-technical",
        {
            "INV/2026/0011": ("nordlicht kg", "invoice", 119000, 19000, "EUR", "2026-01-05", "2026-02-04"),
            "RINV/2026/0012": ("nordlicht kg", "credit", -10000, -10000, "EUR", "2026-01-07", "2026-01-07"),
        },
    ),
    "erpnext.csv": (
        "erpnext-receivables",
        {
            "ACC-SINV-2026-00001": ("CUST-1", "invoice", 250000, 150000, "INR", "2026-01-09", "2026-02-08"),
            "ACC-SINV-2026-00002": ("CUST-2", "invoice", 99000, 99000, "INR", "2026-01-10", "2026-02-09"),
        },
    ),
    "stripe.csv": (
        "stripe",
        {
            "A1B2-0001": ("cus_001", "invoice", 1650, 1650, "EUR", "2026-01-01", "2026-01-31"),
            "A1B2-0002": ("cus_002", "invoice", 1650, 650, "JPY", "2026-01-01", "2026-01-31"),
        },
    ),
    "wave.csv": (
        "wave",
        {"77": ("tern & co", "invoice", 20000, 15000, "CAD", "2026-01-05", "2026-02-04")},
    ),
    "zoho.csv": (
        "zoho",
        {"INV-000017": ("saffron foods", "invoice", 150000, 150000, "INR", "2026-01-05", "2026-02-04")},
    ),
    "tally.csv": (
        "tally",
        {"TV/11": ("saffron foods", "invoice", 11800000, 11800000, "INR", "2026-01-15", "2026-02-14")},
    ),
}
DEFAULT_CURRENCY = {
    "quickbooks-import.csv": "USD",
    "quickbooks-report.csv": "USD",
    "wave.csv": "CAD",
    "zoho.csv": "INR",
}
DEFAULT_CURRENCY |= {"tally.csv": "INR", "odoo-list.csv": "EUR", "odoo-technical.csv": "EUR"}


@pytest.mark.parametrize("name", EXPECTED)
def test_each_layout_is_known_by_its_header_and_read_exactly(name: str) -> None:
    layout, expected = EXPECTED[name]
    reading = read_invoices(
        (FOLDER / name).read_bytes(), name, defaults=Defaults(currency=DEFAULT_CURRENCY.get(name, ""))
    )
    rows = reading.invoices
    found = {
        rows.number[i]: (
            rows.customer_code[i],
            rows.kind[i],
            int(rows.amount_minor[i]),
            int(rows.open_minor[i]),
            rows.currency[i],
            day_of(rows.issue_day[i]).isoformat(),
            day_of(rows.due_day[i]).isoformat(),
        )
        for i in range(len(rows))
    }
    assert (reading.layout, found, reading.problems) == (layout, expected, ())


def test_every_shipped_invoice_layout_has_a_specimen() -> None:
    assert {layout.key for layout in shipped_layouts() if layout.kind == "invoices"} == {
        v[0] for v in EXPECTED.values()
    }


def test_totals_and_headings_of_a_report_are_left_out_and_told() -> None:
    reading = read_invoices((FOLDER / "quickbooks-report.csv").read_bytes(), "r.csv", defaults=Defaults(currency="USD"))
    assert "5 rows left out: heading or total" in reading.evidence
    assert "1 row left out: type Payment" in reading.evidence


def test_layouts_without_customer_numbers_know_customers_by_their_folded_name() -> None:
    reading = read_invoices((FOLDER / "xero-export.csv").read_bytes(), "x.csv")
    assert list(reading.named_customers.code) == ["larkspur ltd", "meadow co"]
    assert list(reading.named_customers.name) == ["Larkspur  Ltd", "Meadow Co"]
    assert list(reading.named_customers.email) == ["billing@larkspur.example", ""]
