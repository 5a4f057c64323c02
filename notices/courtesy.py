"""Mail that asks for nothing: receipts for what was applied, and statements of account. Runs of their own.

Room: pure.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from notices.gate import Gatekeeper
from notices.plan import Silence, demand_minor, is_active, is_address, language_of, rests
from notices.policy import Policies, Policy
from recon.model import Account, BankNews, Customer, Notice, NoticeLine, Stop, StopKind

RECEIPTS = "receipts"
STATEMENTS = "statements"


def plan_receipts(
    applied: Iterable[tuple[Customer, str, Sequence[NoticeLine]]],
    as_of: date,
    policies: Policies,
    stops: Mapping[int, Sequence[Stop]],
) -> tuple[Notice, ...]:
    """Return a thank-you per customer and currency with what was applied to which invoice (`open_minor` of a line).

    `stops` are those of each customer by id. Who has no usable address, or wants no mail, gets none: nothing is lost.
    """
    return tuple(
        _courtesy(customer, currency, as_of, "receipt", RECEIPTS, tuple(lines), sum(x.open_minor for x in lines))
        for customer, currency, lines in applied
        if lines and not _unreachable(customer, stops.get(customer.id, ()), policies, as_of)
    )


def plan_statements(
    accounts: Iterable[Account], as_of: date, policies: Policies, bank: BankNews
) -> tuple[tuple[Notice, ...], tuple[Silence, ...]]:
    """Return a statement of account per account that has a balance (all open items, due or not, less credits), and
    why the others get none.

    A statement names a sum to pay, so the cash gate holds for it as it does for a reminder.
    """
    gate, notices, silences = Gatekeeper(bank, as_of), [], []
    for account in accounts:
        reason, why = _no_statement(account, as_of, policies, gate)
        customer = account.customer
        if reason:
            silences.append(Silence(customer.company, customer.id, customer.code, account.currency, reason, why))
        elif (notice := _statement(account, as_of)).lines:
            notices.append(notice)
    return tuple(notices), tuple(silences)


def _no_statement(account: Account, as_of: date, policies: Policies, gate: Gatekeeper) -> tuple[str, str]:
    policy = policies.of(account.customer.code, account.customer.segment)
    why = _unreachable(account.customer, account.stops, policies, as_of)
    if why := why or statement_stop(account.stops, policy, as_of):
        return "stopped", why
    blocked = gate.block(account, policy.gate)
    return (blocked.reason, blocked.why) if blocked else ("", "")


def _unreachable(customer: Customer, stops: Sequence[Stop], policies: Policies, as_of: date) -> str:
    email = customer.email.strip()
    if not is_address(email):
        return "no usable e-mail address"
    return unwanted_mail(stops, email, policies.of(customer.code, customer.segment), as_of)


def unwanted_mail(stops: Iterable[Stop], email: str, policy: Policy, as_of: date) -> str:
    """Return why no mail at all goes to an address, "" if it may."""
    for stop in stops:
        if is_active(stop, policy, as_of) and stop.kind is StopKind.OPT_OUT:
            return "the customer asked for no more e-mail"
        if rests(stop, email, as_of):
            return "mail to the address came back"
    return ""


_NO_STATEMENT = (StopKind.HOLD, StopKind.INSOLVENCY, StopKind.LEGAL, StopKind.AGENCY)


def statement_stop(stops: Iterable[Stop], policy: Policy, as_of: date) -> str:
    """Return which stop of the whole customer keeps a statement of account back, too; a promise or a plan does not."""
    found = (s for s in stops if s.kind in _NO_STATEMENT and s.open_item_id is None and is_active(s, policy, as_of))
    stop = next(found, None)
    return f"stopped: {stop.kind.value}" if stop else ""


def _statement(account: Account, as_of: date) -> Notice:
    owed = sorted((d for d in account.debts if d.open_minor > 0), key=lambda debt: (debt.due_on, debt.number))
    lines = tuple(
        NoticeLine(d.open_item_id, d.number, d.due_on, d.open_minor, (as_of - d.due_on).days, d.level, False, d.episode,
                   d.kind, d.amount_minor, d.issue_on)
        for d in owed
    )  # fmt: skip
    credits = tuple(sorted((d.number, d.open_minor) for d in account.debts if d.open_minor < 0))
    total = demand_minor((d.open_minor for d in owed), (minor for _, minor in credits), account.on_account_minor)
    return _courtesy(
        account.customer,
        account.currency,
        as_of,
        "statement",
        STATEMENTS,
        lines,
        total,
        credits,
        account.on_account_minor,
    )


def _courtesy(
    customer: Customer,
    currency: str,
    as_of: date,
    kind: str,
    policy_id: str,
    lines: tuple[NoticeLine, ...],
    total_minor: int,
    credits: tuple[tuple[str, int], ...] = (),
    on_account_minor: int = 0,
) -> Notice:
    return Notice(
        customer=customer,
        currency=currency,
        day=as_of,
        policy_id=policy_id,
        policy_version="",
        level=0,
        tier=kind,
        tone=kind,
        channel="mail",
        recipient=customer.email.strip(),
        language=language_of(customer),
        demanded_minor=total_minor,
        lines=lines,
        credits=credits,
        on_account_minor=on_account_minor,
        cc=customer.cc,
        kind=kind,
    )
