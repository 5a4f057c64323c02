"""A sender killed at every point of the conversation: nothing twice, nothing lost, one uncertain mail at most."""

import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.letter import Letterhead
from notices.mail import Delivery, SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, SendSummary, send_due
from notices.shipped import shipped_words
from recon.store.engine import Store, open_store
from recon.store.schema import notice

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})
MAILS = 5


class Mortal(SmtpSender):
    """Dies before it hands over the n-th mail, or after the server took it and before anything is written down."""

    def __init__(self, server: SmtpServer, point: str, number: int) -> None:
        super().__init__(server)
        self.point, self.left = point, number

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        self.left -= 1
        if self.left == 0 and self.point == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        delivery = super().send(message, bounce, recipients)
        if self.left == 0 and self.point == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return delivery


def run(store: Store, sender: SmtpSender, by: str) -> SendSummary:
    return send_due(store, sender, HEAD, default_policies(), Limits(live=True), AS_OF, lambda: NOON, by)


def crash(url: str, port: int, box: Postbox, point: str, number: int) -> None:
    """Send in a child process that is killed at the point; the server does the killing inside the conversation."""
    server = SmtpServer("127.0.0.1", port, tls="none")  # its usual patience: an answer that comes late is a doubt, too
    told, tell = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(told, 1)  # until the server knows whom to kill
        run(open_store(url), Mortal(server, point, number), f"child {point} {number}")
        os._exit(0)
    if point in ("MAIL", "RCPT", "DATA"):
        box.kill_at = (point, number, child)
    os.write(tell, b"!")
    assert os.waitpid(child, 0)[1] == signal.SIGKILL
    box.kill_at = None
    os.close(told)
    os.close(tell)


def states_of(store: Store) -> Counter[str]:
    with store.read() as connection:
        return Counter(connection.execute(select(notice.c.state)).scalars())


@pytest.mark.parametrize("point", ["before", "MAIL", "RCPT", "DATA", "after"])
@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_killed_sender_repeats_and_loses_nothing(sqlite_books: Any, sqlite_url: str, point: str, number: int) -> None:
    sqlite_books.feed()
    for i in range(MAILS):
        sqlite_books.invoice(sqlite_books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i)
    plan_night(sqlite_books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    box = Postbox()
    with post_office(box) as port:
        crash(sqlite_url, port, box, point, number)
        assert states_of(sqlite_books.store)["claimed"] <= 1
        for _ in range(2):
            run(sqlite_books.store, SmtpSender(SmtpServer("127.0.0.1", port, tls="none")), "after the crash")
    delivered = Counter(mail["Message-ID"] for mail in box.delivered)
    with sqlite_books.store.read() as connection:
        rows = connection.execute(select(notice.c.message_id, notice.c.state)).all()
    states = Counter(state for _, state in rows)
    assert max(delivered.values()) == 1
    assert states["uncertain"] <= 1 and states["sent"] + states["uncertain"] == MAILS
    assert all(delivered[identity] == 1 for identity, state in rows if state == "sent")


def test_crash_after_crash_leaves_at_most_one_uncertain_each(sqlite_books: Any, sqlite_url: str) -> None:
    """Counted where it arises: what a run leaves claimed. A lost answer is another doubt, see the next test."""
    sqlite_books.feed()
    for i in range(20):
        sqlite_books.invoice(sqlite_books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i)
    plan_night(sqlite_books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    box, points = Postbox(), ["before", "after", "DATA", "RCPT", "MAIL"]
    with post_office(box) as port:
        for point in points:
            crash(sqlite_url, port, box, point, 3)
            assert states_of(sqlite_books.store)["claimed"] == 1
        done = run(sqlite_books.store, SmtpSender(SmtpServer("127.0.0.1", port, tls="none")), "after the crashes")
    states = states_of(sqlite_books.store)
    assert len({mail["Message-ID"] for mail in box.delivered}) == len(box.delivered)
    assert done.recovered == 1 and states["sent"] + states["uncertain"] == 20


def test_lost_answer_and_a_crash_after_it_are_two_doubts(sqlite_books: Any, sqlite_url: str) -> None:
    """The server took the first mail and its answer was lost: that run goes on, and leaves one more when it dies."""
    sqlite_books.feed()
    for i in range(MAILS):
        sqlite_books.invoice(sqlite_books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i)
    plan_night(sqlite_books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    box = Postbox({"DATA": lambda number: "drop" if number == 1 else None})
    with post_office(box) as port:
        crash(sqlite_url, port, box, "after", 3)
        assert states_of(sqlite_books.store) == {"uncertain": 1, "sent": 1, "claimed": 1, "planned": 2}
        run(sqlite_books.store, SmtpSender(SmtpServer("127.0.0.1", port, tls="none")), "after the crash")
    assert states_of(sqlite_books.store) == {"uncertain": 2, "sent": 3}
    assert len({mail["Message-ID"] for mail in box.delivered}) == len(box.delivered) == MAILS
