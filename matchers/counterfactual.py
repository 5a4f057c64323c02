"""What would have decided otherwise: the smallest change to one deposit's question that flips its decision.

Nothing is estimated: every change is applied and the whole matching asked again. What is tried is a family of changes
that a person could bring about or could have met (`matchers.change`), the fewest facts first, then in the order of
that table, then by size. The first that flips is therefore the smallest of the family.

Room: pure.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import numpy as np

from matchers.base import MatchSettings
from matchers.cascade import match, to_proposals
from matchers.change import (
    CHANGES,
    FREE_TEXTS,
    Change,
    Question,
    changed,
    item_label,
    line_label,
    plain_amount,
    signed_amount,
)
from matchers.model import Model
from matchers.result import MatchResult
from recon.errors import UsageError
from recon.frames import Ints, Partition
from recon.model import Action, Proposal
from recon.money import minor_digits

MOST_OF_A_KIND = 6
MOST_TOGETHER = 60  # sets of several facts that are tried where no single one flips
MOST_LINES = 400  # of a batch that is asked again and again
ORDER = tuple(CHANGES)
BUDGETS = ("0.0001", "0.0003", "0.0005", "0.001", "0.002", "0.003", "0.005", "0.01", "0.02", "0.05")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of the deposit. `settles` holds open item label ("" for on account) and cash in minor units."""

    action: Action
    kind: str
    confidence: float
    settles: tuple[tuple[str, int], ...]

    def is_flipped(self, other: "Verdict") -> bool:
        """Tell whether the other decides otherwise: posts or not, or posts something else."""
        places = Action.POST, Action.SET_ASIDE
        if self.action in places:
            return other.action is not self.action or {n for n, _ in other.settles} != {n for n, _ in self.settles}
        return other.action in places


@dataclass(frozen=True, slots=True)
class Flip:
    """Changes that together flip the decision, and what it is then."""

    changes: tuple[Change, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Search:
    """What was found: the decision as it is, per kind of change the smallest flip, the smallest of all first."""

    verdict: Verdict
    flips: tuple[Flip, ...]
    asked: int


def ask(question: Question, model: Model | None = None) -> Verdict:
    """Return what matching decides of the deposit."""
    proposals = _proposals(question, _decided(question, model))
    return _verdict(question.partition, proposals[0])


def ask_changed(question: Question, changes: Sequence[Change], model: Model | None = None) -> Verdict:
    """Return what matching decides once all these facts are otherwise. Raises UsageError for a change of nothing."""
    for change in changes:
        question = changed(question, change)
    return ask(question, model)


def find_flips(question: Question, model: Model | None = None) -> Search:
    """Return what flips the decision: of each kind the smallest single fact, or else the fewest facts together."""
    proposals = _proposals(question, _decided(question, model))
    verdict = _verdict(question.partition, proposals[0])
    families = families_of(question, proposals)
    flips, asked = [], 0
    for family in families.values():
        for change in family:
            asked += 1
            after = _try(question, (change,), model)
            if after is not None and verdict.is_flipped(after):
                flips.append(Flip((change,), after))
                break
    for changes in [] if flips else together(question, proposals, families):
        asked += 1
        after = _try(question, changes, model)
        if after is not None and verdict.is_flipped(after):
            flips.append(Flip(changes, after))
            break
    return Search(verdict, tuple(flips), asked)


def _decided(question: Question, model: Model | None) -> MatchResult:
    return match(question.partition, replace(question.settings, with_evidence=False), model)


def _try(question: Question, changes: Sequence[Change], model: Model | None) -> Verdict | None:
    try:
        return ask_changed(question, changes, model)
    except UsageError:  # two changes may exclude each other: closing an item twice
        return None


def families_of(question: Question, proposals: Sequence[Proposal]) -> dict[str, list[Change]]:
    """Return the single facts worth trying, by kind in the order of size, each kind ordered by size."""
    places = (Action.POST, Action.SET_ASIDE)
    found = _unmaking(question, proposals[0]) if proposals[0].action in places else _making(question, proposals)
    families = {kind: list(dict.fromkeys(values))[:MOST_OF_A_KIND] for kind, values in found.items()}
    return {kind: [Change(kind, value) for value in families[kind]] for kind in ORDER if families.get(kind)}


def together(
    question: Question, proposals: Sequence[Proposal], families: dict[str, list[Change]]
) -> Iterator[tuple[Change, ...]]:
    """Yield sets of several facts, the fewest first: all numbers of a suggestion, and pairs of different kinds."""
    sets = [_numbers(question.partition, _items(question.partition, proposal)) for proposal in proposals]
    found = [tuple(Change("name", number) for number in numbers) for numbers in sets if 2 <= len(numbers) <= 12]
    first = [change for family in families.values() for change in family[:2]]
    found += [(one, other) for one, other in combinations(first, 2) if one.kind != other.kind]
    yield from sorted(dict.fromkeys(found), key=_size)[:MOST_TOGETHER]


def _size(changes: tuple[Change, ...]) -> tuple[int, int]:
    return len(changes), sum(ORDER.index(change.kind) for change in changes)


def _making(question: Question, proposals: Sequence[Proposal]) -> dict[str, list[str]]:
    """Return by kind what could get a queued deposit posted."""
    partition, position = question.partition, question.position
    amount = int(partition.deposits.amount_minor[position])
    suggested = [item for proposal in proposals for item in _items(partition, proposal)]
    equal = np.flatnonzero(partition.open_items.open_minor == amount)[:MOST_OF_A_KIND].tolist()
    owners = list(dict.fromkeys(partition.open_items.customer[suggested + equal].tolist()))
    codes = [str(partition.customers.code[owner]) for owner in owners]
    has_payer = any(getattr(partition.deposits, name)[position] for name in ("payer", "payer_account"))
    return {
        "name": _numbers(partition, suggested + equal),
        "payer": codes if has_payer else [],
        "from": codes,
        "close": [item_label(partition, item) for item in suggested + equal],
        "gone": _twins(partition, position) if proposals[0].kind == "duplicate" else [],
        "proved": [] if partition.deposits.postable[position] else [""],
        "amount": _differences(partition, proposals, owners, amount),
        "cap": [plain_amount(abs(amount), partition.currency)] if question.settings.amount_cap_minor else [],
        "risk": ["0"] if question.settings.risk_cap_minor else [],
        "budget": [each for each in BUDGETS if float(each) > _budget(question.settings)],
    }


def _unmaking(question: Question, proposal: Proposal) -> dict[str, list[str]]:
    """Return by kind what could keep a posted deposit in the queue, or send it elsewhere."""
    partition, position = question.partition, question.position
    items = _items(partition, proposal)
    labels = [item_label(partition, item) for item in items]
    text = " ".join(str(getattr(partition.deposits, name)[position]) for name in FREE_TEXTS)
    unit = 10 ** minor_digits(partition.currency)
    sizes = sorted({1, unit, 10 * unit, 100 * unit, 1_000 * unit})
    amount = abs(int(partition.deposits.amount_minor[position]))
    return {
        "close": labels,
        "amount": [signed_amount(sign * size, partition.currency) for size in sizes for sign in (1, -1)],
        "unname": [number for number in _numbers(partition, items) if _is_in(number, text)],
        "unpayer": [""] if partition.deposits.payer[position] or partition.deposits.payer_account[position] else [],
        "twin": labels,
        "cap": [plain_amount(amount - 1, partition.currency)] if amount > 1 else [],
        "budget": [each for each in reversed(BUDGETS) if float(each) < _budget(question.settings)],
    }


def _twins(partition: Partition, position: int) -> list[str]:
    """Return the other lines of the same amount, those of the same payer's text first."""
    amount, payer = partition.deposits.amount_minor[position], partition.deposits.payer[position]
    own = partition.deposits.id[position]
    found = [
        (bool(lines.payer[place] != payer), line_label(int(lines.id[place])))
        for lines in (partition.deposits, partition.past)
        for place in np.flatnonzero(lines.amount_minor == amount).tolist()
        if lines.id[place] != own
    ]
    return [label for _, label in sorted(found)]


def _differences(partition: Partition, proposals: Sequence[Proposal], owners: Sequence[int], amount: int) -> list[str]:
    """Return by how much the amount misses what is open: each suggestion as a whole, and single items of its payers."""
    opens = partition.open_items.open_minor
    wholes = [int(opens[_items(partition, each)].sum()) for each in proposals if each.allocations]
    singles = opens[np.isin(partition.open_items.customer, owners[:3]) & (opens > 0)].tolist()
    misses = {whole - amount for whole in [*wholes, *singles] if whole != amount and whole * amount > 0}
    return [signed_amount(miss, partition.currency) for miss in sorted(misses, key=lambda miss: (abs(miss), miss))]


def _budget(settings: MatchSettings) -> float:
    return float(settings.error_budget)


def _is_in(number: str, text: str) -> bool:
    digits = "".join(character for character in number if character.isdigit())
    return number.upper() in text.upper() or (bool(digits) and digits in text)


def _numbers(partition: Partition, items: Sequence[int]) -> list[str]:
    return list(dict.fromkeys(str(partition.open_items.number[item]) for item in items))


def _items(partition: Partition, proposal: Proposal) -> list[int]:
    ids = [each.open_item_id for each in proposal.allocations if each.open_item_id is not None]
    return [int(np.flatnonzero(partition.open_items.id == item_id)[0]) for item_id in ids]


def _proposals(question: Question, result: MatchResult) -> tuple[Proposal, ...]:
    rows = np.flatnonzero(result.proposals.deposit == question.position)
    return tuple(sorted(to_proposals(question.partition, result, rows.tolist()), key=lambda each: each.rank))


def _verdict(partition: Partition, proposal: Proposal) -> Verdict:
    items = iter(_items(partition, proposal))
    settles = tuple(
        (item_label(partition, next(items)) if each.open_item_id is not None else "", each.cash_minor)
        for each in proposal.allocations
    )
    return Verdict(proposal.action, proposal.kind, proposal.confidence, settles)


def narrowed(question: Question, model: Model | None = None) -> Question:
    """Return the question with the lines of a large batch that matter for it, so that it can be asked many times.

    Kept are the lines that could claim an item of the same customers, and others evenly spread, which stand for what
    the batch teaches; at most `MOST_LINES`. The decision must be the same as in the whole batch, or the whole is kept.
    """
    if len(question.partition.deposits) <= MOST_LINES:
        return question
    result = _decided(question, model)
    keep = _that_matter(question, result)
    position = int(np.flatnonzero(keep == question.position)[0])
    partition = replace(question.partition, deposits=question.partition.deposits.take(keep))
    fewer = replace(question, partition=partition, position=position)
    before = _verdict(question.partition, _proposals(question, result)[0])
    after = ask(fewer, model)
    return fewer if (before.action, before.settles) == (after.action, after.settles) else question


def _that_matter(question: Question, result: MatchResult) -> Ints:
    rows = result.allocations
    line_of = result.proposals.deposit[rows.proposal] if len(rows) else rows.proposal
    customers = np.unique(rows.customer[line_of == question.position])
    rivals = np.unique(line_of[np.isin(rows.customer, customers)])[: MOST_LINES // 2]
    others = np.linspace(0, len(question.partition.deposits) - 1, MOST_LINES // 2).astype(np.int64)
    kept: Ints = np.unique(np.concatenate([rivals, others, np.array([question.position], dtype=np.int64)]))
    return kept
