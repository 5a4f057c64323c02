"""All complete explanations of one deposit, from what the text names, who seems to pay, and what the amount allows.

Points are logs of probabilities, so explanations of different kinds compete on one scale: a set of invoices that sums
to the cent beats an unexplained shortage because any amount could have been one.

Room: pure.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

from matchers.account import log_sum
from matchers.amount import EXACT, PARTIAL
from matchers.base import Candidate
from matchers.clues import Clue, cheques_of, has_name, is_list_cut, speaks_of_nobody
from matchers.desk import Desk, lag_points
from matchers.payers import payer_mass, payer_points
from matchers.payout import gross_amounts
from matchers.readings import Readings
from matchers.reference import FULL, MOST_POINTS, Hit, customer_hits, read_numbers
from matchers.text import Token

MOST_PAYERS = 6
FAR_BEHIND = 9.0  # points behind the likeliest payer from which a payer's unnamed invoices are not looked at
UNNAMED, MISNAMED = 0.0, -5.0  # points of a customer no name speaks for, without and with another name on the line


def explain(desk: Desk, clue: Clue, only: int = -1) -> tuple[list[Candidate], float]:
    """Return the explanations, best first, and the points of all that could not be listed (another set, nobody's).

    `only` limits the search to one customer, for lines whose numbers and sum already point to it.
    """
    if only >= 0:
        return _explain_one(desk, clue, only)
    cheques = cheques_of(clue)
    if cheques:
        return _explain_cheques(desk, cheques)
    payout = next((key for key in clue.keys if key in desk.payouts.tariffs), None)
    if payout is not None:
        return _explain_payout(desk, clue, payout)
    return _explain_one(desk, clue)


def _explain_cheques(desk: Desk, cheques: Sequence[Clue]) -> tuple[list[Candidate], float]:
    """Return the joint explanations of an itemised lockbox: the best of each cheque, and one cheque read otherwise."""
    parts = [_explain_one(desk, cheque) for cheque in cheques]
    if any(not candidates for candidates, _ in parts):
        return [], 0.0
    best = [candidates[0] for candidates, _ in parts]
    found = [together(best)]
    unlisted = []
    for place, (candidates, rest) in enumerate(parts):
        found += [together([*best[:place], other, *best[place + 1 :]]) for other in candidates[1:3]]
        unlisted.append(found[0].score - best[place].score + rest)
    return _distinct([each for each in found if each is not None and len(set(each.items)) == len(each.items)]), log_sum(
        unlisted
    )


def together(parts: Sequence[Candidate]) -> Candidate:
    """Return one explanation of cheques that came in one deposit."""
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
    """Return explanations of a processor's payout: one or two of its customers, each with neighbours of one due date
    on.
    """
    seen = desk.memory.customers_of_key[key]
    total = sum(seen.values())
    tariff = desk.payouts.tariffs[key].most_common(1)[0][0]
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
    lag = sum(lag_points(desk, customer, part, clue.day) for customer, _, part in sets)
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
    tokens, hits = read_numbers(clue.tokens, desk.book)
    payers = payer_points(desk, clue)
    mass = payer_mass(desk, payers)
    found: list[Candidate] = []
    unlisted = [_nobody(clue, payers, mass)]
    readings = readings_of(desk, clue, tokens, hits, payers, mass)
    for customer in [only] if only >= 0 else _customers_to_try(desk, clue, hits, payers):
        work = readings(customer)
        found.extend(work.explanations())
        unlisted.append(work.unlisted())
    if clue.position in desk.twins_of and payers:
        unlisted.append(max(payers.values()) - mass + desk.twins_of[clue.position])
    found.extend(_across_customers(desk, clue, hits, payers, mass))
    found.extend(_presented_again(desk, clue))
    return _distinct(found), log_sum(unlisted)


def readings_of(
    desk: Desk, clue: Clue, tokens: tuple[Token, ...], hits: list[Hit], payers: dict[int, float], mass: float
) -> Callable[[int], Readings]:
    """Return what reads the deposit against one customer, who pays as likely as `payers` says of all in `mass`."""
    unnamed = MISNAMED if has_name(clue) else UNNAMED
    is_cut = clue.is_partial_list or is_list_cut(clue.tokens, clue.text)

    def against(customer: int) -> Readings:
        prior = payers.get(customer, unnamed) - mass
        own = customer_hits(tokens, desk.book, customer, hits)
        return Readings(desk, clue, tokens, customer, prior, own, is_cut)

    return against


def _presented_again(desk: Desk, clue: Clue) -> list[Candidate]:
    """Return the invoices of the same payment that was returned: whoever presents it again means the same ones."""
    items = desk.again.get(clue.position, ())
    cash = tuple(desk.left_minor[item] for item in items)
    if not items or sum(cash) != clue.amount:
        return []
    who = tuple(desk.book.customer[item] for item in items)
    return [Candidate(EXACT, items, who, cash, (0,) * len(cash), 0, 0.0, MOST_POINTS, 0.0, -1.0, ("again",))]


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
    likely = sorted(payers.items(), key=lambda pair: -pair[1])[:MOST_PAYERS]
    order += [customer for customer, points in likely if points > likely[0][1] - FAR_BEHIND]
    if max(payers.values(), default=0.0) < 7.0:
        equal = desk.book.by_amount.get(clue.amount, ())
        if len(equal) <= 12:
            order += [desk.book.customer[item] for item in equal]
    return list(dict.fromkeys(order))


def _distinct(candidates: list[Candidate]) -> list[Candidate]:
    best: dict[tuple[tuple[int, int], ...], Candidate] = {}
    for candidate in candidates:
        rival = best.get(candidate.key)
        if rival is None or candidate.score > rival.score:
            best[candidate.key] = candidate
    return sorted(best.values(), key=lambda candidate: -candidate.score)


def part_of(desk: Desk, clue: Clue, customer: int, item: int, points: float) -> Candidate:
    """Return the explanation that this deposit is a part of one invoice whose other part is another deposit."""
    payers = payer_points(desk, clue)
    mass = payer_mass(desk, payers)
    lag = lag_points(desk, customer, [item], clue.day)
    return Candidate(
        PARTIAL, (item,), (customer,), (clue.amount,), (0,), 0, payers.get(customer, 0.0) - mass, 0.0, points, lag - 3.0
    )


def _across_customers(
    desk: Desk, clue: Clue, hits: Sequence[Hit], payers: dict[int, float], mass: float
) -> list[Candidate]:
    full: dict[int, Hit] = {}
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
