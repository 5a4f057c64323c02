"""What each money event books: balanced entries over the accounts of the books. Debit is positive, credit negative.

A credit line of the bank is booked Dr bank, Cr unidentified cash. Placing it moves all of it out of unidentified cash,
in one entry: to invoices (with discount, charges, deduction and write-off beside), on account, or aside. Whatever is
undone or returned is booked the other way round; nothing is ever changed.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from recon.errors import NotAllowed, ensure
from recon.model import Allocation, Entry, LedgerAccount, LineState, Posting
from recon.money import format_minor

BANK = LedgerAccount.BANK.value
RECEIVABLE = LedgerAccount.RECEIVABLE.value
UNIDENTIFIED = LedgerAccount.UNIDENTIFIED.value
ON_ACCOUNT = LedgerAccount.ON_ACCOUNT.value
PREPAYMENTS = LedgerAccount.PREPAYMENTS.value
DISCOUNT = LedgerAccount.DISCOUNT.value
CHARGES = LedgerAccount.CHARGES.value
DEDUCTIONS = LedgerAccount.DEDUCTIONS.value
WRITE_OFF = LedgerAccount.WRITE_OFF.value
FEE_INCOME = LedgerAccount.FEE_INCOME.value
FX = LedgerAccount.FX.value
REFUNDS = LedgerAccount.REFUNDS.value
RETURNED = LedgerAccount.RETURNED.value
SET_ASIDE = LedgerAccount.SET_ASIDE.value
POSITION = f"{FX}:position"
ELSEWHERE = f"{SET_ASIDE}:settled_elsewhere"

# Balances of a customer that may not change side: nobody uses money on account twice, or pays a refund never owed.
CREDIT_ONLY = (ON_ACCOUNT, PREPAYMENTS, REFUNDS)
DEBIT_ONLY = (DEDUCTIONS,)
# What may stand beside the cash of an invoice.
BESIDE = (DISCOUNT, CHARGES, DEDUCTIONS, WRITE_OFF)

# An entry of this kind places a waiting line, and leaves it in this state.
PLACES = {"apply": LineState.APPLIED, "on_account": LineState.ON_ACCOUNT, "set_aside": LineState.SET_ASIDE}
WAITING = frozenset((LineState.NEW, LineState.IN_REVIEW))
FINAL = frozenset(("import", "correction"))  # the bank's own facts: only the bank corrects them


@dataclass(frozen=True, slots=True)
class CashLine:
    """A bank line as the ledger sees it. `amount_minor` is signed: money in is positive."""

    id: int
    company: str
    currency: str
    amount_minor: int


def book_line(line: CashLine, booked_on: date) -> Entry:
    """Return the entry that takes a line into the books: Dr bank, Cr unidentified cash, or the mirror for money out.

    >>> [(p.account, p.amount_minor) for p in book_line(CashLine(1, "main", "EUR", 500), date(2026, 3, 31)).postings]
    [('bank', 500), ('unidentified_cash', -500)]
    """
    postings = (
        Posting(BANK, line.amount_minor, line.currency, bank_line_id=line.id),
        Posting(UNIDENTIFIED, -line.amount_minor, line.currency, bank_line_id=line.id),
    )
    return Entry(line.company, booked_on, "import", postings, bank_line_id=line.id)


def apply_deposit(line: CashLine, allocations: Sequence[Allocation], booked_on: date, reason: str = "") -> Entry:
    """Return the entry that places a whole line on invoices, credit memos and on account.

    Raises NotAllowed unless the cash of the allocations is the line, to the cent.

    >>> short = Allocation(open_item_id=7, customer_id=3, cash_minor=980, discount_minor=20)
    >>> entry = apply_deposit(CashLine(1, "main", "EUR", 980), [short], date(2026, 3, 31))
    >>> [(p.account, p.amount_minor) for p in entry.postings]
    [('unidentified_cash', 980), ('receivable', -1000), ('discount_allowed', 20)]
    """
    _require_whole(line, sum(allocation.cash_minor for allocation in allocations))
    postings = [Posting(UNIDENTIFIED, line.amount_minor, line.currency, bank_line_id=line.id)]
    for allocation in allocations:
        postings += _allocation_postings(allocation, line.currency, line.id)
    kind = "apply" if any(allocation.open_item_id is not None for allocation in allocations) else "on_account"
    return balanced(Entry(line.company, booked_on, kind, tuple(postings), reason, bank_line_id=line.id))


def set_aside(line: CashLine, name: str, booked_on: date, reason: str = "") -> Entry:
    """Return the entry that places a line outside receivables, on the account named: interest, transfer, tax refund."""
    account = name if name in (CHARGES, FX) else f"{SET_ASIDE}:{_account_name(name)}"
    postings = (
        Posting(UNIDENTIFIED, line.amount_minor, line.currency, bank_line_id=line.id),
        Posting(account, -line.amount_minor, line.currency, bank_line_id=line.id),
    )
    return Entry(line.company, booked_on, "set_aside", postings, reason, bank_line_id=line.id)


def return_deposit(
    returned: CashLine, original: CashLine, placed: Iterable[Posting], booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry by which the bank takes a deposit back: its placement is rewound, the invoices are open again.

    `placed` is the net placement of the original, without bank and unidentified cash. What the bank took beyond the
    deposit is its charge. Raises NotAllowed when it took less, or when the lines do not belong together.
    """
    charge_minor = -returned.amount_minor - original.amount_minor
    if returned.amount_minor >= 0 or original.amount_minor <= 0 or charge_minor < 0:
        raise NotAllowed("a return takes back a whole deposit", "Undo the deposit and place what is left of it")
    if (returned.company, returned.currency) != (original.company, original.currency):
        raise NotAllowed("the return and the deposit are of different accounts", "Choose a deposit of the same account")
    rewound = mirrored(placed)
    unplaced = original.amount_minor - sum(posting.amount_minor for posting in rewound)
    postings = [Posting(UNIDENTIFIED, returned.amount_minor, returned.currency, bank_line_id=returned.id), *rewound]
    if unplaced:
        postings.append(Posting(UNIDENTIFIED, unplaced, original.currency, bank_line_id=original.id))
    if charge_minor:
        postings.append(Posting(CHARGES, charge_minor, returned.currency))
    return balanced(Entry(returned.company, booked_on, "return", tuple(postings), reason, bank_line_id=returned.id))


def undo(entry: Entry, entry_id: int, booked_on: date, reason: str) -> Entry:
    """Return the reversing entry. What the bank did is not ours to undo: NotAllowed."""
    if entry.kind in FINAL:
        raise NotAllowed(f"entry {entry_id} is the bank's own line", "Set the line aside instead")
    return Entry(
        entry.company, booked_on, "undo", mirrored(entry.postings), reason, entry.bank_line_id, reverses_id=entry_id
    )


def correct_line(imported: Entry, entry_id: int, booked_on: date, reason: str) -> Entry:
    """Return the reversing entry for a line that the bank itself took back or replaced."""
    return Entry(
        imported.company, booked_on, "correction", mirrored(imported.postings), reason, imported.bank_line_id, entry_id
    )


def use_on_account(
    company: str, currency: str, payer_id: int, allocations: Sequence[Allocation], booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that settles invoices from what the payer has on account; a parent may pay for a subsidiary."""
    cash_minor = sum(allocation.cash_minor for allocation in allocations)
    postings = [Posting(ON_ACCOUNT, cash_minor, currency, customer_id=payer_id)]
    for allocation in allocations:
        postings += _allocation_postings(allocation, currency, None)
    return balanced(Entry(company, booked_on, "use_on_account", tuple(postings), reason))


def net_credit(
    company: str, currency: str, allocations: Sequence[Allocation], booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that sets credit memos (negative cash) off against invoices; the sum is zero.

    Raises NotAllowed when it is not, and when an item is set off against itself: that entry would say nothing.
    """
    totals: dict[int | None, int] = {}
    for each in allocations:
        totals[each.open_item_id] = totals.get(each.open_item_id, 0) + each.cash_minor
    if not all(totals.values()):
        raise NotAllowed("an item would be set off against itself", "Name a credit memo and an invoice, each once")
    if sum(allocation.cash_minor for allocation in allocations):
        raise NotAllowed("credits and invoices differ", "Net equal amounts; the rest stays open")
    postings = [posting for each in allocations for posting in _allocation_postings(each, currency, None)]
    return balanced(Entry(company, booked_on, "net_credit", tuple(postings), reason))


def write_off(
    company: str, currency: str, customer_id: int, open_item_id: int, amount_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry that gives up what is open; signed like the open item."""
    return _move(company, currency, "write_off", booked_on, reason, amount_minor,
                 (WRITE_OFF, customer_id, open_item_id), (RECEIVABLE, customer_id, open_item_id))  # fmt: skip


def settle_elsewhere(
    company: str, currency: str, customer_id: int, open_item_id: int, amount_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry for what another system settled (a card payment, a till), once a person has accepted it."""
    return _move(company, currency, "settle_elsewhere", booked_on, reason, amount_minor,
                 (ELSEWHERE, customer_id, None), (RECEIVABLE, customer_id, open_item_id))  # fmt: skip


def accept_deduction(
    company: str, currency: str, customer_id: int, open_item_id: int, amount_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry that gives a disputed deduction up: it becomes a write-off."""
    return _move(company, currency, "accept_deduction", booked_on, reason, amount_minor,
                 (WRITE_OFF, customer_id, open_item_id), (DEDUCTIONS, customer_id, open_item_id))  # fmt: skip


def refuse_deduction(
    company: str, currency: str, customer_id: int, open_item_id: int, amount_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry that puts a disputed deduction back on its invoice."""
    return _move(company, currency, "refuse_deduction", booked_on, reason, amount_minor,
                 (RECEIVABLE, customer_id, open_item_id), (DEDUCTIONS, customer_id, open_item_id))  # fmt: skip


def transfer_on_account(
    company: str, currency: str, from_id: int, to_id: int, amount_minor: int, booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that gives one customer's money on account to another."""
    return _move(company, currency, "transfer", booked_on, reason, amount_minor,
                 (ON_ACCOUNT, from_id, None), (ON_ACCOUNT, to_id, None))  # fmt: skip


def owe_refund(
    company: str, currency: str, customer_id: int, amount_minor: int, booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that turns money on account into a refund due to the customer."""
    return _move(company, currency, "owe_refund", booked_on, reason, amount_minor,
                 (ON_ACCOUNT, customer_id, None), (REFUNDS, customer_id, None))  # fmt: skip


def owe_prepaid_refund(
    company: str, currency: str, customer_id: int, amount_minor: int, booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that turns a prepayment, whose order fell through, into a refund due to the customer."""
    return _move(company, currency, "owe_refund", booked_on, reason, amount_minor,
                 (PREPAYMENTS, customer_id, None), (REFUNDS, customer_id, None))  # fmt: skip


def pay_refund(line: CashLine, customer_id: int, booked_on: date, reason: str = "") -> Entry:
    """Return the entry by which an outgoing line pays a refund that is due."""
    postings = (
        Posting(UNIDENTIFIED, line.amount_minor, line.currency, bank_line_id=line.id),
        Posting(REFUNDS, -line.amount_minor, line.currency, customer_id=customer_id, bank_line_id=line.id),
    )
    return Entry(line.company, booked_on, "set_aside", postings, reason, bank_line_id=line.id)


def prepay(line: CashLine, customer_id: int, booked_on: date, reason: str = "") -> Entry:
    """Return the entry that keeps a deposit for an order whose invoice does not exist yet."""
    postings = (
        Posting(UNIDENTIFIED, line.amount_minor, line.currency, bank_line_id=line.id),
        Posting(PREPAYMENTS, -line.amount_minor, line.currency, customer_id=customer_id, bank_line_id=line.id),
    )
    return Entry(line.company, booked_on, "on_account", postings, reason, bank_line_id=line.id)


def use_prepayment(
    company: str, currency: str, payer_id: int, allocations: Sequence[Allocation], booked_on: date, reason: str = ""
) -> Entry:
    """Return the entry that settles the invoice which a prepayment was for."""
    entry = use_on_account(company, currency, payer_id, allocations, booked_on, reason)
    first, *rest = entry.postings
    return replace(entry, kind="use_prepayment", postings=(replace(first, account=PREPAYMENTS), *rest))


def apply_foreign(
    line: CashLine, allocation: Allocation, currency: str, booked_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry for a deposit that pays an invoice of another currency; see `apply_in_currency`."""
    return apply_in_currency(line, (allocation,), currency, booked_minor, booked_on, reason)


def apply_in_currency(
    line: CashLine, allocations: Sequence[Allocation], currency: str, booked_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry for a deposit that pays invoices of another currency at a given rate.

    The allocations are in the invoices' `currency` and say what leaves the receivable; `booked_minor` is their cash in
    the deposit's currency at the rate at which the invoices were booked. What arrived beyond it is a gain (credit),
    what is missing a loss. Each currency balances by itself over the position `fx_gain_loss:position`.
    """
    gain_minor = line.amount_minor - booked_minor
    cash_minor = sum(allocation.cash_minor for allocation in allocations)
    postings = [
        Posting(UNIDENTIFIED, line.amount_minor, line.currency, bank_line_id=line.id),
        Posting(POSITION, -booked_minor, line.currency, bank_line_id=line.id),
        *([Posting(FX, -gain_minor, line.currency, bank_line_id=line.id)] if gain_minor else []),
        Posting(POSITION, cash_minor, currency, bank_line_id=line.id),
    ]
    for allocation in allocations:
        postings += _allocation_postings(allocation, currency, line.id)
    return balanced(Entry(line.company, booked_on, "apply", tuple(postings), reason, bank_line_id=line.id))


def converted_minor(amount_minor: int, digits: int, to_digits: int, rate: Decimal) -> int:
    """Return an amount in another currency's minor units, half a unit away from zero. `rate`: theirs for one of ours.

    >>> converted_minor(100_000, 2, 2, Decimal("1.0842")), converted_minor(100_000, 2, 0, Decimal("163.455"))
    (108420, 163455)
    """
    exact = Decimal(amount_minor).scaleb(to_digits - digits) * rate
    return int(exact.to_integral_value(ROUND_HALF_UP))


def mark_duplicate(imported: Entry, booked_on: date, reason: str) -> Entry:
    """Return the entry for a line that the bank told twice: what its import booked, the other way round."""
    return Entry(imported.company, booked_on, "duplicate", mirrored(imported.postings), reason, imported.bank_line_id)


def mirrored(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return what takes these postings back: each with its amount the other way round."""
    return tuple(replace(posting, amount_minor=-posting.amount_minor) for posting in postings)


def issue_charge(
    company: str, currency: str, customer_id: int, amount_minor: int, booked_on: date, reason: str
) -> Entry:
    """Return the entry for interest or a fee charged to a customer; the charge itself is an open item of that amount.

    The receivable here names no open item: an item's own amount says what was issued, its postings what became of it.
    """
    return _move(company, currency, "charge", booked_on, reason, amount_minor,
                 (RECEIVABLE, customer_id, None), (FEE_INCOME, customer_id, None))  # fmt: skip


def placed_state(balances: Mapping[str, int]) -> LineState:
    """Return the state of a line whose postings sum to these balances by account (bank left out).

    >>> placed_state({"unidentified_cash": 0, "receivable": -500})
    <LineState.APPLIED: 'applied'>
    """
    if balances.get(UNIDENTIFIED):
        return LineState.IN_REVIEW
    held = {account for account, minor in balances.items() if minor}
    if RECEIVABLE in held:
        return LineState.APPLIED
    if held & {ON_ACCOUNT, PREPAYMENTS}:
        return LineState.ON_ACCOUNT
    if RETURNED in held:
        return LineState.RETURNED
    is_aside = any(account.startswith(SET_ASIDE) or account in (CHARGES, REFUNDS, FX) for account in held)
    return LineState.SET_ASIDE if is_aside else LineState.RETURNED


def net_placement(postings: Iterable[Posting]) -> tuple[Posting, ...]:
    """Return what is placed of a deposit now: its postings summed, zeros, bank and unidentified cash left out."""
    sums: dict[tuple[str, str, int | None, int | None, int | None], int] = defaultdict(int)
    for p in postings:
        if p.account not in (BANK, UNIDENTIFIED):
            sums[p.account, p.currency, p.customer_id, p.open_item_id, p.bank_line_id] += p.amount_minor
    return tuple(Posting(key[0], minor, *key[1:]) for key, minor in sums.items() if minor)


def _allocation_postings(allocation: Allocation, currency: str, line_id: int | None) -> list[Posting]:
    customer, item = allocation.customer_id, allocation.open_item_id
    if item is None:
        if allocation.settled_minor != allocation.cash_minor:
            raise NotAllowed("money on account has no discount or fee beside it", "Name the invoice")
        return [Posting(ON_ACCOUNT, -allocation.cash_minor, currency, customer, None, line_id)]
    sides = (
        (RECEIVABLE, -allocation.settled_minor),
        (DISCOUNT, allocation.discount_minor),
        (CHARGES, allocation.fee_minor + allocation.processor_fee_minor),
        (DEDUCTIONS, allocation.deduction_minor),
        (WRITE_OFF, allocation.write_off_minor),
    )
    return [Posting(account, minor, currency, customer, item, line_id) for account, minor in sides if minor]


def _move(
    company: str, currency: str, kind: str, booked_on: date, reason: str, amount_minor: int,
    debit: tuple[str, int, int | None], credit: tuple[str, int, int | None],
) -> Entry:  # fmt: skip
    if amount_minor == 0:
        raise NotAllowed("the amount is zero", "Name an amount")
    postings = (
        Posting(debit[0], amount_minor, currency, *debit[1:]),
        Posting(credit[0], -amount_minor, currency, *credit[1:]),
    )
    return Entry(company, booked_on, kind, postings, reason)


def _require_whole(line: CashLine, cash_minor: int) -> None:
    if cash_minor != line.amount_minor:
        rest = line.amount_minor - cash_minor
        raise NotAllowed(
            f"{_money(abs(rest), line.currency)} of D{line.id} {'has no place' if rest > 0 else 'is placed twice'}",
            "Every cent of a deposit needs one place; put a rest on account",
        )


def _money(minor: int, currency: str) -> str:
    return f"{format_minor(minor, currency)} {currency}"


def _account_name(name: str) -> str:
    ensure(name and name.replace("_", "").replace("-", "").isalnum(), f"{name!r} is not an account name")
    return name


def balanced(entry: Entry) -> Entry:
    """Return the entry. Raises BrokenInvariant unless its debits are its credits in each currency."""
    sums: dict[str, int] = defaultdict(int)
    for posting in entry.postings:
        sums[posting.currency] += posting.amount_minor
    ensure(not any(sums.values()), f"entry {entry.kind} does not balance: {dict(sums)}")
    return entry
