"""What an answer of a mail server, or its silence, means for the mail: sent, try again, failed, or nobody knows.

RFC 5321 section 4.2.1 (4yz and 5yz replies), RFC 1047 (the gap between the final dot and the 250), RFC 3463 (status
codes of bounces).

Room: pure.
"""

from dataclasses import dataclass
from enum import Enum


class Stage(Enum):
    """How far the conversation about one mail had come."""

    CONNECT = "connect"
    AUTH = "AUTH"
    SENDER = "MAIL"  # our own address was refused
    ENVELOPE = "RCPT"
    BODY = "DATA"  # up to the final dot
    ANSWER = "DATA end"  # the final dot was handed over, its answer is awaited


class Verdict(Enum):
    """What to do about the mail."""

    SENT = "sent"
    RETRY = "retry"
    BACK_OFF = "back off"  # retry, and leave this server alone for now
    REFUSED_RECIPIENT = "recipient refused"  # permanent, the address's fault
    REFUSED_MESSAGE = "message refused"  # permanent, our fault: tell the operator
    UNKNOWN = "uncertain"
    STOP_RUN = "stop"  # nothing is wrong with this mail; nobody can be written to


def judge(code: int | None, stage: Stage) -> Verdict:
    """Return the verdict on a reply code, or on a connection that broke (None), at a stage.

    >>> judge(None, Stage.ANSWER), judge(None, Stage.BODY), judge(550, Stage.ENVELOPE)
    (<Verdict.UNKNOWN: 'uncertain'>, <Verdict.RETRY: 'retry'>, <Verdict.REFUSED_RECIPIENT: 'recipient refused'>)
    """
    if code is None:
        return Verdict.UNKNOWN if stage is Stage.ANSWER else Verdict.RETRY
    if code == 552 and stage is Stage.SENDER:
        return Verdict.REFUSED_MESSAGE  # too long, said before it was sent (RFC 1870)
    if stage in (Stage.AUTH, Stage.CONNECT, Stage.SENDER) and code >= 500:
        return Verdict.STOP_RUN
    if code == 421 or stage in (Stage.AUTH, Stage.CONNECT):
        return Verdict.BACK_OFF
    if 400 <= code < 500 or (code == 552 and stage is Stage.ENVELOPE):
        return (
            Verdict.RETRY
        )  # 552 to a recipient is a full mailbox, or too many recipients (RFC 5321 section 4.5.3.1.10)
    if code >= 500:
        return Verdict.REFUSED_RECIPIENT if stage is Stage.ENVELOPE else Verdict.REFUSED_MESSAGE
    return Verdict.SENT


class Bounce(Enum):
    """What kind of delivery report came back."""

    HARD = "hard"
    SOFT = "soft"
    POLICY = "policy"
    DELIVERED = "delivered"


@dataclass(frozen=True, slots=True)
class BounceVerdict:
    """The kind of a bounce and what to do about it."""

    kind: Bounce
    action: str


SUPPRESS = "suppress address"
SUPPRESS_DOMAIN = "suppress domain-address"
RETRY = "retry"
EXPIRED = "expired: count as soft, review"
ALERT = "do not suppress; alert operator (SPF/DKIM/DMARC/content)"
STOP = "unauthenticated: stop the whole run"
NOTHING = "none"

_EXACT = {
    "5.1.2": BounceVerdict(Bounce.HARD, SUPPRESS_DOMAIN),  # bad destination system address
    "5.1.10": BounceVerdict(Bounce.HARD, SUPPRESS_DOMAIN),  # null MX, RFC 7505
    "5.1.7": BounceVerdict(Bounce.POLICY, ALERT),  # bad sender's mailbox address: ours
    "5.1.8": BounceVerdict(Bounce.POLICY, ALERT),  # bad sender's system address: ours
    "5.2.2": BounceVerdict(Bounce.SOFT, RETRY),  # mailbox full, although the code says permanent
    "5.2.121": BounceVerdict(Bounce.SOFT, RETRY),  # Exchange: more of our mail in an hour than they take
    "5.2.122": BounceVerdict(Bounce.SOFT, RETRY),  # Exchange: more mail of everybody in an hour than they take
    "4.4.7": BounceVerdict(Bounce.SOFT, EXPIRED),  # delivery time expired
    "5.4.7": BounceVerdict(Bounce.SOFT, EXPIRED),
    "5.4.4": BounceVerdict(Bounce.HARD, SUPPRESS_DOMAIN),  # unable to route: there is no such domain (Postfix)
    "5.4.310": BounceVerdict(Bounce.HARD, SUPPRESS_DOMAIN),  # Exchange: the domain does not exist
    "5.7.26": BounceVerdict(Bounce.POLICY, STOP),  # multiple authentication checks failed, RFC 7372
}
_HARD_SUBJECTS = ("1", "2")  # addressing, mailbox
_MESSAGE_SIZE = ("5.2.3", "5.3.4")  # too long: our message, not their address


def judge_bounce(action: str, status: str) -> BounceVerdict:
    """Return what a delivery report (RFC 3464 Action and Status) means.

    >>> judge_bounce("failed", "5.1.1").action, judge_bounce("delayed", "4.2.2").action
    ('suppress address', 'retry')
    """
    if action in ("delivered", "relayed", "expanded") or status.startswith("2."):
        return BounceVerdict(Bounce.DELIVERED, NOTHING)
    if status in _EXACT:
        return _EXACT[status]
    if status.startswith("4.") or action == "delayed":
        return BounceVerdict(Bounce.SOFT, RETRY)
    subject = status.split(".")[1] if status.count(".") == 2 else ""
    if subject in _HARD_SUBJECTS and status not in _MESSAGE_SIZE:
        return BounceVerdict(Bounce.HARD, SUPPRESS)
    return BounceVerdict(Bounce.POLICY, ALERT)
