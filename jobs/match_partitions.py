"""The files of `recon match` as partitions: customers, open items, lines and what became of past ones, by currency.

The plain layouts go block by block straight into columns; any other statement goes through the statement readers.

Room: shell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from jobs.match_tables import NO_DAY, UNREAD, Block, decimal_text, read_blocks, read_days, read_minors
from recon.errors import ReconError
from recon.frames import (
    Customers,
    Days,
    Deposits,
    Ints,
    OpenItems,
    Partition,
    PastAllocations,
    Teachings,
    Texts,
    packed,
    same_text,
    texts,
)
from recon.money import minor_digits

PLAIN = ("fitid", "date", "amount", "currency", "type", "checknum", "payee", "memo")


def load_partitions(
    customers: Path,
    invoices: Path,
    statement: Path,
    history_statement: Path | None,
    history_truth: Path | None,
    problems: list[str],
) -> list[Partition]:
    """Return one partition per currency of the statement; rows that cannot be read are told in `problems`."""
    now = read_lines(statement, problems)
    people = {currency: _Customers() for currency in sorted(now)}
    for block in read_blocks(customers, ("id", "name"), problems):
        for currency, each in people.items():
            each.add(block, currency)
    items = {currency: _OpenItems(each.place) for currency, each in people.items()}
    first = 0
    for block in read_blocks(invoices, ("id", "customer_id", "number", "currency", "open_amount"), problems):
        for currency, own in items.items():
            own.add(block, currency, first, problems)
        first += len(block["id"])
    past = read_lines(history_statement, problems, frozenset(now)) if history_statement else {}
    truth = {currency: _Allocations(past[currency], people[currency].place) for currency in people if currency in past}
    for block in read_blocks(history_truth, ("fitid", "customer_id"), problems) if history_truth else ():
        for currency, allocations in truth.items():
            allocations.add(block, currency)
    return [
        Partition(
            "",
            currency,
            int(now[currency].booked_day.max()),
            now[currency],
            items[currency].frame(),
            each.frame(),
            _without_ids(past[currency]) if currency in past else Deposits.empty(),
            truth[currency].frame() if currency in truth else PastAllocations.empty(),
            Teachings.empty(),
        )
        for currency, each in people.items()
    ]


def read_lines(path: Path, problems: list[str], currencies: frozenset[str] | None = None) -> dict[str, Deposits]:
    """Return the lines of a statement by currency: the plain layout fast, every other format by its reader.

    `currencies` limits what is kept, of the past.
    """
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        header = file.readline().strip().lower().split(",")
    is_plain = set(PLAIN) <= set(header)
    blocks = read_blocks(path, PLAIN, problems) if is_plain else [_read_by_format(path, problems)]
    found: dict[str, _Lines] = {}
    first = 0
    for block in blocks:
        for currency in sorted(set(block["currency"])):
            if currencies is None or currency in currencies:
                lines = found.setdefault(currency, _Lines() if currencies is None else _PastLines())
                lines.add(block, currency, first, path.name, problems)
        first += len(block["currency"])
    return {currency: lines.frame() for currency, lines in found.items() if len(lines)}


def _read_by_format(path: Path, problems: list[str]) -> Block:
    from recon.statements import read_bytes

    reading = read_bytes(path.read_bytes(), path.name)
    problems.extend(str(problem) for problem in reading.problems)
    if not reading.is_believed:
        raise ReconError(f"{path.name} cannot be believed", "Run `recon read` on it to see why")
    rows = [
        (
            line.bank_id,
            line.booked_on.isoformat(),
            decimal_text(line.amount_minor, minor_digits(line.currency)),
            line.currency,
            line.kind,
            line.check_number,
            line.payer,
            line.remittance,
            line.payer_account,
            line.reference,
            line.end_to_end_id,
        )
        for statement in reading.statements
        for line in statement.lines
        if not line.pending
    ]
    names = (*PLAIN, "payer_account", "reference", "end_to_end_id")
    return dict(zip(names, zip(*rows, strict=True), strict=True)) if rows else dict.fromkeys(names, ())


class _Gathered:
    """Columns that grow block by block; equal texts are one object, unequal ones are packed."""

    packed: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.count = 0
        self.numbers: dict[str, list[NDArray[Any]]] = defaultdict(list)
        self.words: dict[str, list[str]] = defaultdict(list)
        self._known: dict[str, str] = {}

    def __len__(self) -> int:
        return self.count

    def keep(self, name: str, values: Ints | Days) -> None:
        self.numbers[name].append(values)

    def keep_text(self, name: str, block: Block, rows: Sequence[int]) -> None:
        """Take the cells of these rows; a column that the file lacks is empty."""
        cells = block.get(name)
        if cells is None:
            return
        if name in self.packed:
            self.numbers[name].append(packed([cells[row] for row in rows]))
        elif name in FEW_WORDS:
            known = self._known
            self.words[name].extend([known.setdefault(cells[row], cells[row]) for row in rows])
        else:
            self.words[name].extend([cells[row] for row in rows])

    def column(self, name: str) -> Ints:
        parts = self.numbers.pop(name, [])
        return np.concatenate(parts).astype(np.int64, copy=False) if parts else np.empty(0, dtype=np.int64)

    def column_of_days(self, name: str) -> Days:
        return self.column(name).astype(np.int32)

    def text(self, name: str) -> Texts:
        if name in self.numbers:
            return np.concatenate(self.numbers.pop(name))
        return texts(self.words.pop(name)) if name in self.words else same_text("", self.count)


FEW_WORDS = frozenset({"type", "payee", "terms", "checknum"})  # often equal, or empty


def _rows_of(block: Block, currency: str) -> list[int]:
    return [row for row, each in enumerate(block["currency"]) if each == currency]


def _cells(block: Block, name: str, rows: Sequence[int]) -> list[str]:
    cells = block[name]
    return [cells[row] for row in rows]


class _Lines(_Gathered):
    """The statement lines of one currency."""

    packed = frozenset({"fitid"})

    def add(self, block: Block, currency: str, first: int, where: str, problems: list[str]) -> None:
        rows = _rows_of(block, currency)
        amounts, days = read_minors(_cells(block, "amount", rows), currency), read_days(_cells(block, "date", rows))
        good = (amounts != UNREAD) & (days != NO_DAY)
        for row in (rows[each] for each in np.flatnonzero(~good).tolist()):
            what = f"amount {block['amount'][row][:20]!r} or date is not decimal text and ISO day"
            problems.append(f"{where}, row {first + row + 2}: {what}; row left out")
        rows = [row for row, fits in zip(rows, good.tolist(), strict=True) if fits]
        self.count += len(rows)
        self.keep("id", np.array(rows, dtype=np.int64) + first)
        self.keep("amount", amounts[good])
        self.keep("date", days[good])
        for name in LINE_TEXTS:
            self.keep_text(name, block, rows)

    def frame(self) -> Deposits:
        ids, amounts, days = self.column("id"), self.column("amount"), self.column_of_days("date")
        columns: list[Any] = [ids, amounts, days, *(self.text(name) for name in LINE_TEXTS)]
        return Deposits(*[*columns, np.ones(len(ids), dtype=np.bool_)])


class _PastLines(_Lines):
    """Lines that pass by once: their text is packed as well."""

    packed = frozenset({"fitid", "memo"})


LINE_TEXTS = ("fitid", "type", "checknum", "payee", "payer_account", "memo", "reference", "end_to_end_id")


def _without_ids(past: Deposits) -> Deposits:
    """Return past lines without the bank's ids: once allocations know their line, nobody asks for them."""
    return replace(past, bank_id=same_text("", len(past)))


class _Customers(_Gathered):
    """The customers of one currency, and of none; `place` finds them by id."""

    def __init__(self) -> None:
        super().__init__()
        self.place: dict[str, int] = {}
        self.rows = 0

    def add(self, block: Block, currency: str) -> None:
        currencies = block.get("currency") or [""] * len(block["id"])
        rows = [row for row, each in enumerate(currencies) if each in (currency, "")]
        for row in rows:
            self.place[block["id"][row]] = len(self.place)
        self.keep("id", np.array(rows, dtype=np.int64) + self.rows)
        self.rows += len(block["id"])
        self.count += len(rows)
        for name in ("id", "name", "aliases", "bank_accounts", "parent_id"):
            self.keep_text(name, block, rows)

    def frame(self) -> Customers:
        columns: list[Any] = [self.column("id")]
        columns += [self.text(name) for name in ("id", "name", "aliases", "bank_accounts")]
        parents = [self.place.get(parent, -1) if parent else -1 for parent in self.text("parent_id").tolist()]
        return Customers(*[*columns, np.array(parents, dtype=np.int64)])


class _OpenItems(_Gathered):
    """The open items of one currency's customers."""

    packed = frozenset({"number", "po_number"})

    def __init__(self, place: dict[str, int]) -> None:
        super().__init__()
        self.place = place

    def add(self, block: Block, currency: str, first: int, problems: list[str]) -> None:
        place, owners = self.place, block["customer_id"]
        rows = [row for row in _rows_of(block, currency) if owners[row] in place]
        left = read_minors(_cells(block, "open_amount", rows), currency)
        whole = read_minors(_cells(block, "amount", rows), currency) if "amount" in block else left
        good = (left != UNREAD) & (whole != UNREAD)
        bad = (rows[each] for each in np.flatnonzero(~good).tolist())
        problems.extend(f"invoices, row {first + row + 2}: amount is not decimal text; row left out" for row in bad)
        rows = [row for row, fits in zip(rows, good.tolist(), strict=True) if fits]
        self.count += len(rows)
        self.keep("id", np.array(rows, dtype=np.int64) + first)
        self.keep("owner", np.array([place[owners[row]] for row in rows], dtype=np.int64))
        self.keep("amount", whole[good])
        self.keep("open", left[good])
        for name in ("issue_date", "due_date"):
            days = read_days(_cells(block, name, rows)) if name in block else np.zeros(len(rows), dtype=np.int32)
            self.keep(name, np.where(days == NO_DAY, 0, days).astype(np.int32))
        for name in ("number", "po_number", "terms"):
            self.keep_text(name, block, rows)

    def frame(self) -> OpenItems:
        return OpenItems(
            self.column("id"),
            self.column("owner"),
            self.text("number"),
            self.text("po_number"),
            self.column_of_days("issue_date"),
            self.column_of_days("due_date"),
            self.column("amount"),
            self.column("open"),
            self.text("terms"),
        )


class _Allocations(_Gathered):
    """How past lines of one currency were settled."""

    packed = frozenset({"invoice_number"})

    def __init__(self, past: Deposits, place: dict[str, int]) -> None:
        super().__init__()
        self.place = place
        self.lines = {fitid: position for position, fitid in enumerate(past.bank_id.tolist())}

    def add(self, block: Block, currency: str) -> None:
        lines, fitids, owners = self.lines, block["fitid"], block["customer_id"]
        rows = [row for row, fitid in enumerate(fitids) if fitid in lines]
        self.count += len(rows)
        self.keep("line", np.array([lines[fitids[row]] for row in rows], dtype=np.int64))
        self.keep("owner", np.array([self.place.get(owners[row], -1) for row in rows], dtype=np.int64))
        amounts = (
            read_minors(_cells(block, "allocated_amount", rows), currency) if "allocated_amount" in block else None
        )
        self.keep("amount", np.zeros(len(rows), dtype=np.int64) if amounts is None else amounts)
        self.keep_text("invoice_number", block, rows)

    def frame(self) -> PastAllocations:
        self.lines.clear()
        amounts = self.column("amount")
        return PastAllocations(
            self.column("line"),
            self.column("owner"),
            self.text("invoice_number"),
            np.where(amounts == UNREAD, 0, amounts),
        )
