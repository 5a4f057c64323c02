"""`recon quarantine`: rows and files that could not be believed, and what becomes of them.

Room: shell.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.inbox import InboxFile, account_of_file, inbox_files
from recon.errors import Exit, NotAllowed
from recon.store import source_files

if TYPE_CHECKING:
    from jobs.invocation import Invocation

_LONG_NUMBER = re.compile(rb"[0-9][0-9 -]{6,}[0-9]")


def list_open(invocation: Invocation) -> Exit:
    """Print what is open in quarantine, oldest first."""
    with invocation.store() as store, store.read() as connection:
        rows = source_files.quarantined(connection)
    for row in rows:
        text = f"{row.id:>6}  {row.scope:<4}  {row.place}: {row.what}. {row.remedy}"
        invocation.output.line(text, _record(row))
    return invocation.output.summary(f"{len(rows)} in quarantine", {"count": len(rows)})


def show_one(invocation: Invocation, number: int) -> Exit:
    """Print one item with its raw bytes; long numbers are masked, because they may be accounts."""
    with invocation.store() as store, store.read() as connection:
        row = _row(connection, number)
    raw = masked_numbers(row.raw).decode("utf-8", "replace")
    offset = "" if row.byte_offset is None else f", byte {row.byte_offset}"
    text = f"{row.file_name}: {row.place}{offset}\n{row.what}. {row.remedy}\nstate: {row.state}\n{raw}"
    return invocation.output.summary(text, _record(row) | {"raw": raw})


def retry_one(invocation: Invocation, number: int, profile: str) -> Exit:
    """Read the file of an item again now, with the profile named or those of the settings."""
    from jobs import reading  # here: it brings every reader of statements, and who looks at the list reads none
    from recon.store import imports

    settings = invocation.settings
    with invocation.store() as store:
        with store.read() as connection:
            row = _row(connection, number)
        file = _file_of(settings.inbox, row)
        account = reading.account_of(account_of_file(file.name, settings), settings)
        again = reading.read_for_books(file.path, account, settings, profile)
        with store.write() as connection:
            result = imports.import_reading(
                connection, again, reading.InboxReading(file, again).source, reading.declared_accounts(settings),
                reading.identities_of(again), invocation.author, reading.default_company(settings),
            )  # fmt: skip
    for problem in result.problems:
        invocation.output.problem(problem)
    text = f"{result.new_line_count} new lines" if result.is_believed else "still not believed"
    facts = {"file": file.name, "imported": result.is_believed, "new_lines": result.new_line_count}
    return invocation.output.summary(f"{file.name}: {text}", facts)


def accept_one(invocation: Invocation, number: int, reason: str) -> Exit:
    """Accept that the row or file is not imported; the reason is kept for good."""
    if not reason:
        raise NotAllowed("accepting a loss needs a reason", "Say why with --reason")
    with invocation.store() as store, store.write() as connection:
        source_files.accept_quarantined(connection, number, invocation.author, reason)
    return invocation.output.summary(f"{number} is accepted as not imported", {"id": number, "reason": reason})


def masked_numbers(raw: bytes) -> bytes:
    """Return the bytes with every number of eight digits and more, however it is spaced, cut to its last four.

    >>> masked_numbers(b"<ACCTID>0001234567<TRNAMT>15.00<MEMO>from 4111 1111 1111 1234")
    b'<ACCTID>***4567<TRNAMT>15.00<MEMO>from ***1234'
    """
    return _LONG_NUMBER.sub(lambda found: b"***" + found[0][-4:], raw)


def _row(connection: Any, number: int) -> source_files.QuarantinedRow:
    row = source_files.quarantined_row(connection, number)
    if row is None:
        raise NotAllowed(f"there is no {number} in quarantine", "See `recon quarantine list`")
    return row


def _file_of(inbox: Path, row: source_files.QuarantinedRow) -> InboxFile:
    """Return the file of the inbox with the content of the one that was set aside, whatever its name is by now."""
    if row.kind != "statement":
        what = f"{row.file_name} is a file of {row.kind}, which is not in the inbox"
        raise NotAllowed(what, f"Correct it and run `recon import {row.kind} FILE` again")
    for file in inbox_files(inbox):
        if file.sha256 == row.sha256:
            return file
    what = f"no file in {inbox} has the content of {row.file_name} as it was set aside"
    raise NotAllowed(what, "Put that file back and retry; a corrected one is simply read by the next night")


def _record(row: source_files.QuarantinedRow) -> dict[str, Any]:
    return {
        "type": "quarantined", "id": row.id, "file": row.file_name, "scope": row.scope, "where": row.place,
        "what": row.what, "remedy": row.remedy, "byte": row.byte_offset, "state": row.state,
    }  # fmt: skip
