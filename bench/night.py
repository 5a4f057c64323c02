"""The night beside its floor, in one run: ratios, cost per item, memory, growth. Prints; never fails on time.

    python -m bench.night [--deposits N --invoices N --customers N] [--small] [--url URL | --postgresql] [--keep FOLDER]

`bench/README.md` says what is measured and how to read it.

Room: shell.
"""

import argparse
import json
import math
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.books import Server, own_server, sqlite_server, url_server
from bench.engine_run import write_settings
from bench.startup import help_ratio
from bench.world import Size, write_world

STEPS = ("import customers", "import invoices", "read", "import", "post", "queue", "notify", "report")
PER_ITEM = ("second reader", "match", "rendering", "delivery")
DEFAULT = Size(10_000, 100_000, 20_000)
SMALL = Size(100, 1_000, 200)
MOST_RATIO, MOST_EXPONENT, MOST_AGAIN, MOST_HELP = 3.0, 1.15, 0.15, 3.0
MOST_MIB = ((10_000, 400), (100_000, 1_024))  # up to so many deposits

Run = Callable[..., dict[str, Any]]  # module, arguments


@dataclass(frozen=True, slots=True)
class Measured:
    """What one size cost: CPU seconds by step of the engine and its floor, peak memory in MiB, and the second night."""

    size: Size
    engine: dict[str, float]
    floor: dict[str, float]
    peaks_mib: dict[str, float]
    items: dict[str, int]
    again: float
    written_again: tuple[str, ...]  # tables in which a night with nothing new wrote
    floor_rows: dict[str, int]
    different: tuple[str, ...]  # tables in which floor and engine differ: none, or the floor did other work

    @property
    def ratio(self) -> float:
        """All steps with a floor, together, as a multiple of it."""
        return self.steps / sum(self.floor[name] for name in STEPS)

    @property
    def steps(self) -> float:
        """CPU seconds of the steps that have a floor."""
        return sum(self.engine[name] for name in STEPS)

    @property
    def night(self) -> float:
        """CPU seconds of the whole first night, without the import of customers and invoices."""
        return sum(spent for name, spent in self.engine.items() if not name.startswith("import "))


def measure(size: Size, server: Server, folder: Path, run: Run | None = None) -> Measured:
    """Build a world of that size and measure engine, floor, and a second night, each by `run`: in a fresh process."""
    run = run or in_fresh_process
    folder.mkdir(parents=True, exist_ok=True)
    write_world(folder, size)
    engine_url, floor_url = server.new_books(folder, "engine"), server.new_books(folder, "floor")
    write_settings(folder, engine_url)
    runs = [run("engine_run", folder, what, server.pid) for what in ("customers", "invoices", "night")]
    floor = run("floor", folder, engine_url, floor_url, server.pid)
    before = server.row_counts(engine_url)
    again = run("engine_run", folder, "night", server.pid)
    after = server.row_counts(engine_url)
    engine = {name: spent for each in runs for name, spent in each["seconds"].items()}
    return Measured(
        size=size,
        engine={name: engine.get(name, 0.0) for name in (*STEPS, *PER_ITEM, "record")},
        floor=floor["seconds"],
        peaks_mib={name: kib / 1024 for each in runs for name, kib in each["peaks_kib"].items()},
        items=_items(runs[-1]),
        again=sum(again["seconds"].values()),
        written_again=tuple(sorted(name for name in after if after[name] != before.get(name, 0))),
        floor_rows=floor["rows"],
        different=tuple(floor["different"]),
    )


def in_fresh_process(module: str, *arguments: object) -> dict[str, Any]:
    """Run a module of ours in a fresh process and return the JSON it prints."""
    command = [sys.executable, "-m", f"bench.{module}", *(str(one) for one in arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[2:4])} failed:\n{done.stderr}")
    told: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return told


def report(measured: Sequence[Measured], help_cost: float | None) -> str:
    """Return what is printed: a table for the largest size, then what the sizes say together."""
    last = measured[-1]
    parts = [f"{last.size}", table(last), "", per_item(last), "", conclusions(last)]
    if len(measured) > 1:
        parts += ["", growth(measured[-2], last)]
    if help_cost is not None:
        parts += ["", f"recon --help is {help_cost:.2f}x `python -c 'import typer'` (at most {MOST_HELP:.0f})"]
    return "\n".join(parts) + "\n"


def table(one: Measured) -> str:
    """Return each step beside its floor."""
    head = f"{'step':<18}{'CPU s':>9}{'floor s':>9}{'ratio':>7}{'peak MiB':>10}"
    rows = [_row(name, one.engine[name], one.floor[name], one.peaks_mib.get(name)) for name in STEPS]
    total = _row("all steps", one.steps, sum(one.floor[name] for name in STEPS), max(one.peaks_mib.values()))
    return "\n".join([head, *rows, total])


def per_item(one: Measured) -> str:
    """Return what is paid per item, and for how many."""
    head = f"{'per item':<18}{'CPU s':>9}{'items':>9}{'ms each':>9}"
    rows = [
        f"{name:<18}{one.engine[name]:9.2f}{one.items[name]:9,}{1000 * one.engine[name] / max(one.items[name], 1):9.3f}"
        for name in PER_ITEM
    ]
    return "\n".join([head, *rows])


def conclusions(one: Measured) -> str:
    """Return the figures that have a limit, each with it."""
    written = ", ".join(one.written_again) or "nothing"
    same = (
        "the same rows and hashes as the engine" if not one.different else f"OTHER rows in {', '.join(one.different)}"
    )
    return "\n".join(
        [
            f"all steps together {one.ratio:.2f}x their floor (at most {MOST_RATIO:.0f}); the floor wrote {same}",
            f"peak memory {max(one.peaks_mib.values()):.0f} MiB (at most {_most_mib(one.size)})",
            f"a second night with nothing new: {one.again:.2f} CPU s, {one.again / one.night:.1%} of the first"
            f" (at most {MOST_AGAIN:.0%}), {one.again / _steps_of_night(one):.1%} of its steps that have a floor;"
            f" it wrote in: {written}",
        ]
    )


def growth(small: Measured, large: Measured) -> str:
    """Return the exponent with which each step, and its floor, grew between two sizes."""
    told = [
        f"{name} {exponent(small, large, name):.2f}"
        + (f" ({_power(small.floor[name], large.floor[name], _invoices(small, large)):.2f})" if name in STEPS else "")
        for name in (*STEPS, *PER_ITEM)
    ]
    head = f"growth from {_short(small.size)} to {_short(large.size)}: exponent, at most {MOST_EXPONENT} (its floor's)"
    return f"{head}\n" + ", ".join(told)


def exponent(small: Measured, large: Measured, name: str) -> float:
    """Return p where cost grows as size to the power of p.

    Mails are counted by what was sent: their number follows that of the invoices only roughly.
    """
    mails = large.items["rendering"] / max(small.items["rendering"], 1)
    factor = mails if name in ("rendering", "delivery") else _invoices(small, large)
    return _power(small.engine[name], large.engine[name], factor)


def _invoices(small: Measured, large: Measured) -> float:
    return large.size.invoices / small.size.invoices


def _power(small: float, large: float, factor: float) -> float:
    return math.log(max(large, 1e-6) / max(small, 1e-6)) / math.log(max(factor, 1.001))


def _short(size: Size) -> str:
    return f"{size.deposits:,} x {size.invoices:,}"


def _most_mib(size: Size) -> int | str:
    return next((mib for deposits, mib in MOST_MIB if size.deposits <= deposits), "no limit set")


def _steps_of_night(one: Measured) -> float:
    return sum(one.engine[name] for name in STEPS if not name.startswith("import "))


def _items(night: dict[str, Any]) -> dict[str, int]:
    lines, sent = night["counts"]["lines_read"], night["calls"].get("rendering", 0)
    return {"second reader": min(lines, 2_000), "match": lines, "rendering": sent, "delivery": sent}


def _row(name: str, engine: float, floor: float, peak_mib: float | None) -> str:
    peak = "" if peak_mib is None else f"{peak_mib:.0f}"
    return f"{name:<18}{engine:9.3f}{floor:9.3f}{engine / max(floor, 1e-6):7.2f}{peak:>10}"


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    if keep is not None:
        shutil.rmtree(keep, ignore_errors=True)
        keep.mkdir(parents=True)
        yield keep.resolve()
    else:
        with tempfile.TemporaryDirectory(prefix="recon-bench-") as folder:
            yield Path(folder)


def _arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.night", description="The night beside its floor.")
    parser.add_argument("--deposits", type=int, default=DEFAULT.deposits)
    parser.add_argument("--invoices", type=int, default=DEFAULT.invoices)
    parser.add_argument("--customers", type=int, default=DEFAULT.customers)
    parser.add_argument("--small", action="store_true", help="100 deposits, 1,000 invoices: a look at the table")
    parser.add_argument("--one-size", action="store_true", help="leave out the size ten times smaller")
    parser.add_argument("--postgresql", action="store_true", help="on a PostgreSQL server started for the purpose")
    parser.add_argument("--url", default="", help="on this PostgreSQL server; databases recon_bench_* are made anew")
    parser.add_argument("--keep", type=Path, help="use this folder and leave it, to look into")
    return parser.parse_args(given)


def main(given: Sequence[str] | None = None) -> None:
    """Measure and print."""
    options = _arguments(given)
    size = SMALL if options.small else Size(options.deposits, options.invoices, options.customers)
    sizes = [size] if options.one_size else [size.divided(10), size]
    with _folder(options.keep) as folder, _server(options, folder) as server:
        measured = []
        for one in sizes:
            print(f"measuring {one} on {server.name} ...", file=sys.stderr, flush=True)
            measured.append(measure(one, server, folder / f"{one.deposits}"))
        print(report(measured, help_ratio()))


def _server(options: argparse.Namespace, folder: Path) -> Any:
    if options.url:
        return url_server(options.url)
    return own_server(folder) if options.postgresql else sqlite_server()


if __name__ == "__main__":
    main()
