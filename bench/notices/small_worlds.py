"""Every small world there is: one customer, up to two invoices, all payments, stops and bounces of a short calendar.

Small enough to try them all, rich enough that each planted fault of a policy shows in some world. All worlds:
`python -m bench.notices.small_worlds`.
"""

import itertools
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from notices.policy import Policies
from notices.policy_file import read_policies
from notices.simulate import PastBounce, PastInvoice, PastPayment, faults, replay
from recon.model import Customer, Stop, StopKind

START, DAYS = date(2028, 2, 25), 13  # over a leap day
WHO = Customer(1, "main", "C1", "Ada", email="ap@ada.example")
LADDER = """
id = "short"
rest_days = 2
promise_grace_days = 0
[gate]
max_feed_age_days = 1
[[tiers]]
name = "courtesy"
days = -2
[[tiers]]
name = "reminder"
days = 1
[[tiers]]
name = "demand"
days = 4
[[tiers]]
name = "final"
days = 6
"""


@dataclass(frozen=True, slots=True)
class World:
    """What happened to one customer."""

    history: tuple[PastInvoice, ...]
    stops: tuple[Stop, ...]
    bounces: tuple[PastBounce, ...]


def day(number: int) -> date:
    """Return a day of the calendar, from 0."""
    return START + timedelta(days=number)


def paid(*rows: tuple[int, int, int]) -> tuple[PastPayment, ...]:
    """Return payments: day it arrived, day it was booked, amount."""
    return tuple(PastPayment(day(arrived), day(booked), minor) for arrived, booked, minor in rows)


# Money for the first invoice of 10.00, due on day 3.
FIRST = (
    (),
    paid((2, 2, 1000)),
    paid((4, 4, 1000)),
    paid((4, 6, 1000)),
    paid((7, 9, 1000)),
    paid((5, 5, 400)),
    paid((5, 5, 400), (8, 9, 600)),
    paid((2, 2, 1000), (6, 6, -1000)),
    paid((5, 5, 1000), (7, 7, -1000), (9, 10, 1000)),
)
# The second item: due day, amount, money for it.
SECOND: tuple[tuple[int, int, tuple[PastPayment, ...]] | None, ...] = (
    None,
    (3, 700, ()),
    (5, 700, ()),
    (5, 700, paid((6, 8, 700))),
    (9, 700, ()),
    (0, 700, paid((6, 6, 200))),
    (2, -400, ()),
    (2, -1000, ()),
    (6, -1500, ()),
)
STOPS = (None, StopKind.DISPUTE, StopKind.HOLD, StopKind.PROMISE)
SPANS = ((3, 5), (4, 8), (0, 12))
BOUNCES = (None, 4, 7)


def worlds() -> Iterator[World]:
    """Yield every combination."""
    for first, second, kind, span, bounce in itertools.product(FIRST, SECOND, STOPS, SPANS, BOUNCES):
        if kind is None and span != SPANS[0]:
            continue  # without a stop its days make no difference
        history = [PastInvoice(1, WHO, "EUR", "A", day(0), day(3), 1000, first)]
        if second is not None:
            due, minor, money = second
            history.append(PastInvoice(2, WHO, "EUR", "B", day(0), day(due), minor, money))
        item = 1 if kind is StopKind.DISPUTE else None
        stops = () if kind is None else (Stop(kind, 1, day(span[0]), day(span[1]), item),)
        bounces = () if bounce is None else (PastBounce(1, day(bounce), day(bounce + 3)),)
        yield World(tuple(history), stops, bounces)


def broken(world: World, policies: Policies) -> list[str]:
    """Return the rules that the days of a world broke; none is right."""
    told = replay(world.history, policies, START, day(DAYS), world.stops, world.bounces)
    return faults(told.notices, world.history, policies, world.stops, told.returned)


def first_broken(policies: Policies, every: int = 1) -> tuple[int, World, list[str]] | None:
    """Return the first world (of every n-th) in which a rule was broken, with its number; None if there is none."""
    for number, world in enumerate(itertools.islice(worlds(), 0, None, every)):
        if found := broken(world, policies):
            return number * every, world, found
    return None


def main() -> int:
    """Try all worlds; 1 if a rule was broken."""
    begun, policies = time.process_time(), read_policies(LADDER)
    count = sum(1 for _ in worlds())
    found = first_broken(policies)
    spent = time.process_time() - begun
    print(f"{count} worlds of {DAYS + 1} days: {spent:.1f} CPU-s; rules broken: {found or 'none'}")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
