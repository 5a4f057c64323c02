"""From the options of `recon review apply` to the reviewer's decision: one way, every amount spelled out.

Room: shell.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from jobs.written import amount_of
from recon.errors import NotAllowed, UsageError
from recon.ledger import converted_minor
from recon.money import is_known_currency, minor_digits
from recon.review import Act, Decision
from recon.store import review
from recon.store.subjects import Subject, line_of_subject

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from recon.store.review import ReviewItem

BESIDE = {"discount": "discount_minor", "fee": "fee_minor", "deduction": "deduction_minor",
          "write-off": "write_off_minor"}  # fmt: skip
ONE_WAY = "Use --invoice and --on-account, or --set-aside, or --return-of, or --duplicate-of"


@dataclass(frozen=True, slots=True)
class Ways:
    """What a reviewer wrote: each invoice as NUMBER=AMOUNT, deposits as D12, customers by their number."""

    invoices: tuple[str, ...] = ()
    beside: tuple[tuple[str, tuple[str, ...]], ...] = ()  # (discount, fee, deduction or write-off; NUMBER=AMOUNT ...)
    on_account: str = ""
    set_aside: str = ""
    return_of: str = ""
    charge: str = ""
    duplicate_of: str = ""
    customer: str = ""
    currency: str = ""
    rate: str = ""


def applied(connection: Connection, item: ReviewItem, decision: Decision, ways: Ways) -> Decision:
    """Return the decision that the options come to. Raises UsageError unless they are one way."""
    _require_one_way(item, ways)
    if ways.set_aside:
        return replace(decision, act=Act.SET_ASIDE, set_aside_name=_account_name(ways.set_aside))
    if ways.duplicate_of:
        twin = line_of_subject(connection, Subject.parse(ways.duplicate_of))
        return replace(decision, act=Act.DUPLICATE_OF, duplicate_of=twin)
    if ways.return_of:
        return _returned(connection, item, decision, ways)
    return _allocated(connection, item, decision, ways)


def rate_of(text: str) -> Decimal:
    """Return a rate as a positive number. Raises UsageError."""
    try:
        rate = Decimal(text)
    except InvalidOperation as error:
        raise UsageError(f"--rate {text!r} is not a number", "Write it as 1.0842") from error
    if not rate.is_finite() or not 0 < rate < 10**9 or not text.isascii():
        raise UsageError(f"--rate {text!r} is no exchange rate", "Write it as 1.0842")
    return rate


def _require_one_way(item: ReviewItem, ways: Ways) -> None:
    to_invoices = bool(ways.invoices or ways.on_account or ways.beside) and not ways.return_of
    chosen = (to_invoices, bool(ways.set_aside), bool(ways.return_of), bool(ways.duplicate_of))
    if sum(chosen) != 1:
        raise UsageError("say one way to apply it", ONE_WAY)
    if bool(ways.currency) != bool(ways.rate) or (ways.currency and not to_invoices):
        raise UsageError("--currency and --rate belong together, with --invoice", "Give both, as --currency EUR")
    if ways.charge and not ways.return_of:
        raise UsageError("--charge is the bank's fee in a return", "Use it with --return-of, else --fee NUMBER=AMOUNT")
    if item.kind != "deposit":
        raise NotAllowed(f"item {item.id} is a {item.kind}, no bank line", "Use `recon review accept` or `reject`")


def _account_name(written: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}", written) is None:
        raise UsageError(
            f"--set-aside {written[:40]!r} is no account name", "Use letters, digits, _ and -, as own_rent"
        )
    return written


def _allocated(connection: Connection, item: ReviewItem, decision: Decision, ways: Ways) -> Decision:
    currency = ways.currency or item.currency
    if not is_known_currency(currency):
        raise UsageError(f"--currency {currency!r} is not known", "Use its ISO 4217 code, as EUR")
    if ways.currency and (ways.on_account or currency == item.currency):
        remedy = "Leave --currency out, or place the whole deposit on invoices of the other currency"
        raise UsageError(f"the deposit is in {item.currency}", remedy)
    allocations = review.allocations_of(
        connection, item, _amounts(ways.invoices, currency, "--invoice"), ways.on_account, ways.customer,
        beside=_beside(ways, currency), currency=ways.currency,
    )  # fmt: skip
    if not ways.currency:
        return replace(decision, allocations=allocations)
    cash_minor = sum(one.cash_minor for one in allocations)
    booked = converted_minor(cash_minor, minor_digits(currency), minor_digits(item.currency), rate_of(ways.rate))
    why = decision.reason or f"{currency} at {ways.rate}"
    return replace(decision, allocations=allocations, currency=currency, booked_minor=booked, reason=why)


def _returned(connection: Connection, item: ReviewItem, decision: Decision, ways: Ways) -> Decision:
    if ways.beside:
        raise UsageError("a return takes back cash only", "Undo the deposit to change what stood beside it")
    charge = amount_of(ways.charge, item.currency, f"--charge {ways.charge!r}") if ways.charge else 0
    parts = review.allocations_of(
        connection, item, _amounts(ways.invoices, item.currency, "--invoice"), ways.on_account, ways.customer,
        total_minor=-item.amount_minor - charge,
    )  # fmt: skip
    original = line_of_subject(connection, Subject.parse(ways.return_of))
    return replace(decision, act=Act.RETURN_OF, return_of=original, allocations=parts, charge_minor=charge)


def _beside(ways: Ways, currency: str) -> dict[str, dict[str, int]]:
    """Return by invoice number what is booked beside its cash. Raises UsageError for a number without cash."""
    named = {number for number, _ in _amounts(ways.invoices, currency, "--invoice")}
    found: dict[str, dict[str, int]] = {}
    for name, written in ways.beside:
        for number, minor in _amounts(written, currency, f"--{name}"):
            if number not in named:
                raise UsageError(f"--{name} names {number!r}, --invoice does not", "Name its cash with --invoice, too")
            if minor <= 0 or BESIDE[name] in found.get(number, {}):
                raise UsageError(f"--{name} {number}: one positive amount for each", "Write it as 1021=15.00")
            found.setdefault(number, {})[BESIDE[name]] = minor
    return found


def _amounts(written: Sequence[str], currency: str, option: str) -> list[tuple[str, int]]:
    return [_amount(each, currency, option) for each in written]


def _amount(text: str, currency: str, option: str) -> tuple[str, int]:
    number, mark, amount = text.rpartition("=")
    if not mark:
        raise UsageError(f"{option} {text!r} has no amount", "Write it as NUMBER=AMOUNT, for example 1021=150.00")
    return number, amount_of(amount, currency, f"{option} {text!r}")
