"""Any order of money events against a model of plain integers: same balances, same refusals, and verify holds.

`make test` walks a short way; RECON_STEPS=100000 `make sweep` the long one.
"""

import itertools
import os
import shutil
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from recon import ledger
from recon.errors import Conflict, NotAllowed
from recon.model import Allocation
from recon.store.books import line_postings, undo
from recon.store.engine import open_store
from recon.store.proposals import return_entry
from recon.verify import verify
from tests.conftest import ADA, AS_OF, Books

STEPS = int(os.environ.get("RECON_STEPS", "400"))
WALK = 40
FIRST = (500, 700, 1_200, 400, -100, -200, -300, -500, -700)
AMOUNTS = st.integers(1, 12).map(lambda hundreds: hundreds * 100)
WAITING, PLACED, RETURNED, OUT = "waiting", "placed", "returned", "superseded"
Place = tuple[int, int]  # (1, open item) or (0, customer on account)


@dataclass
class Event:
    """What an entry did, in the model: changes of open amounts, of money on account, of lines.

    `shares` are what a deposit settles by place, `taken` what of its cash the bank took back in parts.
    """

    opens: dict[int, int] = field(default_factory=dict)
    account: dict[int, int] = field(default_factory=dict)
    lines: dict[int, tuple[str, str]] = field(default_factory=dict)  # from, to
    shares: dict[tuple[int, Place], int] = field(default_factory=dict)
    taken: dict[int, int] = field(default_factory=dict)
    live: bool = True

    def mirrored(self) -> "Event":
        return Event(
            {item: -delta for item, delta in self.opens.items()},
            {customer: -delta for customer, delta in self.account.items()},
            {line: (after, before) for line, (before, after) in self.lines.items()},
            {place: -delta for place, delta in self.shares.items()},
            {line: -delta for line, delta in self.taken.items()},
        )


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
        self.amount = {numbers[f"I{n}"]: 500 + 100 * n for n in range(6)} | {numbers["C"]: -300}
        self.open = dict(self.amount)
        self.owner = {numbers[f"I{n}"]: n % 2 + 1 for n in range(6)} | {numbers["C"]: 1}
        self.account = {1: 0, 2: 0}
        self.lines: dict[int, int] = {}
        self.state: dict[int, str] = {}
        self.events: dict[int, Event] = {}
        self.shares: dict[tuple[int, Place], int] = defaultdict(int)
        self.taken: dict[int, int] = defaultdict(int)
        # Without money at hand most walks would be over before any came.
        for line, minor in zip(self.books.deposits(*FIRST), FIRST, strict=True):
            self.lines[line], self.state[line] = minor, WAITING

    @rule(amount=AMOUNTS, is_return=st.booleans())
    def bank_line_arrives(self, amount: int, is_return: bool) -> None:
        signed = -amount if is_return else amount
        (line,) = self.books.deposits(signed)
        self.lines[line], self.state[line] = signed, WAITING

    @precondition(lambda self: any(minor > 0 for minor in self.lines.values()))
    @rule(data=st.data(), discount=st.sampled_from((0, 0, 20)))
    def deposit_is_applied(self, data: st.DataObject, discount: int) -> None:
        line = data.draw(st.sampled_from([each for each, minor in self.lines.items() if minor > 0]))
        item = data.draw(st.sampled_from(sorted(self.open)))
        used = data.draw(st.sampled_from((self.lines[line], min(self.lines[line], max(self.open[item], 0)))))
        rest = self.lines[line] - used
        owner = self.owner[item]
        allocations = [Allocation(item, owner, used, discount_minor=discount if used else 0)] if used else []
        allocations += [Allocation(None, owner, rest)] if rest else []
        settled = used + discount if used else 0
        shares = {(line, (1, item)): settled, (line, (0, owner)): rest}
        event = Event({item: -settled}, {owner: rest}, {line: (WAITING, PLACED)}, shares)
        entry = ledger.apply_deposit(self.books.line(line), allocations, AS_OF)
        self._try(event, entry)

    @precondition(lambda self: self.lines)
    @rule(data=st.data())
    def line_is_set_aside(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from(sorted(self.lines)))
        self._try(Event(lines={line: (WAITING, PLACED)}), ledger.set_aside(self.books.line(line), "transfer", AS_OF))

    @rule(payer=st.sampled_from((1, 2)), data=st.data(), amount=AMOUNTS)
    def money_on_account_is_used(self, payer: int, data: st.DataObject, amount: int) -> None:
        item = data.draw(st.sampled_from(sorted(self.open)))
        entry = ledger.use_on_account("main", "EUR", payer, (Allocation(item, self.owner[item], amount),), AS_OF)
        self._try(Event({item: -amount}, {payer: -amount}), entry)

    @rule(data=st.data(), amount=AMOUNTS)
    def credit_is_netted(self, data: st.DataObject, amount: int) -> None:
        credit = next(item for item, minor in self.amount.items() if minor < 0)
        item = data.draw(st.sampled_from([each for each, minor in self.amount.items() if minor > 0]))
        pair = (Allocation(item, self.owner[item], amount), Allocation(credit, 1, -amount))
        self._try(Event({item: -amount, credit: amount}), ledger.net_credit("main", "EUR", pair, AS_OF))

    @precondition(lambda self: any(minor < 0 for minor in self.lines.values()) and len(self.lines) > 1)
    @rule(data=st.data())
    def deposit_is_returned(self, data: st.DataObject) -> None:
        back = data.draw(st.sampled_from([each for each, minor in self.lines.items() if minor < 0]))
        deposits = [each for each, minor in self.lines.items() if 0 < minor <= -self.lines[back]]
        if not deposits:
            return
        deposit = data.draw(st.sampled_from(deposits))
        with self.books.store.read() as connection:
            placed = ledger.net_placement(line_postings(connection, deposit))
        if self.taken[deposit]:
            return  # what parts left is taken back by the rule for parts
        entry = ledger.return_deposit(self.books.line(back), self.books.line(deposit), placed, AS_OF)
        account = {p.customer_id: p.amount_minor for p in placed if p.account == "on_account" and p.customer_id}
        event = Event(
            {item: -settled for item, settled in _by_item(placed).items()},
            account,
            {back: (WAITING, RETURNED), deposit: (self.state[deposit], RETURNED)},
            {(deposit, place): -minor for place, minor in self._shares_of(deposit).items()},
        )
        if self.state[deposit] in (RETURNED, OUT):
            event.lines[deposit] = ("never", RETURNED)
        self._try(event, entry)

    @precondition(lambda self: any(minor < 0 for minor in self.lines.values()) and any(self.shares.values()))
    @rule(data=st.data())
    def part_is_returned(self, data: st.DataObject) -> None:
        back = data.draw(st.sampled_from([each for each, minor in self.lines.items() if minor < 0]))
        deposit, place = data.draw(st.sampled_from(sorted(key for key, minor in self.shares.items() if minor > 0)))
        if self.lines[deposit] < 0:
            return
        minor, (kind, who) = -self.lines[back], place
        part = Allocation(who, self.owner[who], minor) if kind else Allocation(None, who, minor)
        event = Event(
            {who: minor} if kind else {}, {} if kind else {who: -minor},
            {back: (WAITING, RETURNED)}, {(deposit, place): -minor}, {deposit: minor},
        )  # fmt: skip
        try:
            with self.books.store.read() as connection:
                entry = return_entry(connection, self.books.line(back), deposit, AS_OF, "", (part,))
        except NotAllowed:
            assert minor > self.shares[deposit, place] or self.taken[deposit] == self.lines[deposit]
            return
        self._try(event, entry)

    @precondition(lambda self: any(minor > 0 for minor in self.lines.values()))
    @rule(data=st.data())
    def line_was_told_twice(self, data: st.DataObject) -> None:
        line = data.draw(st.sampled_from([each for each, minor in self.lines.items() if minor > 0]))
        entry = ledger.mark_duplicate(ledger.book_line(self.books.line(line), AS_OF), AS_OF, "told twice")
        self._try(Event(lines={line: (WAITING, OUT)}), entry)

    @precondition(lambda self: self.events)
    @rule(data=st.data())
    def entry_is_undone(self, data: st.DataObject) -> None:
        entry_id = data.draw(st.sampled_from(sorted(self.events)))
        event = self.events[entry_id]
        mirrored = event.mirrored()
        expected = event.live and self._allows(mirrored)
        try:
            with self.books.store.write() as connection:
                new_id = undo(connection, f"E{entry_id}", ADA, AS_OF, "wrong")
        except NotAllowed:
            assert not expected
            return
        assert expected
        event.live = False
        self._carry_out(new_id, mirrored)

    @precondition(lambda self: self.lines)
    @rule()
    def books_and_model_agree(self) -> None:
        assert dict(self.books.rows("SELECT id, open_minor FROM open_item")) == self.open
        sql = "SELECT customer_id, -sum(amount_minor) FROM posting WHERE account = 'on_account' GROUP BY customer_id"
        held = {customer: int(minor) for customer, minor in self.books.rows(sql)}
        assert {customer: held.get(customer, 0) for customer in self.account} == self.account
        states = {"new": WAITING, "in_review": WAITING, "returned": RETURNED, "superseded": OUT}
        rows = self.books.rows("SELECT id, state FROM bank_line")
        assert {line: states.get(state, PLACED) for line, state in rows} == self._states()

    def _states(self) -> dict[int, str]:
        """A deposit of which nothing is left is returned, whether at once or in parts."""
        empty = {line for line, minor in self.lines.items() if minor > 0 and self.taken[line] and not
                 any(self._shares_of(line).values())}  # fmt: skip
        return {line: RETURNED if line in empty else state for line, state in self.state.items()}

    def _shares_of(self, line: int) -> dict[Place, int]:
        return {place: minor for (of, place), minor in self.shares.items() if of == line and minor}

    def teardown(self) -> None:
        if hasattr(self, "books"):
            if self.lines:
                self.books_and_model_agree()
            assert verify(self.url).findings == ()
            self.books.store.close()
            shutil.rmtree(self.folder)

    def _try(self, event: Event, entry: object) -> None:
        expected = self._allows(event)
        try:
            (entry_id,) = self.books.post(entry)  # type: ignore[arg-type]
        except Conflict:
            assert not expected, (event, self.open, self.account, self.state)
            return
        assert expected, (event, self.open, self.account, self.state)
        self._carry_out(entry_id, event)

    def _allows(self, event: Event) -> bool:
        opens = all(_within(self.open[item] + delta, self.amount[item]) for item, delta in event.opens.items())
        account = all(delta >= 0 or self.account[c] + delta >= 0 for c, delta in event.account.items())
        lines = all(self.state[line] == before for line, (before, _) in event.lines.items())
        return opens and account and lines and all(self._is_whole(line, event) for line in self._touched(event))

    def _touched(self, event: Event) -> set[int]:
        return {line for line in {*event.lines, *event.taken} if self.lines[line] > 0}

    def _is_whole(self, line: int, event: Event) -> bool:
        """What is placed stays within what the deposit settles; what waits, is out or came back, settles nothing."""
        shares = dict(self._shares_of(line))
        for (of, place), delta in event.shares.items():
            if of == line:
                shares[place] = shares.get(place, 0) + delta
        taken = self.taken[line] + event.taken.get(line, 0)
        state = event.lines.get(line, ("", self.state[line]))[1]
        if state == PLACED:
            return taken >= 0 and (not taken or all(minor >= 0 for minor in shares.values()))
        return not taken and not any(shares.values())

    def _carry_out(self, entry_id: int, event: Event) -> None:
        for item, delta in event.opens.items():
            self.open[item] += delta
        for customer, delta in event.account.items():
            self.account[customer] += delta
        for line, (_, after) in event.lines.items():
            self.state[line] = after
        for place, delta in event.shares.items():
            self.shares[place] += delta
        for line, delta in event.taken.items():
            self.taken[line] += delta
        self.events[entry_id] = event


def _by_item(placed: tuple[ledger.Posting, ...]) -> dict[int, int]:
    sums: dict[int, int] = {}
    for posting in placed:
        if posting.account == "receivable" and posting.open_item_id is not None:
            sums[posting.open_item_id] = sums.get(posting.open_item_id, 0) + posting.amount_minor
    return sums


def _within(open_minor: int, amount_minor: int) -> bool:
    return 0 <= open_minor <= amount_minor if amount_minor > 0 else amount_minor <= open_minor <= 0


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
