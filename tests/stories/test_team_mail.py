"""The report to the team whose way nobody knows: a person finds out, and it is sent again or not."""

import sqlite3
from contextlib import closing

import pytest

from tests.stories.test_mail import MARCH, Mailbox, configure, server
from tests.stories.world import Company

__all__ = ["server"]
TEAM = "team@company.example.com"


@pytest.fixture
def doubtful(company: Company, server: tuple[Mailbox, int]) -> Company:
    """The company after a night whose report to the team may or may not have left."""
    configure(company, server[1], f'live = true\nsummary_to = ["{TEAM}"]')
    company.drop("march.ofx", MARCH)
    assert company.night().code == 0
    with closing(sqlite3.connect(company.folder / "recon.sqlite")) as books:
        books.execute("UPDATE team_mail SET state = 'uncertain', state_reason = 'connection broke'")
        books.commit()
    return company


def reports(company: Company, state: str = "") -> list[tuple[str, str]]:
    told = company.run("notices", "reports", "--json", "--state", state).records("report")
    return [(str(one["id"]), one["state"]) for one in told]


def test_report_that_did_not_leave_is_sent_by_the_next_night(
    doubtful: Company,
    server: tuple[Mailbox, int],
) -> None:
    ((number, _),) = reports(doubtful, "uncertain")
    before = [to for to, _ in server[0].mails].count(TEAM)
    assert doubtful.run("notices", "resolve-report", number, "--not-sent").code == 0
    assert reports(doubtful) == [(number, "planned")]
    assert doubtful.night(day="2026-04-01").code == 0
    assert [to for to, _ in server[0].mails].count(TEAM) == before + 2  # it, and the report of that night
    assert {state for _, state in reports(doubtful)} == {"sent"}
    doubtful.require_proof()


def test_report_that_left_is_not_sent_again(doubtful: Company, server: tuple[Mailbox, int]) -> None:
    ((number, _),) = reports(doubtful, "uncertain")
    assert doubtful.run("notices", "resolve-report", number, "--sent").code == 0
    again = doubtful.run("notices", "resolve-report", number, "--not-sent")
    assert (again.code, "is not uncertain" in again.err) == (1, True)
    assert doubtful.run("notices", "reports", "--state", "odd").code == 2
    assert reports(doubtful, "uncertain") == []
