"""Delivery reports and complaints that come back (RFC 3464, 5965, 6522), read with the standard library.

Only `message/delivery-status` and `message/feedback-report` count. Words in the text of a mail prove nothing: anybody
can write "mailbox full".

Room: pure.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from notices.replies import BounceVerdict, judge_bounce

_VERP = re.compile(r"\+(n\.[a-z2-7]{26})@")
_IDENTITY = re.compile(r"^Message-ID:\s*<(n\.[a-z2-7]{26})@", re.IGNORECASE | re.MULTILINE)
_STATUS = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_SAID_STATUS = re.compile(r"\b[45][0-9]{2}[ -]#?([45]\.[0-9]{1,3}\.[0-9]{1,3})(?![.0-9])")
_COMPLAINTS = ("abuse", "fraud", "opt-out")


@dataclass(frozen=True, slots=True)
class BounceReport:
    """What a delivery report says of one recipient. `identity` is the local part of the notice's Message-ID."""

    identity: str
    recipient: str
    action: str
    status: str
    said: str = ""

    @property
    def verdict(self) -> BounceVerdict:
        """What it means and what to do."""
        return judge_bounce(self.action, self.status)


def read_bounce(raw: bytes) -> tuple[BounceReport, ...]:
    """Return the reports of a mail, one per recipient; none if it is no delivery report about a notice of ours."""
    message = message_from_bytes(raw, policy=compat32)
    identity = _identity(message, raw)
    if not identity:
        return ()
    return tuple(
        BounceReport(identity, *fields)
        for part in message.walk()
        if part.get_content_type() == "message/delivery-status"
        for fields in _recipients(part)
    )


def read_complaint(raw: bytes) -> str:
    """Return the local part of the Message-ID of a notice that its receiver marked as unwanted, "" if it is no such
    report (RFC 5965).
    """
    message = message_from_bytes(raw, policy=compat32)
    is_complaint = any(
        str(block["Feedback-Type"] or "").strip().lower() in _COMPLAINTS
        for part in message.walk()
        if part.get_content_type() == "message/feedback-report"
        for block in _blocks(part)
    )
    return _identity(message, raw) if is_complaint else ""


def _blocks(part: Message) -> list[Message]:
    blocks = part.get_payload()
    return [block for block in blocks if isinstance(block, Message)] if isinstance(blocks, list) else []


def _recipients(part: Message) -> Iterator[tuple[str, str, str, str]]:
    """Yield the per-recipient blocks: the first block speaks of the message, those with an Action of recipients."""
    for block in _blocks(part):
        if block["Action"] is None:
            continue
        recipient = str(block["Final-Recipient"] or block["Original-Recipient"] or "").partition(";")[2].strip()
        said = " ".join(str(block["Diagnostic-Code"] or "").split())[:300]
        yield recipient, str(block["Action"]).strip().lower(), _status(str(block["Status"] or ""), said), said


def _status(written: str, said: str) -> str:
    """Return the status; where it only says that it failed (Exim always does), the one the other server answered."""
    found = _STATUS.search(written)
    status = found[0] if found else "5.0.0"
    precise = _SAID_STATUS.search(said) if status.endswith(".0.0") else None
    return precise[1] if precise and precise[1][0] == status[0] else status


def _identity(message: Message, raw: bytes) -> str:
    """Find the notice by the address the report came to (VERP), else by the Message-ID of the mail it returns.

    The returned mail is searched as text: half of it is often cut off, and its parts need not be well-formed.
    """
    for name in ("To", "Delivered-To", "X-Original-To"):
        for value in message.get_all(name, []):
            if found := _VERP.search(str(value)):
                return found[1]
    returned = _IDENTITY.search(raw.decode("latin-1"))
    return returned[1] if returned else ""
