"""What one night knows while it runs, and the record it leaves of each step.

Room: shell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from recon.errors import Exit, Problem, ReconError
from recon.store.chain import Author

if TYPE_CHECKING:
    from jobs.deciding import Decided
    from jobs.reading import InboxReading
    from jobs.settings import Settings
    from recon.store.engine import Store


@dataclass(slots=True)
class Night:
    """One night. `clock` gives the instant in UTC; the business day is `as_of`, whatever the clock says."""

    store: Store
    settings: Settings
    as_of: date
    clock: Callable[[], datetime]
    run_id: int
    rehearsal: bool = False
    readings: list[InboxReading] = field(default_factory=list)
    decided: list[Decided] | None = None  # None: nothing new to decide
    mark: str = ""  # the state of the books that `decided` was decided for
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    facts: dict[str, Any] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    exit_code: Exit = Exit.OK

    @property
    def author(self) -> Author:
        """Who writes: the night, now."""
        return Author("night", self.clock(), self.run_id)

    def count(self, name: str, more: int = 1) -> None:
        """Add to a count of the report."""
        self.counts[name] += more

    @contextmanager
    def step(self, ordinal: int, name: str) -> Iterator[None]:
        """Record a step with its start, end and counts; a step that fails is recorded as failed."""
        from recon.store import runs

        started, before = self.clock(), Counter(self.counts)
        with self.store.write() as connection:
            runs.start_step(connection, self.run_id, ordinal, name, started)
        try:
            yield
        except BaseException:
            with suppress(ReconError):  # a full disk refuses this record too; the first error is the one to tell
                self._end_step(ordinal, Counter(), "failed")
            raise
        self.seconds[name] = (self.clock() - started).total_seconds()
        self._end_step(ordinal, self.counts - before)

    def _end_step(self, ordinal: int, counts: Counter[str], state: str = "done") -> None:
        from recon.store import runs

        with self.store.write() as connection:
            runs.end_step(connection, self.run_id, ordinal, self.clock(), dict(counts), state)
