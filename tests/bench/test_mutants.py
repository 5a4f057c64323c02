"""The tool that changes rules and counts what tests notice, on the smallest file; `make mutants` takes all of them."""

from bench.mutants import measure


def test_every_change_of_the_review_rules_is_noticed() -> None:
    (score,) = measure(["recon/review.py"])
    assert score.survivors == ()
    assert score.mutants == score.noticed + score.equivalent > 50
