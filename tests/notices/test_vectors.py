"""The sourced vectors: those of the house, and the shared file where it is."""

import json
from pathlib import Path

import pytest

from bench.vectors.runner import run_file

OURS = Path(__file__).parents[2] / "fixtures" / "notices" / "vectors.json"
SHARED = Path(__file__).parents[2].parent / "shared" / "vectors" / "collections.json"


def failures(text: str) -> list[str]:
    return [f"{one.id}: {one.failure}" for one in run_file(text) if one.failure]


def test_our_own_vectors_pass() -> None:
    assert failures(OURS.read_text("utf-8")) == []


@pytest.mark.shared
@pytest.mark.skipif(not SHARED.exists(), reason="the shared vectors are not beside the checkout")
def test_the_shared_vectors_pass() -> None:
    assert failures(SHARED.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"category": "weather"}, "unknown category 'weather'"),
        ({"given": {"value": "1", "modes": ["HALF_UP"], "moon": "full"}}, "given ['moon'] is not understood"),
        ({"expect": {"tide": "high"}}, "expect ['tide'] is not understood"),
        ({"expect": {"HALF_UP": "2.00"}}, "HALF_UP: expected '2.00', got '1.00'"),
    ],
)
def test_what_is_not_understood_or_wrong_is_a_failure(change: dict[str, object], message: str) -> None:
    vector = {"id": "X", "category": "rounding", "given": {"value": "1", "modes": ["HALF_UP"]}, "expect": {}}
    assert failures(json.dumps({"vectors": [{**vector, **change}]})) == [f"X: {message}"]
