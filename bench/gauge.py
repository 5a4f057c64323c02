"""What a step costs: CPU seconds of this process (and of the database server beside it), and the most memory it held.

Room: shell.
"""

import resource
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TICKS = 100  # of /proc/PID/stat in a second, on every Linux


@dataclass(slots=True)
class Gauge:
    """Costs by name. Time inside a named part counts for the part, not for what surrounds it.

    `server_pid` is the server whose CPU counts too, 0 for none.
    """

    server_pid: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    calls: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    peaks_kib: dict[str, int] = field(default_factory=dict)
    _open: list[str] = field(default_factory=list)
    _since: float = 0.0

    @contextmanager
    def measure(self, name: str) -> Iterator[None]:
        """Measure the block under the name."""
        self._turn()
        self._open.append(name)
        self.calls[name] += 1
        try:
            yield
        finally:
            self._turn()
            self._open.pop()
            self.peaks_kib[name] = peak_kib()

    @contextmanager
    def part(self, owner: Any, function: str, name: str) -> Iterator[None]:
        """While the block runs, measure each call of `owner.function` under a name of its own."""
        original = getattr(owner, function)
        setattr(owner, function, self._measured(original, name))
        try:
            yield
        finally:
            setattr(owner, function, original)

    def _measured(self, original: Callable[..., Any], name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            with self.measure(name):
                return original(*given, **named)

        return call

    def _turn(self) -> None:
        """Give the time since the last turn to the innermost open name."""
        now = time.process_time() + server_seconds(self.server_pid)
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


def peak_kib() -> int:
    """Return the most memory this process has held so far, in KiB.

    Not `ru_maxrss` where it can be helped: on Linux that begins with what the parent held when it started us.
    """
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(status.partition("VmHWM:")[2].split()[0])


def server_seconds(pid: int) -> float:
    """Return the CPU seconds of a server process and its living and ended children; 0 without one."""
    if not pid:
        return 0.0
    ticks = sum(_ticks(Path(f"/proc/{child}/stat"), 11, 13) for child in _children(pid))
    return (ticks + _ticks(Path(f"/proc/{pid}/stat"), 11, 15)) / TICKS


def _children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []


def _ticks(stat: Path, first: int, last: int) -> int:
    try:
        return sum(int(part) for part in stat.read_text().rpartition(")")[2].split()[first:last])
    except OSError:
        return 0  # it ended meanwhile: its parent has its time
