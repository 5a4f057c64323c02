"""The report of the night by mail to the team: once per run and recipient, by the same outbox discipline as notices.

Room: shell.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from notices.mail import Delivery, MailSender, MailServerError
from notices.message import Attachment, Sender, bounce_address, envelope_address, plain
from notices.render import one_line
from notices.replies import Verdict
from recon.store.engine import Store
from recon.store.instants import instant_of, instant_text
from recon.store.notices import message_id
from recon.store.outbox import (
    Outcome,
    TeamMail,
    add_team_mail,
    claim_team_mail,
    mark_team_mail,
    waiting_team_mail,
)

RETRY_MINUTES = 30
GIVE_UP_DAYS = 4


def team_mail(
    store: Store,
    sender: Sender,
    recipients: Sequence[str],
    *,
    run_id: int,
    subject: str,
    report_text: str,
    report_json: str,
    now: datetime,
) -> int:
    """Put the report of a run into the outbox of each recipient; return how many are new. Repeating it adds nothing."""
    added = 0
    for recipient in recipients:
        key = f"v1|team|{run_id}|{recipient}"
        identity = message_id(key, sender.domain)
        message = plain(one_line(subject), report_text, sender, recipient, identity, now)
        attached = Attachment(f"recon-run-{run_id}.json", report_json.encode(), "application/json")
        message.add_attachment(attached.content, maintype="application", subtype="json", filename=attached.name)
        message.set_boundary(f"=_team.{run_id}")
        with store.write() as connection:
            added += add_team_mail(
                connection, run_id, recipient, one_line(subject), identity, message.as_bytes(), instant_text(now)
            )
    return added


def send_team_mail(
    store: Store, mail: MailSender, sender: Sender, clock: Callable[[], datetime], claimed_by: str
) -> dict[str, int]:
    """Send the waiting reports and return how many ended in which state. While it is down they wait."""
    with store.read() as connection:
        waiting = waiting_team_mail(connection, instant_text(clock()))
    counts: dict[str, int] = {}
    try:
        for one in waiting:
            state = _send(store, mail, sender, one, clock, claimed_by)
            counts[state] = counts.get(state, 0) + 1
            if state == "planned":
                break
    finally:
        mail.close()
    return counts


def _send(
    store: Store, mail: MailSender, sender: Sender, one: TeamMail, clock: Callable[[], datetime], claimed_by: str
) -> str:
    with store.write() as connection:
        if not claim_team_mail(connection, one.id, claimed_by, instant_text(clock())):
            return "elsewhere"
    try:
        delivery = mail.send(
            one.message, bounce_address(sender, f"<team.{one.id}@>"), [envelope_address(one.recipient)]
        )
    except MailServerError as error:
        delivery = Delivery(Verdict.STOP_RUN, None, str(error))
    outcome = _outcome(one, delivery, clock())
    with store.write() as connection:
        mark_team_mail(connection, one.id, outcome)
    return outcome.state


def _outcome(one: TeamMail, delivery: Delivery, now: datetime) -> Outcome:
    at, reply = instant_text(now), f"{delivery.code or ''} {delivery.reply}".strip()
    if delivery.verdict is Verdict.SENT:
        return Outcome("sent", at, "", reply)
    if delivery.verdict is Verdict.UNKNOWN:
        return Outcome("uncertain", at, "", reply)
    if delivery.verdict in (Verdict.REFUSED_RECIPIENT, Verdict.REFUSED_MESSAGE):
        return Outcome("failed", at, delivery.verdict.value, reply)
    if now - instant_of(one.planned_at) >= timedelta(days=GIVE_UP_DAYS):
        return Outcome("failed", at, "gave up", reply)
    return Outcome("planned", at, "", reply, instant_text(now + timedelta(minutes=RETRY_MINUTES * 2**one.attempts)))
