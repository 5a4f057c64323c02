"""Processes at once on one set of books: nights that import and decide the same, reviewers who accept the same item.

    python -m bench.contention               2 and 8 processes, 200 rounds, SQLite and a PostgreSQL server of our own
    python -m bench.contention --rounds 20   fewer

Each round ends with exactly one effect, whoever wins; the others are told, and nobody waits for ever.

Room: shell.
"""

import argparse
import multiprocessing
import sys
import time
from collections.abc import Callable
from typing import Any

from sqlalchemy import text

from bench import small_night
from bench.rewind import Rewind, databases
from recon.errors import Conflict, NotAllowed, StoreBusy
from recon.model import Action, Allocation, Proposal
from recon.review import Act, Decision
from recon.store.engine import Store, open_store
from recon.store.proposals import save_decisions
from recon.store.review import act
from recon.store.runs import Holder, start_run
from recon.verify import verify

EXPECTED = (Conflict, NotAllowed, StoreBusy)
Work = Callable[[Store, int], object]


def night(store: Store, number: int) -> None:
    """A night that everybody runs: it is harmless to repeat."""
    small_night.run(store)


def locked(store: Store, number: int) -> None:
    """Take the lock of the night and keep it."""
    with store.write() as connection:
        start_run(connection, "nightly", "2026-03-31", Holder("here", number), small_night.NIGHT.now, lambda _: True)


def accept(store: Store, number: int) -> None:
    """One of them is the night, the others are reviewers of the same item."""
    with store.write() as connection:
        if number == 0:
            sure = Proposal(1, 1, Action.POST, 0.99, "exact", (Allocation(1, 1, 1_000),))
            save_decisions(connection, [sure], small_night.NIGHT, small_night.AS_OF)
        else:
            act(connection, 1, 1, Decision(Act.ACCEPT), small_night.ADA, small_night.AS_OF)


def main() -> int:
    """Run all rounds on both databases and print the table; 1 when any of them ended wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    rounds = parser.parse_args().rounds
    return int(sum(run(database, rounds, rewind) for database, rewind in databases("contention")) > 0)


def run(database: str, rounds: int, rewind: Rewind) -> int:
    """Run all works with 2 and 8 processes; print a line for each and return how many rounds went wrong."""
    wrong = 0
    for count in (2, 8):
        for work in (locked, accept, night):
            started = time.monotonic()
            prepare = _with_an_item if work is accept else small_night.prepare
            bad = [
                told
                for _ in range(rounds)
                if (told := _round(rewind(f"at_once_{work.__name__}", prepare), work, count))
            ]
            wrong += len(bad)
            head = f"{database:10} {work.__name__:8} {count} processes, {rounds} rounds, {len(bad)} wrong"
            print(f"{head}, {time.monotonic() - started:.0f} s  {bad[:1] or ''}", flush=True)
    return wrong


def _round(url: str, work: Work, count: int) -> str:
    gate = multiprocessing.Barrier(count)
    answers: Any = multiprocessing.SimpleQueue()
    people = [multiprocessing.Process(target=_one, args=(url, work, n, gate, answers)) for n in range(count)]
    for each in people:
        each.start()
    for each in people:
        each.join(120)
    if any(each.is_alive() for each in people):
        return "somebody waits for ever"
    outcomes = [answers.get() for _ in people]
    failed = [told for told in outcomes if told not in ("done", *(kind.__name__ for kind in EXPECTED))]
    return failed[0] if failed else _effect(url, work, outcomes)


def _one(url: str, work: Work, number: int, gate: Any, answers: Any) -> None:
    store = open_store(url)
    gate.wait(60)
    try:
        work(store, number)
        answers.put("done")
    except EXPECTED as error:
        answers.put(type(error).__name__)
    except BaseException as error:  # noqa: BLE001 - the parent judges it
        answers.put(repr(error)[:300])
    finally:
        store.close()


def _effect(url: str, work: Work, outcomes: list[str]) -> str:
    findings = verify(url).findings
    if findings:
        return findings[0].what
    store = open_store(url)
    with store.read() as connection:
        applied = connection.execute(text("SELECT count(*) FROM entry WHERE kind = 'apply'")).scalar_one()
        lines = connection.execute(text("SELECT count(*) FROM bank_line")).scalar_one()
    store.close()
    if work is locked:
        return "" if outcomes.count("done") == 1 else f"{outcomes.count('done')} hold the lock"
    if work is accept:
        return "" if applied == 1 else f"placed {applied} times"
    return (
        "" if (lines, applied) == (small_night.COUNT + 2, small_night.COUNT - 2) else f"{lines} lines, {applied} placed"
    )


def _with_an_item(store: Store) -> None:
    """Reviewers find one item in the queue."""
    small_night.prepare(store)
    small_night.import_first(store)
    with store.write() as connection:
        suggestion = Proposal(1, 1, Action.REVIEW, 0.6, "exact", (Allocation(1, 1, 1_000),))
        save_decisions(connection, [suggestion], small_night.NIGHT, small_night.AS_OF)


if __name__ == "__main__":
    sys.exit(main())
