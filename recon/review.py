"""The rules of the review desk as one table: which act is possible in which state, and what state follows.

`open -> claimed -> posted -> exported` is the usual way; accepting and posting are one step, and exporting is nobody's
act: it follows from the export of what was posted. An act that places money above a limit waits for a second person
first. What an act books is `recon.ledger`'s; here is only who may do what, when.

Room: pure.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum

from recon.errors import Conflict, NotAllowed
from recon.ledger import WRITE_OFF
from recon.model import Allocation, Entry, ReviewState

CLAIM_LASTS = timedelta(minutes=5)


class Act(Enum):
    """What a reviewer can do with an item."""

    CLAIM = "claim"
    RELEASE = "release"
    ACCEPT = "accept"
    APPLY = "apply"
    SET_ASIDE = "set_aside"
    RETURN_OF = "return_of"
    DUPLICATE_OF = "duplicate_of"
    REJECT = "reject"
    SNOOZE = "snooze"
    WAKE = "wake"
    APPROVE = "approve"
    REFUSE = "refuse"


_S = ReviewState
WAITING = (_S.OPEN, _S.CLAIMED, _S.REJECTED, _S.NEEDS_SECOND_APPROVAL)  # what the queue shows as still to do
WORKABLE = (_S.OPEN, _S.CLAIMED, _S.REJECTED, _S.SNOOZED)
PLACING = {
    Act.ACCEPT: _S.POSTED,
    Act.APPLY: _S.POSTED,
    Act.SET_ASIDE: _S.NOT_CUSTOMER_MONEY,
    Act.RETURN_OF: _S.POSTED,
    Act.DUPLICATE_OF: _S.DUPLICATE,
}
NEXT: dict[tuple[ReviewState, Act], ReviewState] = {
    **{(state, act): follows for state in WORKABLE for act, follows in PLACING.items()},
    **{(state, Act.REJECT): _S.REJECTED for state in WORKABLE},
    **{(state, Act.SNOOZE): _S.SNOOZED for state in (_S.OPEN, _S.CLAIMED, _S.REJECTED)},
    (_S.OPEN, Act.CLAIM): _S.CLAIMED,
    (_S.CLAIMED, Act.CLAIM): _S.CLAIMED,
    (_S.REJECTED, Act.CLAIM): _S.CLAIMED,
    (_S.CLAIMED, Act.RELEASE): _S.OPEN,
    (_S.SNOOZED, Act.WAKE): _S.OPEN,
    (_S.NEEDS_SECOND_APPROVAL, Act.APPROVE): _S.POSTED,
    (_S.NEEDS_SECOND_APPROVAL, Act.REFUSE): _S.OPEN,
}


@dataclass(frozen=True, slots=True)
class Decision:
    """What a reviewer decided. Only the fields of its act are set."""

    act: Act
    suggestion: int = 1  # for ACCEPT: which rank
    allocations: tuple[Allocation, ...] = ()  # for APPLY; for RETURN_OF the parts taken back
    set_aside_name: str = ""
    return_of: int | None = None
    until: date | None = None
    reason: str = ""
    charge_minor: int = 0  # for RETURN_OF: the bank's own fee in it
    duplicate_of: int | None = None
    currency: str = ""  # for APPLY to invoices of another currency: theirs
    booked_minor: int = 0  # and their cash in the deposit's currency, at the rate they were booked at
    settled_minor: int | None = None  # for a discrepancy: what the first person saw as settled elsewhere


@dataclass(frozen=True, slots=True)
class Limits:
    """Above these amounts, in minor units of the item's currency, a second person decides too. None: never."""

    second_approval_minor: int | None = None
    write_off_minor: int | None = None


def next_state(state: ReviewState, act: Act) -> ReviewState:
    """Return the state that follows. Raises NotAllowed where the table has no such move.

    >>> next_state(ReviewState.OPEN, Act.CLAIM)
    <ReviewState.CLAIMED: 'claimed'>
    """
    follows = NEXT.get((state, act))
    if follows is None:
        now = state.value.replace("_", " ")
        raise NotAllowed(f"an item that is {now} cannot be handled by {act.value.replace('_', ' ')}", "Show it again")
    return follows


def require_free(held_by: str, held_until: datetime | None, actor: str, now: datetime) -> None:
    """Raise Conflict while somebody else holds the item; a claim lapses by itself after five minutes."""
    if held_by and held_by != actor and held_until is not None and now < held_until:
        raise Conflict(f"{held_by} is working on it until {held_until:%H:%M} UTC", "Take another item")


def needs_second(entry: Entry, limits: Limits) -> bool:
    """Tell whether the entry moves more than one person may decide alone."""
    moved = sum(posting.amount_minor for posting in entry.postings if posting.amount_minor > 0)
    written_off = sum(abs(posting.amount_minor) for posting in entry.postings if posting.account == WRITE_OFF)
    is_large = limits.second_approval_minor is not None and moved > limits.second_approval_minor
    return is_large or (limits.write_off_minor is not None and written_off > limits.write_off_minor)


def require_second_person(requested_by: str, actor: str) -> None:
    """Raise NotAllowed when the one who asked approves their own decision."""
    if requested_by == actor:
        raise NotAllowed("nobody approves their own decision", "Ask another reviewer")
