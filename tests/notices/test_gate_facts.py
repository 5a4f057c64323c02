"""What the gate is told comes from the books: feeds, discrepancies, undecided deposits and their stored suggestions."""

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, update

from notices.night import make_plan, plan_night
from notices.policy_file import default_policies
from recon.store.notices import load_bank_news
from recon.store.schema import proposal, statement

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
        from recon.model import Entry, Posting
        from recon.store.chain import Author, append_entries

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
