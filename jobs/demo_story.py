"""What happens in the demo world: who was invoiced, who pays what and how it is told to the bank, and what is true
of it.

Every payment carries its truth from the moment it is made, so the known answers cannot follow the engine's mistakes.

Room: shell.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from jobs.demo_names import Party

_NUMBERED_FROM = date(2025, 9, 1)
_US_RAILS = ("ccd", "ctx", "wire", "check")
_SVWZ = {"de": "Rechnung {}", "fr": "Facture {}", "es": "Factura {}", "nl": "Factuur {}", "en": "Invoice {}"}


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice, or a credit memo when its amount is negative."""

    party: Party
    number: str
    po_number: str
    issue_on: date
    due_on: date
    amount_minor: int
    terms: str
    credit_of: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What of a payment settles one invoice; no number means on account."""

    customer_code: str
    number: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Event:
    """A bank line with its truth: applied, on_account, set_aside, return, nobody, or queue (no one can know)."""

    day: date
    amount_minor: int
    currency: str
    kind: str
    payer: str
    memo: str
    expect: str
    trap: str
    shares: tuple[Share, ...] = ()
    check_number: str = ""
    payer_account: str = ""
    set_aside: str = ""
    key: str = ""
    return_of: str = ""  # key of the event it takes back


@dataclass(slots=True)
class Story:
    """Collects invoices and events while they are told; `days` are the bank days on which money moves."""

    rng: random.Random
    days: Sequence[date]
    invoices: list[Invoice] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    issued: dict[tuple[str, date], int] = field(default_factory=dict)

    def day(self, first: int = 0, last: int = -1) -> date:
        """Return a bank day between two positions of `days`."""
        return self.rng.choice(self.days[first : len(self.days) + last + 1])

    def amount(self) -> int:
        """Return an invoice amount between about 90.00 and 19,000.00; small ones are more frequent."""
        return int(9_000 * 210 ** self.rng.random()) + self.rng.randrange(100)

    def invoice(self, party: Party, due_on: date, amount_minor: int = 0, terms: str = "Net 30") -> Invoice:
        """Issue an invoice thirty days before it is due and remember it."""
        issue_on = due_on - timedelta(days=30)
        place = self.issued.get((party.currency, issue_on), 0)
        self.issued[party.currency, issue_on] = place + 1
        index = (issue_on - _NUMBERED_FROM).days
        number = str(4_100_000 + index * 97 + place * 7)
        if party.currency == "EUR":
            number = f"RE-{issue_on.year}-{index * 53 + place * 7:05d}"
        po_number = f"PO-{self.rng.randrange(10_000, 99_999)}" if int(party.code[-1]) % 4 == 0 else ""
        made = Invoice(party, number, po_number, issue_on, due_on, amount_minor or self.amount(), terms)
        self.invoices.append(made)
        return made

    def credit(self, of: Invoice, amount_minor: int) -> Invoice:
        """Issue a credit memo against an invoice, five days after it."""
        issue_on = of.issue_on + timedelta(days=5)
        prefix = "CM-" if of.party.currency == "USD" else "GS-"
        number = prefix + of.number.removeprefix("RE-")
        made = replace(
            of, number=number, issue_on=issue_on, due_on=issue_on, amount_minor=-amount_minor, credit_of=of.number
        )
        self.invoices.append(made)
        return made

    def due_near(self, day: date) -> date:
        """Return a due date from twelve days before a payment to eleven after."""
        return day + timedelta(days=self.rng.randrange(-12, 12))

    def pay(
        self,
        party: Party,
        day: date,
        amount_minor: int,
        words: str,
        trap: str,
        shares: Sequence[Share],
        expect: str = "applied",
        rail: str = "",
        advice: str = "",
    ) -> Event:
        """Add a payment of the party. `words` is what it says about its invoices; `advice` a list a machine reads."""
        kind, payer, memo, check = self.text(party, day, words, rail, advice)
        event = Event(
            day,
            amount_minor,
            party.currency,
            kind,
            payer,
            memo,
            expect,
            trap,
            tuple(shares),
            check,
            party.bank_account if party.currency == "EUR" else "",
            key=f"{trap}:{len(self.events)}",
        )
        self.events.append(event)
        return event

    def text(self, party: Party, day: date, words: str, rail: str, advice: str) -> tuple[str, str, str, str]:
        """Return the bank's type, payer, text and cheque number; a payer keeps to one way of paying."""
        serial = self.rng.randrange(10**7, 10**8)
        if party.currency == "EUR":
            told = (
                _SVWZ[party.language].format(words) if words else ("Zahlung" if party.language == "de" else "Payment")
            )
            reference = f"EREF+{serial}" if serial % 3 else f"KREF+{serial}FX"
            return "GUTSCHRIFT", party.name, f"{reference} SVWZ+{told}", ""
        rail = rail or _US_RAILS[int(party.code[3:6]) % 4]
        if rail == "ctx" and advice:
            return (
                "CREDIT",
                party.bank_name,
                f"ACH CTX {party.bank_name} CO ID {party.originator} EDI PYMT {advice}",
                "",
            )
        invoices = f" INV {words}" if words else ""
        if rail == "wire":
            memo = f"WIRE IN ORG={party.bank_name} OBI=PAYMENT{invoices} IMAD {day:%Y%m%d}HB{serial}"
            return "CREDIT", party.bank_name, memo, ""
        if rail == "check":
            check = str(serial % 90_000 + 10_000)
            return "CHECK", party.bank_name, f"LOCKBOX 0417 CHECK {check} {party.bank_name}{invoices}", check
        memo = f"ACH CCD {party.bank_name} CO ID {party.originator} VENDOR PMT{invoices} TRACE 0999000{serial}"
        return "CREDIT", party.bank_name, memo, ""

    def other(
        self, day: date, amount_minor: int, currency: str, kind: str, payer: str, memo: str, **truth: str
    ) -> None:
        """Add a line that no customer's payment is."""
        self.events.append(
            Event(day, amount_minor, currency, kind, payer, memo, key=f"other:{len(self.events)}", **truth)  # type: ignore[arg-type]
        )
