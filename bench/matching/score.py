"""Score proposals against the truth of a world: any matcher that writes `proposals.csv` can be measured.

    python -m bench.matching.score FOLDER proposals.csv

A deposit is right when its set of invoices and every amount agree to the cent or two; where the text cannot tell who
bears
a shortage, set and total. Posting anything for noise or duplicates is wrong.
"""

import argparse
import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """One deposit: was it matchable, posted, right; confidence; at which rank the right answer stood (0: none)."""

    fitid: str
    kind: str
    is_matchable: bool
    is_posted: bool
    is_right: bool
    confidence: float
    rank: int
    cents: int
    has_answer: bool


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _cents(text: str) -> int:
    return round(float(text) * 100)


def outcomes(folder: Path, proposals: Path) -> list[Outcome]:
    """Return one outcome per deposit of the statement."""
    truth: dict[str, dict[str, int]] = defaultdict(dict)
    free: set[str] = set()
    for row in _rows(folder / "truth.csv"):
        truth[row["fitid"]][row["invoice_number"]] = _cents(row["allocated_amount"])
        if row["free_placement"] == "1":
            free.add(row["fitid"])
    offered: dict[str, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    confidence: dict[str, float] = {}
    posted: set[str] = set()
    for row in _rows(proposals):
        fitid, rank = row["fitid"], int(row["rank"])
        offered[fitid][rank][row["invoice_number"]] = _cents(row["amount"])
        if rank == 1:
            confidence[fitid] = float(row["confidence"])
            if row["action"] == "auto":
                posted.add(fitid)
    return [_outcome(row, truth, free, offered, confidence, posted) for row in _rows(folder / "kinds.csv")]


def _outcome(row, truth, free, offered, confidence, posted) -> Outcome:  # type: ignore[no-untyped-def]
    fitid = row["fitid"]
    wanted = truth.get(fitid, {})
    answers = {rank: {n: c for n, c in each.items() if n} for rank, each in offered.get(fitid, {}).items()}
    ranks = [rank for rank in sorted(answers) if _is_right(answers[rank], wanted, fitid in free)]
    top = answers.get(1, {})
    return Outcome(
        fitid,
        row["kind"],
        bool(wanted),
        fitid in posted and bool(top),
        bool(ranks) and ranks[0] == 1,
        confidence.get(fitid, 0.0),
        ranks[0] if ranks else 0,
        abs(_cents(row["amount"])),
        bool(top),
    )


def _is_right(answer: dict[str, int], wanted: dict[str, int], is_free: bool) -> bool:
    if not wanted or set(answer) != set(wanted):
        return False
    if is_free:
        return abs(sum(answer.values()) - sum(wanted.values())) <= 2 * len(wanted)
    return all(abs(answer[number] - wanted[number]) <= 2 for number in wanted)


def figures(found: list[Outcome]) -> dict[str, float]:
    """Return the figures of the table in docs/reference/matching.md."""
    posts = [each for each in found if each.is_posted]
    matchable = [each for each in found if each.is_matchable]
    queued = [each for each in matchable if not each.is_posted]
    straight = [each for each in matchable if each.is_posted and each.is_right]
    return {
        "deposits": len(found),
        "posted": len(posts),
        "wrong": sum(not each.is_right for each in posts),
        "precision": _share(sum(each.is_right for each in posts), len(posts)),
        "straight_through": _share(len(straight), len(matchable)),
        "straight_through_money": _share(sum(e.cents for e in straight), sum(e.cents for e in matchable)),
        "noise_posted": sum(each.is_posted for each in found if not each.is_matchable),
        "top5_of_queued": _share(sum(1 <= each.rank <= 5 for each in queued), len(queued)),
        "ece": calibration_error(found),
    }


def _share(part: float, whole: float) -> float:
    return round(part / whole, 4) if whole else 0.0


def reliability(found: list[Outcome], bins: int = 10) -> list[tuple[float, int, float, float]]:
    """Return (lower edge, deposits, mean confidence, share right) per bin of confidence."""
    table = []
    for place in range(bins):
        inside = [e for e in found if e.has_answer and min(bins - 1, int(e.confidence * bins)) == place]
        if inside:
            told = sum(e.confidence for e in inside) / len(inside)
            table.append(
                (place / bins, len(inside), round(told, 3), round(sum(e.is_right for e in inside) / len(inside), 3))
            )
    return table


def calibration_error(found: list[Outcome]) -> float:
    """Return the expected calibration error over ten bins."""
    table = reliability(found)
    total = sum(count for _, count, _, _ in table)
    return round(sum(count * abs(told - right) for _, count, told, right in table) / total, 4) if total else 0.0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("proposals", type=Path)
    given = parser.parse_args()
    scored = outcomes(given.folder, given.proposals)
    for name, value in figures(scored).items():
        print(f"{name:28s} {value}")
    print("confidence from, deposits, told, right")
    for edge, count, told, right in reliability(scored):
        print(f"  {edge:.1f} {count:7d} {told:.3f} {right:.3f}")
