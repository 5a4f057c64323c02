"""Floors on the development sets beside the checkout. The long sets run with `RECON_LONG=1`."""

import importlib.util
import os
from pathlib import Path

import pytest

from jobs.match_files import match_files

BENCH = Path(__file__).resolve().parents[2].parent / "shared" / "bench"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not BENCH.is_dir(), reason="no public samples beside the checkout"),
]
LONG = pytest.mark.skipif(not os.environ.get("RECON_LONG"), reason="the long sets: RECON_LONG=1")


def figures(name, out, statement=None):
    folder = BENCH / name
    match_files(
        folder / "customers.csv",
        folder / "invoices.csv",
        statement or folder / "statement.csv",
        folder / "history_statement.csv",
        folder / "history_truth.csv",
        "0.001",
        out,
    )
    spec = importlib.util.spec_from_file_location("bench_score", BENCH / "score.py")
    scorer = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(scorer)
    return scorer.score(str(folder), str(out))


@pytest.mark.parametrize(
    ("name", "straight_through"),
    [
        ("dev_5k", 0.86),
        pytest.param("dev_5k_hard", 0.80, marks=LONG),
        pytest.param("dev_5k_easy", 0.88, marks=LONG),
        pytest.param("dev_50k", 0.86, marks=LONG),
    ],
)
@pytest.mark.filterwarnings("ignore")
def test_precision_and_straight_through_keep_their_floors(name, straight_through, tmp_path):
    found = figures(name, tmp_path / "proposals.csv")
    assert found["precision"] >= 0.999
    assert found["straight_through"] >= straight_through
    assert found["noise_false_posts"] == found["debit_false_posts"] == 0
    assert found["ECE"] <= 0.02


@LONG
def test_strangers_are_not_posted(tmp_path):
    out = tmp_path / "strangers.csv"
    folder = BENCH / "dev_50k"
    match_files(
        folder / "customers.csv",
        folder / "invoices.csv",
        BENCH / "strangers" / "statement.csv",
        folder / "history_statement.csv",
        folder / "history_truth.csv",
        "0.001",
        out,
    )
    assert ",auto," not in out.read_text()
