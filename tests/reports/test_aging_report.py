"""Aging for people and programs; a workbook that opens, adds up, and runs nothing that a customer wrote."""

import csv
import io
import zipfile
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from defusedxml import ElementTree
from hypothesis import given, settings
from hypothesis import strategies as st

from recon.aging import age
from recon.frames import day_number
from recon.reports.aging_report import (
    AgingReport,
    aging_csv,
    aging_json,
    aging_report,
    aging_text,
    aging_xlsx,
)
from recon.reports.cells import csv_safe
from recon.reports.xlsx import Amount, Sheet, workbook

AS_OF = date(2026, 3, 31)
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


def report(names: tuple[str, ...] = ("Alder", "=HYPERLINK(1)", "Cedar"), currency: str = "EUR") -> AgingReport:
    customer = np.array([0, 0, 1, 2, 2])
    late = np.array([0, 31, 91, 5, 5], dtype=np.int32)
    open_minor = np.array([10_000, -250, 123_456_789, 500, -500])
    aging = age(customer, (day_number(AS_OF) - late).astype(np.int32), open_minor, day_number(AS_OF))
    return aging_report("main", currency, AS_OF, aging, ("C1", "C2", "C3"), names)


def test_text_shows_the_largest_debt_first_and_totals_below() -> None:
    assert aging_text(report()) == (
        "Aging of main in EUR as of 2026-03-31\n"
        "customer          current  1-30 days  31-60 days  61-90 days      90+ days         total\n"
        "----------------  -------  ---------  ----------  ----------  ------------  ------------\n"
        "C2 =HYPERLINK(1)     0.00       0.00        0.00        0.00  1,234,567.89  1,234,567.89\n"
        "C1 Alder           100.00       0.00       -2.50        0.00          0.00         97.50\n"
        "----------------  -------  ---------  ----------  ----------  ------------  ------------\n"
        "total              100.00       0.00       -2.50        0.00  1,234,567.89  1,234,665.39\n"
    )


def test_customer_whose_items_cancel_in_every_bucket_is_left_out() -> None:
    assert [line.code for line in report().lines] == ["C2", "C1"]


def test_csv_has_plain_amounts_and_runs_no_formula() -> None:
    rows = list(csv.DictReader(io.StringIO(aging_csv([report(), report(currency="JPY")]))))
    assert [(row["customer"], row["currency"], row["total"]) for row in rows] == [
        ("'=HYPERLINK(1)", "EUR", "1234567.89"),
        ("Alder", "EUR", "97.50"),
        ("'=HYPERLINK(1)", "JPY", "123456789"),
        ("Alder", "JPY", "9750"),
    ]
    assert rows[1]["31-60"] == "-2.50"


def test_json_holds_decimal_text_and_totals() -> None:
    told = aging_json(report())
    amounts = ["100.00", "0.00", "-2.50", "0.00", "1234567.89", "1234665.39"]
    assert told["totals"] == dict(zip(["current", "1-30", "31-60", "61-90", "90+", "total"], amounts, strict=True))
    assert told["customers"][1]["customer_id"] == "C1"


def test_empty_report_is_a_report() -> None:
    empty = AgingReport("main", "EUR", AS_OF, ("current", "1-30"), ())
    assert aging_text(empty).splitlines()[-1].split() == ["total", "0.00", "0.00", "0.00"]
    assert aging_json(empty)["totals"]["total"] == "0.00"
    assert zipfile.ZipFile(io.BytesIO(aging_xlsx([empty]))).testzip() is None


def cells(content: bytes, sheet: int = 1) -> dict[str, tuple[str | None, str]]:
    """Return formula and shown value of each cell."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        root = ElementTree.fromstring(archive.read(f"xl/worksheets/sheet{sheet}.xml"))
    found = {}
    for cell in root.iter(f"{MAIN}c"):
        formula = cell.find(f"{MAIN}f")
        value = cell.find(f"{MAIN}v")
        shown = "".join(cell.itertext()) if value is None else value.text or ""
        found[cell.attrib["r"]] = (None if formula is None else formula.text, shown)
    return found


def test_workbook_totals_are_live_and_right() -> None:
    found = cells(aging_xlsx([report()]))
    assert found["H2"] == ("SUM(C2:G2)", "1234567.89")
    assert found["G4"] == ("SUM(G2:G3)", "1234567.89")
    assert found["H4"] == ("SUM(H2:H3)", "1234665.39")
    assert Decimal(found["H4"][1]) == Decimal(found["H2"][1]) + Decimal(found["H3"][1])


@pytest.mark.parametrize("name", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "<b>&\"'", "a\x00b\x1f", "]]>", "\ud800"])
def test_name_is_text_in_the_workbook_whatever_it_says(name: str) -> None:
    found = cells(aging_xlsx([report(("Alder", name, "Cedar"))]))
    assert found["B2"][0] is None
    assert [place for place, (formula, _) in found.items() if formula and not formula.startswith("SUM(")] == []


def test_same_sheets_give_the_same_bytes_and_twin_names_differ() -> None:
    twice = [report(), report()]
    assert aging_xlsx(twice) == aging_xlsx(twice)
    with zipfile.ZipFile(io.BytesIO(aging_xlsx(twice))) as archive:
        names = [
            sheet.attrib["name"]
            for sheet in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter(f"{MAIN}sheet")
        ]
    assert names == ["main EUR", "main EUR (2)"]


def test_number_beyond_a_float_is_written_exactly() -> None:
    content = workbook([Sheet("x", ("a",), [(Amount("90071992547409.93"),), (date(2026, 3, 31),), (7,)])])
    assert [cells(content)[place][1] for place in ("A2", "A3", "A4")] == ["90071992547409.93", "46112", "7"]


@settings(max_examples=200)
@given(st.text(st.sampled_from("=+-@a \t\r\n＝'\u00a0")))
def test_safe_text_never_starts_like_a_formula_and_loses_nothing(text: str) -> None:
    safe = csv_safe(text)
    assert not safe.lstrip(" \u00a0").startswith(("=", "+", "-", "@", "\t", "\r", "\n", "＝"))
    assert safe.removeprefix("'") == text.removeprefix("'")
