"""What a batch teaches by itself: deposits that name what they pay show shortages, habits, keys and due dates.

Room: pure.
"""

from collections import Counter, defaultdict
from collections.abc import Sequence

from matchers.amount import DEDUCTION, DISCOUNT, FEE, OVERPAY, PARTIAL, shortage_rate
from matchers.base import Candidate, Shortages
from matchers.clues import Clue
from matchers.desk import Desk
from matchers.pay_run import MOST_LEARNED
from matchers.reference import FULL, read_numbers


def plain_answers(desk: Desk, clues: Sequence[Clue]) -> dict[int, list[int]]:
    """Return, by position, the items of deposits that name open invoices in full which sum to the cent; learn
    shortages.
    """
    plain: dict[int, list[int]] = {}
    taken: set[int] = set()
    rates: Counter[int] = Counter()
    fees: Counter[int] = Counter()
    seen = 0
    for clue in clues:
        items = _named_in_full(desk, clue)
        if not items:
            continue
        opens = [desk.left_minor[i] for i in items]
        seen += 1
        if sum(opens) == clue.amount:
            if not taken & set(items):
                plain[clue.position] = items
                taken.update(items)
            continue
        kind = _kind_of(opens, clue.amount)
        if kind == DISCOUNT:
            rates[shortage_rate(opens, clue.amount)] += 1
        elif kind == FEE:
            fees[sum(opens) - clue.amount] += 1
        if kind:
            desk.memory.kinds_of[desk.book.customer[items[0]]][kind] += 1
    _learn_shortages(desk.shortages, rates, fees, max(20, seen))
    return plain


def _named_in_full(desk: Desk, clue: Clue) -> list[int]:
    _, hits = read_numbers(clue.tokens, desk.book)
    full = {
        hit.item: hit for hit in hits if hit.how == FULL and hit.points >= 9.0 and desk.book.open_minor[hit.item] > 0
    }
    if not full or len({hit.token for hit in full.values()}) != len(full):
        return []
    owners = {desk.book.customer[i] for i in full}
    if len(owners) != 1 or any(desk.book.issue_day[i] > clue.day for i in full):
        return []
    return list(full)


def _kind_of(opens: Sequence[int], amount: int) -> str:
    """Return the kind a difference looks like when the list is believed; nothing when the list seems incomplete."""
    short = sum(opens) - amount
    if short > 0 and shortage_rate(opens, amount):
        return DISCOUNT
    if 0 < short <= 10_000 and len(opens) < 30 and (short % 100 == 0 or short * 50 < sum(opens)):
        return FEE
    if short > 0:
        return PARTIAL if amount % 100_000 == 0 else DEDUCTION if short * 5 <= sum(opens) * 3 else ""
    return OVERPAY if -short * 4 < sum(opens) or amount % 100_000 == 0 else ""


def _learn_shortages(shortages: Shortages, rates: Counter[int], fees: Counter[int], seen: int) -> None:
    for rate, count in rates.items():
        if count >= 2:
            shortages.rate_shares[rate] = max(shortages.rate_shares.get(rate, 0.0), count / seen)
    for fee, count in fees.items():
        if count >= (2 if fee % 100 == 0 else 3):
            shortages.fee_shares[fee] = max(shortages.fee_shares.get(fee, 0.0), count / seen)


def learn_one(desk: Desk, clue: Clue, candidate: Candidate) -> None:
    """Teach the memory one deposit of this batch that is as good as certain."""
    who = set(candidate.customers)
    if len(who) == 1:
        customer = candidate.customers[0]
        desk.memory.learn_line(clue.keys, customer)
        desk.memory.learn_check(clue.check_number, customer)
        _learn_run(desk, clue, candidate, customer)
        due = [desk.book.due_day[i] for i in candidate.items]
        desk.memory.lags_of[customer].append(clue.day - sum(due) // len(due))
        desk.memory.kinds_of[customer][candidate.kind] += 1


def _learn_run(desk: Desk, clue: Clue, candidate: Candidate, customer: int) -> None:
    """Teach how due dates are treated: which of them this deposit took, of what was open when it came."""
    if desk.runs.learned >= MOST_LEARNED:
        return
    book, left, paid = desk.book, desk.left_minor, set(candidate.items)
    usual = clue.day - desk.usual_lag(customer)
    dates: dict[int, list[bool]] = defaultdict(list)
    for item in book.invoices_of.get(customer, ()):
        if book.issue_day[item] <= clue.day and (left[item] > 0 or item in paid):
            dates[book.due_day[item] - usual].append(item in paid)
    if sum(len(each) for each in dates.values()) >= 4:
        desk.runs.learn(list(dates.items()))
