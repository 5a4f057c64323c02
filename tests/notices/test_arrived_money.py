"""Mail that asks for money looks once more before it leaves, whatever its kind; what asks for nothing heeds wishes."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.courtesy import plan_receipts, plan_statements
from notices.letter import Letterhead
from notices.mail import SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, SendSummary, hold_reason, send_due
from notices.shipped import shipped_words
from recon.model import Account, BankNews, Customer, Debt, NoticeLine, Stop, StopKind, UnresolvedDeposit
from recon.store.bank_news import load_bank_news
from recon.store.chain import Author
from recon.store.notices import load_accounts, save_plan
from recon.store.outbox import doubt_waiting
from recon.store.schema import notice
from recon.store.stops import add_stop, suppress_address

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
POLICIES = default_policies()
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})
ADA = Customer(1, "main", "C1", "Ada Works", email="ap@ada.example")
NEWS = BankNews(((("main", "EUR"), AS_OF),))


def send(books: Any, port: int, limits: Limits | None = None, now: datetime = NOON) -> SendSummary:
    sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none", timeout=5))
    return send_due(books.store, sender, HEAD, POLICIES, limits or Limits(live=True), AS_OF, lambda: now, "test")


def states(books: Any) -> list[tuple[str, str]]:
    with books.store.read() as connection:
        query = select(notice.c.state, notice.c.state_reason).order_by(notice.c.id)
        return [(state, reason) for state, reason in connection.execute(query)]


def statement_waits(books: Any) -> int:
    """Put a statement of account of 100.00 into the outbox; return its invoice."""
    books.feed()
    item: int = books.invoice(books.customer("A"), "INV-1", late=-5)
    with books.store.write() as connection:
        news = load_bank_news(connection, AS_OF)
        planned, _ = plan_statements(load_accounts(connection, AS_OF, 365), AS_OF, POLICIES, news)
        save_plan(connection, planned, run_id=None, planned_at="2026-03-31T11:00:00.000000Z", domain="main.example")
    return item


def test_a_statement_paid_before_it_left_is_not_sent(books: Any) -> None:
    books.pay(statement_waits(books))
    with post_office(Postbox()) as port:
        assert send(books, port).cancelled == 1
    assert states(books) == [("cancelled", "paid")]


def test_a_statement_that_a_deposit_may_pay_is_not_sent(books: Any) -> None:
    statement_waits(books)
    books.deposit(10_000)
    with post_office(Postbox()) as port:
        assert send(books, port).cancelled == 1
    assert "equals what they owe" in states(books)[0][1]


@pytest.mark.parametrize("reminder_first", [True, False])
def test_of_a_reminder_and_a_statement_the_second_waits_for_the_next_day(books: Any, reminder_first: bool) -> None:
    box = Postbox()
    with post_office(box) as port:
        if not reminder_first:
            statement_waits(books)
            assert send(books, port).sent == 1
        books.feed()
        books.invoice(books.customer("A") if reminder_first else 1, "INV-LATE", late=20)
        plan_night(books.store, POLICIES, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
        assert send(books, port).sent == int(reminder_first)
        if reminder_first:
            with books.store.write() as connection:
                news = load_bank_news(connection, AS_OF)
                planned, _ = plan_statements(load_accounts(connection, AS_OF, 365), AS_OF, POLICIES, news)
                given = {"planned_at": "2026-03-31T11:00:00.000000Z", "domain": "main.example"}
                save_plan(connection, planned, run_id=None, **given)
        assert send(books, port, now=NOON + timedelta(hours=11)).waiting == 1 and len(box.delivered) == 1
        assert send(books, port, now=NOON + timedelta(hours=13)).sent == 1
    assert len(box.delivered) == 2


def test_a_statement_nobody_paid_is_sent(books: Any) -> None:
    statement_waits(books)
    with post_office(Postbox()) as port:
        assert send(books, port).sent == 1


def stop(kind: StopKind, reason: str = "") -> Stop:
    return Stop(kind, 1, AS_OF - timedelta(days=1), reason=reason)


@pytest.mark.parametrize(
    ("stop_", "reason"),
    [
        (stop(StopKind.OPT_OUT), "asked for no more e-mail"),
        (stop(StopKind.BOUNCED, "AP@ada.example"), "came back"),
        (stop(StopKind.INSOLVENCY), "insolvency"),
        (stop(StopKind.AGENCY), "agency"),
        (stop(StopKind.HOLD), "hold"),
    ],
)
def test_no_statement_goes_to_whom_no_mail_should_go(stop_: Stop, reason: str) -> None:
    account = Account(ADA, "EUR", (Debt(1, "INV-1", AS_OF, 10_000),), stops=(stop_,))
    notices, (silence,) = plan_statements([account], AS_OF, POLICIES, NEWS)
    assert (notices, reason in silence.why) == ((), True)


def test_a_statement_is_held_while_a_deposit_may_pay_it_and_says_which() -> None:
    account = Account(ADA, "EUR", (Debt(1, "INV-1", AS_OF, 10_000),))
    news = replace(NEWS, unresolved=(UnresolvedDeposit(7, "main", "EUR", 10_000),))
    notices, (silence,) = plan_statements([account], AS_OF, POLICIES, news)
    assert (notices, silence.reason, "deposit 7" in silence.why) == ((), "deposit may pay it", True)


@pytest.mark.parametrize("kind", [StopKind.OPT_OUT, StopKind.BOUNCED])
def test_receipts_respect_who_wants_or_gets_no_mail(kind: StopKind) -> None:
    applied = [(ADA, "EUR", [NoticeLine(1, "INV-1", AS_OF, 10_000, 0, 0, False)])]
    assert plan_receipts(applied, AS_OF, POLICIES, {1: [stop(kind, ADA.email)]}) == ()
    assert len(plan_receipts(applied, AS_OF, POLICIES, {2: [stop(kind, ADA.email)]})) == 1


def receipt_waits(books: Any) -> int:
    customer_id: int = books.customer("A")
    item = books.invoice(customer_id, "INV-1", late=2)
    books.pay(item)
    person = Customer(customer_id, "main", "A", "Customer A", email="a@pay.example")
    lines = [NoticeLine(item, "INV-1", AS_OF, 10_000, 0, 0, False)]
    with books.store.write() as connection:
        planned = plan_receipts([(person, "EUR", lines)], AS_OF, POLICIES, {})
        save_plan(connection, planned, run_id=None, planned_at="2026-03-31T11:00:00.000000Z", domain="main.example")
    return customer_id


def test_a_receipt_for_an_account_that_owes_nothing_is_sent(books: Any) -> None:
    receipt_waits(books)
    with post_office(Postbox()) as port:
        assert send(books, port).sent == 1


def test_a_receipt_is_not_sent_to_who_opted_out_since(books: Any) -> None:
    receipt_waits(books)
    with books.store.write() as connection:
        add_stop(connection, StopKind.OPT_OUT, "A", company="main", author=Author("me", NOON), starts_on=AS_OF)
    with post_office(Postbox()) as port:
        assert send(books, port).cancelled == 1


def test_an_address_refused_by_the_clock_rests_on_an_earlier_business_day(books: Any) -> None:
    """The server's refusal is dated by the clock; a night worked off later must not write to the address again."""
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=20)
    plan, _ = plan_night(books.store, POLICIES, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    with books.store.write() as connection:
        suppress_address(connection, plan.notices[0], "550 unknown", "2026-11-21T06:00:00.000000Z")
    with post_office(Postbox()) as port:
        assert send(books, port).cancelled == 1


def test_receipts_do_not_count_against_the_usual_number_of_reminders() -> None:
    limits = Limits(live=True)
    assert hold_reason(limits, True, 100, [90, 80, 70, 100, 95], "receipt") == ""
    assert "100 receipts" in hold_reason(limits, True, 100, [5, 5, 5, 5, 5], "receipt")


def test_after_a_restore_what_waited_is_in_doubt_and_never_sent_again(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=20)
    plan_night(books.store, POLICIES, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    with books.store.write() as connection:
        assert doubt_waiting(connection, "restored") == 1
    box = Postbox()
    with post_office(box) as port:
        plan_night(books.store, POLICIES, AS_OF, run_id=2, now=NOON, domain="main.example", live=True)
        send(books, port)
    assert (box.delivered, states(books)) == ([], [("uncertain", "restored")])
