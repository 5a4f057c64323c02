"""Planted deposits whose right answer is known: asked beside the night, so that a matcher gone wrong is noticed first.

A small book is cut out of the partition, deposits are planted in it, and the very same matching is asked. Nothing of it
reaches the books. Five kinds, each a way in which money goes to the wrong place:

| kind | the deposit | the right answer |
|---|---|---|
| past | a reconciled deposit of the past, its invoices open again | those invoices |
| stranger | a name nobody has, the amount of an open invoice | nobody: never post |
| neighbour | a customer, two digits of somebody else's number exchanged, nobody's amount | unknown: never post |
| borrowed | a customer, no number, the amount of somebody else's invoice | unknown: never post |
| twin | a customer, no number, one of two equal invoices | either: never post |

A canary sings when it is posted to anything else. By the error budget hardly any may: the night holds back its postings
when so many sing that the budget allows it once in a thousand nights (binomial).

Room: pure.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matchers.base import MatchSettings
from matchers.cascade import match
from matchers.model import Model
from matchers.result import POST, MatchResult
from recon.frames import Deposits, Ints, OpenItems, Partition, texts

KINDS = ("past", "stranger", "neighbour", "borrowed", "twin")
ALPHA = 0.001  # of healthy nights, how many may be held back
LARGEST_BUDGET = "0.05"  # canaries are judged at the night's own threshold, which this one lies below
MOST_ITEMS_OF_ONE = 60
MOST_PAST = 300
TRIES = 32  # items looked at for a canary: many amounts of others happen to be sums of one's own


@dataclass(frozen=True, slots=True)
class Canary:
    """A planted deposit, at its position among the planted. `numbers` are what it may settle; none: never post it."""

    kind: str
    position: int
    numbers: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Aviary:
    """A small book with planted deposits."""

    partition: Partition
    canaries: tuple[Canary, ...]


@dataclass(frozen=True, slots=True)
class Song:
    """A canary that was posted to the wrong place, or at all."""

    kind: str
    payer: str
    posted_to: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Watch:
    """What the canaries say. `chance` is that of so many songs in a healthy night; below ALPHA posting is held back."""

    asked: int
    posted: int
    songs: tuple[Song, ...] = ()
    chance: float = 1.0

    @property
    def is_alarm(self) -> bool:
        """Whether so many wrong posts are beyond the error budget."""
        return self.chance < ALPHA

    def __str__(self) -> str:
        kinds = ", ".join(f"{song.kind} {song.payer!r}" for song in self.songs[:3])
        told = f"{len(self.songs)} of {self.asked} canaries would be posted wrongly"
        return f"{told} ({kinds}), by the error budget a chance of {self.chance:.1e}" if kinds else told


def watch_canaries(
    partition: Partition, settings: MatchSettings, model: Model | None, threshold: float, most: int = 40
) -> Watch:
    """Ask up to so many canaries and return what they say, judged by the lowest confidence the night posts."""
    aviary = plant(partition, most)
    if not aviary.canaries:
        return Watch(0, 0)
    lenient = replace(settings, error_budget=LARGEST_BUDGET, amount_cap_minor=0, risk_cap_minor=0, with_evidence=False)
    told = match(aviary.partition, lenient, model)
    posted = _posted(aviary.partition, told, threshold)
    songs = tuple(
        Song(each.kind, str(aviary.partition.deposits.payer[each.position])[:40], tuple(sorted(posted[each.position])))
        for each in aviary.canaries
        if each.position in posted and posted[each.position] != each.numbers
    )
    chance = tail(len(aviary.canaries), len(songs), float(settings.error_budget))
    return Watch(len(aviary.canaries), len(posted), songs, chance)


def tail(asked: int, wrong: int, budget: float) -> float:
    """Return the chance of at least so many wrong ones when each is wrong with the budget's chance.

    >>> round(tail(40, 1, 0.001), 4), round(tail(40, 2, 0.001), 6), tail(40, 0, 0.001)
    (0.0392, 0.000761, 1.0)
    """
    below, term = 0.0, (1.0 - budget) ** asked
    for count in range(wrong):
        below += term
        term *= (asked - count) / (count + 1) * budget / (1.0 - budget)
    return max(0.0, 1.0 - below) if wrong else 1.0


def _posted(partition: Partition, told: MatchResult, threshold: float) -> dict[int, frozenset[str]]:
    rows, parts = told.proposals, told.allocations
    is_posted = (rows.action == POST) & (rows.rank == 1) & (rows.confidence >= threshold)
    found: dict[int, set[str]] = {int(each): set() for each in rows.deposit[is_posted]}
    for row, item in zip(parts.proposal.tolist(), parts.open_item.tolist(), strict=True):
        if is_posted[row]:
            found[int(rows.deposit[row])].add(str(partition.open_items.number[item]) if item >= 0 else "on account")
    return {position: frozenset(numbers) for position, numbers in found.items()}


def plant(partition: Partition, most: int = 40) -> Aviary:
    """Return a small book cut out of the partition with up to so many planted deposits; other ones on another day."""
    each = most // len(KINDS)
    past = _past_to_ask(partition, each)
    customers = _customers_to_keep(partition, past, each * 16)
    book = _cut_out(partition, customers, past)
    planted = _Planted(book, partition.as_of_day)
    planted.add_past(partition, past, customers)
    planted.add_made(each)
    return planted.aviary()


def _past_to_ask(partition: Partition, most: int) -> Ints:
    """Return positions of past deposits that settled numbered invoices of one customer to the cent, spread over time.

    Early ones come first in the frame: the later three quarters resemble tonight more.
    """
    rows, past = partition.past_allocations, partition.past
    if not len(rows):
        return np.empty(0, dtype=np.int64)
    sums, owners = np.zeros(len(past), dtype=np.int64), np.full(len(past), -1, dtype=np.int64)
    np.add.at(sums, rows.deposit, rows.amount_minor)
    owners[rows.deposit] = rows.customer
    is_odd = (rows.customer != owners[rows.deposit]) | (rows.invoice_number == "") | (rows.amount_minor <= 0)
    fit = (sums == past.amount_minor) & (sums > 0) & (owners >= 0)
    fit[rows.deposit[is_odd]] = False
    return _spread(np.flatnonzero(fit), most, partition.as_of_day)


def _spread(values: Ints, most: int, offset: int) -> Ints:
    """Return so many of the values, evenly spread, beginning elsewhere each day."""
    if len(values) <= most:
        return values
    step = len(values) / most
    places = (np.arange(most) * step + offset % step).astype(np.int64)
    chosen: Ints = values[np.minimum(places, len(values) - 1)]
    return chosen


def _customers_to_keep(partition: Partition, past: Ints, most: int) -> Ints:
    """Return the customers of the small book, ascending: those of the past deposits and some that owe now."""
    owing = partition.open_items.customer
    counts = np.bincount(owing, minlength=len(partition.customers)) if len(owing) else np.zeros(0, dtype=np.int64)
    some = _spread(np.flatnonzero((counts > 0) & (counts <= MOST_ITEMS_OF_ONE)), most, partition.as_of_day)
    rows = partition.past_allocations
    paid = rows.customer[np.isin(rows.deposit, past)]
    paid = paid[counts[paid] <= MOST_ITEMS_OF_ONE] if len(counts) else paid
    kept: Ints = np.unique(np.concatenate([some, paid[paid >= 0]])).astype(np.int64)
    return kept


def _cut_out(partition: Partition, customers: Ints, asked: Ints) -> Partition:
    """Return the customers with their open items, and their past without what is asked again."""
    place = np.full(len(partition.customers) + 1, -1, dtype=np.int64)
    place[customers] = np.arange(len(customers))
    people = partition.customers.take(customers)
    items = partition.open_items.take(place[partition.open_items.customer] >= 0)
    rows = partition.past_allocations
    known = rows.take((place[rows.customer] >= 0) & ~np.isin(rows.deposit, asked))
    lines = np.unique(known.deposit)[-MOST_PAST:]
    known = known.take(np.isin(known.deposit, lines))
    taught = partition.teachings.take(place[partition.teachings.customer] >= 0)
    return replace(
        partition,
        deposits=Deposits.empty(),
        open_items=replace(items, customer=place[items.customer]),
        customers=replace(people, parent=np.full(len(people), -1, dtype=np.int64)),
        past=partition.past.take(lines),
        past_allocations=replace(known, deposit=np.searchsorted(lines, known.deposit), customer=place[known.customer]),
        teachings=replace(taught, customer=place[taught.customer]),
    )


class _Planted:
    """The small book while deposits are planted in it."""

    def __init__(self, book: Partition, day: int) -> None:
        self.book, self.day = book, day
        self.lines: list[dict[str, Any]] = []
        self.canaries: list[Canary] = []
        self.numbers = set(book.open_items.number.tolist())
        self.amounts = set(book.open_items.open_minor.tolist())
        self.extra: list[tuple[int, str, int, int, int]] = []  # customer, number, minor, issue day, due day

    def add_past(self, partition: Partition, asked: Ints, customers: Ints) -> None:
        """Plant past deposits, with what they settled open again."""
        rows, place = partition.past_allocations, {int(old): new for new, old in enumerate(customers)}
        rows = rows.take(np.isin(rows.deposit, asked))
        for position in asked.tolist():
            own = rows.take(rows.deposit == position)
            owner, numbers = place.get(int(own.customer[0]), -1), own.invoice_number.tolist()
            if owner < 0 or set(numbers) & self.numbers or len(set(numbers)) < len(numbers):
                continue
            due = int(partition.past.booked_day[position])
            for number, minor in zip(numbers, own.amount_minor.tolist(), strict=True):
                self._open(owner, number, minor, due - 30, due)
            line = {name: getattr(partition.past, name)[position] for name in Deposits.__dataclass_fields__}
            self._plant("past", line, frozenset(numbers))

    def add_made(self, each: int) -> None:
        """Plant deposits made of the book: every one names somebody or something that exists, and none is right."""
        items = self.book.open_items
        usable = np.flatnonzero((items.open_minor >= 1_000) & (items.issue_day < self.day))
        chosen = _spread(usable, each * TRIES, self.day).tolist()
        makers = self._stranger, self._neighbour, self._borrowed, self._twin
        for place, maker in enumerate(makers):
            made = 0
            for item, other in zip(chosen[2 * place :: 8], reversed(chosen[2 * place + 1 :: 8]), strict=False):
                made += maker(item, other)
                if made == each:
                    break

    def aviary(self) -> Aviary:
        """Return the book with everything planted."""
        book = replace(self.book, deposits=self._deposits(), open_items=self._items())
        return Aviary(book, tuple(self.canaries))

    def _stranger(self, item: int, _: int) -> bool:
        name = self._name_of(item)
        unknown = " ".join(word[::-1] for word in name.upper().split())
        return unknown != name.upper() and self._pay("stranger", unknown, "PAYMENT", self._open_minor(item))

    def _neighbour(self, item: int, other: int) -> bool:
        slip = exchanged(str(self.book.open_items.number[item]))
        minor = 3 * self._open_minor(item) + 7
        if not slip or slip in self.numbers or not (self._is_foreign(item, minor) and self._is_foreign(other, minor)):
            return False
        return self._pay("neighbour", self._name_of(other), f"INVOICE {slip}", minor)

    def _borrowed(self, item: int, other: int) -> bool:
        minor = self._open_minor(other)
        return self._is_foreign(item, minor) and self._pay("borrowed", self._name_of(item), "PAYMENT", minor)

    def _twin(self, item: int, _: int) -> bool:
        items = self.book.open_items
        number = exchanged(str(items.number[item])) or f"{items.number[item]}1"
        if number in self.numbers:
            return False
        owner, minor = int(items.customer[item]), self._open_minor(item)
        self._open(owner, number, minor, int(items.issue_day[item]), int(items.due_day[item]))
        return self._pay("twin", self._name_of(item), "PAYMENT", minor)

    def _is_foreign(self, item: int, minor: int) -> bool:
        """Tell whether an amount is far from what up to two items of this item's customer, or all of them, sum to."""
        items = self.book.open_items
        own = items.open_minor[items.customer == items.customer[item]]
        sums = np.concatenate([own, (own[:, None] + own[None, :]).ravel(), [own.sum()]])
        return bool((np.abs(sums - minor) * 20 > minor).all())

    def _pay(self, kind: str, payer: str, text: str, minor: int) -> bool:
        line = dict.fromkeys(Deposits.__dataclass_fields__, "") | {"payer": payer, "remittance": text}
        self._plant(kind, line | {"amount_minor": minor, "booked_day": self.day, "kind": "CREDIT"}, frozenset())
        return True

    def _plant(self, kind: str, line: dict[str, Any], numbers: frozenset[str]) -> None:
        position = len(self.lines)
        self.lines.append(line | {"id": position, "postable": True})
        self.canaries.append(Canary(kind, position, numbers))

    def _open(self, owner: int, number: str, minor: int, issue: int, due: int) -> None:
        self.extra.append((owner, number, minor, issue, due))
        self.numbers.add(number)

    def _name_of(self, item: int) -> str:
        return str(self.book.customers.name[self.book.open_items.customer[item]])

    def _open_minor(self, item: int) -> int:
        return int(self.book.open_items.open_minor[item])

    def _deposits(self) -> Deposits:
        kinds = Deposits.empty()
        return Deposits(**{name: _column([line[name] for line in self.lines], getattr(kinds, name).dtype)
                           for name in Deposits.__dataclass_fields__})  # fmt: skip

    def _items(self) -> OpenItems:
        items = self.book.open_items
        if not self.extra:
            return items
        owner, number, minor, issue, due = zip(*self.extra, strict=True)
        first = int(items.id.max()) + 1 if len(items) else 1
        blank = [""] * len(self.extra)
        new = (range(first, first + len(blank)), owner, number, blank, issue, due, minor, minor, blank)
        names = OpenItems.__dataclass_fields__
        columns = {name: np.concatenate([getattr(items, name), _column(list(values), getattr(items, name).dtype)])
                   for name, values in zip(names, new, strict=True)}  # fmt: skip
        return OpenItems(**columns)


def exchanged(number: str) -> str:
    """Return the number with its last two unlike neighbouring digits exchanged; nothing when all are alike.

    >>> exchanged("RE-2026-0471"), exchanged("1233"), exchanged("777")
    ('RE-2026-0417', '1323', '')
    """
    for found in reversed(list(re.finditer("(?=([0-9])([0-9]))", number))):
        one, two = found.groups()
        if one != two:
            return number[: found.start()] + two + one + number[found.start() + 2 :]
    return ""


def _column(values: Sequence[Any], dtype: np.dtype[Any]) -> Any:
    return texts(values) if dtype == np.object_ else np.array(values, dtype=dtype)


def songs_told(songs: Iterable[Song]) -> list[dict[str, Any]]:
    """Return what sang as plain values for a report."""
    return [{"kind": each.kind, "payer": each.payer, "posted_to": list(each.posted_to)} for each in songs]
