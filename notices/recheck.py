"""The last look before a mail leaves: is all it lists still owed, by somebody who may be written to?

Room: pure.
"""

from datetime import date

from notices.courtesy import statement_stop, unwanted_mail
from notices.gate import Gatekeeper
from notices.plan import ABOUT_ADDRESS, is_active
from notices.policy import Policy
from recon.model import Account, Notice


def recheck(notice: Notice, account: Account | None, policy: Policy, as_of: date, gate: Gatekeeper) -> str:
    """Return why the planned notice may not leave any more, "" if it may. `account` is the customer's as of now.

    A statement of account asks for money, too. A receipt asks for nothing: only its address is looked at.
    """
    if account is None:
        return "paid"
    if notice.kind == "receipt":
        return _unwanted(notice, account, policy, as_of) or _readdressed(notice, account)
    stopped = _stopped if notice.kind == "reminder" else _statement_stopped
    return (
        _owed(notice, account)
        or _net(notice, account)
        or stopped(notice, account, policy, as_of)
        or _unwanted(notice, account, policy, as_of)
        or _readdressed(notice, account)
        or _gated(account, policy, gate)
    )


def _owed(notice: Notice, account: Account) -> str:
    open_minor = {debt.open_item_id: debt.open_minor for debt in account.debts}
    listed = [(line, open_minor.get(line.open_item_id, 0)) for line in notice.lines]
    if all(minor == 0 for _, minor in listed):
        return "paid"
    for line, minor in listed:
        if minor == 0:
            return f"paid: {line.number}"
        if minor != line.open_minor:
            return f"amount changed: {line.number}"
    return ""


def _net(notice: Notice, account: Account) -> str:
    """A credit or money on account that came in since: the demand would be above what is owed."""
    listed = sum(line.open_minor for line in notice.lines)
    credits = sum(debt.open_minor for debt in account.debts if debt.open_minor < 0)
    return (
        "credit or money on account came in"
        if notice.demanded_minor > listed + credits - account.on_account_minor
        else ""
    )


def _stopped(notice: Notice, account: Account, policy: Policy, as_of: date) -> str:
    listed = {line.open_item_id for line in notice.lines}
    for stop in account.stops:
        concerns = stop.open_item_id is None or stop.open_item_id in listed
        if concerns and stop.kind not in ABOUT_ADDRESS and is_active(stop, policy, as_of):
            return f"stopped: {stop.kind.value}"
    return ""


def _statement_stopped(_notice: Notice, account: Account, policy: Policy, as_of: date) -> str:
    return statement_stop(account.stops, policy, as_of)


def _unwanted(notice: Notice, account: Account, policy: Policy, as_of: date) -> str:
    """Mail that would come back, or that the customer asked us not to send."""
    return unwanted_mail(account.stops, notice.recipient, policy, as_of) if notice.channel == "mail" else ""


def _readdressed(notice: Notice, account: Account) -> str:
    now = account.customer.email.strip()
    return "the e-mail address changed" if notice.channel == "mail" and now != notice.recipient else ""


def _gated(account: Account, policy: Policy, gate: Gatekeeper) -> str:
    blocked = gate.block(account, policy.gate)
    return blocked.why if blocked else ""
