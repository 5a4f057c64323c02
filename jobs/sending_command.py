"""`recon notices preview|send`: the mails of the day in files, and on their way.

Room: shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs import notifying
from jobs.locked import locked_night
from jobs.notice_command import plan_of
from jobs.policies import load_policies
from jobs.reporting import notices_text
from notices.letter import pdf_of, rendered_notice, write_mail
from recon.counted import counted
from recon.errors import Exit, Problem, UsageError
from recon.model import Notice

if TYPE_CHECKING:
    from jobs.invocation import Invocation
    from notices.letter import Letterhead
    from notices.policy import Policy


def write_preview(invocation: Invocation, folder: Path) -> Exit:
    """Write the mails of the day as .eml, .html and .pdf files into the folder; the outbox is not touched."""
    settings, plan = invocation.settings, plan_of(invocation)
    letterhead, policies = notifying.letterhead(settings), load_policies(settings)
    mails = [notice for notice in plan.notices if notice.channel == "mail"]
    if not invocation.dry_run:
        folder.mkdir(parents=True, exist_ok=True)
    for notice in mails:
        identity = f"<preview.{notice.customer.id}.{notice.currency}@{letterhead.sender.domain}>"
        policy = policies.of(notice.customer.code, notice.customer.segment)
        written = write_mail(notice, identity, letterhead, policy, invocation.now)
        path = folder / f"{plan.as_of}-{notice.customer.id}-{notice.currency}.eml"
        if not invocation.dry_run:
            path.write_bytes(written.message)
            _preview_beside(invocation, path, notice, letterhead, policy)
        invocation.output.line(f"{path}: {written.subject}", {"type": "preview", "path": path, "to": notice.recipient})
    return invocation.output.summary(counted(len(mails), "mail"), {"mails": len(mails), "folder": folder})


def _preview_beside(invocation: Invocation, path: Path, notice: Notice, letterhead: Letterhead, policy: Policy) -> None:
    rendered, charges = rendered_notice(notice, letterhead, policy)
    path.with_suffix(".html").write_text(rendered.html, encoding="utf-8")
    try:
        path.with_suffix(".pdf").write_bytes(pdf_of(notice, letterhead, policy, charges))
    except UsageError as error:  # a name no font holds: the mail can go, a letter could not
        invocation.output.problem(Problem(f"customer {notice.customer.code}", str(error.args[0]), error.remedy))


def send_now(invocation: Invocation, *, accept_volume: bool = False) -> Exit:
    """Plan and send what is due, under the lock of the night."""
    with locked_night(invocation, "send") as night:
        notifying.plan(night)
        notifying.send(night, accept_volume=accept_volume, hold_for_unread=True)
    for problem in night.problems:
        invocation.output.problem(problem)
    facts: dict[str, Any] = {**night.facts["notices"], "held": night.facts.get("notices_held", "")}
    text = notices_text(night.facts["notices"], night.facts.get("mail", ""))
    held = f"; held: {facts['held']}" if facts["held"] else ""
    return invocation.output.summary(text + held, facts, night.exit_code)
