"""A bank file is taken in as a whole or not at all, and taking it again in any shape adds nothing."""

import dataclasses
from datetime import date

import pytest

from recon.errors import Problem, UsageError
from recon.model import Proof
from recon.store.bank_accounts import BankAccount, keep_accounts
from recon.store.source_files import accept_quarantined, quarantined
from tests.conftest import ADA, AS_OF, Books


def test_credit_line_is_booked_as_unidentified_cash(books: Books) -> None:
    result = books.take(books.statement(50_000, -2_000))
    assert (result.new_line_count, result.is_new, result.is_believed) == (2, True, True)
    assert books.balances() == {("bank", "EUR"): 48_000, ("unidentified_cash", "EUR"): -48_000}
    assert books.rows("SELECT state FROM bank_line") == [("new",), ("new",)]


def test_the_same_file_twice_adds_nothing(books: Books) -> None:
    statement = books.statement(50_000, -2_000)
    books.take(statement)
    before = _everything(books)
    assert not books.take(statement).is_new
    assert _everything(books) == before


def test_overlapping_statement_adds_only_its_new_lines(books: Books) -> None:
    first = books.statement(100, 200, 300)
    books.take(first)
    overlap = dataclasses.replace(first, lines=(*reversed(first.lines), *books.statement(7).lines))
    assert books.take(overlap).new_line_count == 1
    assert books.value("SELECT sum(amount_minor) FROM bank_line") == 607


def test_two_real_identical_rows_stay_two(books: Books) -> None:
    (line,) = books.statement(100).lines
    twice = books.statement(lines=(line, line))
    assert books.take(twice).new_line_count == 2
    thrice = books.statement(lines=(line, line, line))
    assert books.take(thrice).new_line_count == 1


def test_reused_bank_id_is_a_new_line_with_a_warning(books: Books) -> None:
    (line,) = books.statement(100).lines
    books.take(books.statement(lines=(line,)))
    result = books.take(books.statement(lines=(dataclasses.replace(line, amount_minor=999),)))
    assert result.new_line_count == 1
    assert [problem.what for problem in result.problems] == [
        "bank id 'b0-0' is also that of an earlier line with other content"
    ]


def test_pending_line_is_no_money_until_the_bank_books_it(books: Books) -> None:
    (line,) = books.statement(100).lines
    books.take(books.statement(lines=(dataclasses.replace(line, pending=True, payer="card holder"),)))
    assert books.balances() == {}
    result = books.take(books.statement(lines=(line,)))
    assert (result.new_line_count, result.problems) == (1, ())
    assert books.rows("SELECT state FROM bank_line ORDER BY id") == [("superseded",), ("new",)]
    assert books.balances()["bank", "EUR"] == 100


def test_replacement_by_the_bank_takes_the_first_line_out_of_the_books(books: Books) -> None:
    (line,) = books.statement(100).lines
    books.take(books.statement(lines=(line,)))
    fixed = dataclasses.replace(line, amount_minor=120, bank_id="new", corrects_bank_id="b0-0", correction="replace")
    books.take(books.statement(lines=(fixed,)))
    assert books.rows("SELECT amount_minor, state FROM bank_line ORDER BY id") == [(100, "superseded"), (120, "new")]
    assert books.balances() == {("bank", "EUR"): 120, ("unidentified_cash", "EUR"): -120}


def test_deletion_by_the_bank_leaves_no_money(books: Books) -> None:
    (line,) = books.statement(100).lines
    books.take(books.statement(lines=(line,)))
    gone = dataclasses.replace(line, bank_id="", corrects_bank_id="b0-0", correction="delete")
    books.take(books.statement(lines=(gone,)))
    assert books.balances() == {}


def test_correction_of_a_placed_line_waits_for_a_person(books: Books) -> None:
    from recon.ledger import set_aside

    (line,) = books.statement(100).lines
    books.take(books.statement(lines=(line,)))
    books.post(set_aside(books.line(1), "interest", AS_OF))
    gone = dataclasses.replace(line, bank_id="", corrects_bank_id="b0-0", correction="delete")
    result = books.take(books.statement(lines=(gone,)))
    assert [problem.remedy for problem in result.problems] == ["Undo it with `recon undo D1`"]
    assert books.rows("SELECT kind, reason, state FROM review_item") == [("task", "correction", "open")]
    assert books.balances()["bank", "EUR"] == 100


def test_unknown_account_sends_the_whole_file_to_quarantine(books: Books) -> None:
    result = books.take(books.statement(100), books.statement(200, account="DE99 9999 8888"))
    assert not result.is_believed
    assert result.problems[-1].what == "account ***8888 (EUR) is not in the settings"
    assert books.value("SELECT count(*) FROM bank_line") == 0
    assert books.value("SELECT state FROM source_file") == "quarantined"


def test_unbelieved_file_is_kept_in_quarantine_with_its_reason(books: Books) -> None:
    torn = Problem(
        "a.ofx", "the file ends in the middle", "Fetch it again", quarantined="file", raw=b"<OFX>", byte_offset=5
    )
    books.take(problems=(torn,))
    with books.store.write() as connection:
        (row,) = quarantined(connection)
        assert (row.what, row.raw, row.byte_offset) == ("the file ends in the middle", b"<OFX>", 5)
        accept_quarantined(connection, row.id, ADA, "the bank sent it again")
        assert quarantined(connection) == ()


def test_quarantined_row_does_not_hold_up_the_others(books: Books) -> None:
    bad = Problem("a.ofx, line 9", "amount is not a number", "Ask the bank", quarantined="row", raw=b"<STMTTRN>")
    result = books.take(books.statement(100), problems=(bad,))
    assert (result.is_believed, result.new_line_count, result.quarantined_count) == (True, 1, 1)


def test_statement_rolls_forward_from_the_previous_closing(books: Books) -> None:
    books.take(books.statement(100, closing_minor=1_000, last_on=date(2026, 3, 30)))
    books.take(books.statement(50, closing_minor=1_050, last_on=date(2026, 3, 31)))
    proofs = books.rows("SELECT proof, rolled_from_id FROM statement ORDER BY id")
    assert proofs == [("UNVERIFIABLE", None), ("VERIFIED", 1)]


def test_missing_statement_is_told_with_its_amount(books: Books) -> None:
    books.take(books.statement(100, closing_minor=1_000, last_on=date(2026, 3, 30)))
    result = books.take(books.statement(50, closing_minor=1_250, last_on=date(2026, 3, 31)))
    assert [problem.what for problem in result.problems] == [
        "account giro moved by 2.00 EUR between the last two statements without lines"
    ]


def test_statement_that_does_not_prove_asks_a_person(books: Books) -> None:
    wrong = books.statement(
        100, opening_minor=0, closing_minor=300, proof=Proof.DISCREPANCY, proof_reason="differs by 2.00"
    )
    assert books.take(wrong).discrepancy_count == 1
    assert books.rows("SELECT kind, amount_minor, detail FROM review_item") == [("statement", 200, "differs by 2.00")]


def test_account_cannot_move_to_another_company(books: Books) -> None:
    with books.store.write() as connection:
        keep_accounts(connection, [BankAccount("giro", "main", "EUR", "1")])
    with pytest.raises(UsageError, match="'giro' is EUR of main in the books"), books.store.write() as connection:
        keep_accounts(connection, [BankAccount("giro", "other", "EUR", "1")])


def test_no_account_number_is_stored(books: Books) -> None:
    books.take(books.statement(100))
    assert "123456789" not in str(books.rows("SELECT * FROM bank_account"))
    assert books.value("SELECT masked FROM bank_account WHERE key = 'giro'") == "***6789"


def _everything(books: Books) -> list[object]:
    tables = ("source_file", "statement", "bank_line", "entry", "posting", "audit", "review_item", "chain_head")
    return [books.rows(f"SELECT * FROM {table}") for table in tables]
