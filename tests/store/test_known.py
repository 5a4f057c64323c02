"""What the books knew at an instant: nothing that came later, and all that came before."""

from datetime import timedelta

import pytest

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Allocation
from recon.store.bookings import issue_charge
from recon.store.books import undo
from recon.store.chain import Author
from recon.store.instants import instant_text
from recon.store.known import books_at, known_at
from recon.verify import verify
from tests.conftest import AS_OF, NOW, Books


def test_what_came_later_was_not_known(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000))
    books.deposits(5)
    with books.store.read() as connection:
        for subject in ("I1", "D1", "E1"):
            with pytest.raises(NotAllowed, match=f"did not know '{subject}' then"):
                known_at(connection, subject, instant_text(NOW - timedelta(seconds=1)))
        assert known_at(connection, "I1", instant_text(NOW)).items[0].open_minor == 1_000


def test_books_are_known_as_they_were_at_each_instant(books: Books) -> None:
    def at(minute: int) -> Author:
        return Author("ada", NOW + timedelta(minutes=minute))

    def then(minute: int) -> tuple[tuple[str, str, int, int], ...]:
        with books.store.read() as connection:
            return books_at(connection, at(minute).instant).receivables

    books.customers("A")
    items = books.invoices(("A", "I1", 1_000))
    (line,) = books.deposits(400)
    (entry,) = books.post(
        ledger.apply_deposit(books.line(line), (Allocation(items["I1"], 1, 400),), AS_OF), author=at(1)
    )
    with books.store.write() as connection:
        charged = issue_charge(connection, "main", 1, "FEE-1", 50, "EUR", AS_OF, at(2), "late")
        undo(connection, f"E{entry}", at(3), AS_OF, "wrong")
        undo(connection, f"E{charged}", at(4), AS_OF, "waived")
    assert [then(n) for n in range(-1, 5)] == [
        (), (("main", "EUR", 1, 1_000),), (("main", "EUR", 1, 600),), (("main", "EUR", 2, 650),),
        (("main", "EUR", 2, 1_050),), (("main", "EUR", 1, 1_000),),
    ]  # fmt: skip
    with books.store.read() as connection:
        told = known_at(connection, f"D{line}", at(1).instant)
        assert (told.items[0].open_minor, [one.undone_by for one in told.entries]) == (600, [None, None])
        now = books_at(connection, at(9).instant)
        assert {each[2]: each[3] for each in now.balances} == {"bank": 400, "unidentified_cash": -400}
        assert now.head == verify(books.url).anchor
