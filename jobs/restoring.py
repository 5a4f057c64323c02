"""Before a backup takes the place of the books: its chains are whole, it is of these books, and nobody works on them.

Room: shell.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from jobs.locked import is_alive
from jobs.runner import database_url
from recon.errors import UsageError
from recon.store.backup import require_sound
from recon.store.portable import kept_mode
from recon.store.restoring import require_replaceable
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
