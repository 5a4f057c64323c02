"""The bounce mailbox: each delivery report is read once more or less often, and changes its notice once.

Room: shell.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from notices.bounces import BounceReport, read_bounce, read_complaint
from notices.replies import STOP as STOP_RUN
from notices.replies import SUPPRESS, SUPPRESS_DOMAIN, Bounce
from recon.errors import Problem
from recon.store.bounces import find_notice, is_copy, opt_out, take_back, was_delivered
from recon.store.chain import Author
from recon.store.engine import Store


@dataclass(frozen=True, slots=True)
class BounceSummary:
    """How many reports of each kind were understood; `stop_run` when the receivers say our mail is not authentic.
    `complaints` are customers who marked our mail as unwanted.
    """

    hard: int = 0
    soft: int = 0
    policy: int = 0
    delivered: int = 0
    complaints: int = 0
    unknown: int = 0
    stop_run: bool = False
    problems: tuple[Problem, ...] = ()


def read_mails(folder: Path) -> list[tuple[str, bytes]]:
    """Return name and content of every .eml file of a folder, by name."""
    return [(path.name, path.read_bytes()) for path in sorted(folder.glob("*.eml"))]


def take_bounces(store: Store, mails: Iterable[tuple[str, bytes]], author: Author) -> BounceSummary:
    """Apply the delivery reports among these mails. Applying one again changes nothing."""
    counts = dict.fromkeys(Bounce, 0)
    unknown, complaints, stop_run, problems = 0, 0, False, list[Problem]()
    for name, raw in mails:
        reports, complaint = read_bounce(raw), read_complaint(raw)
        unknown += not (reports or complaint)
        if complaint:
            complaints += 1
            problems += _heed(store, name, complaint, author)
        for report in reports:
            counts[report.verdict.kind] += 1
            stop_run = stop_run or report.verdict.action == STOP_RUN
            problems += _apply(store, name, report, author)
    return BounceSummary(
        hard=counts[Bounce.HARD],
        soft=counts[Bounce.SOFT],
        policy=counts[Bounce.POLICY],
        delivered=counts[Bounce.DELIVERED],
        complaints=complaints,
        unknown=unknown,
        stop_run=stop_run,
        problems=tuple(problems),
    )


def merged(summaries: Sequence[BounceSummary]) -> BounceSummary:
    """Return the sum of several summaries."""
    return BounceSummary(
        hard=sum(one.hard for one in summaries),
        soft=sum(one.soft for one in summaries),
        policy=sum(one.policy for one in summaries),
        delivered=sum(one.delivered for one in summaries),
        complaints=sum(one.complaints for one in summaries),
        unknown=sum(one.unknown for one in summaries),
        stop_run=any(one.stop_run for one in summaries),
        problems=tuple(problem for one in summaries for problem in one.problems),
    )


def _heed(store: Store, name: str, identity: str, author: Author) -> list[Problem]:
    """Who marks our mail as unwanted gets no more of it; a person writes instead."""
    with store.write() as connection:
        found = find_notice(connection, identity)
        if found is None:
            return [_not_ours(name, identity)]
        opt_out(connection, found[0], "a complaint came back: our mail was marked as unwanted", author)
    return []


def _not_ours(name: str, identity: str) -> Problem:
    return Problem(name, f"a delivery report for {identity}, which these books did not send", "Ignore it.")


def _apply(store: Store, name: str, report: BounceReport, author: Author) -> list[Problem]:
    verdict = report.verdict
    with store.write() as connection:
        found = find_notice(connection, report.identity)
        if found is None:
            return [_not_ours(name, report.identity)]
        notice_id, _ = found
        said = f"{report.status} {report.said}".strip()
        if report.action == "failed" and is_copy(connection, notice_id, report.recipient):
            what = f"the copy to {report.recipient} came back: {said}"
            return [Problem(f"notice {notice_id}", what, "Correct cc of the customer or policy.")]
        if verdict.kind is Bounce.DELIVERED:
            was_delivered(connection, notice_id)
        elif report.action == "failed":
            suppress = verdict.action in (SUPPRESS, SUPPRESS_DOMAIN)
            take_back(connection, notice_id, said, author, suppress=suppress)
    if verdict.kind is Bounce.POLICY:
        return [Problem(f"notice {notice_id}", f"refused by policy: {said}", f"{verdict.action}.")]
    return []
