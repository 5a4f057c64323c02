"""Nights, reviewers and imports at once: one wins, the others are told, nothing happens twice, nothing deadlocks."""

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest

from recon.errors import Conflict, NotAllowed, StoreBusy
from recon.model import Action, Allocation, Proposal
from recon.review import Act, Decision
from recon.store.chain import Author
from recon.store.engine import Store, open_store
from recon.store.proposals import save_decisions
from recon.store.review import act
from recon.store.runs import Holder, start_run
from recon.verify import verify
from tests.conftest import AS_OF, NIGHT, NOW, Books


def _at_once(url: str, works: list[Callable[[Store], object]]) -> Counter[str]:
    """Run all works at the same moment, each with its own connections; return what came of them by name."""
    outcomes: Counter[str] = Counter()
    gate = threading.Barrier(len(works))

    def run(work: Callable[[Store], object]) -> None:
        store = open_store(url)
        gate.wait(30)
        try:
            work(store)
            outcomes["done"] += 1
        except Exception as error:  # noqa: BLE001 - the name is the outcome under test
            outcomes[type(error).__name__] += 1
        finally:
            store.close()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    return outcomes


@pytest.mark.parametrize("count", [2, 8])
def test_of_nights_started_at_once_exactly_one_runs(books: Books, count: int) -> None:
    def night(pid: int) -> Callable[[Store], object]:
        def start(store: Store) -> None:
            with store.write() as connection:
                start_run(connection, "nightly", "2026-03-31", Holder("alpha", pid), NOW, lambda _: True)

        return start

    assert _at_once(books.url, [night(pid) for pid in range(count)]) == {"done": 1, StoreBusy.__name__: count - 1}


def test_one_file_imported_by_eight_at_once_is_there_once(books: Books) -> None:
    statement = books.statement(100, 200, -300)
    outcomes = _at_once(books.url, [lambda store: Books(store, books.url).take(statement, name="same")] * 8)
    assert outcomes == {"done": 8}
    assert books.value("SELECT count(*) FROM bank_line") == 3
    assert books.balances() == {}
    assert verify(books.url).holds


def test_of_forty_accepts_at_once_one_succeeds(books: Books) -> None:
    _queued(books)
    seen = books.value("SELECT version FROM review_item")

    def accept(n: int) -> Callable[[Store], object]:
        def work(store: Store) -> None:
            with store.write() as connection:
                act(connection, 1, seen, Decision(Act.ACCEPT), Author(f"reviewer {n}", NOW), AS_OF)

        return work

    assert _at_once(books.url, [accept(n) for n in range(40)]) == {"done": 1, Conflict.__name__: 39}
    assert books.open_of("I1") == 0
    assert books.value("SELECT count(*) FROM entry WHERE kind = 'apply'") == 1


def test_reviewer_against_night_one_effect(fresh: Callable[[], str]) -> None:
    for round_ in range(6):
        url = fresh()
        books = Books(open_store(url), url)
        _queued(books)
        certain = Proposal(1, 1, Action.POST, 0.9999, "exact", (Allocation(1, 1, 1_000),))

        def night(store: Store, certain: Proposal = certain) -> None:
            with store.write() as connection:
                save_decisions(connection, [certain], NIGHT, AS_OF)

        def tab(store: Store, round_: int = round_) -> None:
            with store.write() as connection:
                now = NOW + timedelta(seconds=round_)
                act(connection, 1, 1, Decision(Act.ACCEPT), Author("ada", now), AS_OF)

        outcomes = _at_once(url, [tab, night, tab])
        assert outcomes["done"] in (1, 2), "the night's save is done, with or without the deposit"
        assert outcomes["done"] + outcomes[Conflict.__name__] + outcomes[NotAllowed.__name__] == 3
        assert books.value("SELECT count(*) FROM entry WHERE kind = 'apply'") == 1
        assert verify(url).holds
        books.store.close()


def _queued(books: Books) -> None:
    books.customers("A")
    books.invoices(("A", "I1", 1_000))
    books.deposits(1_000)
    with books.store.write() as connection:
        suggestion = Proposal(1, 1, Action.REVIEW, 0.6, "exact", (Allocation(1, 1, 1_000),))
        save_decisions(connection, [suggestion], NIGHT, AS_OF)
