"""Mail that asks for nothing: receipts for what was applied, and statements of account. Runs of their own.

Room: pure.
"""

from collections.abc import Iterable, Sequence
from datetime import date

from notices.plan import demand_minor, is_address, language_of
from recon.model import Account, Customer, Notice, NoticeLine, StopKind

RECEIPTS = "receipts"
STATEMENTS = "statements"


def plan_receipts(applied: Iterable[tuple[Customer, str, Sequence[NoticeLine]]], as_of: date) -> tuple[Notice, ...]:
    """Return a thank-you per customer and currency with what was applied to which invoice (`open_minor` of a line).

    Customers without a usable address get none: nothing is lost by it.
    """
    return tuple(
        _courtesy(customer, currency, as_of, "receipt", RECEIPTS, tuple(lines), sum(x.open_minor for x in lines))
        for customer, currency, lines in applied
        if lines and is_address(customer.email.strip())
    )


def plan_statements(accounts: Iterable[Account], as_of: date) -> tuple[Notice, ...]:
    """Return a statement of account per account that has a balance: all open items, due or not, less credits.

    None to a customer who asked for no more e-mail.
    """
    return tuple(
        notice
        for account in accounts
        if is_address(account.customer.email.strip())
        and not any(stop.kind is StopKind.OPT_OUT for stop in account.stops)
        and (notice := _statement(account, as_of)).lines
    )


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
