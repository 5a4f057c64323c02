"""Every money event: what it books, and that undoing it gives back exactly what was there."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from recon import ledger
from recon.errors import Conflict, NotAllowed
from recon.model import Action, Allocation, Entry, Proposal
from recon.store.books import close_period, entry_of, line_postings, reopen_period, undo
from recon.store.ground import moves_of
from recon.store.proposals import return_entry, save_decisions
from recon.verify import verify
from tests.conftest import ADA, AS_OF, NIGHT, Books


@pytest.fixture
def world(books: Books) -> Books:
    books.customers("A", "B")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500), ("B", "I3", 700), ("A", "C1", -200))
    return books


def apply(books: Books, line_id: int, *allocations: Allocation) -> Entry:
    return ledger.apply_deposit(books.line(line_id), allocations, AS_OF)


def pays(books: Books, number: str, cash_minor: int, **beside: int) -> Allocation:
    ((item, customer),) = books.rows(f"SELECT id, customer_id FROM open_item WHERE number = '{number}'")
    return Allocation(item, customer, cash_minor, **beside)


def on_account(code: str, cash_minor: int) -> Allocation:
    return Allocation(None, {"A": 1, "B": 2}[code], cash_minor)


def part_return(books: Books) -> Entry:
    """A deposit of two invoices, posted; and the return of one of them with the bank's fee."""
    (deposit,) = books.deposits(1_500)
    books.post(apply(books, deposit, pays(books, "I1", 1_000), pays(books, "I2", 500)))
    (back,) = books.deposits(-515)
    with books.store.write() as connection:
        return return_entry(connection, books.line(back), deposit, AS_OF, "", (pays(books, "I2", 500),), 15)


def told_twice(books: Books) -> Entry:
    (line,) = books.deposits(333)
    with books.store.read() as connection:
        entry_id = connection.execute(text("SELECT max(id) FROM entry WHERE kind = 'import'")).scalar_one()
        imported = entry_of(connection, entry_id)
    assert imported is not None
    assert imported.entry.bank_line_id == line
    return ledger.mark_duplicate(imported.entry, AS_OF, "the same payment")


def prepaid_refund(books: Books) -> Entry:
    books.post(ledger.prepay(books.line(books.deposits(250)[0]), 1, AS_OF))
    return ledger.owe_prepaid_refund("main", "EUR", 1, 250, AS_OF, "order cancelled")


def netting(books: Books) -> Entry:
    return ledger.net_credit("main", "EUR", (pays(books, "I1", 200), pays(books, "C1", -200)), AS_OF)


EVENTS: dict[str, Callable[[Books], Entry]] = {
    "full": lambda b: apply(b, b.deposits(1_000)[0], pays(b, "I1", 1_000)),
    "partial": lambda b: apply(b, b.deposits(400)[0], pays(b, "I1", 400)),
    "several invoices": lambda b: apply(b, b.deposits(1_500)[0], pays(b, "I1", 1_000), pays(b, "I2", 500)),
    "several customers": lambda b: apply(b, b.deposits(1_700)[0], pays(b, "I1", 1_000), pays(b, "I3", 700)),
    "discount": lambda b: apply(b, b.deposits(980)[0], pays(b, "I1", 980, discount_minor=20)),
    "wire fee": lambda b: apply(b, b.deposits(985)[0], pays(b, "I1", 985, fee_minor=15)),
    "processor payout": lambda b: apply(b, b.deposits(970)[0], pays(b, "I1", 970, processor_fee_minor=30)),
    "deduction": lambda b: apply(b, b.deposits(900)[0], pays(b, "I1", 900, deduction_minor=100)),
    "short payment written off": lambda b: apply(b, b.deposits(998)[0], pays(b, "I1", 998, write_off_minor=2)),
    "overpayment": lambda b: apply(b, b.deposits(1_050)[0], pays(b, "I1", 1_000), on_account("A", 50)),
    "credit netted": lambda b: apply(b, b.deposits(800)[0], pays(b, "I1", 1_000), pays(b, "C1", -200)),
    "on account": lambda b: apply(b, b.deposits(300)[0], on_account("A", 300)),
    "set aside": lambda b: ledger.set_aside(b.line(b.deposits(12)[0]), "interest", AS_OF),
    "charge of the bank": lambda b: ledger.set_aside(b.line(b.deposits(-12)[0]), "bank_charges", AS_OF),
    "prepayment": lambda b: ledger.prepay(b.line(b.deposits(250)[0]), 1, AS_OF),
    "credit against invoice": lambda b: netting(b),
    "part of a deposit returned": part_return,
    "line told twice by the bank": told_twice,
    "refund of a prepayment": prepaid_refund,
    "write-off": lambda b: ledger.write_off("main", "EUR", 1, 1, 1_000, AS_OF, "insolvent"),
    "settled elsewhere": lambda b: ledger.settle_elsewhere("main", "EUR", 1, 1, 250, AS_OF, "card"),
    "interest charged": lambda b: ledger.issue_charge("main", "EUR", 1, 40, AS_OF, "late"),
    "foreign currency": lambda b: ledger.apply_foreign(
        b.line(b.deposits(930)[0]), Allocation(b.invoices(("A", "USD1", 1_000), currency="USD")["USD1"], 1, 1_000),
        "USD", 900, AS_OF, "rate 0.93",
    ),
}  # fmt: skip


@pytest.mark.parametrize("event", EVENTS)
def test_undo_is_the_identity_on_balances(world: Books, event: str) -> None:
    entry = EVENTS[event](world)
    balances, open_amounts = world.balances(), _open(world)
    states = [(line, "in_review" if state == "new" and line in moves_of(entry).lines else state) for line, state in
              world.rows("SELECT id, state FROM bank_line ORDER BY id")]  # fmt: skip
    (entry_id,) = world.post(entry)
    assert verify(world.url).holds
    assert (world.balances(), _open(world)) != (balances, open_amounts)
    with world.store.write() as connection:
        undo(connection, f"E{entry_id}", ADA, AS_OF, "wrong")
    assert (world.balances(), _open(world)) == (balances, open_amounts)
    assert world.rows("SELECT id, state FROM bank_line ORDER BY id") == states
    assert verify(world.url).holds


def test_short_payment_with_discount_closes_the_invoice(world: Books) -> None:
    world.post(EVENTS["discount"](world))
    assert world.open_of("I1") == 0
    assert world.balances()["discount_allowed", "EUR"] == 20


def test_several_deposits_pay_one_invoice(world: Books) -> None:
    first, second = world.deposits(400, 600)
    world.post(apply(world, first, pays(world, "I1", 400)), apply(world, second, pays(world, "I1", 600)))
    assert world.open_of("I1") == 0


def test_foreign_payment_books_the_realised_gain(world: Books) -> None:
    world.post(EVENTS["foreign currency"](world))
    assert world.open_of("USD1") == 0
    assert world.balances()["fx_gain_loss", "EUR"] == -30


def test_invoice_cannot_be_paid_twice(world: Books) -> None:
    first, second = world.deposits(1_000, 1_000)
    world.post(apply(world, first, pays(world, "I1", 1_000)))
    with pytest.raises(Conflict, match=r"I1 is open for 0.00 EUR, less than 10.00"):
        world.post(apply(world, second, pays(world, "I1", 1_000)))
    assert world.state_of(second) == "new"


def test_deposit_cannot_be_placed_twice(world: Books) -> None:
    (line,) = world.deposits(500)
    entry = apply(world, line, pays(world, "I1", 500))
    world.post(entry)
    with pytest.raises(Conflict, match=f"line {line} is already applied"):
        world.post(entry)
    with pytest.raises(Conflict):
        world.post(apply(world, world.deposits(500)[0], pays(world, "I1", 500)), entry)
    assert world.open_of("I1") == 500, "a batch with a conflict posts nothing"


def test_every_cent_of_a_deposit_needs_a_place(world: Books) -> None:
    (line,) = world.deposits(500)
    with pytest.raises(NotAllowed, match=r"1.00 EUR of D1 has no place"):
        apply(world, line, pays(world, "I1", 400))


def test_credit_memo_is_used_once(world: Books) -> None:
    net = ledger.net_credit("main", "EUR", (pays(world, "I1", 200), pays(world, "C1", -200)), AS_OF)
    world.post(net)
    assert (world.open_of("I1"), world.open_of("C1")) == (800, 0)
    with pytest.raises(Conflict, match="C1"):
        world.post(net)


def test_money_on_account_is_used_once(world: Books) -> None:
    world.post(EVENTS["on account"](world))
    use = ledger.use_on_account("main", "EUR", 1, (pays(world, "I1", 300),), AS_OF)
    world.post(use)
    with pytest.raises(Conflict, match=r"the customer has 0.00 EUR on account, less than 3.00"):
        world.post(use)


def test_parent_pays_for_a_subsidiary_from_its_account(world: Books) -> None:
    world.post(EVENTS["on account"](world))
    world.post(ledger.use_on_account("main", "EUR", 1, (pays(world, "I3", 300),), AS_OF))
    assert world.open_of("I3") == 400


def test_prepayment_settles_the_invoice_that_comes_later(world: Books) -> None:
    world.post(EVENTS["prepayment"](world))
    later = world.invoices(("A", "I9", 250))["I9"]
    world.post(ledger.use_prepayment("main", "EUR", 1, (Allocation(later, 1, 250),), AS_OF))
    assert world.open_of("I9") == 0
    assert ("prepayments", "EUR") not in world.balances()


def test_deposit_whose_money_was_used_is_undone_only_after_its_use(world: Books) -> None:
    (placed,) = world.post(EVENTS["on account"](world))
    (used,) = world.post(ledger.use_on_account("main", "EUR", 1, (pays(world, "I1", 300),), AS_OF))
    with world.store.write() as connection, pytest.raises(NotAllowed, match="Undo what came later"):
        undo(connection, f"E{placed}", ADA, AS_OF, "wrong")
    with world.store.write() as connection:
        undo(connection, f"E{used}", ADA, AS_OF, "wrong")
        undo(connection, f"E{placed}", ADA, AS_OF, "wrong")
    assert world.open_of("I1") == 1_000


def test_refund_due_is_paid_by_an_outgoing_line(world: Books) -> None:
    world.post(EVENTS["on account"](world))
    world.post(ledger.owe_refund("main", "EUR", 1, 300, AS_OF))
    outgoing = world.line(world.deposits(-300)[0])
    world.post(ledger.pay_refund(outgoing, 1, AS_OF))
    assert world.balances() == {}
    with pytest.raises(Conflict):
        world.post(ledger.pay_refund(world.line(world.deposits(-300)[0]), 1, AS_OF))


def test_returned_payment_opens_its_invoices_again(world: Books) -> None:
    (deposit,) = world.deposits(980)
    world.post(apply(world, deposit, pays(world, "I1", 980, discount_minor=20)))
    back = _return(world, deposit, -990)
    assert world.open_of("I1") == 1_000
    assert world.balances() == {("bank", "EUR"): -10, ("bank_charges", "EUR"): 10}
    assert (world.state_of(deposit), world.state_of(back)) == ("returned", "returned")


def test_deposit_is_returned_once(world: Books) -> None:
    (deposit,) = world.deposits(500)
    world.post(apply(world, deposit, pays(world, "I1", 500)))
    _return(world, deposit, -500)
    with pytest.raises(Conflict):
        _return(world, deposit, -500)


def test_deposit_that_was_set_aside_is_returned_once(world: Books) -> None:
    """The simulator found it: a set-aside account has no limit that a second return would break."""
    (deposit,) = world.deposits(500)
    world.post(ledger.set_aside(world.line(deposit), "sale", AS_OF))
    with world.store.read() as connection:
        placed = ledger.net_placement(line_postings(connection, deposit))
    first, second = world.deposits(-500, -500)
    both = [ledger.return_deposit(world.line(n), world.line(deposit), placed, AS_OF) for n in (first, second)]
    with pytest.raises(Conflict, match=f"line {deposit} is returned"):
        world.post(*both)


def test_undone_return_can_be_returned_again(world: Books) -> None:
    (deposit,) = world.deposits(500)
    world.post(apply(world, deposit, pays(world, "I1", 500)))
    back = _return(world, deposit, -500)
    with world.store.write() as connection:
        undo(connection, f"D{back}", ADA, AS_OF, "the bank was wrong")
    assert (world.open_of("I1"), world.state_of(deposit), world.state_of(back)) == (500, "applied", "in_review")
    _return(world, deposit, -500)
    assert world.open_of("I1") == 1_000


def test_placement_of_a_returned_deposit_cannot_be_undone(world: Books) -> None:
    (deposit,) = world.deposits(500)
    (placed,) = world.post(apply(world, deposit, pays(world, "I1", 500)))
    _return(world, deposit, -500)
    with world.store.write() as connection, pytest.raises(NotAllowed):
        undo(connection, f"E{placed}", ADA, AS_OF, "wrong")


def test_deduction_is_given_up_or_put_back(world: Books) -> None:
    world.post(EVENTS["deduction"](world))
    world.post(ledger.refuse_deduction("main", "EUR", 1, 1, 60, AS_OF, "unfounded"))
    world.post(ledger.accept_deduction("main", "EUR", 1, 1, 40, AS_OF, "broken goods"))
    assert world.open_of("I1") == 60
    assert ("deductions", "EUR") not in world.balances()
    with pytest.raises(Conflict):
        world.post(ledger.accept_deduction("main", "EUR", 1, 1, 1, AS_OF, "again"))


def test_transfer_moves_money_on_account_to_another_customer(world: Books) -> None:
    world.post(EVENTS["on account"](world))
    world.post(ledger.transfer_on_account("main", "EUR", 1, 2, 300, AS_OF))
    world.post(ledger.use_on_account("main", "EUR", 2, (pays(world, "I3", 300),), AS_OF))
    with pytest.raises(Conflict):
        world.post(ledger.transfer_on_account("main", "EUR", 1, 2, 1, AS_OF))


def test_closed_period_refuses_and_undo_lands_in_the_open_one(world: Books) -> None:
    (entry_id,) = world.post(EVENTS["full"](world))
    with world.store.write() as connection:
        close_period(connection, "main", AS_OF, ADA)
    with pytest.raises(Conflict, match="closed through 2026-03-31"):
        world.post(EVENTS["write-off"](world))
    with world.store.write() as connection:
        undo(connection, f"E{entry_id}", ADA, AS_OF, "wrong")
    assert world.value("SELECT booked_on FROM entry WHERE kind = 'undo'") == "2026-04-01"


def test_late_line_of_a_closed_period_is_booked_on_the_first_open_day(world: Books) -> None:
    with world.store.write() as connection:
        close_period(connection, "main", AS_OF, ADA)
    world.deposits(100)
    assert world.value("SELECT booked_on FROM entry") == "2026-04-01"
    assert world.value("SELECT booked_on FROM bank_line") == "2026-03-31"


def test_reopening_needs_a_reason_and_lets_post_again(world: Books) -> None:
    with world.store.write() as connection:
        close_period(connection, "main", AS_OF, ADA)
        with pytest.raises(NotAllowed, match="Say why"):
            reopen_period(connection, "main", AS_OF.replace(day=1), ADA, "")
        reopen_period(connection, "main", AS_OF.replace(day=1), ADA, "auditor's adjustment")
    world.post(EVENTS["full"](world))


def test_what_the_bank_did_is_not_undone(world: Books) -> None:
    world.deposits(100)
    with world.store.write() as connection, pytest.raises(NotAllowed, match="the bank's own line"):
        undo(connection, "E1", ADA, AS_OF, "wrong")


@pytest.mark.parametrize("subject", ["E99", "D99", "", "17", "E-1", "E１"])
def test_undo_of_nothing_says_so(world: Books, subject: str) -> None:
    with world.store.write() as connection, pytest.raises(NotAllowed):
        undo(connection, subject, ADA, AS_OF, "wrong")


def _return(world: Books, deposit: int, amount_minor: int) -> int:
    (back,) = world.deposits(amount_minor)
    with world.store.write() as connection:
        placed = ledger.net_placement(line_postings(connection, deposit))
    world.post(ledger.return_deposit(world.line(back), world.line(deposit), placed, AS_OF), author=NIGHT)
    return back


def _open(world: Books) -> list[tuple[object, ...]]:
    return world.rows("SELECT number, open_minor FROM open_item ORDER BY number")


def test_return_done_again_is_refused_once_the_deposit_settles_something_else(world: Books) -> None:
    """Returned, the return undone, the deposit placed on another invoice: the old return would open the wrong one."""
    (deposit,) = world.deposits(500)
    world.post(apply(world, deposit, pays(world, "I1", 500)))
    back = _return(world, deposit, -500)
    with world.store.write() as connection:
        undone = undo(connection, f"D{back}", ADA, AS_OF, "the bank was wrong")
        undo(connection, f"D{deposit}", ADA, AS_OF, "it was for I2")
    world.post(apply(world, deposit, pays(world, "I2", 500)))
    world.post(apply(world, world.deposits(300)[0], pays(world, "I1", 300)))
    with world.store.write() as connection, pytest.raises(NotAllowed, match="does not allow this"):
        undo(connection, f"E{undone}", ADA, AS_OF, "it was right after all")
    assert (world.open_of("I1"), world.open_of("I2")) == (700, 0)


def test_part_return_done_again_is_refused_once_the_deposit_settles_something_else(world: Books) -> None:
    back = part_return(world)
    (entry,) = world.post(back)
    deposit = next(p.bank_line_id for p in back.postings if p.account == "receivable")
    with world.store.write() as connection:
        undone = undo(connection, f"E{entry}", ADA, AS_OF, "the bank was wrong")
        undo(connection, f"D{deposit}", ADA, AS_OF, "it was for I3")
    world.post(apply(world, deposit or 0, pays(world, "I3", 700), on_account("B", 800)))
    world.post(apply(world, world.deposits(400)[0], pays(world, "I2", 400)))
    with world.store.write() as connection, pytest.raises(NotAllowed):
        undo(connection, f"E{undone}", ADA, AS_OF, "it was right after all")
    assert world.open_of("I2") == 100


def test_a_line_told_twice_is_out_again_when_its_undo_is_undone(world: Books) -> None:
    (line,) = world.deposits(500)
    (marked,) = world.post(ledger.mark_duplicate(ledger.book_line(world.line(line), AS_OF), AS_OF, "told twice"))
    with world.store.write() as connection:
        back = undo(connection, f"E{marked}", ADA, AS_OF, "wrong")
    assert world.state_of(line) == "in_review"
    with world.store.write() as connection:
        undo(connection, f"E{back}", ADA, AS_OF, "right after all")
    assert world.state_of(line) == "superseded"


def test_part_of_a_foreign_payment_that_the_bank_takes_back_waits_for_a_person(world: Books) -> None:
    """It stopped the night: the part, in the deposit's currency, was booked on an invoice of the other one."""
    entry = EVENTS["foreign currency"](world)
    world.post(entry)
    (back,) = world.deposits(-400)
    returned = Proposal(back, 1, Action.POST, 0.999, "return", (), reverses_line_id=entry.bank_line_id)
    with world.store.write() as connection:
        saved = save_decisions(connection, [returned], NIGHT, AS_OF)
    assert "not plain" in saved.refused[0][1]
    assert world.state_of(back) == "in_review"
    assert verify(world.url).holds
