"""One deposit against one customer's account: what is open, what the text names, and how a set of invoices scores.

Room: pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from matchers.amount import DEDUCTION, EXACT, PARTIAL, Reading
from matchers.base import Candidate
from matchers.candidates import Book
from matchers.clues import Clue
from matchers.combination import accidental_points, group_points, structure_points
from matchers.desk import Desk, habits, lag_points
from matchers.reference import PREFIX, PURCHASE_ORDER, Hit
from matchers.text import Token

MANY = 64  # invoices of a customer from which columns are quicker than one after the other


class Account:
    """The state and the scoring. What explains the deposit is in `matchers.readings`."""

    def __init__(
        self,
        desk: Desk,
        clue: Clue,
        tokens: Sequence[Token],
        customer: int,
        prior: float,
        hits: list[Hit],
        is_cut: bool,
    ) -> None:
        self.desk, self.clue, self.customer, self.prior, self.hits = desk, clue, customer, prior, hits
        book, left = desk.book, desk.left_minor
        self.pool = _open_at(book.invoices_of.get(customer, ()), left, book.issue_day, clue.day)
        reopened = desk.reopened.get(customer)
        if reopened:
            self.pool = [i for i in self.pool if reopened.get(i, clue.day) <= clue.day]
        self.place = {item: position for position, item in enumerate(self.pool)}
        self.opens = [left[i] for i in self.pool]
        self.by_token: dict[int, list[Hit]] = defaultdict(list)
        for hit in hits:
            if book.issue_day[hit.item] <= clue.day:
                self.by_token[hit.token].append(hit)
        self.named = {hit.item for hits in self.by_token.values() for hit in hits}
        self.token_points = {token: max(hit.points for hit in hits) for token, hits in self.by_token.items()}
        self.is_cut = is_cut
        self.habit = habits(desk, customer)
        self.by_orders = any(hit.how == PURCHASE_ORDER for hits in self.by_token.values() for hit in hits)
        self.by_accident = -60.0
        self.group_of: list[int] = []
        self.sizes: list[int] = []
        self.unread = _unread(tokens, set(self.by_token))
        self.incomplete = self._incompleteness()
        self.named_points = sum(self.token_points.values())

    def unlisted(self) -> float:
        """Return the points of any other set of this customer's invoices, which nobody listed."""
        if not self.pool:
            return -60.0
        amount, left = self.clue.amount, self.desk.left_minor
        blank = (
            self.prior + accidental_points(self.opens, amount) + self._reference_points(()) + self._room_for(amount, ())
        )
        listed = self.listed()
        if amount % 100_000 == 0:
            choice = math.log(max(2.0, 0.4 * amount / 100_000))
            blank = max(blank, self.prior + math.log(self.desk.shortages.partial_share) - choice - 3.5)
        if not listed:
            return blank
        short = sum(left[i] for i in listed) - amount
        spread = math.log(0.6 * sum(self.opens) + 1)
        round_overpaid = math.log(0.03) - math.log(max(2.0, 0.4 * amount / 100_000)) if amount % 100_000 == 0 else -60.0
        fallen_short = math.log(self.habit.get(DEDUCTION, 0.0) + self.habit.get(PARTIAL, 0.0) + 0.02) - 1.0
        density = max(self._room_for(-short, listed) - spread, round_overpaid) if short < 0 else fallen_short - spread
        return log_sum(
            [blank, self.by_accident, self.prior + self.named_points + math.log(self.incomplete) - 5.0 + density]
        )

    def _room_for(self, rest: int, without: Sequence[int]) -> float:
        """Return how much less likely unlisted sets are when all that could sum to the rest were tried."""
        is_fitting = any(
            value <= rest and item not in without for item, value in zip(self.pool, self.opens, strict=True)
        )
        short_too = math.log(self.habit.get(DEDUCTION, 0.0) + self.habit.get(PARTIAL, 0.0) + 0.05)
        return short_too - 0.5 if not is_fitting else short_too if len(self.pool) - len(without) <= 15 else 0.0

    def _incompleteness(self) -> float:
        """Return the probability that the text names only some of the invoices."""
        if self.clue.is_partial_list:
            return 0.95
        if self.unread:
            return 0.9
        if self.is_cut or any(all(hit.how == PREFIX for hit in hits) for hits in self.by_token.values()):
            return 0.85
        complete = self.desk.memory.kinds_of.get(self.customer, Counter())[EXACT]
        partly = self.by_orders and any(not self.desk.book.po_digits[i] for i in self.pool)
        return 0.4 if partly else 0.15 / (3.0 + complete)

    def listed(self) -> list[int]:
        single = {hits[0].item for hits in self.by_token.values() if len({hit.item for hit in hits}) == 1}
        return [item for item in single if self.desk.left_minor[item] != 0]

    def exact(self, items: Sequence[int], extra: float = 0.0) -> Candidate:
        left = self.desk.left_minor
        cash = tuple(left[item] for item in items)
        points = math.log(self.habit.get(EXACT, self.desk.shortages.exact_share)) + extra
        return self.candidate(items, Reading(EXACT, cash, (0,) * len(cash), 0, points))

    def candidate(self, items: Sequence[int], reading: Reading) -> Candidate:
        book = self.desk.book
        places = [self.place[i] for i in items if i in self.place]
        structure = self._structure(items, places)
        is_named = bool(self.named) and self.named.issuperset(items)
        structure = max(structure, -8.0) if is_named else structure
        structure += lag_points(self.desk, self.customer, items, self.clue.day)
        if is_named and reading.kind != EXACT and len(items) >= len(self.listed()):
            structure += math.log(1.0 - self.incomplete)
        gone = len(items) - len(places)
        if gone:
            gone = sum(1 for i in items if book.open_minor[i] > 0 and i not in self.place)
        prior = self.prior
        return Candidate(
            reading.kind,
            tuple(items),
            (self.customer,) * len(items),
            reading.cash,
            reading.beside,
            reading.on_account,
            prior,
            self._reference_points(items),
            reading.points,
            structure - 4.0 * gone,
        )

    def _structure(self, items: Sequence[int], places: list[int]) -> float:
        """Return the points of choosing this set; of a list that is continued, only what continues it is a choice."""
        named = [self.place[i] for i in items if i in self.named and i in self.place] if self.named else []
        if not places or not named or len(named) == len(places):
            places = places or named
            if not places:
                return -3.0
            points = structure_points(places, max(1, len(self.pool)))
            if len(places) > 1 and points < -4.0:
                self._group()
                points = max(points, group_points(places, self.group_of, self.sizes))
            return points
        added, last = sorted(set(places) - set(named)), max(named)
        points = structure_points(added, max(1, len(self.pool)))
        if added[0] > last:
            points = max(points, self._continuation(added, last))
        return points - 1.0

    def _group(self) -> None:
        if not self.sizes:
            self.group_of, self.sizes = _due_groups(self.pool, self.desk.book)

    def _continuation(self, added: Sequence[int], last: int) -> float:
        self._group()
        base = self.group_of[last]
        sizes = self.sizes[base:]
        sizes[0] = sum(1 for group in self.group_of[last + 1 :] if group == base)
        return group_points([p - last - 1 for p in added], [g - base for g in self.group_of[last + 1 :]], sizes) + 1.0

    def _reference_points(self, items: Sequence[int]) -> float:
        if not self.by_token:
            return -3.0 * min(2, self.unread)
        inside, points = set(items), 0.0
        named: set[int] = set()
        for token, hits in self.by_token.items():
            of_these = [hit for hit in hits if hit.item in inside]
            if of_these:
                points += max(hit.points for hit in of_these)
                named.update(hit.item for hit in of_these)
            else:
                points -= min(4.0, 0.4 * self.token_points[token])
        unnamed = sum(1 for i in items if i not in named and self.desk.book.open_minor[i] > 0)
        if named and unnamed:
            points -= 1.0 + 0.15 * unnamed if self.is_cut else 2.5 + 0.7 * unnamed
        return points - (1.0 if named else 3.0) * min(2, self.unread)


def _open_at(places: Sequence[int], left: Sequence[int], issue_day: Sequence[int], day: int) -> list[int]:
    """Return those of the places that are open and were issued by this day."""
    if len(places) < MANY:
        return [i for i in places if left[i] > 0 and issue_day[i] <= day]
    column = np.asarray(places)
    is_open = (np.asarray(left)[column] > 0) & (np.asarray(issue_day)[column] <= day)
    pool: list[int] = column[is_open].tolist()
    return pool


def _due_groups(pool: Sequence[int], book: Book) -> tuple[list[int], list[int]]:
    group_of: list[int] = []
    sizes: list[int] = []
    for _, of_one_day in groupby(map(book.due_day.__getitem__, pool)):
        size = len(list(of_one_day))
        group_of.extend([len(sizes)] * size)
        sizes.append(size)
    return group_of, sizes


def _unread(tokens: Sequence[Token], read: set[int]) -> int:
    """Return how many tokens stand in a list of our numbers without being any: a slip, or a foreign number."""
    count = 0
    for position, token in enumerate(tokens):
        if position in read or token.is_labelled_own or len(token.digits) < 4:
            continue
        beside = position - 1 in read and tokens[position - 1].end + 2 >= token.start
        count += token.is_labelled_ours or beside
    return count


def log_sum(values: Sequence[float]) -> float:
    """Return the log of the sum of what the values are logs of."""
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))
