"""A night whose mail goes to a real server on loopback: once, to the right people, and never by accident."""

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from typing import Any

import pytest
from aiosmtpd.controller import Controller

from tests.stories.world import Company, ofx, paid

MARCH = ofx(paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"), balance="1500.00")


@dataclass
class Mailbox:
    """What the server accepted: recipient and message, in order."""

    mails: list[tuple[str, Any]] = field(default_factory=list)

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.mails += [(recipient, message) for recipient in envelope.rcpt_tos]
        return "250 accepted"


@pytest.fixture
def server() -> Iterator[tuple[Mailbox, int]]:
    mailbox = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(mailbox, hostname="127.0.0.1", port=port)
    controller.start()
    yield mailbox, port
    controller.stop()


def configure(company: Company, port: int, notices: str) -> None:
    with (company.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'\n[smtp]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\n\n[notices]\n{notices}\n')


def test_live_night_mails_who_owes_once_and_the_team_its_report(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, 'live = true\nsummary_to = ["team@example.com"]')
    company.drop("march.ofx", MARCH)
    for _ in range(3):
        assert company.night().code == 0
    to_customers = [(to, mail) for to, mail in mailbox.mails if to != "team@example.com"]
    assert sorted(to for to, _ in to_customers) == ["ap@amberline.example.com", "pay@bluecrest.example.com"]
    first = dict(to_customers)["ap@amberline.example.com"]
    body = first.get_body(("plain",)).get_content()
    assert "410012" in body
    assert "410011" not in body
    reports = [mail for to, mail in mailbox.mails if to == "team@example.com"]
    assert len(reports) == 3
    assert "posted  1 deposit, 1500.00 USD" in reports[0].get_body(("plain",)).get_content()
    company.require_proof()


def test_nothing_reaches_a_customer_before_mail_is_live(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, "live = false")
    company.drop("march.ofx", MARCH)
    assert company.night().code == 0
    assert mailbox.mails == []
    assert len(list((company.folder / "outbox").glob("*.eml"))) == 2


def test_trial_address_takes_every_mail(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, 'live = true\nredirect_all = "trial@example.com"')
    company.drop("march.ofx", MARCH)
    assert company.night().code == 0
    assert [to for to, _ in mailbox.mails] == ["trial@example.com"] * 2


def test_server_that_is_down_leaves_the_mails_waiting_and_says_so(
    company: Company, server: tuple[Mailbox, int]
) -> None:
    mailbox, port = server
    configure(company, 1, "live = true")
    company.drop("march.ofx", MARCH)
    done = company.night()
    assert done.code == 3
    assert done.last["notices"]["waiting"] == 2
    settings = (company.folder / "recon.toml").read_text(encoding="utf-8")
    (company.folder / "recon.toml").write_text(settings.replace("port = 1\n", f"port = {port}\n"), encoding="utf-8")
    assert company.night().code == 0
    assert len(mailbox.mails) == 2


def test_kill_switch_stops_every_mail(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, "live = true")
    (company.folder / "STOP-MAIL").touch()
    company.drop("march.ofx", MARCH)
    done = company.night()
    assert done.code == 3
    assert mailbox.mails == []
    (company.folder / "STOP-MAIL").unlink()
    assert company.run("notices", "send", "--as-of", "2026-03-31").code == 0
    assert len(mailbox.mails) == 2


def test_business_day_in_the_future_mails_nobody(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, "live = true")
    company.drop("march.ofx", MARCH.replace("20260331", "21260331"))
    done = company.night(day="2126-03-31")
    assert done.code == 3
    assert "is in the future, and mail is live: nothing was sent" in str(done.records("problem"))
    assert mailbox.mails == []


def test_trial_address_gets_each_mail_once_however_often_the_night_runs(
    company: Company, server: tuple[Mailbox, int]
) -> None:
    mailbox, port = server
    configure(company, port, 'live = true\nredirect_all = "trial@example.com"')
    company.drop("march.ofx", MARCH)
    for _ in range(3):
        assert company.night().code == 0
    assert [to for to, _ in mailbox.mails] == ["trial@example.com"] * 2


def test_no_mail_is_sent_by_hand_while_a_bank_file_waits_unread(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, port, "live = true")
    company.drop("old.ofx", ofx(balance="0.00"))
    assert company.run("nightly", "--json", "--as-of", "2026-03-10").code == 0
    before = len(mailbox.mails)
    company.drop("march.ofx", MARCH)
    held = company.run("notices", "send", "--json", "--as-of", "2026-03-31")
    assert (held.code, len(mailbox.mails) - before) == (3, 0)
    assert "march.ofx" in held.out + held.err
    company.night()
    assert company.run("notices", "send", "--json", "--as-of", "2026-03-31").code == 0
    told = [to for to, _ in mailbox.mails[before:]]
    assert told == ["pay@bluecrest.example.com"]  # Amberline was written to within this hour, for 10 March
    planned = company.run("notices", "list", "--state", "planned", "--json").records("notice")
    assert [one["customer"] for one in planned] == ["C1"]


def test_restored_books_mail_nobody_again(company: Company, server: tuple[Mailbox, int]) -> None:
    mailbox, port = server
    configure(company, 1, "live = true")
    company.drop("march.ofx", MARCH)
    assert company.night().code == 3  # planned, but the server is down
    assert company.run("db", "backup", "backup.db").code == 0
    settings = (company.folder / "recon.toml").read_text(encoding="utf-8")
    (company.folder / "recon.toml").write_text(settings.replace("port = 1\n", f"port = {port}\n"), encoding="utf-8")
    company.night()
    sent = [to for to, _ in mailbox.mails]
    assert len(sent) == 2
    restored = company.run("db", "restore", "backup.db", "--json")
    assert (restored.code, restored.last["doubtful"]) == (0, 2), restored.out + restored.err
    assert (company.folder / "STOP-MAIL").exists()
    company.night()
    (company.folder / "STOP-MAIL").unlink()
    company.night(day="2026-04-01")
    assert [to for to, _ in mailbox.mails] == sent
