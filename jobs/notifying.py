"""Notices of the night: the plan of the day into the outbox, the outbox to the mail server or the folder.

Room: shell.
"""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING, Any

from jobs.settings import Settings, secret
from notices.mail import FolderSender, MailSender, SmtpSender, SmtpServer
from notices.message import Sender
from notices.plan import Plan, plan_notices
from notices.policy import Policies
from notices.policy_file import default_policies, read_policies
from notices.render import Creditor
from notices.send import Letterhead, Limits, SendSummary, send_due
from notices.shipped import shipped_words
from recon.errors import Exit, UsageError
from recon.store.instants import instant_text
from recon.store.notices import load_accounts, load_bank_news, save_plan

if TYPE_CHECKING:
    from datetime import date

    from jobs.night import Night
    from recon.store.engine import Store


def plan(night: Night) -> None:
    """Put what is to be said today into the outbox. The same plan again adds nothing."""
    policies = load_policies(night.settings)
    planned = plan_of_day(night.store, policies, night.as_of)
    with night.store.write() as connection:
        saved = save_plan(
            connection, planned.notices, run_id=night.run_id, planned_at=instant_text(night.clock()),
            domain=sender_of(night.settings).domain, policies=[(one.version, repr(one)) for one in policies.all],
        )  # fmt: skip
    night.problems.extend(planned.problems)
    night.facts["notices"] = {"planned": saved.added, "tasks": saved.tasks}
    silent = {reason: count for reason, count in planned.counts.items() if reason not in ("mail", "letter", "task")}
    night.facts["silences"] = silent


def plan_of_day(store: Store, policies: Policies, as_of: date) -> Plan:
    """Return who would be written to on the day, and why nobody else is."""
    with store.read() as connection:
        accounts = list(load_accounts(connection, as_of, policies.lead_days))
        return plan_notices(accounts, policies, as_of, load_bank_news(connection, as_of))


def send(night: Night) -> None:
    """Send what waits in the outbox, each after another look at the books. Failed or doubtful mails make it PARTIAL."""
    if night.rehearsal:
        return
    summary = send_outbox(night)
    night.problems.extend(summary.problems)
    told = {name: getattr(summary, name) for name in ("sent", "retried", "failed", "uncertain", "cancelled", "waiting")}
    night.facts["notices"] |= {name: count for name, count in told.items() if count or name == "sent"}
    if summary.held:
        night.facts["notices_held"] = summary.held
    if summary.failed or summary.uncertain or (summary.held and summary.waiting):
        night.exit_code = max(night.exit_code, Exit.PARTIAL)


def send_outbox(night: Night) -> SendSummary:
    """Hand the waiting mails over, on one connection."""
    settings = night.settings
    return send_due(
        night.store, mail_sender(settings), letterhead(settings), load_policies(settings), limits(settings),
        night.as_of, night.clock, f"{socket.gethostname()}:{os.getpid()}:{night.run_id}",
    )  # fmt: skip


def load_policies(settings: Settings) -> Policies:
    """Return the policies of the settings' file, or the shipped ladder. Raises UsageError that names the line."""
    path = settings.notices.policy
    if path is None:
        return default_policies()
    try:
        return read_policies(path.read_text(encoding="utf-8"), path.name)
    except OSError as error:
        raise UsageError(f"the policy {path} cannot be read: {error.strerror}", "Correct notices.policy") from error


def mail_sender(settings: Settings) -> MailSender:
    """Return the mail server once mail is live or redirected, and until then the outbox folder."""
    if not settings.smtp.host or not (settings.notices.live or settings.notices.redirect_all):
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
    creditors = {one.code: Creditor(one.name or one.code, one.address, one.iban, one.bic) for one in settings.companies}
    return Letterhead(shipped_words(), sender_of(settings), creditors)


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
