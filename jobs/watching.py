"""The canaries of the night: asked before anything is posted, told in the report, and heeded.

Room: shell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from matchers.canaries import Watch, songs_told, watch_canaries
from recon.errors import Exit, Problem
from recon.model import Action, Evidence, Proposal
from recon.store.chain import AuditRow, append_audit

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from jobs.night import Night
    from matchers.base import MatchSettings
    from matchers.model import Model
    from recon.frames import Partition

REMEDY = (
    "Look at `recon model`, try `recon train --use shipped`, and see the queue; `matching.canaries = 0` posts unwatched"
)


@dataclass(frozen=True, slots=True)
class Watched:
    """What the canaries of one partition said."""

    scope: str  # company and currency
    watch: Watch


def watched(
    partition: Partition, settings: MatchSettings, model: Model | None, threshold: float, most: int
) -> Watched | None:
    """Ask up to so many canaries of a partition; None when none is wanted."""
    if not most:
        return None
    scope = f"{partition.company} {partition.currency}".strip()
    return Watched(scope, watch_canaries(partition, settings, model, threshold, most))


def heeded(proposals: Iterable[Proposal], told: Watched | None) -> Iterable[Proposal]:
    """Return the proposals as they may be carried out: all for review, with the reason, when the canaries sing."""
    if told is None or not told.watch.is_alarm:
        return proposals
    return [_held(each, Evidence("held back", str(told.watch))) for each in proposals]


def _held(proposal: Proposal, reason: Evidence) -> Proposal:
    if proposal.action is Action.REVIEW:
        return proposal
    return replace(proposal, action=Action.REVIEW, evidence=(*proposal.evidence, reason))


def record(connection: Connection, night: Night, told: Sequence[Watched]) -> None:
    """Leave in the audit, in the transaction of the decisions, that posting was held back and why."""
    rows = [
        AuditRow("posting_held", f"run:{night.run_id}", {"scope": one.scope, **_facts(one.watch)})
        for one in told
        if one.watch.is_alarm
    ]
    if rows:
        append_audit(connection, rows, night.author)


def tell(night: Night, told: Sequence[Watched]) -> dict[str, Any]:
    """Return the facts for the report; an alarm is a problem and ends the night with PARTIAL."""
    for one in told:
        if one.watch.is_alarm:
            what = f"{one.watch}: nothing was posted"
            night.problems.append(Problem(f"matching {one.scope}", what, REMEDY))
            night.exit_code = max(night.exit_code, Exit.PARTIAL)
    return {
        "asked": sum(one.watch.asked for one in told),
        "posted_rightly": sum(one.watch.posted - len(one.watch.songs) for one in told),
        "posted_wrongly": sum(len(one.watch.songs) for one in told),
        "held_back": [one.scope for one in told if one.watch.is_alarm],
    }


def _facts(watch: Watch) -> dict[str, object]:
    return {"asked": watch.asked, "songs": songs_told(watch.songs), "chance": f"{watch.chance:.2e}"}
