"""What new entries stand on, read once per batch: open amounts, states of lines, balances of customers, closed periods.

The writer's lock is held while this is read and used, so what is found here is still true at commit. An entry that the
books do not allow is refused with a reason; the others of the batch are not hurt by it.

Room: store.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, text

from recon.errors import BrokenInvariant, ensure
from recon.ledger import (
    BANK,
    BESIDE,
    CREDIT_ONLY,
    DEBIT_ONLY,
    PLACES,
    RECEIVABLE,
    RETURNED,
    UNIDENTIFIED,
    WAITING,
    placed_state,
)
from recon.model import Entry, LineState, Posting
from recon.money import format_minor
from recon.store.bulk import fetch_in

WITHDRAWS = frozenset(("correction", "duplicate"))  # kinds of entry that take a line out of the books
Place = tuple[str, str, int | None, int | None]  # account, currency, customer, open item
Balance = tuple[str, str, str, int]  # account, company, currency, customer
_ONE_SIDED = frozenset((*CREDIT_ONLY, *DEBIT_ONLY))
_BESIDE = "account IN ('prepayments', 'refunds_payable', 'deductions')"  # word for word the partial index


@dataclass(slots=True)
class OpenAmount:
    """An open item while a batch is checked."""

    customer_id: int
    currency: str
    amount_minor: int
    open_minor: int
    number: str


@dataclass(slots=True)
class LineNow:
    """A bank line while a batch is checked."""

    company: str
    currency: str
    amount_minor: int
    state: LineState


@dataclass(frozen=True, slots=True)
class Moves:
    """What an entry does: to open items, signed as their open amount, to balances of customers that may not change
    side, and which bank lines' placement it moves.
    """

    items: dict[int, int]
    customers: dict[Balance, int]
    lines: set[int]


@dataclass(slots=True)
class Ground:
    """The state that entries are checked against and then move."""

    items: dict[int, OpenAmount] = field(default_factory=dict)
    lines: dict[int, LineNow] = field(default_factory=dict)
    line_balances: dict[int, dict[Place, int]] = field(default_factory=dict)
    customers: dict[Balance, int] = field(default_factory=dict)
    closed_through: dict[str, str] = field(default_factory=dict)
    reversed_ids: set[int] = field(default_factory=set)
    item_deltas: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    new_states: dict[int, LineState] = field(default_factory=dict)

    def refusal(self, entry: Entry, moves: Moves) -> str:
        """Say why the books do not allow the entry, or return "" when they do."""
        if entry.booked_on.isoformat() <= self.closed_through.get(entry.company, ""):
            return f"the books of {entry.company} are closed through {self.closed_through[entry.company]}"
        if entry.reverses_id is not None and entry.reverses_id in self.reversed_ids:
            return f"entry {entry.reverses_id} is already undone"
        return self._line_refusal(entry, moves) or self._item_refusal(moves) or self._customer_refusal(moves)

    def take(self, entry: Entry, moves: Moves) -> None:
        """Move the state by an entry that was not refused."""
        for item_id, delta in moves.items.items():
            self.items[item_id].open_minor += delta
            self.item_deltas[item_id] += delta
        for key, delta in moves.customers.items():
            self.customers[key] = self.customers.get(key, 0) + delta
        for line_id, state in self._states_after(entry, moves).items():
            self.lines[line_id].state = state
            self.new_states[line_id] = state
        for line_id in moves.lines & self.line_balances.keys():
            _add(self.line_balances[line_id], line_id, entry)
        if entry.reverses_id is not None:
            self.reversed_ids.add(entry.reverses_id)

    def _line_refusal(self, entry: Entry, moves: Moves) -> str:
        if entry.kind in PLACES and entry.bank_line_id is not None:
            line = self.lines[entry.bank_line_id]
            ensure((line.company, line.currency) == (entry.company, entry.postings[0].currency), "line of another book")
            if line.state in WAITING:
                return ""
            return f"line {entry.bank_line_id} is already {line.state.value.replace('_', ' ')}"
        for line_id in moves.lines:
            if not self._is_whole(line_id, entry):
                return f"line {line_id} is {self.lines[line_id].state.value.replace('_', ' ')} and does not allow this"
        return ""

    def _is_whole(self, line_id: int, entry: Entry) -> bool:
        """A line waits with all of its amount, is placed with all of it, or is out (returned): never in between."""
        line = self.lines[line_id]
        if line.state is LineState.PENDING or (line.state is LineState.SUPERSEDED and not _brings_back(line_id, entry)):
            return False
        balances = {place: minor for place, minor in self._after(line_id, entry).items() if minor}
        unidentified = balances.pop((UNIDENTIFIED, line.currency, None, None), 0)
        if not balances:
            return unidentified in (0, -line.amount_minor)
        # What was set aside has no limit of its own: without this a second return would rewind it once more.
        placed = sum(minor for (_, currency, *_), minor in balances.items() if currency == line.currency)
        is_placed = unidentified == 0 and placed == -line.amount_minor
        return is_placed and not self._rewinds_others(line_id, entry, balances)

    def _rewinds_others(self, line_id: int, entry: Entry, balances: dict[Place, int]) -> bool:
        """A part is taken back of what the deposit settles now: a return that is done again may find it elsewhere."""
        if self.lines[line_id].amount_minor < 0 or not any(place[0] == RETURNED for place in balances):
            return False
        return any(
            self._rewinds_another(p, balances.get((p.account, p.currency, p.customer_id, p.open_item_id), 0))
            for p in entry.postings
            if p.bank_line_id == line_id
        )

    def _rewinds_another(self, p: Posting, after: int) -> bool:
        if p.account == RECEIVABLE and p.open_item_id is not None:
            return after * self.items[p.open_item_id].amount_minor > 0
        return (p.account in CREDIT_ONLY and after > 0) or (p.account in BESIDE and after < 0 > p.amount_minor)

    def _states_after(self, entry: Entry, moves: Moves) -> dict[int, LineState]:
        if entry.kind in PLACES and entry.bank_line_id is not None:
            return {entry.bank_line_id: PLACES[entry.kind]}
        states = {}
        for line_id in moves.lines:
            balances: dict[str, int] = defaultdict(int)
            for (account, *_), minor in self._after(line_id, entry).items():
                balances[account] += abs(minor)
            is_out = entry.kind in WITHDRAWS or _takes_out(self.lines[line_id].amount_minor, line_id, entry)
            states[line_id] = LineState.SUPERSEDED if is_out else placed_state(balances)
        return states

    def _after(self, line_id: int, entry: Entry) -> dict[Place, int]:
        balances = dict(self.line_balances.get(line_id, {}))
        _add(balances, line_id, entry)
        return balances

    def _item_refusal(self, moves: Moves) -> str:
        for item_id, delta in moves.items.items():
            item = self.items[item_id]
            after = item.open_minor + delta
            if after and (after > 0) != (item.amount_minor > 0):
                opened, taken = (format_minor(abs(one), item.currency) for one in (item.open_minor, delta))
                return f"{item.number} is open for {opened} {item.currency}, less than {taken}"
            if abs(after) > abs(item.amount_minor):
                return f"{item.number} would be open for more than its amount"
        return ""

    def _customer_refusal(self, moves: Moves) -> str:
        for key, delta in moves.customers.items():
            after = self.customers.get(key, 0) + delta
            account = key[0]
            if (account in CREDIT_ONLY and after > 0 < delta) or (account in DEBIT_ONLY and after < 0 > delta):
                held, taken = (format_minor(abs(one), key[2]) for one in (after - delta, delta))
                return f"the customer has {held} {key[2]} {account.replace('_', ' ')}, less than {taken}"
        return ""


def load_ground(connection: Connection, entries: Sequence[Entry], moves: Sequence[Moves]) -> Ground:
    """Read what these entries, with their moves, stand on.

    Raises BrokenInvariant when they name an item of other books, or one that is not there.
    """
    ground = Ground(closed_through=closed_periods(connection))
    _load_items(connection, ground, set().union(*(each.items for each in moves)))
    placed = {entry.bank_line_id for entry in entries if entry.kind in PLACES and entry.bank_line_id is not None}
    complex_lines = set().union(
        *(each.lines for entry, each in zip(entries, moves, strict=True) if entry.kind not in PLACES)
    )
    _load_lines(connection, ground, placed | complex_lines)
    _load_line_balances(connection, ground, complex_lines)
    _load_customers(connection, ground, set().union(*(each.customers for each in moves)))
    reversed_ids = {entry.reverses_id for entry in entries} - {None}
    sql = "SELECT reverses_id FROM entry WHERE reverses_id IN :values"
    ground.reversed_ids = {row[0] for row in fetch_in(connection, sql, reversed_ids)}
    for entry in entries:
        _require_same_books(ground, entry)
    return ground


def closed_periods(connection: Connection) -> dict[str, str]:
    """Return the last closed day of each company that closed any; "" after reopening everything."""
    sql = "SELECT company, closed_through FROM period_close ORDER BY id"
    return {row[0]: row[1] for row in connection.execute(text(sql))}


def moves_of(entry: Entry) -> Moves:
    """Return what the entry does to what it stands on."""
    moves = Moves({}, {}, set())
    for p in entry.postings:
        if p.bank_line_id is not None and p.account != BANK:
            moves.lines.add(p.bank_line_id)
        if p.account == RECEIVABLE:
            if p.open_item_id is not None:
                moves.items[p.open_item_id] = moves.items.get(p.open_item_id, 0) + p.amount_minor
        elif p.account in _ONE_SIDED:
            ensure(p.customer_id is not None, f"{p.account} without a customer")
            key = (p.account, entry.company, p.currency, p.customer_id or 0)
            moves.customers[key] = moves.customers.get(key, 0) + p.amount_minor
    return moves


def _brings_back(line_id: int, entry: Entry) -> bool:
    """Only what takes a line out books its bank side, and of that only a person's verdict can be undone."""
    return entry.kind == "undo" and any(p.account == BANK and p.bank_line_id == line_id for p in entry.postings)


def _takes_out(amount_minor: int, line_id: int, entry: Entry) -> bool:
    """Tell whether the line leaves the books: a verdict, or the undoing of its undoing, books the bank side back."""
    return any(
        p.account == BANK and p.bank_line_id == line_id and p.amount_minor * amount_minor < 0 for p in entry.postings
    )


def _add(balances: dict[Place, int], line_id: int, entry: Entry) -> None:
    for p in entry.postings:
        if p.bank_line_id == line_id and p.account != BANK:
            place = (p.account, p.currency, p.customer_id, p.open_item_id)
            balances[place] = balances.get(place, 0) + p.amount_minor


def _load_items(connection: Connection, ground: Ground, ids: Iterable[int]) -> None:
    sql = "SELECT id, customer_id, currency, amount_minor, open_minor, number FROM open_item WHERE id IN :values"
    for item_id, *rest in fetch_in(connection, sql, sorted(ids)):
        ground.items[item_id] = OpenAmount(*rest)


def _load_lines(connection: Connection, ground: Ground, ids: Iterable[int]) -> None:
    sql = "SELECT id, company, currency, amount_minor, state FROM bank_line WHERE id IN :values"
    for line_id, company, currency, minor, state in fetch_in(connection, sql, sorted(ids)):
        ground.lines[line_id] = LineNow(company, currency, minor, LineState(state))


def _load_line_balances(connection: Connection, ground: Ground, ids: Iterable[int]) -> None:
    sql = "SELECT bank_line_id, account, currency, customer_id, open_item_id, amount_minor FROM posting"
    for line_id, *place, minor in fetch_in(connection, f"{sql} WHERE bank_line_id IN :values", sorted(ids)):
        if place[0] != BANK:
            balances = ground.line_balances.setdefault(line_id, {})
            key: Place = tuple(place)
            balances[key] = balances.get(key, 0) + minor


def _load_customers(connection: Connection, ground: Ground, keys: Iterable[Balance]) -> None:
    for account in {key[0] for key in keys}:
        where = f"account = '{account}'" + ("" if account == "on_account" else f" AND {_BESIDE}")
        sql = (
            "SELECT entry.company, posting.currency, posting.customer_id, sum(posting.amount_minor) FROM posting"
            f" JOIN entry ON entry.id = posting.entry_id WHERE {where} AND posting.customer_id IN :values"
        )
        customers = sorted({key[3] for key in keys if key[0] == account})
        for company, currency, customer_id, minor in _grouped(connection, sql, customers):
            ground.customers[account, company, currency, customer_id] = int(minor)


def _grouped(connection: Connection, sql: str, ids: Sequence[int]) -> Iterable[tuple[str, str, int, int]]:
    group = " GROUP BY entry.company, posting.currency, posting.customer_id"
    return fetch_in(connection, sql + group, ids)


def _require_same_books(ground: Ground, entry: Entry) -> None:
    for p in entry.postings:
        if p.account == RECEIVABLE and p.open_item_id is not None:
            item = ground.items.get(p.open_item_id)
            if item is None:
                raise BrokenInvariant(f"there is no open item {p.open_item_id}")
            if (item.customer_id, item.currency) != (p.customer_id, p.currency):
                raise BrokenInvariant(f"open item {p.open_item_id} is of another customer or currency")
