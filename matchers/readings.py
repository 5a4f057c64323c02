"""Every way one customer's open items explain a deposit: as listed, filled up, unnamed, rounded, or guessed.

Room: pure.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby, islice

import numpy as np

from matchers.amount import CLAIM, DEDUCTION, DISCOUNT, EXACT, FEE, OVERPAY, PARTIAL, Reading, discounted
from matchers.base import Candidate
from matchers.combination import (
    MOST_IN_ORDER,
    first_of_each_to,
    pairs_to,
    runs_between,
    runs_but_one,
    runs_near,
    runs_to,
    runs_to_any,
    subsets_to,
)
from matchers.desk import lag_points
from matchers.list_readings import MOST_CREDITS
from matchers.reference import MOST_POINTS
from matchers.run_readings import ROUNDED, RUN, RunReadings

SHORT = (PARTIAL, DEDUCTION, CLAIM)
MOST_GUESSED = 60
MOST_OF_ONE_ORDER = 15
MOST_SHORT = 6
UNTIDY = 2.5  # points by which exchanging an invoice of a payment run for an equal one is less likely
STRANGEST = 4.5  # points by which an odd set may at most fall behind a tidy one: payers are not that tidy
REST_IS_PAID = -1.5  # few disputed rests are ever paid
TIDY = -6.0  # points of a set that needs no search for others
UNLIKELY = -6.6  # log of a payer's chance below which only exact amounts are tried
ACCIDENT_LOOKS_LIKELY = -5.3  # an accidental set is rarely also shaped like what payers choose


class Readings(RunReadings):
    """One deposit against one customer."""

    def explanations(self) -> list[Candidate]:
        """Return the explanations by this customer's invoices."""
        found: list[Candidate] = []
        for listed in self._choices():
            read = self._read(listed)
            found += read if _is_exact(read) else read + self._filled(listed)
            if self.incomplete > 0.1 and not _is_exact(found):
                found += self.pay_runs(listed)
        found += self._disputed_rest()
        if "sets" in self.desk.without:
            singles = [item for item in self.pool if self.desk.left_minor[item] == self.clue.amount]
            return found or [self.exact([item]) for item in singles]
        if self.pool and not _is_exact(found):
            found += self._unnamed()
            if not self.listed() and not any(c.kind == EXACT and c.structure_points > TIDY for c in found):
                found += self.pay_runs(())
        return found + self._twins(found)

    def _disputed_rest(self) -> list[Candidate]:
        """Return the payment of exactly what an earlier short payment left open."""
        item = self.desk.rests.get(self.customer, {}).get(self.clue.amount)
        if item is None:
            return []
        points = REST_IS_PAID + (MOST_POINTS if item in self.named else 0.0)
        lag = lag_points(self.desk, self.customer, [item], self.clue.day)
        return [
            Candidate(
                EXACT,
                (item,),
                (self.customer,),
                (self.clue.amount,),
                (0,),
                0,
                self.prior,
                points,
                -1.0,
                lag - 2.0,
                ("rest",),
            )
        ]

    def _choices(self) -> list[list[int]]:
        """Return the ways to read the list: what is plain, with one reading of each number that could be several."""
        base = self.listed()
        ways = [base] if base else []
        for hits in self.by_token.values():
            items = list(dict.fromkeys(hit.item for hit in hits if self.desk.left_minor[hit.item] > 0))
            if 1 < len(items) <= 4 and not set(items) & set(base) and len(ways) <= 4:
                ways += [[*way, item] for way in (ways or [[]]) for item in items if item not in way]
        return ways

    def _twins(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Return the same sets with an invoice exchanged for an equal one: as likely, unless the text names it."""
        left, best = self.desk.left_minor, sorted(found, key=lambda c: -c.score)[:2]
        equal: dict[int, list[int]] = {left[i]: [] for each in best for i in each.items if i not in self.named}
        for item in self.pool if equal else ():
            if left[item] in equal:
                equal[left[item]].append(item)
        twins: list[Candidate] = []
        for candidate in best if equal else ():
            inside = set(candidate.items)
            for place, item in enumerate(candidate.items):
                for other in equal.get(self.desk.left_minor[item], ())[:6]:
                    if other not in inside and item not in self.named and len(twins) < 12:
                        items = [*candidate.items[:place], other, *candidate.items[place + 1 :]]
                        reading = Reading(
                            candidate.kind,
                            candidate.cash,
                            candidate.beside,
                            candidate.on_account,
                            candidate.amount_points,
                        )
                        twin = self._as_odd(self.candidate(items, reading), candidate)
                        twins.append(self._as_equal(twin, candidate, item, other))
        return twins

    def _as_equal(self, twin: Candidate, first: Candidate, item: int, other: int) -> Candidate:
        """Return the twin as likely as the first where nothing but the number tells the two invoices apart.

        Inside a set the order of numbers does tell: payers take runs, and an exchange tears a hole into one.
        """
        book = self.desk.book
        is_of_one_day = (book.due_day[item], book.issue_day[item]) == (book.due_day[other], book.issue_day[other])
        if len(first.items) > 1 or not is_of_one_day:
            return twin
        return replace(twin, structure_points=max(twin.structure_points, first.structure_points))

    def _as_odd(self, twin: Candidate, tidy: Candidate) -> Candidate:
        """Return the twin of a payment run no further behind it than payers are untidy."""
        least = tidy.structure_points - UNTIDY if tidy.notes == RUN else -math.inf
        return replace(twin, structure_points=max(twin.structure_points, least))

    def _groups(self) -> list[list[int]]:
        groups = []
        for hits in self.by_token.values():
            items = sorted(
                {hit.item for hit in hits if self.desk.left_minor[hit.item] > 0}, key=lambda i: self.place.get(i, 0)
            )
            if len(items) > 1:
                groups.append(items)
        return groups

    def _filled(self, listed: Sequence[int]) -> list[Candidate]:
        """Return the list with what it leaves out, when the cash says that it leaves something out."""
        left, amount = self.desk.left_minor, self.clue.amount
        taken = set(listed)
        found: list[Candidate] = []
        rest = amount - sum(left[item] for item in listed)
        for group in self._groups() if rest > 0 else ():
            members = [i for i in group if i not in taken]
            sets = subsets_to([left[i] for i in members], rest)[0] if len(members) <= MOST_OF_ONE_ORDER else []
            found += [self.exact([*listed, *(members[p] for p in chosen)]) for chosen in sets]
        pool = [i for i in self.pool if i not in taken]
        if rest > 0:
            found += [self.exact([*listed, *items]) for items in self._sets_to(pool, rest, listed)]
        if not found and pool and (rest > 0 or self.incomplete > 0.1):
            found += self._filled_short(listed, pool, rest)
        return found

    def _filled_short(self, listed: Sequence[int], pool: Sequence[int], rest: int) -> list[Candidate]:
        """Return filled lists that a known discount, fee or credit memo makes exact."""
        left, shortages = self.desk.left_minor, self.desk.shortages
        found: list[Candidate] = []
        opens = np.array([left[i] for i in pool], dtype=np.int64)
        for rate, share in shortages.rate_shares.items():
            if share < 0.01 and not self.habit.get(DISCOUNT):
                continue
            need = self.clue.amount - sum(discounted(left[i], rate) for i in listed)
            short = dict(zip(pool, discounted(opens, rate).tolist(), strict=True)) if need > 0 else {}
            for items in self._sets_to(pool, need, listed, short) if need > 0 else ():
                found += self._kinds([*listed, *items], DISCOUNT)
        fees = [fee for fee, share in shortages.fee_shares.items() if rest + fee > 0 and share >= 0.003]
        for items in self._sets_to_any(pool, [rest + fee for fee in fees], listed) if fees else ():
            found += self._kinds([*listed, *items], FEE)
        book = self.desk.book
        for credit in book.credits_of.get(self.customer, ())[:MOST_CREDITS]:
            if left[credit] and book.issue_day[credit] <= self.clue.day and rest - left[credit] > 0:
                for items in self._sets_to(pool, rest - left[credit], listed):
                    found += self._with_credit([*listed, *items], -left[credit])
        return found

    def _sets_to(
        self, pool: Sequence[int], rest: int, listed: Sequence[int], values: dict[int, int] | None = None
    ) -> list[list[int]]:
        """Return sets of the pool that sum to the rest: one, a run, the first of each due date, near ones, in that
        order.
        """
        worth = values or self.desk.left_minor
        opens = [worth[i] for i in pool]
        sets = [[p] for p, value in enumerate(opens) if value == rest][:4] if rest in opens else []
        sets += [list(run) for run in runs_to(opens, rest)]
        if sets:
            return [[pool[p] for p in chosen] for chosen in sets]
        found = []
        if len(pool) > 15:
            found = self._first_of_each(pool, [rest], listed, worth)
        places = [self.place[i] for i in listed if i in self.place]
        near = _nearest(pool, self.place, places, 15)
        found += [[near[p] for p in chosen] for chosen in subsets_to([worth[i] for i in near], rest)[0]]
        if self.by_orders:
            bare = _nearest([i for i in pool if not self.desk.book.po_digits[i]], self.place, places, 15)
            if bare != near:
                found += [[bare[p] for p in chosen] for chosen in subsets_to([worth[i] for i in bare], rest)[0]]
        return found

    def _sets_to_any(self, pool: Sequence[int], rests: Sequence[int], listed: Sequence[int]) -> list[list[int]]:
        opens = [self.desk.left_minor[i] for i in pool]
        sets = [list(pool[start:end]) for _, start, end in runs_to_any(opens, rests)[:MOST_SHORT]]
        if not sets and len(pool) > 15 and self.incomplete >= 0.5:
            sets = self._first_of_each(pool, rests, listed, self.desk.left_minor)
        return sets

    def _first_of_each(
        self, pool: Sequence[int], rests: Sequence[int], listed: Sequence[int], worth: Sequence[int] | dict[int, int]
    ) -> list[list[int]]:
        last = max((self.place[i] for i in listed if i in self.place), default=-1)
        members = self._first_dates(pool[bisect_right(pool, last, key=self.place.__getitem__) :])
        ways, tried = first_of_each_to([[worth[i] for i in group] for group in members], rests)
        sets = [[i for group, size in zip(members, way, strict=False) for i in group[:size]] for _, way in ways]
        if sets:
            expected = math.log(tried * len(rests) / (0.6 * sum(worth[i] for i in pool)))
            best = max(self.exact([*listed, *items]).score for items in sets)
            self.by_accident = max(self.by_accident, best + min(0.7, expected) + ACCIDENT_LOOKS_LIKELY)
        return sets

    def _first_dates(self, pool: Sequence[int]) -> list[list[int]]:
        """Return the items of the first due dates: later ones are not tried in order."""
        by_day = groupby(pool, self.desk.book.due_day.__getitem__)
        return [list(of_one_day) for _, of_one_day in islice(by_day, MOST_IN_ORDER)]

    def _unnamed(self) -> list[Candidate]:
        amount, left = self.clue.amount, self.desk.left_minor
        found = self._exact_unnamed()
        if self.prior > UNLIKELY:
            found += self._short_unnamed() + self._rounded_up()
        groups = self._groups()
        for group in groups:
            for chosen in subsets_to([left[i] for i in group], amount)[0] if len(group) <= 60 else ():
                found.append(self.exact([group[p] for p in chosen]))
            found += self._read(group)
        if not found and len(self.pool) <= MOST_GUESSED and not self.by_token and self.prior > UNLIKELY:
            found += self._guesses()
        return found

    def _exact_unnamed(self) -> list[Candidate]:
        """Return sets that sum to the amount: runs, and whatever else does, for an exact sum alone is no proof."""
        amount, left = self.clue.amount, self.desk.left_minor
        runs = runs_to_any(self.opens, [amount])
        chosen = {tuple(range(start, end)) for _, start, end in runs[:12]}
        if not chosen:
            chosen.update(runs_but_one(self.opens, amount))
        if self.prior > UNLIKELY or not chosen:
            near = self.pool[:15]
            sets, _ = subsets_to([left[i] for i in near], amount)
            chosen.update(sets)
            if len(self.pool) > 15 and chosen:
                chosen.update(pairs_to(self.opens, amount, MOST_SHORT))
        found = [self.exact([self.pool[p] for p in places]) for places in sorted(chosen)]
        best = max((candidate.structure_points for candidate in found), default=0.0)
        return [
            candidate
            if candidate.structure_points >= best - STRANGEST
            else replace(candidate, structure_points=best - STRANGEST)
            for candidate in found
        ]

    def _short_unnamed(self) -> list[Candidate]:
        """Return runs that a known fee, discount or credit memo makes exact."""
        amount, shortages = self.clue.amount, self.desk.shortages
        book, left = self.desk.book, self.desk.left_minor
        credits = [
            c
            for c in book.credits_of.get(self.customer, ())[:MOST_CREDITS]
            if left[c] and book.issue_day[c] <= self.clue.day
        ]
        fees, rates = list(shortages.fee_shares), list(shortages.rate_shares)
        gross = [amount * 10_000 // (10_000 - rate) for rate in rates]
        exact = [amount + fee for fee in fees] + [amount - left[c] for c in credits]
        low, high = exact + [each - ROUNDED for each in gross], exact + [each + ROUNDED for each in gross]
        found: list[Candidate] = []
        for which, start, end in runs_near(np.asarray(self.opens, dtype=np.int64), low, high)[:20]:
            items = self.pool[start:end]
            if which < len(fees):
                found += self._kinds(items, FEE)
            elif which < len(exact):
                found += self._with_credit(items, -left[credits[which - len(fees)]])
            else:
                found += self._kinds(items, DISCOUNT)
        return found

    def _rounded_up(self) -> list[Candidate]:
        """Return runs that the payer may have rounded up to full thousands, when the amount is."""
        if self.clue.amount % 100_000:
            return []
        opens = np.asarray(self.opens, dtype=np.int64)
        found = []
        for start, end in runs_between(opens, self.clue.amount - 99_999, self.clue.amount - 1)[:MOST_SHORT]:
            found += self._kinds(self.pool[start:end], OVERPAY)
        return found

    def _guesses(self) -> list[Candidate]:
        """Return what a person would look at first when nothing fits: the invoices due about now, and short runs of
        them.
        """
        due, day = self.desk.book.due_day, self.clue.day
        left, amount = self.desk.left_minor, self.clue.amount
        near = sorted(self.pool, key=lambda i: abs(day - due[i]))
        found = []
        for item in [i for i in near if left[i] > amount][:5]:
            found += self._kinds([item], *SHORT)
        for item in [i for i in near if left[i] < amount][:3]:
            found += self._kinds([item], OVERPAY)
        for size in (2, 3):
            starts = range(len(self.pool) - size + 1)
            fitting = [start for start in starts if amount < sum(self.opens[start : start + size]) <= 2 * amount]
            fitting.sort(key=lambda start: abs(day - due[self.pool[start]]))
            for start in fitting[:3]:
                found += self._kinds(self.pool[start : start + size], *SHORT)
        return found


def _is_exact(candidates: Sequence[Candidate]) -> bool:
    return any(candidate.kind == EXACT for candidate in candidates)


def _nearest(pool: Sequence[int], place: dict[int, int], anchors: Sequence[int], most: int) -> list[int]:
    if len(pool) <= most:
        return list(pool)
    if not anchors:
        return list(pool[:most])
    own, low, high = place.__getitem__, min(anchors), max(anchors)
    left, right = bisect_left(pool, low, key=own), bisect_right(pool, high, key=own)
    right = min(right, left + most)
    while right - left < most:
        if left and (right == len(pool) or low - own(pool[left - 1]) <= own(pool[right]) - high):
            left -= 1
        else:
            right += 1
    return list(pool[left:right])
