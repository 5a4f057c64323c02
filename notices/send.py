"""From the outbox to the server: claim, look again under lock, send, mark. Doubt is never resent.

The answer to one mail and the claim of the next are written in one transaction: half the waiting for the disk, and a
run that dies leaves at most the one mail in flight uncertain.

Room: shell.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import median
from typing import Any

from notices.calendar import day_began, may_send
from notices.charges import charges_of
from notices.conduct import may_contact
from notices.gate import Gatekeeper
from notices.letter import Letterhead, Written, write_letter, write_mail
from notices.mail import Delivery, MailSender, MailServerError
from notices.policy import Policies, Policy
from notices.recheck import recheck
from notices.replies import Verdict
from recon.errors import Problem, ReconError
from recon.model import Notice
from recon.store.bank_news import load_bank_news
from recon.store.chain import Author
from recon.store.charges import post_charges
from recon.store.engine import Store
from recon.store.instants import instant_of, instant_text
from recon.store.notices import cancel_notice, load_account_now
from recon.store.outbox import (
    Outcome,
    Waiting,
    change_token,
    claim,
    load_waiting,
    mark,
    recover_claims,
    sent_per_day,
    sent_since,
    waiting_ids,
    waiting_kinds,
)
from recon.store.stops import suppress_address

CHUNK = 100


def _never() -> bool:
    return False


def _no_pause(_seconds: float) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Limits:
    """The switches of sending. Mail reaches customers only when `live`; `redirect_all` takes every mail instead."""

    live: bool = False
    redirect_all: str = ""
    daily_cap: int = 500
    per_minute: int = 0  # 0: as fast as the server takes them
    usual_factor: int = 2  # more than so many times the usual volume is a mistake until a person says it is not
    usual_least: int = 20  # fewer mails than this are never suspicious
    accept_volume: bool = False
    retry_minutes: int = 30
    give_up_days: int = 4
    hold_days: int = 2  # a mail that could not leave for so many days is planned anew
    halted: Callable[[], bool] = _never  # the kill switch, asked before every mail
    pause: Callable[[float], None] = _no_pause

    @property
    def is_trial(self) -> bool:
        """Whether no customer is told anything by what is sent."""
        return not self.live or bool(self.redirect_all)


@dataclass(frozen=True, slots=True)
class SendSummary:
    """What became of the outbox. `held` says why sending stopped early, "" if it did not; `waiting` stay for later."""

    sent: int = 0
    retried: int = 0
    failed: int = 0
    uncertain: int = 0
    cancelled: int = 0
    waiting: int = 0
    recovered: int = 0
    held: str = ""
    problems: tuple[Problem, ...] = ()


def send_due(
    store: Store,
    sender: MailSender,
    letterhead: Letterhead,
    policies: Policies,
    limits: Limits,
    as_of: date,
    clock: Callable[[], datetime],
    claimed_by: str,
    channel: str = "mail",
) -> SendSummary:
    """Send what waits for a channel and return what became of it. Call it while holding the run lock.

    `clock` gives the instant (UTC), `claimed_by` names this run (host, pid, run). Letters go to a `LetterFolder`.
    Raises nothing for a mail that fails: the summary says it.
    """
    run = _Run(store, sender, letterhead, policies, limits, as_of, clock, claimed_by, channel)
    return run.all()


@dataclass(slots=True)
class _Run:
    store: Store
    sender: MailSender
    letterhead: Letterhead
    policies: Policies
    limits: Limits
    as_of: date
    clock: Callable[[], datetime]
    claimed_by: str
    channel: str = "mail"
    counts: Counter[str] = field(default_factory=Counter)
    problems: list[Problem] = field(default_factory=list)
    held: str = ""
    in_flight: tuple[Waiting, Outcome] | None = None
    broken: int = 0  # connections that broke one after the other
    gate: Gatekeeper | None = None
    token: tuple[object, ...] = ()

    def all(self) -> SendSummary:
        with self.store.write() as connection:
            recovered = recover_claims(connection, self.claimed_by)
        ids = self._due()
        try:
            if ids and not self.held:
                self._send(ids)
        finally:
            self._settle_now()
            self.sender.close()
        done = self.counts["sent"] + self.counts["cancelled"] + self.counts["failed"] + self.counts["uncertain"]
        return SendSummary(
            sent=self.counts["sent"],
            retried=self.counts["retried"],
            failed=self.counts["failed"],
            uncertain=self.counts["uncertain"],
            cancelled=self.counts["cancelled"],
            waiting=len(ids) - done - self.counts["retried"],
            recovered=recovered,
            held=self.held,
            problems=tuple(self.problems),
        )

    def _due(self) -> list[int]:
        now = self.clock()
        with self.store.read() as connection:
            ids = waiting_ids(connection, instant_text(now), self.channel)
            kinds = waiting_kinds(connection, ids)
            usual = {kind: sent_per_day(connection, self.as_of.isoformat(), kind) for kind in kinds}
            today = sent_since(connection, instant_text(now.replace(hour=0, minute=0, second=0, microsecond=0)))
        reaches = self.sender.reaches_customers
        reasons = (hold_reason(self.limits, reaches, count, usual[kind], kind) for kind, count in kinds.items())
        self.held = next(filter(None, reasons), "")
        self.counts["today"] = today
        return ids

    def _send(self, ids: Sequence[int]) -> None:
        try:
            self.sender.open()
        except MailServerError as error:
            self.held = str(error)
            return
        for waiting in self._load(ids):
            if self._must_stop():
                return
            self._one(waiting)

    def _load(self, ids: Sequence[int]) -> Iterator[Waiting]:
        for start in range(0, len(ids), CHUNK):
            with self.store.read() as connection:
                chunk = load_waiting(connection, ids[start : start + CHUNK])
            yield from chunk

    def _must_stop(self) -> bool:
        if self.limits.halted():
            self.held = "the kill switch is on"
        elif self.counts["today"] >= self.limits.daily_cap:
            self.held = f"the daily cap of {self.limits.daily_cap} mails is reached"
        return bool(self.held)

    def _one(self, waiting: Waiting) -> None:
        notice = waiting.notice
        policy = self.policies.of(notice.customer.code, notice.customer.segment)
        now = self.clock()
        if not may_send(policy.window, now, notice.customer):
            return
        if notice.channel == "mail" and not may_contact(policy, now, notice.customer):
            return
        try:
            written = self._write(waiting, policy, now)
        except (ReconError, ValueError) as error:
            self._cancel(waiting, f"cannot be written: {error}")
            return
        self.sender.offer(written.message, written.bounce, written.recipients)
        if self._claim(waiting, policy, written, now):
            self._deliver(waiting, written)
        else:
            self.sender.withdraw()

    def _write(self, waiting: Waiting, policy: Policy, now: datetime) -> Written:
        redirect = self.limits.redirect_all
        if waiting.notice.channel == "letter":
            return write_letter(waiting.notice, waiting.message_id, self.letterhead, policy)
        return write_mail(
            waiting.notice, waiting.message_id, self.letterhead, policy, now, earlier=waiting.earlier, redirect=redirect
        )

    def _claim(self, waiting: Waiting, policy: Policy, written: Written, now: datetime) -> bool:
        """In one transaction: write down what became of the mail before, look again, and take this one."""
        with self.store.write() as connection:
            self._settle(connection)
            reason = self._untrue(connection, waiting, policy)
            if reason:
                cancel_notice(connection, waiting.id, reason)
            claimed = not reason and claim(
                connection, waiting.id, written.message, written.subject, self.claimed_by, instant_text(now),
                *self._day_of_its_own(waiting.notice, policy, now),
            )  # fmt: skip
            if claimed:
                self.sender.proceed()  # the server answers while the disk writes
        self._settled()
        self.counts["cancelled"] += bool(reason)
        return claimed

    def _untrue(self, connection: Any, waiting: Waiting, policy: Policy) -> str:
        """Return why the notice may not leave any more, by the books as they are now."""
        notice, token = waiting.notice, change_token(connection)
        if self.gate is None or token != self.token:
            self.gate, self.token = Gatekeeper(load_bank_news(connection, self.as_of), self.as_of), token
        account = load_account_now(connection, notice.customer.id, notice.currency)
        return self._stale(waiting) or recheck(notice, account, policy, self.as_of, self.gate)

    def _day_of_its_own(self, notice: Notice, policy: Policy, now: datetime) -> tuple[str, ...]:
        """Return since when no other mail that asks for money may have left: when the customer's day began.

        Where several missed nights are caught up in an hour, or a statement of account follows a reminder, the second
        mail waits for the next day. While nobody is told anything, days of the past may be rehearsed at once.
        """
        if self.limits.is_trial or notice.kind == "receipt" or notice.channel != "mail":
            return ()
        return (instant_text(day_began(policy.window, now, notice.customer)),)

    def _stale(self, waiting: Waiting) -> str:
        days = (self.as_of - waiting.notice.day).days
        return f"could not leave for {days} days" if days > self.limits.hold_days and not waiting.attempts else ""

    def _cancel(self, waiting: Waiting, reason: str) -> None:
        with self.store.write() as connection:
            cancel_notice(connection, waiting.id, reason)
        self.counts["cancelled"] += 1
        self._tell(waiting, reason, "Correct the customer's record or the templates; it is planned anew.")

    def _deliver(self, waiting: Waiting, written: Written) -> None:
        try:
            delivery = self.sender.send(written.message, written.bounce, written.recipients)
        except MailServerError as error:
            delivery = Delivery(Verdict.STOP_RUN, None, str(error))
        self.in_flight = (waiting, self._outcome(waiting, delivery))
        self._note(waiting, delivery)
        if self.limits.per_minute:
            self._settle_now()
            self.limits.pause(60 / self.limits.per_minute)

    def _outcome(self, waiting: Waiting, delivery: Delivery) -> Outcome:
        now = self.clock()
        at, reply = instant_text(now), f"{delivery.code or ''} {delivery.reply}".strip()
        if delivery.verdict is Verdict.SENT:
            return Outcome("trial" if self.limits.is_trial else "sent", at, "", reply)
        if delivery.verdict is Verdict.STOP_RUN:
            return Outcome("planned", at, delivery.reply, reply)
        if delivery.verdict in (Verdict.RETRY, Verdict.BACK_OFF):
            return retry_outcome(waiting, self.limits, now, reply)
        state = "uncertain" if delivery.verdict is Verdict.UNKNOWN else "failed"
        return Outcome(state, at, delivery.verdict.value, reply)

    def _note(self, waiting: Waiting, delivery: Delivery) -> None:
        """Count, tell, and decide whether the run goes on."""
        verdict = delivery.verdict
        self.counts["today"] += verdict in (Verdict.SENT, Verdict.UNKNOWN)
        self.broken = 0 if delivery.code else self.broken + 1
        if verdict is Verdict.STOP_RUN or (verdict is Verdict.BACK_OFF):
            self.held = f"the mail server refuses us: {delivery.code or ''} {delivery.reply}".strip()
        elif self.broken >= 2:
            self.held = "the connection to the mail server broke twice in a row"
        if verdict is Verdict.SENT and delivery.refused:
            self._tell(
                waiting, f"copy not taken: {', '.join(delivery.refused)}", "Correct cc of the customer or policy."
            )
        if verdict in _TOLD:
            self._tell(waiting, f"{verdict.value}: {delivery.code or ''} {delivery.reply}".strip(), _TOLD[verdict])

    def _tell(self, waiting: Waiting, what: str, remedy: str) -> None:
        self.problems.append(Problem(f"notice {waiting.id} to customer {waiting.notice.customer.code}", what, remedy))

    def _settle(self, connection: Any) -> None:
        if self.in_flight is None:
            return
        waiting, outcome = self.in_flight
        mark(connection, waiting.id, outcome)
        if outcome.state == "sent":
            self._charge(connection, waiting.notice)
        if outcome.reason == Verdict.REFUSED_RECIPIENT.value:
            suppress_address(connection, waiting.notice, outcome.reply, outcome.at)

    def _charge(self, connection: Any, notice: Notice) -> None:
        """Charges are booked once the mail that says them was taken, in the same transaction that says so."""
        policy = self.policies.of(notice.customer.code, notice.customer.segment)
        if charges := charges_of(notice, policy):
            post_charges(connection, notice, charges, Author("notices", self.clock()))

    def _settled(self) -> None:
        if self.in_flight is not None:
            state = self.in_flight[1].state
            self.counts[{"trial": "sent", "planned": "retried"}.get(state, state)] += 1
        self.in_flight = None

    def _settle_now(self) -> None:
        if self.in_flight is not None:
            with self.store.write() as connection:
                self._settle(connection)
            self._settled()


_TOLD = {
    Verdict.UNKNOWN: "Look for its Message-ID in the mail server's log, then say whether it was sent.",
    Verdict.REFUSED_RECIPIENT: "A task was opened; correct the address in the customer list.",
    Verdict.REFUSED_MESSAGE: "The server refuses our message: check SPF, DKIM, DMARC and the text.",
}


def hold_reason(
    limits: Limits, reaches_customers: bool, count: int, history: Sequence[int], kind: str = "reminder"
) -> str:
    """Return why nothing may be sent at all, "" if it may. `history` holds the mails of the kind of earlier days.

    >>> hold_reason(Limits(live=True), True, 100, [10, 12, 11, 9, 10])
    '100 reminders are more than twice the usual 10; nothing was sent'
    """
    if limits.halted():
        return "the kill switch is on"
    if reaches_customers and limits.is_trial and not limits.redirect_all:
        return "mail to customers is not live"
    usual = median(history) if len(history) >= 5 else None
    is_suspicious = usual is not None and count > max(limits.usual_factor * usual, limits.usual_least)
    if is_suspicious and not limits.accept_volume:
        return f"{count} {kind}s are more than twice the usual {usual:.0f}; nothing was sent"
    return ""


def retry_outcome(waiting: Waiting, limits: Limits, now: datetime, reply: str) -> Outcome:
    """Return when a mail is tried again: in 30 minutes, then twice as long each time up to 8 hours; failed after days.

    RFC 5321 section 4.5.4.1 asks for at least 30 minutes, and to give up after 4 to 5 days.
    """
    at = instant_text(now)
    if now - instant_of(waiting.planned_at) >= timedelta(days=limits.give_up_days):
        return Outcome("failed", at, f"gave up after {limits.give_up_days} days", reply)
    minutes = min(limits.retry_minutes * 2**waiting.attempts, 480)
    return Outcome("planned", at, "", reply, instant_text(now + timedelta(minutes=minutes)))
