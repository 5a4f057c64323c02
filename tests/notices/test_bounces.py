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


def sent(books: Any) -> str:
    """Send one reminder and return its Message-ID."""
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=20)
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
