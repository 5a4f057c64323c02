"""One company's year from one seed: a virtual clock, a bank that repeats itself, an accounting system, crashes.

What happens in the books is `bench.year_people`'s; here is what comes from outside, and the comparison with the model.

Room: shell.
"""

import dataclasses
import hashlib
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import event, text

from bench.plain_books import DISCOUNT, GAIN, OUT, PLACED, RETURNED, WAITING, Event, PlainBooks
from recon.frames import CustomerRows, InvoiceRows, day_number, texts
from recon.model import Proof, Reading, Statement, StatementLine
from recon.store.bank_accounts import BankAccount
from recon.store.books import close_period
from recon.store.chain import Author
from recon.store.engine import Store, open_store
from recon.store.imports import import_reading
from recon.store.receivables import upsert_customers, upsert_invoices
from recon.store.source_files import SourceFile
from recon.verify import verify

CUSTOMERS = 6
_STATES = {"new": WAITING, "in_review": WAITING, "returned": RETURNED, "superseded": OUT}


class Cut(BaseException):
    """The program is no more."""


class WrongBooksError(AssertionError):
    """Books and model disagree."""


@dataclasses.dataclass
class Line:
    """What the model need not know of a bank line: its file, what it takes back, whether a person took it by hand."""

    file: int
    takes_back: int = 0
    by_hand: bool = False


class Year:
    """Books and model of one company."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.store: Store = open_store(url)
        self.chance = random.Random(seed)
        self.today = date(2026, 1, 5)
        self.model = PlainBooks()  # items by the number in their number, lines and customers by id
        self.lines: dict[int, Line] = {}
        self.booked: dict[int, Event] = {}  # by entry
        self.undos: set[int] = set()  # entries that undo
        self.sent: list[StatementLine] = []
        self.next_line = 1
        self.files = 0
        self.ticks = 0
        self.closed = date.min
        self.item_ids: dict[int, int] = {}
        self.meant: dict[str, int] = {}  # the deposit that a bank id takes back

    def open_books(self) -> None:
        """Put the customers in."""
        codes = [f"C{n}" for n in range(CUSTOMERS)]
        blank = [column.name for column in dataclasses.fields(CustomerRows)]
        named: dict[str, Any] = dict.fromkeys(blank, texts([""] * CUSTOMERS))
        named |= {"company": texts(["main"] * CUSTOMERS), "code": texts(codes), "name": texts(codes)}
        named["consumer"] = np.zeros(CUSTOMERS, dtype=np.bool_)
        self.do(lambda connection: upsert_customers(connection, CustomerRows(**named), self.night()))

    def issue_invoices(self) -> None:
        """New invoices, and the last ones again: with our open amount, with theirs, or changed behind our back."""
        amount, now = self.model.amount, self.model.open
        fresh = {len(amount) + 1 + n: self.chance.randrange(5, 40) * 100 for n in range(self.chance.randrange(1, 4))}
        known = [item for item in list(amount)[-3:] if self.chance.random() < 0.5]
        rows = {item: (minor, minor) for item, minor in fresh.items()}
        rows |= {item: (amount[item], max(now[item] - self.chance.choice((0, 0, 0, 100)), 0)) for item in known}
        frame = _invoice_rows(rows, self.today)
        self.do(lambda connection: upsert_invoices(connection, frame, self.night()))
        self.model.issue(fresh)

    def bank_sends(self) -> None:
        """A file with new lines, perhaps with some of the last file's; perhaps the very same file twice."""
        fresh = [self._line(n) for n in range(self.chance.randrange(2, 7))]
        if self.chance.random() < 0.15 and fresh[0].amount_minor > 0:
            fresh.append(fresh[0])  # twins: two real, identical rows
        told = [line for line in self.sent if line.amount_minor > 0 and not line.pending]
        if told and self.chance.random() < 0.2:  # a payment of an earlier file under another bank id
            fresh.append(dataclasses.replace(self.chance.choice(told), bank_id=f"{self.today:%m%d}-again"))
        overlap = self.sent[-self.chance.randrange(0, 4) :] if self.chance.random() < 0.4 else []
        self.files += 1
        for _ in range(self.chance.choice((1, 1, 2))):
            self._import([*overlap, *fresh])
        for line in fresh:
            if not line.pending:
                self.model.arrive(self.next_line, line.amount_minor)
                self.lines[self.next_line] = Line(self.files, self.meant.get(line.bank_id, 0))
            self.next_line += 1
        self.sent = [*overlap, *fresh]

    def close_month(self) -> None:
        """Close what is two weeks old."""
        through = self.today - timedelta(days=14)
        if through > self.closed:
            self.do(lambda c: close_period(c, "main", through, Author("cfo", self.moment())), repeatable=False)
            self.closed = through

    def compare(self) -> None:
        """Books against model, then the books against themselves. Raises WrongBooksError."""
        model = self.model
        said = {int(number[1:]): minor for number, minor in self.rows("SELECT number, open_minor FROM open_item")}
        self._same("open amounts", said, model.open)
        rows = self.rows("SELECT id, state FROM bank_line WHERE state <> 'pending'")
        self._same("lines", {line: _STATES.get(state, PLACED) for line, state in rows}, model.states())
        held = {row[0]: int(row[1]) for row in self.rows(_ON_ACCOUNT) if row[1]}
        self._same("money on account", held, {who: minor for who, minor in model.account.items() if minor})
        sums = {row[0]: int(row[1]) for row in self.rows(_BALANCES) if row[1]}
        told = {"bank": sum(minor for line, minor in model.lines.items() if model.state[line] != OUT)}
        told |= {"discount_allowed": model.sum_of(DISCOUNT), "fx_gain_loss": -model.sum_of(GAIN)}
        self._same("ledger accounts", sums, {account: minor for account, minor in told.items() if minor})
        for sql, wrong in ((_LATE, "was booked into a closed period"), (_AGAINST_A_PERSON, "placed what was rejected")):
            for row in self.rows(sql)[:1]:
                raise WrongBooksError(f"entry {row[0]} {wrong}")
        for finding in verify(self.url).findings[:1]:
            raise WrongBooksError(f"{finding.name}: {finding.what}")

    def note(self, entry_id: int, what: Event) -> None:
        """Let the model follow what the books did."""
        self.model.carry_out(what)
        self.booked[entry_id] = what

    def do(self, work: Callable[[Any], Any], *, repeatable: bool = True) -> list[Any]:
        """Run one transaction; now and then cut it at a random statement first, as a power failure would.

        Returns the answers of the runs that ended: two where the cut came too late and the work is repeatable.
        """
        answers = []
        if self.chance.random() < 0.06:
            with self._cut(self.chance.randrange(1, 14)):
                try:
                    with self.store.write() as connection:
                        answers.append(work(connection))
                except Cut:
                    pass
        if not answers or repeatable:
            with self.store.write() as connection:
                answers.append(work(connection))
        return answers

    def night(self) -> Author:
        """Return the night as it writes now."""
        return Author("night", self.moment())

    def moment(self) -> datetime:
        """Return the next instant of this day."""
        self.ticks += 1
        evening = datetime(self.today.year, self.today.month, self.today.day, 20, tzinfo=UTC)
        return evening + timedelta(milliseconds=self.ticks)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query."""
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def item_id(self, item: int) -> int:
        """Return the id of an invoice."""
        if item not in self.item_ids:
            self.item_ids = {int(number[1:]): key for number, key in self.rows("SELECT number, id FROM open_item")}
        return self.item_ids[item]

    def _line(self, n: int) -> StatementLine:
        pending = self.chance.random() < 0.05
        booked_on = self.today - timedelta(days=self.chance.choice((0, 0, 0, 30)))  # some lines come a month late
        bank_id = f"{self.today:%m%d}-{n}"
        minor = self._taken_back(bank_id) if self.chance.random() < 0.25 else self._paid()
        return StatementLine(
            minor, "EUR", booked_on, n, 90 * n, bank_id=bank_id, payer=f"P{minor % 7}", pending=pending
        )

    def _paid(self) -> int:
        """Mostly what an invoice is open for."""
        payable = [minor for minor in self.model.open.values() if minor > 0]
        return self.chance.choice(payable) if payable and self.chance.random() < 0.6 else self._any_amount(30)

    def _taken_back(self, bank_id: str) -> int:
        """A deposit comes back: whole, in part, or with a charge; a batch more often than others."""
        states = self.model.states()
        placed = [line for line, minor in self.model.lines.items() if minor > 0 and states[line] == PLACED]
        batches = [line for line in placed if len(self.model.shares_of(line)) > 1]
        if not placed:
            return self._paid()
        deposit = self.meant[bank_id] = self.chance.choice(self.chance.choice((placed, batches or placed)))
        minor = self.model.lines[deposit]
        held = [*self.model.cash_of(deposit).values(), *self.model.shares_of(deposit).values()]
        parts = [part for part in held if part > 0]
        return -self.chance.choice((minor, minor + 100, minor - self.model.taken[deposit], self._any_amount(6), *parts))

    def _any_amount(self, below: int) -> int:
        return self.chance.randrange(1, below) * 100

    def _import(self, lines: list[StatementLine]) -> None:
        told = [f"{line.bank_id}/{line.amount_minor}/{line.pending}" for line in lines]
        marks = [hashlib.sha256(each.encode()).hexdigest() for each in told]
        identities = [[(mark, marks[: n + 1].count(mark)) for n, mark in enumerate(marks)]]
        reading = Reading("ofx1", (Statement("DE00", "EUR", tuple(lines), Proof.UNVERIFIABLE, ""),), ())
        name = f"{self.today}-{self.files}"
        source = SourceFile(name, hashlib.sha256(name.encode()).hexdigest(), 1)
        accounts = [BankAccount("giro", "main", "EUR", "DE00")]
        self.do(lambda c: import_reading(c, reading, source, accounts, identities, self.night()))

    @staticmethod
    def _same(what: str, books: dict[Any, Any], model: dict[Any, Any]) -> None:
        if books != model:
            differ = {
                key: (books.get(key), model.get(key)) for key in books | model if books.get(key) != model.get(key)
            }
            raise WrongBooksError(f"{what} differ (books, model): {differ}")

    @contextmanager
    def _cut(self, at: int) -> Iterator[None]:
        seen = 0

        def before(*_: object) -> None:
            nonlocal seen
            seen += 1
            if seen == at:
                raise Cut

        event.listen(self.store.engine, "before_cursor_execute", before)
        try:
            yield
        finally:
            event.remove(self.store.engine, "before_cursor_execute", before)


def is_foreign(item: int) -> bool:
    """Tell whether the invoice is in dollars; the bank account is in euros."""
    return item % 5 == 0


def customer_of(item: int) -> int:
    """Return the id of the customer of an invoice."""
    return item % CUSTOMERS + 1


def _invoice_rows(rows: dict[int, tuple[int, int]], today: date) -> InvoiceRows:
    """Return rows of amount and open amount by item."""
    count = len(rows)
    blank = [column.name for column in dataclasses.fields(InvoiceRows)]
    named: dict[str, Any] = dict.fromkeys(blank, texts([""] * count))
    named |= {
        "company": texts(["main"] * count), "customer_code": texts([f"C{item % CUSTOMERS}" for item in rows]),
        "number": texts([f"I{item}" for item in rows]), "kind": texts(["invoice"] * count),
        "currency": texts(["USD" if is_foreign(item) else "EUR" for item in rows]),
        "issue_day": np.full(count, day_number(today), dtype=np.int32),
        "due_day": np.full(count, day_number(today) + 30, dtype=np.int32),
        "amount_minor": np.array([minor for minor, _ in rows.values()], dtype=np.int64),
        "open_minor": np.array([minor for _, minor in rows.values()], dtype=np.int64),
    }  # fmt: skip
    return InvoiceRows(**named)


_ON_ACCOUNT = "SELECT customer_id, -sum(amount_minor) FROM posting WHERE account = 'on_account' GROUP BY customer_id"
_BALANCES = """
SELECT account, sum(amount_minor) FROM posting
WHERE account IN ('bank', 'discount_allowed', 'fx_gain_loss') GROUP BY account
"""
_LATE = """
SELECT e.id FROM entry AS e JOIN period_close AS p ON e.recorded_at > p.at AND e.company = p.company
WHERE e.booked_on <= p.closed_through
"""
_AGAINST_A_PERSON = """
SELECT e.id FROM entry AS e
WHERE e.actor = 'night' AND e.kind IN ('apply', 'on_account', 'set_aside') AND EXISTS (
    SELECT 1 FROM audit AS a JOIN review_item AS r ON a.subject = 'review_item:' || r.id
    WHERE r.subject_id = e.bank_line_id AND a.action = 'review_reject' AND a.at < e.recorded_at)
"""
