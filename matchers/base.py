"""What matchers say about one deposit: complete explanations, each with its points, and the settings they obey.

Room: pure.
"""

from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class MatchSettings:
    """What the user may choose: the share of posts that may be wrong, and the largest deposit posted without a person.

    A cap of 0 means none. The budget is a number or its decimal text. `risk_cap_minor` limits amount times doubt: the
    money one post may lose on average.
    """

    error_budget: float | str | Fraction = "0.001"
    amount_cap_minor: int = 0
    risk_cap_minor: int = 0
    with_evidence: bool = True  # False: nobody will read why
    without: frozenset[str] = frozenset()  # for measuring what a part is worth: "sets", "joint", "calibration"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One complete explanation. Parallel tuples: open item, its customer, cash settled (minor units, credits negative).

    `beside` is what closes more than cash, per item. `on_account` is cash without an invoice, of the first customer.
    Points are log-odds by origin; their sum is `score`. `gross_extra` is a processor's fee inside the cash of a payout.
    """

    kind: str
    items: tuple[int, ...]
    customers: tuple[int, ...]
    cash: tuple[int, ...]
    beside: tuple[int, ...]
    on_account: int
    payer_points: float
    reference_points: float
    amount_points: float
    structure_points: float
    notes: tuple[str, ...] = ()

    @property
    def score(self) -> float:
        """The points together: log of an unnormalised probability."""
        return self.payer_points + self.reference_points + self.amount_points + self.structure_points

    @property
    def key(self) -> tuple[tuple[int, int], ...]:
        """What is allocated, whatever the reason: two kinds with one key are one answer."""
        return tuple(sorted(zip(self.items, self.cash, strict=True)))


@dataclass(slots=True)
class Shortages:
    """How payers fall short, learned from the books: discount rates in hundredths of a percent and fixed fees.

    Shares are counts over what was seen; the usual rates of the trade start with a small one.
    """

    rate_shares: dict[int, float] = field(
        default_factory=lambda: {100: 0.002, 150: 0.001, 200: 0.008, 250: 0.001, 300: 0.002}
    )
    fee_shares: dict[int, float] = field(
        default_factory=lambda: dict.fromkeys((500, 1000, 1200, 1500, 2000, 2500, 3000, 3500, 4000, 4500, 5000), 0.001)
    )
    partial_share: float = 0.04
    deduction_share: float = 0.03
    credit_share: float = 0.03
    overpay_share: float = 0.03
    exact_share: float = 0.80
