"""Closed months and the people who may close them: what is closed is corrected in the open period."""

from datetime import UTC, datetime

from tests.stories.conftest import Command
from tests.stories.desk import applied, arrive, line_of
from tests.stories.test_booking import holds, opened
from tests.stories.world import Company, ofx, paid

CLOSE = ("period", "close", "2026-03-31", "--as-of", "2026-04-02", "--reason", "March")
WRITE_OFF = ("book", "write-off", "C2", "--invoice", "410013=1.00", "--reason", "x", "--json", "--as-of")


def test_closed_month_refuses_entries_until_it_is_reopened_with_a_reason(recon: Command) -> None:
    assert recon(*CLOSE).code == 0
    early = recon("period", "close", "2026-04-30", "--as-of", "2026-04-02")
    assert (early.code, "not over yet" in early.err) == (2, True)
    refused = recon(*WRITE_OFF, "2026-03-31")
    assert refused.code == 1
    assert (
        refused.last["message"] == "the books of main are closed through 2026-03-31, so nothing is booked on 2026-03-31"
    )
    assert "--as-of" in refused.last["remedy"]
    assert recon(*WRITE_OFF, "2026-04-01").code == 0
    without = recon("period", "reopen", "2026-02-28")
    assert (without.code, "--reason" in without.err) == (2, True)
    assert recon("period", "reopen", "2026-02-28", "--reason", "late invoice").code == 0
    told = recon("period", "list", "--json")
    assert told.last["closed_through"] == {"main": "2026-02-28"}
    assert [one["act"] for one in told.records("period")] == ["closed", "reopened"]
    assert "main  reopened after 2026-02-28  by" in recon("period", "list").out
    assert recon(*WRITE_OFF, "2026-03-31").code == 0
    assert recon("period", "close", "soon").code == 2
    assert holds(recon)


def test_period_that_is_closed_already_says_through_when(recon: Command) -> None:
    assert recon(*CLOSE).code == 0
    again = recon("period", "close", "2026-02-28", "--as-of", "2026-04-02")
    assert (again.code, "closed through 2026-03-31 already" in again.err) == (1, True)
    beyond = recon("period", "reopen", "2026-04-30", "--reason", "x")
    assert (beyond.code, "closed through 2026-03-31" in beyond.err) == (1, True)


def test_what_was_booked_in_a_closed_month_is_taken_back_in_the_open_one(recon: Command) -> None:
    assert recon(*CLOSE).code == 0
    line = recon("explain", "410011", "--json").records("line")[0]["id"]
    done = recon("undo", line, "--reason", "wrong customer", "--as-of", "2026-03-31")
    assert (done.code, "booked on 2026-04-01" in done.out) == (0, True)
    assert opened(recon, "410011") == "1500.00"
    told = recon("explain", "410011", "--json").records("entry")
    assert [one["booked_on"] for one in told if one["kind"] == "undo"] == ["2026-04-01"]
    assert holds(recon)


def test_reviewed_deposit_is_not_placed_in_a_closed_month(known: Company, recon: Command) -> None:
    known.drop("april.ofx", ofx(paid("F9", "77.77", "SOMEBODY ELSE", "THANKS", "20260331")))
    recon("nightly", "-q", "--as-of", "2026-03-31")
    closed = recon(*CLOSE, "--json")
    assert [(one["count"], one["amount"]) for one in closed.records("waiting")] == [(1, "77.77")]
    (item,) = recon("review", "list", "--json").records("item")
    place = ("review", "apply", str(item["id"]), "--on-account", "C2", "--as-of")
    refused = recon(*place, "2026-03-31")
    assert (refused.code, "closed through 2026-03-31" in refused.err) == (1, True)
    assert recon(*place, "2026-04-02").code == 0
    assert holds(recon)


def test_late_line_of_a_closed_month_is_booked_on_the_first_open_day(known: Company, recon: Command) -> None:
    assert recon(*CLOSE).code == 0
    known.drop("late.ofx", ofx(paid("F9", "99.99", "BLUECREST FOODS INC.", "INV 410013", "20260330")))
    assert recon("nightly", "-q", "--as-of", "2026-04-02").code == 0
    told = recon("explain", "410013", "--json")
    assert {one["booked_on"] for one in told.records("entry")} <= {"2026-04-01", "2026-04-02"}
    assert holds(recon)


def test_roles_say_who_closes_and_who_reopens(recon: Command) -> None:
    assert recon("user", "list", "--json").last["users"] == 0
    first = recon("user", "add", "ana", "--role", "accountant")
    assert (first.code, "nobody would be controller" in first.err) == (1, True)
    assert recon("user", "add", "cleo", "--role", "controller").code == 0
    stranger = recon("user", "add", "ana", "--role", "accountant", RECON_ACTOR="mallory")
    assert (stranger.code, "no user of these books" in stranger.err) == (1, True)
    for name, role in (("ana", "accountant"), ("rob", "reviewer"), ("vic", "viewer")):
        assert recon("user", "add", name, "--role", role, RECON_ACTOR="cleo").code == 0
    for name, code in (("vic", 1), ("rob", 1), ("ana", 0)):
        assert recon(*CLOSE, RECON_ACTOR=name).code == code, name
    reopen = ("period", "reopen", "2026-02-28", "--reason", "late invoice")
    by_ana = recon(*reopen, RECON_ACTOR="ana")
    assert (by_ana.code, "ana is accountant and may not reopen a period" in by_ana.err) == (1, True)
    assert "Ask somebody who is controller" in by_ana.err
    assert recon(*reopen, RECON_ACTOR="cleo").code == 0
    assert [one["actor"] for one in recon("period", "list", "--json").records("period")] == ["ana", "cleo"]
    assert holds(recon)


def test_roles_bind_bookings_undo_and_erasure_but_not_the_night(known: Company, recon: Command) -> None:
    assert recon("user", "add", "cleo", "--role", "controller").code == 0
    assert recon("user", "add", "rob", "--role", "reviewer", RECON_ACTOR="cleo").code == 0
    assert recon(*WRITE_OFF, "2026-04-01", RECON_ACTOR="rob").code == 1
    assert recon("undo", "E2", RECON_ACTOR="mallory").code == 1
    assert recon("undo", "E2", RECON_ACTOR="rob").code == 0
    assert recon("customer", "erase", "C2", "--reason", "asked", RECON_ACTOR="rob").code == 1
    known.drop("april.ofx", ofx(paid("F9", "99.99", "BLUECREST FOODS INC.", "INV 410013", "20260331")))
    assert recon("nightly", "-q", "--as-of", "2026-04-01", RECON_ACTOR="cron").code == 0
    (item, *_) = recon("review", "list", "--json").records("item")
    assert recon("review", "reject", str(item["id"]), RECON_ACTOR="mallory").code == 1
    assert recon("review", "reject", str(item["id"]), RECON_ACTOR="rob").code == 0
    assert holds(recon)


def test_last_controller_stays_while_others_are_named(recon: Command) -> None:
    assert recon("user", "add", "cleo", "--role", "controller").code == 0
    assert recon("user", "add", "rob", "--role", "reviewer", RECON_ACTOR="cleo").code == 0
    assert recon("user", "add", "cleo", "--role", "viewer", RECON_ACTOR="cleo").code == 1
    assert recon("user", "remove", "cleo", RECON_ACTOR="cleo").code == 1
    assert recon("user", "remove", "nobody", RECON_ACTOR="cleo").code == 1
    assert recon("user", "remove", "rob", RECON_ACTOR="cleo").code == 0
    assert recon("user", "remove", "cleo", RECON_ACTOR="cleo").code == 0
    assert "everybody may do everything" in recon("user", "list").out
    for name, role in (("", "viewer"), ("a b\n", "viewer"), ("ana", "boss")):
        assert recon("user", "add", name, "--role", role).code == 2, (name, role)


def test_retention_blanks_what_is_older_than_a_day(recon: Command) -> None:
    shown = recon("explain", "D1").out
    assert "AMBERLINE" in shown
    ahead = recon("customer", "erase-before", "2999-01-01", "--reason", "retention")
    assert (ahead.code, "still to come" in ahead.err) == (2, True)
    done = recon("customer", "erase-before", "2026-04-01", "--reason", "ten years are over", "--json")
    assert (done.code, done.last["lines"]) == (0, 1)
    assert "AMBERLINE" not in recon("explain", "D1").out
    assert opened(recon, "410011") == "0.00"
    assert holds(recon)


def test_month_is_closed_by_roles_on_either_database(books: Company) -> None:
    """The whole way once more on PostgreSQL: closed, corrected in the open month, reopened, known as it was."""
    (item,) = arrive(books, ("F1", "99.99"))
    assert books.run("user", "add", "cleo", "--role", "controller").code == 0
    assert books.run("user", "add", "ana", "--role", "accountant", RECON_ACTOR="cleo").code == 0
    applied(books, item, "--invoice", "410013=99.99", RECON_ACTOR="ana")
    assert books.run(*CLOSE, RECON_ACTOR="ana").code == 0
    before = datetime.now(UTC).isoformat()
    done = books.run("undo", line_of(books, item), "--as-of", "2026-03-31", RECON_ACTOR="ana")
    assert (done.code, "booked on 2026-04-01" in done.out) == (0, True)
    again = ("review", "apply", item, "--on-account", "C2", "--as-of", "2026-03-31")
    assert books.run(*again, RECON_ACTOR="ana").code == 1
    assert books.run("period", "reopen", "2026-02-28", "--reason", "late", RECON_ACTOR="ana").code == 1
    assert books.run("period", "reopen", "2026-02-28", "--reason", "late", RECON_ACTOR="cleo").code == 0
    assert books.run(*again, RECON_ACTOR="ana").code == 0
    told = books.run("history", "--known-at", before, "--json").records("balance")
    then = {one["account"]: one["amount"] for one in told}
    assert then == {"bank": "99.99", "receivable": "-99.99"}
    books.require_proof()
