"""Policy files: TOML text in, frozen policies out. An error names file, line, key and what to do.

Room: pure.
"""

import re
from collections.abc import Mapping
from datetime import time
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notices.policy import Channel, Gate, Policies, Policy, Tier, Tone, Window, versioned
from notices.policy_law import check_fees, read_conduct, read_interest
from notices.policy_reader import POLICY_KEYS, TABLE_KEYS, Reader, Source, check_keys

DEFAULT_POLICY = """\
# Who is told what, and when. Days count from the due date; negative is before it.
id = "standard"
rest_days = 7            # an invoice rests so many days between two notices, also when catching up
account_rest_days = 1    # a customer gets at most one mail in so many days, whatever its invoices do
grace_days = 0           # added to every tier after the due date
promise_grace_days = 3   # a promise is broken so many days after its day

[minimum]                # the smallest amount worth a mail, by currency
EUR = "5.00"
USD = "5.00"
GBP = "5.00"

[window]                 # when a mail may leave, in the customer's time; equal times: all day
opens = "00:00"
closes = "00:00"
weekdays = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
time_zone = "UTC"        # of customers who name none
holidays = ""            # "customer": the customer's country; or a calendar such as "DE-BY"

[gate]                   # nobody is written to while the bank's news is old or unclear
max_feed_age_days = 4
suggestion_percent = 5
block_discrepancy = true

[[tiers]]
name = "courtesy"
days = -7
tone = "courtesy"

[[tiers]]
name = "reminder"
days = 3
tone = "friendly"

[[tiers]]
name = "second reminder"
days = 15
tone = "firm"

[[tiers]]
name = "demand"
days = 30
tone = "urgent"

[[tiers]]
name = "final notice"
days = 45
tone = "final"
deadline_days = 10
handoff_days = 14        # then proposed to an agency; a person approves
"""

_WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def read_policies(text: str, name: str = "policy.toml") -> Policies:
    """Read the default policy at the top and the `[[policies]]` below it, which inherit what they leave out.

    Raises UsageError naming file, line and key.

    >>> [tier.days for tier in read_policies(DEFAULT_POLICY).all[0].tiers]
    [-7, 3, 15, 30, 45]
    """
    source = Source(text, name)
    table = source.parse()
    others = table.pop("policies", [])
    default = _policy(source, table, ("",))
    inherited = {key: value for key, value in table.items() if key not in ("segments", "customers")}
    own = [_policy(source, inherited | other, (f"policies#{i}", "")) for i, other in enumerate(others)]
    policies = (default, *own)
    if len({policy.id for policy in policies}) < len(policies):
        raise source.error(("policies#0", ""), "id", "two policies have the same id", "Give each its own id.")
    return Policies(policies)


def read_policy(text: str, name: str = "policy.toml") -> Policy:
    """Read a file that holds one policy; see `read_policies`."""
    return read_policies(text, name).all[0]


def default_policies() -> Policies:
    """Return the shipped ladder."""
    return read_policies(DEFAULT_POLICY, "shipped policy")


def _policy(source: Source, table: Mapping[str, Any], places: tuple[str, ...]) -> Policy:
    check_keys(source, table, POLICY_KEYS, places)
    read = Reader(source, table, places)
    policy = Policy(
        id=read.text("id", "standard"),
        tiers=_tiers(source, table.get("tiers", []), places),
        segments=read.texts("segments"),
        customers=read.texts("customers"),
        rest_days=read.whole("rest_days", 7, least=1),
        account_rest_days=read.whole("account_rest_days", 1, least=1),
        grace_days=read.whole("grace_days", 0),
        promise_grace_days=read.whole("promise_grace_days", 3),
        minimum_minor=read.amounts("minimum"),
        cc=read.texts("cc"),
        window=_window(read.table("window")),
        gate=_gate(read.table("gate")),
        interest=read_interest(read),
        conduct=read_conduct(read.table("conduct")),
        charge_consumers=read.flag("charge_consumers", False),
    )
    check_fees(policy, read)
    return versioned(policy)


def _tiers(source: Source, rows: list[dict[str, Any]], places: tuple[str, ...]) -> tuple[Tier, ...]:
    if not rows:
        raise source.error(places, "tiers", "the policy has no tier", "Add at least one [[tiers]].")
    tiers = tuple(_tier(source, row, i, places) for i, row in enumerate(rows))
    for i in range(1, len(tiers)):
        if tiers[i].days <= tiers[i - 1].days:
            where = _tier_places(i, places)
            raise source.error(
                where, "days", f"{tiers[i].days} does not come after {tiers[i - 1].days}", "Sort tiers by days."
            )
    _one_interest(source, tiers, places)
    return tiers


def _one_interest(source: Source, tiers: tuple[Tier, ...], places: tuple[str, ...]) -> None:
    """Interest runs from the due date, so a second tier with it would charge the same days twice."""
    charging = [i for i, tier in enumerate(tiers) if tier.interest]
    if len(charging) > 1:
        where = _tier_places(charging[1], places)
        raise source.error(where, "interest", "a second tier charges interest", "Keep it on one tier of the ladder.")


def _tier_places(i: int, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{place}.tiers#{i}" if place else f"tiers#{i}" for place in places)


def _tier(source: Source, row: dict[str, Any], i: int, places: tuple[str, ...]) -> Tier:
    where = _tier_places(i, places)
    check_keys(source, row, TABLE_KEYS["tiers"], where)
    read = Reader(source, row, where)
    days = row.get("days")
    if type(days) is not int:
        raise read.fail("days", f"{days!r} is not a whole number", "Say how many days after the due date.")
    return Tier(
        level=i + 1,
        name=read.text("name", f"level {i + 1}"),
        days=days,
        tone=Tone(read.choice("tone", "friendly", tuple(tone.value for tone in Tone))),
        channel=Channel(read.choice("channel", "mail", tuple(channel.value for channel in Channel))),
        deadline_days=read.whole("deadline_days", 0),
        fee_minor=read.amounts("fee"),
        interest=read.flag("interest", False),
        cc=read.texts("cc"),
        handoff_days=read.whole("handoff_days", 0) if "handoff_days" in row else None,
        fourteen_days=read.flag("fourteen_days", False),
    )


def _window(read: Reader) -> Window:
    days = read.texts("weekdays") or _WEEKDAYS
    for day in days:
        if day not in _WEEKDAYS:
            raise read.fail("weekdays", f"{day!r} is not a weekday", f"Choose from {', '.join(_WEEKDAYS)}.")
    return Window(
        opens=_clock(read, "opens"),
        closes=_clock(read, "closes"),
        weekdays=tuple(sorted(_WEEKDAYS.index(day) for day in set(days))),
        time_zone=_zone(read),
        holidays=read.text("holidays", ""),
    )


def _clock(read: Reader, key: str) -> time:
    value = read.text(key, "00:00")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise read.fail(key, f"{value!r} is not a time", 'Write it as "08:00".')
    return time.fromisoformat(value)


def _zone(read: Reader) -> str:
    name = read.text("time_zone", "UTC")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise read.fail("time_zone", f"{name!r} is not a time zone", 'Use a name such as "Europe/Berlin".') from error


def _gate(read: Reader) -> Gate:
    percent = read.values.get("suggestion_percent", 5)
    if type(percent) is not int or not 1 <= percent <= 100:
        raise read.fail("suggestion_percent", f"{percent!r} is not a percentage", "Write a whole number from 1 to 100.")
    return Gate(
        max_feed_age_days=read.whole("max_feed_age_days", 4),
        suggestion_ppm=percent * 10_000,
        block_discrepancy=read.flag("block_discrepancy", True),
    )
