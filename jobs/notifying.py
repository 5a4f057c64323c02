"""Notices of the night: the plan of the day into the outbox, the outbox to the mail server or the folder.

Room: shell.
"""

from __future__ import annotations

import os
import socket
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jobs.inbox import inbox_files
from jobs.output import to_json
from jobs.policies import load_policies
from jobs.settings import Company, Settings, secret
from notices.letter import Letterhead
from notices.mail import FolderSender, LetterFolder, MailSender, SmtpSender, SmtpServer
from notices.message import Sender
from notices.night import plan_night
from notices.render import Creditor
from notices.send import Limits, SendSummary, send_due
from notices.shipped import shipped_words
from notices.team import send_team_mail, team_mail
from recon.counted import counted
from recon.errors import Exit, Problem, UsageError
from recon.store.instants import instant_text
from recon.store.outbox import waiting_ids
from recon.store.source_files import SourceFile, known_file

if TYPE_CHECKING:
    from jobs.night import Night


def plan(night: Night) -> None:
    """Put what is to be said today into the outbox. The same plan again adds nothing."""
    settings = night.settings
    planned, saved = plan_night(
        night.store, load_policies(settings), night.as_of, run_id=night.run_id, now=night.clock(),
        domain=sender_of(settings).domain, live=not limits(settings).is_trial,
    )  # fmt: skip
    night.problems.extend(planned.problems)
    night.facts["notices"] = {"planned": saved.added, "tasks": saved.tasks}
    silent = {reason: count for reason, count in planned.counts.items() if reason not in ("mail", "letter", "task")}
    night.facts["silences"] = silent


def send(night: Night, *, accept_volume: bool = False, hold_for_unread: bool = False) -> None:
    """Send what waits in the outbox, each after another look at the books. Failed or doubtful mails make it PARTIAL.

    `accept_volume`: a person has said that more mails than usual are right. `hold_for_unread`: this run has not read
    the inbox, so nothing leaves while a bank file waits there.
    """
    if night.rehearsal:
        return
    if hold_for_unread and (unread := unread_bank_files(night)):
        what = f"{len(unread)} bank files wait unread, first {unread[0]}: somebody may have paid; nothing was sent"
        night.problems.append(Problem("notices", what, "Run `recon nightly`, or `recon import`, first"))
        night.exit_code = max(night.exit_code, Exit.PARTIAL)
        return
    if limits(night.settings).live and night.as_of > night.clock().date() + timedelta(days=1):
        what = f"the business day {night.as_of} is in the future, and mail is live: nothing was sent"
        night.problems.append(Problem("notices", what, "Run it on that day, or with another --as-of"))
        night.exit_code = max(night.exit_code, Exit.PARTIAL)
        return
    summary = send_outbox(night, accept_volume=accept_volume)
    told = {name: getattr(summary, name) for name in ("sent", "retried", "failed", "uncertain", "cancelled", "waiting")}
    night.facts["notices"] |= {name: count for name, count in told.items() if count or name == "sent"}
    night.facts["mail"] = mail_way(night.settings)
    _judge(night, summary)
    letters = print_letters(night)
    if letters.sent or letters.waiting:
        night.facts["notices"] |= {"letters": letters.sent}
    _judge(night, letters)


def unread_bank_files(night: Night) -> list[str]:
    """Return the files of the inbox that the books have never seen: they may say that somebody has paid."""
    with night.store.read() as connection:
        return [
            file.name
            for file in inbox_files(night.settings.inbox)
            if known_file(connection, SourceFile(file.name, file.sha256, file.size_bytes)) is None
        ]


def send_outbox(night: Night, *, accept_volume: bool = False) -> SendSummary:
    """Hand the waiting mails over, on one connection."""
    settings = night.settings
    switches = replace(limits(settings), accept_volume=accept_volume)
    return send_due(
        night.store, mail_sender(settings), letterhead(settings), load_policies(settings), switches, night.as_of,
        night.clock, _claimant(night),
    )  # fmt: skip


def print_letters(night: Night) -> SendSummary:
    """Write the waiting letters as PDF into `letters` in the outbox folder, each after another look at the books."""
    settings = night.settings
    with night.store.read() as connection:
        if not waiting_ids(connection, instant_text(night.clock()), "letter"):
            return SendSummary()
    return send_due(
        night.store, LetterFolder(settings.outbox / "letters"), letterhead(settings), load_policies(settings),
        limits(settings), night.as_of, night.clock, _claimant(night), channel="letter",
    )  # fmt: skip


def _judge(night: Night, summary: SendSummary) -> None:
    night.problems.extend(summary.problems)
    if summary.held:
        night.facts["notices_held"] = summary.held
    if summary.failed or summary.uncertain or (summary.held and summary.waiting):
        night.exit_code = max(night.exit_code, Exit.PARTIAL)


def mail_way(settings: Settings) -> str:
    """Return where mail to customers goes: `folder` until it is live, `redirected` to one address, or `live`."""
    if not settings.smtp.host or not (settings.notices.live or settings.notices.redirect_all):
        return "folder"
    return "redirected" if settings.notices.redirect_all else "live"


def mail_sender(settings: Settings) -> MailSender:
    """Return the mail server once mail is live or redirected, and until then the outbox folder."""
    if mail_way(settings) == "folder":
        return FolderSender(settings.outbox)
    return SmtpSender(smtp_server(settings))


def smtp_server(settings: Settings) -> SmtpServer:
    """Return the server with its password, which never stands in the file."""
    smtp = settings.smtp
    password = secret("smtp_password", smtp.password_command) if smtp.user else ""
    return SmtpServer(smtp.host, smtp.port, smtp.user, password, smtp.security)


def try_login(settings: Settings) -> None:
    """Connect and log in, then leave. Raises MailServerError."""
    sender = SmtpSender(smtp_server(settings))
    sender.open()
    sender.close()


def letterhead(settings: Settings) -> Letterhead:
    """Return how our mail looks and whom it is from."""
    creditors = {one.code: creditor(one) for one in settings.companies}
    fonts = (_font(settings.notices.font), _font(settings.notices.bold_font))
    return Letterhead(shipped_words(), sender_of(settings), creditors, False, *fonts)


def _font(path: Path | None) -> bytes:
    try:
        return path.read_bytes() if path else b""
    except OSError as error:
        raise UsageError(f"the font {path} cannot be read: {error.strerror}", "Correct notices.font") from error


def creditor(company: Company) -> Creditor:
    """Return a company as its notices name it; the parts of its address are for the Swiss QR code."""
    return Creditor(
        company.name or company.code, company.address, company.iban, company.bic, street=company.street,
        building=company.building, postal_code=company.postal_code, town=company.town, country=company.country,
    )  # fmt: skip


def sender_of(settings: Settings) -> Sender:
    """Return the addresses of our mail."""
    return Sender(settings.notices.sender, settings.notices.reply_to, settings.notices.bounce_address)


def limits(settings: Settings) -> Limits:
    """Return the switches of sending."""
    notices = settings.notices
    return Limits(
        live=notices.live and bool(settings.smtp.host),
        redirect_all=notices.redirect_all,
        daily_cap=notices.daily_cap,
        halted=notices.kill_switch.exists,
    )


def tell_team(night: Night, text: str, report: dict[str, Any]) -> None:
    """Mail the report of the night to the team, once per run and recipient."""
    settings, recipients = night.settings, night.settings.notices.summary_to
    if not recipients:
        return
    waiting = sum(one["items"] for one in report["waiting"])
    problems = counted(report["problem_count"], "problem")
    subject = f"Night of {night.as_of}: exit {report['exit']}, {waiting} to review, {problems}"
    team_mail(
        night.store, sender_of(settings), recipients, run_id=night.run_id, subject=subject, report_text=text,
        report_json=to_json(report), now=night.clock(),
    )  # fmt: skip
    sender = SmtpSender(smtp_server(settings)) if settings.smtp.host else FolderSender(settings.outbox)
    send_team_mail(night.store, sender, sender_of(settings), night.clock, _claimant(night))


def _claimant(night: Night) -> str:
    return f"{socket.gethostname()}:{os.getpid()}:{night.run_id}"
