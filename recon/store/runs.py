"""Runs and their steps, and the one lock that keeps two nights apart: a lease with a named holder.

The lease is renewed with every step. A holder whose process is gone from this host, or whose lease has run out, is
dead: the next run takes over and marks the old one interrupted.

Room: store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, text

from recon.errors import StoreBusy, ensure
from recon.store import schema
from recon.store.bulk import insert_many, next_id
from recon.store.chain import canonical
from recon.store.instants import instant_of, instant_text

LEASE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Holder:
    """The process that runs: its host's name and its number there."""

    host: str
    pid: int


@dataclass(frozen=True, slots=True)
class RunRecord:
    """A run as the books remember it."""

    id: int
    kind: str
    as_of: str
    state: str
    started_at: str
    ended_at: str | None
    host: str
    pid: int
    exit_code: int | None
    report: str


def start_run(
    connection: Connection, kind: str, as_of: str, holder: Holder, now: datetime,
    is_alive: Callable[[int], bool], settings_digest: str = "", lock: str = "night",
) -> int:  # fmt: skip
    """Take the lock and open a run; return its id. Raises StoreBusy, naming the holder, while another run lives.

    `is_alive` tells whether a process of this host is still there: the shell's knowledge, not the store's.
    """
    _take_lock(connection, lock, holder, now, is_alive)
    run_id = next_id(connection, schema.run)
    columns = ("id", "kind", "as_of", "state", "started_at", "host", "pid", "settings_digest")
    row = (run_id, kind, as_of, "running", instant_text(now), holder.host, holder.pid, settings_digest)
    insert_many(connection, schema.run, columns, [row])
    held = ("name", "run_id", "host", "pid", "acquired_at", "lease_until")
    lease = (holder.host, holder.pid, instant_text(now), instant_text(now + LEASE))
    insert_many(connection, schema.run_lock, held, [(lock, run_id, *lease)])
    return run_id


def start_step(connection: Connection, run_id: int, ordinal: int, step: str, now: datetime) -> None:
    """Record that a step began, and renew the lease. Raises StoreBusy when another run took over meanwhile."""
    renew_lease(connection, run_id, now)
    columns = ("run_id", "ordinal", "step", "state", "started_at")
    insert_many(connection, schema.run_step, columns, [(run_id, ordinal, step, "running", instant_text(now))])


def end_step(
    connection: Connection, run_id: int, ordinal: int, now: datetime, counts: dict[str, object], state: str = "done"
) -> None:
    """Record how a step ended, and what it counted."""
    sql = (
        "UPDATE run_step SET state = :state, ended_at = :now, counts = :counts"
        " WHERE run_id = :run AND ordinal = :ordinal"
    )
    given = {"state": state, "now": instant_text(now), "counts": canonical(counts), "run": run_id, "ordinal": ordinal}
    ensure(connection.execute(text(sql), given).rowcount == 1, f"step {ordinal} of run {run_id} never started")


def renew_lease(connection: Connection, run_id: int, now: datetime) -> None:
    """Hold the lock for another LEASE from now."""
    sql = "UPDATE run_lock SET lease_until = :until WHERE run_id = :run"
    if connection.execute(text(sql), {"until": instant_text(now + LEASE), "run": run_id}).rowcount != 1:
        raise StoreBusy(f"run {run_id} has lost its lock to a later run", "Let the later run finish")


def end_run(
    connection: Connection, run_id: int, now: datetime, exit_code: int, report: str = "", state: str = "done"
) -> None:
    """Close the run and give the lock back."""
    sql = "UPDATE run SET state = :state, ended_at = :now, exit_code = :code, report = :report WHERE id = :run"
    given = {"state": state, "now": instant_text(now), "code": exit_code, "report": report, "run": run_id}
    connection.execute(text(sql), given)
    connection.execute(text("DELETE FROM run_lock WHERE run_id = :run"), {"run": run_id})


def last_runs(connection: Connection, limit: int = 20) -> tuple[RunRecord, ...]:
    """Return the latest runs, newest first."""
    sql = (
        "SELECT id, kind, as_of, state, started_at, ended_at, host, pid, exit_code, report FROM run"
        " ORDER BY id DESC LIMIT :limit"
    )
    return tuple(RunRecord(*row) for row in connection.execute(text(sql), {"limit": limit}))


def require_free_lock(
    connection: Connection, lock: str, holder: Holder, now: datetime, is_alive: Callable[[int], bool]
) -> int | None:
    """Return the dead run that still has the lock, if one has. Raises StoreBusy, naming the holder, while it lives."""
    sql = "SELECT run_id, host, pid, acquired_at, lease_until FROM run_lock WHERE name = :lock"
    held = connection.execute(text(sql), {"lock": lock}).first()
    if held is None:
        return None
    run_id, host, pid, acquired_at, lease_until = held
    is_dead = host == holder.host and not is_alive(pid)
    if not is_dead and instant_text(now) < lease_until:
        age = max(now - instant_of(acquired_at), timedelta())
        raise StoreBusy(
            f"run {run_id} holds the books: host {host}, pid {pid}, for {_age_text(age)}",
            f"Wait for it to end; if it hangs, stop pid {pid} on {host} and run again",
        )
    return int(run_id)


def _take_lock(
    connection: Connection, lock: str, holder: Holder, now: datetime, is_alive: Callable[[int], bool]
) -> None:
    """Make sure nobody holds the lock; the writer's lock of the transaction makes look and take one act."""
    run_id = require_free_lock(connection, lock, holder, now, is_alive)
    if run_id is None:
        return
    connection.execute(text("DELETE FROM run_lock WHERE name = :lock"), {"lock": lock})
    for table, column in (("run", "id"), ("run_step", "run_id")):
        interrupted = (
            f"UPDATE {table} SET state = 'interrupted', ended_at = :now WHERE {column} = :run AND state = 'running'"
        )
        connection.execute(text(interrupted), {"now": instant_text(now), "run": run_id})


def _age_text(age: timedelta) -> str:
    """Say how long, as a person would.

    >>> _age_text(timedelta(seconds=75))
    '1 min 15 s'
    """
    minutes, seconds = divmod(int(age.total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
