"""Payouts of card processors: several customers' invoices in one deposit, gross less a fee of a rate and a fixed part.

Rates are learned from past payouts whose allocations exceed the deposit; the customers that pay so are remembered.

>>> gross_amounts(169_11, Tariff(290, 30), 1)
[17447]
>>> 17447 - fee_on(17447, Tariff(290, 30), 1)
16911

Room: pure.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Tariff:
    """A fee: rate in hundredths of a percent of the gross, and a fixed part in minor units per payer."""

    rate: int
    fixed_minor: int


@dataclass(slots=True)
class Payouts:
    """What is known of processors, by payer key: their tariffs by count, and the customers behind them."""

    tariffs: dict[str, Counter[Tariff]] = field(default_factory=dict)


def fee_on(gross: int, tariff: Tariff, payers: int) -> int:
    """Return the fee in minor units, half a unit up."""
    return (gross * tariff.rate + 5_000) // 10_000 + tariff.fixed_minor * payers


def gross_amounts(net: int, tariff: Tariff, payers: int) -> list[int]:
    """Return the gross amounts that leave this net; usually one."""
    nearest = (net + tariff.fixed_minor * payers) * 10_000 // (10_000 - tariff.rate)
    return [gross for gross in range(nearest - 2, nearest + 3) if gross - fee_on(gross, tariff, payers) == net]


def learn_tariffs(past: Iterable[tuple[str, int, int, int]]) -> Payouts:
    """Return tariffs from past payouts (payer key, net, gross, number of customers). At least three must agree."""
    by_key: dict[str, list[tuple[int, int, int]]] = defaultdict(list)
    for key, net, gross, payers in past:
        if 0 < gross - net <= gross // 12:
            by_key[key].append((net, gross, payers))
    payouts = Payouts()
    for key, seen in by_key.items():
        tariffs = _tariffs(seen)
        if tariffs:
            payouts.tariffs[key] = tariffs
    return payouts


def _tariffs(seen: list[tuple[int, int, int]]) -> Counter[Tariff]:
    best: Counter[Tariff] = Counter()
    for rate in range(50, 501, 5):
        fits: Counter[Tariff] = Counter()
        for net, gross, payers in seen[-200:]:
            rest = gross - net - (gross * rate + 5_000) // 10_000
            fixed = round(rest / payers)
            if 0 <= fixed <= 100 and abs(fixed * payers - rest) <= 1:
                fits[Tariff(rate, fixed)] += 1
        if fits and fits.most_common(1)[0][1] > best.total():
            best = Counter(dict(fits.most_common(1)))
    return best if best.total() >= 3 and best.total() * 2 >= len(seen[-200:]) else Counter()
