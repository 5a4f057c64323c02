"""How debtors may be approached in the United States: hours, channels, opt-out, fees, hospital deadlines. Dated data.

Regulation F binds debt collectors; Texas, Florida and Massachusetts bind first-party creditors too. A business window
is the policy's `[window]`; these rules come on top for consumers.

Room: pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from notices.calendar import zone_of
from notices.policy import Conduct, Policy
from recon.model import Customer, NoticeLine


@dataclass(frozen=True, slots=True)
class ContactHours:
    """Contact before `opens` or after `closes`, the consumer's local time, is not allowed; both ends are."""

    place: str
    opens: time = time(8)
    closes: time = time(21)
    exempt: tuple[tuple[str, date], ...] = ()  # channel, and the day from which the rule leaves it out
    opt_out: bool = False  # every electronic message must say how to stop them
    source: str = ""

    def blocks(self, local: time, channel: str, on: date) -> bool:
        """Tell whether the rule forbids a contact at a local time through a channel on a day."""
        if any(channel == name and on >= since for name, since in self.exempt):
            return False
        return not self.opens <= local <= self.closes


CONTACT_HOURS = {
    rule.place: rule
    for rule in (
        ContactHours("US", opt_out=True, source="12 CFR 1006.6(b)(1)(i), 1006.6(e)"),
        ContactHours("FL", exempt=(("email", date(2025, 5, 16)),), source="Fla. Stat. 559.72(17), SB 232 (2025)"),
        ContactHours("MA", source="940 CMR 7.04(1)(i)-(j), 7.05(2)(e)"),
    )
}


@dataclass(frozen=True, slots=True)
class CallLimit:
    """How often a consumer may be called about a debt: `most` calls in `days` days, none after a conversation."""

    place: str
    most: int
    days: int
    quiet_after_conversation: bool = False
    source: str = ""


CALL_LIMITS = {
    rule.place: rule
    for rule in (
        CallLimit("US", 7, 7, True, "12 CFR 1006.14(b)(2)"),
        CallLimit("MA", 2, 7, False, "940 CMR 7.04(1)(f)"),
    )
}


def call_refusal(calls: Sequence[tuple[date, bool]], rule: CallLimit, on: date) -> str:
    """Return why nobody may call on a day, "" if somebody may. `calls` are (day, whether the consumer was spoken to).

    The day of a conversation is the first of the quiet days (Reg F comment 14(b)(2)(i)(B)-1).

    >>> call_refusal([(date(2026, 3, 2), True)], CALL_LIMITS["US"], date(2026, 3, 8))
    'spoken to on 2026-03-02; 12 CFR 1006.14(b)(2) asks for 7 quiet days'
    >>> call_refusal([(date(2026, 3, 2), True)], CALL_LIMITS["US"], date(2026, 3, 9))
    ''
    """
    recent = [(day, spoke) for day, spoke in calls if 0 <= (on - day).days < rule.days]
    talks = [day for day, spoke in recent if spoke]
    if talks and rule.quiet_after_conversation:
        return f"spoken to on {max(talks)}; {rule.source} asks for {rule.days} quiet days"
    if len(recent) >= rule.most:
        return f"{len(recent)} calls in {rule.days} days; {rule.source} allows {rule.most}"
    return ""


def calls_refused(policy: Policy, customer: Customer, calls: Sequence[tuple[date, bool]], on: date) -> str:
    """Return why a customer may not be called on a day under any rule of the policy, "" if it may."""
    if not customer.consumer:
        return ""
    rules = (CALL_LIMITS[rule] for rule in policy.conduct.rules if rule in CALL_LIMITS)
    return next((said for rule in rules if (said := call_refusal(calls, rule, on))), "")


def is_allowed(moment: datetime, zones: Sequence[str], rule: ContactHours, channel: str = "email") -> bool:
    """Tell whether an instant is inside the hours in every place the consumer may be (Reg F comment 6(b)(1)(i)-2)."""
    locals_ = [moment.astimezone(ZoneInfo(zone)) for zone in zones]
    return not any(rule.blocks(local.time(), channel, local.date()) for local in locals_)


@dataclass(frozen=True, slots=True)
class FeeRule:
    """Whether a creditor may add fees at all: only what contract or law allows."""

    place: str
    needs_contract: bool
    consumers_only: bool = True
    source: str = ""


FEE_RULES = {
    "TX": FeeRule("TX", True, source="Tex. Fin. Code 392.303(a)(2), 392.001(6)"),
    "US": FeeRule("US", True, source="12 CFR 1006.22(b)"),
}


def fee_allowed(state: str, is_consumer: bool, contract_allows: bool) -> bool:
    """Tell whether a fee may be charged to a debtor in a state; states without a rule of theirs allow it.

    >>> fee_allowed("TX", True, False), fee_allowed("TX", True, True), fee_allowed("TX", False, False)
    (False, True, True)
    """
    rule = FEE_RULES.get(state)
    if rule is None or (rule.consumers_only and not is_consumer):
        return True
    return contract_allows or not rule.needs_contract


HOSPITAL_BILL_DAYS = 120
HOSPITAL_NOTICE_DAYS = 30


def earliest_hospital_action(first_bill_on: date, noticed_on: date) -> date:
    """Return the first day a non-profit hospital may report or hand over a debt (26 CFR 1.501(r)-6(c)(3)-(4)).

    >>> earliest_hospital_action(date(2025, 1, 10), date(2025, 4, 20))
    datetime.date(2025, 5, 20)
    """
    return max(first_bill_on + timedelta(days=HOSPITAL_BILL_DAYS), noticed_on + timedelta(days=HOSPITAL_NOTICE_DAYS))


HOSPITAL = "hospital"
RULES = tuple(dict.fromkeys((*CONTACT_HOURS, *FEE_RULES, HOSPITAL)))


def may_contact(policy: Policy, moment: datetime, customer: Customer, channel: str = "email") -> bool:
    """Tell whether the policy's rules allow contact at an instant: in every place where the consumer may be."""
    if not customer.consumer:
        return True
    zones = (zone_of(policy.window, customer).key, *policy.conduct.time_zones)
    hours = (CONTACT_HOURS[rule] for rule in policy.conduct.rules if rule in CONTACT_HOURS)
    return all(is_allowed(moment, zones, rule, channel) for rule in hours)


def charges_allowed(conduct: Conduct, is_consumer: bool) -> bool:
    """Tell whether fees and interest may be added at all under the policy's rules."""
    return all(fee_allowed(rule, is_consumer, conduct.contract_allows_charges) for rule in conduct.rules)


def must_offer_opt_out(conduct: Conduct, is_consumer: bool) -> bool:
    """Tell whether every mail must say how to end them (12 CFR 1006.6(e))."""
    return is_consumer and any(CONTACT_HOURS[rule].opt_out for rule in conduct.rules if rule in CONTACT_HOURS)


def earliest_action(conduct: Conduct, first_bill_on: date, noticed_on: date) -> date:
    """Return the first day on which more than a notice may follow it: a report, a sale, an agency."""
    return earliest_hospital_action(first_bill_on, noticed_on) if HOSPITAL in conduct.rules else noticed_on


def deadline(conduct: Conduct, lines: Sequence[NoticeLine], noticed_on: date, asked: date) -> date:
    """Return the deadline a notice may set for its lines: the one asked for, or later where a rule gives more time."""
    firsts = (line.issue_on or line.due_on for line in lines if line.kind == "invoice")
    return max([asked, *(earliest_action(conduct, first, noticed_on) for first in firsts)])
