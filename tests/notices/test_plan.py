"""Who is told what: the ladder, rest, courtesy, netting, stops and the gate, all without a database."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from notices.gate import Gatekeeper
from notices.plan import ABOUT_ADDRESS, Plan, Silence, next_tier, plan_account, plan_notices
from notices.policy import Policies
from notices.policy_file import DEFAULT_POLICY, read_policies
from recon.model import Account, BankNews, Customer, Debt, Notice, Stop, StopKind, UnresolvedDeposit

AS_OF = date(2026, 3, 31)
FRESH = BankNews(through=((("main", "EUR"), AS_OF),))
POLICIES = read_policies(DEFAULT_POLICY)


def ago(days: int) -> date:
    return AS_OF - timedelta(days=days)


def debt(late: int, minor: int = 10_000, item: int = 1, **given: object) -> Debt:
    return Debt(item, f"INV-{item}", AS_OF - timedelta(days=late), minor, **given)  # type: ignore[arg-type]


def owing(*debts: Debt, email: str = "ap@ada.example", **given: object) -> Account:
    return Account(Customer(1, "main", "C1", "Ada Works", email=email), "EUR", debts, **given)  # type: ignore[arg-type]


def said(
    account: Account, policies: Policies = POLICIES, bank: BankNews = FRESH, as_of: date = AS_OF
) -> Notice | Silence:
    return plan_account(account, policies.all[0], as_of, Gatekeeper(bank, as_of))


def notice(account: Account, **given: object) -> Notice:
    one = said(account, **given)  # type: ignore[arg-type]
    assert isinstance(one, Notice), one
    return one


def silence(account: Account, **given: object) -> Silence:
    one = said(account, **given)  # type: ignore[arg-type]
    assert isinstance(one, Silence), one
    return one


@pytest.mark.parametrize(
    ("late", "level_told", "expected"),
    [(-8, 0, None), (-7, 0, 1), (-1, 0, 1), (0, 0, None), (2, 0, None), (3, 0, 2), (3, 1, 2), (14, 2, None),
     (15, 2, 3), (30, 3, 4), (45, 4, 5), (400, 5, None), (60, 0, 2), (60, 2, 3)],
)  # fmt: skip
def test_an_invoice_moves_to_its_next_untold_level(late: int, level_told: int, expected: int | None) -> None:
    tier = next_tier(debt(late, level=level_told), POLICIES.all[0], AS_OF)
    assert (tier.level if tier else None) == expected


def test_one_mail_lists_every_overdue_invoice_at_the_highest_level_due() -> None:
    one = notice(owing(debt(3, item=1), debt(30, item=2, level=3), debt(1, item=3), debt(-20, item=4)))
    assert (one.level, one.tier, one.demanded_minor) == (4, "demand", 30_000)
    assert [(x.open_item_id, x.level, x.advances) for x in one.lines] == [(2, 4, True), (1, 2, True), (3, 0, False)]


def test_after_an_outage_each_invoice_catches_up_one_level_per_rest_period() -> None:
    told: list[tuple[int, int]] = []
    level, told_on = 0, None
    for day in range(60, 100):
        one = said(owing(debt(day, level=level, told_on=told_on)), as_of=AS_OF)
        if isinstance(one, Notice):
            level, told_on = one.level, AS_OF
            told.append((day, level))
        if told_on is not None:
            told_on -= timedelta(days=1)  # the debt is made one day older each time instead of the calendar
    assert told == [(60, 2), (67, 3), (74, 4), (81, 5)]


def test_a_courtesy_is_not_sent_late() -> None:
    assert silence(owing(debt(0))).reason == "nothing due"


def test_a_credit_is_netted_and_what_it_covers_is_not_chased() -> None:
    one = notice(owing(debt(20, 50_000, 1), debt(10, 30_000, 2), debt(5, -50_000, 3)))
    assert one.demanded_minor == 30_000
    assert [(x.open_item_id, x.advances) for x in one.lines] == [(1, False), (2, True)]


def test_money_on_account_that_covers_everything_silences_the_account() -> None:
    assert silence(owing(debt(20, 50_000), on_account_minor=50_000)).lines == (
        ("INV-1", "covered by credits or money on account"),
    )


def test_a_small_balance_is_not_worth_a_mail() -> None:
    assert silence(owing(debt(20, 499))).why == "4.99 EUR is below 5.00"


def test_a_customer_without_address_becomes_a_task_and_a_problem() -> None:
    plan = plan_notices([owing(debt(20), email="")], POLICIES, AS_OF, FRESH)
    assert [n.channel for n in plan.notices] == ["task"]
    assert str(plan.problems[0]) == (
        "customer C1: reminder for EUR: the customer has no e-mail address. A task was opened for a person; add or"
        " correct the address in the customer list."
    )


def test_an_address_that_bounced_becomes_a_task_until_it_changes() -> None:
    stop = Stop(StopKind.BOUNCED, 1, AS_OF, reason="ap@ada.example")
    assert notice(owing(debt(20), stops=(stop,))).channel == "task"
    assert notice(owing(debt(20), stops=(stop,), email="new@ada.example")).channel == "mail"


@pytest.mark.parametrize("kind", [kind for kind in StopKind if kind not in ABOUT_ADDRESS])
def test_a_stop_silences_the_whole_customer_while_it_holds(kind: StopKind) -> None:
    active = Stop(kind, 1, AS_OF - timedelta(days=30), AS_OF, reason="told us")
    assert silence(owing(debt(20), stops=(active,))).reason == f"stopped:{kind.value}"
    over = Stop(kind, 1, AS_OF - timedelta(days=30), AS_OF - timedelta(days=4))
    assert notice(owing(debt(20), stops=(over,))).level == 2


def test_a_promise_holds_for_its_grace_days() -> None:
    promise = Stop(StopKind.PROMISE, 1, AS_OF - timedelta(days=9), AS_OF - timedelta(days=3))
    assert silence(owing(debt(20), stops=(promise,))).reason == "stopped:promise"


def test_a_disputed_invoice_is_neither_chased_nor_demanded() -> None:
    dispute = Stop(StopKind.DISPUTE, 1, AS_OF, open_item_id=1)
    one = notice(owing(debt(20, 70_000, 1), debt(10, 30_000, 2), stops=(dispute,)))
    assert (one.demanded_minor, [x.open_item_id for x in one.lines]) == (30_000, [2])


def test_an_old_bank_feed_silences_everybody() -> None:
    old = BankNews(through=((("main", "EUR"), AS_OF - timedelta(days=5)),))
    assert silence(owing(debt(20)), bank=old).why == "the bank's news ends on 2026-03-26, 5 days ago"
    assert silence(owing(debt(20)), bank=BankNews()).reason == "no bank feed"


def test_a_statement_in_discrepancy_silences_its_company_and_currency() -> None:
    news = BankNews(FRESH.through, discrepancies=((("main", "EUR"), "statement march.ofx"),))
    assert silence(owing(debt(20)), bank=news).why == "statement march.ofx does not prove; accept or correct it first"


@pytest.mark.parametrize(("ppm", "is_held"), [(49_999, False), (50_000, True)])
def test_a_suggestion_of_five_percent_holds_the_notice(ppm: int, is_held: bool) -> None:
    news = BankNews(FRESH.through, unresolved=(UnresolvedDeposit(9, "main", "EUR", 77, ((1, ppm),)),))
    assert isinstance(said(owing(debt(20)), bank=news), Silence) is is_held


@pytest.mark.parametrize("minor", [10_000, 20_000, 30_000, 25_000])
def test_a_deposit_that_equals_an_invoice_or_the_sum_holds_the_notice(minor: int) -> None:
    news = BankNews(FRESH.through, unresolved=(UnresolvedDeposit(9, "main", "EUR", minor),))
    account = owing(debt(20, 10_000, 1), debt(10, 20_000, 2), on_account_minor=5_000)
    assert silence(account, bank=news).why.startswith("deposit 9 of")


def test_a_deposit_in_another_currency_or_amount_holds_nothing() -> None:
    others = (UnresolvedDeposit(9, "main", "USD", 10_000), UnresolvedDeposit(8, "main", "EUR", 10_001))
    assert notice(owing(debt(20)), bank=BankNews(FRESH.through, unresolved=others)).level == 2


def test_nobody_is_written_to_twice_a_day() -> None:
    account = owing(debt(20, item=1, level=2, told_on=AS_OF), debt(20, item=2), written_on=AS_OF)
    assert silence(account).reason == "written to already"


def test_weekends_and_holidays_of_the_customer_are_no_sending_days() -> None:
    text = DEFAULT_POLICY.replace('"sat", "sun"', '"sat"').replace('holidays = ""', 'holidays = "DE"')
    policies = read_policies(text)
    for day in (date(2026, 4, 3), date(2026, 4, 5)):  # Good Friday, a Sunday
        assert silence(owing(debt(20)), policies=policies, as_of=day, bank=FRESH).reason == "no sending day"


amounts = st.integers(1, 100_000)
debts = st.builds(
    lambda item, late, minor, level, rested: Debt(
        item, f"I{item}", ago(late), minor, level, ago(rested) if level else None
    ),
    st.integers(1, 10**6),
    st.integers(-30, 90),
    amounts | amounts | amounts.map(lambda minor: -minor),
    st.integers(0, 5),
    st.integers(0, 40),
)


@settings(max_examples=400, deadline=None)
@given(st.lists(debts, max_size=8, unique_by=lambda d: d.open_item_id), st.integers(0, 200_000))
def test_no_notice_demands_more_than_the_net_balance_or_lists_what_is_not_owed(owed: list[Debt], money: int) -> None:
    one = said(owing(*owed, on_account_minor=money))
    if isinstance(one, Silence):
        return
    net = sum(d.open_minor for d in owed) - money
    assert 0 < one.demanded_minor <= net
    by_id = {d.open_item_id: d for d in owed}
    for line in one.lines:
        owned = by_id[line.open_item_id]
        assert line.open_minor == owned.open_minor > 0
        assert not line.advances or line.level > owned.level
        assert not line.advances or owned.told_on is None or (AS_OF - owned.told_on).days >= 7
        skipped = POLICIES.all[0].tiers[owned.level : line.level - 1]
        assert not line.advances or all(tier.is_courtesy for tier in skipped)


@settings(max_examples=60, deadline=None)
@given(st.lists(debts, min_size=1, max_size=5, unique_by=lambda d: d.open_item_id))
def test_the_plan_does_not_depend_on_the_order_of_debts(owed: list[Debt]) -> None:
    forward = plan_notices([owing(*owed)], POLICIES, AS_OF, FRESH)
    backward = plan_notices([owing(*reversed(owed))], POLICIES, AS_OF, FRESH)
    assert forward.notices == backward.notices


def test_a_year_of_days_moves_one_invoice_through_each_level_once() -> None:
    due, levels, told = date(2027, 12, 1), [], {}  # over a leap day
    level, told_on = 0, None
    for offset in range(-20, 346):
        day = due + timedelta(days=offset)
        plan = plan_notices(
            [owing(Debt(1, "I", due, 9_900, level, told_on))], POLICIES, day, BankNews(((("main", "EUR"), day),))
        )
        for one in plan.notices:
            level, told_on = one.level, day
            levels.append(level)
            told[offset] = level
    assert told == {-7: 1, 3: 2, 15: 3, 30: 4, 45: 5}


def test_a_policy_of_its_own_wins_over_that_of_the_segment() -> None:
    text = DEFAULT_POLICY + (
        '\n[[policies]]\nid = "key accounts"\nsegments = ["key"]\nrest_days = 14\n'
        '\n[[policies]]\nid = "ada"\ncustomers = ["C1"]\n'
        '[[policies.tiers]]\nname = "call"\ndays = 1\nchannel = "task"\n'
    )
    policies = read_policies(text)
    assert [policies.of("C1", "key").id, policies.of("C2", "key").id, policies.of("C2").id] == [
        "ada",
        "key accounts",
        "standard",
    ]
    plan: Plan = plan_notices([owing(debt(1))], policies, AS_OF, FRESH)
    assert [(n.channel, n.tier) for n in plan.notices] == [("task", "call")]
