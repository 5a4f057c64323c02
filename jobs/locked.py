"""The lock around whatever works on the books for long: one run at a time, its record closed whatever happens.

Room: shell.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from jobs.night import Night
from jobs.runner import few_collections
from recon.errors import Exit, ReconError
from recon.store import runs
from recon.store.chain import canonical

if TYPE_CHECKING:
    from jobs.invocation import Invocation


@contextmanager
def locked_night(invocation: Invocation, kind: str) -> Iterator[Night]:
    """Yield a night that holds the lock. Raises StoreBusy, which names the holder, while another run has it."""
    settings, as_of = invocation.settings, invocation.as_of
    with invocation.store() as store, few_collections():
        holder = runs.Holder(socket.gethostname(), os.getpid())
        with store.write() as connection:
            run_id = runs.start_run(
                connection, kind, as_of.isoformat(), holder, invocation.now, is_alive, settings.digest()
            )
        night = Night(store, settings, as_of, lambda: invocation.now, run_id, rehearsal=invocation.dry_run)
        try:
            yield night
        except BaseException as error:
            with suppress(ReconError):  # the first error is the one to tell; the lock of a dead run is taken over
                _close(night, "interrupted" if isinstance(error, KeyboardInterrupt) else "failed", _code_of(error))
            raise
        _close(night, "done", night.exit_code)


def is_alive(pid: int) -> bool:
    """Tell whether a process of this host is there."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _close(night: Night, state: str, code: Exit) -> None:
    report = canonical(night.facts["report"]) if "report" in night.facts else ""
    with night.store.write() as connection:
        runs.end_run(connection, night.run_id, night.clock(), int(code), report, state)


def _code_of(error: BaseException) -> Exit:
    if isinstance(error, ReconError):
        return error.exit_code
    return Exit.INTERRUPTED if isinstance(error, KeyboardInterrupt) else Exit.FAILED
