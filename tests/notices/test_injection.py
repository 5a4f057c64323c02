"""Whatever customers and banks write stays text: in one header, one cell, one part; nothing is attached or fetched."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from notices.agency import Handoff, handoff_csv
from notices.bounces import read_bounce
from notices.letter import Letterhead, pdf_of, write_mail
from notices.message import Sender, plain
from notices.policy_file import default_policies
from notices.render import Creditor
from notices.shipped import shipped_words
from recon.model import Customer, Debt, Notice, NoticeLine

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
POLICY = default_policies().all[0]
HEAD = Letterhead(shipped_words(), Sender("Main <ar@main.example>"), {"main": Creditor("Main Ltd")})
NASTY = [
    "/etc/hostname", "secret.txt", "http://169.254.169.254/", "{{ 7*7 }}", "{% include '/etc/passwd' %}", "=1+1",
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "<link rel=stylesheet href=//evil.example>",
    "A\r\nBcc: evil@x.example", "A\n\nbody", "A\u2028B", "\u202egnp.exe", "A\x00B", "%s%n", "${jndi:ldap://x}",
    "--=_n.a.0--", "Content-Type: text/html", "\x1b[31mred", "x" * 5_000,
]  # fmt: skip


def mail(said: str) -> EmailMessage:
    customer = Customer(1, "main", said, said, email="ap@ada.example")
    line = NoticeLine(1, said, date(2026, 3, 1), 10_000, 30, 4, True)
    notice = Notice(
        customer, "EUR", AS_OF, "standard", "v", 4, "demand", "urgent", "mail", customer.email, "en", 10_000, (line,)
    )
    notice = replace(notice, credits=((said, -100),))
    written = write_mail(notice, "<n.a@main.example>", HEAD, POLICY, NOON)
    return message_from_bytes(written.message, policy=policy.default)  # type: ignore[arg-type,return-value]


class Tags(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.seen[tag] += 1
        self.seen.update(name for name, _ in attributes if name.startswith("on") or name in ("src", "href"))


PLAIN = mail("Ada")


def html_of(message: EmailMessage) -> str:
    return str(message.get_body(("html",)).get_content())  # type: ignore[union-attr]


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.sampled_from(NASTY))
def test_text_of_a_customer_stays_text(said: str) -> None:
    message = mail(said)
    assert message.keys() == PLAIN.keys()
    assert [part.get_content_type() for part in message.walk()] == [part.get_content_type() for part in PLAIN.walk()]
    assert Tags(html_of(message)).seen == Tags(html_of(PLAIN)).seen


@pytest.mark.parametrize("said", NASTY)
def test_nasty_text_is_harmless_on_paper_and_in_a_list_for_a_spreadsheet(said: str) -> None:
    customer = Customer(1, "main", said, said, email="ap@ada.example")
    debt = Debt(1, said, date(2026, 3, 1), 100)
    line = NoticeLine(1, said, date(2026, 3, 1), 100, 30, 4, True)
    notice = Notice(customer, "EUR", AS_OF, "s", "v", 4, "demand", "urgent", "mail", customer.email, "en", 100, (line,))
    assert pdf_of(notice, HEAD, POLICY).count(b"/JavaScript") == 0
    rows = handoff_csv([Handoff(customer, "EUR", (debt,))])
    assert not any(
        cell.lstrip('" ').startswith(("=", "+", "@")) for row in rows.splitlines() for cell in row.split(",")
    )


@pytest.mark.parametrize("subject", ["Hello\nBcc: e@x.example", "Hello\n\nBody", "Hello\n X-Evil: 1", "Hello\rBcc: x"])
def test_a_header_with_a_line_break_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)header|line"):
        plain(subject, "text", HEAD.sender, "a@b.example", "<n.a@main.example>", NOON)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400) | st.text(max_size=200).map(lambda text: text.encode()))
@example(
    b"Content-Type: multipart/report; boundary=B\r\n\r\n--B\r\nContent-Type: message/delivery-status\r\n\r\nAction: x"
)
@example(b"Message-ID: <n.ifgpjtpqp43yswcseqw2xv5lyo@x>\nContent-Type: message/delivery-status\n\n\n\nAction: \xff\n")
def test_any_bytes_in_the_bounce_mailbox_are_read_or_left(raw: bytes) -> None:
    assert all(report.verdict for report in read_bounce(raw))
