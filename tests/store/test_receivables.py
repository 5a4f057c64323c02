"""Receivables come every night again: new rows are added, words follow the file, money is never overwritten."""

import dataclasses

import numpy as np

from recon.frames import CustomerRows, texts
from recon.store.marks import books_mark
from recon.store.receivables import upsert_customers, upsert_invoices
from recon.verify import verify
from tests.conftest import AS_OF, NIGHT, Books


def test_the_same_invoices_twice_are_there_once(books: Books) -> None:
    books.customers("A")
    rows = books.invoice_rows(("A", "I1", 1_000), ("A", "I2", 500))
    with books.store.write() as connection:
        first = upsert_invoices(connection, rows, NIGHT)
        before = connection.exec_driver_sql("SELECT count(*) FROM audit").scalar()
        second = upsert_invoices(connection, rows, NIGHT)
        after = connection.exec_driver_sql("SELECT count(*) FROM audit").scalar()
    assert (first.new_count, second.new_count, second.same_count) == (2, 0, 2)
    assert before == after


def test_what_was_settled_before_is_kept_beside_the_amount(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000), open_minor=300)
    assert books.rows("SELECT amount_minor, settled_elsewhere_minor, open_minor FROM open_item") == [(1_000, 700, 300)]
    assert verify(books.url).holds


def test_due_date_follows_the_file_and_money_does_not(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000))
    rows = books.invoice_rows(("A", "I1", 900))
    rows = dataclasses.replace(rows, due_day=rows.due_day + np.int32(10))
    with books.store.write() as connection:
        result = upsert_invoices(connection, rows, NIGHT)
    assert (result.changed_count, result.discrepancy_count) == (1, 1)
    assert books.rows("SELECT amount_minor, open_minor, due_on FROM open_item") == [(1_000, 1_000, "2026-03-28")]
    assert "900" in books.value("SELECT detail FROM review_item")


def test_invoices_that_come_as_credits_are_set_aside_and_change_nothing(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500))
    rows = books.invoice_rows(("A", "I1", -1_000), ("A", "I3", -50))
    rows = dataclasses.replace(rows, due_day=rows.due_day - np.int32(30))
    with books.store.write() as connection:
        result = upsert_invoices(connection, rows, NIGHT)
    assert (result.new_count, result.changed_count, result.same_count, result.discrepancy_count) == (1, 0, 0, 0)
    assert [problem.quarantined for problem in result.problems] == ["row"]
    assert "it is an invoice in the books, a credit memo here" in result.problems[0].what
    assert books.value("SELECT due_on FROM open_item WHERE number = 'I1'") == "2026-03-18"


def test_charge_of_ours_that_comes_back_as_an_invoice_is_the_same(books: Books) -> None:
    books.customers("A")
    rows = books.invoice_rows(("A", "FEE-1", 1_000))
    with books.store.write() as connection:
        upsert_invoices(connection, dataclasses.replace(rows, kind=texts(["charge"])), NIGHT)
        assert upsert_invoices(connection, rows, NIGHT).same_count == 1


def test_order_number_that_moved_makes_the_night_decide_again(books: Books) -> None:
    books.customers("A")
    rows = books.invoice_rows(("A", "I1", 1_000))
    with books.store.write() as connection:
        upsert_invoices(connection, rows, NIGHT)
        before = books_mark(connection, "")
        upsert_invoices(connection, rows, NIGHT)
        assert books_mark(connection, "") == before
        upsert_invoices(connection, dataclasses.replace(rows, po_number=texts(["PO-7"])), NIGHT)
        assert books_mark(connection, "") != before


def test_number_twice_in_one_file_with_two_amounts_is_asked(books: Books) -> None:
    books.customers("A")
    with books.store.write() as connection:
        rows = books.invoice_rows(("A", "I1", 1_000), ("A", "I1", 999))
        assert upsert_invoices(connection, rows, NIGHT).discrepancy_count == 1
    assert books.open_of("I1") == 1_000


def test_two_customers_may_share_a_number(books: Books) -> None:
    books.customers("A", "B")
    books.invoices(("A", "I1", 1_000), ("B", "I1", 700))
    assert books.value("SELECT count(*) FROM open_item") == 2


def test_invoice_of_an_unknown_customer_is_named(books: Books) -> None:
    with books.store.write() as connection:
        (problem,) = upsert_invoices(connection, books.invoice_rows(("X", "I1", 5)), NIGHT).problems
    assert str(problem) == (
        "invoices, invoice I1: customer 'X' is not known. Import the customers first, then this file again"
    )
    assert problem.quarantined == "row"


def test_customer_that_only_the_invoice_names_is_made_known(books: Books) -> None:
    rows = dataclasses.replace(books.invoice_rows(("acme", "I1", 5)), customer_name=texts(["ACME Ltd"]))
    with books.store.write() as connection:
        assert upsert_invoices(connection, rows, NIGHT).problems == ()
    assert books.rows("SELECT code, name FROM customer") == [("acme", "ACME Ltd")]


def test_customer_follows_the_file(books: Books) -> None:
    books.customers("A")
    with books.store.write() as connection:
        row = CustomerRows(
            **{
                column.name: texts(["main" if column.name == "company" else "A" if column.name == "code" else "new"])
                for column in dataclasses.fields(CustomerRows)
                if column.name not in ("consumer", "country", "language", "currency")
            },
            **dict.fromkeys(("country", "language", "currency"), texts(["de"])),
            consumer=np.array([True]),
        )
        assert upsert_customers(connection, row, NIGHT).changed_count == 1
        assert upsert_customers(connection, row, NIGHT).changed_count == 0
    assert books.rows("SELECT name, consumer FROM customer") == [("new", 1)]


def test_accepted_payment_is_no_discrepancy_once_exported(books: Books) -> None:
    from recon import ledger
    from recon.model import Allocation

    books.customers("A")
    item = books.invoices(("A", "I1", 1_000))["I1"]
    (line,) = books.deposits(1_000)
    (entry,) = books.post(ledger.apply_deposit(books.line(line), (Allocation(item, 1, 1_000),), AS_OF))
    with books.store.write() as connection:
        connection.exec_driver_sql(f"INSERT INTO exported VALUES ('xero', {entry}, 1, '2026-03-31T20:00:00.000000Z')")
    books.invoices(("A", "I1", 1_000), open_minor=0)
    assert books.value("SELECT count(*) FROM review_item") == 0
    books.invoices(("A", "I1", 1_000), open_minor=1_000)
    assert books.value("SELECT count(*) FROM review_item WHERE kind = 'discrepancy'") == 1
