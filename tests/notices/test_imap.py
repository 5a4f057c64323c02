"""The bounce mailbox over IMAP: read without a trace, applied, then marked; a run that dies leaves it unseen."""

import ssl
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.imap import ImapServer, MailboxError, take_imap_bounces
from recon.store.chain import Author
from recon.store.schema import notice, stop

sys.path.insert(0, str(Path(__file__).parent))
from imap_server import Mailbox, imap_server
from test_bounces import report, sent

TLS = Path(__file__).parents[2] / "fixtures" / "notices" / "tls"
CERTIFICATE = TLS / "loopback-cert.pem"
EVA = Author("eva", datetime(2026, 3, 31, 12, tzinfo=UTC))
LETTER = b"From: a@pay.example\r\nSubject: question\r\n\r\nWhy do you write?\r\n"


def server(port: int, **given: Any) -> ImapServer:
    return ImapServer(**{"host": "127.0.0.1", "port": port, "user": "b", "password": "secret", "tls": "none", **given})


def test_unseen_reports_are_applied_and_marked_and_other_mail_stays_unseen(books: Any) -> None:
    box = Mailbox([LETTER, report(sent(books)), b"x" * 2_000_001])
    with imap_server(box) as port:
        first = take_imap_bounces(books.store, server(port), EVA)
        again = take_imap_bounces(books.store, server(port), EVA)
    assert (first.hard, first.unknown, again.hard, again.unknown) == (1, 1, 0, 1)
    assert box.seen == {102}
    with books.store.read() as connection:
        assert connection.execute(select(notice.c.state)).scalar_one() == "bounced"
        assert connection.execute(select(stop.c.reason)).scalars().all() == ["a@pay.example"]


def test_a_line_that_breaks_before_the_mark_leaves_the_report_for_the_next_run(sqlite_books: Any) -> None:
    books = sqlite_books
    box = Mailbox([report(sent(books))], fail_on="STORE")
    with imap_server(box) as port:
        with pytest.raises(MailboxError, match="stay unseen"):
            take_imap_bounces(books.store, server(port), EVA)
        assert box.seen == set()
        box.fail_on = ""
        assert take_imap_bounces(books.store, server(port), EVA).hard == 1
    assert box.seen == {101}
    with books.store.read() as connection:
        assert len(connection.execute(select(stop.c.id)).all()) == 1  # applied twice, one stop


@pytest.mark.parametrize("given", [{"password": "wrong"}, {"mailbox": "Nowhere"}])
def test_a_wrong_password_or_mailbox_is_an_error_that_shows_no_password(sqlite_books: Any, given: Any) -> None:
    with imap_server(Mailbox([LETTER])) as port, pytest.raises(MailboxError) as raised:
        take_imap_bounces(sqlite_books.store, server(port, **given), EVA)
    assert "secret" not in str(raised.value) and "wrong'" not in str(raised.value)
    assert "secret" not in repr(server(port))


def test_over_tls_the_certificate_must_be_known(sqlite_books: Any) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, TLS / "loopback-key.pem")
    box = Mailbox([LETTER])
    with imap_server(box, tls=context) as port:
        given = {"host": "localhost", "tls": "tls"}
        trusted = server(port, ca_file=str(CERTIFICATE), **given)
        assert take_imap_bounces(sqlite_books.store, trusted, EVA).unknown == 1
        with pytest.raises(MailboxError, match="certificate verify failed"):
            take_imap_bounces(sqlite_books.store, server(port, **given), EVA)


def test_without_tls_only_loopback_is_read(sqlite_books: Any) -> None:
    with pytest.raises(MailboxError, match="loopback only"):
        take_imap_bounces(sqlite_books.store, server(143, host="mail.example"), EVA)
