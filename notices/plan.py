"""Who is told what today: a pure plan from the accounts, what they were truly told, the policy and the day.

One notice per account and day, at the highest level due; each invoice moves one level at a time, rests between two,
and a courtesy lapses on the due date. Credits and money on account pay the oldest debts first; what they cover is not
chased. Every account that is not written to says why.

Room: pure.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from notices.calendar import is_sending_day
from notices.conduct import deadline
from notices.gate import Gatekeeper
from notices.policy import Channel, Policies, Policy, Tier
from recon.errors import Problem
from recon.model import Account, BankNews, Customer, Debt, Notice, NoticeLine, Stop, StopKind
from recon.money import format_minor

_LANGUAGES = {
    "DE": "de",
    "AT": "de",
    "FR": "fr",
    "ES": "es",
    "MX": "es",
    "AR": "es",
    "CL": "es",
    "CO": "es",
    "NL": "nl",
}


@dataclass(frozen=True, slots=True)
class Silence:
    """An account that is not written to today, why, and what holds each of its debts (number, reason)."""

    company: str
    customer_id: int
    code: str
    currency: str
    reason: str
    why: str
    lines: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What is said today, and why the others are left in peace."""

    as_of: date
    notices: tuple[Notice, ...]
    silences: tuple[Silence, ...]
    problems: tuple[Problem, ...]

    @property
    def counts(self) -> dict[str, int]:
        """Notices by channel, silences by reason."""
        channels = Counter(notice.channel for notice in self.notices)
        reasons = Counter(silence.reason for silence in self.silences)
        return {**dict(sorted(channels.items())), **dict(sorted(reasons.items()))}


@dataclass(frozen=True, slots=True)
class _Judged:
    debt: Debt
    late: int  # days past due
    tier: Tier | None  # the tier it moves to today
    why: str


def plan_notices(accounts: Iterable[Account], policies: Policies, as_of: date, bank: BankNews) -> Plan:
    """Return the notices of the day and the reasons of all other accounts, both in the order of the accounts."""
    gate = Gatekeeper(bank, as_of)
    notices: list[Notice] = []
    silences: list[Silence] = []
    problems: list[Problem] = []
    for account in accounts:
        said = plan_account(account, policies.of(account.customer.code, account.customer.segment), as_of, gate)
        if isinstance(said, Silence):
            silences.append(said)
        else:
            notices.append(said)
            problems.extend(_problems(said))
    return Plan(as_of, tuple(notices), tuple(silences), tuple(problems))


def plan_account(account: Account, policy: Policy, as_of: date, gate: Gatekeeper) -> Notice | Silence:
    """Return what is said to one account today, or why nothing is."""
    if stop := _whole_stop(account, policy, as_of):
        return _silence(account, f"stopped:{stop.kind.value}", f"{stop.kind.value}{_until(stop)}: {stop.reason}")
    judged = _judge(account, policy, as_of)
    advancing = [one for one in judged if one.tier is not None]
    if not advancing and account.written_on == as_of:
        return _silence(account, "written to already", f"written to on {as_of}", judged)
    if not advancing:
        return _silence(account, "nothing due", "no invoice reaches a new level today", judged)
    return _held_back(account, policy, as_of, gate, judged) or _notice(account, policy, as_of, judged)


def next_tier(debt: Debt, policy: Policy, as_of: date) -> Tier | None:
    """Return the tier whose turn it is: the first untold one that has not lapsed, if its day has come.

    A courtesy lapses on the due date, or when a later courtesy has come; no other tier is ever passed over.
    """
    if debt.kind == "charge":
        return None  # a fee is listed, never dunned by itself
    late = (as_of - debt.due_on).days
    for tier in policy.tiers[debt.level :]:
        if late < tier.days:
            return None  # and each tier comes later than the one before
        if tier.is_courtesy and (late >= 0 or _has_come(policy, tier.level + 1, late, courtesy=True)):
            continue
        return tier if tier.is_courtesy or late >= tier.days + policy.grace_days else None
    return None


def language_of(customer: Customer) -> str:
    """Return the language to write in: the customer's own, else that of a country with one language, else English."""
    return customer.language or _LANGUAGES.get(customer.country, "en")


def is_rested(told_on: date | None, rest_days: int, as_of: date) -> bool:
    """Tell whether so many business dates have passed; dates, not hours, or a run five seconds earlier skips a day.

    >>> is_rested(date(2025, 1, 1), 1, date(2025, 1, 2)), is_rested(None, 7, date(2025, 1, 2))
    (True, True)
    """
    return told_on is None or (as_of - told_on).days >= rest_days


def demand_minor(listed: Iterable[int], credits: Iterable[int], on_account_minor: int) -> int:
    """Return what may be asked for: the listed invoices less every credit and all money on account, never below 0.

    >>> demand_minor([50000, 30000], [], 50000)
    30000
    """
    return max(0, sum(listed) + sum(credits) - on_account_minor)


def uncovered(debts: Iterable[Debt], given_minor: int) -> dict[int, int]:
    """Return what is left of each debt, by open item, after credits and money on account paid the oldest first."""
    left = {}
    for debt in sorted(debts, key=lambda debt: (debt.due_on, debt.open_item_id)):
        paid = min(given_minor, debt.open_minor)
        given_minor -= paid
        left[debt.open_item_id] = debt.open_minor - paid
    return left


def is_active(stop: Stop, policy: Policy, as_of: date) -> bool:
    """Tell whether the stop holds on the day; a promise holds for its grace days after it."""
    grace = policy.promise_grace_days if stop.kind is StopKind.PROMISE else 0
    return stop.starts_on <= as_of and (stop.ends_on is None or as_of <= stop.ends_on + timedelta(days=grace))


def _has_come(policy: Policy, level: int, late: int, courtesy: bool) -> bool:
    if level > len(policy.tiers):
        return False
    later = policy.tier(level)
    return later.is_courtesy is courtesy and late >= later.days


ABOUT_ADDRESS = (StopKind.BOUNCED, StopKind.OPT_OUT)  # they stop mail, not the claim: a person writes instead


def opted_out(stops: Iterable[Stop], policy: Policy, as_of: date) -> bool:
    """Tell whether the customer asked for no more e-mail."""
    return any(stop.kind is StopKind.OPT_OUT and is_active(stop, policy, as_of) for stop in stops)


def _whole_stop(account: Account, policy: Policy, as_of: date) -> Stop | None:
    for stop in account.stops:
        if stop.open_item_id is None and stop.kind not in ABOUT_ADDRESS and is_active(stop, policy, as_of):
            return stop
    return None


def _until(stop: Stop) -> str:
    return f" until {stop.ends_on}" if stop.ends_on else ""


def _judge(account: Account, policy: Policy, as_of: date) -> list[_Judged]:
    stopped = {s.open_item_id: s for s in account.stops if s.open_item_id and is_active(s, policy, as_of)}
    chased = [debt for debt in account.debts if debt.open_minor > 0 and debt.open_item_id not in stopped]
    given = account.on_account_minor - sum(debt.open_minor for debt in account.debts if debt.open_minor < 0)
    left = uncovered(chased, given) if given > 0 else {}
    judged = [_judge_one(debt, policy, as_of, left) for debt in chased]
    held = [debt for debt in account.debts if debt.open_minor > 0 and debt.open_item_id in stopped]
    return judged + [_Judged(debt, -1, None, _stop_text(stopped[debt.open_item_id])) for debt in held]


def _stop_text(stop: Stop) -> str:
    return f"{stop.kind.value}{_until(stop)}"


def _judge_one(debt: Debt, policy: Policy, as_of: date, left: dict[int, int]) -> _Judged:
    late = (as_of - debt.due_on).days
    tier = next_tier(debt, policy, as_of)
    if tier is None:
        return _Judged(debt, late, None, "not due for a level" if debt.level < len(policy.tiers) else "all levels told")
    if not is_rested(debt.told_on, policy.rest_days, as_of):
        return _Judged(debt, late, None, f"rests since {debt.told_on}")
    if left.get(debt.open_item_id, 1) <= 0:
        return _Judged(debt, late, None, "covered by credits or money on account")
    return _Judged(debt, late, tier, tier.name)


def _held_back(
    account: Account, policy: Policy, as_of: date, gate: Gatekeeper, judged: list[_Judged]
) -> Silence | None:
    if not is_rested(account.written_on, policy.account_rest_days, as_of):
        return _silence(account, "written to already", f"written to on {account.written_on}", judged)
    if not is_sending_day(policy.window, as_of, account.customer):
        return _silence(account, "no sending day", f"{as_of} is no sending day of the policy", judged)
    demanded = _demanded(account, judged)
    if demanded < policy.minimum(account.currency):
        least = format_minor(policy.minimum(account.currency), account.currency)
        asked = format_minor(demanded, account.currency)
        return _silence(account, "below minimum", f"{asked} {account.currency} is below {least}", judged)
    if blocked := gate.block(account, policy.gate):
        return _silence(account, blocked.reason, blocked.why, judged)
    return None


def _listed(judged: list[_Judged]) -> list[_Judged]:
    return [one for one in judged if one.late > 0 or one.tier is not None]


def _credits(account: Account) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((debt.number, debt.open_minor) for debt in account.debts if debt.open_minor < 0))


def _demanded(account: Account, judged: list[_Judged]) -> int:
    amounts = (one.debt.open_minor for one in _listed(judged))
    return demand_minor(amounts, (minor for _, minor in _credits(account)), account.on_account_minor)


def _notice(account: Account, policy: Policy, as_of: date, judged: list[_Judged]) -> Notice:
    tier = max((one.tier for one in judged if one.tier is not None), key=lambda tier: tier.level)
    customer = account.customer
    recipient, channel, why = _route(account, tier, policy, as_of)
    lines = tuple(_line(one) for one in sorted(_listed(judged), key=lambda one: (one.debt.due_on, one.debt.number)))
    pay_by = as_of + timedelta(days=tier.deadline_days)
    return Notice(
        customer=customer,
        currency=account.currency,
        day=as_of,
        policy_id=policy.id,
        policy_version=policy.version,
        level=tier.level,
        tier=tier.name,
        tone=tier.tone.value,
        channel=channel.value,
        recipient=recipient,
        language=language_of(customer),
        demanded_minor=_demanded(account, judged),
        lines=lines,
        credits=_credits(account),
        on_account_minor=account.on_account_minor,
        cc=tuple(dict.fromkeys((*customer.cc, *policy.cc, *tier.cc))),
        pay_by=deadline(policy.conduct, lines, as_of, pay_by) if tier.deadline_days else None,
        why=why,
    )


def _line(one: _Judged) -> NoticeLine:
    debt, tier = one.debt, one.tier
    return NoticeLine(
        open_item_id=debt.open_item_id,
        number=debt.number,
        due_on=debt.due_on,
        open_minor=debt.open_minor,
        days_past_due=one.late,
        level=tier.level if tier else debt.level,
        advances=tier is not None,
        episode=debt.episode,
        kind=debt.kind,
        amount_minor=debt.amount_minor,
        issue_on=debt.issue_on,
        payments=debt.payments,
    )


def rests(stop: Stop, email: str, as_of: date) -> bool:
    """Tell whether mail to the address came back. The stop began on a clock's day, so its start is not asked."""
    is_over = stop.ends_on is not None and stop.ends_on < as_of
    return stop.kind is StopKind.BOUNCED and stop.reason.casefold() == email.casefold() and not is_over


def _route(account: Account, tier: Tier, policy: Policy, as_of: date) -> tuple[str, Channel, str]:
    email = account.customer.email.strip()
    if tier.channel is not Channel.MAIL:
        return email, tier.channel, ""
    if not email:
        return "", Channel.TASK, "the customer has no e-mail address"
    if not is_address(email):
        return "", Channel.TASK, "the e-mail address cannot be used"
    if any(rests(stop, email, as_of) for stop in account.stops):
        return "", Channel.TASK, "mail to the address came back"
    if opted_out(account.stops, policy, as_of):
        return "", Channel.TASK, "the customer asked for no more e-mail"
    return email, Channel.MAIL, ""


def is_address(text: str) -> bool:
    """Tell whether the text is one plain address: one @, no blank, no control character, a domain with a dot.

    >>> is_address("ap@example.com"), is_address("a b@example.com"), is_address("a@example.com,b@example.com")
    (True, False, False)
    """
    local, at, domain = text.partition("@")
    plain = text.isprintable() and not any(mark in text for mark in ' ,;<>()[]:\\"')
    return bool(local and at and plain) and "@" not in domain and "." in domain.strip(".") and len(text) <= 254


def _problems(notice: Notice) -> list[Problem]:
    if not notice.why:
        return []
    where = f"customer {notice.customer.code}"
    remedy = "A task was opened for a person; add or correct the address in the customer list."
    return [Problem(where, f"{notice.tier} for {notice.currency}: {notice.why}", remedy)]


def _silence(account: Account, reason: str, why: str, judged: list[_Judged] | None = None) -> Silence:
    customer = account.customer
    lines = tuple((one.debt.number, one.why) for one in judged or ())
    return Silence(customer.company, customer.id, customer.code, account.currency, reason, why, lines)
