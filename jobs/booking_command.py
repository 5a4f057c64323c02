"""`recon book`: money events that a person books by hand, by customer number and NUMBER=AMOUNT.

Above the limits of [review] a booking waits for a second person: `recon review approve ID`.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING

from jobs.applying import rate_of
from jobs.review_command import exchange_text, review_limits
from jobs.written import amount_of, company_of
from recon import ledger
from recon.errors import Exit, NotAllowed, UsageError
from recon.model import Allocation, Entry
from recon.money import format_minor, is_known_currency, minor_digits
from recon.store import bookings
from recon.store.bookings import NamedItem
from recon.store.books import cash_lines, require_open
from recon.store.subjects import Subject, line_of_subject

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.invocation import Invocation

PerItem = Callable[[str, str, int, int, int, date, str], Entry]
EACH: dict[str, PerItem] = {
    "write off": ledger.write_off,
    "accept deduction": ledger.accept_deduction,
    "refuse deduction": ledger.refuse_deduction,
}


@dataclass(frozen=True, slots=True)
class Desk:
    """The books of one company on the day of a booking."""

    connection: Connection
    company: str
    day: date

    def customer(self, code: str) -> int:
        """Return the id of a customer number. Raises NotAllowed."""
        return bookings.customer_id_of(self.connection, self.company, code)

    def items(self, code: str, amounts: Sequence[str]) -> list[tuple[NamedItem, int]]:
        """Return the items named as NUMBER=AMOUNT with the amounts in minor units; all of one currency."""
        if not amounts:
            raise UsageError("no invoice is named", "Use --invoice NUMBER=AMOUNT")
        owner = self.customer(code)
        found = [self._item(owner, each) for each in amounts]
        currencies = {item.currency for item, _ in found}
        if len(currencies) > 1:
            raise NotAllowed(f"these are of {', '.join(sorted(currencies))}", "Book each currency by itself")
        return found

    def line(self, deposit: str) -> ledger.CashLine:
        """Return a bank line named as D12. Raises NotAllowed when the company has none."""
        line_id = line_of_subject(self.connection, Subject.parse(deposit))
        line = cash_lines(self.connection, [line_id]).get(line_id)
        if line is None or line.company != self.company:
            raise NotAllowed(f"{self.company} has no bank line {deposit}", "See `recon review list`")
        return line

    def _item(self, owner: int, written: str) -> tuple[NamedItem, int]:
        number, mark, amount = written.rpartition("=")
        if not mark:
            raise UsageError(f"--invoice {written!r} has no amount", "Write it as NUMBER=AMOUNT, as 1021=150.00")
        item = bookings.named_item(self.connection, owner, number)
        return item, amount_of(amount, item.currency, f"--invoice {written!r}")


def each_item(
    invocation: Invocation, event: str, customer: str, invoices: Sequence[str], reason: str, company: str
) -> Exit:
    """Write off, or accept or refuse a deduction, invoice by invoice, all in one transaction."""

    def entries(desk: Desk) -> list[Entry]:
        return [
            EACH[event](desk.company, item.currency, item.customer_id, item.id, minor, desk.day, reason)
            for item, minor in desk.items(customer, invoices)
        ]

    return _book(invocation, company, f"{event} {' '.join(invoices)} of {customer}", entries)


def net_credit(invocation: Invocation, customer: str, invoices: Sequence[str], reason: str, company: str) -> Exit:
    """Set credit memos (negative amounts) off against invoices of one customer; the sum must be zero."""

    def entries(desk: Desk) -> list[Entry]:
        named = desk.items(customer, invoices)
        return [ledger.net_credit(desk.company, named[0][0].currency, _allocations(named), desk.day, reason)]

    return _book(invocation, company, f"net {' '.join(invoices)} of {customer}", entries)


def use_money(
    invocation: Invocation, customer: str, invoices: Sequence[str], payer: str, reason: str, company: str,
    *, prepaid: bool,
) -> Exit:  # fmt: skip
    """Settle invoices from what their customer, or another payer, has on account or has prepaid."""
    use = ledger.use_prepayment if prepaid else ledger.use_on_account

    def entries(desk: Desk) -> list[Entry]:
        named = desk.items(customer, invoices)
        payer_id = desk.customer(payer or customer)
        return [use(desk.company, named[0][0].currency, payer_id, _allocations(named), desk.day, reason)]

    return _book(invocation, company, f"{' '.join(invoices)} of {customer} from {payer or customer}", entries)


def refund(
    invocation: Invocation, customer: str, amount: str, currency: str, reason: str, company: str, *, prepaid: bool
) -> Exit:
    """Turn money on account, or a prepayment, into a refund that is due."""
    owe = ledger.owe_prepaid_refund if prepaid else ledger.owe_refund

    def entries(desk: Desk) -> list[Entry]:
        money = currency or _home_currency(invocation, desk.company)
        minor = _positive(amount, money)
        return [owe(desk.company, money, desk.customer(customer), minor, desk.day, reason)]

    return _book(invocation, company, f"refund {amount} to {customer}", entries)


def transfer(
    invocation: Invocation, customer: str, to: str, amount: str, currency: str, reason: str, company: str
) -> Exit:
    """Give one customer's money on account to another."""

    def entries(desk: Desk) -> list[Entry]:
        money = currency or _home_currency(invocation, desk.company)
        minor, giver, taker = _positive(amount, money), desk.customer(customer), desk.customer(to)
        if giver == taker:  # the entry would cancel itself, so no balance could refuse it
            raise NotAllowed(f"{customer} would give to itself", "Name another customer to give to")
        return [ledger.transfer_on_account(desk.company, money, giver, taker, minor, desk.day, reason)]

    return _book(invocation, company, f"transfer {amount} from {customer} to {to}", entries)


def place_line(invocation: Invocation, event: str, deposit: str, customer: str, reason: str, company: str) -> Exit:
    """Keep a deposit as a prepayment, or let an outgoing line pay a refund that is due."""
    make = {"prepay": ledger.prepay, "pay refund": ledger.pay_refund}[event]

    def entries(desk: Desk) -> list[Entry]:
        line = desk.line(deposit)
        if (line.amount_minor > 0) != (event == "prepay"):
            side = "in" if line.amount_minor > 0 else "out"
            raise NotAllowed(f"{deposit} is money {side}", "A prepayment comes in, a refund goes out")
        return [make(line, desk.customer(customer), desk.day, reason)]

    return _book(invocation, company, f"{event} {deposit} for {customer}", entries)


def pay_foreign(
    invocation: Invocation, deposit: str, customer: str, invoices: Sequence[str], rate: str, reason: str, company: str
) -> Exit:
    """Let a deposit pay invoices of another currency, at the rate at which they were booked."""
    facts: dict[str, str] = {}

    def entries(desk: Desk) -> list[Entry]:
        line = desk.line(deposit)
        named = desk.items(customer, invoices)
        currency = named[0][0].currency
        if currency == line.currency:
            raise NotAllowed(f"deposit and invoices are both in {currency}", "Use `recon review apply`")
        cash_minor = sum(minor for _, minor in named)
        booked = ledger.converted_minor(cash_minor, minor_digits(currency), minor_digits(line.currency), rate_of(rate))
        facts["exchange"] = exchange_text(line.amount_minor - booked, line.currency)
        why = reason or f"{currency} at {rate}"
        return [ledger.apply_in_currency(line, _allocations(named), currency, booked, desk.day, why)]

    what = f"{' '.join(invoices)} of {customer} from {deposit} at {rate}"
    return _book(invocation, company, what, entries, facts)


def charge(
    invocation: Invocation, customer: str, amount: str, number: str, currency: str, reason: str, company: str
) -> Exit:
    """Charge a customer interest or a fee, as an open item of its own."""
    code = company_of(invocation, company)
    money = currency or _home_currency(invocation, code)
    minor = _positive(amount, money)
    with invocation.store() as store, store.write() as connection:
        day = require_open(connection, code, invocation.as_of)
        owner = bookings.customer_id_of(connection, code, customer)
        entry_id = bookings.issue_charge(
            connection, code, owner, number, minor, money, day, invocation.author, reason
        )  # fmt: skip
    verb = "would be" if invocation.dry_run else "is"
    text = f"{number} over {format_minor(minor, money)} {money} {verb} charged to {customer}: E{entry_id}"
    return invocation.output.summary(text, {"number": number, "customer": customer, "entries": [entry_id]})


def _book(
    invocation: Invocation, company: str, what: str, entries: Callable[[Desk], list[Entry]],
    told: Mapping[str, str] = MappingProxyType({}),
) -> Exit:  # fmt: skip
    code = company_of(invocation, company)
    with invocation.store() as store, store.write() as connection:
        made = entries(Desk(connection, code, require_open(connection, code, invocation.as_of)))
        limits = review_limits(invocation.settings, made[0].postings[0].currency)
        booked = bookings.book(connection, made, invocation.author, limits, what)
    verb = "would be" if invocation.dry_run else "is"
    facts = {"booking": what, "entries": list(booked.entry_ids), "item": booked.item_id or None}
    if booked.item_id:
        text = f"{what} {verb} kept for a second person: `recon review approve {booked.item_id}`"
        return invocation.output.summary(text, facts)
    beside = "".join(told.values())
    return invocation.output.summary(f"{what} {verb} booked: {_listed(booked.entry_ids)}{beside}", facts)


def _listed(entry_ids: Sequence[int]) -> str:
    return ", ".join(f"E{one}" for one in entry_ids)


def _allocations(named: Sequence[tuple[NamedItem, int]]) -> list[Allocation]:
    return [Allocation(item.id, item.customer_id, minor) for item, minor in named]


def _home_currency(invocation: Invocation, company: str) -> str:
    return next(one.currency for one in invocation.settings.companies if one.code == company)


def _positive(amount: str, currency: str) -> int:
    if not is_known_currency(currency):
        raise UsageError(f"--currency {currency!r} is not known", "Use its ISO 4217 code, as USD")
    minor = amount_of(amount, currency, f"amount {amount!r}")
    if minor <= 0:
        raise UsageError(f"amount {amount!r} is not positive", "Write it as 1650.00")
    return minor
