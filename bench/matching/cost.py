"""What `recon match` costs on worlds of our own: CPU, memory, growth, and what a second process brings.

    python -m bench.matching.cost --sizes 20000,100000,1000000 --processes 1,2

Each run is a fresh process. `longest` is the CPU of the process that has most to do: on a quiet machine of as many
processors nobody waits longer than that, and on a busy one it is what can be measured. All runs of a size must write
the very same proposals.

Room: shell.
"""

import argparse
import hashlib
import json
import math
import resource
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.gauge import peak_kib
from bench.matching.files import write_world
from bench.matching.world import make_world
from jobs.match_files import match_files

INPUTS = ("customers", "invoices", "statement", "history_statement", "history_truth")


@dataclass(frozen=True, slots=True)
class Cost:
    """One run: seconds of CPU here and in copies, seconds by the clock, peak memory here, and a mark of the result."""

    lines: int
    here: float
    copies: float
    clock: float
    peak_mib: float
    result: str

    @property
    def cpu(self) -> float:
        """CPU seconds of all processes."""
        return self.here + self.copies

    @property
    def longest(self) -> float:
        """CPU seconds of this process, or of its copies together where they had more to do."""
        return max(self.here, self.copies)


def match_once(folder: Path, processes: int) -> Cost:
    """Match the files of a folder in this process and return what it cost from its start on."""
    started, out = time.monotonic(), folder / f"proposals-{processes}.csv"
    summary = match_files(*(folder / f"{name}.csv" for name in INPUTS), "0.001", out, processes)
    return Cost(
        summary.deposits, _cpu(resource.RUSAGE_SELF), _cpu(resource.RUSAGE_CHILDREN), time.monotonic() - started,
        peak_kib() / 1024, hashlib.sha256(out.read_bytes()).hexdigest(),
    )  # fmt: skip


def _cpu(whose: int) -> float:
    spent = resource.getrusage(whose)
    return spent.ru_utime + spent.ru_stime


def in_fresh_process(*arguments: object) -> str:
    """Run this module anew and return what it prints."""
    command = [sys.executable, "-m", "bench.matching.cost", *(str(each) for each in arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def measure(size: int, processes: list[int], folder: Path) -> list[Cost]:
    """Make the world of a size and match it with each number of processes."""
    in_fresh_process("--make", size, "--folder", folder)
    runs = [in_fresh_process("--match", each, "--folder", folder) for each in processes]
    return [Cost(**json.loads(told)) for told in runs]


def print_costs(sizes: list[int], processes: list[int]) -> None:
    """Print a row per run, then growth and gain."""
    print(f"{'invoices':>9} {'lines':>8} {'processes':>9} {'CPU s':>8} {'longest':>8} {'ms a line':>9} {'MiB':>6}")
    before: tuple[int, Cost] | None = None
    for size in sizes:
        with TemporaryDirectory(prefix="recon-cost-") as name:
            runs = measure(size, processes, Path(name))
        for each, cost in zip(processes, runs, strict=True):
            rate = 1000 * cost.cpu / cost.lines
            spent = f"{cost.cpu:8.1f} {cost.longest:8.1f} {rate:9.2f} {cost.peak_mib:6.0f}"
            print(f"{size:9,} {cost.lines:8,} {each:9} {spent}", flush=True)
        same = "identical" if len({cost.result for cost in runs}) == 1 else "DIFFERENT"
        gains = ", ".join(f"{runs[0].longest / cost.longest:.2f}x" for cost in runs[1:])
        print(f"          {same} results{f'; gain {gains}' if gains else ''}")
        if before:
            print(f"          exponent {math.log(runs[0].cpu / before[1].cpu) / math.log(size / before[0]):.2f}")
        before = size, runs[0]


def main() -> None:
    """Measure and print; `--make` and `--match` are what fresh processes do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", default="5000,20000")
    parser.add_argument("--processes", default="1,2")
    parser.add_argument("--make", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--match", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.make:
        write_world(make_world(1, given.make), given.folder)
    elif given.match:
        cost = match_once(given.folder, given.match)
        print(json.dumps({name: getattr(cost, name) for name in Cost.__slots__}))
    else:
        sizes, processes = ([int(each) for each in text.split(",")] for text in (given.sizes, given.processes))
        print_costs(sizes, processes)


if __name__ == "__main__":
    main()
