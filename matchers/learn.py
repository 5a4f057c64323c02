"""Learn the calibration anew: from deposits with known answers, or from the books' own reconciled history.

History has no ledger of its day, so it is replayed: what past deposits settled was open then. The new model starts
from the
counts of the old one, adds its own, and takes over only when it tells the truth better on deposits it has not seen.

Room: pure.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matchers.answer import Answer
from matchers.cascade import answer_batch
from matchers.model import Band, Model, calibrated, fit, from_bands
from recon.frames import OpenItems, Partition, PastAllocations, texts

Outcomes = list[tuple[float, bool]]
HELD_OUT = 5  # every fifth deposit judges, the others teach


@dataclass(frozen=True, slots=True)
class Example:
    """A partition with its answers: per deposit position, minor units by invoice number.

    `free` are deposits whose text cannot tell which invoice bears a shortage: there only set and total count.
    """

    partition: Partition
    answers: Mapping[int, Mapping[str, int]]
    free: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Comparison:
    """Old and new model on held-out deposits: mean log loss (lower is better), and whether the new one takes over."""

    deposits: int
    old_loss: float
    new_loss: float

    @property
    def is_better(self) -> bool:
        """Whether the new model tells the truth better, and on enough deposits to say so."""
        return self.deposits >= 200 and self.new_loss < self.old_loss


def train(examples: Iterable[Example], version: str, origin: str) -> Model:
    """Return the model counted on the examples alone."""
    return fit([outcome for example in examples for outcome in outcomes_of(example)], version, origin)


def outcomes_of(example: Example) -> Outcomes:
    """Return (raw chance of the top explanation, whether it was right) of every deposit that has one."""
    _, answers, _ = answer_batch(example.partition)
    numbers = example.partition.open_items.number.tolist()
    return [
        (answer.chances[0], _is_right(answer, numbers, example))
        for answer in answers
        if answer.candidates and answer.chances and not answer.is_suggested
    ]


def _is_right(answer: Answer, numbers: Sequence[str], example: Example) -> bool:
    wanted = example.answers.get(answer.clue.position, {})
    best = answer.candidates[0]
    told: dict[str, int] = defaultdict(int)
    for item, cash in zip(best.items, best.cash, strict=True):
        told[numbers[item]] += cash
    if not wanted or set(told) != set(wanted):
        return False
    if answer.clue.position in example.free:
        return abs(sum(told.values()) - sum(wanted.values())) <= 2 * len(wanted)
    return all(abs(told[number] - cash) <= 2 for number, cash in wanted.items())


def replay(partition: Partition) -> Example:
    """Return the history as an example: past deposits against the invoices they settled, open as far as they settled
    them.

    Shortages are gone from such a ledger, so replay teaches about numbers, names and sets, not about discounts.
    """
    past = partition.past_allocations
    left: dict[tuple[int, str], int] = defaultdict(int)
    first_day: dict[tuple[int, str], int] = {}
    answers: dict[int, dict[str, int]] = defaultdict(dict)
    days = partition.past.booked_day.tolist()
    rows = zip(
        past.deposit.tolist(),
        past.customer.tolist(),
        past.invoice_number.tolist(),
        past.amount_minor.tolist(),
        strict=True,
    )
    for deposit, customer, number, amount in rows:
        if number and customer >= 0 and amount:
            key = customer, number
            left[key] += amount
            first_day[key] = min(first_day.get(key, days[deposit]), days[deposit])
            answers[deposit][number] = answers[deposit].get(number, 0) + amount
    keys = sorted((key for key, amount in left.items() if amount), key=lambda key: (first_day[key], key[1]))
    items = _open_then(keys, left, first_day)
    return Example(
        replace(
            partition,
            deposits=partition.past,
            open_items=items,
            past=partition.past.take(np.empty(0, dtype=np.int64)),
            past_allocations=PastAllocations.empty(),
        ),
        answers,
    )


def _open_then(
    keys: Sequence[tuple[int, str]], left: Mapping[tuple[int, str], int], first_day: Mapping[tuple[int, str], int]
) -> OpenItems:
    amounts = np.array([left[key] for key in keys], dtype=np.int64)
    due = np.array([first_day[key] for key in keys], dtype=np.int32)
    blank = texts([""] * len(keys))
    return OpenItems(
        np.arange(len(keys), dtype=np.int64),
        np.array([key[0] for key in keys], dtype=np.int64),
        texts([key[1] for key in keys]),
        blank,
        due - np.int32(30),
        due,
        amounts,
        amounts,
        blank,
    )


def learn_from_history(partition: Partition, old: Model, version: str) -> tuple[Model, Comparison]:
    """Return the old model with the book's own counts added, and how both do on the deposits held out."""
    return learn_from_outcomes(outcomes_of(replay(partition)), old, version)


def learn_from_outcomes(
    outcomes: Outcomes, old: Model, version: str, present: Model | None = None
) -> tuple[Model, Comparison]:
    """Return the old model with these outcomes added, compared on those held out with the one in use (`present`).

    A present model may have learned from deposits held out now: the comparison is harder on the new one, not easier.
    """
    seen = [outcome for place, outcome in enumerate(outcomes) if place % HELD_OUT]
    unseen = outcomes[::HELD_OUT]
    counted = fit(seen, version, "") if seen else old
    bands = [
        Band(band.low, band.right + own.right, band.wrong + own.wrong)
        for band, own in zip(old.bands, counted.bands, strict=True)
    ]
    new = from_bands(version, f"{old.origin}; {len(seen)} deposits of this book", bands) if seen else old
    return new, Comparison(len(unseen), _loss(present or old, unseen), _loss(new, unseen))


def _loss(model: Model, outcomes: Outcomes) -> float:
    if not outcomes:
        return 0.0
    total = 0.0
    for chance, right in outcomes:
        told = calibrated(model, chance)
        total -= math.log(told if right else 1.0 - told)
    return total / len(outcomes)


def explain_model(model: Model) -> list[str]:
    """Return lines a person can check: per band of raw log-odds, what was counted and the chance it stands for."""
    lines = [f"model {model.version}: {model.origin}", "raw odds from, counted, wrong, chance at the edge"]
    for band in model.bands:
        chance = calibrated(model, 1.0 / (1.0 + math.exp(-band.low)))
        lines.append(f"{band.low:6.1f} {band.right + band.wrong:8d} {band.wrong:6d} {chance:.5f}")
    return lines
