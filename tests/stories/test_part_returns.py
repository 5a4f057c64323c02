"""The bank takes back a part of a deposit: one item of a batch, one chargeback of a payout."""

import pytest

from tests.stories.desk import applied, arrive, balances, line_of, opened, refused, state_of
from tests.stories.world import Company

BATCH = ("--invoice", "410012=200.50", "--invoice", "410013=99.99", "--on-account", "C1")


@pytest.fixture
def batch(books: Company) -> str:
    """A deposit of 310.49: 200.50 on one invoice, 99.99 on another customer's, 10.00 on account."""
    (item,) = arrive(books, ("B1", "310.49"))
    applied(books, item, *BATCH)
    return line_of(books, item)


def test_returned_item_of_a_batch_opens_its_invoice_and_leaves_the_others(books: Company, batch: str) -> None:
    (back,) = arrive(books, ("R1", "-99.99"))
    done = applied(books, back, "--return-of", batch)
    assert done.last["state"] == "posted"
    assert (opened(books, "410012"), opened(books, "410013")) == ("50.00", "99.99")
    assert balances(books)["on_account", "USD"] == "-10.00"
    assert ("returned_payments", "USD") not in balances(books)
    told = books.run("explain", batch, "--json")
    assert {one["state"] for one in told.records("line")} == {"applied", "returned"}
    books.require_proof()


def test_part_that_could_be_several_is_asked(books: Company, batch: str) -> None:
    (back,) = arrive(books, ("R1", "-50.00"))
    assert "does not say which" in refused(books, back, "--return-of", batch)
    assert "the parts and its charge are 40.00" in refused(
        books, back, "--return-of", batch, "--invoice", "410012=40.00"
    )
    assert "settles 99.99 there" in refused(
        books, back, "--return-of", batch, "--invoice", "410013=120.00", "--on-account", "C1"
    )
    applied(books, back, "--return-of", batch, "--invoice", "410012=40.00", "--on-account", "C1")
    assert opened(books, "410012") == "90.00"
    assert ("on_account", "USD") not in balances(books)
    books.require_proof()


def test_chargeback_with_the_banks_fee(books: Company, batch: str) -> None:
    (back,) = arrive(books, ("R1", "-114.99"))
    assert "does not say which" in refused(books, back, "--return-of", batch)
    applied(books, back, "--return-of", batch, "--charge", "15.00")
    assert opened(books, "410013") == "99.99"
    assert balances(books)["bank_charges", "USD"] == "15.00"
    books.require_proof()


def test_parts_are_returned_until_nothing_is_left_and_never_beyond(books: Company, batch: str) -> None:
    first, second, third, fourth = arrive(books, ("R1", "-99.99"), ("R2", "-200.50"), ("R3", "-12.00"), ("R4", "-1.00"))
    applied(books, first, "--return-of", batch)
    assert "settles 0.00 there" in refused(books, second, "--return-of", batch, "--invoice", "410013=200.50")
    applied(books, second, "--return-of", batch)
    applied(books, third, "--return-of", batch)  # the last 10.00, and 2.00 that the bank charges
    assert "is returned already" in refused(books, fourth, "--return-of", batch)
    assert (opened(books, "410012"), opened(books, "410013")) == ("250.50", "99.99")
    assert balances(books)["bank_charges", "USD"] == "2.00"
    assert ("on_account", "USD") not in balances(books)
    books.require_proof()


def test_last_part_takes_the_discount_back_with_it(books: Company) -> None:
    (item,) = arrive(books, ("B1", "240.50"))
    applied(books, item, "--invoice", "410012=240.50", "--discount", "410012=10.00")
    deposit = line_of(books, item)
    first, second = arrive(books, ("R1", "-100.00"), ("R2", "-140.50"))
    applied(books, first, "--return-of", deposit)
    assert (opened(books, "410012"), balances(books)["discount_allowed", "USD"]) == ("100.00", "10.00")
    applied(books, second, "--return-of", deposit)
    assert opened(books, "410012") == "250.50"
    assert ("discount_allowed", "USD") not in balances(books)
    books.require_proof()


def test_undone_in_any_order_that_the_books_allow(books: Company, batch: str) -> None:
    first, second = arrive(books, ("R1", "-99.99"), ("R2", "-200.50"))
    entries = [applied(books, back, "--return-of", batch).last["entries"][0] for back in (first, second)]
    placed = books.run("explain", batch, "--json").records("entry")
    (apply,) = [one["id"] for one in placed if one["kind"] == "apply"]
    early = books.run("undo", apply)
    assert (early.code, "cannot be undone now" in early.err) == (1, True)
    assert books.run("undo", f"E{entries[0]}").code == 0
    assert state_of(books, first) == "open"
    assert (opened(books, "410012"), opened(books, "410013")) == ("250.50", "0.00")
    assert books.run("undo", f"E{entries[1]}").code == 0
    assert books.run("undo", apply).code == 0
    assert (opened(books, "410012"), opened(books, "410013")) == ("250.50", "99.99")
    books.require_proof()


def test_part_of_a_deposit_that_waits_is_returned_once_it_is_placed(books: Company) -> None:
    item, back = arrive(books, ("B1", "100.00"), ("R1", "-40.00"))
    deposit = line_of(books, item)
    assert "a waiting deposit is placed first" in refused(books, back, "--return-of", deposit)
    applied(books, item, "--invoice", "410012=100.00")
    applied(books, back, "--return-of", deposit)
    assert opened(books, "410012") == "190.50"
    books.require_proof()


def test_every_export_takes_a_part_return(books: Company, batch: str) -> None:
    (back,) = arrive(books, ("R1", "-99.99"))
    applied(books, back, "--return-of", batch)
    for layout in ("quickbooks", "xero", "netsuite", "hledger", "beancount"):
        done = books.run("export", "journal", "--layout", layout, "--out", f"{layout}.txt")
        assert done.code == 0, done.err
        assert "eturned" in (books.folder / f"{layout}.txt").read_text(encoding="utf-8")


def test_night_after_a_part_return_has_nothing_to_do(books: Company, batch: str) -> None:
    (back,) = arrive(books, ("R1", "-99.99"))
    applied(books, back, "--return-of", batch)
    (balance,) = books.run("nightly", "--json", "--as-of", "2026-04-01").last["balance"]
    assert balance["difference"] == "0.00"
    books.require_proof()
