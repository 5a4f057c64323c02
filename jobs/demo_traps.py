"""The traps of the demo world: each tells a customer's payment and what is true of it, in dollars or euros.

Room: shell.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from jobs.demo_names import Party
from jobs.demo_story import Invoice, Share, Story
from recon.money import format_minor


def full(*invoices: Invoice) -> tuple[Share, ...]:
    """Return the shares that settle the invoices in full."""
    return tuple(Share(i.party.code, i.number, i.amount_minor) for i in invoices)


def advice(*invoices: Invoice) -> str:
    """Return the remittance segments of an EDI payment."""
    return "".join(f"RMR*IV*{i.number}**{format_minor(i.amount_minor, i.party.currency)}\\" for i in invoices)


def single(story: Story, party: Party) -> None:
    """One invoice, its number told, paid in full."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    story.pay(party, day, invoice.amount_minor, invoice.number, "single", full(invoice), advice=advice(invoice))


def several(story: Story, party: Party) -> None:
    """Two to four invoices, all numbers told."""
    _together(story, party, story.rng.randrange(2, 5), "several", is_listed=True)


def three_listed(story: Story, party: Party) -> None:
    """One payment for three invoices, all numbers told."""
    _together(story, party, 3, "three_invoices", is_listed=True)


def three_unlisted(story: Story, party: Party) -> None:
    """One payment for three invoices, and not a word which."""
    _together(story, party, 3, "three_without_list", is_listed=False)


def _together(story: Story, party: Party, count: int, trap: str, *, is_listed: bool) -> None:
    day = story.day()
    invoices = [story.invoice(party, story.due_near(day)) for _ in range(count)]
    words = " ".join(invoice.number for invoice in invoices) if is_listed else ""
    total = sum(invoice.amount_minor for invoice in invoices)
    story.pay(party, day, total, words, trap, full(*invoices), advice=advice(*invoices) if is_listed else "")


def by_order(story: Story, party: Party) -> None:
    """The customer's order number instead of ours."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    words = invoice.po_number or invoice.number
    story.pay(party, day, invoice.amount_minor, words, "by_order", full(invoice), rail="wire")


def name_only(story: Story, party: Party) -> None:
    """No number at all; name and amount must do, or a person."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    story.pay(party, day, invoice.amount_minor, "", "name_only", full(invoice))


def typo(story: Story, party: Party) -> None:
    """Two digits of the number changed places."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    story.pay(party, day, invoice.amount_minor, transposed(invoice.number), "typo", full(invoice), rail="ccd")


def transposed(number: str) -> str:
    """Return the number with its last two neighbouring different digits exchanged.

    >>> transposed("4100137")
    '4100173'
    """
    for i in range(len(number) - 1, 0, -1):
        if number[i] != number[i - 1] and number[i - 1 : i + 1].isdigit():
            return number[: i - 1] + number[i] + number[i - 1] + number[i + 1 :]
    return number


def short_payment(story: Story, party: Party) -> None:
    """A few per cent missing, with a word about it."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    missing = invoice.amount_minor * story.rng.randrange(2, 7) // 100
    told = format_minor(missing, party.currency).replace(".", "," if party.currency == "EUR" else ".")
    words = f"{invoice.number} SHORT PD {told} DAMAGED GOODS"
    if party.currency == "EUR":
        words = f"{invoice.number} abzgl. {told} beschaedigte Ware"
    paid = invoice.amount_minor - missing
    story.pay(party, day, paid, words, "short_payment", (Share(party.code, invoice.number, paid),), rail="ccd")


def wire_fee(story: Story, party: Party) -> None:
    """A bank on the way kept a round fee."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day), 250_000 + story.rng.randrange(400_000))
    paid = invoice.amount_minor - 2500
    story.pay(party, day, paid, invoice.number, "wire_fee", (Share(party.code, invoice.number, paid),), rail="wire")


def part_payment(story: Story, party: Party) -> None:
    """A round part of one invoice, its number told."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day), 400_000 + story.rng.randrange(900_000))
    paid = invoice.amount_minor * 2 // 5 // 10_000 * 10_000
    words = f"PARTIAL {invoice.number}" if party.currency == "USD" else f"Teilzahlung {invoice.number}"
    story.pay(party, day, paid, words, "part_payment", (Share(party.code, invoice.number, paid),), rail="wire")


def discount(story: Story, party: Party) -> None:
    """Two per cent taken for paying within ten days, as the terms allow."""
    day = story.day()
    due_on = day - timedelta(days=story.rng.randrange(3, 9)) + timedelta(days=30)
    invoice = story.invoice(party, due_on, terms="2/10 Net 30")
    paid = invoice.amount_minor - (invoice.amount_minor * 2 + 50) // 100
    story.pay(party, day, paid, invoice.number, "discount", (Share(party.code, invoice.number, paid),), rail="ccd")


def overpayment(story: Story, party: Party) -> None:
    """A round sum too much; the rest stays on account."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day))
    more = story.rng.choice((5_000, 10_000))
    shares = (*full(invoice), Share(party.code, "", more))
    story.pay(party, day, invoice.amount_minor + more, invoice.number, "overpayment", shares, rail="ccd")


def duplicate(story: Story, party: Party) -> None:
    """The same invoice paid twice, some days apart; the second payment is for a person."""
    day = story.day(0, -9)
    invoice = story.invoice(party, story.due_near(day))
    story.pay(party, day, invoice.amount_minor, invoice.number, "paid_first", full(invoice), rail="ccd")
    later = story.days[min(story.days.index(day) + 5, len(story.days) - 1)]
    story.pay(party, later, invoice.amount_minor, invoice.number, "duplicate", (), expect="queue", rail="ccd")


def netted(story: Story, party: Party) -> None:
    """An invoice less a credit memo, both numbers told."""
    day = story.day()
    invoice = story.invoice(party, story.due_near(day), 90_000 + story.rng.randrange(500_000))
    credit = story.credit(invoice, invoice.amount_minor * story.rng.randrange(8, 20) // 100)
    words = f"{invoice.number} LESS {credit.number}"
    total = invoice.amount_minor + credit.amount_minor
    told = advice(invoice, credit)
    story.pay(party, day, total, words, "credit_netting", full(invoice, credit), advice=told)


def returned(story: Story, party: Party) -> None:
    """A payment that the bank takes back three bank days later."""
    place = story.rng.randrange(2, len(story.days) - 6)
    day, later = story.days[place], story.days[place + 3]
    invoice = story.invoice(party, story.due_near(day))
    paid = story.pay(party, day, invoice.amount_minor, invoice.number, "returned", full(invoice), rail="check")
    if party.currency == "USD":
        kind, memo = "DEBIT", f"RETURNED ITEM CHECK {paid.check_number} NSF {party.bank_name}"
    else:
        kind, memo = "RUECKLASTSCHRIFT", f"RETOURE {paid.memo} RUECKGABE MANGELS DECKUNG"
    story.events.append(
        replace(
            paid,
            day=later,
            amount_minor=-paid.amount_minor,
            kind=kind,
            memo=memo,
            expect="return",
            trap="return",
            shares=(),
            key=f"return:{len(story.events)}",
            return_of=paid.key,
        )
    )


def ambiguous(story: Story, party: Party) -> None:
    """Two open invoices of the same amount, one payment, no number: nobody can know which."""
    day = story.day()
    amount = story.amount()
    for days_apart in (3, 9):
        story.invoice(party, day + timedelta(days=days_apart), amount)
    story.pay(party, day, amount, "", "ambiguous", (), expect="queue", rail="ccd")


TRAPS: dict[str, tuple[Callable[[Story, Party], None], int, int]] = {  # teller, payments in USD, in EUR
    "single": (single, 120, 62),
    "several": (several, 22, 10),
    "by_order": (by_order, 8, 3),
    "name_only": (name_only, 8, 3),
    "typo": (typo, 3, 2),
    "short_payment": (short_payment, 3, 2),
    "wire_fee": (wire_fee, 2, 0),
    "part_payment": (part_payment, 3, 2),
    "three_invoices": (three_listed, 2, 1),
    "three_without_list": (three_unlisted, 1, 1),
    "discount": (discount, 5, 3),
    "overpayment": (overpayment, 2, 1),
    "duplicate": (duplicate, 2, 1),
    "credit_netting": (netted, 2, 1),
    "returned": (returned, 2, 1),
    "ambiguous": (ambiguous, 2, 1),
}


def parent_pays(story: Story, parent: Party, child: Party) -> None:
    """The head office pays an invoice of its subsidiary and names the invoice."""
    day = story.day()
    invoice = story.invoice(child, story.due_near(day))
    told = advice(invoice)
    story.pay(parent, day, invoice.amount_minor, invoice.number, "parent_pays", full(invoice), advice=told)


def strangers(story: Story, currency: str, same_as: int) -> None:
    """Money of people who owe us nothing; one sum equals an open invoice. Nobody's, whatever the amounts say."""
    if currency == "USD":
        for payer, amount in (
            ("Penhallow Estate Sales", same_as),
            ("R Tolliver", 41_250),
            ("Wickersham Auction", 188_000),
        ):
            memo = f"WIRE IN ORG={payer.upper()} OBI=DEPOSIT REFUND CLAIM {story.rng.randrange(10**5, 10**6)}"
            story.other(story.day(), amount, "USD", "CREDIT", payer.upper(), memo, expect="nobody", trap="stranger")
    else:
        for payer, amount in (("Hausverwaltung Tannert", same_as), ("Ortrud Wiesengrund", 32_500)):
            memo = f"EREF+NOTPROVIDED SVWZ+Kaution Objekt {story.rng.randrange(100, 999)}"
            story.other(story.day(), amount, "EUR", "GUTSCHRIFT", payer, memo, expect="nobody", trap="stranger")


def house_money(story: Story, currency: str) -> None:
    """Interest, own transfers and a tax refund come in; rent, suppliers and charges go out."""
    end = story.days[-1]
    for day, amount, kind, payer, memo, expect, name in _HOUSE[currency]:
        at = end if day < 0 else story.days[min(day, len(story.days) - 1)]
        story.other(at, amount, currency, kind, payer, memo, expect=expect, trap=name or "own_payment", set_aside=name)


_HOUSE: dict[str, tuple[tuple[int, int, str, str, str, str, str], ...]] = {
    "USD": (
        (-1, 1_842, "INT", "INTEREST PAID", "INTEREST CREDIT", "set_aside", "interest"),
        (4, 2_500_000, "XFER", "HARROW MILL SUPPLY", "ONLINE TRANSFER FROM CHK ...7731", "set_aside", "transfer"),
        (14, 1_000_000, "XFER", "HARROW MILL SUPPLY", "ONLINE TRANSFER FROM CHK ...7731", "set_aside", "transfer"),
        (9, 96_410, "CREDIT", "STATE TREASURY", "STATE TREASURY TAX REFUND 2025", "nobody", ""),
        (1, -420_000, "DEBIT", "GREYSTONE PROPERTIES", "ACH DEBIT RENT MARCH", "nobody", ""),
        (3, -1_187_340, "DEBIT", "", "VENDOR ACH BATCH 300417", "nobody", ""),
        (8, -64_215, "CHECK", "", "CHECK PAID 2041", "nobody", ""),
        (10, -2_961_050, "DEBIT", "", "VENDOR ACH BATCH 300418", "nobody", ""),
        (17, -1_540_877, "DEBIT", "", "VENDOR ACH BATCH 300419", "nobody", ""),
        (-1, -4_500, "FEE", "", "MONTHLY SERVICE CHARGE", "nobody", ""),
    ),
    "EUR": (
        (-1, 731, "ZINSEN", "Rheinwerk Bank", "HABENZINSEN MAERZ 2026", "set_aside", "interest"),
        (6, 800_000, "UMBUCHUNG", "Harrow Mill Supply GmbH", "SVWZ+UMBUCHUNG EIGENES KONTO", "set_aside", "transfer"),
        (2, -310_000, "LASTSCHRIFT", "Stadtwerke Auental", "SVWZ+ABSCHLAG STROM 03/2026", "nobody", ""),
        (11, -905_512, "UEBERWEISUNG", "Sammler", "SVWZ+LIEFERANTEN SAMMELUEBERWEISUNG 0311", "nobody", ""),
        (-1, -1_290, "ENTGELT", "Rheinwerk Bank", "KONTOFUEHRUNG MAERZ 2026", "nobody", ""),
    ),
}
