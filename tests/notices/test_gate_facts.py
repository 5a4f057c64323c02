"""What the gate is told comes from the books: feeds, discrepancies, undecided deposits and their stored suggestions."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from notices.night import make_plan, plan_night
from notices.policy_file import default_policies
from recon.model import Entry, Posting
from recon.store.bank_news import load_bank_news
from recon.store.chain import Author, append_entries
from recon.store.schema import bank_line, proposal, quarantine, source_file, statement
from recon.store.source_files import accept_quarantined

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)


def debtor(books: Any) -> int:
    who = books.customer("A")
    books.invoice(who, "INV-1", late=20)
    return int(who)


def reasons(books: Any, day: date = AS_OF) -> dict[str, int]:
    return make_plan(books.store, default_policies(), day).counts


def suggest(books: Any, line: int, customer_id: int, ppm: int, rank: int = 1) -> None:
    allocations = json.dumps([{"open_item_id": None, "customer_id": customer_id, "cash_minor": 77}])
    row = {"bank_line_id": line, "rank": rank, "action": "queue", "confidence_ppm": ppm, "kind": "exact"}
    with books.store.write() as connection:
        connection.execute(insert(proposal).values(**row, allocations=allocations, evidence="[]"))


@pytest.mark.parametrize(("ppm", "expected"), [(49_999, {"mail": 1}), (50_000, {"deposit may pay it": 1})])
def test_a_stored_suggestion_that_names_the_customer_holds_it(books: Any, ppm: int, expected: dict[str, int]) -> None:
    books.feed()
    who = debtor(books)
    suggest(books, books.deposit(77), who, ppm)
    assert reasons(books) == expected


def test_a_suggestion_for_somebody_else_holds_nobody_here(books: Any) -> None:
    books.feed()
    debtor(books)
    suggest(books, books.deposit(77), books.customer("B"), 900_000)
    assert reasons(books) == {"mail": 1}


@pytest.mark.parametrize(
    ("state", "expected"),
    [("new", "deposit may pay it"), ("in_review", "deposit may pay it"), ("applied", "mail"), ("set_aside", "mail")],
)
def test_only_an_undecided_deposit_holds_the_notice(books: Any, state: str, expected: str) -> None:
    books.feed()
    debtor(books)
    books.deposit(10_000, state=state)
    assert reasons(books) == {expected: 1}


def test_a_statement_that_ends_after_it_came_is_no_news_of_the_days_between(books: Any) -> None:
    debtor(books)
    books.feed(AS_OF - timedelta(days=6))
    books.feed(date(2099, 12, 31), came_on=AS_OF - timedelta(days=6))
    assert reasons(books) == {"bank feed too old": 1}
    books.feed(AS_OF, came_on=AS_OF - timedelta(days=1))  # tomorrow's date is another place's today
    assert reasons(books) == {"mail": 1}


def test_of_a_month_fetched_in_its_middle_the_last_line_counts(books: Any) -> None:
    debtor(books)
    half = books.feed(date(2026, 4, 30), came_on=AS_OF - timedelta(days=1))
    assert reasons(books) == {"no bank feed": 1}
    line = books.deposit(77, state="set_aside", booked_on=AS_OF - timedelta(days=3))
    with books.store.write() as connection:
        connection.execute(update(bank_line).where(bank_line.c.id == line).values(statement_id=half))
        connection.execute(delete(statement).where(statement.c.id != half))
    assert reasons(books) == {"mail": 1}
    with books.store.read() as connection:
        assert load_bank_news(connection, AS_OF).through[0][1] == AS_OF - timedelta(days=3)


def test_statements_from_after_the_clock_are_believed(books: Any) -> None:
    debtor(books)
    books.deposit(77, state="set_aside")
    with books.store.write() as connection:
        connection.execute(update(source_file).values(received_at="2025-01-01T06:00:00.000000Z"))
    assert reasons(books) == {"mail": 1}


@pytest.mark.parametrize(("age", "expected"), [(10, "deposit may pay it"), (11, "mail")])
def test_an_announced_deposit_is_waited_for_ten_days(books: Any, age: int, expected: str) -> None:
    books.feed()
    debtor(books)
    books.deposit(10_000, state="pending", booked_on=AS_OF - timedelta(days=age))
    assert reasons(books) == {expected: 1}


def test_a_discrepancy_holds_until_a_person_says_why(books: Any) -> None:
    debtor(books)
    number = books.feed(proof="DISCREPANCY")
    assert reasons(books) == {"statement in discrepancy": 1}
    with books.store.write() as connection:
        connection.execute(update(statement).where(statement.c.id == number).values(accepted_by="eva"))
    assert reasons(books) == {"mail": 1}


def test_of_two_accounts_the_stalest_counts_and_other_currencies_are_judged_by_all(books: Any) -> None:
    who = debtor(books)
    books.invoice(who, "INV-G", late=20, currency="GBP")
    assert reasons(books) == {"no bank feed": 2}
    books.feed(AS_OF)
    assert reasons(books) == {"mail": 2}
    books.feed(AS_OF - timedelta(days=30), currency="USD")
    assert reasons(books) == {"bank feed too old": 1, "mail": 1}


def test_an_older_statement_that_comes_late_does_not_make_the_feed_old(books: Any) -> None:
    debtor(books)
    books.feed(AS_OF)
    books.feed(AS_OF - timedelta(days=60))
    assert reasons(books) == {"mail": 1}


def test_money_on_account_and_a_credit_memo_are_netted_from_the_books(books: Any) -> None:
    books.feed()
    who = debtor(books)
    books.invoice(who, "CN-1", late=3, minor=-1_000)
    with books.store.write() as connection:
        sides = (Posting("unidentified_cash", 2_500, "EUR"), Posting("on_account", -2_500, "EUR", who))
        append_entries(connection, [Entry("main", AS_OF, "apply", sides)], Author("test", NOON))
    (one,) = make_plan(books.store, default_policies(), AS_OF).notices
    assert (one.demanded_minor, one.on_account_minor, one.credits) == (6_500, 2_500, (("CN-1", -1_000),))


def test_several_companies_and_currencies_never_mix(books: Any) -> None:
    books.feed()
    who = debtor(books)
    books.invoice(who, "INV-U", late=20, minor=5_000, currency="USD")
    books.invoice(who, "CN-U", late=3, minor=-900, currency="USD")
    plan, saved = plan_night(
        books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True
    )
    assert {one.currency: one.demanded_minor for one in plan.notices} == {"EUR": 10_000, "USD": 4_100}
    assert saved.added == 2


def test_the_news_of_an_empty_store_is_no_news(books: Any) -> None:
    with books.store.read() as connection:
        news = load_bank_news(connection, AS_OF)
    assert (news.through, news.discrepancies, news.unresolved) == ((), (), ())


def quarantine_one(books: Any, scope: str, statement_id: int | None = None, kind: str = "statement") -> None:
    """Set a row of a statement's file aside, or a whole file of its own."""
    with books.store.write() as connection:
        file_id = connection.execute(select(statement.c.file_id).where(statement.c.id == statement_id)).scalar()
        if file_id is None:
            row = {"sha256": f"torn {kind}", "kind": kind, "name": "torn.ofx", "size_bytes": 9, "state": "quarantined"}
            made = insert(source_file).values(**row, received_at="2026-03-31T06:00:00Z")
            file_id = connection.execute(made).inserted_primary_key[0]
        row = {"file_id": file_id, "scope": scope, "place": "torn.ofx:7", "what": "cut off", "remedy": "Ask again"}
        connection.execute(insert(quarantine).values(**row, raw=b"<STM", opened_at="2026-03-31T06:00:00Z"))


def test_a_bank_file_in_quarantine_silences_everybody_until_a_person_accepts_it(books: Any) -> None:
    books.feed()
    debtor(books)
    quarantine_one(books, "file")
    (silence,) = make_plan(books.store, default_policies(), AS_OF).silences
    assert silence.reason == "bank file in quarantine"
    assert "torn.ofx lies in quarantine and may say that they paid: `recon quarantine show 1`" in silence.why
    with books.store.write() as connection:
        accept_quarantined(connection, 1, Author("eva", NOON), "an empty file")
    assert reasons(books) == {"mail": 1}


def test_a_row_in_quarantine_silences_the_company_and_currency_of_its_statement(books: Any) -> None:
    who = debtor(books)
    books.feed(currency="USD")
    books.invoice(who, "INV-U", late=20, currency="USD")
    quarantine_one(books, "row", books.feed())
    assert reasons(books) == {"bank file in quarantine": 1, "mail": 1}


def test_a_customer_list_in_quarantine_says_nothing_about_money(books: Any) -> None:
    books.feed()
    debtor(books)
    quarantine_one(books, "file", kind="customers")
    assert reasons(books) == {"mail": 1}


def give_on_account(books: Any, customer_id: int, minor: int, currency: str = "EUR") -> None:
    sides = (Posting("unidentified_cash", minor, currency), Posting("on_account", -minor, currency, customer_id))
    with books.store.write() as connection:
        append_entries(connection, [Entry("main", AS_OF, "apply", sides)], Author("test", NOON))


@pytest.mark.parametrize(
    ("minor", "currency", "ppm", "expected"),
    [
        (9_999, "EUR", 900_000, "mail"),
        (10_001, "EUR", 49_999, "mail"),
        (10_001, "EUR", 50_000, "deposit may pay it"),
        (77, "USD", 50_000, "deposit may pay it"),
    ],
)
def test_a_deposit_that_may_be_the_parents_holds_the_child_once_it_covers_one_invoice(
    books: Any, minor: int, currency: str, ppm: int, expected: str
) -> None:
    books.feed()
    parent = books.customer("HOLDING", parent_code="A")  # a circle in the list of customers
    books.customer("MIDDLE", parent_code="HOLDING")
    books.invoice(books.customer("A", parent_code="MIDDLE"), "INV-1", late=20)
    suggest(books, books.deposit(minor, currency), parent, ppm)
    assert reasons(books) == {expected: 1}


@pytest.mark.parametrize(("minor", "expected"), [(9_999, {"mail": 1}), (10_000, {"parent's money may pay it": 1})])
def test_a_parents_money_on_account_holds_the_child_once_it_covers_one_invoice(
    books: Any, minor: int, expected: dict[str, int]
) -> None:
    books.feed()
    parent = books.customer("HOLDING")
    books.invoice(books.customer("A", parent_code="HOLDING"), "INV-1", late=20)
    give_on_account(books, parent, minor)
    assert reasons(books) == expected


def test_money_of_the_parents_parent_holds_too_and_that_of_a_sister_or_another_currency_does_not(books: Any) -> None:
    books.feed()
    top, sister = books.customer("TOP"), books.customer("B", parent_code="MID")
    books.customer("MID", parent_code="TOP")
    books.invoice(books.customer("A", parent_code="MID"), "INV-1", late=20)
    give_on_account(books, sister, 50_000)
    give_on_account(books, top, 50_000, currency="USD")
    assert reasons(books) == {"mail": 1}
    give_on_account(books, top, 50_000)
    (silence,) = make_plan(books.store, default_policies(), AS_OF).silences
    assert silence.why.startswith("500.00 EUR on account of their parent TOP may be theirs")


def test_a_circle_of_parents_ends(books: Any) -> None:
    books.feed()
    one = books.customer("A", parent_code="B")
    books.invoice(one, "INV-1", late=20)
    give_on_account(books, books.customer("B", parent_code="A"), 10_000)
    give_on_account(books, one, 1)
    assert reasons(books) == {"parent's money may pay it": 1}
