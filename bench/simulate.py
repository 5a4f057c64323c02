"""Simulated years of a small company: a virtual clock, a bank that repeats itself, reviewers, crashes; seeds replay.

    python -m bench.simulate --years 50               years of random events against a model of plain integers
    python -m bench.simulate --seed 17 --years 1      replay one year
    python -m bench.simulate --bugs                   plant bugs one by one; each must be found

Every night the bank sends a file (sometimes again, sometimes overlapping, with twins, pending lines, a payment told
twice, returns of whole deposits and of parts), matching decides (sometimes wrongly: two deposits for one invoice),
reviewers act (sometimes two on one item, sometimes what must be refused), entries are undone and undone again, the
accounting system re-imports, months are closed, and the program is cut off in the middle. The model (`plain_books.py`)
knows what must be open, on account, discounted and gained, and where each line must be; `recon verify` knows the rest.

Room: shell.
"""

import argparse
import shutil
import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from bench import planted
from bench.year import Year
from bench.year_people import intruder_fails, night_decides, reviewers_act, somebody_undoes
from recon.store.upgrade import upgrade

NIGHTS = 52  # a year has a night a week here: what matters is the events, not their dates


def live(year: Year) -> None:
    """Live the year; raises WrongBooksError, or whatever breaks."""
    year.open_books()
    for night in range(NIGHTS):
        year.issue_invoices()
        year.bank_sends()
        night_decides(year)
        reviewers_act(year)
        for _ in range(year.chance.choice((1, 1, 2))):
            somebody_undoes(year)
        intruder_fails(year)
        if night % 4 == 3:
            year.close_month()
            year.compare()
        year.today += timedelta(days=7)
    year.compare()
    year.store.close()


def main() -> int:
    """Simulate, or plant bugs; 1 when a year went wrong or a bug was not found."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--years", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--bugs", action="store_true", help="plant bugs instead, a few years for each")
    given = parser.parse_args()
    shared = Path("/dev/shm")  # memory where there is some: syncing costs nothing there
    with tempfile.TemporaryDirectory(dir=shared if shared.is_dir() else None, prefix="recon-sim-") as folder:
        template = Path(folder) / "template.db"
        upgrade(f"sqlite:///{template}")
        if given.bugs:
            return _find_bugs(template)
        wrong = []
        for done, seed in enumerate(range(given.seed, given.seed + given.years), start=1):
            wrong += [] if _lives(template, seed, show=True) else [seed]
            if done % 20 == 0:
                print(f"{done} years, {len(wrong)} wrong", file=sys.stderr, flush=True)
    print(f"{given.years} simulated years, {len(wrong)} went wrong{': seeds ' + str(wrong) if wrong else ''}")
    return int(bool(wrong))


def _find_bugs(template: Path, years: int = 30) -> int:
    healthy = [seed for seed in range(1, years + 1) if _lives(template, seed, show=True)]
    if len(healthy) < years:
        print("years go wrong without any bug planted: mend that first")
        return 1
    found = sum(_is_found(template, bug, years) for bug in planted.BUGS)
    print(f"{len(planted.BUGS)} planted bugs, {found} found")
    return int(found < len(planted.BUGS))


def _is_found(template: Path, bug: planted.Bug, years: int) -> bool:
    """A bug that does not fit into its place fails by itself: that is nobody's finding."""
    with bug.planted():
        failures = ((seed, _failure(template, seed)) for seed in range(1, years + 1))
        seed, failure = next(((seed, failure) for seed, failure in failures if failure), (0, None))
    if isinstance(failure, TypeError | AttributeError | NameError):
        print(f"{'DOES NOT FIT':18} {bug.name}: {failure!r}"[:400])
        return False
    print(f"{'found in year ' + str(seed) if failure else 'NOT FOUND':18} {bug.name}: {type(failure).__name__}")
    return failure is not None


def _lives(template: Path, seed: int, *, show: bool) -> bool:
    failure = _failure(template, seed)
    if failure and show:
        print(f"seed {seed}, {failure.__notes__[-1]}: {failure!r}"[:400])
    return failure is None


def _failure(template: Path, seed: int) -> Exception | None:
    path = template.with_name(f"year{seed}.db")
    shutil.copy(template, path)
    year = Year(f"sqlite:///{path}", seed)
    try:
        live(year)
    except Exception as error:  # noqa: BLE001 - whatever it is, the year went wrong
        error.add_note(f"on {year.today}")
        return error
    finally:
        year.store.close()
        for left in path.parent.glob(path.name + "*"):
            left.unlink()
    return None


if __name__ == "__main__":
    started = time.monotonic()
    code = main()
    print(f"{time.monotonic() - started:.0f} s")
    sys.exit(code)
