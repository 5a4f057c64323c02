"""Changes to what matching sees of one deposit, written so that a command can apply them again: `KIND:VALUE`.

| change | what would be otherwise |
|---|---|
| `name:NUMBER` | the bank text names this number |
| `payer:CODE` | the payer's text and account are known to be this customer's |
| `from:CODE` | the bank names this customer as the payer |
| `close:NUMBER@CODE` | this open item is not open |
| `gone:D12` | that other line is not there (`H12`: of the imported history) |
| `proved` | the statement proves, and nobody took the line by hand |
| `amount:+10.00` | so much more (or less) came in |
| `unname:NUMBER` | the text does not name this number |
| `unpayer` | the line says nothing of its payer |
| `twin:NUMBER@CODE` | the customer has another open item of the same amount and day |
| `cap:AMOUNT` | the cap of the settings is this; 0 is none |
| `risk:AMOUNT` | the cap on the amount at risk is this; 0 is none |
| `budget:SHARE` | the error budget of the settings is this |

Room: pure.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np

from matchers.base import MatchSettings
from recon.errors import UsageError
from recon.frames import Deposits, OpenItems, Partition, Teachings, texts
from recon.money import minor_digits

FREE_TEXTS = ("remittance", "reference", "end_to_end_id")


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of a question that is otherwise; `str` is how it is written and `read_change` reads it."""

    kind: str
    value: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.value}" if self.value else self.kind


@dataclass(frozen=True, slots=True)
class Question:
    """What matching is asked: a partition, the user's limits, and the deposit (its position) that is looked at."""

    partition: Partition
    settings: MatchSettings
    position: int


def read_change(written: str) -> Change:
    """Return a change as a person wrote it. Raises UsageError for an unknown kind or a missing value.

    >>> read_change("amount:-0.50")
    Change(kind='amount', value='-0.50')
    """
    kind, mark, value = written.partition(":")
    if kind not in CHANGES or bool(mark and value) != (kind not in WITHOUT_VALUE):
        raise UsageError(f"--change {written!r} is not known", f"Write one of: {', '.join(_FORMS)}")
    return Change(kind, value)


def changed(question: Question, change: Change) -> Question:
    """Return the question with this one fact otherwise. Raises UsageError when it names what the book has not."""
    return CHANGES[change.kind](question, change.value)


def item_label(partition: Partition, item: int) -> str:
    """Return how a change names an open item: its number and its customer's code."""
    owner = int(partition.open_items.customer[item])
    return f"{partition.open_items.number[item]}@{partition.customers.code[owner]}"


def line_label(line_id: int) -> str:
    """Return how a change names a bank line; lines of the imported history have negative ids.

    >>> line_label(12), line_label(-3)
    ('D12', 'H3')
    """
    return f"D{line_id}" if line_id >= 0 else f"H{-line_id}"


def signed_amount(minor: int, currency: str) -> str:
    """Return an amount as a change is written.

    >>> signed_amount(-50, "EUR"), signed_amount(1000, "JPY")
    ('-0.50', '+1000')
    """
    digits = minor_digits(currency)
    return f"{Decimal(minor).scaleb(-digits):+.{digits}f}"


def plain_amount(minor: int, currency: str) -> str:
    """Return an amount without a sign, as a cap is written."""
    return signed_amount(minor, currency).lstrip("+")


def _named(question: Question, number: str) -> Question:
    text = str(question.partition.deposits.remittance[question.position])
    return _with_text(question, remittance=f"{text} INVOICE {number}".strip())


def _unnamed(question: Question, number: str) -> Question:
    """Take the number out wherever the line writes it: whole, or its digits alone."""
    digits = "".join(re.findall("[0-9]+", number))
    ways = [re.escape(number)] + ([rf"(?<![0-9]){digits}(?![0-9])"] if digits else [])
    pattern = re.compile("|".join(ways), re.IGNORECASE)
    deposits = question.partition.deposits
    before = {name: str(getattr(deposits, name)[question.position]) for name in FREE_TEXTS}
    after = {name: pattern.sub(" ", text) for name, text in before.items()}
    if before == after:
        raise UsageError(f"the bank text does not name {number!r}", "Name a number as the bank wrote it")
    return _with_text(question, **after)


def _known_payer(question: Question, code: str) -> Question:
    partition, place = question.partition, _customer(question.partition, code)
    deposits = partition.deposits
    said = [str(getattr(deposits, name)[question.position]) for name in ("payer", "payer_account")]
    keys = [each for each in said if each]
    if not keys:
        raise UsageError("the line names no payer and no account", f"Write from:{code}")
    count = len(keys)
    taught = Teachings(
        np.full(count, place, dtype=np.int64),
        texts(keys),
        np.ones(count, dtype=np.bool_),
        np.full(count, partition.as_of_day, dtype=np.int32),
    )
    return replace(question, partition=replace(partition, teachings=_both(partition.teachings, taught)))


def _from(question: Question, code: str) -> Question:
    place = _customer(question.partition, code)
    return _with_text(question, payer=str(question.partition.customers.name[place]))


def _unknown_payer(question: Question, _: str) -> Question:
    return _with_text(question, payer="", payer_account="", check_number="")


def _closed(question: Question, label: str) -> Question:
    partition = question.partition
    keep = np.ones(len(partition.open_items), dtype=np.bool_)
    keep[_item(partition, label)] = False
    return replace(question, partition=replace(partition, open_items=partition.open_items.take(keep)))


def _doubled(question: Question, label: str) -> Question:
    partition = question.partition
    items = partition.open_items
    twin = items.take(np.array([_item(partition, label)], dtype=np.int64))
    number = texts([_unused(str(twin.number[0]), set(items.number.tolist()))])
    twin = replace(twin, id=items.id.max(keepdims=True) + 1, number=number, po_number=texts([""]))
    return replace(question, partition=replace(partition, open_items=_both(items, twin)))


def _gone(question: Question, label: str) -> Question:
    """Leave another line out, of the batch or of the past; what it settled stays as it is."""
    partition, position = question.partition, question.position
    stays = np.array([line_label(each) != label for each in partition.deposits.id.tolist()], dtype=np.bool_)
    stays[position] = True
    stayed = np.array([line_label(each) != label for each in partition.past.id.tolist()], dtype=np.bool_)
    if stays.all() and stayed.all():
        raise UsageError(f"{label!r} is no other line that matching sees", "Write D and its number")
    allocations, place = partition.past_allocations, np.cumsum(stayed) - 1
    kept = allocations.take((allocations.deposit >= 0) & stayed[allocations.deposit])
    fewer = replace(
        partition,
        deposits=partition.deposits.take(stays),
        past=partition.past.take(stayed),
        past_allocations=replace(kept, deposit=place[kept.deposit].astype(np.int64)),
    )
    return replace(question, partition=fewer, position=int(stays[:position].sum()))


def _proved(question: Question, _: str) -> Question:
    return _with_deposit(question, postable=True)


def _other_amount(question: Question, written: str) -> Question:
    partition = question.partition
    minor = int(partition.deposits.amount_minor[question.position])
    after = minor + _minor(written, partition.currency)
    if after * minor <= 0:
        raise UsageError(f"--change amount:{written} leaves nothing of the deposit", "Change it by less")
    return _with_deposit(question, amount_minor=after)


def _other_cap(question: Question, written: str) -> Question:
    cap = abs(_minor(written, question.partition.currency))
    return replace(question, settings=replace(question.settings, amount_cap_minor=cap))


def _other_risk(question: Question, written: str) -> Question:
    cap = abs(_minor(written, question.partition.currency))
    return replace(question, settings=replace(question.settings, risk_cap_minor=cap))


def _other_budget(question: Question, written: str) -> Question:
    try:
        budget = Fraction(written)
    except (ValueError, ZeroDivisionError) as error:
        raise UsageError(f"--change budget:{written} is no share", "Write it as budget:0.003") from error
    if not 0 < budget <= Fraction(1, 20):
        raise UsageError(f"--change budget:{written} is not between 0 and 0.05", "Write it as budget:0.003")
    return replace(question, settings=replace(question.settings, error_budget=budget))


CHANGES: dict[str, Callable[[Question, str], Question]] = {
    "name": _named,
    "payer": _known_payer,
    "from": _from,
    "close": _closed,
    "gone": _gone,
    "proved": _proved,
    "amount": _other_amount,
    "unname": _unnamed,
    "unpayer": _unknown_payer,
    "twin": _doubled,
    "cap": _other_cap,
    "risk": _other_risk,
    "budget": _other_budget,
}
WITHOUT_VALUE = frozenset({"proved", "unpayer"})
_FORMS = [kind if kind in WITHOUT_VALUE else f"{kind}:..." for kind in CHANGES]


def _with_text(question: Question, **values: str) -> Question:
    return _with_deposit(question, **values)


def _with_deposit(question: Question, **values: object) -> Question:
    partition = question.partition
    columns = {}
    for name, value in values.items():
        columns[name] = getattr(partition.deposits, name).copy()
        columns[name][question.position] = value
    deposits: Deposits = replace(partition.deposits, **columns)
    return replace(question, partition=replace(partition, deposits=deposits))


def _both(first: Any, second: Any) -> Any:
    """Return two frames of one kind, one below the other."""
    columns = {c.name: np.concatenate([getattr(first, c.name), getattr(second, c.name)]) for c in fields(first)}
    return type(first)(**columns)


def _customer(partition: Partition, code: str) -> int:
    places = np.flatnonzero(partition.customers.code == code)
    if not len(places):
        raise UsageError(f"there is no customer {code!r}", "Use the company's own customer number")
    return int(places[0])


def _item(partition: Partition, label: str) -> int:
    """Return the open item of a label; the number alone does where only one customer has it."""
    items: OpenItems = partition.open_items
    number = label
    places = np.flatnonzero(items.number == number)
    if len(places) != 1:
        number, _, code = label.rpartition("@")
        owners = np.flatnonzero(partition.customers.code == code)
        places = np.flatnonzero((items.number == number) & np.isin(items.customer, owners))
    if len(places) != 1:
        raise UsageError(f"{label!r} names {'no' if not len(places) else 'several'} open items", "Write NUMBER@CODE")
    return int(places[0])


def _minor(written: str, currency: str) -> int:
    try:
        amount = Decimal(written).scaleb(minor_digits(currency))
    except InvalidOperation as error:
        raise UsageError(f"{written!r} is no amount", "Write it with a point, as +10.00") from error
    if not amount.is_finite() or amount != amount.to_integral_value() or abs(amount) > 10**15:
        raise UsageError(f"{written!r} is no amount of {currency}", "Write it with a point, as +10.00")
    return int(amount)


def _unused(number: str, known: set[str]) -> str:
    """Return the next number of this form that no open item has.

    >>> _unused("RE-099", {"RE-100"})
    'RE-101'
    """
    found = re.search("([0-9]+)(?=[^0-9]*$)", number)
    head, digits, tail = (number[: found.start()], found[0], number[found.end() :]) if found else (number, "0", "")
    value = int(digits[-15:])
    head += digits[:-15]
    while True:
        value += 1
        candidate = f"{head}{value:0{min(15, len(digits))}d}{tail}"
        if candidate not in known:
            return candidate
