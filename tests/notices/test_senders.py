"""Two senders at once, and hours that change: still one mail each, and only in the window."""

import os
import sys
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from notices.calendar import may_send
from notices.letter import Letterhead
from notices.mail import SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import make_plan, plan_night
from notices.policy import Window
from notices.policy_file import default_policies
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.model import Customer
from recon.store.engine import open_store
from recon.store.schema import notice

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})
ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Pacific/Apia", "UTC"]


def in_a_process_of_its_own(url: str, port: int, number: int) -> int:
    child = os.fork()
    if child == 0:
        sender = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
        limits = Limits(live=True)
        send_due(open_store(url), sender, HEAD, default_policies(), limits, AS_OF, lambda: NOON, f"sender {number}")
        os._exit(0)
    return child


def test_two_senders_at_once_send_every_mail_once(sqlite_books: Any, sqlite_url: str) -> None:
    sqlite_books.feed()
    for i in range(12):
        sqlite_books.invoice(sqlite_books.customer(f"C{i}"), f"INV-{i}", late=20, minor=10_000 + i)
    plan_night(sqlite_books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    box = Postbox()
    with post_office(box) as port:
        children = [in_a_process_of_its_own(sqlite_url, port, number) for number in range(2)]
        for child in children:
            assert os.waitpid(child, 0)[1] == 0
    assert max(Counter(mail["Message-ID"] for mail in box.delivered).values()) == 1
    assert len(box.delivered) == 12
    with sqlite_books.store.read() as connection:
        assert set(connection.execute(select(notice.c.state)).scalars()) <= {"sent", "uncertain"}


def test_a_second_plan_of_the_day_looks_only_at_who_was_not_written_to(books: Any) -> None:
    books.feed()
    for code in ("A", "B"):
        books.invoice(books.customer(code), f"INV-{code}", late=20, minor=10_000 + ord(code))
    books.invoice(books.customer("C"), "INV-C", late=1)
    plans = [
        plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)[0]
        for _ in range(2)
    ]
    assert [len(plan.notices) for plan in plans] == [2, 0]
    assert plans[1].counts == {"nothing due": 1}
    assert make_plan(books.store, default_policies(), AS_OF).counts == {"nothing due": 1, "written to already": 2}


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31)),
    st.sampled_from(ZONES),
    st.integers(0, 23),
    st.integers(0, 23),
)
def test_a_mail_leaves_only_inside_the_window_of_local_time(
    moment: datetime, zone: str, opens: int, closes: int
) -> None:

    window = Window(time(opens), time(closes), (0, 1, 2, 3, 4))
    someone = Customer(1, "main", "C", "N", time_zone=zone)
    instant = moment.replace(tzinfo=UTC)
    local = instant.astimezone(ZoneInfo(zone))
    inside = opens == closes or (local.hour - opens) % 24 < (closes - opens) % 24
    assert may_send(window, instant, someone) == (local.weekday() < 5 and inside)


def test_every_working_day_has_a_moment_to_send_whatever_the_clocks_do() -> None:
    window = Window(time(2), time(3), (0, 1, 2, 3, 4, 5, 6))  # the hour that is skipped in spring
    someone = Customer(1, "main", "C", "N", time_zone="Europe/Berlin")
    start = datetime(2026, 1, 1, tzinfo=UTC)
    days = {(start + timedelta(minutes=20 * i)).date() for i in range(72 * 365)
            if may_send(window, start + timedelta(minutes=20 * i), someone)}  # fmt: skip
    assert len(days) == 364  # the night of 29 March has no two o'clock: nothing leaves, and nothing is lost
