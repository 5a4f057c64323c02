"""Simulated years of a small company: a virtual clock, a bank that repeats itself, reviewers, crashes; seeds replay.

    python -m bench.simulate --years 50               years of random events against a model of plain integers
    python -m bench.simulate --seed 17 --years 1      replay one year
    python -m bench.simulate --bugs                   plant bugs one by one; each must be found

Every night the bank sends a file (sometimes again, sometimes overlapping, sometimes with twins and pending lines),
matching decides (sometimes wrongly: two deposits for one invoice), reviewers act (sometimes two on one item), entries
are undone, the accounting system re-imports, months are closed, and the program is cut off in the middle. The model
knows what must be open and where each line must be; `recon verify` knows the rest.

Room: shell.
"""

import argparse
import dataclasses
import hashlib
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import event, text

from bench import planted
from recon.errors import Conflict, NotAllowed
from recon.frames import CustomerRows, InvoiceRows, day_number, texts
from recon.ledger import CashLine, apply_deposit
from recon.model import Action, Allocation, Entry, Proof, Proposal, Reading, Statement, StatementLine
from recon.review import Act, Decision
from recon.store import review
from recon.store.bank_accounts import BankAccount
from recon.store.books import close_period, post, undo
from recon.store.chain import Author
from recon.store.engine import Store, open_store
from recon.store.imports import import_reading
from recon.store.proposals import save_decisions
from recon.store.receivables import upsert_customers, upsert_invoices
from recon.store.review import list_items, wake_snoozed
from recon.store.source_files import SourceFile
from recon.store.upgrade import upgrade
from recon.verify import verify

CUSTOMERS = 6
NIGHTS = 52  # a year has a night a week here: what matters is the events, not their dates
WAITING, PLACED, RETURNED = "waiting", "placed", "returned"


class Cut(BaseException):
    """The program is no more."""


class WrongBooksError(AssertionError):
    """Books and model disagree."""


@dataclasses.dataclass
class Line:
    """A bank line in the model."""

    id: int
    minor: int
    state: str = WAITING
    item: int | None = None
    settled: int = 0
    by_hand: bool = False


class Year:
    """One company for one year, from one seed."""

    def __init__(self, url: str, seed: int) -> None:
        self.url = url
        self.store: Store = open_store(url)
        self.chance = random.Random(seed)
        self.today = date(2026, 1, 5)
        self.amount: dict[int, int] = {}
        self.open: dict[int, int] = {}
        self.lines: dict[int, Line] = {}
        self.sent: list[StatementLine] = []
        self.entries: dict[int, int] = {}  # live entry of a line
        self.next_line = 1
        self.files = 0
        self.closed = date.min

    def run(self) -> None:
        """Live the year; raises WrongBooksError, or whatever breaks."""
        self._customers()
        for night in range(NIGHTS):
            self._invoices()
            self._bank()
            self._decide()
            self._review()
            if self.chance.random() < 0.3:
                self._undo()
            self._intrude()
            if night % 4 == 3:
                self._close_month()
                self._compare()
            self.today += timedelta(days=7)
        self._compare()
        self.store.close()

    def _customers(self) -> None:
        codes = [f"C{n}" for n in range(CUSTOMERS)]
        blank = [column.name for column in dataclasses.fields(CustomerRows)]
        named: dict[str, Any] = dict.fromkeys(blank, texts([""] * CUSTOMERS))
        named |= {"company": texts(["main"] * CUSTOMERS), "code": texts(codes), "name": texts(codes)}
        named["consumer"] = np.zeros(CUSTOMERS, dtype=np.bool_)
        self._do(lambda connection: upsert_customers(connection, CustomerRows(**named), self._night()))

    def _invoices(self) -> None:
        """New invoices, and the last ones again: with our open amount, with theirs, or changed behind our back."""
        first = len(self.amount) + 1
        fresh = {first + n: self.chance.randrange(5, 40) * 100 for n in range(self.chance.randrange(1, 4))}
        known = [item for item in list(self.amount)[-3:] if self.chance.random() < 0.5]
        told = {item: max(self.open[item] - self.chance.choice((0, 0, 0, 100)), 0) for item in known}
        rows = {
            **{item: (minor, minor) for item, minor in fresh.items()},
            **{i: (self.amount[i], told[i]) for i in known},
        }
        if not rows:
            return
        count = len(rows)
        named: dict[str, Any] = dict.fromkeys(
            [column.name for column in dataclasses.fields(InvoiceRows)], texts([""] * count)
        )
        named |= {
            "company": texts(["main"] * count), "customer_code": texts([f"C{item % CUSTOMERS}" for item in rows]),
            "number": texts([f"I{item}" for item in rows]), "kind": texts(["invoice"] * count),
            "currency": texts(["EUR"] * count), "issue_day": np.full(count, day_number(self.today), dtype=np.int32),
            "due_day": np.full(count, day_number(self.today) + 30, dtype=np.int32),
            "amount_minor": np.array([minor for minor, _ in rows.values()], dtype=np.int64),
            "open_minor": np.array([minor for _, minor in rows.values()], dtype=np.int64),
        }  # fmt: skip
        frame = InvoiceRows(**named)
        self._do(lambda connection: upsert_invoices(connection, frame, self._night()))
        self.amount |= fresh
        self.open |= fresh

    def _bank(self) -> None:
        """A file with new lines, perhaps with some of the last file's; perhaps the very same file twice."""
        fresh = [self._line(n) for n in range(self.chance.randrange(2, 7))]
        if self.chance.random() < 0.15 and fresh[0].amount_minor > 0:
            fresh.append(fresh[0])  # twins: two real, identical rows
        overlap = self.sent[-self.chance.randrange(0, 4) :] if self.chance.random() < 0.4 else []
        self.files += 1
        for _ in range(self.chance.choice((1, 1, 2))):
            self._import([*overlap, *fresh])
        for line in fresh:
            if not line.pending:
                self.lines[self.next_line] = Line(self.next_line, line.amount_minor)
            self.next_line += 1
        self.sent = [*overlap, *fresh]

    def _line(self, n: int) -> StatementLine:
        payable = [item for item, minor in self.open.items() if minor > 0]
        minor = self.chance.randrange(1, 30) * 100
        if payable and self.chance.random() < 0.7:
            minor = self.open[self.chance.choice(payable)]
        placed = [line for line in self.lines.values() if line.state == PLACED and line.minor > 0]
        if placed and self.chance.random() < 0.15:
            minor = -self.chance.choice(placed).minor
        pending = self.chance.random() < 0.05
        bank_id = f"{self.today:%m%d}-{n}"
        booked_on = self.today - timedelta(days=self.chance.choice((0, 0, 0, 30)))  # some lines come a month late
        return StatementLine(
            minor, "EUR", booked_on, n, 90 * n, bank_id=bank_id, payer=f"P{minor % 7}", pending=pending
        )

    def _import(self, lines: list[StatementLine]) -> None:
        marks = [
            hashlib.sha256(f"{line.bank_id}/{line.amount_minor}/{line.pending}".encode()).hexdigest() for line in lines
        ]
        identities = [[(mark, marks[: n + 1].count(mark)) for n, mark in enumerate(marks)]]
        statement = Statement("DE00", "EUR", tuple(lines), Proof.UNVERIFIABLE, "")
        name = f"{self.today}-{self.files}"
        source = SourceFile(name, hashlib.sha256(name.encode()).hexdigest(), 1)
        accounts = [BankAccount("giro", "main", "EUR", "DE00")]
        reading = Reading("ofx1", (statement,), ())
        self._do(lambda c: import_reading(c, reading, source, accounts, identities, self._night()))

    def _decide(self) -> None:
        """Matching is sure of some, asks for others, and claims one invoice twice when two deposits fit it."""
        proposals = [self._proposal(line) for line in self.lines.values() if line.state == WAITING]
        self._do(lambda c: save_decisions(c, proposals, self._night(), self.today), repeatable=True)
        for proposal in proposals:
            line = self.lines[proposal.bank_line_id]
            if proposal.action is not Action.REVIEW and not line.by_hand:
                self._expect_placed(line, proposal)

    def _proposal(self, line: Line) -> Proposal:
        if line.minor < 0:
            originals = [o for o in self.lines.values() if o.minor == -line.minor and o.state == PLACED]
            if originals:
                return Proposal(line.id, 1, Action.POST, 0.99, "return", (), reverses_line_id=originals[0].id)
            return Proposal(line.id, 1, Action.SET_ASIDE, 0.99, "charge", (), set_aside_name="bank_charges")
        fitting = [item for item, minor in self.open.items() if minor == line.minor]
        if fitting and self.chance.random() < 0.8:
            return Proposal(line.id, 1, Action.POST, 0.99, "exact", (self._pays(fitting[0], line.minor),))
        discounted = [item for item, minor in self.open.items() if minor == line.minor + 100]
        if discounted and self.chance.random() < 0.5:
            one = self._pays(discounted[0], line.minor, discount_minor=100)
            return Proposal(line.id, 1, Action.POST, 0.99, "discount", (one,))
        larger = [item for item, minor in self.open.items() if minor > line.minor]
        suggested = (self._pays(larger[0], line.minor),) if larger else ()
        return Proposal(line.id, 1, Action.REVIEW, 0.5, "partial", suggested)

    def _pays(self, item: int, minor: int, **beside: int) -> Allocation:
        return Allocation(self._item_id(item), self._customer_id(item), minor, **beside)

    def _expect_placed(self, line: Line, proposal: Proposal) -> None:
        """The model's own rule: a line is placed when it waits and its invoice is still open for that much."""
        if proposal.reverses_line_id is not None:
            original = self.lines[proposal.reverses_line_id]
            if original.state == PLACED:
                self._returned(line, original)
            return
        for allocation in proposal.allocations:
            item = self._number(allocation.open_item_id)
            if self.open[item] < allocation.settled_minor:
                return
            self.open[item] -= allocation.settled_minor
            line.item, line.settled = item, allocation.settled_minor
        line.state = PLACED

    def _returned(self, back: Line, original: Line) -> None:
        if original.item is not None:
            self.open[original.item] += original.settled
        original.item, original.settled = None, 0
        original.state = back.state = RETURNED

    def _review(self) -> None:
        """Reviewers take some of what waits; the second of two who accept the same is told so."""
        with self.store.read() as connection:
            wake = list_items(connection, limit=3, kind="deposit")
        for item in wake:
            line = self.lines[item.subject_id]
            choice = self.chance.random()
            if line.minor > 0 and choice < 0.4:
                self._accept(item.id, item.version, line)
            elif choice < 0.6:
                self._act(item.id, item.version, Decision(Act.SET_ASIDE, set_aside_name="other"))
                line.state = PLACED
            elif choice < 0.7:
                self._act(item.id, item.version, Decision(Act.REJECT))
                line.by_hand = True
            elif choice < 0.8:
                self._act(item.id, item.version, Decision(Act.SNOOZE, until=self.today + timedelta(days=7)))
        self._do(lambda c: wake_snoozed(c, self.today))

    def _accept(self, item_id: int, version: int, line: Line) -> None:
        payable = [item for item, minor in self.open.items() if minor >= line.minor]
        if not payable:
            return
        item = self.chance.choice(payable)
        decision = Decision(Act.APPLY, allocations=(self._pays(item, line.minor),))
        self._act(item_id, version, decision)
        line.state, line.item, line.settled = PLACED, item, line.minor
        self.open[item] -= line.minor

    def _act(self, item_id: int, version: int, decision: Decision) -> None:
        """Act as one reviewer; then another, who saw the item as it was, tries the same and must be told."""
        if self.chance.random() < 0.2:
            self._as("ben", item_id, version, Decision(Act.CLAIM))
            version += 1
            self._must_conflict(lambda: self._as("ada", item_id, version, decision), "two work on one item")
            self._as("ben", item_id, version, Decision(Act.RELEASE))
            version += 1
        self._as("ada", item_id, version, decision)
        self._must_conflict(lambda: self._as("ben", item_id, version, decision), "a stale version was accepted")

    def _as(self, actor: str, item_id: int, version: int, decision: Decision) -> None:
        author = Author(actor, self._moment())
        self._do(lambda c: review.act(c, item_id, version, decision, author, self.today), repeatable=False)

    def _must_conflict(self, work: Callable[[], object], wrong: str) -> None:
        try:
            work()
        except Conflict:
            return
        raise WrongBooksError(wrong)

    def _intrude(self) -> None:
        """Another program tries what the books must refuse: to place a placed line, to write into a closed month."""
        placed = [line for line in self.lines.values() if line.state == PLACED and line.minor > 0]
        waiting = [line for line in self.lines.values() if line.state == WAITING]
        for lines, day, wrong in (
            (placed, self.today, "a placed line was placed again"),
            (waiting, self.closed, "a closed month took an entry"),
        ):
            if lines and day > date.min:
                line = self.chance.choice(lines)
                cash = CashLine(line.id, "main", "EUR", line.minor)
                entry = apply_deposit(cash, (Allocation(None, 1, line.minor),), day)
                self._must_conflict(lambda entry=entry: self._post(entry), wrong)  # type: ignore[misc]

    def _post(self, entry: Entry) -> None:
        self._do(lambda c: post(c, [entry], self._night()), repeatable=False)

    def _undo(self) -> None:
        line = self.chance.choice(list(self.lines.values()))
        expected = line.state == PLACED or (line.state == RETURNED and line.minor < 0)
        try:
            self._do(
                lambda c: undo(c, f"D{line.id}", Author("ben", self._moment()), self.today, "wrong"), repeatable=False
            )
        except NotAllowed:
            if line.state == PLACED:
                raise WrongBooksError(f"line {line.id} is placed and cannot be undone") from None
            return
        if line.state == PLACED:
            if line.item is not None:
                self.open[line.item] += line.settled
            line.state, line.item, line.settled, line.by_hand = WAITING, None, 0, True
        elif not expected:
            self._resync()
        else:
            self._resync()

    def _resync(self) -> None:
        """After the undo of a return the model reads where both lines are; amounts are still its own."""
        rows = self._rows("SELECT id, state, by_hand FROM bank_line")
        for line_id, state, by_hand in rows:
            if line_id in self.lines:
                self.lines[line_id].state = _STATES.get(state, PLACED)
                self.lines[line_id].by_hand = bool(by_hand)
        applied = self._rows(
            "SELECT bank_line_id, open_item_id, -sum(amount_minor) FROM posting WHERE account = 'receivable'"
            " AND bank_line_id IS NOT NULL GROUP BY bank_line_id, open_item_id HAVING sum(amount_minor) <> 0"
        )
        for line in self.lines.values():
            line.item, line.settled = None, 0
        for line_id, item_id, settled in applied:
            self.lines[line_id].item, self.lines[line_id].settled = self._number(item_id), settled
        self.open = {item: minor - self._settled(item) for item, minor in self.amount.items()}

    def _settled(self, item: int) -> int:
        return sum(line.settled for line in self.lines.values() if line.item == item)

    def _close_month(self) -> None:
        through = self.today - timedelta(days=14)
        if through > self.closed:
            self._do(lambda c: close_period(c, "main", through, Author("cfo", self._moment())), repeatable=False)
            self.closed = through

    def _compare(self) -> None:
        """Books against model, then the books against themselves."""
        said = {self._number(item): minor for item, minor in self._rows("SELECT id, open_minor FROM open_item")}
        if said != self.open:
            wrong = {item: (minor, self.open.get(item)) for item, minor in said.items() if minor != self.open.get(item)}
            raise WrongBooksError(f"open amounts differ (books, model): {wrong}")
        rows = self._rows("SELECT id, state FROM bank_line WHERE state <> 'pending'")
        states = {line_id: _STATES.get(state, PLACED) for line_id, state in rows}
        if states != {line.id: line.state for line in self.lines.values()}:
            raise WrongBooksError("states of lines differ")
        booked = self._rows("SELECT coalesce(sum(amount_minor), 0) FROM posting WHERE account = 'bank'")[0][0]
        if booked != sum(line.minor for line in self.lines.values()):
            raise WrongBooksError("the bank differs")
        late = self._rows(_LATE)
        if late:
            raise WrongBooksError(f"entry {late[0][0]} was booked into a closed period")
        hand = self._rows(_AGAINST_A_PERSON)
        if hand:
            raise WrongBooksError(f"entry {hand[0][0]} placed what a person had rejected")
        findings = verify(self.url).findings
        if findings:
            raise WrongBooksError(f"{findings[0].name}: {findings[0].what}")

    def _do(self, work: Callable[[Any], object], *, repeatable: bool = True) -> None:
        """Run one transaction; now and then cut it at a random statement first, as a power failure would."""
        if self.chance.random() < 0.06:
            with self._cut(self.chance.randrange(1, 14)):
                try:
                    with self.store.write() as connection:
                        work(connection)
                    if not repeatable:
                        return
                except Cut:
                    pass
        with self.store.write() as connection:
            work(connection)

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

    def _night(self) -> Author:
        return Author("night", self._moment())

    def _moment(self) -> datetime:
        self.ticks = getattr(self, "ticks", 0) + 1
        return datetime(self.today.year, self.today.month, self.today.day, 20, tzinfo=UTC) + timedelta(
            milliseconds=self.ticks
        )

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.store.read() as connection:
            return [tuple(row) for row in connection.execute(text(sql))]

    def _item_id(self, item: int) -> int:
        if not hasattr(self, "item_ids") or item not in self.item_ids:
            self.item_ids = {
                int(number[1:]): item_id for number, item_id in self._rows("SELECT number, id FROM open_item")
            }
            self.numbers = {item_id: number for number, item_id in self.item_ids.items()}
        return self.item_ids[item]

    def _number(self, item_id: int | None) -> int:
        if not hasattr(self, "numbers") or item_id not in self.numbers:
            self._item_id(max(self.amount))
        return self.numbers[item_id or 0]

    def _customer_id(self, item: int) -> int:
        return item % CUSTOMERS + 1


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
_STATES = {"new": WAITING, "in_review": WAITING, "returned": RETURNED}


def main() -> int:
    """Simulate, or plant bugs; 1 when a year went wrong or a bug was not found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bugs", action="store_true", help="plant bugs instead, a few years for each")
    given = parser.parse_args()
    shared = Path("/dev/shm")  # memory where there is some: syncing costs nothing there
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None, prefix="recon-sim-") as folder:
        template = Path(folder) / "template.db"
        upgrade(f"sqlite:///{template}")
        if given.bugs:
            return _find_bugs(template)
        wrong = []
        for done, seed in enumerate(range(given.seed, given.seed + given.years), start=1):
            wrong += [] if _lives(template, seed, show=True) else [seed]
            if done % 20 == 0:
                print(f"{done} years, {len(wrong)} wrong", file=sys.stderr, flush=True)
    print(f"{given.years} simulated years, {len(wrong)} went wrong{': seeds ' + str(wrong) if wrong else ''}")
    return int(bool(wrong))


def _find_bugs(template: Path, years: int = 12) -> int:
    healthy = [seed for seed in range(1, years + 1) if _lives(template, seed, show=True)]
    if len(healthy) < years:
        print("years go wrong without any bug planted: mend that first")
        return 1
    missed = []
    for bug in planted.BUGS:
        with bug.planted():
            found = next((seed for seed in range(1, years + 1) if not _lives(template, seed, show=False)), None)
        print(f"{'found in year ' + str(found) if found else 'NOT FOUND':18} {bug.name}")
        missed += [] if found else [bug.name]
    print(f"{len(planted.BUGS)} planted bugs, {len(missed)} not found")
    return int(bool(missed))


def _lives(template: Path, seed: int, *, show: bool) -> bool:
    path = template.with_name(f"year{seed}.db")
    shutil.copy(template, path)
    year = Year(f"sqlite:///{path}", seed)
    try:
        year.run()
    except Exception as error:  # noqa: BLE001 - whatever it is, the year went wrong
        if show:
            print(f"seed {seed}, {year.today}: {error!r}"[:400])
        return False
    finally:
        year.store.close()
        for left in path.parent.glob(path.name + "*"):
            left.unlink()
    return True


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
