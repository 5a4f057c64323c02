"""Count the shipped calibration on worlds of our own: `python -m bench.matching.train --worlds 30`.

Difficulties run from 0.5 to 1.5 so that the uncertain bands are well filled; half the worlds have no history.
Writes matchers/shipped.json.
"""

import argparse
from pathlib import Path

from bench.matching.examples import examples
from matchers.learn import explain_model, outcomes_of
from matchers.model import dumps, fit

FIRST_SEED = 1_000


def main(worlds: int, invoices: int) -> None:
    outcomes = []
    for place in range(worlds):
        difficulty = (0.5, 0.8, 1.1, 1.5)[place % 4]
        for example in examples(FIRST_SEED + place, invoices, difficulty, with_history=place % 8 < 6):
            outcomes.extend(outcomes_of(example))
        print(place, len(outcomes), flush=True)
    model = fit(outcomes, "2026.2", f"{worlds} simulated worlds of {invoices} invoices, seeds from {FIRST_SEED}")
    Path(__file__).parents[2].joinpath("matchers", "shipped.json").write_text(dumps(model) + "\n", encoding="utf-8")
    print("\n".join(explain_model(model)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--worlds", type=int, default=40)
    parser.add_argument("--invoices", type=int, default=5_000)
    given = parser.parse_args()
    main(given.worlds, given.invoices)
