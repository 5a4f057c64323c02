"""A deposit of which the bank took back only a part: one item of a batch, one chargeback of a payout.

Every line stays whole (DECISIONS 10): what is taken back of the deposit passes over the account `returned_payments`,
credited on the deposit and debited on the line that takes it. The account is zero in every entry, and its postings are
the sealed link between both lines.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from recon.errors import NotAllowed
from recon.ledger import CHARGES, ON_ACCOUNT, PREPAYMENTS, RECEIVABLE, RETURNED, UNIDENTIFIED, CashLine, return_deposit
from recon.model import Allocation, Entry, Posting
from recon.money import format_minor

Place = tuple[str, int, int | None]  # account, customer, open item


def return_of(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], parts: Sequence[Allocation], charge_minor: int,
    booked_on: date, reason: str = "",
) -> Entry:  # fmt: skip
    """Return the entry by which the bank takes a deposit back, or a part of it.

    `placed` is the net placement of the original. `parts` say, in positive cash, what of it is taken back, beside the
    bank's `charge_minor`; without parts it is all that is left, or the only thing it paid. NotAllowed when that is not
    plain.
    """
    left_minor = original.amount_minor + sum(posting.amount_minor for posting in placed if posting.account == RETURNED)
    taken_minor = -returned.amount_minor - charge_minor
    _require_pair(returned, original, left_minor)
    if parts or taken_minor < left_minor:
        _require_one_currency(original, placed)
    if parts:
        return _part(returned, original, placed, parts, charge_minor, booked_on, reason)
    if taken_minor < left_minor:
        part = _plain_part(placed, taken_minor)
        return _part(returned, original, placed, (part,), charge_minor, booked_on, reason)
    if left_minor == original.amount_minor:
        return return_deposit(returned, original, placed, booked_on, reason)
    return _rest(returned, original, placed, left_minor, booked_on, reason)


def _require_pair(returned: CashLine, original: CashLine, left_minor: int) -> None:
    if returned.amount_minor >= 0 or original.amount_minor <= 0:
        raise NotAllowed("a return is money out that takes back money in", "Choose the deposit that it takes back")
    if (returned.company, returned.currency) != (original.company, original.currency):
        raise NotAllowed("the return and the deposit are of different accounts", "Choose a deposit of the same account")
    if left_minor <= 0:
        raise NotAllowed(f"all of D{original.id} is returned already", "Choose another deposit")


def _require_one_currency(original: CashLine, placed: Iterable[Posting]) -> None:
    """What a part of the cash settled in another currency depends on a rate, and the bank does not say which."""
    others = sorted({posting.currency for posting in placed} - {original.currency})
    if others:
        raise NotAllowed(
            f"D{original.id} paid invoices in {', '.join(others)}, so what a part of it settled is not plain",
            f"Undo D{original.id}, put it on account, and take the part back from there",
        )


def _part(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], parts: Sequence[Allocation], charge_minor: int,
    booked_on: date, reason: str,
) -> Entry:  # fmt: skip
    cash_minor = sum(part.cash_minor for part in parts)
    _require_sum(returned, cash_minor, charge_minor)
    available = _available(placed)
    postings = [Posting(UNIDENTIFIED, returned.amount_minor, returned.currency, bank_line_id=returned.id)]
    for part in parts:
        account, customer, item = _place(available, part, original)
        postings.append(Posting(account, part.cash_minor, original.currency, customer, item, original.id))
    postings += _passed_over(returned, original, cash_minor)
    if charge_minor:
        postings.append(Posting(CHARGES, charge_minor, returned.currency, bank_line_id=returned.id))
    return Entry(returned.company, booked_on, "return", tuple(postings), reason, bank_line_id=returned.id)


def _rest(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], left_minor: int, booked_on: date, reason: str
) -> Entry:
    """Rewind all that earlier returns left, with what stood beside it: discount, charges, deductions."""
    charge_minor = -returned.amount_minor - left_minor
    rewound = [
        replace(posting, amount_minor=-posting.amount_minor) for posting in placed if posting.account != RETURNED
    ]
    postings = [
        Posting(UNIDENTIFIED, returned.amount_minor, returned.currency, bank_line_id=returned.id),
        *rewound,
        *_passed_over(returned, original, left_minor),
        *([Posting(CHARGES, charge_minor, returned.currency, bank_line_id=returned.id)] if charge_minor else []),
    ]
    return Entry(returned.company, booked_on, "return", tuple(postings), reason, bank_line_id=returned.id)


def _require_sum(returned: CashLine, cash_minor: int, charge_minor: int) -> None:
    if charge_minor < 0 or cash_minor + charge_minor != -returned.amount_minor:
        raise NotAllowed(
            f"the bank took {format_minor(-returned.amount_minor, returned.currency)}, the parts and its charge are"
            f" {format_minor(cash_minor + charge_minor, returned.currency)}",
            "Say what each invoice lost with --invoice, what was on account, and the bank's own fee with --charge",
        )


def _available(placed: Iterable[Posting]) -> Mapping[Place, int]:
    """Return what the deposit still settles, as positive cash by place."""
    sums: dict[Place, int] = defaultdict(int)
    for posting in placed:
        if posting.account in (RECEIVABLE, ON_ACCOUNT, PREPAYMENTS) and posting.customer_id is not None:
            sums[posting.account, posting.customer_id, posting.open_item_id] -= posting.amount_minor
    return {place: minor for place, minor in sums.items() if minor > 0}


def _place(available: Mapping[Place, int], part: Allocation, original: CashLine) -> Place:
    accounts = (RECEIVABLE,) if part.open_item_id is not None else (ON_ACCOUNT, PREPAYMENTS)
    for account in accounts:
        place = (account, part.customer_id, part.open_item_id)
        if 0 < part.cash_minor <= available.get(place, 0):
            return place
    held = max((available.get((each, part.customer_id, part.open_item_id), 0) for each in accounts), default=0)
    settled, taken = (format_minor(minor, original.currency) for minor in (held, part.cash_minor))
    raise NotAllowed(
        f"D{original.id} settles {settled} there, so {taken} cannot be taken back",
        "`recon explain` shows what the deposit settled",
    )


def _plain_part(placed: Sequence[Posting], taken_minor: int) -> Allocation:
    """Return the one thing that the bank can have taken back: the only one there is, or the only one of its amount."""
    available = _available(placed)
    fits = [place for place, minor in available.items() if len(available) == 1 or minor == taken_minor]
    if len(fits) != 1:
        raise NotAllowed(
            "the bank took back a part of the deposit, and what it settled does not say which",
            "Name it with --invoice NUMBER=AMOUNT, the bank's own fee with --charge; a waiting deposit is placed first",
        )
    _, customer, item = fits[0]
    return Allocation(item, customer, taken_minor)


def _passed_over(returned: CashLine, original: CashLine, minor: int) -> list[Posting]:
    return [
        Posting(RETURNED, -minor, original.currency, bank_line_id=original.id),
        Posting(RETURNED, minor, returned.currency, bank_line_id=returned.id),
    ]
