"""Personal data can be erased, and the books still prove."""

from datetime import timedelta

import pytest

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Allocation, StopKind
from recon.store.books import open_reviews
from recon.store.privacy import erase_before, erase_customer
from recon.store.stops import add_stop
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books


@pytest.fixture
def settled(books: Books) -> Books:
    books.customers("A", "B")
    items = books.invoices(("A", "I1", 1_000), ("B", "I2", 500))
    (line,) = books.deposits(1_000)
    books.post(ledger.apply_deposit(books.line(line), (Allocation(items["I1"], 1, 1_000),), AS_OF))
    return books


def test_erased_customer_is_nobody_and_the_chain_holds(settled: Books) -> None:
    anchor = verify(settled.url).anchor
    with settled.store.write() as connection:
        erased = erase_customer(connection, "main", "A", ADA, "request of 2026-04-02")
    assert (erased.customers, erased.lines) == (1, 1)
    assert settled.rows("SELECT name, email FROM customer WHERE code = 'A'") == [("erased", "")]
    assert settled.rows("SELECT payer, remittance FROM bank_line") == [("", "")]
    assert verify(settled.url, anchor).holds


def test_customer_who_still_owes_is_not_erased(settled: Books) -> None:
    with settled.store.write() as connection, pytest.raises(NotAllowed, match="open items"):
        erase_customer(connection, "main", "B", ADA, "request")


def test_statement_that_comes_again_after_erasure_adds_nothing(settled: Books) -> None:
    settled.files = 0
    statement = settled.statement(1_000)
    with settled.store.write() as connection:
        erase_before(connection, AS_OF + timedelta(days=1), ADA)
    settled.take(statement, name="again")
    assert settled.value("SELECT count(*) FROM bank_line") == 1


def test_text_of_waiting_deposits_is_kept(settled: Books) -> None:
    (waiting,) = settled.deposits(77)
    with settled.store.write() as connection:
        assert erase_before(connection, AS_OF + timedelta(days=1), ADA).lines == 1
    assert settled.value(f"SELECT payer FROM bank_line WHERE id = {waiting}") == "payer 0"


@pytest.mark.parametrize("account", ["prepayments", "refunds_payable", "deductions", "on_account"])
def test_customer_with_anything_unsettled_is_not_erased(settled: Books, account: str) -> None:
    """Also where the invoices are closed: a prepayment, a refund that is due, a disputed deduction."""
    if account == "deductions":
        item = settled.invoices(("A", "I9", 100))["I9"]
        (line,) = settled.deposits(60)
        short = Allocation(item, 1, 60, deduction_minor=40)
        settled.post(ledger.apply_deposit(settled.line(line), (short,), AS_OF))
    else:
        (line,) = settled.deposits(100)
        if account == "prepayments":
            settled.post(ledger.prepay(settled.line(line), 1, AS_OF))
        else:
            settled.post(ledger.apply_deposit(settled.line(line), (Allocation(None, 1, 100),), AS_OF))
        if account == "refunds_payable":
            settled.post(ledger.owe_refund("main", "EUR", 1, 100, AS_OF))
    assert settled.balances()[account, "EUR"] != 0
    with settled.store.write() as connection, pytest.raises(NotAllowed, match="a refund due"):
        erase_customer(connection, "main", "A", ADA, "request")


def test_addresses_that_clerks_and_servers_wrote_down_are_erased(settled: Books) -> None:
    with settled.store.write() as connection:
        add_stop(connection, StopKind.HOLD, "A", company="main", author=ADA, starts_on=AS_OF, reason="call Mr Smith")
        rows = [(1, "main", "EUR", 0, 0, f"address refused: {who}@a.example") for who in ("smith", "jones")]
        open_reviews(connection, "task", rows, ADA, detail="550 no smith here")
    with settled.store.write() as connection:
        erase_customer(connection, "main", "A", ADA, "request")
    told = settled.rows("SELECT reason, '' FROM stop UNION ALL SELECT reason, detail FROM review_item")
    assert not any("smith" in text.lower() or "jones" in text for row in told for text in row)
    assert verify(settled.url).holds
