"""A part payment settles what the policy says first; interest and text follow, and no cent is owed twice."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notices.charges import charges_of
from notices.clearing import Parts, charges_left, clear, divide, parts_of, settle
from notices.interest import Clearing
from notices.letter import Letterhead, rendered_notice
from notices.message import Sender
from notices.night import make_plan
from notices.policy import Policies, Policy
from notices.policy_file import DEFAULT_POLICY, read_policy
from notices.shipped import shipped_words
from recon.errors import UsageError
from recon.model import Allocation, Customer, Debt, Notice, NoticeLine
from recon.store.charge_items import charged_invoices
from recon.store.schema import entry, posting

DUE, DAY = date(2025, 8, 1), date(2025, 10, 10)
LEGAL = "costs, interest, principal"
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})
minor = st.integers(0, 10**6)


def policy(clearing: str = "principal first") -> Policy:
    rule = f'interest = {{ regime = "contract", contract_percent = "36.5", clearing = "{clearing}" }}'
    text = DEFAULT_POLICY.replace('id = "standard"', f'id = "standard"\n{rule}')
    return read_policy(text.replace('tone = "urgent"', 'tone = "urgent"\ninterest = true'))


def told(*payments: tuple[date, int], charges: tuple[NoticeLine, ...] = ()) -> Notice:
    left = 100_000 - sum(paid for _, paid in payments)
    line = NoticeLine(1, "INV-1", DUE, left, 70, 4, True, amount_minor=100_000, payments=payments)
    lines = (line, *charges)
    return Notice(Customer(1, "main", "A", "Ada"), "EUR", DAY, "standard", "", 4, "demand", "urgent", "mail",
                  "a@b.example", "en", sum(one.open_minor for one in lines), lines)  # fmt: skip


@pytest.mark.parametrize(
    ("clearing", "expected"),
    [
        ("principal first", 2_000 + 50 * 50),  # 20 days on 1,000.00, then 50 days on 500.00, at 0.1 % a day
        (LEGAL, 2_000 + 50 * 52),  # the payment settled 20.00 of interest, so 520.00 were left
    ],
)
def test_interest_runs_on_what_was_owed_before_and_after_a_part_payment(clearing: str, expected: int) -> None:
    (interest,) = charges_of(told((DUE + timedelta(days=20), 50_000)), policy(clearing))
    assert interest.amount_minor == expected
    assert [line.split()[1] for line in interest.reckoning] == ["20", "50"]


def test_a_returned_payment_never_settled_anything() -> None:
    paid = ((DUE + timedelta(days=20), 50_000), (DUE + timedelta(days=25), -50_000))
    for clearing in ("principal first", LEGAL):
        assert charges_of(told(*paid), policy(clearing)) == charges_of(told(), policy(clearing))


@given(minor, minor, minor, minor, st.sampled_from(Clearing))
def test_clearing_loses_and_invents_nothing(paid: int, costs: int, interest: int, principal: int, order: Any) -> None:
    owed = Parts(costs, interest, principal)
    settled = clear(paid, owed, order)
    assert settled.costs_minor + settled.interest_minor + settled.principal_minor == min(
        paid, costs + interest + principal
    )
    items = [Debt(1, "INV", DUE, principal), Debt(2, "FEE-INV-L2", DAY, costs, kind="charge")]
    items.append(Debt(3, "INT-INV-L2", DAY, interest, kind="charge"))
    assert parts_of(items) == owed
    by_item = dict(settle(items, paid, order))
    if order is Clearing.COSTS_INTEREST_PRINCIPAL:
        assert Parts(by_item.get(2, 0), by_item.get(3, 0), by_item.get(1, 0)) == settled
    assert sum(by_item.values()) == min(paid, costs + interest + principal)


MINORS = st.integers(0, 1_000)


@given(
    paid=st.integers(1, 3_000),
    named=st.integers(1, 1_000),
    fee=MINORS,
    interest=MINORS,
    principal=st.integers(1, 1_000),
)
def test_dividing_loses_no_cent_and_leaves_other_invoices_alone(
    paid: int, named: int, fee: int, interest: int, principal: int
) -> None:
    debts = [Debt(1, "INV", DUE, principal), Debt(2, "FEE-INV-L2", DAY, fee, kind="charge")]
    debts.append(Debt(3, "INT-INV-L2", DAY, interest, kind="charge"))
    given_ = (Allocation(1, 9, paid), Allocation(2, 9, named), Allocation(4, 9, 77), Allocation(None, 9, 5))
    divided = divide(given_, {1: debts})
    cash = {one.open_item_id: one.cash_minor for one in divided}
    assert sum(one.cash_minor for one in divided) == paid + named + 77 + 5
    assert (cash[4], cash[None]) == (77, 5)
    if paid + named <= fee + interest + principal:
        settled = clear(paid + named, Parts(fee, interest, principal), Clearing.COSTS_INTEREST_PRINCIPAL)
        assert Parts(cash.get(2, 0), cash.get(3, 0), cash.get(1, 0)) == settled
    is_short = paid + named < fee + interest + principal
    assert bool(charges_left(divided, {1: debts})) <= is_short


def test_only_charges_that_notices_numbered_belong_to_the_invoice(books: Any) -> None:
    who, other = books.customer("A"), books.customer("B")
    one, two = books.invoice(who, "INV-1", late=60), books.invoice(who, "INV-1-L2", late=60)
    for owner, number in (
        (who, "FEE-INV-1-L2"), (who, "INT-INV-1-L4-2"), (who, "FEE-INV-1-L2-L3"), (who, "FEE-1"),
        (other, "FEE-INV-1-L3"),
    ):  # fmt: skip
        books.invoice(owner, number, late=9, minor=500, kind="charge")
    with books.store.read() as connection:
        found = charged_invoices(connection, [one, two])
    assert [debt.number for debt in found[one].debts] == ["INV-1", "FEE-INV-1-L2", "INT-INV-1-L4-2"]
    assert [debt.number for debt in found[two].debts] == ["INV-1-L2", "FEE-INV-1-L2-L3"]


def test_a_notice_with_charges_prints_the_order_and_the_sums() -> None:
    fee = NoticeLine(2, "FEE-INV-1-L2", DAY, 250, 0, 0, False, kind="charge")
    said = rendered_notice(told(charges=(fee,)), HEAD, policy(LEGAL))[0]
    expected = "Payments settle costs first (€2.50), then interest (€0.00), then the principal (€1,000.00)."
    assert expected in said.text and expected in said.html
    assert "Payments settle" not in rendered_notice(told(charges=(fee,)), HEAD, policy())[0].text


def test_part_payments_come_from_the_books_with_the_day_the_bank_had_them(books: Any) -> None:
    books.feed()
    item = books.invoice(books.customer("A"), "INV-1", late=60, minor=100_000)
    line = books.deposit(40_000, state="applied", booked_on=date(2026, 3, 10))
    books.pay(item, 60_000)
    row = {"id": 1, "company": "main", "booked_on": "2026-03-12", "kind": "receipt", "bank_line_id": line, "actor": "x"}
    with books.store.write() as connection:
        connection.execute(entry.insert().values(**row, recorded_at="x", previous_hash="x", hash="x"))
        cash = {"entry_id": 1, "ordinal": 1, "account": "receivable", "amount_minor": -40_000, "currency": "EUR"}
        cash |= {"open_item_id": item, "customer_id": 1}
        connection.execute(posting.insert().values(**cash))
    (notice,) = make_plan(books.store, Policies((policy(),)), date(2026, 3, 31)).notices
    assert notice.lines[0].payments == ((date(2026, 3, 10), 40_000),)


def test_an_unknown_order_is_refused() -> None:
    with pytest.raises(UsageError, match="clearing: 'cheapest' is not known"):
        policy("cheapest")
