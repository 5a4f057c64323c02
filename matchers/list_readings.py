"""A given set of one customer's invoices against the amount: whole, short, with a credit memo, or one too many.

Room: pure.
"""

import math
from collections.abc import Collection, Sequence

from matchers.account import Account
from matchers.amount import KINDS, Reading, read_amount
from matchers.base import Candidate

MOST_CREDITS = 8


class ListReadings(Account):
    """One deposit against one customer, the set being given."""

    def _read(self, items: Sequence[int]) -> list[Candidate]:
        left = self.desk.left_minor
        opens = [left[item] for item in items]
        found = [self.candidate(items, reading) for reading in self._readings(opens)]
        short = sum(opens) - self.clue.amount
        if short > 0:
            found += self._with_credit(items, short)
            found += self._dropped(items, short)
        return found

    def _readings(self, opens: Sequence[int], kinds: Collection[str] = KINDS) -> list[Reading]:
        return read_amount(opens, self.clue.amount, self.desk.shortages, self.habit, self.clue.said, kinds)

    def _with_credit(self, items: Sequence[int], short: int) -> list[Candidate]:
        book, left = self.desk.book, self.desk.left_minor
        credits = [c for c in book.credits_of.get(self.customer, ()) if left[c] and book.issue_day[c] <= self.clue.day]
        chosen = [c for c in credits if -left[c] == short][:MOST_CREDITS]
        points = math.log(self.desk.shortages.credit_share) - math.log(max(1, len(credits)))
        found = []
        for credit in chosen:
            cash = (*tuple(left[item] for item in items), left[credit])
            reading = Reading("credit_net", cash, (0,) * len(cash), 0, points)
            found.append(self.candidate([*items, credit], reading))
        return found

    def _dropped(self, items: Sequence[int], short: int) -> list[Candidate]:
        left = self.desk.left_minor
        extra = [item for item in items if left[item] == short]
        return [self.exact([i for i in items if i != item], -3.0) for item in extra[:2] if len(items) > 1]

    def _kinds(self, items: Sequence[int], *kinds: str) -> list[Candidate]:
        """Return what the amount alone says of the set, of these kinds."""
        left = self.desk.left_minor
        readings = self._readings([left[item] for item in items], kinds)
        return [self.candidate(items, reading) for reading in readings]
