"""Sending through a real SMTP server on loopback, from real books: what leaves, and what is never repeated."""

import gc
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yagmail
from sqlalchemy import select

from notices.letter import Letterhead
from notices.mail import FolderSender, MailServerError, SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import DEFAULT_POLICY, read_policies
from notices.render import Creditor
from notices.send import Limits, SendSummary, send_due
from notices.shipped import shipped_words
from notices.team import send_team_mail, team_mail
from recon.model import StopKind
from recon.store.chain import Author
from recon.store.outbox import claim, resolve_uncertain
from recon.store.schema import notice, notice_line, review_item, stop
from recon.store.stops import add_stop, end_stop, list_stops

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
POLICIES = read_policies(DEFAULT_POLICY)
LIVE = Limits(live=True)
HEAD = Letterhead(
    shipped_words(), Sender("Main <ar@main.example>", bounce="b@main.example"), {"main": Creditor("Main Ltd")}
)


def night(books: Any, as_of: date = AS_OF, now: datetime = NOON, live: bool = True) -> Any:
    return plan_night(books.store, POLICIES, as_of, run_id=1, now=now, domain="main.example", live=live)[1]


def send(
    books: Any, port: int, limits: Limits = LIVE, as_of: date = AS_OF, now: datetime = NOON, by: str = "test"
) -> SendSummary:
    sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none", timeout=5))
    return send_due(books.store, sender, HEAD, POLICIES, limits, as_of, lambda: now, by)


def states(books: Any) -> list[str]:
    with books.store.read() as connection:
        return list(connection.execute(select(notice.c.state).order_by(notice.c.id)).scalars())


def three_debtors(books: Any) -> list[int]:
    books.feed()
    items = []
    for code in ("A", "B", "C"):
        customer_id = books.customer(code)
        items.append(books.invoice(customer_id, f"INV-{code}", late=20, minor=10_000 + ord(code)))
    return items


def answer(numbers: dict[int, str]) -> Callable[[int], str | None]:
    return numbers.get


def test_twenty_four_runs_a_day_send_one_mail_per_customer_and_currency(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        for hour in range(24):
            now = datetime(2026, 3, 31, hour, tzinfo=UTC)
            night(books, now=now)
            send(books, port, now=now)
    assert sorted(box.recipients) == [["a@pay.example"], ["b@pay.example"], ["c@pay.example"]]
    assert states(books) == ["sent"] * 3


def test_the_mail_says_what_is_owed_and_carries_the_headers_machines_look_for(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        send(books, port)
        night(books, AS_OF + timedelta(days=7), NOON + timedelta(days=7))
    mail = box.delivered[0]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["X-Auto-Response-Suppress"] == "OOF, AutoReply"
    assert mail["Message-ID"].startswith("<n.")
    assert "Precedence" not in mail and "Bcc" not in mail
    text = mail.get_payload()[0].get_payload(decode=True).decode()
    assert "INV-A" in text and "100.65" in text and "20" in text


def test_the_next_level_answers_in_the_thread_of_the_first(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        for days in (0, 7):
            books.feed(AS_OF + timedelta(days=days))
            night(books, AS_OF + timedelta(days=days), NOON + timedelta(days=days))
            send(books, port, as_of=AS_OF + timedelta(days=days), now=NOON + timedelta(days=days))
    first, second = box.delivered[0], box.delivered[3]
    assert second["In-Reply-To"] == second["References"] == first["Message-ID"]


def test_a_temporary_refusal_is_tried_again_after_half_an_hour(books: Any) -> None:
    three_debtors(books)
    box = Postbox({"DATA": answer({2: "452 4.2.2 full"})})
    with post_office(box) as port:
        night(books)
        assert (send(books, port).sent, states(books)) == (2, ["sent", "planned", "sent"])
        assert send(books, port, now=NOON + timedelta(minutes=29)).sent == 0
        assert send(books, port, now=NOON + timedelta(minutes=31)).sent == 1
    assert len(box.delivered) == 3


def test_a_mail_is_given_up_after_four_days_and_its_level_returns(books: Any) -> None:
    three_debtors(books)
    box = Postbox({"RCPT": lambda _n: "450 4.2.0 greylisted"})
    with post_office(box) as port:
        night(books)
        for half_days in range(9):
            send(books, port, now=NOON + timedelta(hours=12 * half_days))
    assert states(books) == ["failed"] * 3
    with books.store.read() as connection:
        assert set(connection.execute(select(notice_line.c.live)).scalars()) == {0}


def test_a_connection_that_drops_before_the_answer_is_uncertain_and_never_resent(books: Any) -> None:
    three_debtors(books)
    box = Postbox({"DATA": answer({2: "drop"})})
    with post_office(box) as port:
        night(books)
        summary = send(books, port)
        assert (summary.sent, summary.uncertain) == (2, 1)
        for day in range(6):
            night(books, AS_OF + timedelta(days=day), NOON + timedelta(days=day))
            send(books, port, now=NOON + timedelta(days=day))
    assert sorted(len(r) for r in box.recipients) == [1, 1, 1]
    assert states(books) == ["sent", "uncertain", "sent"]


def test_a_person_says_of_an_uncertain_mail_that_it_never_left(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox({"DATA": answer({2: "drop"})})) as port:
        night(books)
        send(books, port)
        with books.store.write() as connection:
            uncertain = connection.execute(select(notice.c.id).where(notice.c.state == "uncertain")).scalar_one()
            assert resolve_uncertain(connection, uncertain, was_sent=False)
        books.feed(AS_OF + timedelta(days=1))
        assert night(books, AS_OF + timedelta(days=1), NOON + timedelta(days=1)).added == 1


def test_a_drop_before_the_final_dot_is_safe_to_repeat(books: Any) -> None:
    three_debtors(books)
    box = Postbox({"RCPT": answer({1: "drop"})})
    with post_office(box) as port:
        night(books)
        assert send(books, port).uncertain == 0
        assert send(books, port, now=NOON + timedelta(hours=1)).sent == 1
    assert len(box.delivered) == 3


def test_a_server_that_breaks_twice_in_a_row_is_left_alone(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox({"DATA": lambda _n: "drop"})) as port:
        night(books)
        summary = send(books, port)
    assert summary.held == "the connection to the mail server broke twice in a row"
    assert states(books) == ["uncertain", "uncertain", "planned"]


@pytest.fixture
def collected_by_hand() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("collected_by_hand")
def test_a_refused_login_says_goodbye_at_once() -> None:
    """Left to the garbage collector, the goodbye is said by whatever thread collects, and that thread waits for it."""
    with post_office(Postbox(), password="right") as port:
        sender = SmtpSender(SmtpServer("127.0.0.1", port, user="ar", password="wrong", tls="none"))
        with pytest.raises(MailServerError):
            sender.open()
    assert [each for each in gc.get_objects() if isinstance(each, yagmail.SMTP) and not each.is_closed] == []


def test_a_refused_login_stops_the_run_and_fails_nothing(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox(), password="right") as port:
        night(books)
        wrong = SmtpSender(SmtpServer("127.0.0.1", port, user="ar", password="wrong", tls="none"))
        summary = send_due(books.store, wrong, HEAD, POLICIES, LIVE, AS_OF, lambda: NOON, "test")
        assert (
            summary.held
            == f"mail server 127.0.0.1:{port} refused the login (535). Nothing was sent; correct it and send again"
        )
        assert states(books) == ["planned"] * 3
        right = SmtpSender(SmtpServer("127.0.0.1", port, user="ar", password="right", tls="none"))
        assert send_due(books.store, right, HEAD, POLICIES, LIVE, AS_OF, lambda: NOON, "test").sent == 3


def test_no_server_at_all_leaves_everything_waiting(books: Any) -> None:
    three_debtors(books)
    night(books)
    assert "ConnectionRefusedError" in send(books, 9).held
    assert states(books) == ["planned"] * 3


def test_an_invoice_paid_between_plan_and_send_is_not_chased(books: Any) -> None:
    first, *_ = three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        books.pay(first)
        assert send(books, port).cancelled == 1
    with books.store.read() as connection:
        row = connection.execute(select(notice.c.state, notice.c.state_reason).where(notice.c.id == 1)).one()
    assert tuple(row) == ("cancelled", "paid")
    assert ["a@pay.example"] not in box.recipients


def test_a_partial_payment_cancels_and_the_same_day_plans_the_right_amount(books: Any) -> None:
    first, *_ = three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        books.pay(first, 4_000)
        send(books, port)
        assert night(books).added == 1
        send(books, port)
    assert len(box.delivered) == 3
    assert "40.00" in str(box.delivered[-1].get_payload()[0].get_payload())


def test_a_deposit_that_arrives_after_the_plan_holds_the_mail(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox()) as port:
        night(books)
        books.deposit(10_065)
        assert send(books, port).cancelled == 1


def test_a_dispute_after_the_plan_holds_the_mail(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox()) as port:
        night(books)
        with books.store.write() as connection:
            given = {"company": "main", "author": Author("eva", NOON), "starts_on": AS_OF}
            stop_id = add_stop(connection, StopKind.DISPUTE, "A", invoice="INV-A", reason="wrong price", **given)
        assert send(books, port).cancelled == 1
        with books.store.write() as connection:
            end_stop(connection, stop_id, "resolved", Author("eva", NOON))
            assert list_stops(connection) == []
            assert [row["outcome"] for row in list_stops(connection, ended=True)] == ["resolved"]
        assert night(books).added == 1


def test_redirect_all_sends_everything_to_one_address_and_tells_no_customer(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books, live=False)
        send(books, port, Limits(live=True, redirect_all="me@main.example"))
        night(books, live=False)
        send(books, port, Limits(live=True, redirect_all="me@main.example"))
    assert box.recipients == [["me@main.example"]] * 3
    assert box.delivered[0]["Subject"].startswith("[for a@pay.example] ")
    assert states(books) == ["trial"] * 3


def test_going_live_forgets_what_was_only_tried(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books, live=False)
        send(books, port, Limits(redirect_all="me@main.example"))
        assert night(books, live=True).added == 3
        assert send(books, port).sent == 3
    assert box.recipients[3:] == [["a@pay.example"], ["b@pay.example"], ["c@pay.example"]]


def test_mail_that_is_not_live_stays_in_the_house(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        assert send(books, port, Limits()).held == "mail to customers is not live"
    assert box.delivered == []


def test_the_outbox_folder_gets_one_file_per_mail_and_none_the_second_time(books: Any, tmp_path: Path) -> None:
    three_debtors(books)
    for _ in range(2):
        night(books, live=False)
        send_due(books.store, FolderSender(tmp_path / "outbox"), HEAD, POLICIES, Limits(), AS_OF, lambda: NOON, "test")
    assert len(list((tmp_path / "outbox").iterdir())) == 3


def test_the_daily_cap_holds_back_the_rest_until_tomorrow(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox()) as port:
        night(books)
        summary = send(books, port, Limits(live=True, daily_cap=2))
        assert (summary.sent, summary.waiting, summary.held) == (2, 1, "the daily cap of 2 mails is reached")
        assert send(books, port, Limits(live=True, daily_cap=2), now=NOON + timedelta(hours=3)).sent == 0
        assert send(books, port, Limits(live=True, daily_cap=2), now=NOON + timedelta(days=1)).sent == 1


def test_what_a_cap_held_back_for_days_is_said_anew_with_the_days_of_today(books: Any) -> None:
    three_debtors(books)
    box, slow = Postbox(), Limits(live=True, daily_cap=1)
    with post_office(box) as port:
        for days in range(4):
            books.feed(AS_OF + timedelta(days=days))
            night(books, AS_OF + timedelta(days=days), NOON + timedelta(days=days))
            if days in (0, 3):
                send(books, port, slow, AS_OF + timedelta(days=days), NOON + timedelta(days=days))
    assert states(books) == ["sent", "cancelled", "cancelled", "sent", "planned"]
    text = box.delivered[1].get_payload()[0].get_payload(decode=True).decode()
    assert "Days late: 23" in text


def test_more_than_twice_the_usual_volume_is_not_sent_until_a_person_agrees(books: Any) -> None:
    books.feed()
    customer_id = books.customer("OLD")
    with books.store.write() as connection:
        for day in range(6):
            connection.execute(
                notice.insert().values(
                    id=900 + day, company="main", customer_id=customer_id, currency="EUR", day=f"2026-03-0{day + 1}",
                    policy_id="standard", policy_version="v", level=1, tier="t", channel="mail", demanded_minor=1,
                    message_id=f"<{day}@x>", state="sent", planned_at="2026-03-01T00:00:00.000000Z",
                )
            )  # fmt: skip
    for number in range(21):
        books.invoice(books.customer(f"N{number}"), f"INV-{number}", late=20, minor=10_000 + number)
    with post_office(Postbox()) as port:
        night(books)
        assert send(books, port).held == "21 reminders are more than twice the usual 1; nothing was sent"
        assert send(books, port, Limits(live=True, accept_volume=True)).sent == 21


def test_mails_leave_no_faster_than_the_limit(books: Any) -> None:
    three_debtors(books)
    pauses: list[float] = []
    with post_office(Postbox()) as port:
        night(books)
        assert send(books, port, Limits(live=True, per_minute=40, pause=pauses.append)).sent == 3
    assert pauses == [1.5, 1.5, 1.5]


def test_the_kill_switch_stops_between_two_mails(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        summary = send(books, port, Limits(live=True, halted=lambda: len(box.delivered) >= 1))
    assert (len(box.delivered), summary.held) == (1, "the kill switch is on")


def test_a_run_that_died_with_a_claim_leaves_it_uncertain(books: Any) -> None:
    three_debtors(books)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        with books.store.write() as connection:
            assert claim(connection, 1, b"bytes", "s", "dead run", "2026-03-31T11:00:00.000000Z")
            assert not claim(connection, 1, b"bytes", "s", "second", "2026-03-31T11:00:00.000000Z")
        summary = send(books, port)
    assert (summary.recovered, states(books)) == (1, ["uncertain", "sent", "sent"])
    assert ["a@pay.example"] not in box.recipients


def test_a_refused_address_is_suppressed_and_becomes_a_task(books: Any) -> None:
    three_debtors(books)
    with post_office(Postbox({"RCPT": answer({1: "550 5.1.1 no such user"})})) as port:
        night(books)
        summary = send(books, port)
        assert summary.failed == 1
        assert str(summary.problems[0]) == (
            "notice 1 to customer A: recipient refused: 550 5.1.1 no such user."
            " A task was opened; correct the address in the customer list."
        )
        books.feed(AS_OF + timedelta(days=1))
        assert night(books, AS_OF + timedelta(days=1), NOON + timedelta(days=1)).tasks == 1
    with books.store.read() as connection:
        assert connection.execute(select(stop.c.reason)).scalars().all() == ["a@pay.example"]
        reasons = connection.execute(select(review_item.c.reason).order_by(review_item.c.id)).scalars().all()
    assert reasons == ["address refused: a@pay.example", "EUR reminder: mail to the address came back"]


def test_a_customer_who_is_refused_was_not_told_though_the_copy_was_taken(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A", cc="copy@main.example"), "INV-A", late=20)
    night(books)
    box = Postbox({"RCPT": answer({1: "450 4.2.0 greylisted", 2: "550 5.1.1 unknown"})})
    with post_office(box) as port:
        assert send(books, port).retried == 1
        assert send(books, port, now=NOON + timedelta(minutes=31)).failed == 1
    assert box.delivered == [] and states(books) == ["failed"]
    with books.store.read() as connection:
        assert connection.execute(select(stop.c.reason)).scalars().all() == ["a@pay.example"]


def test_a_copy_that_is_refused_is_told_and_the_customer_has_the_mail(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A", cc="copy@main.example"), "INV-A", late=20)
    night(books)
    with post_office(Postbox({"RCPT": answer({2: "550 5.1.1 unknown"})})) as port:
        summary = send(books, port)
    assert (summary.sent, [one.what for one in summary.problems]) == (1, ["copy not taken: copy@main.example"])


def test_a_customer_named_as_its_own_copy_gets_one_mail(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A", cc="A@pay.example; Bo <b@pay.example>; b@PAY.example"), "INV-A", late=20)
    night(books)
    box = Postbox()
    with post_office(box) as port:
        assert send(books, port).sent == 1
    assert box.recipients == [["a@pay.example", "b@pay.example"]] and box.delivered[0]["Cc"] == "Bo <b@pay.example>"


def test_a_customer_text_that_names_a_file_attaches_nothing(books: Any) -> None:
    books.feed()
    customer_id = books.customer("A", name="/etc/hostname")
    books.invoice(customer_id, "{{ 7*7 }}<b>", late=20)
    box = Postbox()
    with post_office(box) as port:
        night(books)
        send(books, port)
    text, html = (part.get_payload(decode=True).decode() for part in box.delivered[0].get_payload())
    assert [part.get_content_type() for part in box.delivered[0].get_payload()] == ["text/plain", "text/html"]
    assert "/etc/hostname" in text and "{{ 7*7 }}<b>" in text
    assert "{{ 7*7 }}&lt;b&gt;" in html and "<b>" not in html


def test_a_window_holds_the_mail_until_it_is_day_where_the_customer_is(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("LA", time_zone="America/Los_Angeles"), "INV-1", late=20)
    text = DEFAULT_POLICY.replace('opens = "00:00"', 'opens = "08:00"').replace('closes = "00:00"', 'closes = "18:00"')
    policies = read_policies(text)
    night(books)
    with post_office(Postbox()) as port:
        for now, sent in ((NOON, 0), (NOON + timedelta(hours=3), 1)):  # 05:00 and 08:00 in Los Angeles
            sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
            assert send_due(books.store, sender, HEAD, policies, LIVE, AS_OF, lambda n=now: n, "t").sent == sent


def test_the_report_of_a_night_is_mailed_once_per_run_and_recipient(books: Any) -> None:
    box = Postbox()
    sender = Sender("Recon <recon@main.example>")
    with post_office(box) as port:
        for _ in range(3):
            to = ("eva@main.example", "jo@main.example")
            given = {"run_id": 7, "subject": "Night\r\nBcc: x@y.example", "report_text": "fine", "report_json": "{}"}
            team_mail(books.store, sender, to, now=NOON, **given)
            smtp = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
            send_team_mail(books.store, smtp, sender, lambda: NOON, "test")
    assert box.recipients == [["eva@main.example"], ["jo@main.example"]]
    assert box.delivered[0]["Subject"] == "Night Bcc: x@y.example"


def test_missed_nights_caught_up_in_one_hour_remind_a_customer_once_that_day(books: Any) -> None:
    books.feed()
    who = books.customer("A")
    for number, late in (("INV-1", 20), ("INV-2", 2)):  # the second has its first reminder a day later
        books.invoice(who, number, late)
    box, days = Postbox(), [AS_OF, date(2026, 4, 1)]
    with post_office(box) as port:
        for as_of in days:
            night(books, as_of=as_of)
            send(books, port, as_of=as_of)
        assert (len(box.delivered), states(books)) == (1, ["sent", "planned"])
        tomorrow = NOON + timedelta(days=1)
        night(books, as_of=days[-1], now=tomorrow)
        assert send(books, port, as_of=days[-1], now=tomorrow).sent == 1
    assert states(books) == ["sent", "sent"]


def test_the_day_of_one_reminder_is_the_customers_own(books: Any) -> None:
    books.feed()
    who = books.customer("A", time_zone="America/New_York")
    books.invoice(who, "INV-1", late=20)
    books.invoice(who, "INV-2", late=2)
    box = Postbox()
    evening = datetime(2026, 3, 31, 23, tzinfo=UTC)  # 19:00 in New York, where midnight is at 04:00 UTC
    with post_office(box) as port:
        for hours, mails in ((0, 1), (2, 1), (5, 2)):
            as_of, now = date(2026, 4, 1) if hours else AS_OF, evening + timedelta(hours=hours)
            night(books, as_of=as_of, now=now)
            send(books, port, as_of=as_of, now=now)
            assert len(box.delivered) == mails


def test_days_of_the_past_are_rehearsed_at_once(books: Any, tmp_path: Path) -> None:
    books.feed()
    who = books.customer("A")
    books.invoice(who, "INV-1", late=20)
    books.invoice(who, "INV-2", late=2)
    for as_of in (AS_OF, date(2026, 4, 1)):
        night(books, as_of=as_of, live=False)
        sender = FolderSender(tmp_path)
        assert send_due(books.store, sender, HEAD, POLICIES, Limits(), as_of, lambda: NOON, "test").sent == 1
