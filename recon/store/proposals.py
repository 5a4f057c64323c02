"""Carry out what matching decided: post what is certain, queue the rest, remember every suggestion with its evidence.

Only what changed is written. A deposit that somebody else placed meanwhile, or whose invoice is no longer open, is not
posted: it stays for the reviewers, with the reason.

Room: store.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from types import MappingProxyType

from sqlalchemy import Connection, text

from recon import ledger
from recon.errors import NotAllowed
from recon.model import Action, Allocation, Entry, Evidence, LineState, Proposal
from recon.returns import return_of
from recon.store import schema
from recon.store.books import cash_lines, first_open_day, line_postings, open_reviews, post_allowed
from recon.store.bulk import fetch_in, insert_many, update_by_id
from recon.store.chain import Author, canonical

COLUMNS = (
    "bank_line_id", "rank", "action", "confidence_ppm", "kind", "allocations", "evidence", "set_aside_name",
    "reverses_line_id", "run_id", "model_version",
)  # fmt: skip
_Row = tuple[int | str | None, ...]


@dataclass(frozen=True, slots=True)
class Saved:
    """What came of the decisions: numbers of deposits, and money posted by (company, currency) in minor units."""

    posted: int
    set_aside: int
    queued: int
    unchanged: int
    refused: tuple[tuple[int, str], ...]  # line id and why it was not posted after all
    posted_minor: tuple[tuple[str, str, int], ...] = ()
    held: int = 0  # certain, but left to who claimed them; a later night decides them again


@dataclass(frozen=True, slots=True)
class _Waiting:
    line: ledger.CashLine
    state: LineState
    is_postable: bool
    held_by: str = ""  # who claimed it at the desk


def save_decisions(
    connection: Connection, proposals: Iterable[Proposal], author: Author, as_of: date, model_version: str = "",
    for_people: Mapping[int, str] = MappingProxyType({}),
) -> Saved:  # fmt: skip
    """Carry out proposals, given by deposit and rank; rank 1 is the decision. One call may stand in one transaction.

    POST and SET_ASIDE become entries, where the books allow it and nobody took the deposit by hand; everything else is
    kept as suggestions with one review item per deposit. Deposits that no longer wait are left alone. `for_people` has
    deposits that a person must decide all the same, with the reason.
    """
    by_line = [tuple(group) for _, group in groupby(proposals, key=lambda proposal: proposal.bank_line_id)]
    waiting = _waiting(connection, [group[0].bank_line_id for group in by_line], author)
    decided = [group for group in by_line if group[0].bank_line_id in waiting]
    changed = _keep_proposals(connection, decided, author, model_version)
    entries, refused = _entries(connection, decided, waiting, as_of, for_people)
    ids, not_allowed = post_allowed(connection, entries, author)
    refused += [(_line_of(entries[position]), why) for position, why in not_allowed.items()]
    posted = [entry for entry, entry_id in zip(entries, ids, strict=True) if entry_id is not None]
    placed = {entry.bank_line_id for entry in posted}
    queued = [group for group in decided if group[0].bank_line_id not in placed]
    new_items = _queue(connection, queued, waiting, dict(refused), author, as_of)
    aside = sum(entry.kind == "set_aside" for entry in posted)
    touched = len(placed) + max(new_items, len(changed - placed))
    held = sum(1 for line_id, _ in refused if line_id in waiting and waiting[line_id].held_by)
    unchanged = len(by_line) - touched
    return Saved(len(posted) - aside, aside, len(queued), unchanged, tuple(refused), _money(posted), held)


def proposals_of(connection: Connection, line_ids: Iterable[int]) -> dict[int, tuple[Proposal, ...]]:
    """Return the suggestions kept for these lines, by rank."""
    sql = f"SELECT {', '.join(COLUMNS)} FROM proposal WHERE bank_line_id IN :values ORDER BY bank_line_id, rank"
    kept: dict[int, tuple[Proposal, ...]] = {}
    for row in fetch_in(connection, sql, line_ids):
        kept[row[0]] = (*kept.get(row[0], ()), _proposal(row))
    return kept


def _waiting(connection: Connection, line_ids: Sequence[int], author: Author) -> dict[int, _Waiting]:
    claimed = _claimed(connection, author)
    sql = (
        "SELECT line.id, line.company, line.currency, line.amount_minor, line.state, CASE WHEN line.by_hand = 0 AND"
        " (s.proof <> 'DISCREPANCY' OR s.accepted_by <> '') THEN 1 ELSE 0 END FROM bank_line AS line"
        " JOIN statement AS s ON s.id = line.statement_id"
        " WHERE line.state IN ('new', 'in_review') AND line.id IN :values"
    )
    return {
        row[0]: _Waiting(ledger.CashLine(*row[:4]), LineState(row[4]), bool(row[5]), claimed.get(row[0], ""))
        for row in fetch_in(connection, sql, line_ids)
    }


def _claimed(connection: Connection, author: Author) -> dict[int, str]:
    """Return who is working on which line right now; a claim lapses by itself."""
    sql = (
        "SELECT subject_id, held_by FROM review_item WHERE state = 'claimed' AND kind = 'deposit' AND held_until > :now"
    )
    rows = connection.execute(text(sql), {"now": author.instant})
    return {row[0]: row[1] for row in rows}


def _entries(
    connection: Connection, decided: Sequence[Sequence[Proposal]], waiting: dict[int, _Waiting], as_of: date,
    for_people: Mapping[int, str],
) -> tuple[list[Entry], list[tuple[int, str]]]:  # fmt: skip
    entries: list[Entry] = []
    refused: list[tuple[int, str]] = []
    days = {
        company: first_open_day(connection, company, as_of) for company in {w.line.company for w in waiting.values()}
    }
    for first, *_ in decided:
        line = waiting[first.bank_line_id].line
        if first.action is Action.REVIEW:
            continue
        if waiting[line.id].held_by:
            refused.append((line.id, f"{waiting[line.id].held_by} is working on it"))
            continue
        if not waiting[line.id].is_postable:
            refused.append((line.id, "a person must decide: it was taken by hand, or its statement does not prove"))
            continue
        if line.id in for_people:
            refused.append((line.id, for_people[line.id]))
            continue
        try:
            entries.append(entry_for(connection, line, first, days[line.company]))
        except NotAllowed as error:
            refused.append((line.id, error.args[0]))
    return entries, refused


def entry_for(connection: Connection, line: ledger.CashLine, proposal: Proposal, day: date, reason: str = "") -> Entry:
    """Return the entry that a proposal comes to. Raises NotAllowed when it does not place the whole line."""
    if proposal.reverses_line_id is not None:
        return return_entry(connection, line, proposal.reverses_line_id, day, reason)
    if proposal.set_aside_name:
        return ledger.set_aside(line, proposal.set_aside_name, day, reason)
    return ledger.apply_deposit(line, proposal.allocations, day, reason)


def return_entry(
    connection: Connection, line: ledger.CashLine, original_id: int, day: date, reason: str = "",
    parts: Sequence[Allocation] = (), charge_minor: int = 0,
) -> Entry:  # fmt: skip
    """Return the entry by which a line takes back a deposit, or the parts of it that are named."""
    original = cash_lines(connection, [original_id]).get(original_id)
    if original is None:
        raise NotAllowed("the deposit it takes back is older than these books", "Charge it to the customer by hand")
    placed = ledger.net_placement(line_postings(connection, original_id))
    return return_of(line, original, placed, parts, charge_minor, day, reason)


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
    """Let the queue's order and its reason follow what matching thinks now; rows that agree are not touched.

    While a second person is asked, the detail holds what was asked for, and nobody else writes there.
    """
    sql = "SELECT id, subject_id, priority_minor, detail FROM review_item"
    sql += " WHERE kind = 'deposit' AND state <> 'needs_second_approval' AND subject_id IN :values"
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
    before = _told(connection, [group[0].bank_line_id for group in decided])
    changed: dict[int, list[_Row]] = {}
    for group in decided:
        rows = [_row(proposal) for proposal in group]
        if before.get(group[0].bank_line_id) != rows:
            changed[group[0].bank_line_id] = rows
    known = [line_id for line_id in changed if line_id in before]
    for line_id in known:
        connection.execute(text("DELETE FROM proposal WHERE bank_line_id = :line"), {"line": line_id})
    written_by = (author.run_id, model_version)
    insert_many(
        connection, schema.proposal, COLUMNS, [(*row, *written_by) for rows in changed.values() for row in rows]
    )
    return set(changed)


def _told(connection: Connection, line_ids: Sequence[int]) -> dict[int, list[_Row]]:
    """Return the suggestions kept for these lines as they stand in the table, without who wrote them when."""
    sql = f"SELECT {', '.join(COLUMNS[:-2])} FROM proposal WHERE bank_line_id IN :values ORDER BY bank_line_id, rank"
    told: dict[int, list[_Row]] = {}
    for row in fetch_in(connection, sql, line_ids):
        told.setdefault(row[0], []).append(tuple(row))
    return told


def _row(proposal: Proposal) -> _Row:
    """As it is written and read back: probabilities in millionths, points in hundredths."""
    evidence = [[each.signal, each.seen, round(float(each.points), 2)] for each in proposal.evidence]
    return (
        proposal.bank_line_id, proposal.rank, proposal.action.value, _ppm(proposal), proposal.kind,
        canonical([_told_allocation(each) for each in proposal.allocations]), canonical(evidence),
        proposal.set_aside_name, proposal.reverses_line_id,
    )  # fmt: skip


def _told_allocation(allocation: Allocation) -> dict[str, int | None]:
    told = {
        "open_item_id": allocation.open_item_id,
        "customer_id": allocation.customer_id,
        "cash_minor": allocation.cash_minor,
    }
    if allocation.settled_minor != allocation.cash_minor:
        told |= {name: minor for name in _BESIDE if (minor := getattr(allocation, name))}
    return told


_BESIDE = ("discount_minor", "fee_minor", "deduction_minor", "processor_fee_minor", "write_off_minor")


def _proposal(row: Sequence[object]) -> Proposal:
    line_id, rank, action, ppm, kind, allocations, evidence, name, reverses, *_ = row
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


def _ppm(proposal: Proposal) -> int:
    return min(max(round(proposal.confidence * 1_000_000), 0), 1_000_000)


def _line_of(entry: Entry) -> int:
    return entry.bank_line_id or 0


def _money(posted: Sequence[Entry]) -> tuple[tuple[str, str, int], ...]:
    sums: Counter[tuple[str, str]] = Counter()
    for entry in posted:
        if entry.kind != "set_aside":
            sums[entry.company, entry.postings[0].currency] += abs(entry.postings[0].amount_minor)
    return tuple((company, currency, minor) for (company, currency), minor in sorted(sums.items()))
