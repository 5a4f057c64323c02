"""The dunning policy as values: which tier is due how many days after the due date, through which channel, how long a
customer is left in peace between two notices, and when nobody may be written to. `notices.policy_file` reads it.

Room: pure.
"""

import hashlib
import json
from dataclasses import asdict, dataclass, replace
from datetime import time
from enum import Enum


class Channel(Enum):
    """How a notice reaches the customer. A task is for a person of the team."""

    MAIL = "mail"
    LETTER = "letter"
    TASK = "task"


class Tone(Enum):
    """How a tier speaks; the templates are chosen by it."""

    COURTESY = "courtesy"
    FRIENDLY = "friendly"
    FIRM = "firm"
    URGENT = "urgent"
    FINAL = "final"


@dataclass(frozen=True, slots=True)
class Tier:
    """One step of the ladder. `level` counts from 1; `days` is relative to the due date, negative before it."""

    level: int
    name: str
    days: int
    tone: Tone
    channel: Channel = Channel.MAIL
    deadline_days: int = 0  # a final notice says: within so many days
    fee_minor: tuple[tuple[str, int], ...] = ()  # by currency
    interest: bool = False
    cc: tuple[str, ...] = ()
    handoff_days: int | None = None  # propose the agency so many days after this notice
    fourteen_days: bool = False  # tells a Dutch consumer what not paying in 14 days will cost (BW 6:96(6))

    @property
    def is_courtesy(self) -> bool:
        """Whether it speaks before anything is late; it lapses on the due date."""
        return self.days < 0


@dataclass(frozen=True, slots=True)
class Window:
    """When a mail may leave, in the customer's own time. Monday is 0; `opens` = `closes` is all day."""

    opens: time = time(0)
    closes: time = time(0)
    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4, 5, 6)
    time_zone: str = "UTC"  # of customers who name none
    holidays: str = ""  # "", a country as DE or DE-BY, or "customer"


@dataclass(frozen=True, slots=True)
class Gate:
    """When the bank's news is too old or too unclear to write to anybody."""

    max_feed_age_days: int | None = 4
    suggestion_ppm: int = 50_000  # a stored suggestion of at least this probability names the customer
    block_discrepancy: bool = True


@dataclass(frozen=True, slots=True)
class InterestRule:
    """Which dated rates apply, and how they are counted; see `notices.interest`."""

    regime: str = "none"
    day_count: str = "ACT/365"
    contract_pct: str = ""
    compensation: bool = False  # the fixed sum per late invoice, with the interest, once
    clearing: str = "principal first"  # a value of notices.interest.Clearing
    mode: str = ""  # a value of notices.interest.Mode; "" as the law has it
    rates: tuple[tuple[str, str, str], ...] = ()  # added by the policy: reference rate, first day, percent


@dataclass(frozen=True, slots=True)
class Conduct:
    """Which rules on approaching debtors bind us; see `notices.conduct`. They come on top of the window."""

    rules: tuple[str, ...] = ()  # US, FL, MA, TX, hospital
    contract_allows_charges: bool = False
    time_zones: tuple[str, ...] = ()  # where the customers of this policy may also be


@dataclass(frozen=True, slots=True)
class Policy:
    """One ladder for those it applies to. `version` is the digest of its content."""

    id: str
    tiers: tuple[Tier, ...]
    version: str = ""
    segments: tuple[str, ...] = ()
    customers: tuple[str, ...] = ()
    rest_days: int = 7
    account_rest_days: int = 1
    grace_days: int = 0
    promise_grace_days: int = 3
    minimum_minor: tuple[tuple[str, int], ...] = ()
    cc: tuple[str, ...] = ()
    window: Window = Window()
    gate: Gate = Gate()
    interest: InterestRule = InterestRule()
    conduct: Conduct = Conduct()
    charge_consumers: bool = False  # fees and interest to consumers too: only where contract or law allows it

    def minimum(self, currency: str) -> int:
        """Return the smallest amount, in minor units, worth a notice in this currency."""
        return dict(self.minimum_minor).get(currency, 1)

    def tier(self, level: int) -> Tier:
        """Return the tier of a level."""
        return self.tiers[level - 1]

    @property
    def lead_days(self) -> int:
        """How many days before the due date the first courtesy speaks."""
        return max(0, -self.tiers[0].days)


@dataclass(frozen=True, slots=True)
class Policies:
    """The default policy first, then those for segments and customers; a customer's own wins over its segment's."""

    all: tuple[Policy, ...]

    def of(self, code: str, segment: str = "") -> Policy:
        """Return the policy of a customer code in a segment."""
        if len(self.all) == 1:
            return self.all[0]
        by_code = (policy for policy in self.all if code in policy.customers)
        by_segment = (policy for policy in self.all if segment and segment in policy.segments)
        return next(by_code, None) or next(by_segment, None) or self.all[0]

    def promise_grace_days(self, code: str, segment: str) -> int:
        """Return how many days after its day a promise of a customer is broken."""
        return self.of(code, segment).promise_grace_days

    @property
    def version(self) -> str:
        """The digest over all of them: what a run was decided by."""
        return digest([policy.version for policy in self.all])

    @property
    def lead_days(self) -> int:
        """The longest courtesy lead of any policy."""
        return max(policy.lead_days for policy in self.all)


def versioned(policy: Policy) -> Policy:
    """Return the policy with the digest of its content as its version: comments and key order do not count."""
    content = asdict(policy)
    content.pop("version")
    return replace(policy, version=digest(content))


def digest(content: object) -> str:
    """Return 16 hex digits over the canonical JSON of the content."""
    text = json.dumps(content, sort_keys=True, default=str, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
