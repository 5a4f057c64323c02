"""The review desk: one wins, the others get a conflict; large decisions need two; what is taught is remembered."""

from datetime import timedelta

import pytest

from recon.errors import Conflict, NotAllowed
from recon.model import Action, Allocation, Evidence, Proof, Proposal, ReviewState
from recon.review import NEXT, WAITING, Act, Decision, Limits, next_state
from recon.store.books import undo
from recon.store.chain import Author
from recon.store.frames import load_partitions
from recon.store.proposals import Saved, proposals_of, save_decisions
from recon.store.review import NO_LIMITS, Done, act, allocations_of, count_items, list_items, show_item, wake_snoozed
from recon.store.teachings import teach
from recon.verify import verify
from tests.conftest import ADA, AS_OF, BEN, NIGHT, NOW, Books


@pytest.fixture
def queue(books: Books) -> Books:
    """Three deposits in review: the first with a suggestion, the others without."""
    books.customers("A", "B")
    books.invoices(("A", "I1", 1_000), ("A", "I2", 500), ("B", "I3", 700))
    books.deposits(1_000, 500, 700)
    suggestion = Proposal(
        1, 1, Action.REVIEW, 0.6, "exact", (Allocation(1, 1, 1_000),), (Evidence("name", "A Ltd", 1.5),)
    )
    _decide(books, suggestion, *(Proposal(n, 1, Action.REVIEW, 0.0, "none", ()) for n in (2, 3)))
    return books


def _decide(books: Books, *proposals: Proposal) -> Saved:
    with books.store.write() as connection:
        return save_decisions(connection, proposals, NIGHT, AS_OF)


def _act(
    books: Books, item: int, decision: Decision, author: Author = ADA, version: int = 0, limits: Limits = NO_LIMITS
) -> Done:
    with books.store.write() as connection:
        return act(connection, item, version, decision, author, AS_OF, limits)


def test_queue_is_ordered_by_money_times_doubt(queue: Books) -> None:
    with queue.store.read() as connection:
        items = list_items(connection)
        assert [(item.amount_minor, item.priority_minor) for item in items] == [(700, 700), (500, 500), (1_000, 400)]
        assert list_items(connection, limit=1, after=items[0].id) == items[1:2]
        assert count_items(connection) == {("main", "EUR"): (3, 2_200)}


def test_accepted_suggestion_is_posted_and_taught(queue: Books) -> None:
    item = _item(queue, 1)
    done = _act(queue, item, Decision(Act.ACCEPT))
    assert (done.state, queue.open_of("I1"), queue.state_of(1)) == (ReviewState.POSTED, 0, "applied")
    assert queue.rows("SELECT key, customer_id, is_positive FROM teaching") == [("payer 0", 1, 1)]
    assert verify(queue.url).holds


def test_second_tab_gets_a_conflict(queue: Books) -> None:
    item = _item(queue, 1)
    seen = queue.value(f"SELECT version FROM review_item WHERE id = {item}")
    _act(queue, item, Decision(Act.ACCEPT), ADA, seen)
    with pytest.raises(Conflict, match="ada was first: the item is posted now"):
        _act(queue, item, Decision(Act.ACCEPT), BEN, seen)
    assert queue.value("SELECT count(*) FROM entry WHERE kind = 'apply'") == 1


def test_night_that_posts_first_leaves_the_reviewer_a_conflict(queue: Books) -> None:
    item = _item(queue, 1)
    seen = queue.value(f"SELECT version FROM review_item WHERE id = {item}")
    _decide(queue, Proposal(1, 1, Action.POST, 0.9999, "exact", (Allocation(1, 1, 1_000),)))
    with pytest.raises(Conflict, match="night was first"):
        _act(queue, item, Decision(Act.ACCEPT), BEN, seen)


def test_claimed_item_is_left_to_its_holder_for_five_minutes(queue: Books) -> None:
    item = _item(queue, 1)
    _act(queue, item, Decision(Act.CLAIM))
    with pytest.raises(Conflict, match="ada is working on it until 20:05 UTC"):
        _act(queue, item, Decision(Act.ACCEPT), BEN)
    later = Author("ben", NOW + timedelta(minutes=6))
    assert _act(queue, item, Decision(Act.ACCEPT), later).state is ReviewState.POSTED


def test_deposit_applied_by_hand_with_the_rest_on_account(queue: Books) -> None:
    with queue.store.read() as connection:
        case = show_item(connection, _item(queue, 3))
        allocations = allocations_of(connection, case.item, [("I2", 500)], on_account="A")
    _act(queue, case.item.id, Decision(Act.APPLY, allocations=allocations))
    assert queue.balances()["on_account", "EUR"] == -200
    assert queue.open_of("I2") == 0


def test_number_that_two_customers_share_needs_the_customer(queue: Books) -> None:
    queue.invoices(("B", "I2", 500))
    with queue.store.read() as connection:
        item = show_item(connection, _item(queue, 2)).item
        with pytest.raises(NotAllowed, match="customers A, B share the number 'I2'"):
            allocations_of(connection, item, [("I2", 500)])
        assert allocations_of(connection, item, [("I2", 500)], customer="B")[0].customer_id == 2


def test_rejected_suggestion_is_remembered_and_never_posted_by_the_night(queue: Books) -> None:
    _act(queue, _item(queue, 1), Decision(Act.REJECT, reason="not theirs"))
    assert queue.rows("SELECT key, customer_id, is_positive FROM teaching") == [("payer 0", 1, 0)]
    _decide(queue, Proposal(1, 1, Action.POST, 0.9999, "exact", (Allocation(1, 1, 1_000),)))
    assert queue.state_of(1) == "in_review"
    with queue.store.read() as connection:
        (partition,) = load_partitions(connection, AS_OF)
        assert partition.deposits.postable.tolist() == [False, True, True]
        assert partition.teachings.is_positive.tolist() == [False]


def test_undone_acceptance_forgets_what_it_taught_and_asks_again(queue: Books) -> None:
    item = _item(queue, 1)
    _act(queue, item, Decision(Act.ACCEPT))
    with queue.store.write() as connection:
        undo(connection, "D1", BEN, AS_OF, "wrong customer")
    assert queue.rows("SELECT * FROM teaching") == []
    assert queue.value(f"SELECT state FROM review_item WHERE id = {item}") == "open"
    assert verify(queue.url).holds


def test_large_decision_waits_for_a_second_person(queue: Books) -> None:
    item = _item(queue, 1)
    limits = Limits(second_approval_minor=999)
    assert _act(queue, item, Decision(Act.ACCEPT), limits=limits).state is ReviewState.NEEDS_SECOND_APPROVAL
    assert queue.open_of("I1") == 1_000
    with pytest.raises(NotAllowed, match="nobody approves their own decision"):
        _act(queue, item, Decision(Act.APPROVE), ADA)
    assert _act(queue, item, Decision(Act.APPROVE), BEN).state is ReviewState.POSTED
    assert queue.open_of("I1") == 0


def test_write_off_above_the_limit_waits_for_a_second_person(queue: Books) -> None:
    item = _item(queue, 2)
    decision = Decision(Act.APPLY, allocations=(Allocation(1, 1, 500, write_off_minor=500),), reason="goodwill")
    limits = Limits(write_off_minor=100)
    assert _act(queue, item, decision, limits=limits).state is ReviewState.NEEDS_SECOND_APPROVAL
    assert _act(queue, item, Decision(Act.REFUSE), BEN).state is ReviewState.OPEN
    assert queue.value(f"SELECT detail FROM review_item WHERE id = {item}") == ""


def test_snoozed_item_comes_back_on_its_day(queue: Books) -> None:
    item = _item(queue, 1)
    _act(queue, item, Decision(Act.SNOOZE, until=AS_OF + timedelta(days=3)))
    with queue.store.write() as connection:
        assert len(list_items(connection)) == 2
        assert wake_snoozed(connection, AS_OF + timedelta(days=2)) == 0
        assert wake_snoozed(connection, AS_OF + timedelta(days=3)) == 1
        assert len(list_items(connection)) == 3


def test_set_aside_is_not_customer_money(queue: Books) -> None:
    done = _act(queue, _item(queue, 2), Decision(Act.SET_ASIDE, set_aside_name="interest"))
    assert done.state is ReviewState.NOT_CUSTOMER_MONEY
    assert queue.balances()["set_aside:interest", "EUR"] == -500


def test_return_is_linked_to_its_deposit(queue: Books) -> None:
    _act(queue, _item(queue, 1), Decision(Act.ACCEPT))
    (back,) = queue.deposits(-1_000)
    _decide(queue, Proposal(back, 1, Action.REVIEW, 0.5, "none", ()))
    _act(queue, _item(queue, back), Decision(Act.RETURN_OF, return_of=1))
    assert queue.open_of("I1") == 1_000
    assert verify(queue.url).holds


def test_statement_that_does_not_prove_holds_its_deposits_until_a_person_says_why(queue: Books) -> None:
    wrong = queue.statement(700, opening_minor=0, closing_minor=1, proof=Proof.DISCREPANCY, proof_reason="differs")
    queue.take(wrong)
    certain = Proposal(4, 1, Action.POST, 0.9999, "exact", (Allocation(3, 2, 700),))
    _decide(queue, certain)
    assert queue.state_of(4) == "in_review"
    item = queue.value("SELECT id FROM review_item WHERE kind = 'statement'")
    with pytest.raises(NotAllowed, match="needs a reason"):
        _act(queue, item, Decision(Act.ACCEPT))
    _act(queue, item, Decision(Act.ACCEPT, reason="the bank confirmed by phone"))
    _decide(queue, certain)
    assert queue.state_of(4) == "applied"


def test_discrepancy_with_the_other_system_is_asked_and_taken_over(queue: Books) -> None:
    queue.invoices(("A", "I1", 1_000), open_minor=600)
    item = queue.value("SELECT id FROM review_item WHERE kind = 'discrepancy'")
    assert queue.open_of("I1") == 1_000, "never overwritten"
    queue.invoices(("A", "I1", 1_000), open_minor=600)
    assert queue.value("SELECT count(*) FROM review_item WHERE kind = 'discrepancy'") == 1
    _act(queue, item, Decision(Act.ACCEPT))
    assert queue.open_of("I1") == 600
    assert verify(queue.url).holds


def test_open_amount_without_our_unexported_postings_is_no_discrepancy(queue: Books) -> None:
    _act(queue, _item(queue, 1), Decision(Act.ACCEPT))
    queue.invoices(("A", "I1", 1_000), open_minor=1_000)
    queue.invoices(("A", "I1", 1_000), open_minor=0)
    assert queue.value("SELECT count(*) FROM review_item WHERE kind = 'discrepancy'") == 0


def test_deciding_the_same_again_writes_nothing(queue: Books) -> None:
    suggestion = Proposal(
        1, 1, Action.REVIEW, 0.6, "exact", (Allocation(1, 1, 1_000),), (Evidence("name", "A Ltd", 1.5),)
    )
    before = [
        queue.rows(f"SELECT * FROM {table}") for table in ("proposal", "review_item", "entry", "bank_line", "audit")
    ]
    saved = _decide(queue, suggestion)
    after = [
        queue.rows(f"SELECT * FROM {table}") for table in ("proposal", "review_item", "entry", "bank_line", "audit")
    ]
    assert before == after
    assert saved.unchanged == 1


def test_two_deposits_for_one_invoice_post_once_and_queue_once(queue: Books) -> None:
    first, second = queue.deposits(700, 700)
    certain = [Proposal(line, 1, Action.POST, 0.9999, "exact", (Allocation(3, 2, 700),)) for line in (first, second)]
    saved = _decide(queue, *certain)
    assert (saved.posted, saved.queued) == (1, 1)
    assert queue.value(f"SELECT detail FROM review_item WHERE subject_id = {second}") == (
        "I3 is open for 0.00 EUR, less than 7.00"
    )
    assert verify(queue.url).holds


def test_suggestions_are_kept_with_their_evidence(queue: Books) -> None:
    with queue.store.read() as connection:
        (kept,) = proposals_of(connection, [1])[1]
        case = show_item(connection, _item(queue, 1))
    assert kept.evidence == (Evidence("name", "A Ltd", 1.5),)
    assert case.line is not None
    assert (case.line.file_name, case.line.source_line, case.line.source_byte) == ("file1.ofx", 1, 0)


@pytest.mark.parametrize("state", list(ReviewState))
def test_final_states_allow_nothing_and_waiting_states_something(state: ReviewState) -> None:
    possible = [act_ for act_ in Act if (state, act_) in NEXT]
    resolved = (ReviewState.POSTED, ReviewState.EXPORTED, ReviewState.DUPLICATE, ReviewState.NOT_CUSTOMER_MONEY)
    final = state in (*resolved, ReviewState.REFUSED)
    assert bool(possible) == (not final and state is not ReviewState.ACCEPTED)
    assert state not in WAITING or possible


def test_impossible_act_names_state_and_act() -> None:
    with pytest.raises(NotAllowed, match="an item that is posted cannot be handled by set aside"):
        next_state(ReviewState.POSTED, Act.SET_ASIDE)


def _item(books: Books, line: int) -> int:
    return int(books.value(f"SELECT id FROM review_item WHERE kind = 'deposit' AND subject_id = {line}"))


def test_second_person_approves_what_was_accepted_whatever_the_night_thinks_since(queue: Books) -> None:
    limits = Limits(second_approval_minor=900)
    item = _item(queue, 1)
    assert _act(queue, item, Decision(Act.ACCEPT), limits=limits).state is ReviewState.NEEDS_SECOND_APPROVAL
    other = Proposal(1, 1, Action.POST, 0.9999, "exact", (Allocation(2, 1, 500), Allocation(None, 1, 500)))
    assert _decide(queue, other).posted == 0
    assert _act(queue, item, Decision(Act.APPROVE), BEN, limits=limits).state is ReviewState.POSTED
    assert (queue.open_of("I1"), queue.open_of("I2"), queue.state_of(1)) == (0, 500, "applied")
    assert verify(queue.url).holds


def test_undone_turn_of_a_teaching_brings_back_what_held_before(queue: Books) -> None:
    """Refused by ada, accepted by ben after all, undone: the payer is refused again, not merely unknown."""
    later = Author("ben", NOW + timedelta(minutes=1))
    _act(queue, _item(queue, 1), Decision(Act.REJECT, reason="not theirs"))
    _act(queue, _item(queue, 1), Decision(Act.ACCEPT), later)
    assert queue.rows("SELECT is_positive, taught_by FROM teaching") == [(1, "ben")]
    with queue.store.write() as connection:
        undo(connection, "D1", BEN, AS_OF, "ada was right")
    assert queue.rows("SELECT is_positive, taught_by FROM teaching") == [(0, "ada")]
    assert queue.rows("SELECT * FROM earlier_teaching") == []


def test_turn_that_was_turned_again_is_forgotten_without_a_trace(queue: Books) -> None:
    """Accepted, refused, and only then the acceptance is undone: the refusal stands, and nothing is left behind it."""
    _act(queue, _item(queue, 1), Decision(Act.ACCEPT))
    with queue.store.write() as connection:
        teach(connection, "main", 1, [1], Author("cleo", NOW + timedelta(minutes=2)), is_payer=False)
    with queue.store.write() as connection:
        undo(connection, "D1", BEN, AS_OF, "wrong")
    assert queue.rows("SELECT is_positive, taught_by FROM teaching") == [(0, "cleo")]
    assert queue.rows("SELECT * FROM earlier_teaching") == []
