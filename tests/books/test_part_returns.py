"""A part that the bank takes back is cash: what stood beside it goes back with the last of that cash, never before."""

import pytest

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Allocation
from recon.store.books import undo
from recon.store.proposals import return_entry
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books

FIRST = Allocation(1, 1, 980, discount_minor=20)
SECOND = Allocation(2, 1, 500)


@pytest.fixture
def batch(books: Books) -> int:
    """A deposit of 14.80: 9.80 and a discount of 0.20 on the first invoice, 5.00 on the second."""
    books.customers("A")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500), ("A", "C1", -300))
    (deposit,) = books.deposits(1_480)
    books.post(ledger.apply_deposit(books.line(deposit), (FIRST, SECOND), AS_OF))
    return deposit


def take_back(books: Books, deposit: int, minor: int, *parts: Allocation, charge: int = 0) -> int:
    """Let the bank take that much back and book it; return the entry."""
    (back,) = books.deposits(-minor)
    with books.store.read() as connection:
        entry = return_entry(connection, books.line(back), deposit, AS_OF, "", parts, charge)
    (entry_id,) = books.post(entry)
    return entry_id


def opened(books: Books) -> tuple[int, int, int]:
    """Return what is open of both invoices, and the discount that stands."""
    discount = books.balances().get(("discount_allowed", "EUR"), 0)
    return books.open_of("I1"), books.open_of("I2"), discount


def test_no_more_is_taken_back_of_an_invoice_than_its_cash(books: Books, batch: int) -> None:
    """The books took it, and did not prove afterwards: more than the deposit had come back."""
    with pytest.raises(NotAllowed, match=r"settles 9.80 there, so 9.90 cannot"):
        take_back(books, batch, 990, Allocation(1, 1, 990))
    take_back(books, batch, 500, SECOND)
    with pytest.raises(NotAllowed, match=r"settles 9.80 there, so 10.00 cannot"):
        take_back(books, batch, 1_000, Allocation(1, 1, 1_000))
    assert verify(books.url).holds


@pytest.mark.parametrize("named", [(), (Allocation(1, 1, 980),)], ids=["plain", "named"])
def test_all_cash_of_an_invoice_taken_back_ends_its_discount(
    books: Books, batch: int, named: tuple[Allocation, ...]
) -> None:
    entry = take_back(books, batch, 980, *named)
    assert opened(books) == (1_000, 0, 0)
    with books.store.write() as connection:
        undo(connection, f"E{entry}", ADA, AS_OF, "the bank was wrong")
    assert opened(books) == (0, 0, 20)
    assert verify(books.url).holds


def test_discount_stands_while_some_of_its_cash_does(books: Books, batch: int) -> None:
    take_back(books, batch, 400, Allocation(1, 1, 400))
    assert opened(books) == (400, 0, 20)
    take_back(books, batch, 595, Allocation(1, 1, 580), charge=15)
    assert opened(books) == (1_000, 0, 0)
    assert books.state_of(batch) == "applied", "the second invoice is paid still"
    take_back(books, batch, 500, SECOND)
    assert (opened(books), books.state_of(batch)) == ((1_000, 500, 0), "returned")
    assert verify(books.url).holds


def test_all_that_is_left_named_is_all_that_is_left(books: Books, batch: int) -> None:
    take_back(books, batch, 1_480, Allocation(1, 1, 980), SECOND)
    assert (opened(books), books.state_of(batch)) == ((1_000, 500, 0), "returned")


def test_cash_beyond_the_deposit_that_a_credit_memo_covered_is_not_taken_back(books: Books, batch: int) -> None:
    with books.store.write() as connection:
        undo(connection, f"D{batch}", ADA, AS_OF, "wrong")
    (deposit,) = books.deposits(1_200)
    netted = (Allocation(1, 1, 1_000), Allocation(2, 1, 500), Allocation(3, 1, -300))
    books.post(ledger.apply_deposit(books.line(deposit), netted, AS_OF))
    with pytest.raises(NotAllowed, match=r"12.00 of D2 is left"):
        take_back(books, deposit, 1_500, *netted[:2])
    take_back(books, deposit, 1_200, Allocation(1, 1, 1_000), Allocation(2, 1, 200))
    assert (*opened(books), books.open_of("C1")) == (1_000, 500, 0, -300)
    assert verify(books.url).holds


def test_return_done_again_takes_no_discount_that_is_no_more(books: Books, batch: int) -> None:
    """Returned, undone, and the deposit placed anew with more cash and no discount: the old return is of another."""
    entry = take_back(books, batch, 980, Allocation(1, 1, 980))
    with books.store.write() as connection:
        undone = undo(connection, f"E{entry}", ADA, AS_OF, "the bank was wrong")
        undo(connection, f"D{batch}", ADA, AS_OF, "no discount was due")
    books.post(ledger.apply_deposit(books.line(batch), (Allocation(1, 1, 1_000), Allocation(2, 1, 480)), AS_OF))
    with books.store.write() as connection, pytest.raises(NotAllowed, match="does not allow this"):
        undo(connection, f"E{undone}", ADA, AS_OF, "it was right after all")
    assert opened(books) == (0, 20, 0)
