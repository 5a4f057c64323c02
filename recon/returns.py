"""A deposit of which the bank took back only a part: one item of a batch, one chargeback of a payout.

Every line stays whole (DECISIONS 10): what is taken back of the deposit passes over the account `returned_payments`,
credited on the deposit and debited on the line that takes it. The account is zero in every entry, and its postings are
the sealed link between both lines.

Room: pure.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from recon.errors import NotAllowed
from recon.ledger import (
    CHARGES,
    ON_ACCOUNT,
    PREPAYMENTS,
    RECEIVABLE,
    RETURNED,
    UNIDENTIFIED,
    CashLine,
    balanced,
    mirrored,
    return_deposit,
)
from recon.model import Allocation, Entry, Posting
from recon.money import format_minor

Place = tuple[str, int, int | None]  # account, customer, open item


def return_of(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], parts: Sequence[Allocation], charge_minor: int,
    booked_on: date, reason: str = "",
) -> Entry:  # fmt: skip
    """Return the entry by which the bank takes a deposit back, or a part of it.

    `placed` is the net placement of the original. `parts` say, in positive cash, what of it is taken back, beside the
    bank's `charge_minor`; without parts it is all that is left, or the only thing it paid. What stood beside the cash
    of an invoice (discount, charges, deduction, write-off) goes back with the last of that cash. NotAllowed when it is
    not plain.
    """
    left_minor = original.amount_minor + sum(posting.amount_minor for posting in placed if posting.account == RETURNED)
    taken_minor = -returned.amount_minor - charge_minor
    _require_pair(returned, original, left_minor)
    if parts or taken_minor < left_minor:
        places = _places(original, placed, parts, taken_minor)
        _require_sum(returned, original, left_minor, sum(places.values()), charge_minor)
        if sum(places.values()) < left_minor:
            return _part(returned, original, placed, places, charge_minor, booked_on, reason)
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


def _places(
    original: CashLine, placed: Sequence[Posting], parts: Sequence[Allocation], taken_minor: int
) -> Mapping[Place, int]:
    """Return the cash to take back by place: what the parts name, or the one thing that it can be."""
    _require_one_currency(original, placed)
    held = _held(placed)
    if not parts:
        return {_plain_place(held, taken_minor): taken_minor}
    places: dict[Place, int] = defaultdict(int)
    for part in parts:
        places[_place(held, places, part, original)] += part.cash_minor
    return places


def _require_one_currency(original: CashLine, placed: Iterable[Posting]) -> None:
    """What a part of the cash settled in another currency depends on a rate, and the bank does not say which."""
    others = sorted({posting.currency for posting in placed} - {original.currency})
    if others:
        raise NotAllowed(
            f"D{original.id} paid invoices in {', '.join(others)}, so what a part of it settled is not plain",
            f"Undo D{original.id}, put it on account, and take the part back from there",
        )


def _held(placed: Iterable[Posting]) -> Mapping[Place, int]:
    """Return the cash that the deposit still holds by place: what it settles, less what stood beside."""
    settles, sums = set(), defaultdict[Place, int](int)
    for posting in placed:
        if posting.customer_id is not None and posting.account != RETURNED:
            place = _place_of(posting, posting.customer_id)
            settles |= {place} if posting.account == place[0] else set()
            sums[place] -= posting.amount_minor
    return {place: minor for place, minor in sums.items() if minor > 0 and place in settles}


def _place_of(posting: Posting, customer_id: int) -> Place:
    """Discount, charges, deduction and write-off stand beside the cash of their invoice."""
    account = posting.account if posting.open_item_id is None else RECEIVABLE
    return account, customer_id, posting.open_item_id


def _place(held: Mapping[Place, int], taken: Mapping[Place, int], part: Allocation, original: CashLine) -> Place:
    accounts = (RECEIVABLE,) if part.open_item_id is not None else (ON_ACCOUNT, PREPAYMENTS)
    left = {}
    for account in accounts:
        place = (account, part.customer_id, part.open_item_id)
        left[place] = held.get(place, 0) - taken.get(place, 0)
        if 0 < part.cash_minor <= left[place]:
            return place
    settled, asked = (format_minor(minor, original.currency) for minor in (max(left.values()), part.cash_minor))
    raise NotAllowed(
        f"D{original.id} settles {settled} there, so {asked} cannot be taken back",
        "`recon explain` shows what the deposit settled",
    )


def _plain_place(held: Mapping[Place, int], taken_minor: int) -> Place:
    """Return the one thing that the bank can have taken back: the only one there is, or the only one of its amount."""
    fits = [place for place, minor in held.items() if minor == taken_minor or (len(held) == 1 and taken_minor < minor)]
    if len(fits) != 1:
        raise NotAllowed(
            "the bank took back a part of the deposit, and what it settled does not say which",
            "Name it with --invoice NUMBER=AMOUNT, the bank's own fee with --charge; a waiting deposit is placed first",
        )
    return fits[0]


def _require_sum(returned: CashLine, original: CashLine, left_minor: int, cash_minor: int, charge_minor: int) -> None:
    if charge_minor < 0 or cash_minor + charge_minor != -returned.amount_minor:
        raise NotAllowed(
            f"the bank took {format_minor(-returned.amount_minor, returned.currency)}, the parts and its charge are"
            f" {format_minor(cash_minor + charge_minor, returned.currency)}",
            "Say what each invoice lost with --invoice, what was on account, and the bank's own fee with --charge",
        )
    if cash_minor > left_minor:
        raise NotAllowed(
            f"{format_minor(left_minor, original.currency)} of D{original.id} is left: a credit memo paid the rest",
            "Leave the parts out to take all of it back; the bank's own fee is its --charge",
        )


def _part(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], places: Mapping[Place, int], charge_minor: int,
    booked_on: date, reason: str,
) -> Entry:  # fmt: skip
    held = _held(placed)
    back = [
        posting
        for place, minor in places.items()
        for posting in (_beside(placed, place) if minor == held[place] else (_cash(place, minor, original),))
    ]
    return _entry(returned, original, back, sum(places.values()), charge_minor, booked_on, reason)


def _beside(placed: Iterable[Posting], place: Place) -> tuple[Posting, ...]:
    """Rewind a place with all that stands beside it."""
    return mirrored(
        p for p in placed if p.customer_id == place[1] and p.account != RETURNED and _place_of(p, place[1]) == place
    )


def _cash(place: Place, minor: int, original: CashLine) -> Posting:
    account, customer, item = place
    return Posting(account, minor, original.currency, customer, item, original.id)


def _rest(
    returned: CashLine, original: CashLine, placed: Sequence[Posting], left_minor: int, booked_on: date, reason: str
) -> Entry:
    """Rewind all that earlier returns left, with what stood beside it: discount, charges, deductions."""
    back = mirrored(posting for posting in placed if posting.account != RETURNED)
    return _entry(returned, original, back, left_minor, -returned.amount_minor - left_minor, booked_on, reason)


def _entry(
    returned: CashLine, original: CashLine, back: Sequence[Posting], cash_minor: int, charge_minor: int,
    booked_on: date, reason: str,
) -> Entry:  # fmt: skip
    postings = (
        Posting(UNIDENTIFIED, returned.amount_minor, returned.currency, bank_line_id=returned.id),
        *back,
        Posting(RETURNED, -cash_minor, original.currency, bank_line_id=original.id),
        Posting(RETURNED, cash_minor, returned.currency, bank_line_id=returned.id),
        *([Posting(CHARGES, charge_minor, returned.currency, bank_line_id=returned.id)] if charge_minor else []),
    )
    return balanced(Entry(returned.company, booked_on, "return", postings, reason, bank_line_id=returned.id))
