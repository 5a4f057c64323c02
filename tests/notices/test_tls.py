"""The connection to the mail server: encrypted or not at all, and only to a server that is who it says."""

import ssl
import sys
from pathlib import Path

import pytest

from notices.mail import MailServerError, SmtpSender, SmtpServer
from notices.replies import Verdict

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office

FIXTURES = Path(__file__).parents[2] / "fixtures" / "notices" / "tls"
CERTIFICATE = FIXTURES / "loopback-cert.pem"
MAIL = b"Subject: x\r\n\r\nhello\r\n"


@pytest.fixture
def tls() -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(CERTIFICATE, FIXTURES / "loopback-key.pem")
    return context


def test_a_server_with_a_known_certificate_takes_mail_after_starttls(tls: ssl.SSLContext) -> None:
    box = Postbox()
    with post_office(box, tls=tls) as port:
        sender = SmtpSender(SmtpServer("localhost", port, tls="starttls", ca_file=str(CERTIFICATE)))
        sender.open()
        assert sender.send(MAIL, "b@main.example", ["a@pay.example"]).verdict is Verdict.SENT
        sender.close()
    assert len(box.delivered) == 1


def test_a_self_signed_certificate_is_refused_before_anything_is_said(tls: ssl.SSLContext) -> None:
    box = Postbox()
    with post_office(box, tls=tls) as port, pytest.raises(MailServerError, match="certificate verify failed"):
        SmtpSender(SmtpServer("localhost", port, tls="starttls")).open()
    assert box.count == {"MAIL": 0, "RCPT": 0, "DATA": 0}


def test_a_server_without_starttls_is_refused() -> None:
    box = Postbox()
    with post_office(box) as port, pytest.raises(MailServerError, match="STARTTLS"):
        SmtpSender(SmtpServer("localhost", port, tls="starttls")).open()
    assert box.delivered == []


def test_an_address_beyond_ascii_needs_a_server_that_says_it_takes_them() -> None:
    box = Postbox()
    with post_office(box) as port:
        sender = SmtpSender(SmtpServer("localhost", port, tls="none"))
        delivery = sender.send(MAIL, "b@main.example", ["jörg@pay.example"])
        sender.close()
    assert (delivery.verdict, delivery.reply) == (
        Verdict.REFUSED_RECIPIENT,
        "the server takes ASCII addresses only (no SMTPUTF8)",
    )
    assert box.count["RCPT"] == 0


def test_the_password_is_in_no_text_about_the_server() -> None:
    assert "secret" not in repr(SmtpServer("localhost", 25, "ar", "secret"))
