"""A seeded year of a thousand customers, and planted faults that the same check must find."""

import os
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from bench.notices.year import END, START, comes_back, world
from notices.night import load_replay
from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.simulate import PastInvoice, PastPayment, Replay, compare, faults, replay
from recon.model import Customer, Stop
from recon.store.schema import entry, posting

sys.path.insert(0, str(Path(__file__).parent))
from planted_faults import PLANTED

CUSTOMERS = int(os.environ.get("RECON_SIMULATED_CUSTOMERS", "60"))


@pytest.fixture(scope="module")
def year() -> tuple[list[PastInvoice], list[Stop], Replay]:
    customers = CUSTOMERS
    history, stops = world(customers)
    return history, stops, replay(history, default_policies(), START, END, stops, comes_back(customers))


def test_a_year_repeats_skips_and_over_demands_nothing(year: tuple[Any, Any, Replay]) -> None:
    history, stops, told = year
    assert faults(told.notices, history, default_policies(), stops, told.returned) == []
    assert len(told.notices) > 50 and {tier for tier, _ in told.by_tier} == {
        t.name for t in default_policies().all[0].tiers
    }


def test_what_came_back_is_told_again_at_its_level_and_not_to_the_same_address(
    year: tuple[Any, Any, Replay],
) -> None:
    _, _, told = year
    assert told.returned
    for came_back in told.returned:
        later = [one for one in told.notices if one.customer == came_back.customer and one.day > came_back.day]
        (broken,) = (b for b in comes_back(CUSTOMERS) if b.customer_id == came_back.customer.id)
        assert all(one.channel == "task" for one in later if one.day < broken.corrected_on)


def test_nobody_is_written_to_whose_money_had_arrived(year: tuple[Any, Any, Replay]) -> None:
    _, _, told = year
    assert told.after_payment == () and dict(told.blocked)["deposit may pay it"] > 0


def test_nobody_is_written_to_while_a_stop_holds(year: tuple[Any, Any, Replay]) -> None:
    _, stops, told = year
    for stop in stops:
        for one in told.notices:
            if one.customer.id == stop.customer_id and stop.starts_on <= one.day <= (stop.ends_on or END):
                assert stop.open_item_id and stop.open_item_id not in {line.open_item_id for line in one.lines}


def test_two_policies_are_compared_on_the_same_history(year: tuple[Any, Any, Replay]) -> None:
    history, stops, old = year
    gentle = read_policies(DEFAULT_POLICY.replace("days = 3\n", "days = 10\n"))
    rows = {name: (first, second) for name, first, second in compare(old, replay(history, gentle, START, END, stops))}
    assert rows["written to although paid"] == ("0", "0")
    assert int(rows["notices: reminder"][1]) < int(rows["notices: reminder"][0])


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found(name: str, year: tuple[Any, Any, Replay], monkeypatch: pytest.MonkeyPatch) -> None:
    history, stops, _ = year
    owner, attribute, fault = PLANTED[name]
    monkeypatch.setattr(owner, attribute, fault)
    told = replay(history, default_policies(), START, START + timedelta(days=240), stops)
    assert faults(told.notices, history, default_policies(), stops) != []


def test_the_replay_of_an_empty_history_says_nothing() -> None:
    assert replay([], default_policies(), START, START) == Replay((), (), (), 0, (), None)


def told_once(payments: tuple[PastPayment, ...]) -> Replay:
    who = Customer(1, "main", "C1", "Ada", email="a@pay.example")
    one = PastInvoice(1, who, "EUR", "I", START, START, 10_000, payments)
    return replay([one], default_policies(), START, START + timedelta(days=12))


@pytest.mark.parametrize(
    ("payments", "took", "money_days"),
    [
        ((), (), 10_000 * 10),  # told on day 3, open through day 12
        (((8, 10_000),), (("EUR", 1, 5),), 10_000 * 5),
        (((5, 4_000), (8, 6_000)), (("EUR", 1, 5),), 10_000 * 2 + 6_000 * 3),
        (((5, 10_000), (7, -10_000)), (), 10_000 * 2 + 10_000 * 6),  # returned: not paid
    ],
)
def test_the_cash_effect_is_counted_from_what_arrived(payments: Any, took: Any, money_days: int) -> None:
    days = [(START + timedelta(days=day), minor) for day, minor in payments]
    told = told_once(tuple(PastPayment(day, day, minor) for day, minor in days))
    assert (told.told_to_paid, told.money_days) == (took, (("EUR", money_days),))


def test_money_on_account_is_netted_in_the_replay(books: Any) -> None:
    who = books.customer("A")
    books.invoice(who, "INV-1", late=20, minor=10_000)
    row = {"company": "main", "booked_on": "2026-03-01", "kind": "receipt", "actor": "x", "recorded_at": "x"}
    with books.store.write() as connection:
        connection.execute(entry.insert().values(id=1, **row, previous_hash="x", hash="x"))
        cash = {"entry_id": 1, "ordinal": 1, "account": "on_account", "currency": "EUR", "customer_id": who}
        connection.execute(posting.insert().values(**cash, amount_minor=-7_000))
    history, stops = load_replay(books.store, date(2026, 3, 31))
    told = replay(history, default_policies(), date(2026, 3, 1), date(2026, 3, 31), stops)
    assert [one.demanded_minor for one in told.notices] == [3_000, 3_000]
    assert faults(told.notices, history, default_policies(), stops) == []
