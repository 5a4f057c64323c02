"""Replay history under a policy: who would have been written to, when, at what cost - and whether anybody who had paid.

Customers are assumed to pay when they did pay: a replay counts letters, it does not predict behaviour.

Room: pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from notices.charges import charges_of
from notices.plan import ABOUT_ADDRESS, plan_notices
from notices.policy import Policies
from recon.model import Account, BankNews, Customer, Debt, Notice, Stop, StopKind, UnresolvedDeposit
from recon.money import format_minor


@dataclass(frozen=True, slots=True)
class PastPayment:
    """Money for an invoice: the bank had it on `arrived_on`, the books on `posted_on`. A return is negative."""

    arrived_on: date
    posted_on: date
    minor: int


@dataclass(frozen=True, slots=True)
class PastInvoice:
    """An invoice or credit memo (negative) with what was paid on it."""

    item_id: int
    customer: Customer
    currency: str
    number: str
    issue_on: date
    due_on: date
    amount_minor: int
    payments: tuple[PastPayment, ...] = ()

    def open_minor(self, day: date, *, arrived: bool = False) -> int:
        """What the books show as open in the morning of a day; with `arrived`, what was truly owed by then."""
        paid = (p.minor for p in self.payments if (p.arrived_on if arrived else p.posted_on) <= day)
        return self.amount_minor - sum(paid)


@dataclass(frozen=True, slots=True)
class PastBounce:
    """Mail to a customer that came back: what is sent from a day on returns, until the address is right."""

    customer_id: int
    from_on: date
    corrected_on: date


@dataclass(frozen=True, slots=True)
class Replay:
    """What a policy would have said. Amounts are minor units by currency; ratios are exact."""

    notices: tuple[Notice, ...]
    by_tier: tuple[tuple[str, int], ...]
    fees_minor: tuple[tuple[str, int], ...]
    customers: int
    after_payment: tuple[Notice, ...]  # written to although the money had arrived: must be empty
    days_late_when_first_told: Fraction | None
    blocked: tuple[tuple[str, int], ...] = ()  # how often each reason kept us silent
    told_to_paid: tuple[tuple[str, int, int], ...] = ()  # currency, invoices paid in full after a notice, days it took
    money_days: tuple[tuple[str, int], ...] = ()  # currency, minor units told of and still open x days
    returned: tuple[Notice, ...] = ()  # came back: told nobody anything


@dataclass(slots=True)
class _Memory:
    """What was told so far."""

    levels: dict[int, tuple[int, date]] = field(default_factory=dict)
    written: dict[tuple[int, str], date] = field(default_factory=dict)
    before: dict[int, tuple[int, date] | None] = field(default_factory=dict)  # levels before the notice in flight

    def take_back(self, notice: Notice) -> None:
        """The notice came back: its invoices return to the level they had."""
        for line in notice.lines:
            if line.advances and (earlier := self.before.get(line.open_item_id)) is not None:
                self.levels[line.open_item_id] = earlier
            elif line.advances:
                self.levels.pop(line.open_item_id, None)

    def remember(self, notice: Notice) -> None:
        self.written[notice.customer.id, notice.currency] = notice.day
        for line in notice.lines:
            if line.advances:
                self.before[line.open_item_id] = self.levels.get(line.open_item_id)
                self.levels[line.open_item_id] = (line.level, notice.day)


def replay(
    history: Sequence[PastInvoice],
    policies: Policies,
    start: date,
    end: date,
    stops: Iterable[Stop] = (),
    bounces: Sequence[PastBounce] = (),
) -> Replay:
    """Return what the policies would have said from start to end, both included, with the bank's news of each day.

    A mail that bounces is known to have come back on the next morning; until it is corrected the address rests.
    """
    memory, told, late_first = _Memory(), list[Notice](), list[int]()
    blocked: Counter[str] = Counter()
    by_account = _grouped(history)
    stopped: dict[int, list[Stop]] = defaultdict(list)
    for stop in stops:
        stopped[stop.customer_id].append(stop)
    day, in_flight, returned = start, list[Notice](), list[Notice]()
    while day <= end:
        for notice in in_flight:
            memory.take_back(notice)
            stopped[notice.customer.id] += _resting(notice, bounces, day)
        returned += in_flight
        in_flight = []
        accounts = list(_accounts(by_account, memory, stopped, day, policies.lead_days))
        plan = plan_notices(accounts, policies, day, bank_news(history, day))
        blocked.update(silence.reason for silence in plan.silences)
        for notice in plan.notices:
            late_first += [x.days_past_due for x in notice.lines if x.advances and x.open_item_id not in memory.levels]
            memory.remember(notice)
            told.append(notice)
            if notice.channel == "mail" and _comes_back(notice, bounces):
                in_flight.append(notice)
        day += timedelta(days=1)
    invoices = {one.item_id: one for one in history}
    counted = _counted(told, invoices, policies, late_first, blocked)
    took, outstanding = cash_effect(told, invoices, end)
    return replace(counted, told_to_paid=took, money_days=outstanding, returned=tuple(returned + in_flight))


def cash_effect(
    told: Sequence[Notice], invoices: Mapping[int, PastInvoice], end: date
) -> tuple[tuple[tuple[str, int, int], ...], tuple[tuple[str, int], ...]]:
    """Return by currency how many invoices were paid in full after their first notice and the days it took in all, and
    the money told of times the days it was still open, through `end`. Counted from what happened; nothing is predicted.
    """
    first: dict[int, date] = {}
    for notice in told:
        for line in notice.lines:
            if line.advances:
                first.setdefault(line.open_item_id, notice.day)
    paid, days, outstanding = Counter[str](), Counter[str](), Counter[str]()
    for item_id, told_on in first.items():
        one = invoices[item_id]
        outstanding[one.currency] += _money_days(one, told_on, end)
        if arrived_on := _paid_on(one, told_on, end):
            paid[one.currency] += 1
            days[one.currency] += (arrived_on - told_on).days
    return tuple((c, count, days[c]) for c, count in sorted(paid.items())), tuple(sorted(outstanding.items()))


def _changes(one: PastInvoice, told_on: date, end: date) -> list[date]:
    return sorted({payment.arrived_on for payment in one.payments if told_on <= payment.arrived_on <= end})


def _paid_on(one: PastInvoice, told_on: date, end: date) -> date | None:
    """The day from which, by `end`, nothing was owed any more; a payment that went back paid nothing."""
    if one.open_minor(end, arrived=True) > 0:
        return None
    still_owed = [day for day in _changes(one, told_on, end) if one.open_minor(day, arrived=True) > 0]
    return next((day for day in _changes(one, told_on, end) if not still_owed or day > still_owed[-1]), None)


def _money_days(one: PastInvoice, told_on: date, end: date) -> int:
    stops = [told_on, *(day for day in _changes(one, told_on, end) if day > told_on), end + timedelta(days=1)]
    runs = pairwise(stops)
    return sum(max(0, one.open_minor(day, arrived=True)) * (until - day).days for day, until in runs)


def _comes_back(notice: Notice, bounces: Sequence[PastBounce]) -> bool:
    return any(b.customer_id == notice.customer.id and b.from_on <= notice.day < b.corrected_on for b in bounces)


def _resting(notice: Notice, bounces: Sequence[PastBounce], day: date) -> list[Stop]:
    until = max(b.corrected_on for b in bounces if b.customer_id == notice.customer.id and b.from_on <= notice.day)
    last = until - timedelta(days=1)
    return [Stop(StopKind.BOUNCED, notice.customer.id, day, last, reason=notice.recipient)] if day <= last else []


def bank_news(history: Sequence[PastInvoice], day: date) -> BankNews:
    """Return what the bank had told by a day: fresh, and unresolved between arrival and posting."""
    through = {((one.customer.company, one.currency), day) for one in history}
    unresolved = tuple(
        UnresolvedDeposit(one.item_id, one.customer.company, one.currency, payment.minor, ((one.customer.id, 500_000),))
        for one in history
        for payment in one.payments
        if payment.arrived_on <= day < payment.posted_on and payment.minor > 0
    )
    return BankNews(tuple(sorted(through)), (), unresolved)


def _grouped(history: Sequence[PastInvoice]) -> dict[tuple[int, str], list[PastInvoice]]:
    grouped: dict[tuple[int, str], list[PastInvoice]] = defaultdict(list)
    for one in history:
        grouped[one.customer.id, one.currency].append(one)
    return dict(sorted(grouped.items()))


def _accounts(
    by_account: dict[tuple[int, str], list[PastInvoice]],
    memory: _Memory,
    stopped: dict[int, list[Stop]],
    day: date,
    lead_days: int,
) -> Iterator[Account]:
    horizon = day + timedelta(days=lead_days)
    for (customer_id, currency), invoices in by_account.items():
        debts = tuple(_debt(one, memory, day) for one in invoices if one.issue_on <= day and one.open_minor(day) != 0)
        if any(debt.open_minor > 0 and debt.due_on <= horizon for debt in debts):
            written = memory.written.get((customer_id, currency))
            stops = tuple(stopped.get(customer_id, ()))
            yield Account(invoices[0].customer, currency, debts, stops=stops, written_on=written)


def _debt(one: PastInvoice, memory: _Memory, day: date) -> Debt:
    level, told_on = memory.levels.get(one.item_id, (0, None))
    paid = tuple((payment.arrived_on, payment.minor) for payment in one.payments if payment.posted_on <= day)
    return Debt(
        one.item_id, one.number, one.due_on, one.open_minor(day), level, told_on, 1, "invoice", one.amount_minor,
        one.issue_on, paid,
    )  # fmt: skip


def _counted(
    told: Sequence[Notice],
    invoices: dict[int, PastInvoice],
    policies: Policies,
    late_first: Sequence[int],
    blocked: Counter[str],
) -> Replay:
    fees: Counter[str] = Counter()
    for notice in told:
        policy = policies.of(notice.customer.code, notice.customer.segment)
        fees[notice.currency] += sum(charge.amount_minor for charge in charges_of(notice, policy))
    return Replay(
        notices=tuple(told),
        by_tier=tuple(sorted(Counter(notice.tier for notice in told).items())),
        fees_minor=tuple(sorted((currency, minor) for currency, minor in fees.items() if minor)),
        customers=len({notice.customer.id for notice in told}),
        after_payment=tuple(notice for notice in told if _had_paid(notice, invoices)),
        days_late_when_first_told=Fraction(sum(late_first), len(late_first)) if late_first else None,
        blocked=tuple(sorted(blocked.items())),
    )


def _had_paid(notice: Notice, invoices: dict[int, PastInvoice]) -> bool:
    return any(
        invoices[line.open_item_id].open_minor(notice.day, arrived=True) <= 0 for line in notice.lines if line.advances
    )


def compare(old: Replay, new: Replay) -> list[tuple[str, str, str]]:
    """Return the rows of a table: what is counted, under the old policy, under the new one."""
    tiers = sorted({tier for tier, _ in (*old.by_tier, *new.by_tier)})
    rows = [(f"notices: {tier}", *(str(dict(one.by_tier).get(tier, 0)) for one in (old, new))) for tier in tiers]
    currencies = sorted({currency for currency, _ in (*old.fees_minor, *new.fees_minor)})
    rows += [
        (f"fees {c}", *(format_minor(dict(one.fees_minor).get(c, 0), c) for one in (old, new))) for c in currencies
    ]
    rows += [
        ("notices", str(len(old.notices)), str(len(new.notices))),
        ("customers written to", str(old.customers), str(new.customers)),
        ("written to although paid", str(len(old.after_payment)), str(len(new.after_payment))),
        ("days late when first told", _mean(old), _mean(new)),
    ]
    currencies = sorted({c for one in (old, new) for c, _ in one.money_days})
    rows += [(f"days from notice to money, {c}", *(_took(one, c) for one in (old, new))) for c in currencies]
    rows += [(f"told and open, {c} x days", *(_outstanding(one, c) for one in (old, new))) for c in currencies]
    return [(name, first, second) for name, first, second in rows]


def _took(one: Replay, currency: str) -> str:
    found = next(((count, days) for name, count, days in one.told_to_paid if name == currency), None)
    return "-" if found is None else f"{found[1] / found[0]:.1f}"


def _outstanding(one: Replay, currency: str) -> str:
    return format_minor(dict(one.money_days).get(currency, 0), currency)


def _mean(one: Replay) -> str:
    return "-" if one.days_late_when_first_told is None else f"{float(one.days_late_when_first_told):.1f}"


def faults(
    told: Sequence[Notice],
    history: Sequence[PastInvoice],
    policies: Policies,
    stops: Sequence[Stop] = (),
    returned: Sequence[Notice] = (),
) -> list[str]:
    """Return every rule that a run of notices broke, in words; an empty list is the proof that none was.

    Two notices on a day, a level twice or skipped, too little rest, a demand above what is listed or owed, a paid
    invoice, a stop that held. What came back told nobody anything, so its level is told again, and must be.
    """
    came_back = {(one.customer.id, one.currency, one.day) for one in returned}
    invoices, found = {one.item_id: one for one in history}, list[str]()
    by_account = _grouped(history)
    levels: dict[int, tuple[int, date]] = {}
    days: set[tuple[int, str, date]] = set()
    for notice in sorted(told, key=lambda one: (one.day, one.customer.id, one.currency)):
        key = (notice.customer.id, notice.currency, notice.day)
        if key in days:
            found.append(f"two notices to {notice.customer.code} on {notice.day}")
        days.add(key)
        owed = [one.open_minor(notice.day) for one in by_account[key[:2]] if one.issue_on <= notice.day]
        if not 0 < notice.demanded_minor <= max(0, sum(owed)):
            found.append(f"{notice.customer.code} on {notice.day}: demands {notice.demanded_minor} of {sum(owed)}")
        found += [f"{notice.customer.code} on {notice.day}: {what}" for what in _notice_faults(notice, stops)]
        for line in notice.lines:
            found += _line_faults(notice, line.open_item_id, line.level, line.advances, levels, invoices, policies)
            if line.advances and key not in came_back:
                levels[line.open_item_id] = (line.level, notice.day)
    return found


def _notice_faults(notice: Notice, stops: Sequence[Stop]) -> Iterator[str]:
    listed = sum(line.open_minor for line in notice.lines)
    credits = sum(minor for _, minor in notice.credits)
    if notice.demanded_minor != listed + credits - notice.on_account_minor:
        yield "what is listed does not add up to what is demanded"
    if any(line.days_past_due <= 0 and not line.advances for line in notice.lines):
        yield "an invoice is listed before its day"
    for stop in stops:
        holds = stop.starts_on <= notice.day <= (stop.ends_on or date.max)
        items = {line.open_item_id for line in notice.lines}
        if stop.kind in ABOUT_ADDRESS:
            continue
        if holds and stop.customer_id == notice.customer.id and stop.open_item_id in (None, *items):
            yield f"a {stop.kind.value} holds"


def _line_faults(
    notice: Notice,
    item_id: int,
    level: int,
    advances: bool,
    levels: dict[int, tuple[int, date]],
    invoices: dict[int, PastInvoice],
    policies: Policies,
) -> Iterator[str]:
    one, day = invoices[item_id], notice.day
    where = f"{one.number} on {day}"
    if one.open_minor(day, arrived=True) <= 0 and advances:
        yield f"{where}: the money had arrived"
    if not advances:
        return
    policy = policies.of(notice.customer.code, notice.customer.segment)
    before, told_on = levels.get(item_id, (0, None))
    if level <= before:
        yield f"{where}: level {level} again"
    if not all(tier.is_courtesy for tier in policy.tiers[before : level - 1]):
        yield f"{where}: level {level} after {before}"
    if told_on and (day - told_on).days < policy.rest_days:
        yield f"{where}: told on {told_on} already"
    tier, late = policy.tier(level), (day - one.due_on).days
    if late < tier.days or (tier.is_courtesy and late >= 0):
        yield f"{where}: {tier.name} at {late} days"
