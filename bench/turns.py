"""Let several programs use one database in turns, one statement each, in an order that a seed decides and replays.

Each program is a thread with a store of its own, so with connections and transactions of its own. It stops before every
statement and before every commit until it is called. Who asks for the writer's lock while another holds it mostly
stands back; now and then it is sent in, so that the database itself must hold it off until the holder has committed.

Room: shell.
"""

import random
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import event

from recon.store.engine import Store, open_store

Work = Callable[[Store], str]
ASKS = ("BEGIN IMMEDIATE", "pg_advisory_xact_lock")  # how a writer asks for the lock, on either database
PATIENCE = 30  # seconds until somebody is said to wait for ever


@dataclass
class Turns:
    """Who may go on. All fields are guarded by `changed`."""

    chance: random.Random
    count: int
    changed: threading.Condition = field(default_factory=threading.Condition)
    called: int | None = None
    at_gate: dict[int, bool] = field(default_factory=dict)  # who stands at the gate; True: asks for the lock
    inside: set[int] = field(default_factory=set)  # waiting in the database for the lock
    ended: set[int] = field(default_factory=set)
    holder: int | None = None
    is_leaving: bool = False  # the holder was let into its commit or rollback
    order: list[int] = field(default_factory=list)

    def gate(self, who: int, *, asks: bool = False, leaves: bool = False) -> None:
        """Stop until called. Called by the programs."""
        with self.changed:
            self._arrived(who)
            self.at_gate[who] = asks
            self.changed.notify_all()
            if not self.changed.wait_for(lambda: self.called == who, PATIENCE):
                raise TimeoutError("nobody called")
            self.called = None
            self.is_leaving = self.is_leaving or (leaves and self.holder == who)
            self.changed.notify_all()

    def end(self, who: int) -> None:
        """Say that a program is done."""
        with self.changed:
            self._arrived(who)
            self.ended.add(who)
            self.changed.notify_all()

    def lead(self) -> None:
        """Call one after the other until all have ended. Raises TimeoutError when somebody waits for ever."""
        with self.changed:
            while True:
                if not self.changed.wait_for(self._is_settled, PATIENCE):
                    raise TimeoutError(f"waiting: {self.inside or self.at_gate}, lock: {self.holder}")
                if len(self.ended) == self.count:
                    return
                self._call(self._choose())

    def _arrived(self, who: int) -> None:
        if who in self.inside:
            self.inside.discard(who)
            self.holder, self.is_leaving = who, False
        elif self.holder == who and self.is_leaving:
            self.holder, self.is_leaving = None, False

    def _is_settled(self) -> bool:
        """Whether everybody stands somewhere, and whoever could get the lock in the database has got it."""
        standing = len(self.at_gate) + len(self.inside) + len(self.ended)
        return self.called is None and standing == self.count and not (self.inside and self.holder is None)

    def _choose(self) -> int:
        free = [who for who, asks in self.at_gate.items() if not asks or self.holder is None]
        barred = [who for who in self.at_gate if who not in free]
        may_try = barred if self.chance.random() < 0.2 else []
        return self.chance.choice(sorted([*free, *may_try]))

    def _call(self, who: int) -> None:
        asks = self.at_gate.pop(who)
        if asks and self.holder is not None:
            self.inside.add(who)
        elif asks:
            self.holder = who
        self.order.append(who)
        self.called = who
        self.changed.notify_all()


def take_turns(url: str, works: Sequence[Work], seed: int) -> tuple[list[str], tuple[int, ...]]:
    """Run all works on the books of the URL; return what came of each, an error by its name, and the order."""
    turns = Turns(random.Random(seed), len(works))
    told = [""] * len(works)

    def run(who: int) -> None:
        store = open_store(url)
        _stop_at_statements(store, turns, who)
        try:
            told[who] = works[who](store)
        except Exception as error:  # noqa: BLE001 - the name is what came of it
            told[who] = type(error).__name__
        finally:
            store.close()
            turns.end(who)

    threads = [threading.Thread(target=run, args=(who,), daemon=True) for who in range(len(works))]
    for thread in threads:
        thread.start()
    turns.lead()
    for thread in threads:
        thread.join(PATIENCE)
    return told, tuple(turns.order)


def _stop_at_statements(store: Store, turns: Turns, who: int) -> None:
    def before_statement(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        turns.gate(who, asks=any(sign in statement for sign in ASKS))

    def before_end(_connection: object) -> None:
        turns.gate(who, leaves=True)

    event.listen(store.engine, "before_cursor_execute", before_statement)
    event.listen(store.engine, "commit", before_end)
    event.listen(store.engine, "rollback", before_end)
