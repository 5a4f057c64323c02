"""Who pays: names, remembered keys, cheque numbers in sequence and customer numbers, as points per customer.

Room: pure.
"""

import math
from collections import defaultdict
from collections.abc import Mapping

from matchers.candidates import NEAR
from matchers.clues import Clue, names_in
from matchers.desk import Desk
from matchers.name import payers_named

_NEARNESS = tuple(max(0.0, 6.0 - math.log2(1 + distance / 4)) for distance in range(NEAR + 1))  # points
REFUSED = 20.0  # a reviewer said that this text or account is not this customer


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
    refused = desk.memory.refused
    if refused:
        for customer in points:
            points[customer] -= REFUSED * any((key, customer) in refused for key in clue.keys)
    return dict(points)


def payer_mass(desk: Desk, payers: Mapping[int, float]) -> float:
    """Return the log of what the points of payers are shares of: everybody, and those that something speaks for."""
    return math.log(max(2, desk.book.customer_count) + sum(math.exp(value) for value in payers.values()))


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
    return {customer: _NEARNESS[distance] for customer, distance in near.items()}


def _by_code(desk: Desk, clue: Clue) -> dict[int, float]:
    codes = desk.book.by_customer_code
    found = {}
    for token in clue.tokens:
        customer = codes.get(token.compact, codes.get(token.compact.lstrip("0")) if len(token.compact) >= 8 else None)
        if customer is not None:
            found[customer] = 9.0
    return found
