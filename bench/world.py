"""An invented night of any size, the same for the same numbers: customers.csv, invoices.csv and one OFX statement.

Every name and number is made here. Most deposits carry the reference and the amount of one invoice; the rest is what
nights are made of: two invoices in one payment, a name without a number, a bank charge taken on the way, a typing
error, money of strangers and interest.

Room: pure, but for `write_world`.
"""

import csv
import io
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from jobs.demo_banks import ofx_file

AS_OF = date(2026, 3, 31)
ACCOUNT = "550019283746"
SEED = 20260331
LATE_SHARE = 0.03  # of invoices: what notices are about
SYLLABLES = "am ber bir cor da del el fen gar hol in jun kel lin mar nor or pel quin ros sal tor ul wen".split()
TRADE = "Bakery Chemicals Foods Freight Glass Instruments Joinery Logistics Metals Optics Paper Pumps Textiles".split()
FORM = "Ltd LLC GmbH Inc AB BV".split()
KINDS = ("exact", "two invoices", "name only", "charge taken", "typing error", "stranger", "interest")
WEIGHTS = (80, 8, 4, 3, 2, 2.5, 0.5)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a night holds."""

    deposits: int
    invoices: int
    customers: int

    def divided(self, by: int) -> "Size":
        """Return the same night, so many times smaller."""
        return Size(self.deposits // by, self.invoices // by, self.customers // by)

    def __str__(self) -> str:
        return f"{self.deposits:,} deposits x {self.invoices:,} invoices x {self.customers:,} customers"


@dataclass(frozen=True, slots=True)
class OpenInvoice:
    """An invoice that a deposit may pay. `customer` counts from 0."""

    customer: int
    number: str
    amount_minor: int
    due_on: date


@dataclass(frozen=True, slots=True)
class WorldFiles:
    """Where the files of a world lie."""

    customers: Path
    invoices: Path
    statement: Path


def write_world(folder: Path, size: Size, seed: int = SEED) -> WorldFiles:
    """Write the three files into the folder, the statement into its inbox, and return where they are."""
    files = WorldFiles(folder / "customers.csv", folder / "invoices.csv", folder / "inbox" / "statement.ofx")
    files.statement.parent.mkdir(parents=True, exist_ok=True)
    invoices = open_invoices(size, seed)
    files.customers.write_text(customers_csv(size), encoding="utf-8")
    files.invoices.write_text(invoices_csv(invoices), encoding="utf-8")
    files.statement.write_text(statement_ofx(size, invoices, seed), encoding="ascii")
    return files


def customer_name(number: int) -> str:
    """Return the name of the customer: the same for the same number, no two alike.

    As among real companies there are about two first words for three names: a world of namesakes measures namesakes.

    >>> customer_name(0), customer_name(0) == customer_name(1), first_word(7) == first_word(25)
    ('Amamamam Bakery Ltd', False, True)
    """
    rest, trade = divmod(number, len(TRADE))
    form = FORM[rest % len(FORM)]
    return f"{first_word(number)} {TRADE[trade]} {form}"


def first_word(number: int) -> str:
    """Return an invented word: ten customers of each 36 share one, the others have one of their own."""
    key = number - number % 36 + 1 if number % 3 == 1 and number % 36 < 30 else number
    word, rest = "", key * 7_919 % len(SYLLABLES) ** 4  # 7919 is prime: the words are spread, and none comes twice
    for _ in range(4):
        rest, syllable = divmod(rest, len(SYLLABLES))
        word += SYLLABLES[syllable]
    return word.capitalize()


def open_invoices(size: Size, seed: int = SEED) -> list[OpenInvoice]:
    """Return the invoices in order of their numbers. A few are late or due soon, most are due later."""
    chance = random.Random(seed)
    return [_invoice(n, chance.randrange(size.customers), chance) for n in range(size.invoices)]


def customers_csv(size: Size) -> str:
    """Return the customers in the plain layout; every one has an address to write to."""
    rows = ((f"C{n:07}", customer_name(n), "", "USD", f"ap{n}@customer.example.com") for n in range(size.customers))
    return _csv(("id", "name", "aliases", "currency", "email"), rows)


def invoices_csv(invoices: Iterable[OpenInvoice]) -> str:
    """Return the invoices in the plain layout; their open amount is their amount."""
    header = ("id", "customer_id", "number", "po_number", "issue_date", "due_date", "currency", "amount", "open_amount")
    rows = (
        (
            one.number, f"C{one.customer:07}", one.number, "", one.due_on - timedelta(days=61), one.due_on, "USD",
            _amount(one.amount_minor), _amount(one.amount_minor),
        )
        for one in invoices
    )  # fmt: skip
    return _csv(header, rows)


def statement_ofx(size: Size, invoices: list[OpenInvoice], seed: int = SEED) -> str:
    """Return the statement of the last business day, in OFX 1. No invoice is paid by two deposits."""
    chance = random.Random(seed + 1)
    paid = iter(chance.sample(invoices, min(len(invoices), 2 * size.deposits)))
    kinds = chance.choices(KINDS, WEIGHTS, k=size.deposits)
    lines = [_line(n, *_deposit(kind, paid, chance)) for n, kind in enumerate(kinds)]
    return ofx_file(ACCOUNT, AS_OF, AS_OF, "".join(lines), "1000000.00")


def _invoice(n: int, customer: int, chance: random.Random) -> OpenInvoice:
    is_late = chance.random() < LATE_SHARE
    days = chance.randrange(-40, 5) if is_late else chance.randrange(9, 60)
    amount = int(chance.lognormvariate(11.5, 1.2)) + 2_000
    return OpenInvoice(customer, f"RN{n + 1_000_000:07}", amount, AS_OF + timedelta(days=days))


def _deposit(kind: str, paid: Iterator[OpenInvoice], chance: random.Random) -> tuple[int, str, str]:
    """Return amount, payer and remittance text of one deposit."""
    if kind == "stranger":
        return chance.randrange(1_000, 500_000), f"Unknown Sender {chance.randrange(10_000)}", "SUNDRY"
    if kind == "interest":
        return chance.randrange(100, 5_000), "", "INTEREST PAID"
    one = next(paid)
    payer = customer_name(one.customer).upper()
    if kind == "two invoices":
        return _two_invoices(one, next(paid), payer)
    if kind == "name only":
        return one.amount_minor, payer, "PAYMENT"
    if kind == "charge taken":
        return one.amount_minor - 1_500, payer, f"INVOICE {one.number}"
    if kind == "typing error":
        return one.amount_minor, payer, f"INVOICE {one.number[:-2]}{one.number[-1]}{one.number[-2]}"
    return one.amount_minor, payer, f"INVOICE {one.number}"


def _two_invoices(one: OpenInvoice, other: OpenInvoice, payer: str) -> tuple[int, str, str]:
    """A parent pays for another company, when the two invoices are not of one customer: both numbers are given."""
    return one.amount_minor + other.amount_minor, payer, f"INV {one.number} AND {other.number}"


def _line(n: int, amount_minor: int, payer: str, text: str) -> str:
    name = f"<NAME>{payer}\n" if payer else ""
    return (
        f"<STMTTRN>\n<TRNTYPE>CREDIT\n<DTPOSTED>{AS_OF:%Y%m%d}\n<TRNAMT>{_amount(amount_minor)}\n"
        f"<FITID>{AS_OF:%Y%m%d}{n:09}\n{name}<MEMO>{text}\n</STMTTRN>\n"
    )


def _amount(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def _csv(header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue()
