"""All complete explanations of one deposit, from what the text names, who seems to pay, and what the amount allows.

Points are logs of probabilities, so explanations of different kinds compete on one scale: a set of invoices that sums
to the cent beats an unexplained shortage because any amount could have been one.

Room: pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from matchers.amount import DEDUCTION, DISCOUNT, EXACT, FEE, OVERPAY, PARTIAL, Reading, discounted, read_amount
from matchers.base import Candidate, Shortages
from matchers.candidates import Book, Memory
from matchers.clues import Clue, cheques_of, has_name, is_list_cut, names_in, speaks_of_nobody
from matchers.combination import (
    accidental_points,
    first_of_each_to,
    group_points,
    pairs_to,
    runs_between,
    runs_but_one,
    runs_near,
    runs_to,
    runs_to_any,
    structure_points,
    subsets_to,
)
from matchers.name import Names, payers_named
from matchers.payout import Payouts, gross_amounts
from matchers.reference import FULL, MOST_POINTS, PREFIX, PURCHASE_ORDER, Hit, customer_hits, global_hits, join_broken
from matchers.text import Token

MOST_PAYERS = 6
MOST_CREDITS = 8
MOST_SHORT = 6
STRANGEST = 4.5  # points by which an odd set may at most fall behind a tidy one: payers are not that tidy
REST_IS_PAID = -1.5  # few disputed rests are ever paid
UNLIKELY = -6.6  # log of a payer's chance below which only exact amounts are tried
ROUNDED = 6  # minor units by which per-invoice rounding moves a discounted total
ACCIDENT_LOOKS_LIKELY = -5.3  # an accidental set is rarely also shaped like what payers choose
UNNAMED, MISNAMED = 0.0, -5.0


@dataclass(slots=True)
class Desk:
    """What is known while a batch is explained. `left_minor` falls as deposits claim; the frames never change."""

    book: Book
    names: Names
    memory: Memory
    shortages: Shortages
    left_minor: list[int]
    rests: dict[int, dict[int, int]] = field(default_factory=dict)  # customer -> disputed rest -> item
    payouts: Payouts = field(default_factory=Payouts)
    twins_of: dict[int, float] = field(default_factory=dict)  # position -> points for "the same payment twice"
    reopened: dict[int, dict[int, int]] = field(default_factory=dict)  # customer -> item -> day its payment was returned


def payer_points(desk: Desk, clue: Clue) -> dict[int, float]:
    """Return the log probability per customer that it pays, before invoices are looked at; the rest is unknown."""
    named: dict[int, float] = {}
    for text in names_in(clue):
        for customer, value in payers_named(desk.names, text).items():
            named[customer] = max(named.get(customer, 0.0), value)
        if named and text == clue.payer:
            break
    remembered = _remembered(desk, clue)
    points: dict[int, float] = defaultdict(float)
    for source in (named, remembered, _by_check(desk, clue), _by_code(desk, clue)):
        for customer, value in source.items():
            points[customer] += value
    return dict(points)


def _remembered(desk: Desk, clue: Clue) -> dict[int, float]:
    best: dict[int, float] = {}
    for key in clue.keys:
        seen = desk.memory.customers_of_key.get(key)
        if not seen:
            continue
        total = sum(seen.values()) + desk.memory.nobody_of_key.get(key, 0)
        for customer, count in seen.most_common(8):
            value = min(9.5, 7.0 + math.log2(count + 1)) + math.log(count / (total + 0.3))
            best[customer] = max(best.get(customer, 0.0), value)
    return best


def _by_check(desk: Desk, clue: Clue) -> dict[int, float]:
    if not clue.check_number:
        return {}
    near = desk.memory.near_checks(clue.check_number)
    return {customer: max(0.0, 6.0 - math.log2(1 + distance / 4)) for customer, distance in near.items()}


def _by_code(desk: Desk, clue: Clue) -> dict[int, float]:
    codes = desk.book.by_customer_code
    found = {}
    for token in clue.tokens:
        customer = codes.get(token.compact, codes.get(token.compact.lstrip("0")) if len(token.compact) >= 8 else None)
        if customer is not None:
            found[customer] = 9.0
    return found


def explain(desk: Desk, clue: Clue, only: int = -1) -> tuple[list[Candidate], float]:
    """Return the explanations, best first, and the points of all that could not be listed (another set, nobody's).

    `only` limits the search to one customer, for lines whose numbers and sum already point to it.
    """
    if only >= 0:
        return _explain_one(desk, clue, only)
    cheques = cheques_of(clue)
    if cheques:
        return _explain_cheques(desk, clue, cheques)
    payout = next((key for key in clue.keys if key in desk.payouts.tariffs), None)
    if payout is not None:
        return _explain_payout(desk, clue, payout)
    return _explain_one(desk, clue)


def _explain_cheques(desk: Desk, clue: Clue, cheques: Sequence[Clue]) -> tuple[list[Candidate], float]:
    """Return the joint explanations of an itemised lockbox: the best of each cheque, and one cheque read otherwise."""
    parts = [_explain_one(desk, cheque) for cheque in cheques]
    if any(not candidates for candidates, _ in parts):
        return [], 0.0
    best = [candidates[0] for candidates, _ in parts]
    found = [_together(best)]
    unlisted = []
    for place, (candidates, rest) in enumerate(parts):
        found += [_together([*best[:place], other, *best[place + 1 :]]) for other in candidates[1:3]]
        unlisted.append(found[0].score - best[place].score + rest)
    return _distinct(
        [each for each in found if each is not None and len(set(each.items)) == len(each.items)]
    ), _log_sum(unlisted)


def _together(parts: Sequence[Candidate]) -> Candidate:
    return Candidate(
        "lockbox",
        tuple(item for part in parts for item in part.items),
        tuple(customer for part in parts for customer in part.customers),
        tuple(cash for part in parts for cash in part.cash),
        tuple(beside for part in parts for beside in part.beside),
        sum(part.on_account for part in parts),
        sum(part.payer_points for part in parts),
        sum(part.reference_points for part in parts),
        sum(part.amount_points for part in parts),
        sum(part.structure_points for part in parts),
        tuple(part.kind for part in parts),
    )


def _explain_payout(desk: Desk, clue: Clue, key: str) -> tuple[list[Candidate], float]:
    """Return explanations of a processor's payout: one or two of its customers, each with neighbours of one due date on."""
    seen = desk.memory.customers_of_key[key]
    total = sum(seen.values())
    tariff, count = desk.payouts.tariffs[key].most_common(1)[0]
    sets: list[tuple[int, int, tuple[int, ...]]] = []  # customer, sum, items
    choice = 0
    for customer in seen:
        pool = [
            i
            for i in desk.book.invoices_of.get(customer, ())
            if desk.left_minor[i] > 0
            and desk.book.issue_day[i] <= clue.day
            and -14 <= clue.day - desk.book.due_day[i] <= 14
        ][:40]
        choice += len(pool)
        for start in range(len(pool)):
            value = 0
            for end in range(start, min(len(pool), start + 25)):
                value += desk.left_minor[pool[end]]
                if value > clue.amount * 12 // 10:
                    break
                sets.append((customer, value, tuple(pool[start : end + 1])))
    sets = sets[:6_000]
    found = []
    for gross in gross_amounts(clue.amount, tariff, 1):
        found += [_paid_out(desk, clue, [each], seen, total) for each in sets if each[1] == gross]
    by_sum: dict[int, list[tuple[int, int, tuple[int, ...]]]] = defaultdict(list)
    for each in sets:
        by_sum[each[1]].append(each)
    for gross in gross_amounts(clue.amount, tariff, 2):
        for each in sets:
            for other in by_sum.get(gross - each[1], ())[:3]:
                if each[0] < other[0]:
                    found.append(_paid_out(desk, clue, [each, other], seen, total))
    spread = math.log(0.6 * clue.amount + 1)
    return _distinct(found), -1.0 - spread - math.log(max(2, len(seen))) + 1.5


def _paid_out(
    desk: Desk, clue: Clue, sets: Sequence[tuple[int, int, tuple[int, ...]]], seen: Counter[int], total: int
) -> Candidate:
    items = tuple(item for _, _, part in sets for item in part)
    cash = tuple(desk.left_minor[item] for item in items)
    points = sum(math.log(seen[customer] / total) for customer, _, _ in sets)
    lag = sum(_lag_points(desk, customer, part, clue.day) for customer, _, part in sets)
    return Candidate(
        "payout",
        items,
        tuple(desk.book.customer[item] for item in items),
        cash,
        (0,) * len(items),
        0,
        points,
        0.0,
        -0.7 * len(sets),
        lag - sum(2.0 + 0.3 * len(part) for _, _, part in sets),
    )


def _explain_one(desk: Desk, clue: Clue, only: int = -1) -> tuple[list[Candidate], float]:
    tokens = join_broken(clue.tokens, desk.book)
    hits = global_hits(tokens, desk.book)
    payers = payer_points(desk, clue)
    everyone = max(2, desk.book.customer_count)
    mass = math.log(everyone + sum(math.exp(value) for value in payers.values()))
    found: list[Candidate] = []
    unnamed = MISNAMED if has_name(clue) else UNNAMED
    unlisted = [_nobody(clue, payers, mass)]
    is_cut = clue.is_partial_list or is_list_cut(clue.tokens, clue.text)
    for customer in [only] if only >= 0 else _customers_to_try(desk, clue, hits, payers):
        prior = payers.get(customer, unnamed) - mass
        work = _Work(desk, clue, tokens, customer, prior, customer_hits(tokens, desk.book, customer, hits), is_cut)
        found.extend(work.explanations())
        unlisted.append(work.unlisted())
    if clue.position in desk.twins_of and payers:
        unlisted.append(max(payers.values()) - mass + desk.twins_of[clue.position])
    found.extend(_across_customers(desk, clue, tokens, hits, payers, mass))
    return _distinct(found), _log_sum(unlisted)


def _nobody(clue: Clue, payers: dict[int, float], mass: float) -> float:
    unknown = 1.0 - sum(math.exp(value - mass) for value in payers.values())
    foreign = 8.0 if speaks_of_nobody(clue) else 0.0
    share = 1.5 if has_name(clue) and max(payers.values(), default=0.0) < 3.5 else 0.10
    return foreign + math.log(0.02 + share * max(0.0, unknown)) - math.log(max(100, abs(clue.amount))) - 1.5


def _customers_to_try(desk: Desk, clue: Clue, hits: Sequence[Hit], payers: dict[int, float]) -> list[int]:
    by_reference: Counter[int] = Counter()
    for hit in hits:
        by_reference[desk.book.customer[hit.item]] += max(0.1, hit.points)  # type: ignore[assignment]
    order = [customer for customer, _ in by_reference.most_common(MOST_PAYERS)]
    order += [customer for customer, _ in sorted(payers.items(), key=lambda pair: -pair[1])[:MOST_PAYERS]]
    if max(payers.values(), default=0.0) < 7.0:
        equal = desk.book.by_amount.get(clue.amount, ())
        if len(equal) <= 12:
            order += [desk.book.customer[item] for item in equal]
    return list(dict.fromkeys(order))


def _log_sum(values: Sequence[float]) -> float:
    top = max(values)
    return top + math.log(sum(math.exp(value - top) for value in values))


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    best: dict[tuple[tuple[int, int], ...], Candidate] = {}
    for candidate in candidates:
        rival = best.get(candidate.key)
        if rival is None or candidate.score > rival.score:
            best[candidate.key] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.score)


class _Work:
    """One deposit against one customer."""

    def __init__(
        self, desk: Desk, clue: Clue, tokens: Sequence[Token], customer: int, prior: float, hits: list[Hit], is_cut: bool
    ) -> None:
        self.desk, self.clue, self.customer, self.prior, self.hits = desk, clue, customer, prior, hits
        book, left = desk.book, desk.left_minor
        self.pool = [
            i
            for i in book.invoices_of.get(customer, ())
            if left[i] > 0 and book.issue_day[i] <= clue.day
        ]
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
        self.is_cut = is_cut
        self.habit = _habit(desk, customer)
        self.by_orders = any(hit.how == PURCHASE_ORDER for hits in self.by_token.values() for hit in hits)
        self.by_accident = -60.0
        self.group_of: list[int] = []
        self.sizes: list[int] = []
        self.unread = _unread(tokens, set(self.by_token))
        self.incomplete = self._incompleteness()
        self.named_points = sum(max(hit.points for hit in hits) for hits in self.by_token.values())

    def unlisted(self) -> float:
        """Return the points of any other set of this customer's invoices, which nobody listed."""
        if not self.pool:
            return -60.0
        amount, left = self.clue.amount, self.desk.left_minor
        blank = (
            self.prior + accidental_points(self.opens, amount) + self._reference_points(()) + self._room_for(amount, ())
        )
        listed = self._listed()
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
        return _log_sum(
            [blank, self.by_accident, self.prior + self.named_points + math.log(self.incomplete) - 5.0 + density]
        )

    def _room_for(self, rest: int, without: Sequence[int]) -> float:
        """Return how much less likely unlisted sets are when all that could sum to the rest were tried."""
        fitting = sum(
            1 for item, value in zip(self.pool, self.opens, strict=True) if value <= rest and item not in without
        )
        short_too = math.log(self.habit.get(DEDUCTION, 0.0) + self.habit.get(PARTIAL, 0.0) + 0.05)
        return short_too - 0.5 if fitting == 0 else short_too if len(self.pool) - len(without) <= 15 else 0.0

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

    def explanations(self) -> list[Candidate]:
        """Return the explanations by this customer's invoices."""
        found: list[Candidate] = []
        for listed in self._choices():
            read = self._read(listed)
            found += read if _is_exact(read) else read + self._filled(listed)
        found += self._disputed_rest()
        if self.pool and not _is_exact(found):
            found += self._unnamed()
        return found + self._twins(found)

    def _disputed_rest(self) -> list[Candidate]:
        """Return the payment of exactly what an earlier short payment left open."""
        item = self.desk.rests.get(self.customer, {}).get(self.clue.amount)
        if item is None:
            return []
        points = REST_IS_PAID + (MOST_POINTS if item in self.named else 0.0)
        lag = _lag_points(self.desk, self.customer, [item], self.clue.day)
        return [
            Candidate(
                EXACT, (item,), (self.customer,), (self.clue.amount,), (0,), 0, self.prior, points, -1.0, lag - 2.0, ("rest",)
            )
        ]

    def _listed(self) -> list[int]:
        single = {hits[0].item for hits in self.by_token.values() if len({hit.item for hit in hits}) == 1}
        return [item for item in single if self.desk.left_minor[item] != 0]

    def _choices(self) -> list[list[int]]:
        """Return the ways to read the list: what is plain, with one reading of each number that could be several."""
        base = self._listed()
        ways = [base] if base else []
        for hits in self.by_token.values():
            items = list(dict.fromkeys(hit.item for hit in hits if self.desk.left_minor[hit.item] > 0))
            if 1 < len(items) <= 4 and not set(items) & set(base) and len(ways) <= 4:
                ways += [[*way, item] for way in (ways or [[]]) for item in items if item not in way]
        return ways

    def _twins(self, found: Sequence[Candidate]) -> list[Candidate]:
        """Return the same sets with an invoice exchanged for an equal one: as likely, unless the text names it."""
        equal: dict[int, list[int]] = defaultdict(list)
        for item in self.pool if found else ():
            equal[self.desk.left_minor[item]].append(item)
        twins = []
        for candidate in sorted(found, key=lambda c: -c.score)[:2]:
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
                        twins.append(self._candidate(items, reading))
        return twins

    def _groups(self) -> list[list[int]]:
        groups = []
        for hits in self.by_token.values():
            items = sorted(
                {hit.item for hit in hits if self.desk.left_minor[hit.item] > 0}, key=lambda i: self.place.get(i, 0)
            )
            if len(items) > 1:
                groups.append(items)
        return groups

    def _read(self, items: Sequence[int]) -> list[Candidate]:
        left = self.desk.left_minor
        opens = [left[item] for item in items]
        readings = read_amount(opens, self.clue.amount, self.desk.shortages, self.habit, self.clue.said)
        found = [self._candidate(items, reading) for reading in readings]
        short = sum(opens) - self.clue.amount
        if short > 0:
            found += self._with_credit(items, short)
            found += self._dropped(items, short)
        return found

    def _with_credit(self, items: Sequence[int], short: int) -> list[Candidate]:
        book, left = self.desk.book, self.desk.left_minor
        credits = [c for c in book.credits_of.get(self.customer, ()) if left[c] and book.issue_day[c] <= self.clue.day]
        chosen = [c for c in credits if -left[c] == short][:MOST_CREDITS]
        points = math.log(self.desk.shortages.credit_share) - math.log(max(1, len(credits)))
        found = []
        for credit in chosen:
            cash = tuple(left[item] for item in items) + (left[credit],)
            reading = Reading("credit_net", cash, (0,) * len(cash), 0, points)
            found.append(self._candidate([*items, credit], reading))
        return found

    def _dropped(self, items: Sequence[int], short: int) -> list[Candidate]:
        left = self.desk.left_minor
        extra = [item for item in items if left[item] == short]
        return [self._exact([i for i in items if i != item], -3.0) for item in extra[:2] if len(items) > 1]

    def _filled(self, listed: Sequence[int]) -> list[Candidate]:
        """Return the list with what it leaves out, when the cash says that it leaves something out."""
        left, amount = self.desk.left_minor, self.clue.amount
        taken = set(listed)
        found: list[Candidate] = []
        rest = amount - sum(left[item] for item in listed)
        for group in self._groups():
            members = [i for i in group if i not in taken]
            for chosen in (
                subsets_to([left[i] for i in members], rest)[0] if 0 < len(members) <= 15 and rest > 0 else ()
            ):
                found.append(self._exact([*listed, *(members[p] for p in chosen)]))
        pool = [i for i in self.pool if i not in taken]
        if rest > 0:
            found += [self._exact([*listed, *items]) for items in self._sets_to(pool, rest, listed)]
        if not found and pool and (rest > 0 or self.incomplete > 0.1):
            found += self._filled_short(listed, pool, rest)
        return found

    def _filled_short(self, listed: Sequence[int], pool: Sequence[int], rest: int) -> list[Candidate]:
        """Return filled lists that a known discount, fee or credit memo makes exact."""
        left, shortages = self.desk.left_minor, self.desk.shortages
        found: list[Candidate] = []
        for rate, share in shortages.rate_shares.items():
            if share < 0.01 and not self.habit.get(DISCOUNT):
                continue
            short = {i: discounted(left[i], rate) for i in (*listed, *pool)}
            need = self.clue.amount - sum(short[i] for i in listed)
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
        """Return sets of the pool that sum to the rest: one, a run, the first of each due date, near ones, in that order."""
        worth = values or self.desk.left_minor
        opens = [worth[i] for i in pool]
        sets = [[p] for p, value in enumerate(opens) if value == rest][:4]
        sets += [list(run) for run in runs_to(opens, rest)]
        if sets:
            return [[pool[p] for p in chosen] for chosen in sets]
        found = []
        if len(pool) > 15:
            found = self._first_of_each(pool, [rest], listed, worth)
        places = [self.place[i] for i in listed if i in self.place]
        near = _nearest(pool, self.place, places, 15)
        found += [[near[p] for p in chosen] for chosen in subsets_to([worth[i] for i in near], rest)[0]]
        bare = _nearest([i for i in pool if not self.desk.book.po_digits[i]], self.place, places, 15)
        if self.by_orders and bare != near:
            found += [[bare[p] for p in chosen] for chosen in subsets_to([worth[i] for i in bare], rest)[0]]
        return found

    def _sets_to_any(self, pool: Sequence[int], rests: Sequence[int], listed: Sequence[int]) -> list[list[int]]:
        opens = np.asarray([self.desk.left_minor[i] for i in pool], dtype=np.int64)
        sets = [list(pool[start:end]) for _, start, end in runs_to_any(opens, rests)[:MOST_SHORT]]
        if not sets and len(pool) > 15 and self.incomplete >= 0.5:
            sets = self._first_of_each(pool, rests, listed, self.desk.left_minor)
        return sets

    def _first_of_each(
        self, pool: Sequence[int], rests: Sequence[int], listed: Sequence[int], worth: Sequence[int] | dict[int, int]
    ) -> list[list[int]]:
        last = max((self.place[i] for i in listed if i in self.place), default=-1)
        groups: dict[int, list[int]] = {}
        for item in pool:
            if self.place[item] > last:
                groups.setdefault(self.desk.book.due_day[item], []).append(item)
        members = list(groups.values())
        ways, tried = first_of_each_to([[worth[i] for i in group] for group in members], rests)
        sets = [[i for group, size in zip(members, way, strict=False) for i in group[:size]] for _, way in ways]
        if sets:
            expected = math.log(tried * len(rests) / (0.6 * sum(worth[i] for i in pool)))
            best = max(self._exact([*listed, *items]).score for items in sets)
            self.by_accident = max(self.by_accident, best + min(0.7, expected) + ACCIDENT_LOOKS_LIKELY)
        return sets

    def _unnamed(self) -> list[Candidate]:
        amount, left = self.clue.amount, self.desk.left_minor
        found = self._exact_unnamed()
        if self.prior > UNLIKELY:
            found += self._short_unnamed() + self._rounded_up()
        groups = self._groups()
        for group in groups:
            for chosen in subsets_to([left[i] for i in group], amount)[0] if len(group) <= 60 else ():
                found.append(self._exact([group[p] for p in chosen]))
            found += self._read(group)
        if not found and len(self.pool) <= 30 and not self.by_token:
            found += self._guesses()
        return found

    def _exact_unnamed(self) -> list[Candidate]:
        """Return sets that sum to the amount: runs, and whatever else does, for an exact sum alone is no proof."""
        amount, left = self.clue.amount, self.desk.left_minor
        runs = runs_to_any(np.asarray(self.opens, dtype=np.int64), [amount])
        chosen = {tuple(range(start, end)) for _, start, end in runs[:12]}
        if not chosen:
            chosen.update(runs_but_one(self.opens, amount))
        if self.prior > UNLIKELY or not chosen:
            near = self.pool[:15]
            sets, _ = subsets_to([left[i] for i in near], amount)
            chosen.update(sets)
            if len(self.pool) > 15 and chosen:
                chosen.update(pairs_to(self.opens, amount, MOST_SHORT))
        found = [self._exact([self.pool[p] for p in places]) for places in sorted(chosen)]
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

    def _kinds(self, items: Sequence[int], kind: str) -> list[Candidate]:
        return [candidate for candidate in self._read(items) if candidate.kind == kind]

    def _guesses(self) -> list[Candidate]:
        larger = [i for i in self.pool if self.desk.left_minor[i] > self.clue.amount][:4]
        found = []
        for item in larger:
            found += [c for c in self._read([item]) if c.kind in (PARTIAL, DEDUCTION)]
        if len(self.pool) > 1 and sum(self.opens) > self.clue.amount:
            found += [c for c in self._read(self.pool[:6]) if c.kind in (PARTIAL, DEDUCTION)]
        smaller = [i for i in self.pool if self.desk.left_minor[i] < self.clue.amount][-3:]
        for item in smaller:
            found += [c for c in self._read([item]) if c.kind == OVERPAY]
        return found

    def _exact(self, items: Sequence[int], extra: float = 0.0) -> Candidate:
        left = self.desk.left_minor
        cash = tuple(left[item] for item in items)
        points = math.log(self.habit.get(EXACT, self.desk.shortages.exact_share)) + extra
        return self._candidate(items, Reading(EXACT, cash, (0,) * len(cash), 0, points))

    def _candidate(self, items: Sequence[int], reading: Reading) -> Candidate:
        book = self.desk.book
        places = [self.place[i] for i in items if i in self.place]
        structure = self._structure(items, places)
        structure = max(structure, -8.0) if len(self.named & set(items)) == len(items) else structure
        structure += _lag_points(self.desk, self.customer, items, self.clue.day)
        if items and reading.kind != EXACT and set(items) <= self.named and len(items) >= len(self._listed()):
            structure += math.log(1.0 - self.incomplete)
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
        named = [self.place[i] for i in items if i in self.named and i in self.place]
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
        inside, points, named = set(items), 0.0, set()
        for hits in self.by_token.values():
            of_these = [hit for hit in hits if hit.item in inside]
            if of_these:
                points += max(hit.points for hit in of_these)
                named.update(hit.item for hit in of_these)
            else:
                points -= min(4.0, 0.4 * max(hit.points for hit in hits))
        unnamed = sum(1 for i in items if i not in named and self.desk.book.open_minor[i] > 0)
        if named and unnamed:
            points -= 1.0 + 0.15 * unnamed if self.is_cut else 2.5 + 0.7 * unnamed
        return points - (1.0 if named else 3.0) * min(2, self.unread)


def _is_exact(candidates: Sequence[Candidate]) -> bool:
    return any(candidate.kind == EXACT for candidate in candidates)


def _due_groups(pool: Sequence[int], book: Book) -> tuple[list[int], list[int]]:
    group_of: list[int] = []
    sizes: list[int] = []
    last = None
    for item in pool:
        if book.due_day[item] != last:
            last = book.due_day[item]
            sizes.append(0)
        sizes[-1] += 1
        group_of.append(len(sizes) - 1)
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


def _nearest(pool: Sequence[int], place: dict[int, int], anchors: Sequence[int], most: int) -> list[int]:
    if len(pool) <= most:
        return list(pool)
    if not anchors:
        return list(pool[:most])
    low, high = min(anchors), max(anchors)
    ranked = sorted(pool, key=lambda i: max(low - place[i], place[i] - high, 0))
    return sorted(ranked[:most], key=lambda i: place[i])


def _lag_points(desk: Desk, customer: int, items: Sequence[int], day: int) -> float:
    book = desk.book
    due = [book.due_day[i] for i in items if book.open_minor[i] > 0]
    if not due:
        return -1.0
    lag = day - sum(due) / len(due)
    known = desk.memory.lags_of.get(customer, ())
    usual = sorted(known)[len(known) // 2] if known else 1
    return -min(4.0, max(0.0, abs(lag - usual) - 2) / (6.0 if len(known) >= 3 else 10.0))


def _habit(desk: Desk, customer: int) -> dict[str, float]:
    seen = desk.memory.kinds_of.get(customer)
    if not seen:
        return {}
    shares = desk.shortages
    base = {
        EXACT: shares.exact_share,
        PARTIAL: shares.partial_share,
        DEDUCTION: shares.deduction_share,
        OVERPAY: shares.overpay_share,
    }
    total = sum(seen.values()) + 2.0
    habit = {kind: (seen[kind] + 2.0 * share) / total for kind, share in base.items()}
    return habit | {kind: seen[kind] / total for kind in (DISCOUNT, FEE)}


def part_of(desk: Desk, clue: Clue, customer: int, item: int, points: float) -> Candidate:
    """Return the explanation that this deposit is a part of one invoice whose other part is another deposit."""
    payers = payer_points(desk, clue)
    mass = math.log(max(2, desk.book.customer_count) + sum(math.exp(value) for value in payers.values()))
    lag = _lag_points(desk, customer, [item], clue.day)
    return Candidate(
        PARTIAL, (item,), (customer,), (clue.amount,), (0,), 0, payers.get(customer, 0.0) - mass, 0.0, points, lag - 3.0
    )


def _across_customers(
    desk: Desk, clue: Clue, tokens: Sequence[Token], hits: Sequence[Hit], payers: dict[int, float], mass: float
) -> list[Candidate]:
    full = {}
    for hit in hits:
        if hit.how == FULL and desk.left_minor[hit.item] > 0 and desk.book.issue_day[hit.item] <= clue.day:
            full.setdefault(hit.token, hit)
    items = list(dict.fromkeys(hit.item for hit in full.values()))
    owners = {desk.book.customer[item] for item in items}
    cash = tuple(desk.left_minor[item] for item in items)
    if len(owners) < 2 or sum(cash) != clue.amount:
        return []
    prior = max(payers.get(owner, 0.0) for owner in owners) - mass
    return [
        Candidate(
            "several_customers",
            tuple(items),
            tuple(desk.book.customer[item] for item in items),
            cash,
            (0,) * len(items),
            0,
            prior,
            sum(hit.points for hit in full.values()),
            -0.2,
            -4.0 * len(owners),
        )
    ]
