"""`recon report night`: the last night again.

Room: shell.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from jobs.reporting import report_text
from recon.errors import Exit, UsageError
from recon.store import runs

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def report_night(invocation: Invocation) -> Exit:
    """Print the report of the last night that reached its end."""
    with invocation.store() as store, store.read() as connection:
        nights = [one for one in runs.last_runs(connection, 200) if one.kind == "nightly" and one.report]
    if not nights:
        raise UsageError("no night has reached its report yet", "Run `recon nightly`")
    report = json.loads(nights[0].report)
    return invocation.output.summary(report_text(report), report, Exit.OK)
