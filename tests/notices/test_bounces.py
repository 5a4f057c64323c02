"""Mail that comes back: the address rests, the level returns, and nobody is fooled by words in a text."""

import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.bounces import read_bounce
from notices.letter import Letterhead
from notices.mail import SmtpSender, SmtpServer
from notices.mailbox import read_mails, take_bounces
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.store.chain import Author
from recon.store.schema import notice, notice_line, stop

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
EVA = Author("eva", NOON)
REPORT = """From: mailer-daemon@mx.example\r
To: {to}\r
Content-Type: multipart/report; report-type=delivery-status; boundary=B\r
MIME-Version: 1.0\r
\r
--B\r
Content-Type: text/plain\r
\r
It did not work.\r
--B\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; a@pay.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 {status} no such user\r
\r
--B\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: {identity}\r
\r
--B--\r
"""


def sent(books: Any, **customer: str) -> str:
    """Send one reminder and return its Message-ID."""
    books.feed()
    books.invoice(books.customer("A", **customer), "INV-1", late=20)
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    head = Letterhead(shipped_words(), Sender("ar@main.example", bounce="bounces@main.example"), {})
    with post_office(Postbox()) as port:
        server = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
        send_due(books.store, server, head, default_policies(), Limits(live=True), AS_OF, lambda: NOON, "t")
    with books.store.read() as connection:
        return str(connection.execute(select(notice.c.message_id)).scalar_one())


def report(identity: str, action: str = "failed", status: str = "5.1.1", to: str = "ar@main.example") -> bytes:
    return REPORT.format(identity=identity, action=action, status=status, to=to).encode()


def test_a_hard_bounce_rests_the_address_returns_the_level_and_opens_a_task(books: Any, tmp_path: Path) -> None:
    (tmp_path / "1.eml").write_bytes(report(sent(books)))
    for _ in range(2):
        assert take_bounces(books.store, read_mails(tmp_path), EVA).hard == 1
    with books.store.read() as connection:
        assert connection.execute(select(notice.c.state)).scalar_one() == "bounced"
        assert connection.execute(select(notice_line.c.live)).scalar_one() == 0
        assert connection.execute(select(stop.c.kind, stop.c.reason)).all() == [("bounced", "a@pay.example")]
    books.feed(AS_OF + timedelta(days=7))
    _, saved = plan_night(
        books.store, default_policies(), AS_OF + timedelta(days=7), run_id=2, now=NOON, domain="x.example", live=True
    )
    assert (saved.added, saved.tasks) == (0, 1)


@pytest.mark.parametrize(
    ("action", "status", "state", "live", "stops"),
    [
        ("delayed", "4.2.2", "sent", 1, 0),
        ("failed", "5.2.2", "bounced", 0, 0),
        ("failed", "5.7.1", "bounced", 0, 0),
        ("delivered", "2.0.0", "sent", 1, 0),
    ],
)
def test_other_reports_suppress_no_address(
    books: Any, action: str, status: str, state: str, live: int, stops: int
) -> None:
    take_bounces(books.store, [("1.eml", report(sent(books), action, status))], EVA)
    with books.store.read() as connection:
        assert connection.execute(select(notice.c.state)).scalar_one() == state
        assert connection.execute(select(notice_line.c.live)).scalar_one() == live
        assert len(connection.execute(select(stop.c.id)).all()) == stops


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ("smtp; 550 5.1.1 <a@pay.example>: user unknown", "5.1.1"),
        ("smtp; 550-5.1.1 The account does not exist", "5.1.1"),
        ("smtp; 552 5.2.2 over quota", "5.2.2"),
        ("smtp; 550 no such user here, see 5.1.1", "5.0.0"),
        ("smtp; 554 5.7.1.9 is listed", "5.0.0"),
        ("smtp; 450 4.2.0 greylisted", "5.0.0"),
    ],
)
def test_a_report_that_only_says_failed_means_what_the_other_server_answered(said: str, status: str) -> None:
    raw = report("<n.ifgpjtpqp43yswcseqw2xv5lyo@main.example>", status="5.0.0")
    (one,) = read_bounce(raw.replace(b"smtp; 550 5.0.0 no such user", said.encode()))
    assert one.status == status


def test_a_copy_that_came_back_does_not_tell_the_customer_again(books: Any) -> None:
    identity = sent(books, cc="Copy <copy@main.example>")
    raw = report(identity).replace(b"a@pay.example", b"COPY@main.example")
    summary = take_bounces(books.store, [("1.eml", raw)], EVA)
    assert [one.what for one in summary.problems] == [
        "the copy to COPY@main.example came back: 5.1.1 smtp; 550 5.1.1 no such user"
    ]
    with books.store.read() as connection:
        assert connection.execute(select(notice.c.state)).scalar_one() == "sent"
        assert connection.execute(select(notice_line.c.live)).scalar_one() == 1
        assert connection.execute(select(stop.c.id)).all() == []


COMPLAINT = """From: feedback@provider.example\r
To: {to}\r
Content-Type: multipart/report; report-type=feedback-report; boundary=B\r
MIME-Version: 1.0\r
\r
--B\r
Content-Type: text/plain\r
\r
A user complained.\r
--B\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: {kind}\r
User-Agent: Example/1.0\r
Version: 1\r
\r
--B\r
Content-Type: message/rfc822\r
\r
Message-ID: {identity}\r
\r
Text\r
--B--\r
"""


def test_who_marks_our_mail_as_unwanted_gets_no_more_of_it(books: Any) -> None:
    identity = sent(books)
    mails = [
        ("1.eml", COMPLAINT.format(to="ar@main.example", kind=kind, identity=identity).encode())
        for kind in ("abuse", "ABUSE", "not-spam")
    ]
    summary = take_bounces(books.store, mails, EVA)
    assert (summary.complaints, summary.unknown) == (2, 1)
    with books.store.read() as connection:
        assert connection.execute(select(stop.c.kind, stop.c.starts_on)).all() == [("opt_out", "2026-03-31")]
        assert connection.execute(select(notice.c.state)).scalar_one() == "sent"
    week = AS_OF + timedelta(days=15)
    books.feed(week)
    _, saved = plan_night(books.store, default_policies(), week, run_id=2, now=NOON, domain="x.example", live=True)
    assert (saved.added, saved.tasks) == (0, 1)


def test_a_complaint_about_another_programs_mail_is_none_of_ours(books: Any) -> None:
    other = COMPLAINT.format(to="x@y.example", kind="abuse", identity="<n.ifgpjtpqp43yswcseqw2xv5lyo@else.example>")
    summary = take_bounces(books.store, [("1.eml", other.encode())], EVA)
    assert "did not send" in str(summary.problems[0])


def test_unauthenticated_mail_stops_the_run(books: Any) -> None:
    summary = take_bounces(books.store, [("1.eml", report(sent(books), status="5.7.26"))], EVA)
    assert summary.stop_run and "unauthenticated" in str(summary.problems[0])


def test_the_notice_is_found_by_the_address_the_report_came_to() -> None:
    to = "bounces+n.ifgpjtpqp43yswcseqw2xv5lyo@main.example"
    (one,) = read_bounce(report("<other@x.example>", to=to))
    assert (one.identity, one.status, one.recipient) == ("n.ifgpjtpqp43yswcseqw2xv5lyo", "5.1.1", "a@pay.example")


def test_a_mail_that_only_talks_of_a_bounce_changes_nothing(books: Any) -> None:
    identity = sent(books)
    fake = (
        f"To: ar@main.example\r\nSubject: bounce\r\n\r\nAction: failed\r\nStatus: 5.1.1\r\nMessage-ID: {identity}\r\n"
    )
    assert take_bounces(books.store, [("1.eml", fake.encode())], EVA).unknown == 1
