"""A month is closed in the days after it: its numbers are those of its last day, whatever was booked since."""

import csv
import json
from decimal import Decimal

from tests.stories.world import Company, ofx, paid

TOTAL = {"current": "0.00", "1-30": "350.49", "31-60": "0.00", "61-90": "0.00", "90+": "0.00", "total": "350.49"}


def aging(company: Company, day: str) -> list[dict[str, str]]:
    done = company.run("report", "aging", "--json", "--as-of", day)
    assert done.code == 0, done.err
    return [report["totals"] for report in done.records("aging")]


def test_aging_of_a_day_stays_as_it_was(known: Company) -> None:
    assert aging(known, "2026-03-31") == [TOTAL]
    known.drop(
        "april.ofx", ofx(paid("F2", "99.99", "BLUECREST FOODS INC", "INV 410013", "20260402"), balance="1599.99")
    )
    assert known.night(day="2026-04-02").last["counts"]["posted"] == 1
    assert aging(known, "2026-03-31") == [TOTAL]
    assert aging(known, "2026-04-02")[0]["total"] == "250.50"


def test_undone_payment_is_open_again_from_the_day_it_was_undone(known: Company) -> None:
    known.run("undo", "D1", "--as-of", "2026-04-03")
    assert aging(known, "2026-04-02")[0]["total"] == "350.49"
    assert aging(known, "2026-04-03")[0]["total"] == "1850.49"


def test_invoice_is_in_the_aging_from_the_day_of_its_issue(company: Company) -> None:
    assert aging(company, "2026-01-09") == []
    assert aging(company, "2026-01-10")[0]["total"] == "1500.00"
    assert aging(company, "2026-02-19")[0]["total"] == "1750.50"


def test_month_closes_on_numbers_that_tie(known: Company) -> None:
    """Bank = applied + on account + unapplied + set aside; the aging, its CSV and its JSON say one total."""
    known.drop("rest.ofx", ofx(paid("F2", "77.77", "WHO KNOWS", "HELLO", "20260330"), balance="1577.77"))
    (balance,) = known.night().last["balance"]
    parts = (balance[name] for name in ("applied", "on_account", "unapplied", "set_aside"))
    assert sum(map(Decimal, parts)) == Decimal(balance["bank"]) == Decimal("1577.77")
    for name in ("aging.csv", "aging.json", "aging.xlsx"):
        assert known.run("report", "aging", "--as-of", "2026-03-31", "--out", name).code == 0
    rows = list(csv.DictReader((known.folder / "aging.csv").read_text(encoding="utf-8").splitlines()))
    (report,) = json.loads((known.folder / "aging.json").read_text(encoding="utf-8"))
    assert report["totals"]["total"] == "350.49"
    assert [row["total"] for row in rows] == ["250.50", "99.99"]


def test_aging_of_a_company_that_is_not_there_is_refused(known: Company) -> None:
    done = known.run("report", "aging", "--company", "nope")
    assert done.code == 2
    assert "--company 'nope' is not in the settings" in done.err
