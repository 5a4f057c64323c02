"""Facts for the metrics come from amounts and postings of the books."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from notices.letter import Letterhead
from notices.mail import FolderSender
from notices.message import Sender
from notices.night import plan_night
from notices.policy_file import DEFAULT_POLICY, default_policies, read_policies
from notices.send import Limits, send_due
from notices.shipped import shipped_words
from recon.ledger import settle_elsewhere
from recon.model import StopKind
from recon.store.books import post
from recon.store.chain import Author
from recon.store.collection_facts import Receivable, credit_sales, load_promises, receivable_on, tier_results
from recon.store.stops import add_stop, settle_promises

AS_OF = date(2026, 3, 31)
NOON = datetime(2026, 3, 31, 12, tzinfo=UTC)
EVA = Author("eva", NOON)


def test_a_tier_brought_in_what_was_settled_after_it(books: Any, tmp_path: Path) -> None:
    books.feed()
    who = books.customer("A")
    item = books.invoice(who, "INV-1", late=20)
    books.invoice(who, "INV-2", late=20, minor=700)
    plan_night(books.store, default_policies(), AS_OF, run_id=1, now=NOON, domain="main.example", live=True)
    head = Letterhead(shipped_words(), Sender("ar@main.example"), {})
    send_due(
        books.store, FolderSender(tmp_path / "o"), head, default_policies(), Limits(live=True), AS_OF, lambda: NOON, "t"
    )
    with books.store.write() as connection:
        entry = settle_elsewhere("main", "EUR", who, item, 4_000, AS_OF + timedelta(days=5), "paid in cash")
        post(connection, [entry], EVA)
    with books.store.read() as connection:
        (one,) = tier_results(connection, "EUR")
        assert (one.tier, one.notices, one.listed_minor, one.settled_minor) == ("reminder", 1, 10_700, 4_000)
        assert tier_results(connection, "EUR", within_days=4)[0].settled_minor == 0
        assert receivable_on(connection, "EUR", AS_OF) == Receivable(10_700, 0)
        assert receivable_on(connection, "EUR", AS_OF + timedelta(days=5)) == Receivable(6_700, 0)
        assert receivable_on(connection, "EUR", AS_OF - timedelta(days=20)) == Receivable(10_700, 10_700)
        assert [int(sold) for sold, _ in credit_sales(connection, "EUR", [date(2026, 3, 1), date(2025, 12, 1)])] == [
            10_700,
            0,
        ]


def test_promises_are_kept_or_broken_by_the_books(books: Any) -> None:
    who = books.customer("A")
    first = books.invoice(who, "INV-1", late=20)
    books.invoice(who, "INV-2", late=20)
    with books.store.write() as connection:
        for number in ("INV-1", "INV-2"):
            given = {"company": "main", "author": EVA, "starts_on": AS_OF, "ends_on": AS_OF, "invoice": number}
            add_stop(connection, StopKind.PROMISE, "A", **given)
    books.pay(first)
    with books.store.write() as connection:
        assert settle_promises(connection, AS_OF + timedelta(days=3), lambda *_: 3, EVA) == {"kept": 1, "broken": 0}
        assert settle_promises(connection, AS_OF + timedelta(days=4), lambda *_: 3, EVA) == {"kept": 0, "broken": 1}
        assert sorted(p.is_kept() for p in load_promises(connection, "EUR")) == [False, True]


def test_a_promise_rests_for_the_grace_of_the_customers_own_policy(books: Any) -> None:
    books.feed(AS_OF + timedelta(days=12))
    books.invoice(books.customer("A", segment="vip"), "INV-1", late=20)
    books.invoice(books.customer("B"), "INV-2", late=20)
    with books.store.write() as connection:
        for code in ("A", "B"):
            given = {"company": "main", "author": EVA, "starts_on": AS_OF, "ends_on": AS_OF}
            add_stop(connection, StopKind.PROMISE, code, **given)
    vip = '\n[[policies]]\nid = "vip"\nsegments = ["vip"]\npromise_grace_days = 10\n'
    written = {}
    for later in (3, 4, 10, 11):  # what is planned here never leaves, and is planned anew after two days
        day = AS_OF + timedelta(days=later)
        plan, _ = plan_night(
            books.store, read_policies(DEFAULT_POLICY + vip), day, run_id=1, now=NOON, domain="x.example", live=True
        )
        written[later] = [one.customer.code for one in plan.notices]
    assert written == {3: [], 4: ["B"], 10: ["B"], 11: ["A"]}
