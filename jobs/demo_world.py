"""The demo world: a month of two banks, 400 open invoices, a past to learn from, seeded traps, and the known answers.

Everything follows from the seed. Nothing is a real company, account or address. The books of the night are compared
with
`answers` only after it has posted.

Room: shell.
"""

import csv
import io
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from jobs.demo_banks import (
    EUR_ACCOUNT,
    PROFILE,
    PROFILE_NAME,
    USD_ACCOUNT,
    BankLine,
    german_statement,
    ofx_statement,
    plain_statement,
)
from jobs.demo_names import Party, parties
from jobs.demo_story import Event, Invoice, Share, Story
from jobs.demo_traps import TRAPS, discount, house_money, parent_pays, several, single, strangers
from recon.money import format_minor

AS_OF = date(2026, 3, 31)
OPEN_INVOICES = 400
_OPENING = {"USD": 25_000_000, "EUR": 8_000_000}
# Days past due of what stays unpaid: before each step of the shipped ladder, on it and after it.
_AGES = (-10, -7, -6, -3, 1, 2, 3, 4, 8, 12, 15, 16, 20, 25, 30, 31, 35, 40, 45, 46, 50, 60, 75, 95, 120)


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file as its sender delivered it."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """What is true of one bank line. `shares` is the whole allocation in minor units, cash only, credits negative.

    expect: applied (with `shares`; a share without number is on account), set_aside, return (of the line `return_of`),
    nobody (no customer's money), queue (nobody can know: any post is wrong).
    """

    bank_id: str
    expect: str
    trap: str
    currency: str
    amount_minor: int
    shares: tuple[Share, ...] = ()
    set_aside: str = ""
    return_of: str = ""


@dataclass(frozen=True, slots=True)
class DemoWorld:
    """File contents to import in this order: customers, invoices, credits, history, then the inbox file by file."""

    as_of: date
    company_name: str
    customers: DemoFile
    invoices: DemoFile
    credits: DemoFile
    history_statement: DemoFile
    history_truth: DemoFile
    inbox: tuple[DemoFile, ...]
    profile: DemoFile
    usd_account: str
    eur_account: str
    answers: tuple[Answer, ...]
    closing_minor: Mapping[str, int]  # bank balance at the end, by currency


@dataclass(frozen=True, slots=True)
class Posted:
    """What the books say of one bank line: its shares, or where it was set aside, or the line it takes back."""

    shares: tuple[Share, ...] = ()
    set_aside: str = ""
    return_of: str = ""


def demo_world(seed: int = 2026) -> DemoWorld:
    """Return the demo world of a seed; the same seed gives the same bytes."""
    rng = random.Random(seed)  # noqa: S311  a story, not a secret
    people = parties(rng)
    past = _past(rng, people)
    story = _march(rng, people, past)
    events, lines = _numbered(story.events, "H" if seed == 2026 else f"H{seed}-")
    past_events, past_lines = _numbered(past.events, "P")
    by_currency = {c: [line for line in lines if line.currency == c] for c in ("USD", "EUR")}
    return DemoWorld(
        as_of=AS_OF,
        company_name="Harrow Mill Supply",
        customers=DemoFile("customers.csv", _customers_csv(people)),
        invoices=DemoFile("invoices.csv", _invoices_csv([i for i in story.invoices if i.amount_minor > 0])),
        credits=DemoFile("credits.csv", _credits_csv([i for i in story.invoices if i.amount_minor < 0])),
        history_statement=DemoFile("history-statement.csv", plain_statement(past_lines)),
        history_truth=DemoFile("history-truth.csv", _truth_csv(past_events)),
        inbox=(*_ofx_files(by_currency["USD"]), *_csv_files(by_currency["EUR"])),
        profile=DemoFile(f"{PROFILE_NAME}.toml", PROFILE.encode()),
        usd_account=USD_ACCOUNT,
        eur_account=EUR_ACCOUNT,
        answers=tuple(_answer(event, bank_id, events) for bank_id, event in events.items()),
        closing_minor={c: _OPENING[c] + sum(x.amount_minor for x in found) for c, found in by_currency.items()},
    )


def _bank_days(first: date, last: date) -> tuple[date, ...]:
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return tuple(day for day in days if day.weekday() < 5)


def _families(people: Sequence[Party]) -> list[tuple[Party, Party]]:
    by_code = {party.code: party for party in people}
    return [(by_code[party.parent_code], party) for party in people if party.parent_code]


def _past(rng: random.Random, people: Sequence[Party]) -> Story:
    """Tell three months of payments that people have already reconciled: 150 in all."""
    story = Story(rng, _bank_days(date(2025, 12, 1), date(2026, 2, 27)))
    tellers: list[tuple[Callable[[Story, Party], None], int]] = [(single, 108), (several, 18), (discount, 12)]
    order = list(people)
    for teller, count in tellers:
        rng.shuffle(order)
        for i in range(count):
            teller(story, order[i % len(order)])
    for parent, child in _families(people):
        parent_pays(story, parent, child)
    for currency in ("USD", "EUR"):
        strangers(story, currency, 77_700)
    for month_end in (date(2025, 12, 31), date(2026, 1, 30)):
        story.other(
            month_end, 1_711, "USD", "INT", "INTEREST PAID", "INTEREST CREDIT", expect="set_aside", trap="interest"
        )
    return story


def _march(rng: random.Random, people: Sequence[Party], past: Story) -> Story:
    # Numbers go on where the past left them: an invoice number is given once.
    story = Story(rng, _bank_days(date(2026, 3, 2), AS_OF), issued=dict(past.issued))
    families = _families(people)
    heads = {party.code for family in families for party in family}
    for place, currency in enumerate(("USD", "EUR")):
        customers = [party for party in people if party.currency == currency and party.code not in heads]
        for name, (teller, *counts) in TRAPS.items():
            # One customer is in one trap only, so that a trap stays what it is; plain payments are everyone's.
            pool = customers if name in ("single", "several") else _take(rng, customers, counts[place], name, story)
            for i in range(counts[place]):
                teller(story, pool[i % len(pool)])
    for parent, child in families:
        parent_pays(story, parent, child)
    _unpaid(story, [party for party in people if party.code not in heads])
    for currency in ("USD", "EUR"):
        lonely = next(i for i in story.invoices[::-1] if i.party.currency == currency and i.amount_minor > 0)
        strangers(story, currency, lonely.amount_minor)
        house_money(story, currency)
    return story


def _take(rng: random.Random, customers: Sequence[Party], count: int, trap: str, story: Story) -> list[Party]:
    taken = {share.customer_code for event in story.events for share in event.shares if event.trap in _LONE}
    free = [party for party in customers if party.code not in taken]
    if trap == "by_order":
        free = [party for party in free if int(party.code[-1]) % 4 == 0]
    return rng.sample(free, min(count, len(free)))


_LONE = frozenset(("returned", "paid_first", "part_payment", "short_payment", "three_without_list"))


def _unpaid(story: Story, people: Sequence[Party]) -> None:
    """Issue what nobody pays this month, up to the count of open invoices."""
    known = {event.payer for event in story.events if event.trap == "ambiguous"}
    quiet = [party for party in people if party.bank_name not in known and party.name not in known]
    i = 0
    while sum(invoice.amount_minor > 0 for invoice in story.invoices) < OPEN_INVOICES:
        story.invoice(quiet[i * 7 % len(quiet)], AS_OF - timedelta(days=_AGES[i % len(_AGES)]))
        i += 1


def _numbered(events: Sequence[Event], prefix: str) -> tuple[dict[str, Event], list[BankLine]]:
    """Return events by bank id in the order of their days, and the lines the bank writes of them."""
    ordered = sorted(events, key=lambda event: (event.day, event.currency))
    numbered = {f"{prefix}{event.day:%y%m%d}{place:05d}": event for place, event in enumerate(ordered, 1)}
    lines = [
        BankLine(bank_id, e.day, e.amount_minor, e.currency, e.kind, e.payer, e.memo, e.check_number, e.payer_account)
        for bank_id, e in numbered.items()
    ]
    return numbered, lines


def _answer(event: Event, bank_id: str, events: Mapping[str, Event]) -> Answer:
    original = next((other for other, e in events.items() if event.return_of and e.key == event.return_of), "")
    return Answer(
        bank_id, event.expect, event.trap, event.currency, event.amount_minor, event.shares, event.set_aside, original
    )


def _ofx_files(lines: Sequence[BankLine]) -> tuple[DemoFile, ...]:
    """Return February's end, half of March, that same file again, and a longer one that overlaps it by four days."""
    opening = _OPENING["USD"]
    february = BankLine("F26022700001", date(2026, 2, 27), 1_655, "USD", "INT", "INTEREST PAID", "INTEREST CREDIT")
    files = []
    for name, first, last in (
        ("harbor-bank-2026-03-15.ofx", date(2026, 3, 1), date(2026, 3, 15)),
        ("harbor-bank-2026-03-31.ofx", date(2026, 3, 12), AS_OF),
    ):
        closing = opening + sum(line.amount_minor for line in lines if line.day <= last)
        inside = [line for line in lines if first <= line.day <= last]
        files.append(DemoFile(name, ofx_statement(inside, first, last, closing)))
    start = ofx_statement([february], date(2026, 2, 1), date(2026, 2, 28), opening)
    half, rest = files
    again = DemoFile("harbor-bank-2026-03-15 (1).ofx", half.content)
    return DemoFile("harbor-bank-2026-02-28.ofx", start), half, again, rest


def _csv_files(lines: Sequence[BankLine]) -> tuple[DemoFile, ...]:
    files = []
    for name, first, last in (
        ("rheinwerk-2026-03-13.csv", date(2026, 3, 1), date(2026, 3, 13)),
        ("rheinwerk-2026-03-31.csv", date(2026, 3, 10), AS_OF),
    ):
        opening = _OPENING["EUR"] + sum(line.amount_minor for line in lines if line.day < first)
        inside = [line for line in lines if first <= line.day <= last]
        files.append(DemoFile(name, german_statement(inside, first, last, opening)))
    return tuple(files)


def _csv(header: Sequence[str], rows: Sequence[Sequence[object]]) -> bytes:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return written.getvalue().encode()


def _customers_csv(people: Sequence[Party]) -> bytes:
    header = "id,name,aliases,currency,email,country,language,parent_id,bank_accounts".split(",")
    rows = [
        (p.code, p.name, "", p.currency, p.email, p.country, p.language, p.parent_code, p.bank_account if i % 2 else "")
        for i, p in enumerate(people)
    ]
    return _csv(header, rows)


def _invoices_csv(invoices: Sequence[Invoice]) -> bytes:
    header = "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount,terms".split(",")
    rows = []
    for place, i in enumerate(sorted(invoices, key=lambda invoice: (invoice.issue_on, invoice.number)), 1):
        amount = format_minor(i.amount_minor, i.party.currency)
        days = i.issue_on, i.due_on
        rows.append((place, i.party.code, i.number, i.po_number, *days, i.party.currency, amount, amount, i.terms))
    return _csv(header, rows)


def _credits_csv(credits: Sequence[Invoice]) -> bytes:
    header = "id,customer_id,number,issue_date,currency,amount,open_amount,invoice_number".split(",")
    rows = []
    for place, i in enumerate(credits, 1):
        amount = format_minor(-i.amount_minor, i.party.currency)
        rows.append((place, i.party.code, i.number, i.issue_on, i.party.currency, amount, amount, i.credit_of))
    return _csv(header, rows)


def _truth_csv(events: Mapping[str, Event]) -> bytes:
    rows = [
        (bank_id, share.number, format_minor(share.amount_minor, event.currency), share.customer_code)
        for bank_id, event in events.items()
        for share in event.shares
    ]
    return _csv(("fitid", "invoice_number", "allocated_amount", "customer_id"), rows)


_ANSWER_COLUMNS = (
    "bank_id expect trap currency amount_minor customer_id invoice_number share_minor set_aside return_of".split()
)


def answers_csv(answers: Sequence[Answer]) -> bytes:
    """Return the known answers as CSV, one row per share (one row without share where there is none)."""
    rows = []
    for a in answers:
        for share in a.shares or (Share("", "", 0),):
            line = a.bank_id, a.expect, a.trap, a.currency, a.amount_minor
            rows.append((*line, share.customer_code, share.number, share.amount_minor, a.set_aside, a.return_of))
    return _csv(_ANSWER_COLUMNS, rows)


def read_answers(content: bytes) -> tuple[Answer, ...]:
    """Return the answers of a CSV written by `answers_csv`."""
    by_id: dict[str, Answer] = {}
    for row in csv.DictReader(io.StringIO(content.decode(), newline="")):
        share = Share(row["customer_id"], row["invoice_number"], int(row["share_minor"]))
        before = by_id.get(row["bank_id"])
        shares = (before.shares if before else ()) + ((share,) if share.customer_code else ())
        facts = row["bank_id"], row["expect"], row["trap"], row["currency"], int(row["amount_minor"])
        by_id[row["bank_id"]] = Answer(*facts, shares, row["set_aside"], row["return_of"])
    return tuple(by_id.values())


def wrong_posts(answers: Sequence[Answer], posted: Mapping[str, Posted]) -> tuple[str, ...]:
    """Return the bank ids of posted lines that are not exactly right, in order. What is queued is never wrong.

    `posted` holds what the books say of each line by bank id, for posted lines only.
    """
    truth = {answer.bank_id: answer for answer in answers}
    return tuple(sorted(bank_id for bank_id, said in posted.items() if not _is_right(truth.get(bank_id), said)))


def _is_right(answer: Answer | None, said: Posted) -> bool:
    if answer is None or answer.expect == "queue":
        return False
    if said.set_aside:
        return answer.expect in ("set_aside", "nobody")
    if said.return_of:
        return said.return_of == answer.return_of
    return answer.expect == "applied" and _sorted(said.shares) == _sorted(answer.shares)


def _sorted(shares: Sequence[Share]) -> list[tuple[str, str, int]]:
    return sorted((share.customer_code, share.number, share.amount_minor) for share in shares)
