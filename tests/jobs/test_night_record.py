"""A night that fails tells its first error, also when its own record cannot be written any more."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection

from jobs.night import Night
from jobs.settings import Settings
from recon.errors import ControlTotalError, ReconError
from recon.store import runs
from recon.store.engine import Store, open_store

NOW = datetime(2026, 3, 31, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class DiskThatFills(Store):
    """A store whose disk is full as soon as the file `full` is there."""

    full: Path

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        if self.full.exists():
            raise ReconError("the database failed: database or disk is full")
        with Store.write(self) as connection:
            yield connection


def test_first_error_is_told_when_the_record_of_the_failure_cannot_be_written(sqlite_url: str, tmp_path: Path) -> None:
    store = DiskThatFills(open_store(sqlite_url).engine, tmp_path / "full")
    with store.write() as connection:
        run_id = runs.start_run(connection, "nightly", "2026-03-31", runs.Holder("here", 1), NOW, lambda _pid: False)
    night = Night(store, Settings(), date(2026, 3, 31), lambda: NOW, run_id)
    with pytest.raises(ControlTotalError), night.step(1, "post"):
        store.full.touch()
        raise ControlTotalError("debits and credits differ")
