"""Hand-off: proposed after the last notice, approved by a person, told with proof, called back on payment."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from notices.agency import ToldFact, dossier, handoff_csv, propose_handoffs
from notices.letter import Letterhead
from notices.mail import FolderSender
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import default_policies
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.model import Account, Customer, Debt, Stop, StopKind
from recon.store.agency import note_handoff, promise_lines, recall_paid, told_facts
from recon.store.chain import Author
from recon.store.stops import add_stop, list_stops

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
EVA = Author("eva", NOON)
WHO = Customer(1, "main", "C1", '=HYPERLINK("x")', country="DE")


def debt(level: int, told: int, item: int = 1) -> Debt:
    return Debt(item, f"INV-{item}", AS_OF - timedelta(days=90), 12_345, level, AS_OF - timedelta(days=told))


def test_an_account_is_proposed_after_its_last_notice_and_its_days() -> None:
    accounts = [Account(WHO, "EUR", (debt(5, 14, 1), debt(5, 13, 2), debt(4, 40, 3)))]
    (one,) = propose_handoffs(accounts, default_policies(), AS_OF)
    assert ([d.number for d in one.debts], one.open_minor) == (["INV-1"], 12_345)


def test_a_stopped_account_is_not_proposed() -> None:
    for item in (None, 1):
        stop = Stop(StopKind.DISPUTE, 1, AS_OF, open_item_id=item)
        assert propose_handoffs([Account(WHO, "EUR", (debt(5, 30),), stops=(stop,))], default_policies(), AS_OF) == ()


def test_the_list_starts_no_formula_and_the_dossier_is_the_same_every_time() -> None:
    (one,) = propose_handoffs([Account(WHO, "EUR", (debt(5, 30),))], default_policies(), AS_OF)
    assert "'=HYPERLINK" in handoff_csv([one]) and "123.45" in handoff_csv([one])
    told = [ToldFact("2026-03-01T06:00:00.000000Z", "final notice", "mail", "a@b.example", "ab" * 32)]
    assert dossier(one, told, ["given 2026-03-02, for 2026-03-09: broken"]) == dossier(
        one, told, ["given 2026-03-02, for 2026-03-09: broken"]
    )


def test_a_customer_at_the_agency_is_not_written_to_and_is_called_back_when_paid(books: Any, tmp_path: Path) -> None:
    books.feed()
    who = books.customer("A")
    item = books.invoice(who, "INV-1", late=20)
    policies = default_policies()
    plan_night(books.store, policies, AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    head = Letterhead(shipped_words(), Sender("ar@main.example"), {})
    send_due(books.store, FolderSender(tmp_path / "out"), head, policies, Limits(live=True), AS_OF, lambda: NOON, "t")
    with books.store.write() as connection:
        given = {"company": "main", "author": EVA, "starts_on": AS_OF}
        add_stop(connection, StopKind.PROMISE, "A", ends_on=AS_OF, **given)
        add_stop(connection, StopKind.AGENCY, "A", reason="handed over", **given)
        note_handoff(connection, who, "EUR", 10_000, EVA)
        assert recall_paid(connection, EVA) == []
        ((sent_at, tier, channel, recipient, sha),) = told_facts(connection, who, "EUR")
        assert promise_lines(connection, who) == ["given 2026-03-31, for 2026-03-31: open"]
    assert (tier, channel, recipient, len(sha), sent_at[:10]) == ("reminder", "mail", "a@pay.example", 64, "2026-03-31")
    books.feed(AS_OF + timedelta(days=20))
    later = AS_OF + timedelta(days=20)
    plan, _ = plan_night(books.store, policies, later, run_id=2, now=NOON, domain="main.example", live=True)
    assert [one.reason for one in plan.silences] == ["stopped:agency"]
    books.pay(item)
    with books.store.write() as connection:
        assert recall_paid(connection, EVA) == ["A"]
        assert list_stops(connection, StopKind.AGENCY) == []
