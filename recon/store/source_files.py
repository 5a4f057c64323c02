"""Files that were read, and what of them is in quarantine. A file is known by its content, whatever its name.

Room: store.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection, text

from recon.errors import NotAllowed, Problem
from recon.store import schema
from recon.store.bulk import insert_many, next_id
from recon.store.chain import AuditRow, Author, append_audit


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file as it arrived. `sha256` is the hex digest of its bytes."""

    name: str
    sha256: str
    size_bytes: int
    kind: Literal["statement", "customers", "invoices", "credits", "history"] = "statement"


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row or file that could not be believed, as a person looks at it."""

    id: int
    file_name: str
    scope: str
    place: str
    what: str
    remedy: str
    byte_offset: int | None
    raw: bytes
    state: str
    opened_at: str
    sha256: str  # of the file it is from
    kind: str  # of that file: statement, customers, ...


def known_file(connection: Connection, source: SourceFile) -> tuple[int, str] | None:
    """Return id and state (imported, quarantined) of a file with this content, None when it is new."""
    sql = "SELECT id, state FROM source_file WHERE sha256 = :sha256 AND kind = :kind"
    found = connection.execute(text(sql), {"sha256": source.sha256, "kind": source.kind}).first()
    return (found[0], found[1]) if found else None


def is_settled(connection: Connection, source: SourceFile) -> bool:
    """Tell whether there is nothing to do with this content: it is imported, or a person accepted that it is not."""
    known = known_file(connection, source)
    if known is None or known[1] == "imported":
        return known is not None
    sql = "SELECT 1 FROM quarantine WHERE file_id = :id AND scope = 'file' AND state = 'open' LIMIT 1"
    return connection.execute(text(sql), {"id": known[0]}).first() is None


def keep_file(
    connection: Connection, source: SourceFile, format_: str, state: str, line_count: int, author: Author
) -> int:
    """Record the file, or its new state when it is read again after quarantine; return its id."""
    known = known_file(connection, source)
    if known:
        _retried(connection, known[0], state, line_count, author)
        return known[0]
    file_id = next_id(connection, schema.source_file)
    columns = ("id", "sha256", "kind", "name", "format", "size_bytes", "state", "line_count", "received_at", "run_id")
    row = (file_id, source.sha256, source.kind, source.name, format_, source.size_bytes, state, line_count)
    insert_many(connection, schema.source_file, columns, [(*row, author.instant, author.run_id)])
    return file_id


def quarantine(connection: Connection, file_id: int, problems: Sequence[Problem], author: Author) -> int:
    """Keep what the problems set aside, with its bytes; return how many rows and files those were."""
    kept = [problem for problem in problems if problem.quarantined]
    if not kept:
        return 0
    first = next_id(connection, schema.quarantine)
    columns = ("id", "file_id", "scope", "place", "what", "remedy", "byte_offset", "raw", "opened_at")
    rows = [
        (first + n, file_id, p.quarantined, p.where, p.what, p.remedy, p.byte_offset, p.raw, author.instant)
        for n, p in enumerate(kept)
    ]
    insert_many(connection, schema.quarantine, columns, rows)
    return len(kept)


def quarantined(connection: Connection, state: str = "open") -> tuple[QuarantinedRow, ...]:
    """Return what lies in quarantine, oldest first."""
    rows = connection.execute(text(_QUARANTINED + " WHERE q.state = :state ORDER BY q.id"), {"state": state})
    return tuple(_row(row) for row in rows)


def quarantined_row(connection: Connection, quarantine_id: int) -> QuarantinedRow | None:
    """Return one row of the quarantine."""
    row = connection.execute(text(_QUARANTINED + " WHERE q.id = :id"), {"id": quarantine_id}).first()
    return _row(row) if row else None


def accept_quarantined(connection: Connection, quarantine_id: int, author: Author, resolution: str) -> None:
    """Record that a person looked at it and needs nothing more. The bytes stay."""
    sql = (
        "UPDATE quarantine SET state = 'accepted', resolved_by = :actor, resolution = :resolution"
        " WHERE id = :id AND state = 'open'"
    )
    given = {"actor": author.actor, "resolution": resolution, "id": quarantine_id}
    if connection.execute(text(sql), given).rowcount != 1:
        raise NotAllowed(f"{quarantine_id} is not open in quarantine", "See `recon quarantine list`")
    row = AuditRow("accept_quarantined", f"quarantine:{quarantine_id}", {"resolution": resolution})
    append_audit(connection, [row], author)


_QUARANTINED = (
    "SELECT q.id, f.name, q.scope, q.place, q.what, q.remedy, q.byte_offset, q.raw, q.state, q.opened_at,"
    " f.sha256, f.kind"
    " FROM quarantine AS q JOIN source_file AS f ON f.id = q.file_id"
)


def _row(row: Sequence[object]) -> QuarantinedRow:
    values = list(row)
    values[7] = bytes(values[7] or b"")  # type: ignore[call-overload]
    return QuarantinedRow(*values)  # type: ignore[arg-type]


def _retried(connection: Connection, file_id: int, state: str, line_count: int, author: Author) -> None:
    sql = "UPDATE source_file SET state = :state, line_count = :lines WHERE id = :id"
    connection.execute(text(sql), {"state": state, "lines": line_count, "id": file_id})
    sql = (
        "UPDATE quarantine SET state = 'retried', resolved_by = :actor, resolution = 'read again'"
        " WHERE file_id = :id AND state = 'open'"
    )
    connection.execute(text(sql), {"id": file_id, "actor": author.actor})
