"""A head office that pays for its companies: invoices of several customers in one deposit.

Who belongs together is told by the customer list (`parent`), by past deposits under the same name or account that paid
for several customers, and by the numbers of the text.

Room: pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from matchers.base import Candidate
from matchers.clues import Clue
from matchers.desk import Desk
from matchers.few import few_to
from matchers.readings import Readings
from matchers.reference import FULL, Hit
from recon.frames import Ints

MOST_MEMBERS = 4
NEAR = 60  # invoices of a family that are looked at, those due about the usual day first
LARGEST, MOST_WAYS = 5, 60
MOST_SHOWN = 3
SPREAD = 3.0  # points by which a deposit for several customers is less likely than for one


def families(parents: Ints) -> dict[int, tuple[int, ...]]:
    """Return, by customer, its head office and all who have the same one; `parents` are positions, -1 for none.

    >>> families(np.array([-1, 0, 0, -1]))[2]
    (0, 1, 2)
    """
    members: dict[int, list[int]] = defaultdict(list)
    for customer, parent in enumerate(parents.tolist()):
        if parent >= 0:
            members[parent].append(customer)
    groups = [tuple(sorted({parent, *children})) for parent, children in members.items()]
    return {customer: group for group in groups for customer in group}


def family_of(desk: Desk, clue: Clue, hits: Iterable[Hit], payers: dict[int, float]) -> list[int]:
    """Return the customers that one deposit may be for, likeliest first: named, paid together before, or related."""
    found = [desk.book.customer[hit.item] for hit in hits if hit.how == FULL]
    for key in clue.keys:
        seen = desk.memory.customers_of_key.get(key) if key[0] in "PA" else None
        if seen is not None and len(seen) > 1:
            found += [customer for customer, _ in seen.most_common()]
    likely = sorted(payers, key=lambda customer: -payers[customer])[:1]
    found += [member for customer in likely for member in (customer, *desk.families.get(customer, ()))]
    return list(dict.fromkeys(found))[:MOST_MEMBERS]


def family_ideas(clue: Clue, works: Sequence[Readings]) -> list[Candidate]:
    """Return sets of the invoices of several customers that have the amount, beside what the text lists."""
    left = works[0].desk.left_minor
    listed = list(dict.fromkeys(item for work in works for item in work.listed() if left[item] > 0))
    rest = clue.amount - sum(left[item] for item in listed)
    others = [work.near_usual(listed) for work in works]
    pool = sorted((place, item) for each in others for place, item in enumerate(each) if left[item] <= rest)
    items = [item for _, item in pool[:NEAR]]
    ways: list[tuple[int, ...]] = [()] if rest == 0 else []
    if rest > 0:
        ways = [(place,) for place, item in enumerate(items) if left[item] == rest]
        opens = np.array([left[item] for item in items], dtype=np.int64)
        ways += [places for _, places in few_to(opens, [rest], LARGEST, MOST_WAYS)]
    found = [_of_several(works, [*listed, *(items[place] for place in places)], places) for places in ways]
    several = [each for each in found if len(set(each.customers)) > 1]
    return sorted(several, key=lambda each: -each.score)[:MOST_SHOWN]


def _of_several(works: Sequence[Readings], items: Sequence[int], places: Sequence[int]) -> Candidate:
    desk = works[0].desk
    who = tuple(desk.book.customer[item] for item in items)
    cash = tuple(desk.left_minor[item] for item in items)
    named = sum(work.named_points for work in works if work.customer in who)
    choice = math.log(math.comb(max(places) + 1, len(places))) if places else 0.0
    prior = max(work.prior for work in works)
    return Candidate("several_customers", tuple(items), who, cash, (0,) * len(cash), 0, prior, named, -SPREAD, -choice)
