"""The open ledger and the books' memory of payers, indexed once so that no deposit looks at every invoice.

Room: pure.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matchers.numbers import (
    ByDigits,
    ByText,
    ByValue,
    Digits,
    Flags,
    Owned,
    Starts,
    Tails,
    index_digits,
    index_starts,
    index_tails,
    index_texts,
    index_values,
    lengths_of,
    read_digits,
)
from matchers.text import compact, fold, ledger_digits
from recon.frames import Customers, Ints, OpenItems, Texts

MOST_SLIPS_KEPT = 20_000
NEAR = 400  # numbers between cheques that may be of one book
MOST_NEAR = 128  # cheques that are looked at; of more the farther ones tell nothing
_DRAWER = 1_000
_SHORTEST_SUFFIX, _LONGEST_SUFFIX = 6, 17


@dataclass(slots=True)
class Book:
    """The open items of a partition, ready for lookups. Positions are those of the frame; amounts minor units.

    Columns are plain arrays: a million items take some hundred bytes each less than objects would.
    """

    customer: array[int]
    open_minor: array[int]
    issue_day: array[int]
    due_day: array[int]
    digits: Digits
    po_digits: Digits
    invoices_of: Owned  # per customer, oldest due first
    credits_of: Owned
    by_digits: ByDigits
    by_compact: ByText
    by_po: ByDigits
    by_amount: ByValue  # open amounts of invoices
    by_customer_code: dict[str, int]
    number_tails: ByValue
    po_tails_of: ByValue
    starts: Starts
    lengths: frozenset[int]
    customer_count: int = 1
    read: dict[int, Any] = field(default_factory=dict)  # by identity of a line's tokens, see `reference.read_numbers`
    slips: dict[str, list[int]] = field(default_factory=dict)
    suffix_tables: dict[int, tuple[Ints, NDArray[np.int32]]] = field(default_factory=dict)

    def tails(self, customer: int) -> Tails:
        """Return the customer's items by the last four digits of number."""
        return Tails(self.number_tails, customer)

    def po_tails(self, customer: int) -> Tails:
        """Return the customer's items by the last four digits of purchase order."""
        return Tails(self.po_tails_of, customer)

    def starting_with(self, customer: int, digits: str) -> list[int]:
        """Return the customer's items whose number begins with these digits."""
        return self.starts.get(customer, digits, self.digits)

    def one_slip_away(self, digits: str) -> list[int]:
        """Return the open items whose number is one slip from these digits, whoever's. Remembered per number."""
        known = self.slips.get(digits)
        if known is None:
            if len(self.slips) >= MOST_SLIPS_KEPT:
                self.slips.clear()
            length = len(digits)
            near = length - 1 in self.lengths or length in self.lengths or length + 1 in self.lengths
            known = self.slips[digits] = self.by_digits.one_slip_from(digits) if near else []
        return known

    def with_suffix(self, digits: str) -> list[int]:
        """Return the open items whose number ends in these digits (6 to 17 of them), if at most a few do."""
        if not _SHORTEST_SUFFIX <= len(digits) <= _LONGEST_SUFFIX:
            return []
        table = self.suffix_tables.get(len(digits))
        if table is None:
            table = self.suffix_tables[len(digits)] = _suffix_table(self.digits, len(digits))
        values, places = table
        value = int(digits)
        left = int(values.searchsorted(value))
        right = left
        while right < len(values) and values[right] == value:
            right += 1
            if right - left == 4:
                return []
        return places[left:right].tolist() if right > left else []


def _suffix_table(digits: Digits, length: int) -> tuple[Ints, NDArray[np.int32]]:
    """Return the last digits of all longer numbers, sorted, and whose they are."""
    marks = digits.column
    longer = np.flatnonzero(marks >= 10 ** (length + 1))
    values = marks[longer] % 10**length
    order = np.argsort(values, kind="stable")
    return values[order], longer[order].astype(np.int32)


def open_book(items: OpenItems, customers: Customers) -> Book:
    """Return the indexes of a ledger. Linear in the open items."""
    flags = Flags(len(items))
    owners = items.customer.astype(np.int32)
    numbers = items.number
    digits = read_digits(flags.passing(ledger_digits(fold(number)) for number in numbers))
    # Of one day the numbers decide, not the rows: the same ledger in another order must give the same answers.
    due_order = np.lexsort((digits.column, items.issue_day, items.due_day)).astype(np.int32)
    invoices, credits = (due_order[sign * items.open_minor[due_order] > 0] for sign in (1, -1))
    po_digits = read_digits(flags.passing(ledger_digits(fold(number)) if number else "" for number in items.po_number))
    return Book(
        array("i", owners.tobytes()),
        array("q", items.open_minor.tobytes()),
        array("i", items.issue_day.tobytes()),
        array("i", items.due_day.tobytes()),
        digits,
        po_digits,
        Owned(owners[invoices], invoices, len(customers)),
        Owned(owners[credits], credits, len(customers)),
        index_digits(digits, flags),
        index_texts(flags.passing(compact(fold(number)) for number in numbers), _compact_at(numbers), flags),
        index_digits(po_digits, flags),
        index_values(items.open_minor[invoices], invoices),
        _customer_codes(customers),
        index_tails(digits, owners, invoices),
        index_tails(po_digits, owners, invoices),
        index_starts(digits, owners, invoices),
        lengths_of(digits),
        max(1, len(customers)),
    )


def _compact_at(numbers: Texts) -> Callable[[int], str]:
    return lambda place: compact(fold(numbers[place]))


def _customer_codes(customers: Customers) -> dict[str, int]:
    codes: dict[str, int] = {}
    for position, code in enumerate(customers.code):
        key = compact(fold(code))
        codes[key] = position
        if len(key.lstrip("0")) >= 6:
            codes.setdefault(key.lstrip("0"), position)
    return codes


@dataclass(slots=True)
class Memory:
    """What past payments taught: which keys of bank text belong to whom, and whose cheque numbers run where."""

    customers_of_key: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    nobody_of_key: Counter[str] = field(default_factory=Counter)
    checks: dict[int, list[tuple[int, int]]] = field(default_factory=dict)  # (cheque number, customer) by thousand
    lags_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    kinds_of: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: set[tuple[str, int]] = field(default_factory=set)
    fresh: set[str] = field(default_factory=set)  # keys taught since somebody cleared this
    repeated: frozenset[str] = frozenset()  # keys that stand on several lines of this batch

    def learn_key(self, key: str, customer: int) -> None:
        """Remember that this key stood on a payment of this customer (-1: of nobody)."""
        self.fresh.add(key)
        if customer < 0:
            self.nobody_of_key[key] += 1
        else:
            self.customers_of_key[key][customer] += 1

    def learn_line(self, keys: Iterable[str], customer: int) -> None:
        """Remember the keys of a line of this batch that another line has or the past knows."""
        for key in keys:
            if key in self.repeated or key in self.customers_of_key or key in self.nobody_of_key:
                self.learn_key(key, customer)

    def learn_check(self, number: str, customer: int) -> None:
        """Remember a cheque number: cheques of one drawer run in sequence."""
        if number.isdigit() and len(number) <= 12:
            value = int(number)
            insort(self.checks.setdefault(value // _DRAWER, []), (value, customer))

    def near_checks(self, number: str) -> dict[int, int]:
        """Return customers with a cheque near this number, and the distance."""
        if not number.isdigit() or len(number) > 12 or not self.checks:
            return {}
        value = int(number)
        found: dict[int, int] = {}
        for known, customer in self._checks_near(value):
            distance = known - value if known > value else value - known
            if distance < found.get(customer, 10_000):
                found[customer] = distance
        return found

    def _checks_near(self, value: int) -> list[tuple[int, int]]:
        """Return the cheques near this number in order: from half as far each time, where there are very many."""
        reach = NEAR
        found = self._checks_between(value - reach, value + reach)
        while len(found) > MOST_NEAR and reach > 1:
            reach //= 2
            found = self._checks_between(value - reach, value + reach)
        return found

    def _checks_between(self, first: int, last: int) -> list[tuple[int, int]]:
        found: list[tuple[int, int]] = []
        for drawer in range(first // _DRAWER, last // _DRAWER + 1):
            kept = self.checks.get(drawer)
            if kept:
                found += kept[bisect_left(kept, (first, -1)) : bisect_left(kept, (last + 1, -1))]
        return found
