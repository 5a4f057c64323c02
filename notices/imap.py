"""The bounce mailbox on an IMAP server (RFC 3501): what is unseen is read, applied, and only then marked as seen.

Reading uses BODY.PEEK, which changes nothing: a run that dies leaves the report unseen, and applying it again changes
nothing either. Mail that is no delivery report stays unseen, for the person who reads the mailbox.

Room: mail.
"""

import contextlib
import imaplib
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from notices.mailbox import BounceSummary, merged, take_bounces
from recon.errors import ReconError
from recon.store.chain import Author
from recon.store.engine import Store

LARGEST_BYTES = 2_000_000  # a delivery report is small; what is larger is no report and not fetched


class MailboxError(ReconError):
    """The mailbox cannot be read: the server is not there, its certificate or our login is refused."""


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where delivery reports arrive. `tls` is tls, starttls or none (loopback only)."""

    host: str
    port: int = 993
    user: str = ""
    password: str = ""
    mailbox: str = "INBOX"
    tls: str = "tls"
    timeout: float = 30.0
    ca_file: str = ""  # trust this authority instead of the system's, for a server of one's own

    def __repr__(self) -> str:
        return f"ImapServer({self.host}:{self.port}, user={self.user!r}, mailbox={self.mailbox!r}, tls={self.tls})"


def take_imap_bounces(store: Store, server: ImapServer, author: Author, limit: int = 1_000) -> BounceSummary:
    """Apply the unseen delivery reports of a mailbox, at most `limit` a run, and mark each as seen once applied.

    Raises MailboxError; what was applied before stays applied.
    """
    found: list[BounceSummary] = []
    with _mailbox(server) as box:
        for uid in _unseen(box)[:limit]:
            one = take_bounces(store, [(f"mail {uid} of {server.mailbox}", _fetch(box, uid))], author)
            if not one.unknown:
                _ask(box.uid("STORE", uid, "+FLAGS.SILENT", r"(\Seen)"))
            found.append(one)
    return merged(found)


@contextlib.contextmanager
def _mailbox(server: ImapServer) -> Iterator[imaplib.IMAP4]:
    """Yield the open mailbox; every failure of the network or the protocol is a MailboxError."""
    try:
        box = _connect(server)
        try:
            _ask(box.login(server.user, server.password))
            _ask(box.select(f'"{server.mailbox}"'))
            yield box
        finally:
            for part in (box.logout, box.shutdown):  # a broken line cannot log out; its socket is closed all the same
                with contextlib.suppress(OSError, imaplib.IMAP4.error):
                    part()
    except (OSError, imaplib.IMAP4.error) as error:
        what = f"mailbox {server.mailbox} on {server.host}:{server.port}: {type(error).__name__}: {str(error)[:200]}"
        raise MailboxError(what, "Reports not applied yet stay unseen; correct it and run again") from error


def _connect(server: ImapServer) -> imaplib.IMAP4:
    context = ssl.create_default_context(cafile=server.ca_file or None)
    if server.tls == "tls":
        return imaplib.IMAP4_SSL(server.host, server.port, ssl_context=context, timeout=server.timeout)
    if server.tls == "none" and server.host not in ("127.0.0.1", "localhost", "::1"):
        raise MailboxError("a mailbox without TLS is allowed on loopback only", "Use tls or starttls")
    box = imaplib.IMAP4(server.host, server.port, timeout=server.timeout)
    if server.tls == "starttls":
        _ask(box.starttls(context))
    return box


def _unseen(box: imaplib.IMAP4) -> list[str]:
    """Return the UIDs of unseen mails of a report's size, oldest first."""
    answer = _ask(box.uid("SEARCH", "UNSEEN", "SMALLER", str(LARGEST_BYTES)))
    return sorted((uid.decode("ascii") for uid in (answer[0] or b"").split()), key=int)


def _fetch(box: imaplib.IMAP4, uid: str) -> bytes:
    """Return the mail as it came; b"" if somebody deleted it meanwhile."""
    answer = _ask(box.uid("FETCH", uid, "(BODY.PEEK[])"))
    return next((bytes(part[1]) for part in answer if isinstance(part, tuple)), b"")


def _ask(answer: tuple[str, list[Any]]) -> list[Any]:
    said, content = answer
    if said != "OK":
        raise imaplib.IMAP4.error(str(content))
    return content
