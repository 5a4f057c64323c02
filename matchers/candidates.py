"""The open ledger and the books' memory of payers, indexed once so that no deposit looks at every invoice.

Room: pure.
"""

import math
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import numpy as np

from matchers.text import compact, digits_of, fold
from recon.frames import Customers, OpenItems

Numbers = dict[str, list[int]]


@dataclass(slots=True)
class Book:
    """The open items of a partition, ready for lookups. Positions are those of the frame; amounts minor units."""

    customer: list[int]
    open_minor: list[int]
    issue_day: list[int]
    due_day: list[int]
    digits: list[str]
    po_digits: list[str]
    invoices_of: dict[int, list[int]]  # per customer, oldest due first
    credits_of: dict[int, list[int]]
    by_digits: Numbers
    by_compact: Numbers
    by_po: Numbers
    by_customer_code: dict[str, int]
    slash_is_inside: bool
    tails_of: dict[int, Numbers] = field(default_factory=dict)
    po_of: dict[int, Numbers] = field(default_factory=dict)
    customer_count: int = 1
    by_amount: dict[int, list[int]] = field(default_factory=dict)
    log_amounts: list[float] = field(default_factory=list)  # of all invoices, sorted: how common a size is
    ordered_of: dict[int, list[tuple[str, int]]] = field(default_factory=dict)
    slips: dict[str, list[int]] = field(default_factory=dict)
    lengths: frozenset[int] = frozenset()
    suffix_tables: dict[int, tuple[object, object]] = field(default_factory=dict)

    def tails(self, customer: int) -> Numbers:
        """Return the customer's items by the last four digits of number."""
        known = self.tails_of.get(customer)
        if known is None:
            known = defaultdict(list)
            for item in self.invoices_of.get(customer, ()):
                if len(self.digits[item]) >= 4:
                    known[self.digits[item][-4:]].append(item)
            self.tails_of[customer] = known
        return known

    def starting_with(self, customer: int, digits: str) -> list[int]:
        """Return the customer's items whose number begins with these digits."""
        ordered = self.ordered_of.get(customer)
        if ordered is None:
            ordered = sorted((self.digits[item], item) for item in self.invoices_of.get(customer, ()))
            self.ordered_of[customer] = ordered
        place = bisect_left(ordered, (digits, -1))
        found: list[int] = []
        while place < len(ordered) and ordered[place][0].startswith(digits):
            found.append(ordered[place][1])
            place += 1
        return found

    def po_tails(self, customer: int) -> Numbers:
        """Return the customer's items by the last four digits of purchase order."""
        known = self.po_of.get(customer)
        if known is None:
            known = defaultdict(list)
            for item in self.invoices_of.get(customer, ()):
                if len(self.po_digits[item]) >= 4:
                    known[self.po_digits[item][-4:]].append(item)
            self.po_of[customer] = known
        return known

    def with_suffix(self, digits: str) -> list[int]:
        """Return the open items whose number ends in these digits (6 to 17 of them), if at most a few do."""
        length = len(digits)
        if not 6 <= length <= 17:
            return []
        if length not in self.suffix_tables:
            long_enough = [i for i, own in enumerate(self.digits) if length < len(own) <= 18]
            values = np.array([int(self.digits[i][-length:]) for i in long_enough], dtype=np.int64)
            order = np.argsort(values, kind="stable")
            self.suffix_tables[length] = (values[order], np.array(long_enough, dtype=np.int64)[order])
        values_sorted, positions = self.suffix_tables[length]
        left = int(np.searchsorted(values_sorted, int(digits)))  # type: ignore[call-overload]
        found: list[int] = []
        while left < len(values_sorted) and values_sorted[left] == int(digits) and len(found) < 4:  # type: ignore[arg-type,index]
            found.append(int(positions[left]))  # type: ignore[index]
            left += 1
        return found if len(found) < 4 else []

    def accidental_hits(self, amount_minor: int) -> float:
        """Return how many open invoices would have exactly this amount by accident, from the sizes around it."""
        if amount_minor <= 0 or not self.log_amounts:
            return 1.0
        where = math.log(amount_minor)
        left, right = bisect_left(self.log_amounts, where - 0.25), bisect_left(self.log_amounts, where + 0.25)
        return (right - left + 1) / (0.5 * amount_minor)


def open_book(items: OpenItems, customers: Customers) -> Book:
    """Return the indexes of a ledger. Linear in the open items."""
    numbers = [fold(number) for number in items.number.tolist()]
    open_minor: list[int] = items.open_minor.tolist()
    owner: list[int] = items.customer.tolist()
    digits = [digits_of(number) for number in numbers]
    po_numbers = [fold(number) for number in items.po_number.tolist()]
    po_digits = [digits_of(number) if number else "" for number in po_numbers]
    order = np.lexsort((np.arange(len(items)), items.issue_day, items.due_day)).tolist()
    invoices_of: dict[int, list[int]] = defaultdict(list)
    credits_of: dict[int, list[int]] = defaultdict(list)
    by_amount: dict[int, list[int]] = defaultdict(list)
    for item in order:
        if open_minor[item] > 0:
            invoices_of[owner[item]].append(item)
            by_amount[open_minor[item]].append(item)
        elif open_minor[item] < 0:
            credits_of[owner[item]].append(item)
    codes = {}
    for position, code in enumerate(customers.code.tolist()):
        key = compact(fold(code))
        codes[key] = position
        if len(key.lstrip("0")) >= 6:
            codes.setdefault(key.lstrip("0"), position)
    positive = items.open_minor[items.open_minor > 0]
    return Book(
        owner,
        open_minor,
        items.issue_day.tolist(),
        items.due_day.tolist(),
        digits,
        po_digits,
        dict(invoices_of),
        dict(credits_of),
        _index(digits),
        _index([compact(number) for number in numbers]),
        _index(po_digits),
        codes,
        sum("/" in number for number in numbers[:2000]) * 2 > len(numbers[:2000]),
        customer_count=max(1, len(customers)),
        by_amount=dict(by_amount),
        lengths=frozenset(len(each) for each in set(digits)),
        log_amounts=np.sort(np.log(positive.astype(np.float64))).tolist() if len(positive) else [],
    )


def _index(keys: list[str]) -> Numbers:
    index: Numbers = defaultdict(list)
    for position, key in enumerate(keys):
        if key:
            index[key].append(position)
    return dict(index)


@dataclass(slots=True)
class Memory:
    """What past payments taught: which keys of bank text belong to whom, and whose cheque numbers run where."""

    customers_of_key: dict[str, Counter[int]] = field(default_factory=lambda: defaultdict(Counter))
    nobody_of_key: Counter[str] = field(default_factory=Counter)
    checks: list[tuple[int, int]] = field(default_factory=list)  # (cheque number, customer), sorted
    lags_of: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    kinds_of: dict[int, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    refused: set[tuple[str, int]] = field(default_factory=set)

    def learn_key(self, key: str, customer: int) -> None:
        """Remember that this key stood on a payment of this customer (-1: of nobody)."""
        if customer < 0:
            self.nobody_of_key[key] += 1
        else:
            self.customers_of_key[key][customer] += 1

    def learn_check_now(self, number: str, customer: int) -> None:
        """Remember a cheque of this batch, keeping the order."""
        if number.isdigit() and len(number) <= 12:
            insort(self.checks, (int(number), customer))

    def learn_check(self, number: str, customer: int) -> None:
        """Remember a cheque number: cheques of one drawer run in sequence. The caller sorts `checks` when done."""
        if number.isdigit() and len(number) <= 12:
            self.checks.append((int(number), customer))

    def near_checks(self, number: str) -> dict[int, int]:
        """Return customers with a cheque near this number, and the distance."""
        if not number.isdigit() or len(number) > 12 or not self.checks:
            return {}
        value = int(number)
        found: dict[int, int] = {}
        left = bisect_left(self.checks, (value - 400, -1))
        for known, customer in self.checks[left : left + 400]:
            if known > value + 400:
                break
            found[customer] = min(found.get(customer, 10_000), abs(known - value))
        return found
