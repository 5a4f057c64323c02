"""What the law says on approaching and charging debtors binds the plan, the text, the sending and the hand-off."""

import sys
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from notices.agency import propose_handoffs
from notices.bounces import read_bounce
from notices.charges import charges_of
from notices.conduct import CALL_LIMITS, call_refusal
from notices.gate import Gatekeeper
from notices.letter import Letterhead
from notices.mail import SmtpSender, SmtpServer
from notices.mailbox import take_bounces
from notices.message import Sender
from notices.night import plan_night
from notices.plan import Silence, plan_account
from notices.policy import Policies, Policy
from notices.policy_file import DEFAULT_POLICY, read_policy
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.errors import UsageError
from recon.model import Account, BankNews, Customer, Debt, Notice, StopKind
from recon.store.chain import Author
from recon.store.schema import notice, open_item, stop
from recon.store.stops import add_stop

sys.path.insert(0, str(Path(__file__).parent))
from smtp import Postbox, post_office
from test_bounces import report

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
EVA = Author("eva", NOON)
HEAD = Letterhead(shipped_words(), Sender("ar@main.example"), {})
CONSUMER = Customer(1, "main", "A", "Ada", email="a@pay.example", consumer=True, time_zone="America/New_York")


def conduct(rules: str, more: str = "", ladder: str = DEFAULT_POLICY) -> str:
    return f"{ladder}\n[conduct]\nrules = {rules}\n{more}\n"


def charging(regime: str, fee: str) -> str:
    """Return a ladder whose reminder and second reminder carry a fee."""
    text = DEFAULT_POLICY.replace('id = "standard"', f'id = "standard"\ncharge_consumers = true\n{regime}')
    return text.replace('tone = "friendly"', f'tone = "friendly"\nfee = {{ {fee} }}').replace(
        'tone = "firm"', f'tone = "firm"\nfee = {{ {fee} }}'
    )


def told(policy: Policy, late: int = 20, currency: str = "EUR", who: Customer = CONSUMER, **given: Any) -> Notice:
    one = Debt(1, "INV-1", AS_OF - timedelta(days=late), given.pop("minor", 100_000), **given)
    gate = Gatekeeper(BankNews(((("main", currency), AS_OF),)), AS_OF)
    said = plan_account(Account(who, currency, (one,)), policy, AS_OF, gate)
    assert not isinstance(said, Silence), said
    return said


def fees(policy: Policy, **given: Any) -> list[int]:
    return [one.amount_minor for one in charges_of(told(policy, **given), policy) if one.number.startswith("FEE")]


def send(books: Any, port: int, text: str, at: datetime, day: date = AS_OF) -> int:
    policies = Policies((read_policy(text),))
    plan_night(books.store, policies, day, run_id=1, now=at, domain="main.example", live=True)
    server = SmtpSender(SmtpServer("127.0.0.1", port, tls="none"))
    return send_due(books.store, server, HEAD, policies, Limits(live=True), day, lambda: at, "t").sent


@pytest.mark.parametrize(
    ("rules", "zones", "hour_utc", "sent"),
    [
        ('["US"]', "", 11, 0),  # 7 in New York
        ('["US"]', "", 12, 1),  # 8 in New York
        ('["US"]', 'time_zones = ["America/Los_Angeles"]', 14, 0),  # 7 in Los Angeles
        ('["US"]', 'time_zones = ["America/Los_Angeles"]', 15, 1),
        ('["FL"]', "", 11, 1),  # e-mail is exempt in Florida since May 2025
        ('["MA"]', "", 11, 0),
        ("[]", "", 11, 1),
    ],
)
def test_a_mail_to_a_consumer_leaves_in_the_hours_of_the_rules(
    sqlite_books: Any, rules: str, zones: str, hour_utc: int, sent: int
) -> None:
    books = sqlite_books
    books.feed()
    books.invoice(books.customer("A", consumer=1, time_zone="America/New_York"), "INV-1", late=20)
    with post_office(Postbox()) as port:
        at = datetime(2026, 3, 31, hour_utc, tzinfo=UTC)
        assert send(books, port, conduct(rules, zones), at) == sent


def test_the_hours_do_not_bind_mail_to_companies(sqlite_books: Any) -> None:
    sqlite_books.feed()
    sqlite_books.invoice(sqlite_books.customer("A", time_zone="America/New_York"), "INV-1", late=20)
    with post_office(Postbox()) as port:
        assert send(sqlite_books, port, conduct('["US", "MA"]'), datetime(2026, 3, 31, 6, tzinfo=UTC)) == 1


def test_every_mail_of_an_agency_says_how_to_end_them(sqlite_books: Any) -> None:
    books, box = sqlite_books, Postbox()
    books.feed()
    books.invoice(books.customer("A", consumer=1), "INV-1", late=20)
    books.invoice(books.customer("B"), "INV-2", late=20)
    with post_office(box) as port:
        assert send(books, port, conduct('["US"]'), datetime(2026, 3, 31, 16, tzinfo=UTC)) == 2
    for mail, is_said in zip(box.delivered, (True, False), strict=True):
        for part in mail.get_payload():
            assert ("reply with the word STOP" in part.get_payload(decode=True).decode()) is is_said


def test_who_asked_for_no_more_mail_gets_a_task_and_no_mail_that_was_waiting(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A"), "INV-1", late=20)
    policies = Policies((read_policy(DEFAULT_POLICY),))
    plan_night(books.store, policies, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    with books.store.write() as connection:
        add_stop(connection, StopKind.OPT_OUT, "A", company="main", author=EVA, starts_on=AS_OF, reason="STOP by mail")
    with post_office(Postbox()) as port:
        assert send(books, port, DEFAULT_POLICY, NOON) == 0
    with books.store.read() as connection:
        rows = connection.execute(select(notice.c.state, notice.c.state_reason).order_by(notice.c.id)).all()
    assert rows[0] == ("cancelled", "the customer asked for no more e-mail")
    _, saved = plan_night(books.store, policies, AS_OF, run_id=2, now=NOON, domain="main.example", live=True)
    assert (saved.added, saved.tasks) == (0, 1)


@pytest.mark.parametrize(("rules", "allows", "charged"), [("TX", "false", 0), ("TX", "true", 1), ("MA", "false", 1)])
def test_texan_consumers_are_charged_only_what_the_contract_allows(rules: str, allows: str, charged: int) -> None:
    text = conduct(f'["{rules}"]', f"contract_allows_charges = {allows}", charging("", 'EUR = "5.00"'))
    assert len(fees(read_policy(text))) == charged


def test_a_hospital_waits_120_days_from_the_bill_and_30_from_the_notice() -> None:
    policy = read_policy(conduct('["hospital"]'))
    final = told(policy, late=45, level=4, issue_on=AS_OF - timedelta(days=60))
    assert final.pay_by == AS_OF + timedelta(days=60)
    assert told(policy, late=45, level=4, issue_on=AS_OF - timedelta(days=300)).pay_by == AS_OF + timedelta(days=30)
    assert told(read_policy(DEFAULT_POLICY), late=45, level=4).pay_by == AS_OF + timedelta(days=10)


@pytest.mark.parametrize(("bill_age", "told_ago", "proposed"), [(119, 30, 0), (120, 30, 1), (300, 29, 0), (300, 30, 1)])
def test_a_hospital_debt_goes_to_nobody_before_its_day(bill_age: int, told_ago: int, proposed: int) -> None:
    policies = Policies((read_policy(conduct('["hospital"]')),))
    one = Debt(1, "I", AS_OF - timedelta(days=90), 9_900, 5, AS_OF - timedelta(days=told_ago), 1, "invoice", 9_900,
               AS_OF - timedelta(days=bill_age))  # fmt: skip
    assert len(propose_handoffs([Account(CONSUMER, "EUR", (one,))], policies, AS_OF)) == proposed


DANISH = charging('interest = { regime = "DK" }', 'DKK = "100.00"')


def test_danish_fees_ten_days_apart_are_charged_and_not_again_after_a_return() -> None:
    policy = read_policy(DANISH.replace("rest_days = 7 ", "rest_days = 10"))
    assert fees(policy, currency="DKK") == [10_000]
    assert fees(policy, currency="DKK", episode=2) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("rest_days = 7 ", "rest_days = 9 ", "fee: 100.00 DKK is above 0.00 (renteloven 9b(2): three fees of DKK 100"),
        ('DKK = "100.00"', 'DKK = "100.01"', "fee: 100.01 DKK is above 100.00"),
        ('DKK = "100.00"', 'EUR = "9.00"', "fee: DK allows fees in DKK after the due date only"),
        ('tone = "courtesy"', 'tone = "courtesy"\nfee = { DKK = "1.00" }', "fee: DK allows fees in DKK after the due"),
    ],
)
def test_a_policy_with_fees_that_denmark_never_allows_is_refused(old: str, new: str, message: str) -> None:
    with pytest.raises(UsageError, match=r"p\.toml, line [0-9]+: ") as raised:
        read_policy(DANISH.replace(old, new), "p.toml")
    assert message in str(raised.value)


@pytest.mark.parametrize(
    ("minor", "level", "fixed", "expected"),
    [
        (100_000, 1, "", [10_000]),  # 15 % of 1,000.00 are 150.00
        (100_000, 2, "", [5_000]),  # what the second reminder may add
        (10_000, 1, "", [4_000]),  # at least 40.00 in all
        (10_000, 2, "", []),
        (100_000, 2, ", compensation = true", [1_000]),  # the fixed sum of 40.00 is part of the costs
    ],
)
def test_dutch_fees_stay_within_the_collection_costs(minor: int, level: int, fixed: str, expected: list[int]) -> None:
    text = charging(f'interest = {{ regime = "NL"{fixed} }}', 'EUR = "100.00"')
    text = text.replace("charge_consumers = true", "")  # of a business; a consumer has a right to a letter first
    policy = read_policy(text.replace('tone = "urgent"', 'tone = "urgent"\ninterest = true'))
    assert fees(policy, minor=minor, level=level, who=replace(CONSUMER, consumer=False)) == expected


def test_a_fee_whose_mail_came_back_is_not_charged_again(books: Any) -> None:
    books.feed()
    books.invoice(books.customer("A", consumer=1), "INV-1", late=20)
    text, box = charging("", 'EUR = "2.50"'), Postbox()
    with post_office(box) as port:
        send(books, port, text, NOON)
        identity = str(box.delivered[0]["Message-ID"])
        assert read_bounce(report(identity))
        take_bounces(books.store, [("1.eml", report(identity))], EVA)
        with books.store.write() as connection:
            connection.execute(stop.delete())  # the address was put right
        send(books, port, text, NOON + timedelta(days=1), AS_OF + timedelta(days=1))
    with books.store.read() as connection:
        owed = connection.execute(select(open_item.c.open_minor)).scalars().all()
        demanded = connection.execute(select(notice.c.demanded_minor).order_by(notice.c.id)).scalars().all()
    assert sorted(owed) == [250, 10_000] and demanded == [10_000, 10_250]
    again = box.delivered[1].get_payload()[0].get_payload(decode=True).decode()
    assert "€102.50" in again and "€105.00" not in again


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('rules = ["CA"]', "rules: 'CA' is not known. Choose from US, FL, MA, TX, hospital."),
        ('time_zones = ["Dallas"]', "time_zones: 'Dallas' is not a time zone."),
        ("rulez = []", "rulez: is not a key of the policy. Did you mean 'rules'?"),
    ],
)
def test_a_wrong_rule_of_conduct_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(UsageError, match="line 53") as raised:
        read_policy(f"{DEFAULT_POLICY}\n[conduct]\n{line}\n")
    assert message in str(raised.value)


MONDAY = date(2026, 3, 2)


@pytest.mark.parametrize(
    ("place", "calls", "after_days", "allowed"),
    [
        ("US", [(day, False) for day in range(6)], 6, True),
        ("US", [(0, False)] * 7, 0, False),
        ("US", [(0, False)] * 7, 6, False),
        ("US", [(0, False)] * 7, 7, True),
        ("US", [(0, True)], 6, False),
        ("US", [(0, True)], 7, True),
        ("MA", [(0, False), (1, True)], 6, False),
        ("MA", [(0, False), (1, True)], 7, True),
    ],
)
def test_calls_are_counted_by_seven_days(
    place: str, calls: list[tuple[int, bool]], after_days: int, allowed: bool
) -> None:
    made = [(MONDAY + timedelta(days=day), spoke) for day, spoke in calls]
    assert (call_refusal(made, CALL_LIMITS[place], MONDAY + timedelta(days=after_days)) == "") is allowed
