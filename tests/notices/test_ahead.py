"""What is said to the server while the claim goes to the disk can never deliver a mail, and is taken back cleanly."""

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.letter import Letterhead
from notices.mail import Delivery, SmtpSender, SmtpServer, Verdict
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.store.schema import notice

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})


def message(text: str = "Hello") -> bytes:
    made = EmailMessage(policy=SMTP)
    made["Subject"] = "S"
    made.set_content(text)
    return made.as_bytes()


def connected(port: int) -> SmtpSender:
    sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none", timeout=5))
    sender.open()
    return sender


def mail(sender: SmtpSender, text: str = "Hello") -> Delivery:
    return sender.send(message(text), "ar@main.example", ["a@pay.example"])


@pytest.mark.parametrize("announced", [False, True])
def test_what_was_offered_and_taken_back_is_not_delivered(announced: bool) -> None:
    box = Postbox()
    with post_office(box) as port:
        sender = connected(port)
        sender.offer(message("never"), "ar@main.example", ["a@pay.example"])
        if announced:
            sender.proceed()
        sender.withdraw()
        assert mail(sender, "this one").verdict is Verdict.SENT
        sender.close()
    assert [one.get_payload().strip() for one in box.delivered] == ["this one"]


def test_an_offer_that_nobody_ends_is_not_delivered() -> None:
    box = Postbox()
    with post_office(box) as port:
        sender = connected(port)
        sender.offer(message(), "ar@main.example", ["a@pay.example"])
        sender.proceed()
        sender.close()
    assert box.delivered == []


def test_lines_that_begin_with_a_dot_arrive_as_they_were() -> None:
    box, text = Postbox(), ".\n..two\nend."
    with post_office(box) as port:
        sender = connected(port)
        assert mail(sender, text).verdict is Verdict.SENT
        sender.close()
    assert box.delivered[0].get_payload().replace("\r\n", "\n").strip("\n") == text


def test_a_refused_recipient_offered_ahead_does_not_stop_the_next_mail() -> None:
    box = Postbox({"RCPT": lambda n: "550 5.1.1 unknown" if n == 1 else None})
    with post_office(box) as port:
        sender = connected(port)
        sender.offer(message(), "ar@main.example", ["a@pay.example"])
        sender.proceed()
        assert (mail(sender).verdict, mail(sender).verdict) == (Verdict.REFUSED_RECIPIENT, Verdict.SENT)
        sender.close()
    assert len(box.delivered) == 1


def test_a_copy_that_is_refused_does_not_stop_the_mail() -> None:
    box = Postbox({"RCPT": lambda n: "550 5.1.1 unknown" if n == 2 else None})
    with post_office(box) as port:
        sender = connected(port)
        delivery = sender.send(message(), "ar@main.example", ["a@pay.example", "cc@pay.example"])
        sender.close()
    assert (delivery.verdict, delivery.refused) == (Verdict.SENT, ("cc@pay.example",))


@pytest.mark.parametrize("stage", ["MAIL", "RCPT"])
def test_a_connection_that_breaks_before_the_text_is_safe_to_repeat(stage: str) -> None:
    box = Postbox({stage: lambda n: "drop" if n == 1 else None})
    with post_office(box) as port:
        sender = connected(port)
        sender.offer(message(), "ar@main.example", ["a@pay.example"])
        assert mail(sender).verdict is Verdict.RETRY
        assert mail(sender).verdict is Verdict.SENT
        sender.close()
    assert len(box.delivered) == 1


def test_the_claim_is_in_the_books_before_the_text_leaves(books: Any) -> None:
    """The server reads the books as it gets the text: another program must already see the mail as claimed."""
    seen: list[list[str]] = []

    class Looking(Postbox):
        async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
            with books.store.read() as connection:
                states = connection.execute(select(notice.c.state).order_by(notice.c.id)).scalars()
                seen.append(sorted(states))
            return await super().handle_DATA(server, session, envelope)

    books.feed()
    for i in range(3):
        books.invoice(books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i)
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    with post_office(Looking()) as port:
        sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
        send_due(books.store, sender, HEAD, default_policies(), Limits(live=True), AS_OF, lambda: NOON, "test")
    assert seen == [["claimed", "planned", "planned"], ["claimed", "planned", "sent"], ["claimed", "sent", "sent"]]


def test_a_mail_paid_between_plan_and_send_leaves_the_line_free_for_the_others(books: Any) -> None:
    books.feed()
    items = [books.invoice(books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i) for i in range(4)]
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    for item in items[::2]:
        books.pay(item)
    box = Postbox()
    with post_office(box) as port:
        sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
        done = send_due(books.store, sender, HEAD, default_policies(), Limits(live=True), AS_OF, lambda: NOON, "test")
    assert (done.sent, done.cancelled) == (2, 2)
    assert box.recipients == [["c1@pay.example"], ["c3@pay.example"]]


class Killing(SmtpSender):
    """Fails in the claim, after everything but the text was said."""

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        raise KeyboardInterrupt


def test_a_run_that_is_stopped_after_the_claim_delivers_nothing(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("C"), "INV-C", late=20)
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    box = Postbox()
    with post_office(box) as port:
        sender = Killing(SmtpServer("127.0.0.1", port, tls="none"))
        with pytest.raises(KeyboardInterrupt):
            send_due(books.store, sender, HEAD, default_policies(), Limits(live=True), AS_OF, lambda: NOON, "test")
    assert box.delivered == []
