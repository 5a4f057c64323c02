"""Processes at once on one set of books: nights that import and decide the same, reviewers who accept the same item.

    python -m bench.contention --rounds 200              2 and 8 processes on SQLite
    python -m bench.contention --rounds 200 --url URL    on an empty PostgreSQL database of that URL

Each round ends with exactly one effect, whoever wins; the others are told, and nobody waits for ever.

Room: shell.
"""

import argparse
import multiprocessing
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import text

from bench import small_night
from recon.errors import Conflict, NotAllowed, StoreBusy
from recon.model import Action, Allocation, Proposal
from recon.review import Act, Decision
from recon.store.engine import Store, open_store
from recon.store.proposals import save_decisions
from recon.store.review import act
from recon.store.runs import Holder, start_run
from recon.store.schema import metadata
from recon.store.upgrade import upgrade
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
    """Run all rounds and print the table; 1 when any of them ended wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--url", default="")
    given = parser.parse_args()
    wrong = 0
    with tempfile.TemporaryDirectory(prefix="recon-contention-") as name:
        for count in (2, 8):
            for work in (locked, accept, night):
                rounds = given.rounds if work is not night else max(given.rounds // 10, 1)
                started = time.monotonic()
                bad = [
                    told for n in range(rounds) if (told := _round(_books(Path(name), given.url, work), work, count))
                ]
                wrong += len(bad)
                told = f"{work.__name__:8} {count} processes, {rounds} rounds, {len(bad)} wrong"
                print(f"{told}, {time.monotonic() - started:.0f} s  {bad[:1] or ''}", flush=True)
    return int(bool(wrong))


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


def _books(folder: Path, url: str, work: Work) -> str:
    """Return books before the round: prepared, and for reviewers with one item in the queue."""
    if not url:
        return _sqlite(folder, work)
    store = open_store(url)
    with store.engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        tables = ", ".join(table for table in metadata.tables if table != "chain_head")
        connection.exec_driver_sql(f"TRUNCATE {tables} RESTART IDENTITY")
        connection.exec_driver_sql("UPDATE chain_head SET seq = 0, hash = repeat('0', 64)")
    _prepare(store, work)
    store.close()
    return url


def _sqlite(folder: Path, work: Work) -> str:
    template = folder / f"{work.__name__}.db"
    if not template.exists():
        upgrade(f"sqlite:///{template}")
        store = open_store(f"sqlite:///{template}")
        _prepare(store, work)
        store.close()
    for path in folder.glob("books.db*"):
        path.unlink()
    shutil.copy(template, folder / "books.db")
    return f"sqlite:///{folder / 'books.db'}"


def _prepare(store: Store, work: Work) -> None:
    small_night.prepare(store)
    if work is accept:
        small_night.import_first(store)
        with store.write() as connection:
            suggestion = Proposal(1, 1, Action.REVIEW, 0.6, "exact", (Allocation(1, 1, 1_000),))
            save_decisions(connection, [suggestion], small_night.NIGHT, small_night.AS_OF)


if __name__ == "__main__":
    sys.exit(main())
