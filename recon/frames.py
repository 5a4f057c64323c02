"""Wide data as columns: numpy arrays of one length, declared once and checked at the door.

Amounts are int64 minor units, days are int32 numbers since 1970-01-01, customers and open items are referred to by
their position in the frame beside them. Text columns are object arrays of str, or one block of memory (`packed`). No
Python object per invoice.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import date
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from recon.errors import ensure

Ints = NDArray[np.int64]
Days = NDArray[np.int32]
Texts = NDArray[np.object_]
Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

_DTYPES: dict[Any, Any] = {Ints: np.int64, Days: np.int32, Texts: np.object_, Flags: np.bool_, Floats: np.float64}
_PACKED: Any = np.dtypes.StringDType()
_EPOCH = date(1970, 1, 1).toordinal()


def day_number(day: date) -> int:
    """Return the days since 1970-01-01.

    >>> day_number(date(1970, 1, 2))
    1
    """
    return day.toordinal() - _EPOCH


def day_of(number: int) -> date:
    """Return the date of a day number."""
    return date.fromordinal(int(number) + _EPOCH)


def texts(values: Sequence[str]) -> Texts:
    """Return an object array of str from any sequence of str."""
    column: Texts = np.empty(len(values), dtype=np.object_)
    column[:] = values
    return column


def packed(values: Sequence[str]) -> Texts:
    """Return the column in one block of memory: a third of the bytes, let go of at once, and each look makes a new str.

    Half a character, which no file can hold, becomes `?`.

    >>> packed(["A-1", ""]).tolist()
    ['A-1', '']
    """
    try:
        return np.array(values, dtype=_PACKED)
    except UnicodeEncodeError:
        return np.array([each.encode("utf-8", "replace").decode() for each in values], dtype=_PACKED)


def same_text(text: str, count: int) -> Texts:
    """Return a column that has one text in all rows, and the memory of one."""
    return np.broadcast_to(texts([text]), count)


def day_numbers(iso_days: Sequence[str] | Sequence[date]) -> Days:
    """Return day numbers from a sequence of ISO dates (text or date)."""
    return np.asarray(iso_days, dtype="datetime64[D]").astype(np.int32)


class Frame:
    """Base of the declared frames: equal lengths and exact dtypes, or `BrokenInvariant` at the door."""

    __slots__ = ()

    def __post_init__(self) -> None:
        lengths = set()
        for column in fields(self):  # type: ignore[arg-type]
            values = getattr(self, column.name)
            ensure(
                values.dtype == _DTYPES[column.type] or (column.type == Texts and values.dtype == _PACKED),
                f"{type(self).__name__}.{column.name} is {values.dtype}, declared {np.dtype(_DTYPES[column.type])}",
            )
            lengths.add(len(values))
        ensure(len(lengths) == 1, f"{type(self).__name__} has columns of {sorted(lengths)} rows")

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))  # type: ignore[arg-type]

    def take(self, rows: NDArray[Any] | slice) -> Self:
        """Return the rows at these positions, of this slice (a view), or where this mask is true, in order."""
        return type(self)(**{c.name: getattr(self, c.name)[rows] for c in fields(self)})  # type: ignore[arg-type]

    @classmethod
    def empty(cls) -> Self:
        """Return a frame of no rows."""
        return cls(**{c.name: np.empty(0, dtype=_DTYPES[c.type]) for c in fields(cls)})  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Deposits(Frame):
    """Bank lines to be explained, signed (returns and charges negative), of one partition: one company and currency."""

    id: Ints
    amount_minor: Ints
    booked_day: Days
    bank_id: Texts
    kind: Texts
    check_number: Texts
    payer: Texts
    payer_account: Texts
    remittance: Texts
    reference: Texts
    end_to_end_id: Texts
    postable: Flags  # False: its statement is in DISCREPANCY, so it may only be suggested


@dataclass(frozen=True, slots=True)
class OpenItems(Frame):
    """Open invoices (positive) and credit memos (negative) of the partition."""

    id: Ints
    customer: Ints  # position in Customers
    number: Texts
    po_number: Texts
    issue_day: Days
    due_day: Days
    amount_minor: Ints
    open_minor: Ints
    terms: Texts


@dataclass(frozen=True, slots=True)
class Customers(Frame):
    """Customers of the partition's company. `parent` is a position in this frame, -1 for none."""

    id: Ints
    code: Texts
    name: Texts
    aliases: Texts  # separated by |
    bank_accounts: Texts  # separated by |
    parent: Ints


@dataclass(frozen=True, slots=True)
class PastAllocations(Frame):
    """How past deposits were settled: one row per allocation, `deposit` a position in the Deposits of the past.

    `invoice_number` is empty for money on account; `customer` is a position in Customers, -1 when it left them.
    A past deposit without a row was nobody's.
    """

    deposit: Ints
    customer: Ints
    invoice_number: Texts
    amount_minor: Ints


@dataclass(frozen=True, slots=True)
class Teachings(Frame):
    """What reviewers taught: this payer text or account is, or is not, this customer."""

    customer: Ints  # position in Customers
    key: Texts  # payer text or account as the bank wrote it
    is_positive: Flags
    day: Days


@dataclass(frozen=True, slots=True)
class Partition:
    """All that matching may look at for one company and currency. Pure input, safe to send to another process."""

    company: str
    currency: str
    as_of_day: int
    deposits: Deposits
    open_items: OpenItems
    customers: Customers
    past: Deposits
    past_allocations: PastAllocations
    teachings: Teachings


@dataclass(frozen=True, slots=True)
class InvoiceRows(Frame):
    """Invoices and credit memos as a receivables file states them, before the store knows them; credits negative."""

    external_id: Texts  # the file's own id of the row; may be empty
    company: Texts
    customer_code: Texts
    customer_name: Texts  # empty where the file knows the customer by its code
    number: Texts
    kind: Texts  # invoice, credit
    po_number: Texts
    issue_day: Days
    due_day: Days
    currency: Texts
    amount_minor: Ints
    open_minor: Ints  # same sign as the amount, never larger
    terms: Texts
    segment: Texts
    document: Texts  # where the invoice's document lies, as the file says
    credit_of: Texts  # the invoice number a credit memo belongs to


@dataclass(frozen=True, slots=True)
class CustomerRows(Frame):
    """Customers as a file states them. `code` is the company's own customer number, unique within the company."""

    company: Texts
    code: Texts
    name: Texts
    aliases: Texts  # separated by |
    currency: Texts
    email: Texts
    cc: Texts  # separated by |
    country: Texts
    language: Texts
    time_zone: Texts
    consumer: Flags
    segment: Texts
    parent_code: Texts
    bank_accounts: Texts  # separated by |


@dataclass(frozen=True, slots=True)
class ProposalRows(Frame):
    """What matching proposes, one row per complete explanation, by deposit and rank.

    `deposit` and `reverses` are positions in the partition's Deposits; `reverses_past` in its past lines; -1 for none.
    `action` is 0 post, 1 review, 2 set aside. `evidence` reads `signal|seen|points`, entries separated by newlines.
    """

    deposit: Ints
    rank: Ints
    action: Ints
    confidence: Floats
    kind: Texts
    set_aside_name: Texts
    reverses: Ints
    reverses_past: Ints
    evidence: Texts


@dataclass(frozen=True, slots=True)
class AllocationRows(Frame):
    """What each proposal settles, in minor units, as in `recon.model.Allocation`. `open_item` -1 is on account."""

    proposal: Ints  # position in ProposalRows
    open_item: Ints  # position in OpenItems
    customer: Ints  # position in Customers
    cash_minor: Ints
    discount_minor: Ints
    fee_minor: Ints
    deduction_minor: Ints
    processor_fee_minor: Ints
