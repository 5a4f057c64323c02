"""Rows of a block to columns of bank lines, by a profile. What is not plainly readable is left for `csv_statement`, row
by row: it says why.

Room: pure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recon.bank_lines import NO_DAY, same
from recon.frames import Days, Flags, Ints, Texts, day_number
from recon.model import StatementLine
from recon.statements.column_amounts import csv_minors
from recon.statements.column_cells import DayColumn, are_alike, as_texts, cleaned, meant, references_of, stripped
from recon.statements.csv_blocks import Block, Neatness
from recon.statements.currencies import is_statement_currency
from recon.statements.day_formats import read_day
from recon.statements.profile import Column, Profile

TEXTS = ("bank_id", "kind", "payer", "payer_account", "remittance", "reference", "end_to_end_id", "check_number")
STATES = ("booked", "pending", "void")
_MOST_CURRENCIES = 8  # of a block, read in columns; with more of them each row is read alone
_UNKNOWN, _VOID = -1, STATES.index("void")

_MEASURES = (
    "minors",
    "booked",
    "valued",
    "pending",
    "balance",
    "has_balance",
    "account",
    "currency",
    "void",
    "unread",
)

Cells = list[list[str]]


@dataclass(slots=True)
class Columns:
    """What the rows of a block say, column by column. `unread` rows are still to be read one by one."""

    texts: dict[str, Texts]
    minors: Ints
    booked: Days
    valued: Days
    pending: Flags
    balance: Ints
    has_balance: Flags
    account: Texts
    currency: Texts
    void: Flags
    unread: Flags

    def put(self, place: int, account: str, line: StatementLine, balance: int | None) -> None:
        """Take in a row that was read by itself."""
        self._make_writable()
        for name, column in self.texts.items():
            column[place] = getattr(line, name)
        self.minors[place], self.booked[place] = line.amount_minor, day_number(line.booked_on)
        self.valued[place] = NO_DAY if line.valued_on is None else day_number(line.valued_on)
        self.pending[place], self.account[place], self.currency[place] = line.pending, account, line.currency
        self.balance[place], self.has_balance[place] = balance or 0, balance is not None

    def with_rows(self, places: Ints, found: "Columns") -> "Columns":
        """Return the columns with rows found at these places; what was found itself when it is all of them."""
        if len(places) == len(self.unread):
            return found
        self._make_writable()
        for name, column in self.texts.items():
            column[places] = found.texts[name]
        for name in _MEASURES:
            getattr(self, name)[places] = getattr(found, name)
        return self

    def _make_writable(self) -> None:
        """Columns that say the same in every row hold it once: give each row its own before one is changed."""
        for name, column in self.texts.items():
            if not column.flags.writeable:
                self.texts[name] = column.copy()
        for name in _MEASURES:
            if not getattr(self, name).flags.writeable:
                setattr(self, name, getattr(self, name).copy())

    def lines(self, block: Block, taken: Ints) -> dict[str, NDArray[Any]]:
        """Return the rows at these places of the block as columns of bank lines."""
        lines = {
            "amount_minor": self.minors,
            "currency": self.currency,
            "booked_day": self.booked,
            "source_line": block.line,
            "source_byte": block.start,
            "valued_day": self.valued,
            "pending": self.pending,
            **self.texts,
        }
        if len(taken) < len(block):
            lines = {name: column[taken] for name, column in lines.items()}
        return lines | dict.fromkeys(("corrects_bank_id", "correction"), same("", len(taken)))

    @classmethod
    def blank(cls, count: int) -> "Columns":
        """Return columns of rows that are all still to be read."""
        empty, none, no_day = same("", count), same(False, count, np.bool_), same(NO_DAY, count, np.int32)
        texts = dict.fromkeys((*TEXTS, "booked_at"), empty) | {"details": same((), count)}
        nil, unread = same(0, count, np.int64), np.ones(count, dtype=np.bool_)
        return cls(texts, nil, no_day, no_day, none, nil, none, empty, empty, none, unread)


class ColumnReader:
    """A profile with its columns resolved to places, for many rows at once."""

    def __init__(
        self, profile: Profile, told: Mapping[str, str], account_currency: str,
        is_currency: Callable[[str], bool] = is_statement_currency,
    ) -> None:  # fmt: skip
        self.is_currency = is_currency
        self.profile, self.told, self.account_currency = profile, told, account_currency
        self.neat = Neatness()
        self.places = {meaning: places_of(profile, columns) for meaning, columns in profile.columns.items()}
        self.details = [(name, places_of(profile, (column,))[0]) for name, column in profile.details.items()]
        self.days = {
            meaning: DayColumn(partial(read_day, formats=formats), may_be_blank=meaning == "valued_on")
            for meaning, formats in profile.days.items()
        }
        self.states = {word: code for code, state in enumerate(STATES) for word in getattr(profile.states, state)}

    def columns(self, cells: Cells, neat: Neatness) -> Columns:
        """Return what the rows say; `cells` are the fields, column by column, as many as the layout has.

        `neat` is what is surely so of all of them.
        """
        self.neat = neat
        count = len(cells[0])
        unread: Flags = np.zeros(count, dtype=np.bool_)
        currency = self._currencies(cells, count, unread)
        minors = np.zeros(count, dtype=np.int64)
        balance, has_balance = same(0, count, np.int64), same(False, count, np.bool_)
        if "balance" in self.places:
            balance, has_balance = balance.copy(), has_balance.copy()
        for code, rows in self._by_currency(currency, unread):
            of_code = cells if rows is None else [[column[row] for row in rows.tolist()] for column in cells]
            at = slice(None) if rows is None else rows
            self._money(of_code, code, minors, balance, has_balance, unread, at)
        state = (
            meant(cells[self.places["state"][0]], self.states, _UNKNOWN) if self.states else same(0, count, np.int64)
        )
        booked, valued = self._days(cells, "booked_on", unread), self._days(cells, "valued_on", unread)
        unread |= state == _UNKNOWN
        texts = self._texts(cells, count)
        if (payee := self._said(cells, "payee")) is not None:
            paid_to = as_texts(payee)
            texts["payer"] = np.where((minors < 0) & (paid_to != ""), paid_to, texts["payer"])
        return Columns(
            texts=texts, minors=minors, booked=booked, valued=valued, pending=state == 1,
            balance=balance, has_balance=has_balance, account=self._accounts(cells, count), currency=currency,
            void=state == _VOID, unread=unread,
        )  # fmt: skip

    def _cells(self, cells: Cells, meaning: str) -> list[str] | None:
        """Return the stripped cells of a meaning; None when the layout has no such column."""
        places = self.places.get(meaning)
        if not places:
            return None
        return cells[places[0]] if self.neat.is_trimmed else stripped(cells[places[0]])

    def _currencies(self, cells: Cells, count: int, unread: Flags) -> Texts:
        """Return the currency of each row; rows whose currency is none are unread."""
        other = self.told.get("currency", "") or self.profile.currency or self.account_currency
        given = self._cells(cells, "currency")
        if given is None:
            unread |= not self.is_currency(other)
            return same(other, count)
        known = {cell: cell.upper() or other for cell in (given[:1] if are_alike(given) else set(given))}
        bad = {cell for cell, code in known.items() if not self.is_currency(code)}
        if not bad and len(known) == 1:
            return same(known.popitem()[1], count)
        if bad or len(known) > _MOST_CURRENCIES:
            unread |= np.fromiter((len(known) > _MOST_CURRENCIES or cell in bad for cell in given), np.bool_, count)
        return as_texts(list(map(known.__getitem__, given)))

    def _by_currency(self, currency: Texts, unread: Flags) -> list[tuple[str, Ints | None]]:
        """Return each currency of the readable rows with their places; None for all of them."""
        codes = currency.tolist()
        different = set(codes)
        if not unread.any() and len(different) == 1:
            return [(codes[0], None)]
        held: dict[str, list[int]] = {}
        for place in np.flatnonzero(~unread).tolist():
            held.setdefault(codes[place], []).append(place)
        return [(code, np.array(places, dtype=np.int64)) for code, places in held.items()]

    def _money(
        self, cells: Cells, currency: str, minors: Ints, balance: Ints, has_balance: Flags, unread: Flags,
        at: Ints | slice,
    ) -> None:  # fmt: skip
        amounts, faults = self._amounts(cells, currency)
        minors[at] = amounts
        held = self._cells(cells, "balance")
        if held is not None:
            balance[at], has_balance[at], bad = self._filled(held, currency)
            faults = faults | bad
        unread[at] |= faults

    def _amounts(self, cells: Cells, currency: str) -> tuple[Ints, Flags]:
        """Return signed amounts and which rows have none that is plainly readable."""
        numbers = self.profile.numbers
        given = self._cells(cells, "amount")
        if given is None:
            minors, unread = self._debit_or_credit(cells, currency)
        else:
            minors, has_amount, unread = self._filled(given, currency)
            unread = unread | ~has_amount
        if "sign" in self.places:
            signs = meant(cells[self.places["sign"][0]], self.profile.signs, 0)
            minors, unread = minors * signs, unread | (signs == 0) | (minors < 0)
        return (-minors if numbers.inverted else minors), unread

    def _debit_or_credit(self, cells: Cells, currency: str) -> tuple[Ints, Flags]:
        debits, credits_ = self._cells(cells, "debit") or [], self._cells(cells, "credit") or []
        debit, has_debit, bad_debit = self._filled(debits, currency)
        credit, has_credit, bad_credit = self._filled(credits_, currency)
        contradicts = (credit < 0) | (debit > 0 if self.profile.numbers.debit_negative else debit < 0)
        unread = bad_debit | bad_credit | ((debit != 0) & (credit != 0)) | ~(has_debit | has_credit) | contradicts
        return credit - np.abs(debit), unread

    def _filled(self, cells: Sequence[str], currency: str) -> tuple[Ints, Flags, Flags]:
        """Return minor units (0 where a cell is blank), which cells are filled, and which cannot be read."""
        count = len(cells)
        if "" not in cells:
            minors, unread = csv_minors(cells, self.profile.numbers, currency)
            return minors, np.ones(count, dtype=np.bool_), unread
        minors, unread = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=np.bool_)
        is_filled = np.fromiter(map(bool, cells), dtype=np.bool_, count=count)
        minors[is_filled], unread[is_filled] = csv_minors(list(filter(None, cells)), self.profile.numbers, currency)
        return minors, is_filled, unread

    def _days(self, cells: Cells, meaning: str, unread: Flags) -> Days:
        if meaning not in self.days:
            return same(NO_DAY, len(cells[0]), np.int32)
        days, bad = self.days[meaning].days(cells[self.places[meaning][0]])
        unread |= bad
        return days

    def _accounts(self, cells: Cells, count: int) -> Texts:
        other = self.told.get("account", "") or self.profile.account
        given = self._cells(cells, "account")
        return same(other, count) if given is None else as_texts([account or other for account in given])

    def _texts(self, cells: Cells, count: int) -> dict[str, Texts]:
        said = {name: self._said(cells, name) for name in TEXTS}
        remittance = said["remittance"] or []
        if remittance:
            said["reference"] = references_of(said["reference"], remittance)
        said["booked_at"] = self._cells(cells, "booked_at")
        texts = {name: same("", count) if told is None else as_texts(told) for name, told in said.items()}
        return texts | {"details": self._details(cells, count)}

    def _said(self, cells: Cells, meaning: str) -> Sequence[str] | None:
        places = self.places.get(meaning, ())
        parts = [cleaned(cells[place], self.neat) for place in places]
        if len(parts) < 2:
            return parts[0] if parts else None
        return [" ".join(filter(None, told)) for told in zip(*parts, strict=True)]

    def _details(self, cells: Cells, count: int) -> Texts:
        held = [
            [
                (name, told) if cell.strip() else None
                for cell, told in zip(cells[place], cleaned(cells[place], self.neat), strict=True)
            ]
            for name, place in self.details
            if any(map(str.strip, cells[place]))
        ]
        if not held:
            return same((), count)
        column: Texts = np.empty(count, dtype=np.object_)
        for place, pairs in enumerate(zip(*held, strict=True)):
            column[place] = tuple(filter(None, pairs))
        return column


def places_of(profile: Profile, columns: Sequence[Column]) -> tuple[int, ...]:
    """Return the places from 0 of columns named by heading or number."""
    return tuple(column - 1 if isinstance(column, int) else profile.header.index(column) for column in columns)
