"""Whatever the clock does to a scheduled night - summer time, a leap day, a clock set back, missed nights, a night a
minute - every tier of the ladder is told exactly once, in its order, and nothing that was missed is lost.
"""

import contextlib
import sqlite3
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from tests.stories.world import Company, Done, ofx

BERLIN = ZoneInfo("Europe/Berlin")
DAY = timedelta(days=1)


def quiet_day(company: Company, day: date) -> None:
    """Let the bank say that nothing came: the gate is shut while its news is old."""
    of_the_day = ofx(balance="0.00").replace("20260331", f"{day:%Y%m%d}").replace("20260301", f"{day:%Y%m%d}")
    company.drop(f"{day}.ofx", of_the_day)


def night_at(company: Company, moment: datetime) -> Done:
    """Run the night as a scheduler does, without a business day, at a moment of the machine's clock."""
    with time_machine.travel(moment):
        return company.run("nightly", "--json")


def run_nights(company: Company, moments: Iterable[datetime]) -> None:
    for moment in moments:
        quiet_day(company, moment.date())
        done = night_at(company, moment)
        assert done.code == 0, done.err


def rows(company: Company, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(company.folder / "recon.sqlite")) as connection:
        return connection.execute(sql).fetchall()


def require_each_tier_once(company: Company) -> dict[object, list[object]]:
    """Fail unless each invoice was told each of its tiers once and in order, one mail a day at most; return them."""
    told = rows(company, "SELECT open_item_id, level FROM notice_line WHERE advances = 1 ORDER BY notice_id")
    assert not [twice for twice, count in Counter(told).items() if count > 1]
    tiers: dict[object, list[object]] = {}
    for item, level in told:
        tiers.setdefault(item, []).append(level)
    assert all(levels == sorted(levels) for levels in tiers.values())  # type: ignore[type-var]
    a_day = rows(company, "SELECT customer_id, currency, day, count(*) FROM notice GROUP BY 1, 2, 3")
    assert {count for *_, count in a_day} <= {1}
    assert len(list((company.folder / "outbox").glob("*.eml"))) == sum(row[3] for row in a_day)  # type: ignore[misc]
    company.require_proof()
    return tiers


def test_days_without_any_movement_are_nights_like_others(company: Company) -> None:
    run_nights(company, (datetime(2026, 2, 1 + n, 20, tzinfo=BERLIN) for n in range(3)))
    company.require_proof()
    assert "opening 0.00 + lines 0.00 = closing 0.00" in company.run("verify").out


@pytest.mark.parametrize("day", [date(2026, 3, 29), date(2026, 10, 25)], ids=["spring", "autumn"])
def test_nights_every_hour_through_a_change_of_the_clocks_tell_each_tier_once(company: Company, day: date) -> None:
    """Between 2 and 3 o'clock an hour is missing, or comes twice."""
    start = datetime(day.year, day.month, day.day, 0, 30, tzinfo=BERLIN).astimezone(UTC) - timedelta(hours=2)
    moments = [(start + timedelta(hours=n)).astimezone(BERLIN) for n in range(6)]
    assert len({moment.utcoffset() for moment in moments}) == 2
    run_nights(company, moments)
    days = {row[0] for row in rows(company, "SELECT as_of FROM run WHERE kind = 'nightly'")}
    assert days == {(day - DAY).isoformat(), day.isoformat()}
    assert require_each_tier_once(company)


def test_leap_day_is_a_day_like_others(company: Company) -> None:
    (company.folder / "leap.csv").write_text(
        "id,customer_id,number,issue_date,due_date,currency,amount\n"
        "8,C1,410088,2028-01-30,2028-02-28,USD,10.00\n9,C2,410089,2028-01-31,2028-02-29,USD,20.00\n",
        encoding="utf-8",
    )
    assert company.run("import", "invoices", "leap.csv").code == 0
    run_nights(company, (datetime(2028, 2, 27, 20, tzinfo=BERLIN) + n * DAY for n in range(4)))
    days = [row[0] for row in rows(company, "SELECT as_of FROM run WHERE kind = 'nightly' ORDER BY id")]
    assert days == ["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01"]
    assert require_each_tier_once(company)
    told = rows(
        company,
        "SELECT n.day, o.due_on, l.days_past_due FROM notice_line AS l JOIN notice AS n ON n.id = l.notice_id"
        " JOIN open_item AS o ON o.id = l.open_item_id",
    )
    counted = [(date.fromisoformat(str(day)) - date.fromisoformat(str(due))).days for day, due, _ in told]
    assert [past for *_, past in told] == counted


def test_clock_set_back_sends_nothing_again_and_the_chain_holds(company: Company) -> None:
    noon = datetime(2026, 2, 17, 12, tzinfo=BERLIN)
    run_nights(company, [noon])
    before = require_each_tier_once(company)
    assert before
    for back in (timedelta(minutes=10), timedelta(hours=13), 3 * DAY):
        assert night_at(company, noon - back).code == 0
        assert require_each_tier_once(company) == before
    run_nights(company, [noon + DAY])
    require_each_tier_once(company)


def test_night_every_minute_tells_each_tier_once(company: Company) -> None:
    evening = datetime(2026, 2, 17, 23, 50, tzinfo=BERLIN)
    run_nights(company, (evening + timedelta(minutes=n) for n in range(20)))
    tiers = require_each_tier_once(company)
    assert len(rows(company, "SELECT id FROM run WHERE kind = 'nightly'")) == 20
    assert tiers


def test_one_to_thirty_missed_nights_are_caught_up_with(company: Company) -> None:
    """After each gap one night: 1 night missed, then 2, and so on to 30; more than a year in all."""
    day, invoices = date(2026, 1, 5), []
    moments = []
    for missed in range(1, 31):
        day += (missed + 1) * DAY
        moments.append(datetime(day.year, day.month, day.day, 20, tzinfo=BERLIN))
        due = day - 10 * DAY
        invoices.append(f"{100 + missed},C{missed % 2 + 1},G{missed},{due - 30 * DAY},{due},USD,{missed}.00")
    head = "id,customer_id,number,issue_date,due_date,currency,amount\n"
    (company.folder / "gaps.csv").write_text(head + "\n".join(invoices) + "\n", encoding="utf-8")
    assert company.run("import", "invoices", "gaps.csv").code == 0
    run_nights(company, moments)
    tiers = require_each_tier_once(company)
    early = [f"G{missed}" for missed in range(1, 20)]
    names = dict(rows(company, "SELECT number, id FROM open_item"))
    top = max(max(levels) for levels in tiers.values())  # type: ignore[type-var]
    assert {tiers[names[name]][-1] for name in early} == {top}, "what was missed is caught up with, to the last tier"
