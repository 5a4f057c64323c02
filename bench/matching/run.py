"""Measure on worlds of our own, with files in and out as any matcher has them.

    python -m bench.matching.run figures --worlds 3
    python -m bench.matching.run budgets --worlds 20 --invoices 20000
    python -m bench.matching.run ablation --worlds 3
    python -m bench.matching.run scale --sizes 5000,20000,80000

Seeds start at 1; training used others.
"""

import argparse
import resource
import time
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

from scipy.stats import beta

from bench.matching.examples import examples
from bench.matching.files import write_world
from bench.matching.score import Outcome, figures, outcomes, reliability
from bench.matching.world import make_world
from jobs.match_files import match_files
from matchers.base import MatchSettings
from matchers.cascade import match
from matchers.learn import outcomes_of
from matchers.model import calibrated, threshold
from matchers.shipped import shipped_model

BUDGETS = ("0.0003", "0.001", "0.003", "0.01")


def run_world(seed: int, invoices: int, difficulty: float) -> tuple[list[Outcome], float]:
    """Return the outcomes of one world and the CPU seconds of matching it."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        write_world(make_world(seed, invoices, difficulty), folder)
        inputs = ("customers", "invoices", "statement", "history_statement", "history_truth")
        started = time.process_time()
        match_files(*(folder / f"{each}.csv" for each in inputs), "0.001", folder / "p.csv")
        return outcomes(folder, folder / "p.csv"), time.process_time() - started


def print_figures(worlds: int, invoices: int) -> None:
    for difficulty in (0.2, 0.5, 0.8):
        pooled = []
        for seed in range(1, worlds + 1):
            pooled += run_world(seed, invoices, difficulty)[0]
        print(f"difficulty {difficulty}:", figures(pooled))
        for edge, count, told, right in reliability(pooled):
            print(f"   confidence from {edge:.1f}: {count:6d} told {told:.3f} right {right:.3f}")


def print_budgets(worlds: int, invoices: int) -> None:
    """Pool the posts of all worlds per budget, with the one-sided 95 % bound (Clopper and Pearson)."""
    posts = dict.fromkeys(BUDGETS, 0)
    wrong = dict.fromkeys(BUDGETS, 0)
    model = shipped_model()
    for seed in range(1, worlds + 1):
        for example in examples(seed, invoices, 0.5):
            told = [(calibrated(model, chance), right) for chance, right in outcomes_of(example)]
            for budget in BUDGETS:
                least = threshold(model, Fraction(budget), [chance for chance, _ in told])
                above = [right for chance, right in told if chance >= least]
                posts[budget] += len(above)
                wrong[budget] += len(above) - sum(above)
        print(f"world {seed}", posts["0.001"], wrong["0.001"], flush=True)
    for budget in BUDGETS:
        n, k = posts[budget], wrong[budget]
        bound = float(beta.ppf(0.95, k + 1, n - k)) if n else 1.0
        print(f"budget {budget}: {n} posts, {k} wrong, share {k / max(1, n):.5f}, 95 % bound {bound:.5f}")


def print_ablation(worlds: int, invoices: int) -> None:
    for label, without, with_history in (
        ("all", frozenset(), True),
        ("without history", frozenset(), False),
        ("without sets", frozenset({"sets"}), True),
        ("without joint settlement", frozenset({"joint"}), True),
        ("without calibration", frozenset({"calibration"}), True),
    ):
        posts = wrong = matchable = straight = 0
        for seed in range(1, worlds + 1):
            for example in examples(seed, invoices, 0.5, with_history=with_history):
                result = match(example.partition, MatchSettings(without=without))
                found = _right_posts(example, result)
                posts += found[0]
                wrong += found[0] - found[1]
                straight += found[1]
                matchable += len(example.answers)
        print(f"{label:28s} posts {posts} wrong {wrong} straight-through {straight / matchable:.4f}")


def _right_posts(example, result) -> tuple[int, int]:  # type: ignore[no-untyped-def]
    numbers = example.partition.open_items.number.tolist()
    told: dict[int, dict[str, int]] = {}
    rows = result.proposals
    for row, item, cash, fee in zip(
        result.allocations.proposal.tolist(),
        result.allocations.open_item.tolist(),
        result.allocations.cash_minor.tolist(),
        result.allocations.processor_fee_minor.tolist(),
        strict=True,
    ):
        if rows.action[row] == 0 and item >= 0:
            told.setdefault(int(rows.deposit[row]), {})[numbers[item]] = cash + fee
    right = sum(
        set(each) == set(example.answers.get(place, {}))
        and (place in example.free or all(abs(example.answers[place][n] - c) <= 2 for n, c in each.items()))
        for place, each in told.items()
    )
    return len(told), right


def print_scale(sizes: list[int]) -> None:
    for size in sizes:
        found, seconds = run_world(1, size, 0.5)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        each = 1000 * seconds / len(found)
        print(f"{size:8d} invoices, {len(found):7d} lines: {seconds:.1f} CPU-s, {each:.2f} ms a line, {memory} MB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("figures", "budgets", "ablation", "scale"))
    parser.add_argument("--worlds", type=int, default=3)
    parser.add_argument("--invoices", type=int, default=5_000)
    parser.add_argument("--sizes", default="5000,20000")
    given = parser.parse_args()
    if given.what == "figures":
        print_figures(given.worlds, given.invoices)
    elif given.what == "budgets":
        print_budgets(given.worlds, given.invoices)
    elif given.what == "ablation":
        print_ablation(given.worlds, given.invoices)
    else:
        print_scale([int(size) for size in given.sizes.split(",")])
