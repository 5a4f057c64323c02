"""Why a suggestion stands where it stands, in words a reviewer checks: points, rivals, and what was lacking.

Each entry reads `signal|seen|points`; neither text holds a bar or a line break.

Room: pure.
"""

from collections.abc import Iterable, Sequence

from matchers.amount import DISCOUNT, EXACT, FEE
from matchers.answer import Answer
from matchers.base import Candidate
from recon.frames import Partition
from recon.money import format_minor

EXPLAINED = (EXACT, DISCOUNT, FEE, "payout", "lockbox")  # kinds whose difference to what is open has a known reason
MOST_NAMED = 3  # numbers of a set that are spelt out
DOUBTFUL_PAYER = -0.7  # log chance of the payer: below it, knowing the payer would help


def evidence_of(partition: Partition, answer: Answer, rank: int, *, is_posted: bool) -> str:
    """Return the entries of one suggestion, one a line; what was lacking only where a person must decide."""
    candidate = answer.candidates[rank - 1]
    named = candidate.reference_points
    entries = [
        ("payer", answer.clue.payer[:40] or "no name", candidate.payer_points),
        ("references", "numbers of the text" if named > 0 else "none", named),
        ("amount", candidate.kind, candidate.amount_points),
        ("set", f"{len(candidate.items)} open items", candidate.structure_points),
    ]
    if rank == 1:
        entries += [_runner_up(answer, candidate), *_also_sums(partition, answer, candidate)]
    if not is_posted and not answer.is_return:
        entries.append(("would make it certain", lacking(partition, answer, rank), 0.0))
    return "\n".join(f"{signal}|{_plain(seen)}|{points:.1f}" for signal, seen, points in entries)


def lacking(partition: Partition, answer: Answer, rank: int) -> str:
    """Return what would have made this suggestion certain: the numbers in the text, the amount, the payer, no rival.

    Numbers outweigh everything but an amount that no habit explains; the payer counts where the numbers stand already.
    """
    candidate = answer.candidates[rank - 1]
    facts = []
    if candidate.items and candidate.reference_points <= 0:
        facts.append(f"{_numbers(partition, candidate.items)} in the text")
    miss = sum(int(partition.open_items.open_minor[item]) for item in candidate.items) - answer.clue.amount
    if miss and candidate.kind not in EXPLAINED:
        more = "more" if miss > 0 else "less"
        facts.append(f"{format_minor(abs(miss), partition.currency)} {partition.currency} {more} paid")
    if not facts and candidate.payer_points < DOUBTFUL_PAYER:
        facts.append(f"the payer known as {partition.customers.code[candidate.customers[0]]}")
    return " and ".join(facts) or "no other open items that fit as well"


def _runner_up(answer: Answer, candidate: Candidate) -> tuple[str, str, float]:
    second = answer.candidates[1] if len(answer.candidates) > 1 else None
    if second is None:
        return "runner-up", "nobody's, or a set not listed", answer.unlisted - candidate.score
    return "runner-up", f"{second.kind} of {len(second.items)}", second.score - candidate.score


def _also_sums(partition: Partition, answer: Answer, candidate: Candidate) -> Iterable[tuple[str, str, float]]:
    """Say how many other sets among the explanations sum to the cent, and name the likeliest."""
    amount = answer.clue.amount
    others = [
        each
        for each in answer.candidates
        if each.key != candidate.key and not each.on_account and not any(each.beside) and sum(each.cash) == amount
    ]
    if others:
        sets = "1 other set" if len(others) == 1 else f"{len(others)} other sets"
        yield "also sums", f"{sets}, first {_numbers(partition, others[0].items)}", others[0].score - candidate.score


def _numbers(partition: Partition, items: Sequence[int]) -> str:
    told = [str(partition.open_items.number[item]) or "?" for item in items[:MOST_NAMED]]
    more = f" and {len(items) - MOST_NAMED} more" if len(items) > MOST_NAMED else ""
    return ", ".join(told) + more


def _plain(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
