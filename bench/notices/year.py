"""A seeded year of a thousand customers under two policies: `python -m bench.notices.year [CUSTOMERS]`.

Prints what the shipped ladder did, every rule it broke (none), and what a gentler first reminder would change.
"""

import random
import sys
import time
from datetime import date, timedelta

from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.simulate import PastBounce, PastInvoice, PastPayment, compare, faults, replay
from recon.model import Customer, Stop, StopKind

START, END = date(2027, 6, 1), date(2028, 5, 31)  # over a leap day


def world(customers: int, seed: int = 2026, days: int = 365) -> tuple[list[PastInvoice], list[Stop]]:
    """Return invoices paid early, late, in parts, returned and never; disputes, promises and holds."""
    chance = random.Random(seed)
    history: list[PastInvoice] = []
    stops: list[Stop] = []
    for number in range(customers):
        who = Customer(number + 1, "main", f"C{number}", f"Name {number}", email=f"c{number}@pay.example")
        for _ in range(chance.randint(1, 4)):
            history.append(invoice(chance, who, len(history) + 1, days))
        if chance.random() < 0.4:
            stops.append(a_stop(chance, who, history[-1]))
    return history, stops


def invoice(chance: random.Random, who: Customer, item: int, days: int) -> PastInvoice:
    issue = START + timedelta(days=chance.randrange(-30, days))
    due = issue + timedelta(days=chance.choice([0, 14, 30]))
    amount = chance.randrange(500, 500_000) * (-1 if chance.random() < 0.08 else 1)
    return PastInvoice(item, who, "EUR", f"INV-{item}", issue, due, amount, payments(chance, due, amount))


def payments(chance: random.Random, due: date, amount: int) -> tuple[PastPayment, ...]:
    kind = chance.random()
    if amount < 0 or kind < 0.15:
        return ()
    arrived = due + timedelta(days=int(chance.gauss(12, 20)))
    booked = arrived + timedelta(days=chance.choice([0, 0, 0, 1, 5]))
    if kind < 0.25:  # in two parts
        half = amount // 2
        return PastPayment(arrived, booked, half), PastPayment(booked, booked + timedelta(days=20), amount - half)
    if kind < 0.32:  # returned, and paid again or not
        back = booked + timedelta(days=chance.randint(1, 9))
        again = back + timedelta(days=15)
        returned = (PastPayment(arrived, booked, amount), PastPayment(back, back, -amount))
        return (*returned, PastPayment(again, again, amount)) if chance.random() < 0.5 else returned
    return (PastPayment(arrived, booked, amount),)


def a_stop(chance: random.Random, who: Customer, about: PastInvoice) -> Stop:
    begins = about.due_on + timedelta(days=chance.randrange(-5, 30))
    kind = chance.choice([StopKind.DISPUTE, StopKind.PROMISE, StopKind.HOLD])
    return Stop(kind, who.id, begins, begins + timedelta(days=20), about.item_id if kind is StopKind.DISPUTE else None)


def comes_back(customers: int, seed: int = 2026, days: int = 365) -> list[PastBounce]:
    """Return addresses that fail from some day on, for two weeks or two months."""
    chance = random.Random(seed + 1)
    failing = [number for number in range(customers) if chance.random() < 0.1]
    begins = {number: START + timedelta(days=chance.randrange(days)) for number in failing}
    return [
        PastBounce(number + 1, begin, begin + timedelta(days=chance.choice([14, 60])))
        for number, begin in begins.items()
    ]


def main() -> int:
    """Print the table; 1 if a rule was broken."""
    customers = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000
    history, stops = world(customers)
    bounces = comes_back(customers)
    begun = time.process_time()
    shipped = replay(history, default_policies(), START, END, stops, bounces)
    gentle = read_policies(DEFAULT_POLICY.replace("days = 3\n", "days = 10\n"))
    other = replay(history, gentle, START, END, stops, bounces)
    broken = faults(shipped.notices, history, default_policies(), stops, shipped.returned)
    broken += faults(other.notices, history, gentle, stops, other.returned)
    spent = time.process_time() - begun
    print(f"{customers} customers, {len(history)} invoices, {START} to {END}, twice: {spent:.1f} CPU-s")
    print(f"{'':32}{'first at +3':>12}{'first at +10':>14}")
    for name, old, new in compare(shipped, other):
        print(f"{name:32}{old:>12}{new:>14}")
    print(f"held by the gate: {dict(shipped.blocked).get('deposit may pay it', 0)} account days")
    print(f"mails that came back: {len(shipped.returned)} and {len(other.returned)}")
    print(f"rules broken: {len(broken)}", *broken[:10], sep="\n  " if broken else "")
    return 1 if broken or shipped.after_payment else 0


if __name__ == "__main__":
    sys.exit(main())
