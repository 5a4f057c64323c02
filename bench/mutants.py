"""Change the pure rules in small ways, one at a time, and count how many changes some test notices.

    python -m bench.mutants                      money, ledger, returns, review and decide: a few minutes
    python -m bench.mutants --only recon/money.py

Works in a copy: mutmut writes its mutants beside the code. Survivors are printed with their change, but for those that
`EQUIVALENT` explains: they behave like the original, so that no test can tell.

Room: shell.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
# What is mutated, and the tests that alone must notice: pure, no store, no file.
TARGETS = {
    "recon/money.py": "tests/rules/test_money.py",
    "recon/ledger.py": "tests/rules/test_ledger.py",
    "recon/returns.py": "tests/rules/test_returns.py",
    "recon/review.py": "tests/rules/test_review.py",
    "matchers/decide.py": "tests/rules/test_decide.py",
}
LEAST_SCORE = 0.90
# Changes that change nothing, by the line as mutated (a part of it), with the reason.
EQUIVALENT = {
    "return whole if value > 0 else -whole": "zero has no sign",
    "if len(part) >= digits:": "there is nothing beyond the digits to look at",
    '.strip("XX0XX")': "there are only digits to strip",
    "if returned.amount_minor > 0 or original": "a return of nothing leaves a charge below zero, refused beside",
    "if returned.amount_minor >= 1 or original": "the same",
    "'has no place' if rest >= 0": "the rest is not zero here",
    "if posting.amount_minor >= 0)": "a sum does not change by a zero",
    "open_item_id, 0) - each.cash_minor": "it is only asked which sums are zero",
    "tops, strict=None)": "both are made from the same choices",
    "tops, strict=False)": "the same",
    "tops, )": "the same",
    "alone[i], strict=None)": "the same",
    "alone[i], strict=False)": "the same",
    "alone[i], )": "the same",
    "options, None, chances)": "what is left is not asked where not all worlds are weighed",
    "visit(0, 2.0)": "weights are shared out afterwards",
}
NOTICED = (1, 3, 24, -24, 36, 152, 255)  # exit codes of mutmut: a test failed, or time was up


@dataclass(frozen=True, slots=True)
class Score:
    """How many mutants of a file were noticed, and the changes that were not; `equivalent` are explained above."""

    file: str
    mutants: int
    noticed: int
    equivalent: int
    survivors: tuple[str, ...]


def main() -> int:
    """Run the mutants and print the table; 1 where a file's score is too low."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", choices=sorted(TARGETS), action="append", help="one file, or several")
    parser.add_argument("--processes", type=int, default=1)
    given = parser.parse_args()
    scores = measure(given.only or list(TARGETS), given.processes)
    for survivor in (each for score in scores for each in score.survivors):
        print(survivor)
    return _print(scores)


def measure(files: Sequence[str], processes: int = 1) -> list[Score]:
    """Run the mutants of these files in a copy of the rooms that hold them."""
    with tempfile.TemporaryDirectory(prefix="recon-mutants-") as name:
        folder = Path(name)
        _lay_out(folder, {file: TARGETS[file] for file in files})
        _mutmut(folder, "run", "--max-children", str(processes))
        return [_score(folder, file) for file in files]


def _lay_out(folder: Path, targets: dict[str, str]) -> None:
    for room in ("recon", "matchers"):
        shutil.copytree(ROOT / room, folder / room, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "tests" / "rules").mkdir(parents=True)
    for test in targets.values():
        shutil.copy(ROOT / test, folder / test)
    (folder / "pyproject.toml").write_text(
        "[tool.pytest.ini_options]\n"
        'pythonpath = ["."]\naddopts = "-q --import-mode=importlib -p no:cacheprovider"\n'
        f'[tool.mutmut]\nsource_paths = ["recon", "matchers"]\nonly_mutate = {json.dumps(list(targets))}\n'
        f"pytest_add_cli_args_test_selection = {json.dumps(list(targets.values()))}\n"
        "use_git_change_detection = false\n"
    )


def _mutmut(folder: Path, *arguments: str) -> str:
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "examples"), "PYTHONHASHSEED": "0"}
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        raise SystemExit(f"mutmut {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout


def _score(folder: Path, file: str) -> Score:
    told = json.loads((folder / "mutants" / f"{file}.meta").read_text())["exit_code_by_key"]
    changes = [_mutmut(folder, "show", name) for name, code in told.items() if code not in NOTICED]
    survivors = tuple(change for change in changes if not _is_equivalent(change))
    return Score(file, len(told), len(told) - len(changes), len(changes) - len(survivors), survivors)


def _is_equivalent(change: str) -> bool:
    added = [line for line in change.splitlines() if line.startswith("+ ")]
    return any(part in line for line in added for part in EQUIVALENT)


def _print(scores: list[Score]) -> int:
    print(f"{'file':22} {'mutants':>8} {'noticed':>8} {'score':>7} {'equivalent':>11} {'survivors':>10}")
    for score in scores:
        counts = f"{score.mutants:8} {score.noticed:8} {score.noticed / score.mutants:7.1%}"
        print(f"{score.file:22} {counts} {score.equivalent:11} {len(score.survivors):10}")
    return int(any(score.noticed < LEAST_SCORE * score.mutants for score in scores))


if __name__ == "__main__":
    sys.exit(main())
