"""What a person is shown beside what was decided: other sets, however unlikely each, never the same set twice.

After the batch is decided, what is left open is known better than when each deposit was explained. Deposits for review
with fewer than five different sets get more: sets of the same payer that fit now, likely runs paid short, invoices that
are named but claimed by another deposit, sums of any customer's invoices, and two cheques of a lockbox. None is posted.

Room: pure.
"""

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from matchers.amount import CLAIM, DEDUCTION, DISCOUNT, EXACT, FEE, OVERPAY, PARTIAL, Reading
from matchers.answer import Answer
from matchers.base import Candidate
from matchers.clues import Clue, speaks_of_nobody
from matchers.desk import Desk
from matchers.explain import explain, readings_of, together
from matchers.family import family_ideas, family_of
from matchers.few import few_to
from matchers.meeting import Meeting
from matchers.parts import part_ideas
from matchers.payers import payer_mass, payer_points
from matchers.readings import Readings
from matchers.reference import FULL, read_numbers
from matchers.run_readings import LIKELY_PAYER
from matchers.spread import LONGEST, Spread, here, in_lengths
from recon.frames import Ints

Starts = NDArray[np.int32]
Lengths = NDArray[np.int8]

MOST_SUGGESTIONS = 5
WORTH_SHOWING = 0.03  # chance from which a weighed explanation stands before what is only suggested
VAGUE = 4.0  # points by which any shortage or surplus is worth less than a sum that fits
MOST_VAGUE = 2  # of those weighed that stand before what fits
SURE_ENOUGH = 0.9
MOST_ASKED = 3  # customers
LONGEST_RUN = 6
MOST_RUNS = 1_500_000
MOST_WAYS = 12  # sets of a few invoices above which none stands out
LARGEST_SHORT = 4  # invoices that are looked for in no order when something was taken off
MOST_SAID = 3  # amounts of the text that may be claims
MOST_OWNERS = 24
CHEQUES = re.compile(r"\bLOCKBOX\b.*\b2 (?:ITEMS|CHEQUES|CHECKS|CKS)\b")
MOST_OF_ONE = 4  # sets of one customer that may be a cheque of a lockbox
SUGGESTED = {EXACT: 0.6, PARTIAL: 0.65, CLAIM: 0.6, "lockbox": 0.5, FEE: 0.1, DISCOUNT: 0.1, OVERPAY: 0.08}
NAMED, UNCOUNTED = 0.3, 0.1  # chance of the first of other kinds, with and without a number in the text
LONE = 0.9  # the same, where a few invoices have the amount and no others do
MOST_LONE = 4  # invoices; of more than these there are too many sets for one hit to mean much


@dataclass(frozen=True, slots=True)
class Sums:
    """Sums of neighbours of one customer, ascending, with the place of the first and how many."""

    items: Starts
    sums: Ints
    starts: Starts
    lengths: Lengths

    def hits(self, amount: int) -> Iterator[list[int]]:
        """Yield the items of each run that has this sum."""
        place = int(np.searchsorted(self.sums, amount))
        while place < len(self.sums) and int(self.sums[place]) == amount:
            start = int(self.starts[place])
            yield self.items[start : start + int(self.lengths[place])].tolist()
            place += 1


def suggest(desk: Desk, answers: Sequence[Answer], spread: Spread = here) -> None:
    """Give every deposit for review up to five different sets. Changes the answers; the chances of what was weighed
    stay.
    """
    claimed = _take_likely(desk, answers)
    sums = run_sums(desk)
    asked = [answer for answer in answers if _is_asked(answer)]
    cheques = cheque_sets(desk) if any(CHEQUES.search(answer.clue.text) for answer in asked) else []
    for part in in_lengths(asked, LONGEST):
        all_ideas = partial(_ideas_at, desk, [answer.clue for answer in part], sums, claimed, cheques)
        for answer, ideas in zip(part, spread(all_ideas, len(part)), strict=True):
            _extend(answer, ideas)


def _ideas_at(
    desk: Desk, clues: Sequence[Clue], sums: Sums, claimed: set[int], cheques: Sequence[Candidate], place: int
) -> list[Candidate]:
    ideas = _ideas(desk, clues[place], sums, claimed)
    if CHEQUES.search(clues[place].text):
        ideas += two_cheques(cheques, clues[place])
    return sorted(ideas, key=_promise, reverse=True)


def _is_asked(answer: Answer) -> bool:
    """Tell whether a person will look at this deposit, and for somebody whose money it is."""
    if answer.is_certain or answer.is_return or answer.twice > 0.0 or answer.clue.amount <= 0:
        return False
    return not (answer.chances and answer.chances[0] >= SURE_ENOUGH) and not speaks_of_nobody(answer.clue)


def _promise(idea: Candidate) -> tuple[bool, float]:
    """Return what ideas are ranked by: a sum to the cent or to a round part is worth more than any that could be."""
    return "lone" in idea.notes, idea.score - VAGUE * _is_vague(idea)


def _is_vague(idea: Candidate) -> bool:
    return idea.kind in (DEDUCTION, OVERPAY) and idea.reference_points <= 0.0


def _chance(first: Candidate) -> float:
    """Return the chance of the first of what is only suggested: counted, for it teaches the calibration nothing."""
    if "lone" in first.notes:
        return LONE
    return SUGGESTED.get(first.kind, UNCOUNTED if first.reference_points <= 0.0 else NAMED)


def _take_likely(desk: Desk, answers: Sequence[Answer]) -> set[int]:
    """Take out of what is left what deposits probably settle, and return whose it was: it explains no other one."""
    claimed: set[int] = set()
    for answer in answers:
        if not answer.is_certain and not answer.is_return and answer.candidates and answer.chances[0] >= 0.5:
            best = answer.candidates[0]
            claimed.update(best.customers)
            for item, cash in zip(best.items, best.cash, strict=True):
                desk.left_minor[item] = desk.left_minor[item] - cash if best.kind == PARTIAL else 0
    return claimed


def _extend(answer: Answer, ideas: Sequence[Candidate]) -> None:
    weighed = _weighed(answer)
    likely = [pair for pair in weighed if pair[1] >= WORTH_SHOWING]
    likely = [pair for place, pair in enumerate(likely) if place < MOST_VAGUE or not _is_vague(pair[0])]
    answer.is_suggested = not likely and bool(ideas)
    others = [*((idea, 0.0) for idea in ideas), *(pair for pair in weighed if pair not in likely)]
    others.sort(key=lambda pair: _promise(pair[0]), reverse=True)
    if answer.is_suggested:
        others[0] = others[0][0], _chance(others[0][0])
    seen: set[frozenset[int]] = set()
    kept: list[tuple[Candidate, float]] = []
    for candidate, chance in [*likely, *others]:
        items = frozenset(candidate.items)
        if items not in seen and len(kept) < MOST_SUGGESTIONS:
            seen.add(items)
            kept.append((candidate, chance))
    answer.candidates = [candidate for candidate, _ in kept]
    answer.chances = [chance for _, chance in kept]


def _weighed(answer: Answer) -> list[tuple[Candidate, float]]:
    return list(zip(answer.candidates, answer.chances, strict=True))


def _ideas(desk: Desk, clue: Clue, sums: Sums, claimed: set[int]) -> list[Candidate]:
    tokens, hits = read_numbers(clue.tokens, desk.book)
    payers = payer_points(desk, clue)
    concerned = {*payers, *(desk.book.customer[hit.item] for hit in hits)}
    ideas = explain(desk, clue)[0][:12] if concerned & claimed else []
    readings = readings_of(desk, clue, tokens, hits, payers, payer_mass(desk, payers))
    asked = [desk.book.customer[hit.item] for hit in hits if hit.how == FULL][:MOST_ASKED]
    asked += sorted(payers, key=lambda customer: -payers[customer])[:MOST_ASKED]
    for customer in dict.fromkeys(asked):
        work = readings(customer)
        ideas += work.short_runs(work.listed()) + _few_of_many(desk, clue, work) + _claimed(desk, clue, work)
        ideas += _few_less(desk, clue, work) + part_ideas(work)
    members = family_of(desk, clue, hits, payers)
    if len(members) > 1:
        ideas += family_ideas(clue, [readings(customer) for customer in members])
    if max(payers.values(), default=0.0) < 7.0 or len(payers) > MOST_ASKED:
        ideas += _of_anybody(desk, clue, sums, readings)
    return ideas


def _few_of_many(desk: Desk, clue: Clue, work: Readings) -> list[Candidate]:
    """Return a few invoices in no order that have the amount, beside the listed ones; none when many sets do."""
    left = desk.left_minor
    listed = [item for item in work.listed() if left[item] > 0]
    rest = clue.amount - sum(left[item] for item in listed)
    if rest <= 0 or work.prior < LIKELY_PAYER:
        return []
    pool = [item for item in work.near_usual(listed) if left[item] <= rest]
    ways = few_to(np.array([left[item] for item in pool], dtype=np.int64), [rest])
    if len(ways) > MOST_WAYS:
        return []
    found = []
    for _, places in ways:
        choice = math.comb(max(places) + 1, len(places))
        each = work.exact([*listed, *(pool[place] for place in places)])
        notes = ("lone",) if len(ways) == 1 and len(places) <= MOST_LONE else ()
        points = max(each.structure_points, -2.0 - math.log(choice))
        found.append(replace(each, structure_points=points, notes=notes))
    return found


def _few_less(desk: Desk, clue: Clue, work: Readings) -> list[Candidate]:
    """Return a few invoices in no order less a claim that the text announces."""
    left = desk.left_minor
    listed = [item for item in work.listed() if left[item] > 0]
    rest = clue.amount - sum(left[item] for item in listed)
    if work.prior < LIKELY_PAYER:
        return []
    said = [each for each in dict.fromkeys(clue.said) if each < clue.amount][:MOST_SAID]
    aims = [rest + each for each in said if rest + each > 0]
    if not aims:
        return []
    pool = [item for item in work.near_usual(listed) if left[item] <= max(aims)]
    found: list[Candidate] = []
    opens = np.array([left[item] for item in pool], dtype=np.int64)
    singles = [(0, (place,)) for place, value in enumerate(opens.tolist()) if value in aims]
    for _, places in [*singles, *few_to(opens, aims, LARGEST_SHORT, MOST_WAYS)]:
        choice = math.log(math.comb(max(places) + 1, len(places)))
        short = work.claims([*listed, *(pool[place] for place in places)])
        found += [replace(c, structure_points=max(c.structure_points, -2.0 - choice)) for c in short]
    return found


def _claimed(desk: Desk, clue: Clue, work: Readings) -> list[Candidate]:
    """Return the named invoices that other deposits claim, as parts: one of the two is wrong, or this is the rest."""
    book = desk.book
    named = [i for i in sorted(work.named) if book.open_minor[i] > 0 and desk.left_minor[i] < book.open_minor[i]]
    parts = []
    for item in named[:MOST_SUGGESTIONS]:
        cash = min(clue.amount, book.open_minor[item])
        parts.append(work.candidate([item], Reading(PARTIAL, (cash,), (0,), clue.amount - cash, -4.0)))
    return parts


def _of_anybody(desk: Desk, clue: Clue, sums: Sums, readings: Callable[[int], Readings]) -> list[Candidate]:
    """Return runs of any customer's invoices that have the amount, or with what the text says was taken off."""
    found: list[Candidate] = []
    for amount in dict.fromkeys((clue.amount, *(clue.amount + said for said in clue.said[:3] if said < clue.amount))):
        for items in list(sums.hits(amount))[:MOST_OWNERS]:
            if all(desk.book.issue_day[i] <= clue.day and desk.left_minor[i] > 0 for i in items):
                work = readings(desk.book.customer[items[0]])
                found += [work.exact(items)] if amount == clue.amount else work.claims(items)
    return found


def run_sums(desk: Desk) -> Sums:
    """Return the sums of up to six neighbours of each customer, of what is left."""
    invoices_of, left = desk.book.invoices_of, desk.left_minor
    everyone = (i for customer in range(desk.book.customer_count) for i in invoices_of.get(customer, ()))
    items = np.fromiter((i for i in everyone if left[i] > 0), dtype=np.int32)
    owner = np.fromiter((desk.book.customer[i] for i in items.tolist()), dtype=np.int32, count=len(items))
    ends = np.zeros(len(items) + 1, dtype=np.int64)
    np.cumsum(np.fromiter((left[i] for i in items.tolist()), dtype=np.int64, count=len(items)), out=ends[1:])
    found: list[tuple[Ints, Starts, Lengths]] = []
    for length in range(1, LONGEST_RUN + 1):
        if length * len(items) > MOST_RUNS or length > len(items):
            break
        starts = np.nonzero(owner[: len(items) - length + 1] == owner[length - 1 :])[0].astype(np.int32)
        found.append((ends[starts + length] - ends[starts], starts, np.full(len(starts), length, dtype=np.int8)))
    sums = np.concatenate([np.empty(0, dtype=np.int64), *(each for each, _, _ in found)])
    firsts = np.concatenate([np.empty(0, dtype=np.int32), *(each for _, each, _ in found)])
    lengths = np.concatenate([np.empty(0, dtype=np.int8), *(each for _, _, each in found)])
    del found, owner, ends
    order = np.argsort(sums, kind="stable")
    return Sums(items, sums[order], firsts[order], lengths[order])


def cheque_sets(desk: Desk) -> list[Candidate]:
    """Return what each customer known to pay by cheque may pay next: the first due, and those due with or after it."""
    owners = {customer for drawer in desk.memory.checks.values() for _, customer in drawer}
    found: list[Candidate] = []
    for customer in sorted(owners):
        pool = [i for i in desk.book.invoices_of.get(customer, ()) if desk.left_minor[i] > 0][:12]
        for start in range(len(pool)):
            for end in range(start + 1, min(len(pool), start + MOST_OF_ONE) + 1):
                items = tuple(pool[start:end])
                cash = tuple(desk.left_minor[i] for i in items)
                points = -0.7 * start - 0.9 * (end - start)
                who = (customer,) * len(items)
                found.append(Candidate(EXACT, items, who, cash, (0,) * len(cash), 0, 0.0, 0.0, 0.0, points))
    return found


def two_cheques(sets: Sequence[Candidate], clue: Clue) -> list[Candidate]:
    """Return pairs of two customers' sets that have the amount together, likeliest first."""
    totals = np.array([sum(each.cash) for each in sets], dtype=np.int64)
    ones, others = (side.tolist() for side in Meeting(totals).rows(totals, clue.amount, clue.amount))
    found = [
        together([sets[other], sets[one]])
        for one, other in zip(ones, others, strict=True)
        if other < one and sets[other].customers[0] != sets[one].customers[0]
    ]
    return sorted(found, key=lambda each: -each.score)[:MOST_SUGGESTIONS]
