"""From answers to columns: what the store, the desk and `recon match` take over from a batch.

Room: pure.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise

import numpy as np

from matchers.amount import CLAIM, DEDUCTION, DISCOUNT, FEE
from matchers.answer import Answer
from matchers.base import Candidate, MatchSettings
from matchers.clues import has_name
from matchers.evidence import evidence_of
from matchers.model import Model, calibrated, threshold
from recon.frames import AllocationRows, Ints, Partition, ProposalRows, Texts, texts
from recon.model import Action, Allocation, Evidence, Proposal

POST, REVIEW, SET_ASIDE = 0, 1, 2
UNACQUAINTED = -5.0  # log chance of the payer
ACTIONS = (Action.POST, Action.REVIEW, Action.SET_ASIDE)
MOST_SUGGESTIONS = 5
SLICE = 10_000  # rows told at a time: a column read cell by cell costs five times what it costs as a list
_INTEREST = re.compile(r"\bINT(?:EREST)? (?:CREDIT|EARNED|PAID|PAYMENT)\b|\bZINSEN\b|\bHABENZINS")
_OWN_TRANSFER = re.compile(r"\bZBA\b|\bSWEEP TRANSFER\b|\bONLINE TRANSFER (?:FROM|TO)\b|\bUMBUCHUNG\b")


@dataclass(frozen=True, slots=True)
class MatchResult:
    """The columns of a batch, and what the night report says about it.

    `expected_wrong` is the expected number of wrong posts, `threshold` the lowest posted confidence, `gap` the
    points that
    joint settlement may have lost where a group was too large to enumerate (0: optimal).
    """

    proposals: ProposalRows
    allocations: AllocationRows
    expected_wrong: float
    threshold: float
    model_version: str
    gap: float


_DEFAULTS: dict[str, object] = {"set_aside_name": "", "reverses": -1, "reverses_past": -1, "evidence": ""}


class _Columns:
    def __init__(self, partition: Partition, *, with_evidence: bool) -> None:
        self.partition, self.with_evidence = partition, with_evidence
        self.proposals: dict[str, list[object]] = {name: [] for name in ProposalRows.__dataclass_fields__}
        self.allocations: dict[str, list[int]] = {name: [] for name in AllocationRows.__dataclass_fields__}

    def add(self, **row: object) -> int:
        given = _DEFAULTS | row
        for name, column in self.proposals.items():
            column.append(given[name])
        return len(self.proposals["deposit"]) - 1

    def evidence(self, answer: Answer, rank: int, *, is_posted: bool) -> str:
        return evidence_of(self.partition, answer, rank, is_posted=is_posted) if self.with_evidence else ""

    def allocate(self, proposal: int, item: int, customer: int, cash: int, **beside: int) -> None:
        row = {"proposal": proposal, "open_item": item, "customer": customer, "cash_minor": cash, **beside}
        for name, column in self.allocations.items():
            column.append(row.get(name, 0))


def columns_of(
    partition: Partition, answers: Sequence[Answer], model: Model, settings: MatchSettings, budget: Fraction, gap: float
) -> MatchResult:
    """Return the result: what is posted keeps the budget, everything else is for review with up to five suggestions."""
    ready = {id(a): _confidences(model, a) for a in answers}
    postable = partition.deposits.postable
    offered = [
        ready[id(a)][0] for a in answers if ready[id(a)] and _may_post(a, settings, bool(postable[a.clue.position]))
    ]
    least = threshold(model, budget, offered)
    columns, wrong = _Columns(partition, with_evidence=settings.with_evidence), 0.0
    seen = set()
    for answer in answers:
        seen.add(answer.clue.position)
        sure = ready[id(answer)]
        may = bool(sure) and sure[0] >= least and _may_post(answer, settings, bool(postable[answer.clue.position]))
        may = may and not _is_risky(answer, sure[0], settings)
        wrong += 1.0 - sure[0] if may else 0.0
        _add(columns, answer, sure, POST if may else REVIEW, REVIEW if _is_capped(answer, settings) else SET_ASIDE)
    for position in range(len(partition.deposits)):
        if position not in seen:
            columns.add(deposit=position, rank=1, action=REVIEW, confidence=0.0, kind="unexplained")
    return MatchResult(_proposal_rows(columns), _allocation_rows(columns), wrong, least, model.version, gap)


def _confidences(model: Model, answer: Answer) -> list[float]:
    if not answer.chances:
        return []
    if answer.is_return:
        return [calibrated(model, answer.chances[0])]
    first, *others = answer.chances[:MOST_SUGGESTIONS]
    return shared(first if answer.is_suggested else calibrated(model, first), others)


def shared(first: float, others: Sequence[float]) -> list[float]:
    """Return the chances of one deposit's suggestions: only one of them can be true, so they add to 1 at most.

    The first is kept: it alone is calibrated, and decided by. The others share what it leaves, none above it.

    >>> shared(0.75, (0.4, 0.1, 0.0))
    [0.75, 0.2, 0.05, 0.0]
    >>> shared(0.25, (0.5, 0.125))
    [0.25, 0.25, 0.125]
    """
    capped = [min(chance, first) for chance in others]
    total, left = sum(capped), 1.0 - first
    share = left / total if total > left else 1.0
    return [first, *(chance * share for chance in capped)]


def _may_post(answer: Answer, settings: MatchSettings, is_postable: bool) -> bool:
    if _is_capped(answer, settings):
        return False
    is_weighed = not answer.is_suggested and not answer.twice > 0.0
    return is_postable and is_weighed and not _is_foreign_name(answer)


def _is_capped(answer: Answer, settings: MatchSettings) -> bool:
    """Tell whether the line is above the user's cap, so that a person decides whatever it is."""
    return 0 < settings.amount_cap_minor < abs(answer.clue.amount)


def _is_risky(answer: Answer, chance: float, settings: MatchSettings) -> bool:
    """Tell whether the money that is probably wrong, amount times doubt, is above the user's cap."""
    return 0 < settings.risk_cap_minor < abs(answer.clue.amount) * (1.0 - chance)


def _is_foreign_name(answer: Answer) -> bool:
    """Tell whether the line names a payer that nothing connects with the customer: an equal amount is no
    acquaintance.
    """
    if not answer.candidates or answer.is_return or not has_name(answer.clue):
        return False
    best = answer.candidates[0]
    return best.reference_points <= 0.0 and best.payer_points < UNACQUAINTED and best.kind != "lockbox"


def _add(columns: _Columns, answer: Answer, sure: Sequence[float], action: int, aside_action: int) -> None:
    position = answer.clue.position
    if answer.returns_past >= 0:
        columns.add(
            deposit=position,
            rank=1,
            action=action,
            confidence=sure[0],
            kind="return",
            reverses_past=answer.returns_past,
            evidence=f"return|takes back an earlier payment|{answer.chances[0]:.3f}",
        )
        return
    aside = _set_aside_name(answer) if not sure or sure[0] < 0.05 else ""
    if aside:
        columns.add(
            deposit=position,
            rank=1,
            action=aside_action,
            confidence=0.99,
            kind="set_aside",
            set_aside_name=aside,
            evidence=f"wording|{aside} by the bank's type or wording|9.0",
        )
        return
    if answer.twice > 0.0 and answer.customer >= 0:
        row = columns.add(
            deposit=position,
            rank=1,
            action=REVIEW,
            confidence=0.5,
            kind="duplicate",
            evidence="repeat|same payer, amount and numbers as an earlier line|0.0",
        )
        columns.allocate(row, -1, answer.customer, answer.clue.amount)
        return
    if not sure:
        columns.add(deposit=position, rank=1, action=REVIEW, confidence=0.0, kind="unexplained")
    for rank, (candidate, confidence) in enumerate(zip(answer.candidates, sure, strict=False), start=1):
        row = columns.add(
            deposit=position,
            rank=rank,
            action=action if rank == 1 else REVIEW,
            confidence=confidence,
            kind=candidate.kind,
            reverses=answer.returns,
            evidence=columns.evidence(answer, rank, is_posted=action == POST),
        )
        _allocate(columns, row, candidate, answer.clue.amount)


def _set_aside_name(answer: Answer) -> str:
    clue = answer.clue
    if clue.amount <= 0:
        return ""
    if clue.kind == "INT" or _INTEREST.search(clue.text):
        return "interest"
    return "transfer" if _OWN_TRANSFER.search(clue.text) else ""


BESIDE = {DISCOUNT: "discount_minor", FEE: "fee_minor", DEDUCTION: "deduction_minor", CLAIM: "deduction_minor"}


def _allocate(columns: _Columns, row: int, candidate: Candidate, amount: int) -> None:
    kept = (
        _processor_fees(candidate.cash, sum(candidate.cash) - amount)
        if candidate.kind == "payout"
        else candidate.beside
    )
    name = "processor_fee_minor" if candidate.kind == "payout" else BESIDE.get(candidate.kind, "deduction_minor")
    for item, customer, cash, beside in zip(candidate.items, candidate.customers, candidate.cash, kept, strict=True):
        paid = cash - beside if candidate.kind == "payout" else cash
        columns.allocate(row, item, customer, paid, **({name: beside} if beside else {}))
    if candidate.on_account:
        columns.allocate(row, -1, candidate.customers[0], candidate.on_account)


def _processor_fees(gross: Sequence[int], fee: int) -> tuple[int, ...]:
    """Return the fee spread over the invoices by amount, the last one bearing what rounding leaves.

    >>> _processor_fees((100, 200), 10)
    (3, 7)
    """
    total = sum(gross)
    shares = [fee * each // total for each in gross[:-1]]
    return (*shares, fee - sum(shares))


def _proposal_rows(columns: _Columns) -> ProposalRows:
    values = columns.proposals

    def numbers(name: str) -> Ints:
        return np.array(values[name], dtype=np.int64)

    def words(name: str) -> Texts:
        return texts([str(each) for each in values[name]])

    return ProposalRows(
        numbers("deposit"),
        numbers("rank"),
        numbers("action"),
        np.array(values["confidence"], dtype=np.float64),
        words("kind"),
        words("set_aside_name"),
        numbers("reverses"),
        numbers("reverses_past"),
        words("evidence"),
    )


def _allocation_rows(columns: _Columns) -> AllocationRows:
    return AllocationRows(**{name: np.array(values, dtype=np.int64) for name, values in columns.allocations.items()})


def to_proposals(partition: Partition, result: MatchResult, rows: Iterable[int] | None = None) -> tuple[Proposal, ...]:
    """Return rows of a result (all unless chosen) as values for the store, with the store's ids and their evidence."""
    told = Told(result, _ids_of(partition))
    return tuple(told) if rows is None else tuple(told.rows(rows))


def tell(partition: Partition, result: MatchResult) -> "Told":
    """Return the result for the store, without the partition it came from."""
    return Told(result, _ids_of(partition))


@dataclass(frozen=True, slots=True)
class _Ids:
    """The store's ids by position: all that is needed of a partition once it is decided."""

    deposits: Ints
    past: Ints
    open_items: Ints
    customers: Ints


def _ids_of(partition: Partition) -> _Ids:
    return _Ids(partition.deposits.id, partition.past.id, partition.open_items.id, partition.customers.id)


@dataclass(frozen=True, slots=True)
class Told:
    """The proposals of a result, by deposit and rank; each is made when it is asked for, as often as it is."""

    result: MatchResult
    ids: _Ids

    def __len__(self) -> int:
        return len(self.result.proposals)

    def __iter__(self) -> Iterator[Proposal]:
        for start in range(0, len(self), SLICE):
            yield from self._between(start, min(start + SLICE, len(self)))

    def rows(self, rows: Iterable[int]) -> Iterator[Proposal]:
        """Yield the proposals of these rows."""
        for row in rows:
            yield from self._between(row, row + 1)

    def _between(self, start: int, end: int) -> Iterator[Proposal]:
        rows = self.result.proposals
        columns = [getattr(rows, name)[start:end].tolist() for name in _TOLD]
        deposits = self.ids.deposits[rows.deposit[start:end]].tolist()
        places = np.searchsorted(self.result.allocations.proposal, np.arange(start, end + 1)).tolist()
        allocations = self._allocations(places[0], places[-1])
        shares = (tuple(allocations[one - places[0] : two - places[0]]) for one, two in pairwise(places))
        for deposit, share, row in zip(deposits, shares, zip(*columns, strict=True), strict=True):
            rank, action, confidence, kind, aside, reverses, past, evidence = row
            original = self._original(reverses, past)
            told = tuple(map(_read_evidence, evidence.splitlines()))
            yield Proposal(deposit, rank, ACTIONS[action], confidence, kind, share, told, aside, original)

    def _allocations(self, start: int, end: int) -> list[Allocation]:
        rows = self.result.allocations
        items = [int(self.ids.open_items[item]) if item >= 0 else None for item in rows.open_item[start:end].tolist()]
        customers = self.ids.customers[rows.customer[start:end]].tolist()
        minor = (getattr(rows, name)[start:end].tolist() for name in _MINOR)
        return list(map(Allocation, items, customers, *minor))

    def _original(self, reverses: int, past: int) -> int | None:
        if reverses >= 0:
            return int(self.ids.deposits[reverses])
        return int(self.ids.past[past]) if past >= 0 else None


_TOLD = ("rank", "action", "confidence", "kind", "set_aside_name", "reverses", "reverses_past", "evidence")
_MINOR = ("cash_minor", "discount_minor", "fee_minor", "deduction_minor", "processor_fee_minor")


@lru_cache(maxsize=4096)  # the same few reasons stand beside thousands of deposits
def _read_evidence(line: str) -> Evidence:
    signal, seen, points = line.split("|")
    return Evidence(signal, seen, float(points))
