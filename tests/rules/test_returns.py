"""What a return books, posting by posting, and which parts of a deposit the bank cannot have taken back. No store."""

from dataclasses import replace
from datetime import date

import pytest

from recon.errors import NotAllowed
from recon.ledger import CashLine, net_placement
from recon.model import Allocation, Entry, Posting
from recon.returns import return_of

DAY = date(2026, 3, 31)
DEPOSIT = CashLine(4, "north", "EUR", 1_480)
BACK = CashLine(5, "north", "EUR", -980)
INVOICE, OTHER, HELD = Allocation(7, 3, 980), Allocation(8, 3, 400), Allocation(None, 3, 100)
# 9.80 and a discount of 0.20 on one invoice, 4.00 on another, 1.00 on account.
PLACED = (
    Posting("receivable", -1_000, "EUR", 3, 7, 4),
    Posting("discount_allowed", 20, "EUR", 3, 7, 4),
    Posting("receivable", -400, "EUR", 3, 8, 4),
    Posting("on_account", -100, "EUR", 3, None, 4),
)
NAME_IT = "Name it with --invoice NUMBER=AMOUNT, the bank's own fee with --charge; a waiting deposit is placed first"


def returned(minor: int, *parts: Allocation, charge: int = 0, placed: tuple[Posting, ...] = PLACED) -> Entry:
    """Return the entry of a return of that much."""
    return return_of(replace(BACK, amount_minor=-minor), DEPOSIT, placed, parts, charge, DAY, "bounced")


def sides(entry: Entry) -> list[tuple[object, ...]]:
    """Return (account, amount, customer, item, line) of each posting."""
    return [(p.account, p.amount_minor, p.customer_id, p.open_item_id, p.bank_line_id) for p in entry.postings]


def after(entry: Entry) -> tuple[Posting, ...]:
    """Return what stays placed of the deposit."""
    return net_placement(p for p in (*PLACED, *entry.postings) if p.bank_line_id == DEPOSIT.id)


def refusal(*given: object, **named: object) -> tuple[str, str]:
    """Return the fact and the next action of a refused return."""
    with pytest.raises(NotAllowed) as error:
        returned(*given, **named)  # type: ignore[arg-type]
    return error.value.args[0], error.value.remedy


@pytest.mark.parametrize("named", [(), (INVOICE,)])
def test_all_cash_of_an_invoice_goes_back_with_its_discount(named: tuple[Allocation, ...]) -> None:
    entry = returned(980, *named)
    assert (entry.company, entry.booked_on, entry.kind, entry.reason, entry.bank_line_id, entry.reverses_id) == (
        "north", DAY, "return", "bounced", 5, None,
    )  # fmt: skip
    assert sides(entry) == [
        ("unidentified_cash", -980, None, None, 5),
        ("receivable", 1_000, 3, 7, 4),
        ("discount_allowed", -20, 3, 7, 4),
        ("returned_payments", -980, None, None, 4),
        ("returned_payments", 980, None, None, 5),
    ]
    assert {p.currency for p in entry.postings} == {"EUR"}


def test_a_part_of_the_cash_leaves_the_discount() -> None:
    assert sides(returned(300, replace(INVOICE, cash_minor=300)))[1:3] == [
        ("receivable", 300, 3, 7, 4),
        ("returned_payments", -300, None, None, 4),
    ]


def test_the_banks_fee_is_booked_on_its_own_line() -> None:
    assert sides(returned(415, OTHER, charge=15)) == [
        ("unidentified_cash", -415, None, None, 5),
        ("receivable", 400, 3, 8, 4),
        ("returned_payments", -400, None, None, 4),
        ("returned_payments", 400, None, None, 5),
        ("bank_charges", 15, None, None, 5),
    ]


def test_the_fee_said_tells_which_invoice_is_meant() -> None:
    assert sides(returned(415, charge=15))[1] == ("receivable", 400, 3, 8, 4)


@pytest.mark.parametrize("account", ["on_account", "prepayments"])
def test_money_kept_for_a_customer_is_taken_back(account: str) -> None:
    placed = (*PLACED[:3], replace(PLACED[3], account=account))
    for named in ((), (HELD,)):
        assert sides(returned(100, *named, placed=placed))[1] == (account, 100, 3, None, 4)


def test_one_invoice_named_twice_is_one_sum() -> None:
    twice = (replace(OTHER, cash_minor=150), replace(OTHER, cash_minor=250))
    assert sides(returned(400, *twice))[1] == ("receivable", 400, 3, 8, 4)
    assert refusal(410, twice[0], replace(OTHER, cash_minor=260))[0] == (
        "D4 settles 2.50 there, so 2.60 cannot be taken back"
    )


def test_the_only_thing_paid_is_meant_whatever_comes_back_of_it() -> None:
    placed = (Posting("receivable", -1_480, "EUR", 3, 7, 4),)
    assert sides(returned(1, placed=placed))[1] == ("receivable", 1, 3, 7, 4)
    assert sides(returned(1_479, placed=placed))[1] == ("receivable", 1_479, 3, 7, 4)


def test_what_could_be_several_things_is_asked() -> None:
    said = "the bank took back a part of the deposit, and what it settled does not say which"
    assert refusal(300) == (said, NAME_IT)
    equal = (replace(PLACED[2], open_item_id=9, amount_minor=-980), replace(PLACED[2], amount_minor=-500))
    assert sides(returned(980, placed=equal))[1] == ("receivable", 980, 3, 9, 4)
    assert refusal(740, placed=tuple(replace(p, amount_minor=-740) for p in equal)) == (said, NAME_IT)
    assert refusal(100, placed=()) == (said, NAME_IT)


@pytest.mark.parametrize("part", [
    replace(INVOICE, cash_minor=981), replace(INVOICE, customer_id=4), replace(INVOICE, open_item_id=9),
    replace(INVOICE, open_item_id=None), replace(OTHER, cash_minor=0), replace(OTHER, cash_minor=-1),
])  # fmt: skip
def test_a_part_that_the_deposit_does_not_settle_is_refused(part: Allocation) -> None:
    said, remedy = refusal(981, part)
    assert said.startswith("D4 settles ") and said.endswith(" cannot be taken back")
    assert remedy == "`recon explain` shows what the deposit settled"


def test_the_refusal_says_what_is_there() -> None:
    assert refusal(981, replace(INVOICE, cash_minor=981))[0] == "D4 settles 9.80 there, so 9.81 cannot be taken back"
    assert refusal(101, replace(HELD, cash_minor=101))[0] == "D4 settles 1.00 there, so 1.01 cannot be taken back"


@pytest.mark.parametrize(("minor", "charge", "said"), [(410, 0, "4.00"), (410, 11, "4.11"), (390, -10, "3.90")])
def test_parts_and_fee_are_what_the_bank_took(minor: int, charge: int, said: str) -> None:
    assert refusal(minor, OTHER, charge=charge) == (
        f"the bank took {minor // 100}.{minor % 100:02}, the parts and its charge are {said}",
        "Say what each invoice lost with --invoice, what was on account, and the bank's own fee with --charge",
    )


def test_all_that_is_left_is_the_whole_deposit_named_or_not() -> None:
    whole = returned(1_480)
    assert after(whole) == ()
    assert sides(whole) == sides(returned(1_480, INVOICE, OTHER, HELD))
    assert "returned_payments" not in {p.account for p in whole.postings}
    assert sides(returned(1_500))[-1] == ("bank_charges", 20, None, None, None)
    assert sides(returned(1_500, INVOICE, OTHER, HELD, charge=20)) == sides(returned(1_500))


def test_the_rest_after_parts_takes_everything_beside_it() -> None:
    left = after(returned(400, OTHER))
    rest = returned(1_085, placed=left)
    assert sides(rest) == [
        ("unidentified_cash", -1_085, None, None, 5),
        ("receivable", 1_000, 3, 7, 4),
        ("discount_allowed", -20, 3, 7, 4),
        ("on_account", 100, 3, None, 4),
        ("returned_payments", -1_080, None, None, 4),
        ("returned_payments", 1_080, None, None, 5),
        ("bank_charges", 5, None, None, 5),
    ]
    assert sides(returned(1_080, placed=left))[-1] == ("returned_payments", 1_080, None, None, 5)
    assert sides(returned(980, placed=left))[1] == ("receivable", 1_000, 3, 7, 4)
    gone = net_placement(p for p in (*left, *rest.postings) if p.bank_line_id == DEPOSIT.id)
    assert refusal(1, placed=gone) == ("all of D4 is returned already", "Choose another deposit")


def test_a_credit_memo_that_paid_a_part_is_no_cash_to_take_back() -> None:
    placed = (replace(PLACED[2], amount_minor=-1_780), Posting("receivable", 300, "EUR", 3, 9, 4))
    assert refusal(1_780, replace(OTHER, cash_minor=1_780), placed=placed) == (
        "14.80 of D4 is left: a credit memo paid the rest",
        "Leave the parts out to take all of it back; the bank's own fee is its --charge",
    )
    assert sides(returned(1_480, replace(OTHER, cash_minor=1_480), placed=placed))[1:] == [
        ("receivable", 1_780, 3, 8, 4), ("receivable", -300, 3, 9, 4),
    ]  # fmt: skip


def test_a_part_of_what_was_paid_in_another_currency_is_not_plain() -> None:
    placed = (
        Posting("fx_gain_loss:position", -1_480, "EUR", None, None, 4),
        Posting("fx_gain_loss:position", 1_600, "USD", None, None, 4),
        Posting("receivable", -1_600, "USD", 3, 7, 4),
    )
    said = (
        "D4 paid invoices in USD, so what a part of it settled is not plain",
        "Undo D4, put it on account, and take the part back from there",
    )
    assert refusal(400, placed=placed) == refusal(400, replace(INVOICE, cash_minor=400), placed=placed) == said
    assert len(returned(1_480, placed=placed).postings) == 4


@pytest.mark.parametrize(("back", "deposit", "said"), [
    (replace(BACK, amount_minor=0), DEPOSIT, "a return is money out that takes back money in"),
    (BACK, replace(DEPOSIT, amount_minor=0), "a return is money out that takes back money in"),
    (replace(BACK, company="south"), DEPOSIT, "the return and the deposit are of different accounts"),
    (replace(BACK, currency="USD"), DEPOSIT, "the return and the deposit are of different accounts"),
])  # fmt: skip
def test_lines_that_do_not_belong_together_are_refused(back: CashLine, deposit: CashLine, said: str) -> None:
    with pytest.raises(NotAllowed, match=said) as error:
        return_of(back, deposit, PLACED, (), 0, DAY)
    assert error.value.remedy.startswith("Choose ")


def test_a_single_cent_is_a_part_where_it_is_held_and_nowhere_else() -> None:
    cent = replace(OTHER, cash_minor=1)
    assert sides(returned(1, cent))[1] == ("receivable", 1, 3, 8, 4)
    placed = (*PLACED, Posting("receivable", -1, "EUR", 3, 9, 4))
    assert sides(returned(1, placed=placed))[1] == ("receivable", 1, 3, 9, 4)
    assert "settles 0.00 there" in refusal(1, replace(cent, open_item_id=9))[0]


def test_the_rest_says_when_and_why_as_every_return_does() -> None:
    rest = returned(1_080, placed=after(returned(400, OTHER)))
    assert (rest.company, rest.booked_on, rest.kind, rest.reason) == ("north", DAY, "return", "bounced")
    assert (rest.bank_line_id, rest.reverses_id) == (5, None)


def test_refusals_speak_of_yen_in_yen() -> None:
    deposit, yen = replace(DEPOSIT, currency="JPY"), [replace(p, currency="JPY") for p in PLACED]
    said = []
    for minor, parts in ((410, (replace(OTHER, cash_minor=410),)), (410, (OTHER,))):
        with pytest.raises(NotAllowed) as error:
            return_of(CashLine(5, "north", "JPY", -minor), deposit, yen, parts, 0, DAY)
        said.append(error.value.args[0])
    assert said == [
        "D4 settles 400 there, so 410 cannot be taken back",
        "the bank took 410, the parts and its charge are 400",
    ]
    netted = (replace(yen[2], amount_minor=-1_780), replace(yen[2], amount_minor=300, open_item_id=9))
    with pytest.raises(NotAllowed, match=r"^1480 of D4 is left"):
        back = CashLine(5, "north", "JPY", -1_780)
        return_of(back, deposit, netted, (replace(OTHER, cash_minor=1_780),), 0, DAY)
