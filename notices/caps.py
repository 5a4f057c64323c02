"""Fees that a law caps: Denmark by number, amount and distance, the Netherlands by the debt they are for.

The regime of the policy names the law. What a policy can never be allowed is refused when it is read; what depends on
the debt is cut when the fee is charged.

Room: pure.
"""

from datetime import date, timedelta

from notices.policy import Policy, Tier
from notices.regimes import FEE_CAPS, NL_COSTS, FeeCap, collection_cost, compensation_minor, regime_of, reminder_fees
from recon.model import NoticeLine
from recon.money import Rounding, format_minor, round_fraction


def fee_minor(policy: Policy, line: NoticeLine, currency: str) -> int:
    """Return the fee a line's level may carry, in minor units.

    A capped law allows none in another currency than its own, none before the due date, and none anew when a returned
    payment opens a debt again: the caps are for the debt, not for the episode.
    """
    tier = policy.tier(line.level)
    asked = dict(tier.fee_minor).get(currency, 0)
    if policy.interest.regime not in _CAPPED:
        return asked
    if currency != regime_of(policy.interest.regime).currency or tier.is_courtesy or line.episode > 1:
        return 0
    if policy.interest.regime == "NL":
        return min(asked, _dutch_rest(policy, line, currency))
    return min(asked, _worst_case(FEE_CAPS["DK"], policy, currency).get(line.level, 0))


_CAPPED = ("DK", "NL")


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


def _dutch_rest(policy: Policy, line: NoticeLine, currency: str) -> int:
    """What the law allows on the debt, less all fees of earlier levels and the fixed sum, which is part of it."""
    cap = round_fraction(collection_cost(NL_COSTS, line.open_minor), Rounding.DOWN)
    earlier = sum(dict(t.fee_minor)[currency] for t in _fee_tiers(policy, currency) if t.level < line.level)
    charges_sum = policy.interest.compensation and any(tier.interest for tier in policy.tiers)
    fixed = compensation_minor(regime_of("NL"), line.open_minor, currency) if charges_sum else 0
    return max(0, cap - earlier - fixed)
