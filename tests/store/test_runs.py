"""One night at a time: the holder is named, a dead one is taken over, and a run that lost its lock stops."""

from datetime import timedelta

import pytest

from recon.errors import Exit, StoreBusy
from recon.store.engine import Store
from recon.store.runs import LEASE, Holder, end_run, end_step, last_runs, start_run, start_step
from tests.conftest import NOW

HERE = Holder("alpha", 100)


def _start(store: Store, holder: Holder = HERE, minutes: float = 0, alive: bool = True) -> int:
    with store.write() as connection:
        return start_run(connection, "nightly", "2026-03-31", holder, NOW + timedelta(minutes=minutes), lambda _: alive)


def test_second_night_is_told_who_holds_the_books(store: Store) -> None:
    _start(store)
    with pytest.raises(StoreBusy) as told:
        _start(store, Holder("beta", 7), minutes=1.25)
    assert "run 1 holds the books: host alpha, pid 100, for 1 min 15 s" in str(told.value)
    assert told.value.exit_code is Exit.LOCKED


def test_ended_run_gives_the_lock_back(store: Store) -> None:
    run = _start(store)
    with store.write() as connection:
        start_step(connection, run, 1, "read", NOW)
        end_step(connection, run, 1, NOW, {"files": 2})
        end_run(connection, run, NOW, 0)
    _start(store)
    with store.read() as connection:
        assert [record.state for record in last_runs(connection)] == ["running", "done"]


def test_killed_run_on_this_host_is_taken_over_at_once(store: Store) -> None:
    run = _start(store)
    with store.write() as connection:
        start_step(connection, run, 1, "read", NOW)
    _start(store, Holder("alpha", 101), minutes=1, alive=False)
    with store.read() as connection:
        assert [record.state for record in last_runs(connection)] == ["running", "interrupted"]


def test_run_on_another_host_is_taken_over_when_its_lease_has_run_out(store: Store) -> None:
    _start(store)
    with pytest.raises(StoreBusy):
        _start(store, Holder("beta", 7), minutes=29, alive=False)
    _start(store, Holder("beta", 7), minutes=LEASE.total_seconds() / 60)


def test_step_renews_the_lease(store: Store) -> None:
    run = _start(store)
    with store.write() as connection:
        start_step(connection, run, 1, "read", NOW + timedelta(minutes=20))
    with pytest.raises(StoreBusy):
        _start(store, Holder("beta", 7), minutes=40)


def test_run_that_lost_its_lock_stops_at_its_next_step(store: Store) -> None:
    run = _start(store)
    _start(store, Holder("beta", 7), minutes=31)
    with pytest.raises(StoreBusy, match="run 1 has lost its lock"), store.write() as connection:
        start_step(connection, run, 1, "read", NOW)
