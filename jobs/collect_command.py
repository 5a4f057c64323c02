"""`recon notices simulate|bounces|statements` and `recon receipts`: collecting beside the nightly plan.

Room: shell.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from jobs import notifying
from jobs.locked import locked_night
from jobs.notice_command import silence_record
from jobs.policies import load_policies
from jobs.settings import secret
from jobs.written import day_of
from notices.courtesy import plan_receipts, plan_statements
from notices.imap import ImapServer, take_imap_bounces
from notices.mailbox import read_mails, take_bounces
from notices.night import load_replay
from notices.policy_file import read_policies
from notices.simulate import Replay, compare, replay
from recon.counted import counted
from recon.errors import Exit, NotAllowed, Problem, UsageError
from recon.store import told
from recon.store.bank_news import load_bank_news
from recon.store.instants import instant_text
from recon.store.notices import load_accounts, load_applied, load_stops, save_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from jobs.invocation import Invocation
    from jobs.night import Night
    from notices.policy import Policies
    from recon.model import Notice

ALL_DUE_DAYS = 36_500  # a statement of account lists what is not due for long, too


def simulate(invocation: Invocation, policy: Path, first: str, last: str) -> Exit:
    """Replay history under the current and another policy; FAILED when the other writes to anybody who had paid."""
    start, end = day_of(first, "--from"), day_of(last, "--to")
    if end < start:
        raise UsageError(f"--to {end} is before --from {start}", "Name a later day")
    current, other = load_policies(invocation.settings), _read_policy(policy)
    with invocation.store() as store:
        history, stops = load_replay(store, end)
    with invocation.output.progress("replaying"):
        old, new = (replay(history, each, start, end, stops) for each in (current, other))
    rows = [("", "current", policy.name), *compare(old, new)]
    for name, before, after in rows:
        record = {"type": "compared", "what": name, "current": before, "other": after} if name else None
        invocation.output.line(f"  {name:<28} {before:>12} {after:>12}", record)
    return _judge(invocation, new, len(old.notices), policy)


def _judge(invocation: Invocation, new: Replay, before: int, policy: Path) -> Exit:
    for notice in new.after_payment:
        what = f"{notice.tier} on {notice.day} although the money had arrived"
        problem = Problem(f"customer {notice.customer.code}", what, "Wait longer, or gate on older news")
        invocation.output.problem(problem)
    wrong = len(new.after_payment)
    text = (
        f"{policy.name}: {counted(len(new.notices), 'notice')} instead of {before}; written to although paid: {wrong}"
    )
    facts = {"notices": len(new.notices), "current": before, "customers": new.customers, "after_payment": wrong}
    return invocation.output.summary(text, facts, Exit.FAILED if wrong else Exit.OK)


def _read_policy(path: Path) -> Policies:
    try:
        return read_policies(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"the policy {path} cannot be read: {error}", "Name a policy file (TOML)") from error


def bounces(invocation: Invocation, folder: Path | None) -> Exit:
    """Apply the delivery reports of a folder (.eml) or of the mailbox: addresses rest, levels return, tasks open."""
    source = _mailbox(invocation) if folder is None else read_mails(folder)
    with invocation.store() as store:
        if isinstance(source, ImapServer):
            found = take_imap_bounces(store, source, invocation.author)
        else:
            found = take_bounces(store, source, invocation.author)
    for problem in found.problems:
        invocation.output.problem(problem)
    counts = {name: getattr(found, name) for name in ("hard", "soft", "policy", "delivered", "complaints", "unknown")}
    code = Exit.OK
    if found.stop_run:
        code = Exit.PARTIAL
        switch = invocation.settings.notices.kill_switch
        remedy = f"Create {switch} until SPF, DKIM and DMARC of the sender are right."
        invocation.output.problem(Problem("the receivers", "they say our mail is not authentic", remedy))
    text = ", ".join(f"{count} {name}" for name, count in counts.items())
    return invocation.output.summary(text, {**counts, "stop_run": found.stop_run}, code)


def _mailbox(invocation: Invocation) -> ImapServer:
    given = invocation.settings.bounces
    if not given.host:
        raise UsageError("there is no mailbox in the settings", "Name a folder of .eml files, or set [bounces] host")
    if invocation.dry_run:
        raise UsageError("--dry-run does not read a mailbox", "It would mark mails as seen; try a folder of .eml files")
    password = secret("imap_password", given.password_command)
    return ImapServer(given.host, given.port, given.user, password, given.mailbox, given.security)


def give_receipts(invocation: Invocation, *, accept_volume: bool) -> Exit:
    """Thank for what was applied since the last run of receipts, once a day."""
    with locked_night(invocation, "receipts") as night:
        with night.store.write() as connection:
            planned = _plan_receipts(connection, night)
        return _send(invocation, night, "receipts", planned, accept_volume)


def _plan_receipts(connection: Connection, night: Night) -> int:
    """Plan receipts and note how far they go. Before the first run, only what was booked on the day is thanked for."""
    day, given = night.as_of.isoformat(), told.receipts_given(connection)
    if given is not None and given[0] >= day:
        return 0  # one receipt a day and customer: what came since is thanked for tomorrow
    since = given[1] if given is not None else told.last_entry(connection, before_day=day)
    policies, stops = load_policies(night.settings), load_stops(connection)
    added = _save(connection, night, plan_receipts(load_applied(connection, since), night.as_of, policies, stops))
    if added:
        told.note_receipts(connection, day, told.last_entry(connection), added, night.author)
    return added


def send_statements(invocation: Invocation, customer: str, *, accept_volume: bool) -> Exit:
    """Send every customer with a balance (or one) a statement of account, once a day."""
    with locked_night(invocation, "statements") as night:
        with night.store.write() as connection:
            accounts = [
                account
                for account in load_accounts(connection, night.as_of, ALL_DUE_DAYS)
                if customer in ("", account.customer.code)
            ]
            if customer and not accounts:
                raise NotAllowed(f"customer {customer!r} owes nothing", "Use the customer's number as in your list")
            policies, news = load_policies(night.settings), load_bank_news(connection, night.as_of)
            notices, silences = plan_statements(accounts, night.as_of, policies, news)
            planned = _save(connection, night, notices)
        for one in silences:
            invocation.output.line(f"none to {one.code} in {one.currency}: {one.why}", silence_record(one))
        return _send(invocation, night, "statements", planned, accept_volume)


def _save(connection: Connection, night: Night, notices: Sequence[Notice]) -> int:
    domain = notifying.sender_of(night.settings).domain
    at = instant_text(night.clock())
    return save_plan(connection, notices, run_id=night.run_id, planned_at=at, domain=domain).added


def _send(invocation: Invocation, night: Night, what: str, planned: int, accept_volume: bool) -> Exit:
    night.facts["notices"] = {"planned": planned}
    notifying.send(night, accept_volume=accept_volume, hold_for_unread=what == "statements")
    for problem in night.problems:
        invocation.output.problem(problem)
    counts = ", ".join(f"{count} {name}" for name, count in night.facts["notices"].items())
    held = night.facts.get("notices_held", "")
    text = f"{what}: {counts}" + (f"; held: {held}" if held else "")
    return invocation.output.summary(text, {**night.facts["notices"], "held": held}, night.exit_code)
