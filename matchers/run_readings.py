"""The payment run as an explanation: what of each due date a deposit without a full list probably pays.

Room: pure.
"""

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from matchers.amount import CLAIM, DEDUCTION, DISCOUNT, EXACT, FEE, OVERPAY, PARTIAL
from matchers.base import Candidate
from matchers.list_readings import MOST_CREDITS, ListReadings
from matchers.pay_run import Run, likeliest_runs, likely_runs, log_chances, spread_minor, undecided_points

ROUNDED = 6  # minor units by which per-invoice rounding moves a discounted total
CREDIT_NET = "credit_net"
RUN = ("run",)
SHORT = (PARTIAL, DEDUCTION, OVERPAY)
MOST_SHORT_RUNS, MOST_SUGGESTED = 40, 8
TOO_MANY = 14.0  # points of undecidedness above which a likely run is no better than the next
MOST_DATES = 40
MOST_REMEMBERED = 10_000  # searches, two kilobytes each: asked again soon or never
LATEST_DAYS = 16  # after the usual day of payment: what is due later is hardly paid now
HOPELESS = 9.0  # points by which there may be more likely runs than amounts
LIKELY_PAYER = -3.0  # log of a payer's chance below which no run is looked for
NOTHING = -60.0  # points of no accident at all
UNTIDY_SHARE = 0.05  # share of payments that are no run at all


@dataclass(frozen=True, slots=True)
class Aim:
    """A sum that unnamed invoices may have, by what kind of payment, and how large a share of payments is of it."""

    kind: str
    least: int
    most: int
    share: float


class RunReadings(ListReadings):
    """One deposit against one customer, read as a payment run."""

    def pay_runs(self, listed: Sequence[int]) -> list[Candidate]:
        """Return the listed items with the likeliest runs that fill the amount, less a known or announced shortage."""
        if not listed and self.prior < LIKELY_PAYER:
            return []
        state = self.desk.runs.learned, self.desk.usual_lag(self.customer), *self.habit.values()
        key = self.clue.position, self.clue.amount, self.prior, (*listed, -1, *self.pool), sum(self.opens), state
        known = self.desk.searched.get(key)
        if known is None:
            if len(self.desk.searched) >= MOST_REMEMBERED:
                self.desk.searched.clear()
            known = self.desk.searched[key] = self._search(listed)
        found, by_accident = known
        self.by_accident = max(self.by_accident, by_accident)
        return found

    def _search(self, listed: Sequence[int]) -> tuple[list[Candidate], float]:
        dates, offsets = self._due_dates(listed)
        left = self.desk.left_minor
        worth = [[left[i] for i in items] for items in dates]
        whole = sum(sum(each) for each in worth)
        aims = [aim for aim in self._aims(sum(left[i] for i in listed)) if aim.most > 0 and aim.least <= whole]
        if not aims or sum(len(each) for each in dates) < 2:
            return [], NOTHING
        chances = log_chances(worth, offsets, self.desk.runs, aims[0].most)
        room = 2.5 * spread_minor(worth, chances)
        if sum(undecided_points(chances)) - math.log(room) > HOPELESS:
            return [], NOTHING
        low, high, shares = zip(*((aim.least, aim.most, aim.share) for aim in aims), strict=True)
        runs, others, missed = likeliest_runs(worth, chances, low, high, shares)
        named = self._named_points(listed)
        found = [
            each for run in runs for each in self._as_candidates(run, (aims[run.place].kind,), dates, listed, named)
        ]
        unseen = missed + UNTIDY_SHARE + self.desk.runs.disorder(chances)
        accidents = sum(aim.share * (1 + aim.most - aim.least) for aim in aims) * unseen / room
        return found, self.prior + named + math.log(others + accidents)

    def short_runs(self, listed: Sequence[int]) -> list[Candidate]:
        """Return the listed items with likely runs that are paid short or rounded up."""
        if not listed and self.prior < LIKELY_PAYER:
            return []
        left = self.desk.left_minor
        rest = self.clue.amount - sum(left[i] for i in listed)
        dates, offsets = self._due_dates(listed)
        worth = [[left[i] for i in items] for items in dates]
        if not dates or rest <= 0:
            return []
        chances = log_chances(worth, offsets, self.desk.runs, rest * 11 // 10)
        if sum(undecided_points(chances)) > TOO_MANY:
            return []
        found, named = [], self._named_points(listed)
        least = max(rest * 9 // 10, 1)  # of a cent, nine tenths are nothing, and no invoice at all is no run
        for run in likely_runs(worth, chances, least, rest * 5 // 2, MOST_SHORT_RUNS):
            found += self._as_candidates(run, SHORT, dates, listed, named)
        return sorted(found, key=lambda each: -each.score)[:MOST_SUGGESTED]

    def claims(self, items: Sequence[int]) -> list[Candidate]:
        """Return the items less a claim that the text announces."""
        return self._kinds(items, CLAIM)

    def parts(self, items: Sequence[int]) -> list[Candidate]:
        """Return the items with a round part of one of them."""
        return self._kinds(items, PARTIAL)

    def near_usual(self, without: Sequence[int]) -> list[int]:
        """Return what else is open, what falls due about this customer's usual day first."""
        due, usual = self.desk.book.due_day, self.clue.day - self.desk.usual_lag(self.customer)
        return sorted((i for i in self.pool if i not in without), key=lambda i: abs(due[i] - usual))

    def _due_dates(self, listed: Sequence[int]) -> tuple[list[list[int]], list[int]]:
        """Return what may be taken of each due date, in order, and the days from this customer's usual day."""
        book, taken = self.desk.book, set(listed)
        after = max((self.place[i] for i in listed if i in self.place), default=-1) if self.is_cut else -1
        usual = self.clue.day - self.desk.usual_lag(self.customer)
        dates: dict[int, list[int]] = {}
        unlisted_orders = bool(listed) and self.by_orders and not self.is_cut
        end = bisect_right(self.pool, usual + LATEST_DAYS, key=book.due_day.__getitem__)
        for item in reversed(self.pool[after + 1 : end]):
            if item not in taken and not (unlisted_orders and book.po_digits[item]):
                offset = book.due_day[item] - usual
                if offset not in dates and len(dates) == MOST_DATES:
                    break
                dates.setdefault(offset, []).append(item)
        kept = list(reversed(dates))
        return [dates[offset][::-1] for offset in kept], kept

    def _aims(self, named: int) -> list[Aim]:
        """Return the sums that unnamed invoices may have, beside what the listed ones have."""
        amount, shortages, habit = self.clue.amount, self.desk.shortages, self.habit
        rest = amount - named
        claimed = habit.get(DEDUCTION, shortages.deduction_share)
        aims = [Aim(EXACT, rest, rest, habit.get(EXACT, shortages.exact_share))]
        aims += [
            Aim(CLAIM, rest + each, rest + each, claimed) for each in dict.fromkeys(self.clue.said) if each < amount
        ]
        aims += [
            Aim(FEE, rest + fee, rest + fee, share) for fee, share in shortages.fee_shares.items() if share >= 0.003
        ]
        book, left = self.desk.book, self.desk.left_minor
        for credit in book.credits_of.get(self.customer, ())[:MOST_CREDITS]:
            if left[credit] and book.issue_day[credit] <= self.clue.day:
                aims.append(Aim(CREDIT_NET, rest - left[credit], rest - left[credit], shortages.credit_share))
        for rate, share in shortages.rate_shares.items():
            if share >= 0.01 or habit.get(DISCOUNT):
                gross = amount * 10_000 // (10_000 - rate) - named
                aims.append(
                    Aim(DISCOUNT, gross - ROUNDED, gross + ROUNDED, share * (1.0 + 12.0 * habit.get(DISCOUNT, 0.0)))
                )
        return aims

    def _as_candidates(
        self, run: Run, kinds: Sequence[str], dates: Sequence[Sequence[int]], listed: Sequence[int], named: float
    ) -> list[Candidate]:
        items = (*listed, *(i for date, size in zip(dates, run.sizes, strict=True) for i in date[:size]))
        if kinds == (CREDIT_NET,):
            found = self._with_credit(items, sum(self.desk.left_minor[i] for i in items) - self.clue.amount)
            return [replace(c, structure_points=run.points, reference_points=named, notes=RUN) for c in found]
        opens = [self.desk.left_minor[i] for i in items]
        who = (self.customer,) * len(items)
        return [
            Candidate(r.kind, items, who, r.cash, r.beside, r.on_account, self.prior, named, r.points, run.points, RUN)
            for r in self._readings(opens, kinds)
        ]

    def _named_points(self, listed: Sequence[int]) -> float:
        return self._reference_points(listed) - (0.0 if not listed else 0.5 if self.is_cut else 2.5)
