"""A small IMAP4rev1 server on loopback: one mailbox, the commands a reader of reports needs, TLS if asked for."""

import contextlib
import re
import socketserver
import ssl
import threading
from collections.abc import Iterator
from typing import Any


class Mailbox:
    """Mails by UID and which of them were seen. `fail_on` makes the server drop the line at a command."""

    def __init__(self, mails: list[bytes], password: str = "secret", fail_on: str = "") -> None:
        self.mails = dict(enumerate(mails, start=101))
        self.seen: set[int] = set()
        self.password, self.fail_on = password, fail_on
        self.said: list[str] = []


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._say("* OK ready")
        with contextlib.suppress(OSError):
            while line := self.rfile.readline():
                tag, _, rest = line.decode().strip().partition(" ")
                if not self._answer(tag, rest):
                    return

    def _say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")

    def _answer(self, tag: str, command: str) -> bool:
        box: Mailbox = self.server.box  # type: ignore[attr-defined]
        box.said.append(command)
        if box.fail_on and box.fail_on in command:
            return False
        name = command.split()[1] if command.upper().startswith("UID ") else command.split()[0]
        result = getattr(self, f"_{name.lower()}")(box, command)
        self._say(f"{tag} {result or 'OK done'}")
        return name.upper() != "LOGOUT"

    def _capability(self, box: Mailbox, command: str) -> None:
        self._say("* CAPABILITY IMAP4rev1")

    def _login(self, box: Mailbox, command: str) -> str | None:
        return None if f'"{box.password}"' in command else "NO wrong password"

    def _select(self, box: Mailbox, command: str) -> str | None:
        if '"INBOX"' not in command:
            return "NO there is no such mailbox"
        self._say(f"* {len(box.mails)} EXISTS")
        return "OK [READ-WRITE] selected"

    def _search(self, box: Mailbox, command: str) -> None:
        largest = int(command.split()[-1])
        uids = (uid for uid, mail in box.mails.items() if uid not in box.seen and len(mail) < largest)
        self._say("* SEARCH " + " ".join(map(str, uids)))

    def _fetch(self, box: Mailbox, command: str) -> None:
        uid = int(command.split()[2])
        mail = box.mails[uid]
        if "PEEK" not in command:
            box.seen.add(uid)
        self._say(f"* {uid - 100} FETCH (UID {uid} BODY[] {{{len(mail)}}}")
        self.wfile.write(mail + b")\r\n")

    def _store(self, box: Mailbox, command: str) -> None:
        if re.search(r"\+FLAGS\.SILENT \(\\Seen\)", command):
            box.seen.add(int(command.split()[2]))

    def _close(self, box: Mailbox, command: str) -> None:
        return

    def _logout(self, box: Mailbox, command: str) -> None:
        self._say("* BYE")


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = False
    tls: ssl.SSLContext | None = None

    def get_request(self) -> Any:
        connection, address = super().get_request()
        if self.tls is not None:
            connection = self.tls.wrap_socket(connection, server_side=True)
        return connection, address


@contextlib.contextmanager
def imap_server(box: Mailbox, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Run the server and yield its port."""
    server = _Server(("127.0.0.1", 0), _Session)
    server.box, server.tls = box, tls  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
