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

from jobs.match_partitions import load_partitions
from jobs.match_tables import decimal_text
from jobs.runner import few_collections
from jobs.spreading import spread_by_weight
from matchers.base import MatchSettings
from matchers.cascade import MatchResult, match
from recon.frames import Partition, PastAllocations
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
    """Yield each partition with its result and forget it, so that only one is worked on in memory at a time."""
    if processes > 1:
        weights = [len(partition.deposits) for partition in partitions]
        results = spread_by_weight(
            lambda place, spread: match(partitions[place], settings, spread=spread), weights, processes
        )
        yield from zip(partitions, results, strict=True)
        return
    while partitions:
        partition = partitions.pop(0)
        yield partition, match(partition, settings)


def proposal_rows(partition: Partition, result: MatchResult) -> Iterable[tuple[str, str, str, str, str, int]]:
    """Yield the rows of proposals.csv: one per allocation; a return of a past payment names what that one had paid."""
    rows, allocations = result.proposals, result.allocations
    digits = minor_digits(partition.currency)
    numbers, bank_ids = partition.open_items.number.tolist(), partition.deposits.bank_id.tolist()
    settled = (allocations.cash_minor + allocations.processor_fee_minor).tolist()
    parts: dict[int, list[tuple[str, int]]] = defaultdict(list)
    for row, item, amount in zip(allocations.proposal.tolist(), allocations.open_item.tolist(), settled, strict=True):
        parts[row].append((numbers[item] if item >= 0 else "", amount))
    past = _by_past_deposit(partition.past_allocations) if (rows.reverses_past >= 0).any() else {}
    facts = zip(
        rows.deposit.tolist(),
        rows.rank.tolist(),
        rows.action.tolist(),
        rows.confidence.tolist(),
        rows.reverses_past.tolist(),
        strict=True,
    )
    for row, (deposit, rank, action, confidence, reverses) in enumerate(facts):
        named = (
            [(number, -amount) for number, amount in past.get(reverses, ())] if reverses >= 0 else parts.get(row, ())
        )
        for number, amount in named:
            yield (
                bank_ids[deposit],
                number,
                decimal_text(amount, digits),
                f"{confidence:.6f}",
                ACTION_NAMES[action],
                rank,
            )


def _by_past_deposit(allocations: PastAllocations) -> dict[int, list[tuple[str, int]]]:
    found: dict[int, list[tuple[str, int]]] = defaultdict(list)
    columns = allocations.deposit.tolist(), allocations.invoice_number.tolist(), allocations.amount_minor.tolist()
    for deposit, number, amount in zip(*columns, strict=True):
        found[deposit].append((number, amount))
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
