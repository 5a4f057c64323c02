"""Collecting beside the nightly plan: receipts, statements, bounces, doubtful mails, a policy tried on history."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.stories.world import Company, Done

Command = Callable[..., Done]


def outbox(known: Company, subject: str) -> list[Path]:
    found = (path for path in sorted((known.folder / "outbox").glob("*.eml")) if subject in path.read_text())
    return list(found)


def change(known: Company, sql: str) -> None:
    with sqlite3.connect(known.folder / "recon.sqlite") as books:
        books.execute(sql)
    books.close()


def test_receipt_thanks_for_what_was_applied_and_only_once(known: Company, recon: Command) -> None:
    done = recon("receipts", "--json", "--as-of", "2026-03-31")
    assert (done.code, done.last["planned"], done.last["sent"]) == (0, 1, 1), done.out
    (mail,) = outbox(known, "Thank you for your payment")
    assert "410011" in mail.read_text()
    for day in ("2026-03-31", "2026-04-01"):
        again = recon("receipts", "--json", "--as-of", day)
        assert (again.last["planned"], again.last["sent"]) == (0, 0)
    proof = recon("verify", "--json")
    assert proof.code == 0, proof.out


def test_rehearsed_receipts_thank_nobody(known: Company, recon: Command) -> None:
    assert recon("receipts", "--json", "--dry-run", "--as-of", "2026-03-31").last["planned"] == 1
    assert outbox(known, "Thank you for your payment") == []
    assert recon("receipts", "--json", "--as-of", "2026-03-31").last["planned"] == 1


def test_statement_of_account_goes_to_one_customer_or_all_once_a_day(known: Company, recon: Command) -> None:
    one = recon("notices", "statements", "--customer", "C2", "--json", "--as-of", "2026-03-31")
    assert (one.last["planned"], one.last["sent"]) == (1, 1), one.out
    rest = recon("notices", "statements", "--json", "--as-of", "2026-03-31")
    assert (rest.last["planned"], rest.last["sent"]) == (1, 1)
    unknown = recon("notices", "statements", "--customer", "C9", "--as-of", "2026-03-31")
    assert (unknown.code, "owes nothing" in unknown.err) == (1, True)
    kinds = [(one["kind"], one["customer"]) for one in recon("notices", "list", "--json").records("notice")]
    assert sorted(kinds) == [("reminder", "C1"), ("reminder", "C2"), ("statement", "C1"), ("statement", "C2")]


def test_person_says_whether_a_doubtful_mail_left(known: Company, recon: Command) -> None:
    change(known, "UPDATE notice SET state = 'uncertain', state_reason = 'connection broke'")
    waiting = recon("notices", "list", "--state", "uncertain", "--json").records("notice")
    ids = {one["customer"]: str(one["id"]) for one in waiting}
    assert recon("notices", "resolve", ids["C1"], "--sent").code == 0
    assert recon("notices", "resolve", ids["C2"], "--not-sent", "--json").last["state"] == "failed"
    again = recon("notices", "resolve", ids["C2"], "--sent")
    assert (again.code, "is not uncertain" in again.err) == (1, True)
    assert recon("notices", "list", "--state", "uncertain", "--json").last["notices"] == 0
    assert recon("notices", "list", "--state", "odd").code == 2
    proof = recon("verify", "--json")
    assert proof.code == 0, proof.out


def test_bounce_puts_the_address_to_rest_and_opens_a_task(known: Company, recon: Command) -> None:
    change(known, "UPDATE notice SET state = 'sent' WHERE state = 'trial'")
    told = recon("notices", "list", "--json").records("notice")
    identity = next(one["message_id"] for one in told if one["customer"] == "C2")
    (known.folder / "bounces").mkdir()
    (known.folder / "bounces" / "1.eml").write_text(
        "From: MAILER-DAEMON@mx.example.com\nTo: ar@example.com\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        "Final-Recipient: rfc822; pay@bluecrest.example.com\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {identity}\nSubject: Reminder\n\n--b--\n"
    )
    for _ in range(2):
        done = recon("notices", "bounces", "bounces", "--json")
        assert (done.code, done.last["hard"]) == (0, 1), done.out
    states = {one["customer"]: one["state"] for one in recon("notices", "list", "--json").records("notice")}
    assert states == {"C1": "sent", "C2": "bounced"}
    tasks = [one for one in recon("review", "list", "--json").records("item") if one["kind"] == "task"]
    assert len(tasks) == 1


def test_policy_is_tried_on_history_before_it_is_used(known: Company, recon: Command) -> None:
    (known.folder / "late.toml").write_text(LATE, encoding="utf-8")
    arguments = ("notices", "simulate", "--policy", "late.toml", "--from", "2026-02-01", "--to", "2026-03-31")
    done = recon(*arguments, "--json")
    assert done.code == 0, done.out + done.err
    rows = {one["what"]: (one["current"], one["other"]) for one in done.records("compared")}
    assert rows["written to although paid"] == ("0", "0")
    assert int(rows["notices"][0]) > int(rows["notices"][1]) > 0
    assert done.last["after_payment"] == 0
    assert recon(*arguments[:-1], "2026-01-01").code == 2


LATE = """

id = "late"
[[tiers]]
name = "reminder"
days = 20
tone = "friendly"
"""
