"""`recon notices reports` and `resolve-report`: the mails that tell the team of its nights.

Room: shell.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from jobs.written import known_in
from recon.counted import counted
from recon.errors import Exit
from recon.store import team_mails

if TYPE_CHECKING:
    from jobs.invocation import Invocation


def list_reports(invocation: Invocation, state: str, limit: int) -> Exit:
    """Print the reports to the team, the newest first."""
    known_in(team_mails.STATES, state, "--state")
    with invocation.store() as store, store.read() as connection:
        found = team_mails.list_team_mails(connection, state, limit)
    for one in found:
        text = f"{one.id:>6}  run {one.run_id}  {one.state:<9} {one.recipient}  {one.subject}  {one.state_reason}"
        invocation.output.line(text.rstrip(), {"type": "report", **asdict(one)})
    return invocation.output.summary(counted(len(found), "report"), {"reports": len(found)})


def resolve_report(invocation: Invocation, number: int, *, was_sent: bool) -> Exit:
    """Write down what a person found out about an uncertain report; one that did not leave is sent again."""
    with invocation.store() as store, store.write() as connection:
        team_mails.resolve_team_mail(connection, number, was_sent, invocation.author)
    verb = "would be" if invocation.dry_run else "is"
    text = f"report {number} {verb} {'sent' if was_sent else 'planned again'}"
    return invocation.output.summary(text, {"id": number, "was_sent": was_sent})
