"""Several companies and currencies in one store never mix, and several processes decide what one would."""

from pathlib import Path

import pytest

from tests.stories.world import Company, ofx, paid

SETTINGS = """
[[companies]]
code = "north"
currency = "USD"

[[companies]]
code = "south"
currency = "EUR"

[[bank_accounts]]
key = "north-usd"
company = "north"
currency = "USD"
number = "1111000011"

[[bank_accounts]]
key = "south-usd"
company = "south"
currency = "USD"
number = "2222000022"

[[bank_accounts]]
key = "south-eur"
company = "south"
currency = "EUR"
number = "3333000033"
"""
CUSTOMERS = (
    "company,id,name,currency\n"
    "north,C1,Amberline Supply LLC,USD\n"
    "south,C1,Cedarpoint Tools Ltd,USD\n"
    "south,C2,Dornfeld KG,EUR\n"
)
INVOICES = (
    "company,id,customer_id,number,issue_date,due_date,currency,amount\n"
    "north,1,C1,700100,2026-01-10,2026-02-09,USD,100.00\n"
    "south,2,C1,700100,2026-01-10,2026-02-09,USD,100.00\n"
    "south,3,C2,700200,2026-01-10,2026-02-09,EUR,300.00\n"
)


@pytest.fixture
def group(tmp_path: Path) -> Company:
    group = Company(tmp_path)
    (tmp_path / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (tmp_path / "invoices.csv").write_text(INVOICES, encoding="utf-8")
    assert group.run("init").code == 0
    for kind in ("customers", "invoices"):
        done = group.run("import", kind, f"{kind}.csv")
        assert done.code == 0, done.err
    return group


def statements(group: Company) -> None:
    group.drop(
        "north.ofx", ofx(paid("N1", "100.00", "AMBERLINE SUPPLY LLC", "700100"), balance="100.00", account="1111000011")
    )
    group.drop(
        "south.ofx", ofx(paid("S1", "100.00", "CEDARPOINT TOOLS LTD", "700100"), balance="100.00", account="2222000022")
    )
    euros = ofx(paid("E1", "300.00", "DORNFELD KG", "RE 700200"), balance="300.00", account="3333000033")
    group.drop("euro.ofx", euros.replace("<CURDEF>USD", "<CURDEF>EUR"))


def test_same_number_in_two_companies_is_paid_in_the_company_whose_account_received_it(group: Company) -> None:
    statements(group)
    done = group.night()
    assert done.code == 0, done.out + done.err
    placed = {(one["company"], one["currency"]): one["amount"] for one in done.last["placed"]}
    assert placed == {("north", "USD"): "100.00", ("south", "EUR"): "300.00", ("south", "USD"): "100.00"}
    assert {one["difference"] for one in done.last["balance"]} == {"0.00"}
    items = group.run("explain", "700100", "--json").records("open_item")
    assert {(one["company"], one["open"]) for one in items} == {("north", "0.00"), ("south", "0.00")}
    group.require_proof()


def test_two_processes_decide_what_one_does(group: Company) -> None:
    statements(group)
    alone = group.night("--dry-run")
    settings = (group.folder / "recon.toml").read_text(encoding="utf-8")
    (group.folder / "recon.toml").write_text(settings + "\n[matching]\nprocesses = 2\n", encoding="utf-8")
    together = group.night()
    assert together.code == 0, together.out + together.err
    assert together.last["placed"] == alone.last["placed"]
    assert together.last["waiting"] == alone.last["waiting"]


def test_row_that_names_no_company_is_nobodys_while_there_are_several(group: Company) -> None:
    for kind, text in (("customers", CUSTOMERS), ("invoices", INVOICES)):
        rows = [row.split(",", 1)[1] for row in text.splitlines()]
        (group.folder / "bare.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
        done = group.run("import", kind, "bare.csv", "--json")
        assert (done.code, done.last["quarantined"], done.last["new"]) == (3, 3, 0)
        assert {one["what"] for one in done.records("problem")} == {"the row names no company, and there are several"}
    north = group.run("import", "invoices", "bare.csv", "--company", "north", "--json")
    assert (north.last["same"], north.last["new"]) == (1, 0)
    history = group.run("import", "history", "bare.csv", "bare.csv")
    assert (history.code, "--company" in history.err) == (2, True)


def test_row_of_an_unknown_company_is_set_aside(group: Company) -> None:
    (group.folder / "west.csv").write_text(INVOICES.replace("north,1", "west,1"), encoding="utf-8")
    done = group.run("import", "invoices", "west.csv", "--json")
    assert (done.code, done.last["quarantined"], done.last["same"]) == (3, 1, 2)
    assert "'west'" in done.records("problem")[0]["what"]
