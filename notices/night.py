"""What the night does about notices, in the order it does it: load, decide, save; then send. The business is in `plan`.

Room: shell.
"""

from datetime import date, datetime, timedelta

from notices.plan import Plan, plan_notices
from notices.policy import Policies
from notices.simulate import PastInvoice, PastPayment
from recon.model import Stop
from recon.store.bank_news import load_bank_news
from recon.store.chain import Author
from recon.store.engine import Store
from recon.store.instants import instant_text
from recon.store.notice_history import load_history, load_past_stops
from recon.store.notices import SavedPlan, cancel_stale, forget_trials, load_accounts, save_plan
from recon.store.stops import settle_promises

HOLD_DAYS = 2  # a notice that could not leave for longer is planned anew, with the days and amounts of the new day


def make_plan(store: Store, policies: Policies, as_of: date) -> Plan:
    """Return the plan of the day with a reason for everybody who is left in peace; writes nothing."""
    with store.read() as connection:
        news = load_bank_news(connection, as_of)
        return plan_notices(load_accounts(connection, as_of, policies.lead_days), policies, as_of, news)


def _new_plan(store: Store, policies: Policies, as_of: date) -> Plan:
    """Return the plan for the accounts not written to today: nothing else can enter the outbox, whatever the policy."""
    with store.read() as connection:
        accounts = load_accounts(connection, as_of, policies.lead_days, unless_written_since=as_of)
        return plan_notices(accounts, policies, as_of, load_bank_news(connection, as_of))


def plan_night(
    store: Store, policies: Policies, as_of: date, *, run_id: int | None, now: datetime, domain: str, live: bool
) -> tuple[Plan, SavedPlan]:
    """Plan the day and put what is new into the outbox. Repeating it adds nothing.

    Decided promises are closed and what could not leave in time is taken back first. The day mail goes live, what was
    only tried before is forgotten.
    """
    at = instant_text(now)
    with store.write() as connection:
        settle_promises(connection, as_of, policies.promise_grace_days, Author("night", now, run_id))
        cancel_stale(connection, as_of - timedelta(days=HOLD_DAYS))
        if live:
            forget_trials(connection)
    plan = _new_plan(store, policies, as_of)
    if not plan.notices:
        return plan, SavedPlan(0, 0, 0)
    versions = [(policy.version, repr(policy)) for policy in policies.all]
    with store.write() as connection:
        saved = save_plan(connection, plan.notices, run_id=run_id, planned_at=at, domain=domain, policies=versions)
    return plan, saved


def load_replay(store: Store, end: date) -> tuple[tuple[PastInvoice, ...], tuple[Stop, ...]]:
    """Return the history and the stops that `simulate.replay` needs, of everything issued by `end`."""
    with store.read() as connection:
        history = tuple(
            PastInvoice(*facts, tuple(PastPayment(*row) for row in paid))
            for facts, paid in load_history(connection, end)
        )
        return history, tuple(load_past_stops(connection))
