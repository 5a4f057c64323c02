"""Policy files: TOML text in, frozen policies out. An error names file, line, key and what to do.

Room: pure.
"""

import re
import tomllib
from collections.abc import Mapping
from datetime import time
from difflib import get_close_matches
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from notices.interest import YEARS
from notices.policy import Channel, Gate, InterestRule, Policies, Policy, Tier, Tone, Window, versioned
from notices.regimes import REGIMES
from recon.errors import UsageError
from recon.money import POINT, is_known_currency, parse_minor

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
_POLICY_KEYS = {
    "id",
    "rest_days",
    "account_rest_days",
    "grace_days",
    "promise_grace_days",
    "minimum",
    "cc",
    "window",
    "gate",
    "interest",
    "tiers",
    "segments",
    "customers",
    "charge_consumers",
}
_TABLE_KEYS = {
    "window": {"opens", "closes", "weekdays", "time_zone", "holidays"},
    "gate": {"max_feed_age_days", "suggestion_percent", "block_discrepancy"},
    "interest": {"regime", "day_count", "contract_percent", "compensation"},
    "tiers": {"name", "days", "tone", "channel", "deadline_days", "fee", "interest", "cc", "handoff_days"},
}


def read_policies(text: str, name: str = "policy.toml") -> Policies:
    """Read the default policy at the top and the `[[policies]]` below it, which inherit what they leave out.

    Raises UsageError naming file, line and key.

    >>> [tier.days for tier in read_policies(DEFAULT_POLICY).all[0].tiers]
    [-7, 3, 15, 30, 45]
    """
    source = _Source(text, name)
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


class _Source:
    """The text, and where in it a key stands: tomllib tells no lines."""

    def __init__(self, text: str, name: str) -> None:
        self.text, self.name = text, name
        self.lines = _key_lines(text)

    def parse(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except tomllib.TOMLDecodeError as error:
            raise UsageError(f"{self.name}: {error}", "Correct the line.") from error

    def error(self, places: tuple[str, ...], key: str, what: str, remedy: str) -> UsageError:
        """Return the error with the line of the key in the first place that has it, or of the place itself."""
        line = next((self.lines[p, key] for p in places if (p, key) in self.lines), None)
        line = line or next((self.lines[p, ""] for p in places if (p, "") in self.lines), 1)
        return UsageError(f"{self.name}, line {line}: {key}: {what}", remedy)


_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_.\- ]+?)\s*\]\]?")
_KEY = re.compile(r"\s*[\"']?([A-Za-z0-9_\-]+)[\"']?\s*=")


def _key_lines(text: str) -> dict[tuple[str, str], int]:
    """Map (table, key) to its line; array tables are numbered: `tiers#0`, and `policies#0.tiers#1` below a policy."""
    lines: dict[tuple[str, str], int] = {}
    place, count = "", dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            place = _place(header[2], header[1] == "[[", count)
            lines[place, ""] = number
        elif key := _KEY.match(line):
            lines.setdefault((place, key[1]), number)
    return lines


def _place(path: str, is_array: bool, count: dict[str, int]) -> str:
    parent, _, last = path.rpartition(".")
    if parent in count:
        parent = f"{parent}#{count[parent]}"
    full = f"{parent}.{last}" if parent else last
    if not is_array:
        return full
    count[full] = count.get(full, -1) + 1
    if full == "policies":  # the tiers of the next policy count from 0 again
        for key in [key for key in count if key != "policies"]:
            del count[key]
    return f"{full}#{count[full]}"


def _policy(source: _Source, table: Mapping[str, Any], places: tuple[str, ...]) -> Policy:
    _known(source, table, _POLICY_KEYS, places)
    read = _Reader(source, table, places)
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
        interest=_interest(read.table("interest")),
        charge_consumers=read.flag("charge_consumers", False),
    )
    return versioned(policy)


def _known(source: _Source, table: Mapping[str, Any], keys: set[str], places: tuple[str, ...]) -> None:
    for key in table:
        if key not in keys:
            near = get_close_matches(key, keys, n=1)
            remedy = f"Did you mean {near[0]!r}?" if near else f"Known keys: {', '.join(sorted(keys))}."
            raise source.error(places, key, "is not a key of the policy", remedy)


class _Reader:
    """Typed access to one table; a wrong type or value is an error that names its line."""

    def __init__(self, source: _Source, table: Mapping[str, Any], places: tuple[str, ...]) -> None:
        self.source, self.values, self.places = source, table, places

    def fail(self, key: str, what: str, remedy: str) -> UsageError:
        return self.source.error(self.places, key, what, remedy)

    def table(self, key: str) -> "_Reader":
        value = self.values.get(key, {})
        if not isinstance(value, dict):
            raise self.fail(key, "is not a table", f"Write [{key}] on a line of its own.")
        places = tuple(f"{place}.{key}" if place else key for place in self.places)
        if key in _TABLE_KEYS:
            _known(self.source, value, _TABLE_KEYS[key], places)
        return _Reader(self.source, value, places)

    def text(self, key: str, default: str) -> str:
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.fail(key, f"{value!r} is not text", "Put it in quotes.")
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value = self.values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise self.fail(key, "is not a list of texts", 'Write ["one", "two"].')
        return tuple(value)

    def whole(self, key: str, default: int, least: int = 0) -> int:
        value = self.values.get(key, default)
        if type(value) is not int or value < least:
            raise self.fail(key, f"{value!r} is not a whole number of at least {least}", "Correct the number.")
        return value

    def flag(self, key: str, default: bool) -> bool:
        value = self.values.get(key, default)
        if not isinstance(value, bool):
            raise self.fail(key, f"{value!r} is not true or false", "Write true or false without quotes.")
        return value

    def amounts(self, key: str) -> tuple[tuple[str, int], ...]:
        inner = self.table(key)
        return tuple(sorted((currency, inner.amount(currency)) for currency in inner.values))

    def amount(self, currency: str) -> int:
        value = self.values[currency]
        if not is_known_currency(currency):
            raise self.fail(currency, "is not a currency of ISO 4217", "Use the three letters, as in EUR.")
        try:
            minor = parse_minor(value, POINT, currency) if isinstance(value, str) else -1
        except ValueError:
            minor = -1
        if minor < 0:
            raise self.fail(currency, f"{value!r} is not an amount", 'Write it as text with a point, as in "5.00".')
        return minor

    def choice(self, key: str, default: str, choices: tuple[str, ...]) -> str:
        value = self.text(key, default)
        if value not in choices:
            raise self.fail(key, f"{value!r} is not known", f"Choose one of {', '.join(choices)}.")
        return value


def _tiers(source: _Source, rows: list[dict[str, Any]], places: tuple[str, ...]) -> tuple[Tier, ...]:
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


def _one_interest(source: _Source, tiers: tuple[Tier, ...], places: tuple[str, ...]) -> None:
    """Interest runs from the due date, so a second tier with it would charge the same days twice."""
    charging = [i for i, tier in enumerate(tiers) if tier.interest]
    if len(charging) > 1:
        where = _tier_places(charging[1], places)
        raise source.error(where, "interest", "a second tier charges interest", "Keep it on one tier of the ladder.")


def _tier_places(i: int, places: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{place}.tiers#{i}" if place else f"tiers#{i}" for place in places)


def _tier(source: _Source, row: dict[str, Any], i: int, places: tuple[str, ...]) -> Tier:
    where = _tier_places(i, places)
    _known(source, row, _TABLE_KEYS["tiers"], where)
    read = _Reader(source, row, where)
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
    )


def _window(read: _Reader) -> Window:
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


def _clock(read: _Reader, key: str) -> time:
    value = read.text(key, "00:00")
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise read.fail(key, f"{value!r} is not a time", 'Write it as "08:00".')
    return time.fromisoformat(value)


def _zone(read: _Reader) -> str:
    name = read.text("time_zone", "UTC")
    try:
        return ZoneInfo(name).key
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise read.fail("time_zone", f"{name!r} is not a time zone", 'Use a name such as "Europe/Berlin".') from error


def _gate(read: _Reader) -> Gate:
    percent = read.values.get("suggestion_percent", 5)
    if type(percent) is not int or not 1 <= percent <= 100:
        raise read.fail("suggestion_percent", f"{percent!r} is not a percentage", "Write a whole number from 1 to 100.")
    return Gate(
        max_feed_age_days=read.whole("max_feed_age_days", 4),
        suggestion_ppm=percent * 10_000,
        block_discrepancy=read.flag("block_discrepancy", True),
    )


def _interest(read: _Reader) -> InterestRule:
    return InterestRule(
        regime=read.choice("regime", "none", ("none", *REGIMES)),
        day_count=read.choice("day_count", "ACT/365", tuple(YEARS)),
        contract_pct=_percent(read, "contract_percent"),
        compensation=read.flag("compensation", False),
    )


def _percent(read: _Reader, key: str) -> str:
    value = read.text(key, "")
    if value and not re.fullmatch(r"[0-9]{1,3}(\.[0-9]{1,6})?", value):
        raise read.fail(key, f"{value!r} is not a percentage", 'Write it as text with a point, as in "9.5".')
    return value
