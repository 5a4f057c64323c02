"""What a person asks of the books by hand, on both databases: bookings for two people, charges, models, the outbox."""

import pytest

from recon import ledger
from recon.errors import Conflict, NotAllowed
from recon.review import Act, Decision, Limits
from recon.store import bookings, models, told
from recon.store.books import close_period, reopen_period, undo
from recon.store.periods import list_periods
from recon.store.review import act
from recon.verify import verify
from tests.conftest import ADA, AS_OF, BEN, Books

LIMITS = Limits(write_off_minor=5_000)


def ask(books: Books, minor: int) -> bookings.Booked:
    """Let Ada write off so much of invoice I1 over 100.00."""
    with books.store.write() as connection:
        item = bookings.named_item(connection, bookings.customer_id_of(connection, "main", "C1"), "I1")
        entry = ledger.write_off("main", item.currency, item.customer_id, item.id, minor, AS_OF, "gone")
        return bookings.book(connection, [entry], ADA, LIMITS, "write off I1 of C1")


@pytest.fixture
def invoiced(books: Books) -> Books:
    books.customers("C1")
    books.invoices(("C1", "I1", 10_000))
    return books


def test_booking_at_the_limit_is_one_persons_and_above_it_two_peoples(invoiced: Books) -> None:
    assert ask(invoiced, 5_000).entry_ids
    assert invoiced.open_of("I1") == 5_000
    assert ask(invoiced, 5_001).entry_ids == ()
    assert invoiced.open_of("I1") == 5_000


def test_booking_above_the_limit_is_posted_by_somebody_else_only(invoiced: Books) -> None:
    item = ask(invoiced, 5_001).item_id
    assert invoiced.open_of("I1") == 10_000
    with pytest.raises(NotAllowed, match="own decision"), invoiced.store.write() as connection:
        act(connection, item, 0, Decision(Act.APPROVE), ADA, AS_OF)
    with invoiced.store.write() as connection:
        done = act(connection, item, 0, Decision(Act.APPROVE), BEN, AS_OF)
    assert (len(done.entry_ids), invoiced.open_of("I1")) == (1, 4_999)
    assert verify(invoiced.url).holds


def test_booking_that_the_books_outran_is_refused_on_approval_and_can_be_dropped(invoiced: Books) -> None:
    first, second = ask(invoiced, 9_000).item_id, ask(invoiced, 9_000).item_id
    with invoiced.store.write() as connection:
        act(connection, first, 0, Decision(Act.APPROVE), BEN, AS_OF)
    with pytest.raises(Conflict, match="less than"), invoiced.store.write() as connection:
        act(connection, second, 0, Decision(Act.APPROVE), BEN, AS_OF)
    with invoiced.store.write() as connection:
        act(connection, second, 0, Decision(Act.REFUSE), BEN, AS_OF)
    assert invoiced.value(f"SELECT state FROM review_item WHERE id = {second}") == "refused"
    assert invoiced.open_of("I1") == 1_000
    assert verify(invoiced.url).holds


def test_charge_is_issued_once_by_its_number(invoiced: Books) -> None:
    given = ("main", invoiced.customers()["C1"], "FEE-1", 500, "EUR", AS_OF, ADA, "reminder fee")
    with invoiced.store.write() as connection:
        bookings.issue_charge(connection, *given)
    with pytest.raises(NotAllowed, match="already"), invoiced.store.write() as connection:
        bookings.issue_charge(connection, *given)
    assert invoiced.open_of("FEE-1") == 500
    assert verify(invoiced.url).holds


def test_charge_that_is_undone_is_owed_by_nobody(invoiced: Books) -> None:
    owner = invoiced.customers()["C1"]
    issued = []
    for number in ("FEE-1", "FEE-1: more"):
        with invoiced.store.write() as connection:
            given = ("main", owner, number, 500, "EUR", AS_OF, ADA, "reminder fee")
            issued.append(bookings.issue_charge(connection, *given))
    with invoiced.store.write() as connection:
        taken_back = undo(connection, f"E{issued[1]}", ADA, AS_OF, "goodwill")
    assert (invoiced.open_of("FEE-1"), invoiced.open_of("FEE-1: more")) == (500, 0)
    with pytest.raises(NotAllowed, match="taken back"), invoiced.store.write() as connection:
        undo(connection, f"E{taken_back}", ADA, AS_OF, "after all")
    item = invoiced.value("SELECT id FROM open_item WHERE number = 'FEE-1'")
    invoiced.post(ledger.write_off("main", "EUR", owner, item, 100, AS_OF, "part"))
    with pytest.raises(NotAllowed, match="booked on FEE-1 since"), invoiced.store.write() as connection:
        undo(connection, f"E{issued[0]}", ADA, AS_OF, "goodwill")
    assert verify(invoiced.url).holds


def test_one_model_is_in_use_at_a_time_and_the_shipped_one_without_any(books: Books) -> None:
    with books.store.write() as connection:
        assert models.active_model(connection) is None
        for version in ("a", "b"):
            assert models.save_candidate(connection, version, "{}", {"held_out": 1}, ADA)
        assert not models.save_candidate(connection, "a", "{}", {"held_out": 1}, ADA)
        for version in ("a", "b", "b"):
            models.use_model(connection, version, ADA)
        states = {model.version: model.state for model in models.list_models(connection)}
        assert states == {"a": "retired", "b": "active"}
        models.use_model(connection, models.SHIPPED, ADA)
        assert models.active_model(connection) is None
        with pytest.raises(NotAllowed, match="no model"):
            models.use_model(connection, "c", ADA)
        assert models.learnt_scopes(connection) == []
    assert verify(books.url).holds


def test_outbox_receipts_and_periods_are_told(invoiced: Books) -> None:
    invoiced.post(ledger.write_off("main", "EUR", *invoiced.rows("SELECT customer_id, id FROM open_item")[0], 1, AS_OF,
                                   "cent"))  # fmt: skip
    with invoiced.store.write() as connection:
        assert told.list_notices(connection) == told.list_notices(connection, "sent") == []
        assert told.receipts_given(connection) is None
        assert (told.last_entry(connection), told.last_entry(connection, AS_OF.isoformat())) == (1, 0)
        told.note_receipts(connection, AS_OF.isoformat(), 1, 2, ADA)
        assert told.receipts_given(connection) == (AS_OF.isoformat(), 1)
        with pytest.raises(NotAllowed, match="not uncertain"):
            told.resolve(connection, 1, True, ADA)
        close_period(connection, "main", AS_OF, ADA)
        reopen_period(connection, "main", AS_OF.replace(day=1), BEN, "late invoice")
        acts = [(one.closed_through, one.actor) for one in list_periods(connection)]
    assert acts == [(AS_OF.isoformat(), "ada"), (AS_OF.replace(day=1).isoformat(), "ben")]


@pytest.mark.parametrize("number", ["", "  ", "a\nb"])
def test_charge_needs_a_number_of_its_own(books: Books, number: str) -> None:
    customers = books.customers("A")
    with pytest.raises(NotAllowed, match="is no number for a charge"), books.store.write() as connection:
        bookings.issue_charge(connection, "main", customers["A"], number, 500, "EUR", AS_OF, ADA, "fee")
