"""Write into the books: post entries, keep what matching thinks, undo. Everything is harmless to repeat.

A batch is checked as a whole under the writer's lock (`recon.store.ground`), then entries, open amounts, states of
lines and review items change together or not at all.

Room: store.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from recon import ledger
from recon.errors import Conflict, NotAllowed, ensure
from recon.model import Entry, LineState, Posting
from recon.roles import Right
from recon.store import schema
from recon.store.bulk import fetch_in, insert_new, next_id, update_by_id
from recon.store.chain import AuditRow, Author, append_audit, append_entries
from recon.store.charge_items import withdraw_charge
from recon.store.deductions import follow_deductions
from recon.store.ground import Ground, closed_periods, load_ground, moves_of
from recon.store.teachings import forget
from recon.store.users import require


@dataclass(frozen=True, slots=True)
class BookedEntry:
    """An entry as the books hold it."""

    id: int
    entry: Entry
    actor: str
    recorded_at: str
    run_id: int | None
    undone_by: int | None = None


def post(connection: Connection, entries: Sequence[Entry], author: Author) -> tuple[int, ...]:
    """Post all entries and return their ids, or raise Conflict for the first the books refuse: then none is posted."""
    ids, refused = post_allowed(connection, entries, author)
    if refused:
        raise Conflict(next(iter(refused.values())), "Read the item again and decide anew")
    return tuple(entry_id for entry_id in ids if entry_id is not None)


def post_allowed(
    connection: Connection, entries: Sequence[Entry], author: Author
) -> tuple[list[int | None], dict[int, str]]:
    """Post what the books allow, in order; return each entry's id or None, and by position why it was refused."""
    moves = [moves_of(entry) for entry in entries]
    ground = load_ground(connection, entries, moves)
    refused: dict[int, str] = {}
    for position, (entry, moved) in enumerate(zip(entries, moves, strict=True)):
        if why := ground.refusal(entry, moved):
            refused[position] = why
        else:
            ground.take(entry, moved)
    allowed = [entry for position, entry in enumerate(entries) if position not in refused]
    posted = iter(append_entries(connection, allowed, author))
    _keep_projections(connection, ground, author)
    follow_deductions(connection, allowed, author)
    return [None if position in refused else next(posted) for position in range(len(entries))], refused


def undo(connection: Connection, subject: str, author: Author, booked_on: date, reason: str) -> int:
    """Undo an entry (`E12`) or what was last done with a deposit (`D7`).

    Returns the id of the reversing entry, booked on `booked_on` or on the first open day after a closed period. Raises
    NotAllowed when there is nothing to undo, or something later stands on it.
    """
    require(connection, author.actor, Right.UNDO)
    booked = _find(connection, subject)
    if booked.undone_by is not None:
        raise NotAllowed(f"entry {booked.id} is already undone by entry {booked.undone_by}")
    _undo_charge(connection, booked.entry)
    day = first_open_day(connection, booked.entry.company, booked_on)
    try:
        (entry_id,) = post(connection, [ledger.undo(booked.entry, booked.id, day, reason)], author)
    except Conflict as conflict:
        raise NotAllowed(
            f"entry {booked.id} cannot be undone now: {conflict.args[0]}", "Undo what came later"
        ) from conflict
    lines = sorted({p.bank_line_id for p in booked.entry.postings if p.bank_line_id is not None})
    update_by_id(connection, schema.bank_line, "by_hand = :value", [(line_id, 1) for line_id in lines])
    reopen_reviews(connection, lines, author)
    forget(connection, booked.actor, booked.recorded_at)
    append_audit(connection, [AuditRow("undo", f"entry:{booked.id}", {"by": entry_id, "reason": reason})], author)
    return entry_id


def first_open_day(connection: Connection, company: str, day: date) -> date:
    """Return the day itself, or the day after the closed period it lies in."""
    closed = closed_periods(connection).get(company, "")
    if day.isoformat() > closed:
        return day
    return date.fromordinal(date.fromisoformat(closed).toordinal() + 1)


def require_open(connection: Connection, company: str, day: date) -> date:
    """Return the day. Raises NotAllowed when it lies in a closed period: a person says another day or reopens it."""
    closed = closed_periods(connection).get(company, "")
    if day.isoformat() <= closed:
        remedy = "Book on a later day with --as-of, or ask for `recon period reopen`"
        raise NotAllowed(f"the books of {company} are closed through {closed}, so nothing is booked on {day}", remedy)
    return day


def close_period(connection: Connection, company: str, through: date, author: Author, reason: str = "") -> None:
    """Refuse entries up to and including this day from now on. Raises NotAllowed when that much is closed already."""
    require(connection, author.actor, Right.CLOSE)
    closed = closed_periods(connection).get(company, "")
    if through.isoformat() <= closed:
        remedy = "Name a later day; `recon period reopen` opens days again"
        raise NotAllowed(f"the books of {company} are closed through {closed} already", remedy)
    _set_period(connection, company, through.isoformat(), author, "close_period", reason)


def reopen_period(connection: Connection, company: str, through: date, author: Author, reason: str) -> None:
    """Let the company's books be closed only through this earlier day. The reason is kept for good."""
    require(connection, author.actor, Right.REOPEN)
    closed = closed_periods(connection).get(company, "")
    if through.isoformat() >= closed:
        state = f"closed through {closed}" if closed else "not closed at all"
        raise NotAllowed(f"the books of {company} are {state}", "Name the earlier day through which they stay closed")
    if not reason:
        raise NotAllowed("reopening a period needs a reason", "Say why")
    _set_period(connection, company, through.isoformat(), author, "reopen_period", reason)


def reopen_reviews(connection: Connection, line_ids: Iterable[int], author: Author) -> None:
    """Put lines that wait again back before the reviewers: their old item where there is one, a new one where not."""
    waiting = list(_waiting_lines(connection, line_ids))
    known = {row[0] for row in fetch_in(connection, _REVIEWED, [line[0] for line in waiting])}
    reset = (
        "state = 'open', version = version + 1, resolved_at = NULL, resolved_by = '', held_by = '', held_until = NULL"
    )
    sql = f"UPDATE review_item SET {reset} WHERE kind = 'deposit' AND subject_id = :line"
    for line_id in sorted(known):
        connection.execute(text(sql), {"line": line_id})
    fresh = [(*line, abs(line[3]), "") for line in waiting if line[0] not in known]
    open_reviews(connection, "deposit", fresh, author)


def open_reviews(
    connection: Connection, kind: str, subjects: Sequence[tuple[int, str, str, int, int, str]], author: Author,
    opened_on: str = "", detail: str = "",
) -> int:  # fmt: skip
    """Open an item per (subject id, company, currency, amount, priority, reason) that has none; return how many."""
    day = opened_on or author.instant[:10]
    first = next_id(connection, schema.review_item)
    columns = ("id", "kind", "subject_id", "company", "currency", "amount_minor", "priority_minor", "reason", "state",
               "detail", "opened_on", "opened_at")  # fmt: skip
    rows = [(first + n, kind, *subject, "open", detail, day, author.instant) for n, subject in enumerate(subjects)]
    return insert_new(connection, schema.review_item, columns, rows)


def entry_of(connection: Connection, entry_id: int) -> BookedEntry | None:
    """Return a booked entry with its postings, None when there is no such entry."""
    found = list(entries_of(connection, [entry_id]))
    return found[0] if found else None


def entries_of(connection: Connection, entry_ids: Iterable[int]) -> Iterable[BookedEntry]:
    """Yield booked entries with their postings, in the order of the books."""
    ids = sorted(entry_ids)
    postings: dict[int, list[Posting]] = {}
    for entry_id, _, *posting in fetch_in(connection, _POSTINGS, ids):
        postings.setdefault(entry_id, []).append(Posting(*posting))
    for row in fetch_in(connection, _ENTRIES, ids):
        entry_id, company, day, kind, reason, line, reverses, actor, at, run_id, undone_by = row
        entry = Entry(company, date.fromisoformat(day), kind, tuple(postings[entry_id]), reason, line, reverses)
        yield BookedEntry(entry_id, entry, actor, at, run_id, undone_by)


def line_postings(connection: Connection, line_id: int) -> tuple[Posting, ...]:
    """Return all postings that name the line."""
    sql = (
        "SELECT account, amount_minor, currency, customer_id, open_item_id, bank_line_id FROM posting"
        " WHERE bank_line_id = :line ORDER BY entry_id, ordinal"
    )
    return tuple(Posting(*row) for row in connection.execute(text(sql), {"line": line_id}))


def cash_lines(connection: Connection, line_ids: Iterable[int]) -> dict[int, ledger.CashLine]:
    """Return bank lines by id as the ledger sees them."""
    sql = "SELECT id, company, currency, amount_minor FROM bank_line WHERE id IN :values"
    return {row[0]: ledger.CashLine(*row) for row in fetch_in(connection, sql, line_ids)}


_POSTINGS = (
    "SELECT entry_id, ordinal, account, amount_minor, currency, customer_id, open_item_id, bank_line_id FROM posting"
    " WHERE entry_id IN :values ORDER BY entry_id, ordinal"
)
_ENTRIES = (
    "SELECT entry.id, entry.company, entry.booked_on, entry.kind, entry.reason, entry.bank_line_id, entry.reverses_id,"
    " entry.actor, entry.recorded_at, entry.run_id, later.id FROM entry"
    " LEFT JOIN entry AS later ON later.reverses_id = entry.id WHERE entry.id IN :values ORDER BY entry.id"
)
_REVIEWED = "SELECT subject_id FROM review_item WHERE kind = 'deposit' AND subject_id IN :values"


def _find(connection: Connection, subject: str) -> BookedEntry:
    kind, number = subject[:1].upper(), subject[1:]
    if not number.isascii() or not number.isdigit() or kind not in ("E", "D"):
        raise NotAllowed(f"{subject!r} names no entry and no deposit", "Write E12 for an entry, D7 for a deposit")
    entry_id = int(number) if kind == "E" else _last_move(connection, int(number))
    booked = entry_of(connection, entry_id) if entry_id is not None else None
    if booked is None:
        raise NotAllowed(f"nothing is booked for {subject}", "See `recon explain`")
    return booked


def _undo_charge(connection: Connection, entry: Entry) -> None:
    """Take the open item of a charge back with it; what was taken back is not brought back by undoing the undo."""
    if entry.kind == "charge":
        withdraw_charge(connection, entry)
    undone = entry_of(connection, entry.reverses_id) if entry.reverses_id is not None else None
    if undone is not None and undone.entry.kind == "charge":
        raise NotAllowed(f"the charge E{undone.id} was taken back", "Charge again, under another number")


def _last_move(connection: Connection, line_id: int) -> int | None:
    """Return the last entry that moved the line and is neither an undo nor undone."""
    sql = (
        "SELECT max(entry.id) FROM entry JOIN posting ON posting.entry_id = entry.id"
        " LEFT JOIN entry AS later ON later.reverses_id = entry.id"
        " WHERE posting.bank_line_id = :line AND later.id IS NULL AND entry.kind NOT IN ('import', 'undo',"
        " 'correction')"
    )
    return connection.execute(text(sql), {"line": line_id}).scalar()


def _keep_projections(connection: Connection, ground: Ground, author: Author) -> None:
    deltas = sorted((item_id, delta) for item_id, delta in ground.item_deltas.items() if delta)  # as they lie on disk
    changed = update_by_id(
        connection, schema.open_item, "open_minor = open_minor + :value, version = version + 1", deltas
    )
    ensure(changed == len(deltas), "an open item disappeared")
    states = [(line_id, state.value) for line_id, state in ground.new_states.items()]
    update_by_id(connection, schema.bank_line, "state = :value, version = version + 1", states)
    placed = [line_id for line_id, state in ground.new_states.items() if state is not LineState.IN_REVIEW]
    _close_reviews(connection, placed, author)


def _close_reviews(connection: Connection, line_ids: Sequence[int], author: Author) -> None:
    """What is placed needs no reviewer: its item is posted, so that a second tab meets a conflict."""
    sql = f"SELECT id, subject_id FROM review_item WHERE {_UNRESOLVED} AND kind = 'deposit' AND subject_id IN :values"
    items = [(row[0], author.instant) for row in fetch_in(connection, sql, line_ids)]
    update_by_id(connection, schema.review_item, "state = 'posted', version = version + 1, resolved_at = :value", items)
    update_by_id(connection, schema.review_item, "resolved_by = :value", [(item, author.actor) for item, _ in items])


_UNRESOLVED = "state NOT IN ('posted', 'exported', 'duplicate', 'not_customer_money')"


def _waiting_lines(connection: Connection, line_ids: Iterable[int]) -> Iterable[tuple[int, str, str, int]]:
    sql = "SELECT id, company, currency, amount_minor FROM bank_line WHERE state = 'in_review' AND id IN :values"
    return (tuple(row) for row in fetch_in(connection, sql, line_ids))


def _set_period(connection: Connection, company: str, day: str, author: Author, action: str, reason: str) -> None:
    columns = ("id", "company", "closed_through", "actor", "reason", "at")
    row = (next_id(connection, schema.period_close), company, day, author.actor, reason, author.instant)
    insert_new(connection, schema.period_close, columns, [row])
    append_audit(connection, [AuditRow(action, f"company:{company}", {"through": day, "reason": reason})], author)
