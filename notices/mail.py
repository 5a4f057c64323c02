"""Mail leaves here and nowhere else: through yagmail's connection, one login a batch, or into a folder as .eml files.

yagmail builds no message of ours: it would attach files the text happens to name, and resend after a lost answer. Its
connection tells how far a conversation came, because only then is a broken one safe or unsafe to repeat.

Room: mail.
"""

import contextlib
import os
import re
import ssl
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from notices.replies import Stage, Verdict, judge
from recon.errors import ReconError

GO_ON = 354  # the server wants the text


class MailServerError(ReconError):
    """Nobody can be written to: the server is not there, its certificate or our login is refused."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message: the verdict, and what the server said."""

    verdict: Verdict
    code: int | None = None
    reply: str = ""
    refused: tuple[str, ...] = ()  # copies that the server did not take


@dataclass(frozen=True, slots=True)
class Named:
    """What the server said to the envelope of one mail: 250, or its refusal. `refused`: copies it did not take."""

    code: int
    said: bytes
    refused: tuple[str, ...] = ()


class MailSender(Protocol):
    """Where mails go. One thread uses one sender."""

    @property
    def reaches_customers(self) -> bool:
        """Whether what is sent here leaves the house."""

    def open(self) -> None:
        """Connect and log in, once a batch. Raises MailServerError."""

    def offer(self, message: bytes, bounce: str, recipients: Sequence[str]) -> None:
        """Begin the conversation about a message and return at once; nothing that could deliver it is said."""

    def proceed(self) -> None:
        """Say that the offered message will come, and return at once; it still cannot be delivered."""

    def withdraw(self) -> None:
        """Take back what was offered; harmless when nothing was."""

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Hand over one message, offered before or not, and say what became of it; never repeats by itself. The first
        recipient is whom it is for, the others get copies.
        """

    def close(self) -> None:
        """Say goodbye; harmless when not open."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server of the settings. `tls` is starttls, tls or none (loopback only)."""

    host: str
    port: int = 587
    user: str = ""
    password: str = ""
    tls: str = "starttls"
    timeout: float = 30.0
    ca_file: str = ""  # trust this authority instead of the system's, for a server of one's own

    def __repr__(self) -> str:
        return f"SmtpServer({self.host}:{self.port}, user={self.user!r}, tls={self.tls})"


class SmtpSender:
    """Sends over one connection that is opened once and reopened only after it broke.

    Everything before the text of a mail is said by a thread of its own, so that the server answers while our claim goes
    to the disk. The connection is never used by two threads at a time: whatever comes next waits for the thread.
    """

    reaches_customers = True

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._yag: Any = None
        self._stage = Stage.CONNECT
        self._ahead: ThreadPoolExecutor | None = None
        self._offer: Future[Named] | None = None
        self._asked = False  # whether the offered message was announced (DATA)

    def open(self) -> None:
        """Connect, start TLS and log in. Raises MailServerError."""
        self.close()
        try:
            self._yag = self._connect()
        except OSError as error:
            code = getattr(error, "smtp_code", None)
            raise MailServerError(
                _down(self._server, code, error), "Nothing was sent; correct it and send again"
            ) from error
        self._ahead = ThreadPoolExecutor(1, "envelope")

    def _connect(self) -> Any:
        import yagmail  # 150 ms: only where mail is sent

        server = self._server
        context = ssl.create_default_context(cafile=server.ca_file or None) if server.tls != "none" else None
        yag = yagmail.SMTP(
            user=server.user,
            password=server.password,
            host=server.host,
            port=server.port,
            smtp_ssl=server.tls == "tls",
            smtp_starttls={"context": context} if server.tls == "starttls" else False,
            smtp_skip_login=not server.user,
            soft_email_validation=False,
            timeout=server.timeout,
            **({"context": context} if server.tls == "tls" else {}),
        )
        yag.user = server.user  # yagmail would have made `ar` into `ar@gmail.com`
        try:
            yag.login()
            yag.smtp.ehlo_or_helo_if_needed()
        except OSError:
            # yagmail says goodbye when it is collected: whatever thread that is would wait for the server.
            with contextlib.suppress(OSError):
                yag.close()
            raise
        return yag

    def offer(self, message: bytes, bounce: str, recipients: Sequence[str]) -> None:
        """Name sender and recipients while the caller does something else; does nothing when not connected."""
        if self._ahead is not None:
            self._offer = self._ahead.submit(self._name, len(message), bounce, tuple(recipients))
            self._asked = False

    def proceed(self) -> None:
        """Ask to begin the text, if its sender and a recipient were taken. A broken connection delivers nothing."""
        if self._ahead is not None and self._offer is not None and not self._asked:
            self._offer = self._ahead.submit(self._begin, self._offer)
            self._asked = True

    def withdraw(self) -> None:
        """Take back what was offered: the connection is ready for the next mail, or closed."""
        offer, self._offer = self._offer, None
        if offer is None:
            return
        if offer.exception() is not None or self._asked or not self._reset():
            self.close()

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Hand over one message; connects if not connected. Raises MailServerError if nobody can be written to."""
        if self._yag is None:
            self.open()
        if self._offer is None:
            self.offer(message, bounce, recipients)
        self.proceed()
        offer, self._offer = self._offer, None
        try:
            named = offer.result()  # type: ignore[union-attr]  # there is one: the connection is open
            return self._hand_over(message, named) if named.code == GO_ON else self._answered(named.code, named.said)
        except UnicodeEncodeError:
            return Delivery(Verdict.REFUSED_RECIPIENT, None, "the server takes ASCII addresses only (no SMTPUTF8)")
        except OSError as error:
            return self._failed(error)

    def _name(self, size: int, bounce: str, recipients: Sequence[str]) -> Named:
        """Say who writes to whom (MAIL, RCPT) and return the refusal of the sender or of the first recipient.

        The first is whom the mail is for: where the server does not take that one, nobody gets a copy. A copy that is
        refused stops nothing.
        """
        self._stage = Stage.SENDER
        smtp = self._yag.smtp
        code, said = smtp.mail(bounce, self._options(size, bounce, recipients))
        if code != 250:
            return Named(code, said)
        self._stage = Stage.ENVELOPE
        refused: list[str] = []
        for one in recipients:
            code, said = smtp.rcpt(one)
            if code not in (250, 251):
                refused.append(one)
            if code == 421 or recipients[0] in refused:
                return Named(code, said)
        return Named(250, b"", tuple(refused))

    def _begin(self, offer: Future[Named]) -> Named:
        """Ask for the text to begin (DATA); 354 is the yes."""
        named = offer.result()
        if named.code != 250:
            return named
        self._stage = Stage.BODY
        code, said = self._yag.smtp.docmd("DATA")
        return Named(code, said, named.refused)

    def _hand_over(self, message: bytes, named: Named) -> Delivery:
        self._yag.smtp.send(_dotted(message))
        self._stage = Stage.ANSWER
        code, said = self._yag.smtp.getreply()
        if code == 250:
            return Delivery(Verdict.SENT, 250, "accepted", named.refused)
        return self._answered(code, said)

    def _answered(self, code: int, said: bytes) -> Delivery:
        """What a refusal means; the connection is made ready for the next mail, or closed. -1 is an unreadable one."""
        verdict = judge(code if code > 0 else None, self._stage)
        if code <= 0 or verdict in (Verdict.BACK_OFF, Verdict.STOP_RUN) or not self._reset():
            self.close()
        return Delivery(verdict, code if code > 0 else None, said.decode("utf-8", "replace"))

    def _reset(self) -> bool:
        try:
            self._yag.smtp.rset()
        except OSError:
            return False
        return True

    def _options(self, size: int, bounce: str, recipients: Sequence[str]) -> list[str]:
        smtp = self._yag.smtp
        options = [f"size={size}"] if smtp.does_esmtp and smtp.has_extn("size") else []
        if all(address.isascii() for address in (bounce, *recipients)):
            return options
        if not smtp.has_extn("smtputf8"):
            raise UnicodeEncodeError("ascii", "address", 0, 1, "SMTPUTF8 is not offered")
        return [*options, "SMTPUTF8", "BODY=8BITMIME"]

    def _failed(self, error: OSError) -> Delivery:
        """The connection broke, or the server did not want the text to begin (an error that bears its answer)."""
        code, said = getattr(error, "smtp_code", None), getattr(error, "smtp_error", b"")
        if isinstance(code, int) and code > 0:
            return self._answered(code, said if isinstance(said, bytes) else str(said).encode())
        verdict = judge(None, self._stage)
        self.close()
        return Delivery(verdict, None, str(error) or type(error).__name__)

    def close(self) -> None:
        """Say goodbye, whatever state the connection is in."""
        yag, self._yag = self._yag, None
        ahead, self._ahead, self._offer = self._ahead, None, None
        if ahead is not None:
            ahead.shutdown()
        if yag is not None and yag.smtp is not None:
            with contextlib.suppress(OSError):
                yag.close()


def _dotted(message: bytes) -> bytes:
    """Return a message as it crosses the wire: a dot that begins a line is doubled, the final one ends it (RFC 5321
    section 4.5.2).
    """
    text = _LEADING_DOT.sub(b"..", message)
    return text + (b".\r\n" if text.endswith(b"\r\n") else b"\r\n.\r\n")


_LEADING_DOT = re.compile(rb"(?m)^\.")


def _down(server: SmtpServer, code: int | None, error: OSError) -> str:
    place = f"mail server {server.host}:{server.port}"
    if judge(code, Stage.AUTH) is Verdict.STOP_RUN:
        return f"{place} refused the login ({code})"
    return f"{place}: {type(error).__name__}: {str(error)[:200]}"


class _Folder:
    """Writes each message as one file, whole or not at all; the same message twice is the same file."""

    reaches_customers = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _file_name(self, message: bytes, recipients: Sequence[str]) -> str:
        raise NotImplementedError

    def open(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def offer(self, message: bytes, bounce: str, recipients: Sequence[str]) -> None:
        """Nothing can be said ahead to a folder."""

    def proceed(self) -> None:
        """Nothing was said ahead."""

    def withdraw(self) -> None:
        """Nothing was said ahead."""

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Write one file."""
        path = self._folder / self._file_name(message, recipients)
        _write_whole(path, message)
        return Delivery(Verdict.SENT, 250, f"written to {path.name}")

    def close(self) -> None:
        """Nothing is open between two files."""


class LetterFolder(_Folder):
    """Letters as PDFs to be printed, named by their notice: `recipients` holds the name."""

    def _file_name(self, message: bytes, recipients: Sequence[str]) -> str:
        return f"{recipients[0]}.pdf"


class FolderSender(_Folder):
    """Mails as .eml files, named by their Message-ID: for trials, and for letters another program sends."""

    def _file_name(self, message: bytes, recipients: Sequence[str]) -> str:
        from email import message_from_bytes

        name = str(message_from_bytes(message)["Message-ID"]).strip("<>").partition("@")[0]
        return f"{name}.eml"


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
