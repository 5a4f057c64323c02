"""What the accounting exports have in common: an entry to export, and the names the other system gives to our accounts.

Entries come out in the order of their numbers, each whole, and the same entries give the same text: a file exported
twice
is the same file. The number of the entry is its identity over there.

Room: pure.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from recon.errors import UsageError, ensure
from recon.model import LedgerAccount

SET_ASIDE = LedgerAccount.SET_ASIDE.value


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One side of an entry. `amount_minor` is signed: debit positive. The document is an invoice or credit number."""

    account: str  # a LedgerAccount value, or `set_aside:NAME`
    amount_minor: int
    currency: str
    customer_code: str = ""
    customer_name: str = ""
    document: str = ""


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """A sealed entry of the books, its lines in their order."""

    id: int
    company: str
    booked_on: date
    kind: str
    reason: str
    lines: tuple[JournalLine, ...]
    reverses_id: int | None = None

    @property
    def memo(self) -> str:
        """What the entry is, in one line."""
        undone = f" of entry {self.reverses_id}" if self.reverses_id else ""
        told = f": {self.reason}" if self.reason else ""
        return one_line(f"{self.kind.replace('_', ' ')}{undone}{told}")

    @property
    def name(self) -> str:
        """The number by which the other system knows the entry."""
        return f"RECON-{self.id}"


@dataclass(frozen=True, slots=True)
class AccountNames:
    """The accounts of the other system: ours to theirs. `set_aside` stands for every `set_aside:NAME` not listed."""

    names: Mapping[str, str] = field(default_factory=dict)

    def of(self, account: str) -> str:
        """Return the other system's name; raises UsageError for an account nobody mapped."""
        found = self.names.get(account)
        if found is None and account.startswith(f"{SET_ASIDE}:"):
            found = self.names.get(SET_ASIDE)
        if not found:
            raise UsageError(f"account {account!r} has no name in this export", "Add it to the account names")
        return found


BOOK_NAMES = AccountNames(
    {
        "bank": "Bank",
        "receivable": "Accounts Receivable",
        "unidentified_cash": "Unidentified Cash",
        "on_account": "Customer Deposits",
        "prepayments": "Customer Prepayments",
        "discount_allowed": "Discounts Given",
        "bank_charges": "Bank Charges",
        "deductions": "Disputed Deductions",
        "write_off": "Bad Debts",
        "fee_income": "Late Fee Income",
        "fx_gain_loss": "Exchange Gain or Loss",
        "fx_gain_loss:position": "Currency Position",
        "refunds_payable": "Refunds Payable",
        "returned_payments": "Returned Payments",
        "set_aside": "Suspense",
    }
)


def checked(entries: Iterable[JournalEntry]) -> list[JournalEntry]:
    """Return the entries by number; BrokenInvariant when one does not balance in each of its currencies."""
    ordered = sorted(entries, key=lambda entry: entry.id)
    for entry in ordered:
        sums: dict[str, int] = {}
        for line in entry.lines:
            sums[line.currency] = sums.get(line.currency, 0) + line.amount_minor
        ensure(not any(sums.values()), f"entry {entry.id} does not balance")
    return ordered


def by_currency(entry: JournalEntry) -> list[tuple[str, str, Sequence[JournalLine]]]:
    """Return name, currency and lines of each currency's part of an entry: most systems take one currency a journal.

    The name carries the currency only where there are several.
    """
    currencies = list(dict.fromkeys(line.currency for line in entry.lines))
    return [
        (
            entry.name if len(currencies) == 1 else f"{entry.name}-{currency}",
            currency,
            [line for line in entry.lines if line.currency == currency and line.amount_minor],
        )
        for currency in currencies
    ]


def one_line(text: str, longest: int = 200) -> str:
    """Return the text without line breaks and control characters, cut to a length.

    >>> one_line("a\\nb\\t\\x00c")
    'a b c'
    """
    printable = "".join(" " if unicodedata.category(character)[0] in "CZ" else character for character in text)
    return re.sub(" +", " ", printable).strip()[:longest]


def described(line: JournalLine, memo: str) -> str:
    """Return what a line is about: its document and the entry's memo."""
    return one_line(" ".join(filter(None, (line.document, memo))))
