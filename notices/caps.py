"""Fees that a law caps: Denmark by number, amount and distance, the Netherlands by the debt they are for.

The regime of the policy names the law. What a policy can never be allowed is refused when it is read; what depends on
the debt is cut when the fee is charged.

Room: pure.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from notices.policy import Policy, Tier
from notices.regimes import (
    DUTCH,
    FEE_CAPS,
    NL_COSTS,
    FeeCap,
    collection_cost,
    compensation_minor,
    regime_of,
    reminder_fees,
)
from recon.model import Notice, NoticeLine
from recon.money import Rounding, format_minor, round_fraction


def fees_minor(policy: Policy, notice: Notice) -> dict[int, int]:
    """Return the fee of each invoice that a notice moves to a new level, in minor units, by open item.

    Dutch collection costs are capped on all that is asked for in one letter together (BW 6:96(7)), not on each invoice.
    """
    lines = [line for line in notice.lines if line.advances and line.kind == "invoice"]
    fees = {line.open_item_id: _fee_minor(policy, line, notice.currency) for line in lines}
    if policy.interest.regime not in DUTCH or notice.currency != "EUR":
        return fees
    charged = [line for line in lines if fees[line.open_item_id]]
    left = collection_costs_minor(charged) - sum(_told_minor(policy, line, notice.currency) for line in charged)
    for line in charged:
        fees[line.open_item_id] = max(0, min(fees[line.open_item_id], left))
        left -= fees[line.open_item_id]
    return fees


def collection_costs_minor(lines: Iterable[NoticeLine]) -> int:
    """Return what Dutch law allows on invoices asked for together, in cents, rounded down.

    >>> from datetime import date
    >>> collection_costs_minor(NoticeLine(i, f"INV-{i}", date(2026, 3, 1), 10_000, 30, 2, True) for i in range(3))
    4500
    """
    principal = sum(line.open_minor for line in lines if line.kind == "invoice")
    return round_fraction(collection_cost(NL_COSTS, principal), Rounding.DOWN)


def _fee_minor(policy: Policy, line: NoticeLine, currency: str) -> int:
    """Return the fee a line's level may carry by itself.

    A capped law allows none in another currency than its own, none before the due date, and none anew when a returned
    payment opens a debt again: the caps are for the debt, not for the episode.
    """
    tier = policy.tier(line.level)
    asked = dict(tier.fee_minor).get(currency, 0)
    if policy.interest.regime not in _CAPPED:
        return asked
    if currency != regime_of(policy.interest.regime).currency or tier.is_courtesy or line.episode > 1:
        return 0
    if policy.interest.regime in DUTCH:
        rest = collection_costs_minor([line]) - _told_minor(policy, line, currency)
        return min(asked, max(0, rest))
    return min(asked, _worst_case(FEE_CAPS["DK"], policy, currency).get(line.level, 0))


_CAPPED = ("DK", *DUTCH)


def broken_cap(policy: Policy) -> tuple[int, str] | None:
    """Return the first level whose fee the law of the regime can never allow, and why; None if there is none."""
    if policy.interest.regime not in _CAPPED:
        return None
    regime = regime_of(policy.interest.regime)
    allowed = _worst_case(FEE_CAPS["DK"], policy, "DKK") if regime.name == "DK" else {}
    for tier in policy.tiers:
        for currency, minor in tier.fee_minor:
            if minor and (currency != regime.currency or tier.is_courtesy):
                return tier.level, f"{regime.name} allows fees in {regime.currency} after the due date only"
            if minor > allowed.get(tier.level, minor):
                most = format_minor(allowed[tier.level], currency)
                return tier.level, f"{format_minor(minor, currency)} {currency} is above {most} ({_DANISH})"
    return None


_DANISH = f"{FEE_CAPS['DK'].source}: three fees of DKK 100, ten days apart"


def _fee_tiers(policy: Policy, currency: str) -> list[Tier]:
    return [tier for tier in policy.tiers if dict(tier.fee_minor).get(currency, 0) and not tier.is_courtesy]


def _worst_case(cap: FeeCap, policy: Policy, currency: str) -> dict[int, int]:
    """Return what each fee may be at most if every level follows the one before after the shortest rest."""
    levels = [tier.level for tier in _fee_tiers(policy, currency)]
    days = [date(2000, 1, 1) + timedelta(days=level * policy.rest_days) for level in levels]
    return dict(zip(levels, reminder_fees(cap, days), strict=True))


def _told_minor(policy: Policy, line: NoticeLine, currency: str) -> int:
    """All fees of earlier levels and the fixed sum, which the cap of the law holds, too."""
    earlier = sum(dict(t.fee_minor)[currency] for t in _fee_tiers(policy, currency) if t.level < line.level)
    charges_sum = policy.interest.compensation and any(tier.interest for tier in policy.tiers)
    return earlier + (
        compensation_minor(regime_of(policy.interest.regime), line.open_minor, currency) if charges_sum else 0
    )


LETTER_DAYS = 14 + 1 + 5  # the term, from the day after delivery, and the days a mail may be on its way


def missing_letter(policy: Policy) -> tuple[int, str] | None:
    """Return the first level that costs a Dutch consumer something too early, and why; None if there is none.

    BW 6:96(6): costs are owed only when a letter gave 14 days, from the day after it arrived, and named the costs. The
    rest between two levels holds also when missed nights are caught up, so it is what must be long enough.
    """
    if policy.interest.regime not in DUTCH or not policy.charge_consumers:
        return None
    letter = next((tier.level for tier in policy.tiers if tier.fourteen_days and not tier.is_courtesy), None)
    for tier in _fee_tiers(policy, "EUR"):
        if letter is None or tier.level <= letter:
            return tier.level, "a Dutch consumer owes costs only after a letter that gave 14 days (BW 6:96(6))"
        if (tier.level - letter) * policy.rest_days < LETTER_DAYS:
            return tier.level, f"it may follow the letter of 14 days sooner than {LETTER_DAYS} days"
    return None
