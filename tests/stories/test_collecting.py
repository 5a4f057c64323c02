"""Collecting beside the nightly plan: receipts, statements, bounces, doubtful mails, a policy tried on history."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from tests.notices.imap_server import Mailbox, imap_server
from tests.stories.world import Company, Done, ofx, paid

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


def bounce(known: Company, recon: Command) -> str:
    """Let Bluecrest's reminder be sent, and return the report that it did not arrive."""
    change(known, "UPDATE notice SET state = 'sent' WHERE state = 'trial'")
    told = recon("notices", "list", "--json").records("notice")
    identity = next(one["message_id"] for one in told if one["customer"] == "C2")
    return (
        "From: MAILER-DAEMON@mx.example.com\nTo: ar@example.com\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nNo such user.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example.com\n\n"
        "Final-Recipient: rfc822; pay@bluecrest.example.com\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\nMessage-ID: {identity}\nSubject: Reminder\n\n--b--\n"
    )


def require_bounced(recon: Command) -> None:
    states = {one["customer"]: one["state"] for one in recon("notices", "list", "--json").records("notice")}
    assert states == {"C1": "sent", "C2": "bounced"}
    tasks = [one for one in recon("review", "list", "--json").records("item") if one["kind"] == "task"]
    assert len(tasks) == 1
    assert [one["kind"] for one in recon("hold", "list", "--json").records("stop")] == ["bounced"]


def test_bounce_puts_the_address_to_rest_and_opens_a_task(known: Company, recon: Command) -> None:
    report = bounce(known, recon)
    (known.folder / "bounces").mkdir()
    (known.folder / "bounces" / "1.eml").write_text(report, encoding="ascii")
    for _ in range(2):
        done = recon("notices", "bounces", "bounces", "--json")
        assert (done.code, done.last["hard"]) == (0, 1), done.out
    require_bounced(recon)


def test_bounces_come_from_the_mailbox_of_the_settings(known: Company, recon: Command) -> None:
    nowhere = recon("notices", "bounces")
    assert (nowhere.code, "[bounces] host" in nowhere.err) == (2, True)
    box = Mailbox([bounce(known, recon).replace("\n", "\r\n").encode()])
    with imap_server(box) as port:
        with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
            settings.write(f'\n[bounces]\nhost = "127.0.0.1"\nport = {port}\nuser = "b"\nsecurity = "none"\n')
        assert recon("notices", "bounces", "--dry-run", RECON_IMAP_PASSWORD="secret").code == 2
        wrong = recon("notices", "bounces", RECON_IMAP_PASSWORD="wrong")
        assert (wrong.code, "stay unseen" in wrong.err) == (1, True)
        done = recon("notices", "bounces", "--json", RECON_IMAP_PASSWORD="secret")
        assert (done.code, done.last["hard"]) == (0, 1), done.out
        assert recon("notices", "bounces", "--json", RECON_IMAP_PASSWORD="secret").last["hard"] == 0
    require_bounced(recon)


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


def test_last_notice_without_effect_is_handed_over_by_a_person_and_called_back_when_paid(
    known: Company, recon: Command
) -> None:
    assert recon("agency", "list", "--json", "--as-of", "2026-03-31").last == {
        "type": "summary", "due": 0, "there": 0, "exit": 0
    }  # fmt: skip
    early = recon("agency", "approve", "C2", "--out", "agency", "--as-of", "2026-03-31")
    assert (early.code, "is not due" in early.err) == (1, True)
    change(known, "UPDATE notice_line SET level = 5 WHERE level > 0")
    change(known, "UPDATE notice SET state = 'sent', sent_at = '2026-03-31T06:00:00.000000Z'")
    (due,) = [one for one in recon("agency", "list", "--json", "--as-of", "2026-04-30").records("handoff")
              if one["customer"] == "C2"]  # fmt: skip
    assert (due["open"], due["invoices"]) == ("99.99", ["410013"])
    given = ("agency", "approve", "C2", "--out", "agency", "--as-of", "2026-04-30", "--json")
    assert recon(*given, "--dry-run").code == 0
    assert not (known.folder / "agency").exists()
    done = recon(*given)
    assert done.code == 0, done.out
    names = sorted(path.suffix for path in (known.folder / "agency").iterdir())
    assert names == [".csv", ".pdf"]
    assert "410013" in next((known.folder / "agency").glob("*.csv")).read_text(encoding="utf-8")
    assert [one["kind"] for one in recon("hold", "list", "--json").records("stop")] == ["agency"]
    assert recon(*given).code == 1
    assert recon("agency", "recall", "--json").last["recalled"] == []
    assert recon("book", "write-off", "C2", "--invoice", "410013=99.99", "--reason", "paid the agency").code == 0
    assert recon("agency", "recall", "--json").last["recalled"] == ["C2"]
    assert recon("hold", "list", "--json").records("stop") == []


def test_holds_of_every_kind_silence_a_customer(recon: Command) -> None:
    for kind in ("hold", "insolvency", "legal", "agency"):
        done = recon("hold", "add", "C2", "--kind", kind, "--reason", "lawyer", "--json", "--as-of", "2026-03-31")
        assert done.code == 0, done.out
        silences = recon("notices", "plan", "--customer", "C2", "--json", "--as-of", "2026-05-04").records("silence")
        assert [one["reason"] for one in silences if one["reason"].startswith("stopped")], silences
        assert recon("hold", "end", str(done.last["id"])).code == 0
    plan = recon("hold", "add", "C2", "--kind", "plan", "--as-of", "2026-03-31")
    assert (plan.code, "needs its day" in plan.err) == (1, True)
    assert recon("hold", "add", "C2", "--kind", "odd").code == 2


def test_collections_are_reported_at_the_end_of_the_last_full_month(recon: Command) -> None:
    done = recon("report", "collections", "--json", "--as-of", "2026-04-15")
    (usd,) = done.records("collections")
    assert (usd["day"], usd["receivable"], usd["not_yet_due"]) == ("2026-03-31", "350.49", "0.00")
    assert usd["sales"] == "1850.49"
    assert usd["dso_days"] == "17.05"  # 350.49 / 1850.49 x 90 days
    assert (usd["best_possible_dso_days"], usd["average_days_delinquent"]) == ("0.00", "17.05")
    assert usd["count_back_dso_days"] == "59.00"  # March without sales, and all of February's 350.49
    assert usd["collection_effectiveness_percent"] == "81.06"  # (1850.49 - 350.49) / (1850.49 - 0)
    assert usd["promises"]["percent_by_count"] is None
    assert "DSO 17.05 days" in recon("report", "collections", "--as-of", "2026-04-15").out


def test_letters_of_the_policy_are_printed_once(known: Company, recon: Command) -> None:
    further = "".join(TIER.format(days=days, channel=channel) for days, channel in ((3, "mail"), (4, "letter")))
    (known.folder / "paper.toml").write_text(LATE.replace("days = 20", "days = 2") + further, encoding="utf-8")
    settings = known.folder / "recon.toml"
    settings.write_text(settings.read_text() + '\n[notices]\npolicy = "paper.toml"\n', encoding="utf-8")
    april = ofx(paid("F9", "77.77", "SOMEBODY ELSE", "THANKS", "20260409"))
    known.drop("april.ofx", april.replace("20260331", "20260409"))  # news of the bank as fresh as the gate asks
    recon("nightly", "-q", "--as-of", "2026-04-10")
    done = recon("notices", "list", "--json")
    planned = [one for one in done.records("notice") if one["channel"] == "letter"]
    assert planned and {one["state"] for one in planned} == {"trial"}, done.out
    printed = list((known.folder / "outbox" / "letters").glob("*.pdf"))
    assert len(printed) == len(planned)
    assert printed[0].read_bytes().startswith(b"%PDF")
    assert recon("nightly", "--json", "--as-of", "2026-04-10").last["notices"]["planned"] == 0
    proof = recon("verify", "--json")
    assert proof.code == 0, proof.out


LATE = """

id = "late"
[[tiers]]
name = "reminder"
days = 20
tone = "friendly"
"""
TIER = """
[[tiers]]
name = "{channel} {days}"
days = {days}
tone = "firm"
channel = "{channel}"
"""


def test_preview_shows_each_mail_as_eml_html_and_pdf(known: Company, recon: Command) -> None:
    change(known, "UPDATE customer SET name = 'Łąka' WHERE code = 'C2'")
    change(known, "UPDATE notice SET state = 'cancelled'")
    change(known, "UPDATE notice_line SET live = 0")
    done = recon("notices", "preview", "--json", "--as-of", "2026-03-31")
    assert (done.code, done.last["mails"]) == (0, 2), done.out + done.err
    kinds = sorted(path.suffix for path in (known.folder / "preview").iterdir())
    assert kinds == [".eml", ".eml", ".html", ".html", ".pdf"]  # a name Helvetica cannot write gets no PDF
    assert "notices.font" in done.out + done.err


def test_log_of_calls_tells_when_a_consumer_may_be_called_again(known: Company, recon: Command) -> None:
    (known.folder / "policy.toml").write_text(
        'id = "us"\n[conduct]\nrules = ["US"]\n[[tiers]]\nname = "reminder"\ndays = 3\n', encoding="utf-8"
    )
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[notices]\npolicy = "policy.toml"\n')
    change(known, "UPDATE customer SET consumer = 1")
    spoke = recon("notices", "call", "C1", "--spoke", "--as-of", "2026-03-31", "--json")
    assert (spoke.code, spoke.last["calls"]) == (0, 1), spoke.out + spoke.err
    again = recon("notices", "call", "C1", "--as-of", "2026-04-06", "--json")
    assert (again.code, "spoken to on 2026-03-31" in again.last["why"]) == (3, True)
    assert recon("notices", "call", "C1", "--as-of", "2026-04-07").code == 0
    assert recon("notices", "call", "C9", "--as-of", "2026-04-07").code != 0
    proof = recon("verify", "--json")
    assert proof.code == 0, proof.out


def test_nobody_is_reminded_while_a_torn_bank_file_may_hold_the_payment(books: Company) -> None:
    books.drop("march.ofx", ofx(paid("F9", "5.00", "NOBODY", "THANKS"), balance="5.00"))
    whole = ofx(paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"))
    books.drop("april.ofx", whole[: whole.index("<NAME>")])
    done = books.night()
    assert (done.code, done.last["notices"]["planned"]) == (3, 0), done.out
    planned = books.run("notices", "plan", "--json", "--as-of", "2026-03-31")
    assert planned.last["counts"] == {"bank file in quarantine": 2}
    (torn,) = books.run("quarantine", "list", "--json").records("quarantined")
    assert books.run("quarantine", "accept", str(torn["id"]), "--reason", "of another firm").code == 0
    planned = books.run("notices", "plan", "--json", "--as-of", "2026-03-31")
    assert planned.last["counts"] == {"mail": 2}
    books.require_proof()
