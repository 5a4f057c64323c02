"""A deposit pays invoices of another currency at the rate they were booked at: what differs is gain or loss."""

import shutil
import subprocess

import pytest

from tests.stories.desk import applied, arrive, balances, line_of, opened, refused, state_of
from tests.stories.world import Company

EUROS = """id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount
7,C1,EU-1,,2026-01-10,2026-02-09,EUR,1000.00,1000.00
8,C1,EU-2,,2026-01-10,2026-02-09,EUR,50.00,50.00
9,C1,JP-1,,2026-01-10,2026-02-09,JPY,100000,100000
"""


@pytest.fixture
def euros(books: Company) -> Company:
    """The company with invoices in euros and yen, whose bank account is in dollars."""
    (books.folder / "euros.csv").write_text(EUROS, encoding="utf-8")
    assert books.run("import", "invoices", "euros.csv").code == 0
    return books


def test_payment_beyond_the_booked_rate_is_a_gain_and_undone_whole(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    done = applied(euros, item, "--invoice", "EU-1=1000.00", "--currency", "EUR", "--rate", "1.0842")
    assert done.last["exchange_gain"] == "17.10"
    assert opened(euros, "EU-1") == "0.00"
    assert balances(euros)["fx_gain_loss", "USD"] == "-17.10"
    euros.require_proof()
    assert euros.run("undo", line_of(euros, item)).code == 0
    assert opened(euros, "EU-1") == "1000.00"
    assert ("fx_gain_loss", "USD") not in balances(euros)
    assert state_of(euros, item) == "open"
    euros.require_proof()


def test_payment_short_of_the_booked_rate_is_a_loss(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1140.00"))
    both = ("--invoice", "EU-1=1000.00", "--invoice", "EU-2=50.00", "--currency", "EUR", "--rate", "1.0900")
    applied(euros, item, *both)
    assert (opened(euros, "EU-1"), opened(euros, "EU-2")) == ("0.00", "0.00")
    assert balances(euros)["fx_gain_loss", "USD"] == "4.50"
    euros.require_proof()


def test_currency_without_minor_units(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "650.00"))
    done = applied(euros, item, "--invoice", "JP-1=100000", "--currency", "JPY", "--rate", "0.0065005")
    assert (done.last["exchange_gain"], opened(euros, "JP-1")) == ("-0.05", "0")
    euros.require_proof()


def test_booked_by_name_of_the_deposit(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    line = line_of(euros, item)
    done = euros.run("book", "foreign", line, "C1", "--invoice", "EU-1=1000.00", "--rate", "1.0842")
    assert (done.code, "exchange gain 17.10 USD" in done.out) == (0, True)
    assert state_of(euros, item) == "posted"
    again = euros.run("book", "foreign", line, "C1", "--invoice", "EU-2=50.00", "--rate", "1.0842")
    assert (again.code, "already applied" in again.err) == (1, True)
    euros.require_proof()


def test_second_person_approves_the_rate_that_was_proposed(euros: Company) -> None:
    with (euros.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[review]\nsecond_approval_above = 500\n")
    (item,) = arrive(euros, ("F1", "1101.30"))
    given = ("--invoice", "EU-1=1000.00", "--currency", "EUR", "--rate", "1.0842")
    assert applied(euros, item, *given, RECON_ACTOR="ana").last["state"] == "needs_second_approval"
    note = euros.run("review", "show", item).out
    assert "booked as 1084.20 USD" in note
    assert euros.run("review", "approve", item, RECON_ACTOR="ben").code == 0
    assert balances(euros)["fx_gain_loss", "USD"] == "-17.10"
    euros.require_proof()


def test_returned_foreign_payment_opens_its_invoice_and_takes_the_gain_back(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    applied(euros, item, "--invoice", "EU-1=1000.00", "--currency", "EUR", "--rate", "1.0842")
    (back,) = arrive(euros, ("R1", "-1101.30"))
    applied(euros, back, "--return-of", line_of(euros, item))
    assert opened(euros, "EU-1") == "1000.00"
    assert balances(euros) == {}
    euros.require_proof()


def test_unclear_foreign_payments_are_refused(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    invoice = ("--invoice", "EU-1=1000.00")
    assert "no invoice 'EU-1' in USD" in refused(euros, item, *invoice)
    assert "belong together" in refused(euros, item, *invoice, "--currency", "EUR")
    assert "belong together" in refused(euros, item, *invoice, "--rate", "1.1")
    for rate in ("0", "-1", "NaN", "1e99", "abc", "١"):
        assert "--rate" in refused(euros, item, *invoice, "--currency", "EUR", "--rate", rate), rate
    assert "not known" in refused(euros, item, *invoice, "--currency", "EURO", "--rate", "1.1")
    assert "the deposit is in USD" in refused(euros, item, *invoice, "--currency", "USD", "--rate", "1.1")
    assert "less than" in refused(euros, item, "--invoice", "EU-2=51.00", "--currency", "EUR", "--rate", "1.1")
    assert opened(euros, "EU-1") == "1000.00"


def test_every_export_takes_a_foreign_payment(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    applied(euros, item, "--invoice", "EU-1=1000.00", "--currency", "EUR", "--rate", "1.0842")
    for layout in ("quickbooks", "xero", "netsuite", "hledger", "beancount"):
        assert euros.run("export", "journal", "--layout", layout, "--out", f"{layout}.txt").code == 0
    hledger = shutil.which("hledger")
    if hledger is not None:
        journal = euros.folder / "hledger.txt"
        done = subprocess.run(
            [hledger, "-f", f"journal:{journal}", "check", "--strict"], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


def test_part_of_a_foreign_payment_is_taken_back_from_money_on_account(euros: Company) -> None:
    (item,) = arrive(euros, ("F1", "1101.30"))
    applied(euros, item, "--invoice", "EU-1=1000.00", "--currency", "EUR", "--rate", "1.0842")
    deposit = line_of(euros, item)
    (back,) = arrive(euros, ("R1", "-500.00"))
    assert f"Undo {deposit}, put it on account" in refused(euros, back, "--return-of", deposit)
    assert euros.run("undo", deposit).code == 0
    applied(euros, item, "--on-account", "C1")
    applied(euros, back, "--return-of", deposit)
    assert (opened(euros, "EU-1"), balances(euros)["on_account", "USD"]) == ("1000.00", "-601.30")
    euros.require_proof()
