"""The real thing, measured: the import of customers and invoices, and the night step by step, in fresh processes.

Time inside the second reader, matching, rendering and delivery is told apart, because it is paid per item. The clock is
that of the invented day, so that the run does not depend on when it is made.

Room: shell.
"""

import contextlib
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jobs.import_command
import notices.send
import recon.statements.ofx
from bench.gauge import Gauge
from bench.world import ACCOUNT, AS_OF
from jobs import nightly, notifying
from jobs.invocation import Invocation
from jobs.locked import locked_night
from jobs.output import Output

SETTINGS = """\
database = "{url}"

[[companies]]
code = "main"
name = "Harrow Mill Ltd"
currency = "USD"

[[bank_accounts]]
key = "giro"
currency = "USD"
number = "{account}"

[notices]
daily_cap = 10000000
"""
NIGHT = datetime(AS_OF.year, AS_OF.month, AS_OF.day, 20, tzinfo=UTC)


class NightInvocation(Invocation):
    """A call of the command line on the invented evening: a microsecond passes with every look at the clock."""

    looks = 0

    @property
    def now(self) -> datetime:
        """The instant."""
        NightInvocation.looks += 1
        return NIGHT + timedelta(microseconds=self.looks)


def write_settings(folder: Path, url: str) -> None:
    """Write recon.toml for the books behind the URL."""
    (folder / "recon.toml").write_text(SETTINGS.format(url=url, account=ACCOUNT), encoding="utf-8")


def invocation_in(folder: Path) -> Invocation:
    """Return a silent call of the command line in the folder."""
    return NightInvocation(folder / "recon.toml", Output(quiet=True, muted=True), AS_OF.isoformat())


def run_import(folder: Path, kind: str, server_pid: int = 0) -> dict[str, Any]:
    """Import the file of that kind as `recon import` does, and return what it cost."""
    gauge, invocation = Gauge(server_pid), invocation_in(folder)
    with gauge.measure(f"import {kind}"):
        jobs.import_command.import_file(invocation, kind, folder / f"{kind}.csv", "", None)
    return _told(gauge)


def run_night(folder: Path, server_pid: int = 0) -> dict[str, Any]:
    """Run the night as `recon nightly` does, and return what each step cost and what it counted."""
    gauge, invocation = Gauge(server_pid), invocation_in(folder)
    with gauge.measure("record"), locked_night(invocation, "nightly") as night, _parts(gauge):
        for ordinal, step in enumerate(nightly.STEPS, start=1):
            with gauge.measure(step.__name__.rstrip("_")), night.step(ordinal, step.__name__.rstrip("_")):
                step(night)
    return {**_told(gauge), "counts": dict(night.counts), "notices": night.facts.get("notices", {})}


@contextlib.contextmanager
def _parts(gauge: Gauge) -> Iterator[None]:
    with (
        gauge.part(recon.statements.ofx, "disagreement", "second reader"),
        gauge.part(notices.send._Run, "_write", "rendering"),
        gauge.part(notifying, "send", "delivery"),
    ):
        yield


def _told(gauge: Gauge) -> dict[str, Any]:
    return {"seconds": dict(gauge.seconds), "calls": dict(gauge.calls), "peaks_kib": gauge.peaks_kib}


def main(folder: Path, what: str, server_pid: int = 0) -> dict[str, Any]:
    """Do one thing of a measurement: import `customers` or `invoices`, or run the `night`."""
    return run_night(folder, server_pid) if what == "night" else run_import(folder, what, server_pid)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))))
