"""A rendered notice as a message for the wire: headers that machines answer to, text and HTML beside each other.

RFC 3834 section 5 (Auto-Submitted), RFC 5322 section 3.6.4 (Message-ID, threads), MS-OXCMAIL (auto responses).
A line break in any header raises ValueError: nothing of a customer's can add one.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from notices.render import Rendered
from recon.errors import UsageError


@dataclass(frozen=True, slots=True)
class Sender:
    """Who the mail is from. `bounce` is the mailbox for delivery reports; each notice gets its own address in it."""

    sender: str  # Accounts receivable <ar@example.com>
    reply_to: str = ""
    bounce: str = ""

    @property
    def domain(self) -> str:
        """The domain of the sender: that of the Message-IDs."""
        return parseaddr(self.sender)[1].rpartition("@")[2] or "localhost"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that goes with the mail, as bytes: nothing is ever read from a path in the text."""

    name: str
    content: bytes
    kind: str = "application/pdf"


def compose(
    rendered: Rendered,
    sender: Sender,
    recipient: str,
    message_id: str,
    sent_at: datetime,
    *,
    cc: Sequence[str] = (),
    earlier: Sequence[str] = (),
    attachments: Sequence[Attachment] = (),
) -> EmailMessage:
    """Return the message: the same arguments give the same bytes. Raises ValueError for a header with a line break."""
    message = plain(rendered.subject, rendered.text, sender, recipient, message_id, sent_at)
    if cc:
        message["Cc"] = [address_of(one) for one in cc]
    if earlier:
        message["In-Reply-To"] = earlier[-1]
        message["References"] = " ".join(earlier)
    message.add_alternative(rendered.html, subtype="html")
    for one in attachments:
        main, _, sub = one.kind.partition("/")
        message.add_attachment(one.content, maintype=main, subtype=sub, filename=one.name)
    message["Content-Language"] = rendered.language  # last: content headers move into the parts made after them
    _fix_boundaries(message, message_id)
    return message


def plain(subject: str, text: str, sender: Sender, recipient: str, message_id: str, sent_at: datetime) -> EmailMessage:
    """Return a message of text only."""
    message = EmailMessage(policy=SMTP)
    message["From"] = address_of(sender.sender)
    message["To"] = address_of(recipient)
    message["Subject"] = subject
    message["Date"] = format_datetime(sent_at)
    message["Message-ID"] = message_id
    if sender.reply_to:
        message["Reply-To"] = address_of(sender.reply_to)
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "OOF, AutoReply"
    message.set_content(text, cte="quoted-printable")
    return message


def _fix_boundaries(message: EmailMessage, message_id: str) -> None:
    """Give multiparts boundaries of our own: the library's are random, and the same notice must be the same bytes."""
    stem = message_id.strip("<>").partition("@")[0]
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{stem}.{number}")


def address_of(text: str) -> Address:
    """Return `Name <a@b>` or `a@b` as an address, its domain as the DNS writes it (IDNA).

    Raises UsageError for text that is not one address.

    >>> address_of("Buchhaltung <ar@bücher.example>").addr_spec
    'ar@xn--bcher-kva.example'
    """
    name, spec = parseaddr(text)
    local, at, domain = spec.rpartition("@")
    try:
        if not (local and at):
            raise ValueError("no address")
        return Address(name, local, domain.encode("idna").decode("ascii"))
    except (ValueError, UnicodeError, IndexError) as error:
        raise UsageError(
            f"{text!r} is not an e-mail address", "Correct it in the customer list or settings."
        ) from error


def envelope_address(text: str) -> str:
    """Return the bare address for the envelope."""
    return address_of(text).addr_spec


def bounce_address(sender: Sender, message_id: str) -> str:
    """Return the envelope sender of a notice: a delivery report to it names the notice by itself (VERP).

    >>> bounce_address(Sender("ar@example.com", bounce="bounces@example.com"), "<n.abc@example.com>")
    'bounces+n.abc@example.com'
    """
    if not sender.bounce:
        return envelope_address(sender.sender)
    local, _, domain = envelope_address(sender.bounce).rpartition("@")
    return f"{local}+{message_id.strip('<>').partition('@')[0]}@{domain}"
