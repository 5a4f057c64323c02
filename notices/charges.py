"""What a notice adds to the debt: a reminder fee and interest, printed with how it was reckoned.

A charge belongs to one invoice, level and episode; its number says so, and is why it is never charged twice. Consumers
are charged only where the policy says that contract or law allows it.

Room: pure.
"""

from datetime import date, timedelta
from fractions import Fraction

from notices.caps import fees_minor
from notices.clearing import kept
from notices.conduct import charges_allowed
from notices.interest import Clearing, Interest, late_interest
from notices.policy import Policy
from notices.regimes import compensation_minor, regime_by, regime_of
from recon.model import Charge, Notice, NoticeLine
from recon.money import format_minor


def charges_of(notice: Notice, policy: Policy) -> tuple[Charge, ...]:
    """Return the charges a notice carries, invoice by invoice; none for consumers unless the policy charges them.

    What was charged before is left out: a level that is told again, because its mail came back, costs nothing anew.

    Raises MissingRate when interest is due and no rate is known: a guess would be a wrong demand.
    """
    is_consumer = notice.customer.consumer
    if notice.kind != "reminder" or (is_consumer and not policy.charge_consumers):
        return ()
    if not charges_allowed(policy.conduct, is_consumer):
        return ()
    fees = fees_minor(policy, notice)
    there = {*notice.charged, *(line.number for line in notice.lines if line.kind == "charge")}
    return tuple(
        charge
        for line in notice.lines
        if line.advances and line.kind == "invoice"
        for charge in (*_fee(line, fees[line.open_item_id], policy), *_interest(line, notice, policy))
        if charge.number not in there
    )


def _fee(line: NoticeLine, minor: int, policy: Policy) -> tuple[Charge, ...]:
    return (Charge(_number("FEE", line), line.open_item_id, minor, policy.tier(line.level).name),) if minor else ()


def _interest(line: NoticeLine, notice: Notice, policy: Policy) -> tuple[Charge, ...]:
    if not policy.tier(line.level).interest or policy.interest.regime == "none":
        return ()
    if _due_on(line, policy) >= notice.day:
        return ()
    owed = interest_on(line, notice, policy)
    charges = _compensation(line, notice, policy)
    # Where payments settle interest first, the books, which took them off the invoice, hold that much too little.
    minor = owed.open_interest_minor + owed.paid_interest_minor
    if minor <= 0:
        return charges
    reckoned = segment_lines(owed, notice)
    return (*charges, Charge(_number("INT", line), line.open_item_id, minor, "", reckoned))


def _compensation(line: NoticeLine, notice: Notice, policy: Policy) -> tuple[Charge, ...]:
    """The fixed sum of the law per late invoice, by what was invoiced: it does not shrink with a part payment."""
    regime = regime_of(policy.interest.regime)
    minor = compensation_minor(regime, line.amount_minor or line.open_minor, notice.currency)
    if not policy.interest.compensation or minor == 0:
        return ()
    return (Charge(_number("CMP", line), line.open_item_id, minor, f"compensation, {regime.source}"),)


def _due_on(line: NoticeLine, policy: Policy) -> date:
    return regime_of(policy.interest.regime).due_on(line.due_on, policy.window.holidays)


def interest_on(line: NoticeLine, notice: Notice, policy: Policy) -> Interest:
    """Return the interest on an invoice from the day after its due date to the day of the notice, payment by payment.

    The due date is the law's: in Germany what falls due on a free day is in time on the next working day (BGB 193).
    Before the first payment it runs on all that was owed. The policy says whether a payment settles interest first.
    """
    rule = policy.interest
    regime = regime_by(rule)
    contract = Fraction(rule.contract_pct) if rule.contract_pct else None
    due_on = _due_on(line, policy)
    rates = regime.rates(due_on + timedelta(days=1), notice.day, contract, rule.rates)
    payments = kept([one for one in line.payments if one[0] <= notice.day])
    principal = line.open_minor + sum(minor for _, minor in payments)
    return late_interest(
        principal, due_on, notice.day, rates, mode=regime.mode, day_count=rule.day_count,
        payments=payments, clearing=Clearing(rule.clearing),
    )  # fmt: skip


def segment_lines(owed: Interest, notice: Notice) -> tuple[str, ...]:
    """Return how the interest was reckoned, a line per segment: first day, days, principal, rate."""
    return tuple(
        f"{one.start}: {one.days} d x {format_minor(one.principal_minor, notice.currency)} {notice.currency}"
        f" x {float(one.rate_pct):.4g} %"
        for one in owed.segments
    )


def _number(kind: str, line: NoticeLine) -> str:
    episode = f"-{line.episode}" if line.episode > 1 else ""
    return f"{kind}-{line.number}-L{line.level}{episode}"
