"""`recon match`: files in, proposals out, no database.

Room: shell.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np

from jobs.match_partitions import load_partitions
from jobs.match_tables import decimal_text
from jobs.runner import few_collections
from jobs.spreading import spread_by_weight
from matchers.base import MatchSettings
from matchers.cascade import MatchResult, match
from recon.frames import Ints, Partition, PastAllocations
from recon.money import minor_digits

__all__ = ["MatchSummary", "load_partitions", "match_files"]

ACTION_NAMES = ("auto", "queue", "queue")


@dataclass(frozen=True, slots=True)
class MatchSummary:
    """What `recon match` did: counts, the expected number of wrong posts, and rows it could not read."""

    deposits: int
    posted: int
    queued: int
    expected_wrong: float
    threshold: float
    model_version: str
    gap: float
    problems: tuple[str, ...]


def match_files(
    customers: Path,
    invoices: Path,
    statement: Path,
    history_statement: Path | None,
    history_truth: Path | None,
    error_budget: Fraction | str,
    out: Path,
    processes: int = 1,
) -> MatchSummary:
    """Write the proposals of a statement to `out` and return a summary. Raises UsageError for files without the
    columns.
    """
    problems: list[str] = []
    told: list[MatchSummary] = []
    with few_collections():
        partitions = load_partitions(customers, invoices, statement, history_statement, history_truth, problems)
        with out.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(("fitid", "invoice_number", "amount", "confidence", "action", "rank"))
            for partition, result in _decided(
                partitions, MatchSettings(error_budget=error_budget, with_evidence=False), processes
            ):
                writer.writerows(proposal_rows(partition, result))
                told.append(_summary(result, len(partition.deposits)))
    return _together(told, tuple(problems))


def _decided(
    partitions: list[Partition], settings: MatchSettings, processes: int
) -> Iterator[tuple[Partition, MatchResult]]:
    """Yield each partition with its result; the heaviest is matched first, before others leave memory in pieces."""
    weights = [len(partition.deposits) for partition in partitions]
    results = spread_by_weight(
        lambda place, spread: match(partitions[place], settings, spread=spread), weights, processes
    )
    yield from zip(partitions, results, strict=True)


def proposal_rows(partition: Partition, result: MatchResult) -> Iterable[tuple[str, str, str, str, str, int]]:
    """Yield the rows of proposals.csv: one per allocation; a return of a past payment names what that one had paid."""
    rows, allocations = result.proposals, result.allocations
    digits = minor_digits(partition.currency)
    numbers, bank_ids = partition.open_items.number, partition.deposits.bank_id
    settled = (allocations.cash_minor + allocations.processor_fee_minor).tolist()
    items = allocations.open_item.tolist()
    ends = np.searchsorted(allocations.proposal, np.arange(1, len(rows) + 1)).tolist()
    first = 0
    taken_back = _taken_back(partition.past_allocations, rows.reverses_past)
    facts = zip(
        rows.deposit.tolist(),
        rows.rank.tolist(),
        rows.action.tolist(),
        rows.confidence.tolist(),
        rows.reverses_past.tolist(),
        strict=True,
    )
    for end, (deposit, rank, action, confidence, reverses) in zip(ends, facts, strict=True):
        own = ((numbers[items[row]] if items[row] >= 0 else "", settled[row]) for row in range(first, end))
        first = end
        for number, amount in taken_back[reverses] if reverses >= 0 else own:
            yield (
                bank_ids[deposit],
                number,
                decimal_text(amount, digits),
                f"{confidence:.6f}",
                ACTION_NAMES[action],
                rank,
            )


def _taken_back(allocations: PastAllocations, deposits: Ints) -> dict[int, list[tuple[str, int]]]:
    """Return what these past deposits had paid, as number and amount with the sign of the return."""
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    paid = allocations.take(np.isin(allocations.deposit, deposits))
    columns = paid.deposit.tolist(), paid.invoice_number.tolist(), paid.amount_minor.tolist()
    for deposit, number, amount in zip(*columns, strict=True):
        found[deposit].append((number, -amount))
    return found


def _summary(result: MatchResult, deposits: int) -> MatchSummary:
    posted = int(((result.proposals.action == 0) & (result.proposals.rank == 1)).sum())
    return MatchSummary(
        deposits,
        posted,
        deposits - posted,
        result.expected_wrong,
        result.threshold,
        result.model_version,
        result.gap,
        (),
    )


def _together(parts: Sequence[MatchSummary], problems: tuple[str, ...]) -> MatchSummary:
    return MatchSummary(
        sum(part.deposits for part in parts),
        sum(part.posted for part in parts),
        sum(part.queued for part in parts),
        sum(part.expected_wrong for part in parts),
        min((part.threshold for part in parts), default=1.0),
        ", ".join(sorted({part.model_version for part in parts})) or "none",
        sum(part.gap for part in parts),
        problems,
    )
