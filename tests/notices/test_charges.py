"""Fees and interest: printed with their reckoning, booked once, and still owed when the invoice is paid."""

import sys
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.interest import MissingRate, late_interest, statutory_rates
from notices.letter import Letterhead
from notices.mail import SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import DEFAULT_POLICY, read_policies
from notices.render import Creditor
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.errors import UsageError
from recon.model import StopKind
from recon.store.books import close_period
from recon.store.chain import Author
from recon.store.schema import entry, open_item, posting
from recon.store.stops import add_stop
from recon.verify import verify

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEAD = Letterhead(shipped_words(), Sender("Main <ar@main.example>"), {"main": Creditor("Main Ltd")})
WITH_FEE = DEFAULT_POLICY.replace(
    'tone = "friendly"', 'tone = "friendly"\ninterest = true\nfee = { EUR = "2.50" }'
).replace('id = "standard"', 'id = "standard"\ninterest = { regime = "DE B2B" }')


def run(books: Any, port: int, text: str, day: date = AS_OF) -> None:
    policies = read_policies(text)
    now = NOON + (day - AS_OF)
    plan_night(books.store, policies, day, run_id=1, now=now, domain="main.example", live=True)
    server = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
    send_due(books.store, server, HEAD, policies, Limits(live=True), day, lambda: now, "test")


def booked(books: Any) -> list[tuple[str, int]]:
    with books.store.read() as connection:
        rows = connection.execute(
            select(open_item.c.number, open_item.c.amount_minor).where(open_item.c.kind == "charge")
        )
        return [(row[0], row[1]) for row in rows]


def test_a_fee_and_interest_are_printed_with_their_segments_and_booked_once(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=100, minor=1_000_000)
    box = Postbox()
    with post_office(box) as port:
        for _ in range(24):
            run(books, port, WITH_FEE)
    # due on Sunday 2025-12-21, so until Monday (BGB 193): 9 and 90 days at 1.27 + 9 percent of 10,000.00 over 365
    assert booked(books) == [("FEE-INV-1-L2", 250), ("INT-INV-1-L2", 27_856)]
    with books.store.read() as connection:
        income = (
            connection.execute(select(posting.c.amount_minor).where(posting.c.account == "fee_income")).scalars().all()
        )
        assert sorted(income) == [-27_856, -250]
        assert set(connection.execute(select(entry.c.kind)).scalars()) == {"charge"}
    text = box.delivered[0].get_payload()[0].get_payload(decode=True).decode()
    assert "2025-12-23: 9 d x 10000.00 EUR x 10.27 %" in text and "2026-01-01: 90 d" in text
    assert "€10,281.06" in text and len(box.delivered) == 1


def test_charge_of_a_closed_month_is_booked_on_the_first_open_day(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=100, minor=1_000_000)
    with books.store.write() as connection:
        close_period(connection, "main", AS_OF, Author("ada", NOON))
    with post_office(Postbox()) as port:
        run(books, port, WITH_FEE)
    assert len(booked(books)) == 2
    with books.store.read() as connection:
        assert set(connection.execute(select(entry.c.booked_on)).scalars()) == {"2026-04-01"}


def test_the_books_with_charges_and_stops_still_prove(books: Any, store_url: str) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=100, minor=1_000_000)
    with post_office(Postbox()) as port:
        run(books, port, WITH_FEE)
    with books.store.write() as connection:
        given = {"company": "main", "author": Author("eva", NOON), "starts_on": AS_OF}
        add_stop(connection, StopKind.HOLD, "A", reason="on the phone", **given)
    assert len(booked(books)) == 2
    assert verify(store_url).findings == ()


def test_a_charge_survives_the_payment_of_its_invoice_and_is_not_dunned_by_itself(books: Any) -> None:
    books.feed()
    item = books.invoice(books.customer("A"), "INV-1", late=100, minor=1_000_000)
    box = Postbox()
    with post_office(box) as port:
        run(books, port, WITH_FEE)
        books.pay(item)
        books.feed(AS_OF + timedelta(days=40))
        run(books, port, WITH_FEE, AS_OF + timedelta(days=40))
    assert len(booked(books)) == 2 and len(box.delivered) == 1


def test_the_next_notice_lists_what_was_charged_before(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=100, minor=1_000_000)
    box = Postbox()
    with post_office(box) as port:
        run(books, port, WITH_FEE)
        books.feed(AS_OF + timedelta(days=7))
        run(books, port, WITH_FEE, AS_OF + timedelta(days=7))
    text = box.delivered[1].get_payload()[0].get_payload(decode=True).decode()
    assert "FEE-INV-1-L2" in text and "€10,281.06" in text


def test_consumers_are_not_charged_unless_the_policy_says_so(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A", consumer=1), "INV-1", late=100, minor=1_000_000)
    with post_office(Postbox()) as port:
        run(books, port, WITH_FEE)
    assert booked(books) == []


def test_compensation_is_charged_once_per_invoice_by_what_was_invoiced(books: Any) -> None:
    books.feed(currency="GBP")
    who = books.customer("A")
    for number, minor in (("INV-1", 99_999), ("INV-2", 100_000)):
        books.invoice(who, number, late=20, minor=minor, currency="GBP")
    text = WITH_FEE.replace('regime = "DE B2B"', 'regime = "UK", compensation = true')
    with post_office(Postbox()) as port:
        run(books, port, text)
    assert [one for one in booked(books) if one[0].startswith("CMP")] == [
        ("CMP-INV-1-L2", 4_000),
        ("CMP-INV-2-L2", 7_000),
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('regime = "DE B2B"', 'regime = "ATLANTIS"', "regime: 'ATLANTIS' is not known"),
        ('regime = "DE B2B"', 'regime = "EU", day_count = "ACT/364"', "day_count: 'ACT/364' is not known"),
        ('regime = "DE B2B"', 'regime = "contract", contract_percent = "9,5"', "contract_percent: '9,5' is not a perc"),
    ],
)
def test_a_wrong_interest_rule_is_refused_when_the_policy_is_read(old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        read_policies(WITH_FEE.replace(old, new))


def test_a_missing_rate_is_an_error_and_no_guess() -> None:
    with pytest.raises(MissingRate, match="no reference rate is known for the half-year of 2031-01-01"):
        statutory_rates([(date(2030, 7, 1), Fraction(2))], Fraction(8), date(2030, 12, 1), date(2031, 1, 15))
    with pytest.raises(MissingRate, match="no interest rate is known for 2020-01-02"):
        late_interest(100, date(2020, 1, 1), date(2020, 2, 1), [(date(2021, 1, 1), Fraction(5))])


def test_interest_on_two_tiers_would_charge_days_twice_and_is_refused() -> None:
    text = WITH_FEE.replace('tone = "firm"', 'tone = "firm"\ninterest = true')
    with pytest.raises(UsageError, match="a second tier charges interest"):
        read_policies(text)
