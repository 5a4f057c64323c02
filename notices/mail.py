"""Mail leaves here and nowhere else: through yagmail's connection, one login a batch, or into a folder as .eml files.

yagmail builds no message of ours: it would attach files the text happens to name, and resend after a lost answer. Its
connection tells how far a conversation came, because only then is a broken one safe or unsafe to repeat.

Room: mail.
"""

import contextlib
import os
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from notices.replies import Stage, Verdict, judge
from recon.errors import ReconError


class MailServerError(ReconError):
    """Nobody can be written to: the server is not there, its certificate or our login is refused."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of one message: the verdict, and what the server said."""

    verdict: Verdict
    code: int | None = None
    reply: str = ""
    refused: tuple[str, ...] = ()  # of several recipients, those the server did not take


class MailSender(Protocol):
    """Where mails go. One thread uses one sender."""

    @property
    def reaches_customers(self) -> bool:
        """Whether what is sent here leaves the house."""

    def open(self) -> None:
        """Connect and log in, once a batch. Raises MailServerError."""

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Hand over one message and say what became of it; never repeats by itself."""

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
    """Sends over one connection that is opened once and reopened only after it broke."""

    reaches_customers = True

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._yag: Any = None
        self._stage = Stage.CONNECT

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
        yag.login()
        self._watch(yag.smtp)
        return yag

    def _watch(self, smtp: Any) -> None:
        """Note when the final dot has been handed to the network: the only bytes the connection sends are a message."""
        hand_over = smtp.send

        def send(data: bytes | str) -> None:
            self._stage = Stage.BODY if isinstance(data, bytes) else self._stage
            hand_over(data)
            self._stage = Stage.ANSWER if isinstance(data, bytes) else self._stage

        smtp.send = send

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Hand over one message; connects if not connected. Raises MailServerError if nobody can be written to."""
        if self._yag is None:
            self.open()
        self._stage = Stage.ENVELOPE
        try:
            refused = self._yag.smtp.sendmail(bounce, list(recipients), message, self._options(bounce, recipients))
            return Delivery(Verdict.SENT, 250, "accepted", tuple(refused))
        except UnicodeEncodeError:
            return Delivery(Verdict.REFUSED_RECIPIENT, None, "the server takes ASCII addresses only (no SMTPUTF8)")
        except OSError as error:
            return self._failed(error)

    def _options(self, bounce: str, recipients: Sequence[str]) -> list[str]:
        if all(address.isascii() for address in (bounce, *recipients)):
            return []
        if not self._yag.smtp.has_extn("smtputf8"):
            raise UnicodeEncodeError("ascii", "address", 0, 1, "SMTPUTF8 is not offered")
        return ["SMTPUTF8", "BODY=8BITMIME"]

    def _failed(self, error: OSError) -> Delivery:
        code, reply = _answer(error)
        stage = Stage.SENDER if hasattr(error, "sender") else self._stage
        verdict = judge(code, stage)
        if code is None or verdict in (Verdict.BACK_OFF, Verdict.STOP_RUN):
            self.close()
        return Delivery(verdict, code, reply or str(error) or type(error).__name__)

    def close(self) -> None:
        """Say goodbye, whatever state the connection is in."""
        yag, self._yag = self._yag, None
        if yag is not None and yag.smtp is not None:
            with contextlib.suppress(OSError):
                yag.close()


def _answer(error: OSError) -> tuple[int | None, str]:
    """Return code and text of the server's answer; (None, "") where the connection broke without one."""
    refused = getattr(error, "recipients", None)
    if refused:
        code, said = next(iter(refused.values()))
    else:
        code, said = getattr(error, "smtp_code", None), getattr(error, "smtp_error", b"")
    code = code if isinstance(code, int) and code > 0 else None
    return code, said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)


def _down(server: SmtpServer, code: int | None, error: OSError) -> str:
    place = f"mail server {server.host}:{server.port}"
    if judge(code, Stage.AUTH) is Verdict.STOP_RUN:
        return f"{place} refused the login ({code})"
    return f"{place}: {type(error).__name__}: {str(error)[:200]}"


class LetterFolder:
    """Writes each letter as a PDF to be printed, named by its notice; the same letter twice is the same file."""

    reaches_customers = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Write one file, whole or not at all; `recipients` holds its name."""
        path = self._folder / f"{recipients[0]}.pdf"
        _write_whole(path, message)
        return Delivery(Verdict.SENT, 250, f"written to {path.name}")

    def close(self) -> None:
        """Nothing is open between two files."""


def _write_whole(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name}.part")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


class FolderSender:
    """Writes each mail as an .eml file, named by its Message-ID: for trials, and for letters another program sends."""

    reaches_customers = False

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def open(self) -> None:
        """Make the folder."""
        self._folder.mkdir(parents=True, exist_ok=True)

    def send(self, message: bytes, bounce: str, recipients: Sequence[str]) -> Delivery:
        """Write one file, whole or not at all; the same mail twice is the same file."""
        from email import message_from_bytes

        name = str(message_from_bytes(message)["Message-ID"]).strip("<>").partition("@")[0]
        path = self._folder / f"{name}.eml"
        _write_whole(path, message)
        return Delivery(Verdict.SENT, 250, f"written to {path.name}")

    def close(self) -> None:
        """Nothing is open between two files."""
