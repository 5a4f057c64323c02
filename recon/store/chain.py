"""Append entries and audit rows, each sealed to the one before it, in the transaction of what they tell.

A link is SHA-256 over the previous hash and the row written out: every text as `LENGTH:TEXT`, every number as digits,
what is missing as `-`, parts joined by `|`. Lengths make it impossible to move a character from one part to the next.

    entry:  previous|id|company|booked_on|kind|reason|bank_line_id|reverses_id|run_id|actor|recorded_at, then for each
            posting |account|currency|amount_minor|customer_id|open_item_id|bank_line_id
    audit:  previous|id|at|actor|action|subject|detail

`recon.verify` recomputes this with code of its own. Who rewrites the whole chain is caught by an anchor kept elsewhere.

Room: store.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from recon.errors import ensure
from recon.model import Entry, Posting
from recon.store import schema
from recon.store.bulk import Row, insert_many
from recon.store.instants import instant_text

ENTRY_COLUMNS = (
    "id", "company", "booked_on", "kind", "reason", "bank_line_id", "reverses_id", "run_id", "actor", "recorded_at",
    "previous_hash", "hash",
)  # fmt: skip
POSTING_COLUMNS = (
    "entry_id", "ordinal", "account", "currency", "amount_minor", "customer_id", "open_item_id", "bank_line_id",
)  # fmt: skip
AUDIT_COLUMNS = ("id", "at", "actor", "action", "subject", "detail", "previous_hash", "hash")


@dataclass(frozen=True, slots=True)
class Author:
    """Who writes, when, in which run. Travels with every write, because every write is sealed with it."""

    actor: str
    now: datetime
    run_id: int | None = None

    @property
    def instant(self) -> str:
        """The instant as the books write it."""
        return instant_text(self.now)


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One act worth proving later. `subject` is `kind:id`; `detail` holds no personal data: the chain cannot forget."""

    action: str
    subject: str
    detail: dict[str, object]


def append_entries(connection: Connection, entries: Sequence[Entry], author: Author) -> range:
    """Seal and insert entries in order; return their ids. One update of the chain's head, whatever their number."""
    if not entries:
        return range(0)
    seq, previous = _head(connection, "entry")
    recorded_at = author.instant
    entry_rows: list[Row] = []
    posting_rows: list[Row] = []
    for entry_id, entry in enumerate(entries, seq + 1):
        head = (entry_id, entry.company, entry.booked_on.isoformat(), entry.kind, entry.reason, entry.bank_line_id)
        row = (*head, entry.reverses_id, author.run_id, author.actor, recorded_at)
        sealed = entry_hash(previous, row, entry.postings)
        entry_rows.append((*row, previous, sealed))
        posting_rows += [
            (entry_id, n, p.account, p.currency, p.amount_minor, p.customer_id, p.open_item_id, p.bank_line_id)
            for n, p in enumerate(entry.postings)
        ]
        previous = sealed
    insert_many(connection, schema.entry, ENTRY_COLUMNS, entry_rows)
    insert_many(connection, schema.posting, POSTING_COLUMNS, posting_rows)
    _advance(connection, "entry", seq, seq + len(entries), previous)
    return range(seq + 1, seq + len(entries) + 1)


def append_audit(connection: Connection, rows: Iterable[AuditRow], author: Author) -> None:
    """Seal and insert audit rows in order."""
    seq, previous = _head(connection, "audit")
    audit_rows: list[Row] = []
    for audit_id, told in enumerate(rows, seq + 1):
        row = (audit_id, author.instant, author.actor, told.action, told.subject, canonical(told.detail))
        sealed = audit_hash(previous, row)
        audit_rows.append((*row, previous, sealed))
        previous = sealed
    if audit_rows:
        insert_many(connection, schema.audit, AUDIT_COLUMNS, audit_rows)
        _advance(connection, "audit", seq, seq + len(audit_rows), previous)


def heads(connection: Connection) -> str:
    """Return the anchor of both chains, one line to keep outside: `entry:N:HASH audit:N:HASH`."""
    rows = connection.execute(text("SELECT chain, seq, hash FROM chain_head ORDER BY chain DESC"))
    return " ".join(f"{chain}:{seq}:{link}" for chain, seq, link in rows)


def entry_hash(previous: str, row: tuple[object, ...], postings: Iterable[Posting]) -> str:
    """Return the link of an entry; `row` in the order of ENTRY_COLUMNS up to recorded_at."""
    entry_id, company, booked_on, kind, reason, line, reverses, run, actor, recorded_at = row
    sealed = (
        f"{previous}|{entry_id}|{_text(company)}|{booked_on}|{_text(kind)}|{_text(reason)}|{_number(line)}"
        f"|{_number(reverses)}|{_number(run)}|{_text(actor)}|{recorded_at}"
    )
    for p in postings:
        sealed += (
            f"|{len(p.account)}:{p.account}|{p.currency}|{p.amount_minor}|{_number(p.customer_id)}"
            f"|{_number(p.open_item_id)}|{_number(p.bank_line_id)}"
        )
    return hashlib.sha256(sealed.encode()).hexdigest()


def audit_hash(previous: str, row: tuple[object, ...]) -> str:
    """Return the link of an audit row; `row` in the order of AUDIT_COLUMNS up to detail."""
    audit_id, at, actor, action, subject, detail = row
    sealed = f"{previous}|{audit_id}|{at}|{_text(actor)}|{_text(action)}|{_text(subject)}|{_text(detail)}"
    return hashlib.sha256(sealed.encode()).hexdigest()


def canonical(detail: object) -> str:
    """Return JSON that is the same for the same content."""
    return _ENCODER.encode(detail)


_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def _text(value: object) -> str:
    written = str(value)
    return f"{len(written)}:{written}"


def _number(value: object) -> str:
    return "-" if value is None else str(value)


def _head(connection: Connection, chain: str) -> tuple[int, str]:
    row = connection.execute(text("SELECT seq, hash FROM chain_head WHERE chain = :chain"), {"chain": chain}).one()
    return row[0], row[1]


def _advance(connection: Connection, chain: str, old_seq: int, seq: int, link: str) -> None:
    """Move the head; a second writer that got past the writer's lock would be noticed here, not in the books."""
    sql = "UPDATE chain_head SET seq = :seq, hash = :hash WHERE chain = :chain AND seq = :old"
    moved = connection.execute(text(sql), {"seq": seq, "hash": link, "chain": chain, "old": old_seq}).rowcount
    ensure(moved == 1, f"another writer moved the {chain} chain")
