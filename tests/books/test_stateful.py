"""Any order of money events against a model of plain integers: same balances, same refusals, and verify holds.

`make test` walks a short way; RECON_STEPS=100000 `make sweep` the long one.
"""

import itertools
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from bench.plain_books import ACCOUNT, DISCOUNT, GAIN, ITEM, OUT, PLACED, RETURNED, WAITING, Event, PlainBooks
from recon import ledger
from recon.errors import Conflict, NotAllowed
from recon.model import Allocation, Entry
from recon.store.books import undo
from recon.store.engine import open_store
from recon.store.proposals import return_entry
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books

STEPS = int(os.environ.get("RECON_STEPS", "400"))
WALK = 40
FIRST = (500, 700, 1_200, 400, -100, -200, -300, -500, -700)
AMOUNTS = st.integers(1, 12).map(lambda hundreds: hundreds * 100)


class BooksMachine(RuleBasedStateMachine):
    """Books and model side by side. Every rule predicts success or refusal before it tries."""

    template: Path

    @initialize()
    def open_books(self) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="books"))
        path = self.folder / "recon.db"
        shutil.copy(self.template, path)
        self.url = f"sqlite:///{path}"
        self.books = Books(open_store(self.url), self.url)
        self.books.customers("A", "B")
        numbers = self.books.invoices(*[("AB"[n % 2], f"I{n}", 500 + 100 * n) for n in range(6)], ("A", "C", -300))
        numbers = self.books.invoices(("A", "USD1", 800), ("B", "USD2", 300), currency="USD")
        self.model = PlainBooks(account={1: 0, 2: 0})
        self.model.issue({numbers[f"I{n}"]: 500 + 100 * n for n in range(6)})
        self.model.issue({numbers["C"]: -300, numbers["USD1"]: 800, numbers["USD2"]: 300})
        self.foreign = {numbers["USD1"], numbers["USD2"]}
        self.owner = {numbers[f"I{n}"]: n % 2 + 1 for n in range(6)}
        self.owner |= {numbers["C"]: 1, numbers["USD1"]: 1, numbers["USD2"]: 2}
        self.events: dict[int, Event] = {}
        # Without money at hand most walks would be over before any came.
        for line, minor in zip(self.books.deposits(*FIRST), FIRST, strict=True):
            self.model.arrive(line, minor)

    @rule(amount=AMOUNTS, is_return=st.booleans())
    def bank_line_arrives(self, amount: int, is_return: bool) -> None:
        signed = -amount if is_return else amount
        (line,) = self.books.deposits(signed)
        self.model.arrive(line, signed)

    @precondition(lambda self: self._incoming())
    @rule(data=st.data(), discount=st.sampled_from((0, 0, 20)))
    def deposit_is_applied(self, data: st.DataObject, discount: int) -> None:
        line, item = data.draw(st.sampled_from(self._incoming())), data.draw(st.sampled_from(self._own_items()))
        minor, owner = self.model.lines[line], self.owner[item]
        used = data.draw(st.sampled_from((minor, min(minor, max(self.model.open[item], 0)))))
        discount, rest = discount if used else 0, minor - used
        allocations = [Allocation(item, owner, used, discount_minor=discount)] if used else []
        allocations += [Allocation(None, owner, rest)] if rest else []
        shares = {(ITEM, item): used + discount, (ACCOUNT, owner): rest, (DISCOUNT, item): discount}
        self._try(self.model.placed(line, shares), ledger.apply_deposit(self.books.line(line), allocations, AS_OF))

    @precondition(lambda self: self._incoming())
    @rule(data=st.data(), gain=st.sampled_from((-70, 0, 70)))
    def deposit_pays_in_another_currency(self, data: st.DataObject, gain: int) -> None:
        line, item = data.draw(st.sampled_from(self._incoming())), data.draw(st.sampled_from(sorted(self.foreign)))
        minor, owner = self.model.lines[line], self.owner[item]
        used = data.draw(st.sampled_from((minor, max(self.model.open[item], 100))))
        entry = ledger.apply_foreign(
            self.books.line(line), Allocation(item, owner, used), "USD", minor - gain, AS_OF, "rate"
        )
        self._try(self.model.placed(line, {(ITEM, item): used, (GAIN, 0): gain}), entry)

    @precondition(lambda self: self.model.lines)
    @rule(data=st.data())
    def line_is_set_aside(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(sorted(self.model.lines)))
        self._try(self.model.placed(line, {}), ledger.set_aside(self.books.line(line), "transfer", AS_OF))

    @rule(payer=st.sampled_from((1, 2)), data=st.data(), amount=AMOUNTS)
    def money_on_account_is_used(self, payer: int, data: st.DataObject, amount: int) -> None:
        item = data.draw(st.sampled_from(self._own_items()))
        entry = ledger.use_on_account("main", "EUR", payer, (Allocation(item, self.owner[item], amount),), AS_OF)
        self._try(Event({item: -amount}, {payer: -amount}), entry)

    @rule(data=st.data(), amount=AMOUNTS)
    def credit_is_netted(self, data: st.DataObject, amount: int) -> None:
        credit = next(item for item, minor in self.model.amount.items() if minor < 0)
        item = data.draw(st.sampled_from([each for each in self._own_items() if each != credit]))
        pair = (Allocation(item, self.owner[item], amount), Allocation(credit, 1, -amount))
        self._try(Event({item: -amount, credit: amount}), ledger.net_credit("main", "EUR", pair, AS_OF))

    @precondition(lambda self: self._outgoing() and self._incoming())
    @rule(data=st.data())
    def deposit_is_returned(self, data: st.DataObject) -> None:
        back, deposit = data.draw(st.sampled_from(self._outgoing())), data.draw(st.sampled_from(self._incoming()))
        left = self.model.lines[deposit] - self.model.taken[deposit]
        if not 0 < left <= -self.model.lines[back]:
            return
        self._try(self.model.returned(back, deposit), self._return(back, deposit))

    @precondition(lambda self: self._outgoing() and any(self.model.shares.values()))
    @rule(data=st.data())
    def part_is_returned(self, data: st.DataObject) -> None:
        back = data.draw(st.sampled_from(self._outgoing()))
        places = sorted(key for key, minor in self.model.shares.items() if minor > 0 and key[1][0] in (ITEM, ACCOUNT))
        if not places:
            return
        deposit, place = data.draw(st.sampled_from(places))
        minor, (kind, who) = -self.model.lines[back], place
        part = Allocation(who, self.owner[who], minor) if kind == ITEM else Allocation(None, who, minor)
        left = self.model.lines[deposit] - self.model.taken[deposit]
        try:
            entry = self._return(back, deposit, part)
        except NotAllowed:
            assert minor > self.model.cash_of(deposit)[place] or not left or who in self.foreign
            return
        is_rest = minor == left
        self._try(
            self.model.returned(back, deposit) if is_rest else self.model.part_returned(back, deposit, {place: minor}),
            entry,
        )

    @precondition(lambda self: self._incoming())
    @rule(data=st.data())
    def line_was_told_twice(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(self._incoming()))
        entry = ledger.mark_duplicate(ledger.book_line(self.books.line(line), AS_OF), AS_OF, "told twice")
        self._try(Event(lines={line: (WAITING, OUT)}), entry)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def entry_is_undone(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.events)))
        event = self.events[entry_id]
        mirrored = event.mirrored()
        expected = event.live and self.model.allows(mirrored)
        try:
            with self.books.store.write() as connection:
                new_id = undo(connection, f"E{entry_id}", ADA, AS_OF, "wrong")
        except NotAllowed:
            assert not expected
            return
        assert expected
        event.live = False
        self._carry_out(new_id, mirrored)

    @precondition(lambda self: self.model.lines)
    @rule()
    def books_and_model_agree(self) -> None:
        assert dict(self.books.rows("SELECT id, open_minor FROM open_item")) == self.model.open
        sql = "SELECT customer_id, -sum(amount_minor) FROM posting WHERE account = 'on_account' GROUP BY customer_id"
        held = {customer: int(minor) for customer, minor in self.books.rows(sql)}
        assert {customer: held.get(customer, 0) for customer in self.model.account} == self.model.account
        states = {"new": WAITING, "in_review": WAITING, "returned": RETURNED, "superseded": OUT}
        rows = self.books.rows("SELECT id, state FROM bank_line")
        assert {line: states.get(state, PLACED) for line, state in rows} == self.model.states()
        balances = self.books.balances()
        assert balances.get(("discount_allowed", "EUR"), 0) == self.model.sum_of(DISCOUNT)
        assert balances.get(("fx_gain_loss", "EUR"), 0) == -self.model.sum_of(GAIN)

    def teardown(self) -> None:
        if hasattr(self, "books"):
            if self.model.lines:
                self.books_and_model_agree()
            assert verify(self.url).findings == ()
            self.books.store.close()
            shutil.rmtree(self.folder)

    def _incoming(self) -> list[int]:
        return [line for line, minor in self.model.lines.items() if minor > 0]

    def _outgoing(self) -> list[int]:
        return [line for line, minor in self.model.lines.items() if minor < 0]

    def _own_items(self) -> list[int]:
        return [item for item in self.model.open if item not in self.foreign]

    def _return(self, back: int, deposit: int, *parts: Allocation) -> Entry:
        with self.books.store.read() as connection:
            return return_entry(connection, self.books.line(back), deposit, AS_OF, "", parts)

    def _try(self, event: Event, entry: Entry) -> None:
        expected = self.model.allows(event)
        try:
            (entry_id,) = self.books.post(entry)
        except Conflict:
            assert not expected, (event, self.model)
            return
        assert expected, (event, self.model)
        self._carry_out(entry_id, event)

    def _carry_out(self, entry_id: int, event: Event) -> None:
        self.model.carry_out(event)
        self.events[entry_id] = event


def test_any_order_of_money_events_agrees_with_plain_integers(sqlite_template: Path) -> None:
    BooksMachine.template = sqlite_template
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        BooksMachine,
        settings=settings(
            max_examples=max(STEPS // WALK, 1),
            stateful_step_count=WALK,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            database=None,
        ),
    )


def test_every_pair_of_undos_commutes_or_is_refused(books: Books) -> None:
    """Apply two deposits to one invoice and undo them in both orders."""
    books.customers("A")
    item = books.invoices(("A", "I1", 1_000))["I1"]
    for order in itertools.permutations((0, 1)):
        lines = books.deposits(400, 600)
        entries = books.post(
            *(
                ledger.apply_deposit(books.line(n), (Allocation(item, 1, books.line(n).amount_minor),), AS_OF)
                for n in lines
            )
        )
        for position in order:
            with books.store.write() as connection:
                undo(connection, f"E{entries[position]}", ADA, AS_OF, "wrong")
        assert books.open_of("I1") == 1_000
        with pytest.raises(NotAllowed, match="already undone"), books.store.write() as connection:
            undo(connection, f"E{entries[0]}", ADA, AS_OF, "wrong")
