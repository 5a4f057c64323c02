"""Kill the night everywhere, starve it of disk, tear its log; then run it again and compare the books.

    python -m bench.sweep                 everything: every write and sync, 500 lines (a few minutes)
    python -m bench.sweep --points 2000   more lines
    RECON_STEPS=100000 python -m pytest tests/books/test_stateful.py   the long walk of the property test

After each point the night is run again; then `recon verify` must find nothing and the digest must be that of a night
that was left alone. System calls are cut with strace, where it is installed; source lines by a trace function.

Room: shell.
"""

import argparse
import contextlib
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from bench import small_night
from recon.errors import ReconError
from recon.store.digest import digest
from recon.store.engine import Store, open_store
from recon.store.upgrade import upgrade
from recon.verify import verify

CALLS = ("pwrite64", "fdatasync", "fsync", "write", "ftruncate")
ROOMS = ("recon/store", "recon/ledger", "recon/review")


@dataclass(frozen=True, slots=True)
class Traced:
    """How a night under strace ended: its wait status, 0 when it went through, and what it raised."""

    status: int
    said: str


@dataclass(slots=True)
class Tally:
    """One row of the table that is printed."""

    name: str
    points: int = 0
    reached: int = 0  # points at which something was really cut
    violations: int = 0
    first: str = ""

    def add(self, where: str, wrong: str, *, is_reached: bool) -> None:
        """Count a point; remember the first violation."""
        self.points += 1
        self.reached += is_reached
        if wrong:
            self.violations += 1
            self.first = self.first or f"{where}: {wrong}"


class Sweep:
    """A template of the books before the night, and what they must say after it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.template = folder / "template.db"
        url = f"sqlite:///{self.template}"
        upgrade(url)
        with _opened(url) as store:
            small_night.prepare(store)
        self.expected = self._undisturbed()

    def books(self) -> Path:
        """Return fresh books as they are before the night."""
        for path in self.folder.glob("books.db*"):
            path.unlink()
        path = self.folder / "books.db"
        shutil.copy(self.template, path)
        return path

    def judge(self, path: Path) -> str:
        """Run the night again and say what is wrong with the books, or nothing."""
        url = f"sqlite:///{path}"
        try:
            with _opened(url) as store:
                small_night.run(store)
                with store.read() as connection:
                    said = digest(connection)
        except Exception as error:  # noqa: BLE001 - whatever it is, the sweep goes on and counts it
            return f"the rerun failed: {error!r}"
        findings = verify(url).findings
        if findings:
            return findings[0].what
        return "" if said == self.expected else "the digest is another"

    def _undisturbed(self) -> str:
        path = self.books()
        wrong = ""
        with _opened(f"sqlite:///{path}") as store:
            small_night.run(store)
            with store.read() as connection:
                said = digest(connection)
        self.expected = said
        wrong = self.judge(path)
        if wrong:
            raise SystemExit(f"the undisturbed night is wrong: {wrong}")
        return said


def main() -> int:
    """Run the sweep and print its table; 1 when anything was violated."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--points", type=int, default=500, help="points per kind, at most")
    points = parser.parse_args().points
    with tempfile.TemporaryDirectory(prefix="recon-sweep-") as folder:
        sweep = Sweep(Path(folder))
        tallies = [kill_at_lines(sweep, points), tear_log(sweep, max(points // 2, 200))]
        if shutil.which("strace"):
            tallies += [
                kill_at_calls(sweep, points),
                *(fail_calls(sweep, error, points) for error in ("ENOSPC", "EIO")),
            ]
        else:
            print("strace is not installed: system calls are not cut")
    print(f"{'test':34} {'points':>7} {'cut':>7} {'violations':>10}")
    for tally in tallies:
        print(f"{tally.name:34} {tally.points:7} {tally.reached:7} {tally.violations:10}  {tally.first}")
    return int(any(tally.violations for tally in tallies))


def kill_at_lines(sweep: Sweep, points: int) -> Tally:
    """SIGKILL the night at source lines of the store, spread evenly over all that it executes."""
    tally = Tally("SIGKILL at source lines")
    total = _count_lines(sweep)
    for line in _spread(total, points):
        path = sweep.books()
        status = _in_child(lambda path=path, line=line: _run_traced(path, line))
        tally.add(f"line {line}", sweep.judge(path), is_reached=os.WIFSIGNALED(status))
    return tally


def kill_at_calls(sweep: Sweep, points: int) -> Tally:
    """SIGKILL the night at writes and syncs."""
    tally = Tally("SIGKILL at writes and fsyncs")
    for call, count in _calls(sweep).items():
        for number in _spread(count, points):
            path = sweep.books()
            done = _straced(path, f"inject={call}:signal=SIGKILL:when={number}")
            tally.add(f"{call} {number}", sweep.judge(path), is_reached=done.status != 0)
    return tally


def fail_calls(sweep: Sweep, error: str, points: int) -> Tally:
    """Let writes and syncs fail with an error: a clean message, nothing half posted, and the next night is whole."""
    tally = Tally(f"{error} from writes and fsyncs")
    for call, count in _calls(sweep).items():
        for number in _spread(count, points):
            path = sweep.books()
            done = _straced(path, f"inject={call}:error={error}:when={number}+")
            wrong = "" if "ReconError" in done.said or not done.status else done.said[-200:]
            tally.add(f"{call} {number}", sweep.judge(path) or wrong, is_reached=done.status != 0)
    return tally


def tear_log(sweep: Sweep, seeds: int) -> Tally:
    """Cut or damage the tail of the write-ahead log that a killed night left; the books open, or refuse clearly."""
    tally = Tally("torn write-ahead log")
    total = _count_lines(sweep)
    for seed in range(seeds):
        chance = random.Random(seed)
        path = sweep.books()
        at = chance.randrange(total // 4, total)
        _in_child(lambda path=path, at=at: _run_traced(path, at))
        log = path.with_name(path.name + "-wal")
        is_torn = log.exists() and log.stat().st_size > 0
        if is_torn:
            _damage(log, chance)
        tally.add(f"seed {seed}", _open_or_refuse(sweep, path), is_reached=is_torn)
    return tally


def _open_or_refuse(sweep: Sweep, path: Path) -> str:
    try:
        open_store(f"sqlite:///{path}").close()
    except ReconError:
        return ""  # refused, with a message that says what to do
    return sweep.judge(path)


def _damage(log: Path, chance: random.Random) -> None:
    content = bytearray(log.read_bytes())
    tail = chance.randrange(max(len(content) // 2, 1), len(content))
    if chance.random() < 0.5:
        del content[tail:]
    else:
        for place in range(tail, min(tail + 64, len(content))):
            content[place] ^= chance.randrange(1, 256)
    log.write_bytes(content)


def _run_traced(path: Path, kill_at: int) -> int:
    """Run the night, killing this process at the given line; return how many lines were executed."""
    seen = 0

    def at_line(frame: FrameType, event: str, _: object) -> Callable[..., object]:
        nonlocal seen
        if event == "line":
            seen += 1
            if seen == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
        return at_line

    def at_call(frame: FrameType, _event: str, _: object) -> Callable[..., object] | None:
        return at_line if any(room in frame.f_code.co_filename for room in ROOMS) else None

    store = open_store(f"sqlite:///{path}")
    sys.settrace(at_call)
    try:
        small_night.run(store)
    finally:
        sys.settrace(None)
    store.close()
    return seen


def _count_lines(sweep: Sweep) -> int:
    return _run_traced(sweep.books(), 0)


def _in_child(work: Callable[[], object]) -> int:
    """Run the work in a forked process; return its wait status."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    return os.waitpid(child, 0)[1]


def _calls(sweep: Sweep) -> dict[str, int]:
    """Count the system calls of an undisturbed night by name."""
    record = sweep.folder / "calls.txt"
    _straced(sweep.books(), f"trace={','.join(CALLS)}", "-o", str(record))
    written = record.read_text(errors="replace")
    return {call: count for call in CALLS if (count := written.count(f" {call}("))}


def _straced(path: Path, expression: str, *options: str) -> Traced:
    """Run the night under strace in a forked process, which waits until it is traced: starting Python would cost more
    than the night."""
    ready, go = os.pipe()
    said = path.with_name("said.txt")
    child = os.fork()
    if child == 0:
        os.read(ready, 1)
        os._exit(_run_telling(path, said))
    files = [option for name in (path, f"{path}-wal", f"{path}-shm") for option in ("-P", str(name))]
    command = ["strace", "-f", "-qq", "-p", str(child), *files, *options, "-e", expression]
    tracer = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    while "TracerPid:\t0" in Path(f"/proc/{child}/status").read_text() and tracer.poll() is None:
        time.sleep(0.001)
    os.write(go, b"!")
    status = os.waitpid(child, 0)[1]
    tracer.wait()
    os.close(ready)
    os.close(go)
    return Traced(status, said.read_text() if said.exists() else "")


def _run_telling(path: Path, said: Path) -> int:
    """Run the night; return 1 and write down what was raised, where it fails."""
    said.unlink(missing_ok=True)
    try:
        with _opened(f"sqlite:///{path}") as store:  # closing it writes the log back
            small_night.run(store)
    except BaseException:  # noqa: BLE001 - the parent judges it
        said.write_text(traceback.format_exc())
        return 1
    return 0


def _spread(total: int, points: int) -> Iterator[int]:
    """Yield up to so many numbers from 1 to the total, evenly apart."""
    step = max(total // max(points, 1), 1)
    yield from range(1, total + 1, step)


@contextlib.contextmanager
def _opened(url: str) -> Iterator[Store]:
    store = open_store(url)
    try:
        yield store
    finally:
        store.close()


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
