"""Before a backup takes the place of the books: its chains are whole, it is of these books, and nobody works on them.

Room: shell.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobs.locked import is_alive
from jobs.runner import database_url
from recon.counted import counted
from recon.errors import UsageError
from recon.store.backup import require_sound
from recon.store.portable import kept_mode
from recon.store.restoring import Exported, require_replaceable
from recon.store.runs import Holder
from recon.verify import VerifyReport, verify

if TYPE_CHECKING:
    from jobs.invocation import Invocation

CHAIN = ("_chain", "_chain_end", "_anchor")  # what the names of findings about the chains end in


def proved_backup(invocation: Invocation, backup_file: Path, anchor: str, *, other_books: bool) -> VerifyReport:
    """Return the proof of a backup that may be restored; its findings are told.

    Raises UsageError when its chains are broken, do not run through the anchor, or are those of other books, and
    StoreBusy while a run works on the books.
    """
    require_sound(backup_file)
    report = verify(f"sqlite:///{quote(str(backup_file))}?{kept_mode(backup_file)}", anchor or None)
    for finding in report.findings:
        text = f"FOUND {finding.name}: {finding.what}"
        invocation.output.line(text, {"type": "finding", "name": finding.name, "what": finding.what})
    broken = [finding for finding in report.findings if finding.name.endswith(CHAIN)]
    if broken:
        raise UsageError(f"{backup_file} is not restored: {broken[0].what}", "Use another backup")
    holder = Holder(invocation.host, os.getpid())
    url = database_url(invocation.settings)
    require_replaceable(url, backup_file, holder, invocation.now, is_alive, other_books=other_books)
    return report


def exported_text(since: Sequence[Exported] | None, kept: Path | None) -> str:
    """Return what to do about journals that left after the backup was made, "" when none did.

    >>> print(exported_text([Exported("xero", (2,), 1)], None))
    exported since and not known to these books: 1 entry (xero batch 2).
    Take these batches back in the accounting system before the next `recon export journal`, which writes them again
    """
    if since is None:
        return (
            "what was exported since the backup is not known: before the next `recon export journal`, compare the last"
            " batch in the accounting system with what it would give (`--dry-run`)"
        )
    if not since:
        return ""
    named = "; ".join(
        f"{one.target} {'batch' if len(one.batches) == 1 else 'batches'} {', '.join(map(str, one.batches))}"
        for one in since
    )
    return (
        f"exported since and not known to these books: {counted(sum(one.entries for one in since), 'entry')} ({named})."
        "\nTake these batches back in the accounting system before the next `recon export journal`, which writes them"
        f" again{f'; {kept} still holds them' if kept else ''}"
    )
