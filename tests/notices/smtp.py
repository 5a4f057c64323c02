"""A real SMTP server on loopback that can be told to misbehave at any point of the conversation."""

import contextlib
import email
import os
import signal
import socket
import ssl
import threading
import warnings
from collections.abc import Callable, Iterator
from email.message import Message
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

Answer = Callable[[int], str | None]


class Postbox:
    """Takes mail. `rules` maps a stage (MAIL, RCPT, DATA) to a function of the count: a reply, "drop" or None."""

    def __init__(self, rules: dict[str, Answer] | None = None) -> None:
        self.rules = rules or {}
        self.delivered: list[Message] = []
        self.recipients: list[list[str]] = []
        self.count = {"MAIL": 0, "RCPT": 0, "DATA": 0}
        self.before: Callable[[], None] = lambda: None
        self.lock = threading.Lock()
        self.kill_at: tuple[str, int, int] | None = None  # stage, how many more of it, process

    def _rule(self, stage: str, server: SMTP) -> str | None:
        self.count[stage] += 1
        self._kill(stage)
        answer = self.rules.get(stage, lambda _n: None)(self.count[stage])
        if answer == "drop":
            server.transport.abort()  # type: ignore[union-attr]
            return "421 gone"
        return answer

    def _kill(self, stage: str) -> None:
        """Kill the client at the n-th time of a stage, before it gets its answer; at DATA the server has the mail."""
        if self.kill_at is None or self.kill_at[0] != stage:
            return
        _, left, process = self.kill_at
        self.kill_at = (stage, left - 1, process)
        if left == 1:
            os.kill(process, signal.SIGKILL)

    async def handle_MAIL(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if answer := self._rule("MAIL", server):
            return answer
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: Any) -> str:
        if answer := self._rule("RCPT", server):
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self._rule("DATA", server)
        if answer is None or answer == "421 gone":  # a drop comes after the server has taken the mail
            with self.lock:
                self.delivered.append(email.message_from_bytes(envelope.content))
                self.recipients.append(list(envelope.rcpt_tos))
        return answer or "250 OK"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class PostOffice(Controller):
    """The server thread; refuses the login when `password` is given and another one comes."""

    def __init__(self, box: Postbox, password: str | None = None, tls: ssl.SSLContext | None = None) -> None:
        self.password, self.tls = password, tls
        super().__init__(box, hostname="127.0.0.1", port=free_port())

    def factory(self) -> SMTP:
        if self.tls is not None:
            return SMTP(self.handler, hostname="localhost", tls_context=self.tls, require_starttls=True)
        if self.password is None:
            return SMTP(self.handler, hostname="localhost")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # a login without TLS is what loopback tests need
            return SMTP(
                self.handler,
                hostname="localhost",
                auth_require_tls=False,
                auth_required=True,
                authenticator=self._login,
            )

    def _login(self, server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
        return AuthResult(success=login.password == (self.password or "").encode(), handled=False)


@contextlib.contextmanager
def post_office(box: Postbox, password: str | None = None, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the server and yield its port; with `tls` it takes nothing before STARTTLS."""
    office = PostOffice(box, password, tls)
    office.start()
    try:
        yield office.port
    finally:
        office.stop(no_assert=True)
