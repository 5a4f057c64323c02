"""What each money event books, posting by posting, and what the ledger refuses in which words. No store."""

import doctest
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recon import ledger
from recon.errors import BrokenInvariant, NotAllowed
from recon.ledger import CashLine
from recon.model import Allocation, Entry, LineState, Posting

DAY = date(2026, 3, 31)
LINE = CashLine(4, "north", "EUR", 1_000)
OUT = CashLine(5, "north", "EUR", -1_000)
OWN = ("north", "EUR")
ON = ("north", "EUR", 3, 7, 250, DAY, "agreed")  # company, currency, customer, item, amount, day, reason


def sides(entry: Entry) -> list[tuple[object, ...]]:
    """Return (account, amount, currency, customer, item, line) of each posting."""
    return [
        (p.account, p.amount_minor, p.currency, p.customer_id, p.open_item_id, p.bank_line_id) for p in entry.postings
    ]


def head(entry: Entry) -> tuple[object, ...]:
    """Return everything of an entry but its postings."""
    return (entry.company, entry.booked_on, entry.kind, entry.reason, entry.bank_line_id, entry.reverses_id)


def refusal(error: pytest.ExceptionInfo[NotAllowed]) -> tuple[str, str]:
    """Return the fact and the next action."""
    return error.value.args[0], error.value.remedy


def test_examples_are_true() -> None:
    assert doctest.testmod(ledger).failed == 0


def test_a_bank_line_is_booked_against_unidentified_cash() -> None:
    entry = ledger.book_line(LINE, DAY)
    assert head(entry) == ("north", DAY, "import", "", 4, None)
    assert sides(entry) == [("bank", 1_000, "EUR", None, None, 4), ("unidentified_cash", -1_000, "EUR", None, None, 4)]


def test_a_deposit_closes_an_invoice_with_everything_beside_the_cash() -> None:
    allocation = Allocation(7, 3, 900, discount_minor=20, fee_minor=5, deduction_minor=50, processor_fee_minor=3,
                            write_off_minor=22)  # fmt: skip
    entry = ledger.apply_deposit(LINE, [allocation, Allocation(None, 3, 100)], DAY, "two places")
    assert head(entry) == ("north", DAY, "apply", "two places", 4, None)
    assert sides(entry) == [
        ("unidentified_cash", 1_000, "EUR", None, None, 4),
        ("receivable", -1_000, "EUR", 3, 7, 4),
        ("discount_allowed", 20, "EUR", 3, 7, 4),
        ("bank_charges", 8, "EUR", 3, 7, 4),
        ("deductions", 50, "EUR", 3, 7, 4),
        ("write_off", 22, "EUR", 3, 7, 4),
        ("on_account", -100, "EUR", 3, None, 4),
    ]


def test_a_deposit_nobody_is_invoiced_for_stays_on_account() -> None:
    entry = ledger.apply_deposit(LINE, [Allocation(None, 3, 1_000)], DAY)
    assert head(entry) == ("north", DAY, "on_account", "", 4, None)
    assert sides(entry)[1:] == [("on_account", -1_000, "EUR", 3, None, 4)]


@pytest.mark.parametrize(("cash", "wrong"), [
    (999, "0.01 EUR of D4 has no place"), (1_001, "0.01 EUR of D4 is placed twice"),
    (0, "10.00 EUR of D4 has no place"),
])  # fmt: skip
def test_every_cent_of_a_deposit_needs_one_place(cash: int, wrong: str) -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.apply_deposit(LINE, [Allocation(7, 3, cash)], DAY)
    assert refusal(error) == (wrong, "Every cent of a deposit needs one place; put a rest on account")


@pytest.mark.parametrize("beside", ["discount_minor", "fee_minor", "deduction_minor", "write_off_minor"])
def test_money_on_account_has_nothing_beside_it(beside: str) -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.apply_deposit(LINE, [replace(Allocation(None, 3, 1_000), **{beside: 1})], DAY)
    assert refusal(error) == ("money on account has no discount or fee beside it", "Name the invoice")


@pytest.mark.parametrize(("name", "account"), [
    ("interest", "set_aside:interest"), ("tax_refund-2025", "set_aside:tax_refund-2025"),
    ("bank_charges", "bank_charges"), ("fx_gain_loss", "fx_gain_loss"),
])  # fmt: skip
def test_money_that_is_no_customers_goes_to_the_account_named(name: str, account: str) -> None:
    entry = ledger.set_aside(LINE, name, DAY, "not ours")
    assert head(entry) == ("north", DAY, "set_aside", "not ours", 4, None)
    assert sides(entry) == [("unidentified_cash", 1_000, "EUR", None, None, 4), (account, -1_000, "EUR", None, None, 4)]
    assert head(ledger.set_aside(LINE, name, DAY))[3] == ""


@pytest.mark.parametrize("name", ["", "_", "-_", "a b", "x;y", "a:b"])
def test_an_account_name_is_letters_digits_and_marks(name: str) -> None:
    with pytest.raises(BrokenInvariant) as error:
        ledger.set_aside(LINE, name, DAY)
    assert str(error.value) == f"{name!r} is not an account name"


PLACED = (Posting("receivable", -1_020, "EUR", 3, 7, 4), Posting("discount_allowed", 20, "EUR", 3, 7, 4))


def test_a_returned_deposit_rewinds_its_placement() -> None:
    entry = ledger.return_deposit(OUT, LINE, PLACED, DAY, "R01")
    assert head(entry) == ("north", DAY, "return", "R01", 5, None)
    assert sides(entry) == [
        ("unidentified_cash", -1_000, "EUR", None, None, 5),
        ("receivable", 1_020, "EUR", 3, 7, 4),
        ("discount_allowed", -20, "EUR", 3, 7, 4),
    ]
    assert head(ledger.return_deposit(OUT, LINE, PLACED, DAY))[3] == ""


def test_what_the_bank_takes_beyond_a_returned_deposit_is_its_charge() -> None:
    entry = ledger.return_deposit(replace(OUT, amount_minor=-1_001), LINE, PLACED, DAY)
    assert sides(entry)[0] == ("unidentified_cash", -1_001, "EUR", None, None, 5)
    assert sides(entry)[-1] == ("bank_charges", 1, "EUR", None, None, None)


def test_a_returned_deposit_that_was_never_placed_leaves_unidentified_cash() -> None:
    entry = ledger.return_deposit(OUT, LINE, (), DAY)
    assert sides(entry) == [
        ("unidentified_cash", -1_000, "EUR", None, None, 5),
        ("unidentified_cash", 1_000, "EUR", None, None, 4),
    ]


WHOLE = ("a return takes back a whole deposit", "Undo the deposit and place what is left of it")
ACCOUNTS = ("the return and the deposit are of different accounts", "Choose a deposit of the same account")


@pytest.mark.parametrize(("back", "original", "told"), [
    (replace(OUT, amount_minor=-999), LINE, WHOLE),
    (replace(OUT, amount_minor=0), LINE, WHOLE), (replace(OUT, amount_minor=5), LINE, WHOLE),
    (OUT, replace(LINE, amount_minor=0), WHOLE), (OUT, replace(LINE, amount_minor=-1), WHOLE),
    (replace(OUT, amount_minor=0), replace(LINE, amount_minor=-3), WHOLE),
    (replace(OUT, company="south"), LINE, ACCOUNTS), (replace(OUT, currency="USD"), LINE, ACCOUNTS),
])  # fmt: skip
def test_a_return_that_does_not_fit_its_deposit_is_refused(back: CashLine, original: CashLine, told: object) -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.return_deposit(back, original, (), DAY)
    assert refusal(error) == told


def test_the_smallest_deposit_can_be_returned() -> None:
    back, original = replace(OUT, amount_minor=-1), replace(LINE, amount_minor=1)
    assert [p.amount_minor for p in ledger.return_deposit(back, original, (), DAY).postings] == [-1, 1]


def test_undo_is_the_mirror_and_names_what_it_reverses() -> None:
    entry = ledger.apply_deposit(LINE, [Allocation(7, 3, 980), Allocation(None, 3, 20)], DAY)
    undone = ledger.undo(entry, 11, date(2026, 4, 1), "wrong customer")
    assert head(undone) == ("north", date(2026, 4, 1), "undo", "wrong customer", 4, 11)
    assert undone.postings == tuple(replace(p, amount_minor=-p.amount_minor) for p in entry.postings)


@pytest.mark.parametrize("kind", ["import", "correction"])
def test_what_the_bank_did_is_not_ours_to_undo(kind: str) -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.undo(replace(ledger.book_line(LINE, DAY), kind=kind), 11, DAY, "")
    assert refusal(error) == ("entry 11 is the bank's own line", "Set the line aside instead")


def test_a_line_the_bank_took_back_is_corrected_by_the_mirror() -> None:
    entry = ledger.correct_line(ledger.book_line(LINE, DAY), 11, date(2026, 4, 1), "replaced")
    assert head(entry) == ("north", date(2026, 4, 1), "correction", "replaced", 4, 11)
    assert sides(entry) == [("bank", -1_000, "EUR", None, None, 4), ("unidentified_cash", 1_000, "EUR", None, None, 4)]


@pytest.mark.parametrize(("book", "kind", "account"), [
    (ledger.use_on_account, "use_on_account", "on_account"), (ledger.use_prepayment, "use_prepayment", "prepayments"),
])  # fmt: skip
def test_money_kept_for_a_payer_settles_invoices_of_anybody(book: Any, kind: str, account: str) -> None:
    entry = book(*OWN, 3, [Allocation(7, 3, 60), Allocation(8, 9, 40)], DAY, "parent pays")
    assert head(entry) == ("north", DAY, kind, "parent pays", None, None)
    assert sides(entry) == [
        (account, 100, "EUR", 3, None, None), ("receivable", -60, "EUR", 3, 7, None),
        ("receivable", -40, "EUR", 9, 8, None),
    ]  # fmt: skip
    assert book(*OWN, 3, [Allocation(7, 3, 60)], DAY).reason == ""


def test_a_credit_memo_is_set_off_against_an_invoice() -> None:
    entry = ledger.net_credit(*OWN, [Allocation(7, 3, 60), Allocation(8, 3, -60)], DAY, "credit 8")
    assert head(entry) == ("north", DAY, "net_credit", "credit 8", None, None)
    assert sides(entry) == [("receivable", -60, "EUR", 3, 7, None), ("receivable", 60, "EUR", 3, 8, None)]
    assert ledger.net_credit(*OWN, [Allocation(7, 3, 60), Allocation(8, 3, -60)], DAY).reason == ""


@pytest.mark.parametrize("parts", [
    [Allocation(7, 3, 60), Allocation(7, 3, -60)], [Allocation(7, 3, 0)],
    [Allocation(7, 3, 60), Allocation(8, 3, -60), Allocation(9, 3, 5), Allocation(9, 3, -5)],
])  # fmt: skip
def test_no_item_is_set_off_against_itself(parts: list[Allocation]) -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.net_credit(*OWN, parts, DAY)
    fact, remedy = "an item would be set off against itself", "Name a credit memo and an invoice, each once"
    assert refusal(error) == (fact, remedy)


def test_credits_and_invoices_that_differ_are_not_netted() -> None:
    with pytest.raises(NotAllowed) as error:
        ledger.net_credit(*OWN, [Allocation(7, 3, 61), Allocation(8, 3, -60)], DAY)
    assert refusal(error) == ("credits and invoices differ", "Net equal amounts; the rest stays open")


@pytest.mark.parametrize(("book", "kind", "debit", "credit"), [
    (ledger.write_off, "write_off", ("write_off", 3, 7), ("receivable", 3, 7)),
    (ledger.settle_elsewhere, "settle_elsewhere", ("set_aside:settled_elsewhere", 3, None), ("receivable", 3, 7)),
    (ledger.accept_deduction, "accept_deduction", ("write_off", 3, 7), ("deductions", 3, 7)),
    (ledger.refuse_deduction, "refuse_deduction", ("receivable", 3, 7), ("deductions", 3, 7)),
])  # fmt: skip
def test_what_a_person_decides_of_an_item_moves_between_two_accounts(
    book: Any, kind: str, debit: tuple[object, ...], credit: tuple[object, ...]
) -> None:
    entry = book(*ON)
    assert head(entry) == ("north", DAY, kind, "agreed", None, None)
    assert sides(entry) == [(debit[0], 250, "EUR", *debit[1:], None), (credit[0], -250, "EUR", *credit[1:], None)]


def test_a_line_the_bank_told_twice_is_taken_back_by_the_mirror() -> None:
    entry = ledger.mark_duplicate(ledger.book_line(LINE, DAY), date(2026, 4, 1), "told twice")
    assert head(entry) == ("north", date(2026, 4, 1), "duplicate", "told twice", 4, None)
    assert sides(entry) == [("bank", -1_000, "EUR", None, None, 4), ("unidentified_cash", 1_000, "EUR", None, None, 4)]


def test_a_prepayment_whose_order_fell_through_is_owed_back() -> None:
    entry = ledger.owe_prepaid_refund(*OWN, 3, 250, DAY, "order 5 cancelled")
    assert head(entry)[3] == "order 5 cancelled"
    assert sides(entry) == [
        ("prepayments", 250, "EUR", 3, None, None),
        ("refunds_payable", -250, "EUR", 3, None, None),
    ]
    assert (entry.company, entry.booked_on, entry.kind) == ("north", DAY, "owe_refund")
    assert ledger.owe_prepaid_refund(*OWN, 3, 1, DAY).reason == ""


@pytest.mark.parametrize(("minor", "rate", "converted"), [(5, "0.5", 3), (-5, "0.5", -3), (3, "0.5", 2), (4, "0.6", 2)])
def test_a_converted_amount_is_rounded_half_a_unit_away_from_zero(minor: int, rate: str, converted: int) -> None:
    assert ledger.converted_minor(minor, 2, 2, Decimal(rate)) == converted


def test_a_refusal_names_money_as_the_currency_writes_it() -> None:
    with pytest.raises(NotAllowed, match=r"^5 JPY"):
        ledger.apply_deposit(CashLine(4, "north", "JPY", 1_000), [Allocation(7, 3, 995)], DAY)


def test_what_is_moved_between_customers_and_accounts() -> None:
    given = ledger.transfer_on_account(*OWN, 3, 9, 250, DAY, "group")
    owed = ledger.owe_refund(*OWN, 3, 250, DAY, "asked")
    charged = ledger.issue_charge(*OWN, 3, 250, DAY, "late")
    assert [head(entry)[2:4] for entry in (given, owed, charged)] == [
        ("transfer", "group"), ("owe_refund", "asked"), ("charge", "late"),
    ]  # fmt: skip
    assert [
        [(p.account, p.amount_minor, p.customer_id) for p in entry.postings] for entry in (given, owed, charged)
    ] == [
        [("on_account", 250, 3), ("on_account", -250, 9)],
        [("on_account", 250, 3), ("refunds_payable", -250, 3)],
        [("receivable", 250, 3), ("fee_income", -250, 3)],
    ]
    rest = {
        (entry.company, entry.booked_on, p.currency, p.open_item_id, p.bank_line_id)
        for entry in (given, owed, charged)
        for p in entry.postings
    }
    assert rest == {("north", DAY, "EUR", None, None)}
    assert ledger.transfer_on_account(*OWN, 3, 9, 1, DAY).reason == ledger.owe_refund(*OWN, 3, 1, DAY).reason == ""


@pytest.mark.parametrize("book", [
    lambda: ledger.write_off(*OWN, 3, 7, 0, DAY, "x"), lambda: ledger.transfer_on_account(*OWN, 3, 9, 0, DAY),
    lambda: ledger.owe_refund(*OWN, 3, 0, DAY), lambda: ledger.issue_charge(*OWN, 3, 0, DAY, "x"),
])  # fmt: skip
def test_nothing_is_booked_for_nothing(book: Any) -> None:
    with pytest.raises(NotAllowed) as error:
        book()
    assert refusal(error) == ("the amount is zero", "Name an amount")


@pytest.mark.parametrize(("book", "line", "kind", "account"), [
    (ledger.pay_refund, OUT, "set_aside", "refunds_payable"), (ledger.prepay, LINE, "on_account", "prepayments"),
])  # fmt: skip
def test_a_line_of_one_customer_without_an_invoice(book: Any, line: CashLine, kind: str, account: str) -> None:
    entry = book(line, 3, DAY, "order 5")
    assert head(entry) == ("north", DAY, kind, "order 5", line.id, None)
    minor = line.amount_minor
    assert sides(entry) == [
        ("unidentified_cash", minor, "EUR", None, None, line.id),
        (account, -minor, "EUR", 3, None, line.id),
    ]
    assert book(line, 3, DAY).reason == ""


@pytest.mark.parametrize(
    ("booked", "gain"), [(950, [("fx_gain_loss", -50)]), (1_040, [("fx_gain_loss", 40)]), (1_000, [])]
)
def test_a_foreign_invoice_is_paid_at_the_rate_it_was_booked_at(booked: int, gain: list[tuple[str, int]]) -> None:
    entry = ledger.apply_foreign(LINE, Allocation(7, 3, 1_100, discount_minor=10), "USD", booked, DAY, "rate 1.1")
    assert head(entry) == ("north", DAY, "apply", "rate 1.1", 4, None)
    assert sides(entry) == [
        ("unidentified_cash", 1_000, "EUR", None, None, 4), ("fx_gain_loss:position", -booked, "EUR", None, None, 4),
        *((account, minor, "EUR", None, None, 4) for account, minor in gain),
        ("fx_gain_loss:position", 1_100, "USD", None, None, 4), ("receivable", -1_110, "USD", 3, 7, 4),
        ("discount_allowed", 10, "USD", 3, 7, 4),
    ]  # fmt: skip


@pytest.mark.parametrize(("balances", "state"), [
    ({"unidentified_cash": -500}, LineState.IN_REVIEW),
    ({"unidentified_cash": 1, "receivable": -5}, LineState.IN_REVIEW),
    ({"unidentified_cash": 0, "receivable": -500}, LineState.APPLIED),
    ({"receivable": -1, "on_account": -1}, LineState.APPLIED),
    ({"on_account": -500}, LineState.ON_ACCOUNT), ({"prepayments": -500}, LineState.ON_ACCOUNT),
    ({"on_account": -1, "bank_charges": 1}, LineState.ON_ACCOUNT),
    ({"set_aside:interest": -500}, LineState.SET_ASIDE), ({"bank_charges": 500}, LineState.SET_ASIDE),
    ({"refunds_payable": 500}, LineState.SET_ASIDE), ({"fx_gain_loss": 5}, LineState.SET_ASIDE),
    ({"receivable": 0, "bank_charges": 3}, LineState.SET_ASIDE), ({"discount_allowed": 5}, LineState.RETURNED),
    ({"receivable": 0, "on_account": 0, "set_aside:x": 0}, LineState.RETURNED), ({}, LineState.RETURNED),
])  # fmt: skip
def test_where_a_line_is_follows_from_its_balances(balances: dict[str, int], state: LineState) -> None:
    assert ledger.placed_state(balances) is state


def test_net_placement_sums_what_is_placed_and_drops_what_is_not() -> None:
    told = (*PLACED, *PLACED,
            Posting("bank", 9, "EUR", None, None, 4), Posting("unidentified_cash", 9, "EUR", None, None, 4),
            Posting("on_account", 5, "EUR", 3, None, 4), Posting("on_account", -5, "EUR", 3, None, 4))  # fmt: skip
    assert ledger.net_placement(told) == (
        Posting("receivable", -2_040, "EUR", 3, 7, 4), Posting("discount_allowed", 40, "EUR", 3, 7, 4),
    )  # fmt: skip


@pytest.mark.parametrize("apart", [
    {"account": "deductions"}, {"currency": "USD"}, {"customer_id": 9}, {"open_item_id": 8}, {"bank_line_id": 6},
])  # fmt: skip
def test_net_placement_keeps_apart_what_differs(apart: dict[str, object]) -> None:
    one = PLACED[0]
    other = replace(one, **apart)
    assert ledger.net_placement((one, other)) == (one, other)


def test_an_unbalanced_entry_is_our_mistake() -> None:
    skewed = (Posting("receivable", -1_000, "USD", 3, 7, 4),)
    with pytest.raises(BrokenInvariant, match=r"^entry return does not balance: \{'EUR': -1000, 'USD': 1000\}$"):
        ledger.return_deposit(OUT, LINE, skewed, DAY)


@settings(suppress_health_check=[HealthCheck.too_slow])  # a machine under load is not what is tested
@given(st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 500), st.integers(0, 500)), min_size=1, max_size=6))
def test_any_deposit_balances_and_its_undo_is_its_mirror(parts: list[tuple[int, int, int]]) -> None:
    allocations = [Allocation(n, 1, cash, discount, fee) for n, (cash, discount, fee) in enumerate(parts)]
    entry = ledger.apply_deposit(replace(LINE, amount_minor=sum(cash for cash, _, _ in parts)), allocations, DAY)
    undone = ledger.undo(entry, 1, DAY, "back")
    assert sum(p.amount_minor for p in entry.postings) == 0
    assert ledger.net_placement((*entry.postings, *undone.postings)) == ()
