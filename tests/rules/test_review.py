"""Who may do what with an item of the queue, as one table written out a second time. No store."""

import doctest
from datetime import UTC, date, datetime, timedelta

import pytest

from recon import review
from recon.errors import Conflict, NotAllowed
from recon.model import Entry, Posting, ReviewState
from recon.review import Act, Limits, needs_second, next_state, require_free, require_second_person

# State: what each act leads to. Written by hand from the desk's manual; an act not named is refused.
LAW = {
    "open": "claim>claimed accept>posted apply>posted return_of>posted duplicate_of>duplicate"
    " set_aside>not_customer_money reject>rejected snooze>snoozed",
    "claimed": "claim>claimed release>open accept>posted apply>posted return_of>posted duplicate_of>duplicate"
    " set_aside>not_customer_money reject>rejected snooze>snoozed",
    "rejected": "claim>claimed accept>posted apply>posted return_of>posted duplicate_of>duplicate"
    " set_aside>not_customer_money reject>rejected snooze>snoozed",
    "snoozed": "wake>open accept>posted apply>posted return_of>posted duplicate_of>duplicate"
    " set_aside>not_customer_money reject>rejected",
    "needs_second_approval": "approve>posted refuse>open",
}
MOVES = [(state, act, dict(move.split(">") for move in LAW.get(state.value, "").split()).get(act.value, ""))
         for state in ReviewState for act in Act]  # fmt: skip
NOON = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


def test_examples_are_true() -> None:
    assert doctest.testmod(review).failed == 0


@pytest.mark.parametrize(("state", "act", "follows"), MOVES)
def test_every_act_in_every_state_follows_the_law(state: ReviewState, act: Act, follows: str) -> None:
    if follows:
        assert next_state(state, act) is ReviewState(follows)
        return
    with pytest.raises(NotAllowed) as error:
        next_state(state, act)
    said = f"an item that is {state.value.replace('_', ' ')} cannot be handled by {act.value.replace('_', ' ')}"
    assert (error.value.args[0], error.value.remedy) == (said, "Show it again")


@pytest.mark.parametrize(("holder", "until", "now"), [
    ("", NOON, NOON - timedelta(hours=1)), ("ada", NOON, NOON - timedelta(hours=1)), ("ben", None, NOON),
    ("ben", NOON, NOON), ("ben", NOON, NOON + timedelta(seconds=1)),
])  # fmt: skip
def test_an_item_is_free_when_nobody_else_holds_it_any_longer(holder: str, until: datetime, now: datetime) -> None:
    before = (holder, until)
    assert require_free(holder, until, "ada", now) is None
    assert (holder, until) == before


def test_an_item_in_other_hands_is_a_conflict_until_the_claim_lapses() -> None:
    with pytest.raises(Conflict) as error:
        require_free("ben", NOON, "ada", NOON - timedelta(microseconds=1))
    assert (error.value.args[0], error.value.remedy) == ("ben is working on it until 12:00 UTC", "Take another item")


def entry(*postings: tuple[str, int]) -> Entry:
    """Return an entry of these accounts and amounts."""
    return Entry(
        "main", date(2026, 3, 31), "apply", tuple(Posting(account, minor, "EUR") for account, minor in postings)
    )


MOVED = entry(("unidentified_cash", 900), ("write_off", 100), ("receivable", -1_000))
WAIVED = entry(("write_off", -60), ("write_off", 50), ("receivable", 10))


@pytest.mark.parametrize(("what", "limits", "asks"), [
    (MOVED, Limits(), False),
    (MOVED, Limits(second_approval_minor=999), True), (MOVED, Limits(second_approval_minor=1_000), False),
    (MOVED, Limits(second_approval_minor=0), True), (MOVED, Limits(write_off_minor=0), True),
    (MOVED, Limits(write_off_minor=99), True), (MOVED, Limits(write_off_minor=100), False),
    (MOVED, Limits(1_000, 99), True), (MOVED, Limits(999, 100), True), (MOVED, Limits(1_000, 100), False),
    (WAIVED, Limits(write_off_minor=109), True), (WAIVED, Limits(write_off_minor=110), False),
    (WAIVED, Limits(second_approval_minor=59), True), (WAIVED, Limits(second_approval_minor=60), False),
    (entry(("receivable", 1), ("bank_charges", -1)), Limits(second_approval_minor=0), True),
])  # fmt: skip
def test_above_a_limit_two_people_decide(what: Entry, limits: Limits, asks: bool) -> None:
    assert needs_second(what, limits) is asks


def test_nobody_approves_their_own_decision() -> None:
    require_second_person("ada", "ben")
    with pytest.raises(NotAllowed) as error:
        require_second_person("ada", "ada")
    assert (error.value.args[0], error.value.remedy) == ("nobody approves their own decision", "Ask another reviewer")


def test_what_waits_is_what_somebody_can_still_work_on() -> None:
    assert {state.value for state in review.WAITING} == {"open", "claimed", "rejected", "needs_second_approval"}
    assert timedelta(minutes=5) == review.CLAIM_LASTS
