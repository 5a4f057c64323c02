"""Carry out what matching decided: post what is certain, queue the rest, remember every suggestion with its evidence.

Only what changed is written. A deposit that somebody else placed meanwhile, or whose invoice is no longer open, is not
posted: it stays for the reviewers, with the reason.

Room: store.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import groupby

from sqlalchemy import Connection, text

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Action, Allocation, Entry, Evidence, LineState, Proposal
from recon.store import schema
from recon.store.books import cash_lines, first_open_day, line_postings, open_reviews, post_allowed
from recon.store.bulk import fetch_in, insert_many, update_by_id
from recon.store.chain import Author, canonical

COLUMNS = (
    "bank_line_id", "rank", "run_id", "action", "confidence_ppm", "kind", "allocations", "evidence", "set_aside_name",
    "reverses_line_id", "model_version",
)  # fmt: skip
BATCH = 5_000  # deposits in one transaction's checks


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of the decisions: numbers of deposits, and money posted by (company, currency) in minor units."""

    posted: int
    set_aside: int
    queued: int
    unchanged: int
    refused: tuple[tuple[int, str], ...]  # line id and why it was not posted after all
    posted_minor: tuple[tuple[str, str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    line: ledger.CashLine
    state: LineState
    is_postable: bool


def save_decisions(
    connection: Connection, proposals: Iterable[Proposal], author: Author, as_of: date, model_version: str = ""
) -> Saved:
    """Carry out proposals, given by deposit and rank; rank 1 is the decision. One call may stand in one transaction.

    POST and SET_ASIDE become entries, where the books allow it and nobody took the deposit by hand; everything else is
    kept as suggestions with one review item per deposit. Deposits that no longer wait are left alone.
    """
    by_line = [tuple(group) for _, group in groupby(proposals, key=lambda proposal: proposal.bank_line_id)]
    waiting = _waiting(connection, [group[0].bank_line_id for group in by_line])
    decided = [group for group in by_line if group[0].bank_line_id in waiting]
    changed = _keep_proposals(connection, decided, author, model_version)
    entries, refused = _entries(connection, decided, waiting, as_of)
    ids, not_allowed = post_allowed(connection, entries, author)
    refused += [(_line_of(entries[position]), why) for position, why in not_allowed.items()]
    posted = [entry for entry, entry_id in zip(entries, ids, strict=True) if entry_id is not None]
    placed = {entry.bank_line_id for entry in posted}
    queued = [group for group in decided if group[0].bank_line_id not in placed]
    new_items = _queue(connection, queued, waiting, dict(refused), author, as_of)
    aside = sum(entry.kind == "set_aside" for entry in posted)
    touched = len(placed) + max(new_items, len(changed - placed))
    return Saved(len(posted) - aside, aside, len(queued), len(by_line) - touched, tuple(refused), _money(posted))


def proposals_of(connection: Connection, line_ids: Iterable[int]) -> dict[int, tuple[Proposal, ...]]:
    """Return the suggestions kept for these lines, by rank."""
    sql = f"SELECT {', '.join(COLUMNS)} FROM proposal WHERE bank_line_id IN :values ORDER BY bank_line_id, rank"
    kept: dict[int, tuple[Proposal, ...]] = {}
    for row in fetch_in(connection, sql, line_ids):
        kept[row[0]] = (*kept.get(row[0], ()), _proposal(row))
    return kept


def _waiting(connection: Connection, line_ids: Sequence[int]) -> dict[int, _Waiting]:
    sql = (
        "SELECT line.id, line.company, line.currency, line.amount_minor, line.state, CASE WHEN line.by_hand = 0 AND"
        " (s.proof <> 'DISCREPANCY' OR s.accepted_by <> '') THEN 1 ELSE 0 END FROM bank_line AS line"
        " JOIN statement AS s ON s.id = line.statement_id"
        " WHERE line.state IN ('new', 'in_review') AND line.id IN :values"
    )
    return {
        row[0]: _Waiting(ledger.CashLine(*row[:4]), LineState(row[4]), bool(row[5]))
        for row in fetch_in(connection, sql, line_ids)
    }


def _entries(
    connection: Connection, decided: Sequence[Sequence[Proposal]], waiting: dict[int, _Waiting], as_of: date
) -> tuple[list[Entry], list[tuple[int, str]]]:
    entries: list[Entry] = []
    refused: list[tuple[int, str]] = []
    days: dict[str, date] = {}
    for first, *_ in decided:
        line = waiting[first.bank_line_id].line
        if first.action is Action.REVIEW:
            continue
        if not waiting[line.id].is_postable:
            refused.append((line.id, "a person must decide: it was taken by hand, or its statement does not prove"))
            continue
        day = days.setdefault(line.company, first_open_day(connection, line.company, as_of))
        try:
            entries.append(entry_for(connection, line, first, day))
        except NotAllowed as error:
            refused.append((line.id, error.args[0]))
    return entries, refused


def entry_for(connection: Connection, line: ledger.CashLine, proposal: Proposal, day: date, reason: str = "") -> Entry:
    """Return the entry that a proposal comes to. Raises NotAllowed when it does not place the whole line."""
    if proposal.reverses_line_id is not None:
        return _return_entry(connection, line, proposal.reverses_line_id, day, reason)
    if proposal.set_aside_name:
        return ledger.set_aside(line, proposal.set_aside_name, day, reason)
    return ledger.apply_deposit(line, proposal.allocations, day, reason)


def _return_entry(connection: Connection, line: ledger.CashLine, original_id: int, day: date, reason: str) -> Entry:
    original = cash_lines(connection, [original_id]).get(original_id)
    if original is None:
        raise NotAllowed("the deposit it takes back is older than these books", "Charge it to the customer by hand")
    placed = ledger.net_placement(line_postings(connection, original_id))
    return ledger.return_deposit(line, original, placed, day, reason)


def _queue(
    connection: Connection, queued: Sequence[Sequence[Proposal]], waiting: dict[int, _Waiting], refused: dict[int, str],
    author: Author, as_of: date,
) -> int:  # fmt: skip
    subjects = []
    for first, *_ in queued:
        line = waiting[first.bank_line_id].line
        doubt = abs(line.amount_minor) * (1_000_000 - _ppm(first)) // 1_000_000
        subjects.append((line.id, line.company, line.currency, line.amount_minor, doubt, ""))
    fresh = [(s[0], LineState.IN_REVIEW.value) for s in subjects if waiting[s[0]].state is LineState.NEW]
    update_by_id(connection, schema.bank_line, "state = :value, version = version + 1", fresh)
    opened = open_reviews(connection, "deposit", subjects, author, opened_on=as_of.isoformat())
    wanted = [(s[0], s[4]) for s in subjects]
    _follow_priority(connection, wanted, refused)
    return opened


def _follow_priority(connection: Connection, wanted: Sequence[tuple[int, int]], refused: dict[int, str]) -> None:
    """Let the queue's order and its reason follow what matching thinks now; rows that agree are not touched."""
    sql = "SELECT id, subject_id, priority_minor, detail FROM review_item"
    sql += " WHERE kind = 'deposit' AND subject_id IN :values"
    priorities = dict(wanted)
    rows = list(fetch_in(connection, sql, priorities))
    moved = [(row[0], priorities[row[1]]) for row in rows if row[2] != priorities[row[1]]]
    update_by_id(connection, schema.review_item, "priority_minor = :value", moved)
    told = [(row[0], refused[row[1]]) for row in rows if row[1] in refused and row[3] != refused[row[1]]]
    update_by_id(connection, schema.review_item, "detail = :value", told)


def _keep_proposals(
    connection: Connection, decided: Sequence[Sequence[Proposal]], author: Author, model_version: str
) -> set[int]:
    """Replace the suggestions of the lines whose suggestions changed; return those lines."""
    before = proposals_of(connection, [group[0].bank_line_id for group in decided])
    changed = [group for group in decided if before.get(group[0].bank_line_id) != tuple(_rounded(p) for p in group)]
    known = [group[0].bank_line_id for group in changed if group[0].bank_line_id in before]
    for line_id in known:
        connection.execute(text("DELETE FROM proposal WHERE bank_line_id = :line"), {"line": line_id})
    rows = [_row(proposal, author, model_version) for group in changed for proposal in group]
    insert_many(connection, schema.proposal, COLUMNS, rows)
    return {group[0].bank_line_id for group in changed}


def _row(proposal: Proposal, author: Author, model_version: str) -> tuple[int | str | None, ...]:
    allocations = [{name: n for name, n in asdict(a).items() if n or name in _ALWAYS} for a in proposal.allocations]
    evidence = [[e.signal, e.seen, _points(e)] for e in proposal.evidence]
    return (
        proposal.bank_line_id, proposal.rank, author.run_id, proposal.action.value, _ppm(proposal), proposal.kind,
        canonical(allocations), canonical(evidence), proposal.set_aside_name, proposal.reverses_line_id, model_version,
    )  # fmt: skip


_ALWAYS = ("open_item_id", "customer_id", "cash_minor")


def _proposal(row: Sequence[object]) -> Proposal:
    line_id, rank, _, action, ppm, kind, allocations, evidence, name, reverses, _ = row
    return Proposal(
        bank_line_id=line_id,  # type: ignore[arg-type]
        rank=rank,  # type: ignore[arg-type]
        action=Action(action),
        confidence=ppm / 1_000_000,  # type: ignore[operator]
        kind=str(kind),
        allocations=tuple(Allocation(**each) for each in json.loads(str(allocations))),
        evidence=tuple(Evidence(*each) for each in json.loads(str(evidence))),
        set_aside_name=str(name),
        reverses_line_id=reverses,  # type: ignore[arg-type]
    )


def _rounded(proposal: Proposal) -> Proposal:
    """As it will be read back: probabilities in millionths, points in hundredths."""
    evidence = tuple(replace(each, points=_points(each)) for each in proposal.evidence)
    return replace(proposal, confidence=_ppm(proposal) / 1_000_000, evidence=evidence)


def _ppm(proposal: Proposal) -> int:
    return min(max(round(proposal.confidence * 1_000_000), 0), 1_000_000)


def _points(evidence: Evidence) -> float:
    return round(float(evidence.points), 2)


def _line_of(entry: Entry) -> int:
    return entry.bank_line_id or 0


def _money(posted: Sequence[Entry]) -> tuple[tuple[str, str, int], ...]:
    sums: Counter[tuple[str, str]] = Counter()
    for entry in posted:
        if entry.kind != "set_aside":
            sums[entry.company, entry.postings[0].currency] += abs(entry.postings[0].amount_minor)
    return tuple((company, currency, minor) for (company, currency), minor in sorted(sums.items()))
