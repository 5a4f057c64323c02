"""At the desk: who works on what, what is asked of a second person, and what an item is after it left."""

from datetime import date, timedelta
from decimal import Decimal

from tests.stories.conftest import Command
from tests.stories.desk import applied, arrive, balances, line_of, opened, refused, state_of
from tests.stories.world import Company, ofx, paid


def test_payment_told_in_two_files_is_taken_out_once_and_brought_back_by_undo(books: Company) -> None:
    first, second = arrive(books, ("F1", "77.77"), ("F2", "33.33"))
    books.drop("again.ofx", ofx(paid("X9", "77.77", "SOMEBODY GMBH", "THE SAME", "20260331")))
    assert books.run("nightly", "-q", "--as-of", "2026-03-31").code == 0
    twin = max((one for one in books.run("review", "list", "--json").records("item")), key=lambda one: int(one["id"]))
    item, stays = str(twin["id"]), line_of(books, first)
    assert "another account or amount" in refused(books, second, "--duplicate-of", stays)
    assert "no other line" in refused(books, item, "--duplicate-of", line_of(books, item))
    assert "no other line" in refused(books, item, "--duplicate-of", "D999")
    before = balances(books)["bank", "USD"]
    applied(books, item, "--duplicate-of", stays)
    assert state_of(books, item) == "duplicate"
    assert (before, balances(books)["bank", "USD"]) == ("188.87", "111.10")
    books.require_proof()
    assert books.run("undo", line_of(books, item)).code == 0
    assert (state_of(books, item), balances(books)["bank", "USD"]) == ("open", "188.87")
    books.require_proof()
    applied(books, item, "--duplicate-of", stays)
    assert balances(books)["bank", "USD"] == "111.10"
    books.require_proof()


def test_two_equal_rows_of_one_statement_are_no_duplicates(books: Company) -> None:
    books.drop("two.ofx", ofx(*[paid(f"T{n}", "50.00", "SOMEBODY", "THANKS", "20260331") for n in (1, 2)]))
    assert books.run("nightly", "-q", "--as-of", "2026-03-31").code == 0
    items = [str(one["id"]) for one in books.run("review", "list", "--json").records("item")]
    said = refused(books, items[1], "--duplicate-of", line_of(books, items[0]))
    assert "the bank counted both" in said
    assert "--on-account" in said


def test_placed_line_is_no_duplicate_until_it_is_undone(books: Company) -> None:
    (first,) = arrive(books, ("F1", "77.77"))
    books.drop("again.ofx", ofx(paid("X9", "77.77", "SOMEBODY GMBH", "THE SAME", "20260331")))
    books.run("nightly", "-q", "--as-of", "2026-03-31")
    applied(books, first, "--on-account", "C1")
    assert books.run("review", "apply", first, "--duplicate-of", "D2").code == 1
    books.require_proof()


def test_item_is_exported_with_its_entry_and_open_again_after_undo(books: Company) -> None:
    one, other, waits = arrive(books, ("F1", "77.77"), ("F2", "33.33"), ("F3", "11.11"))
    applied(books, one, "--invoice", "410012=77.77")
    applied(books, other, "--set-aside", "sale")
    assert books.run("export", "journal", "--out", "one.journal").code == 0
    assert [state_of(books, item) for item in (one, other, waits)] == ["exported", "not_customer_money", "open"]
    late = books.run("review", "apply", one, "--on-account", "C1")
    assert (late.code, "exported" in late.err) == (1, True)
    assert books.run("undo", line_of(books, one)).code == 0
    assert state_of(books, one) == "open"
    applied(books, one, "--on-account", "C1")
    assert state_of(books, one) == "posted"
    assert books.run("export", "journal", "--out", "two.journal").code == 0
    assert state_of(books, one) == "exported"
    books.require_proof()


def test_approved_booking_is_exported_with_its_entry(known: Company, recon: Command) -> None:
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[review]\nwrite_off_above = 50\n")
    asked = recon("book", "write-off", "C2", "--invoice", "410013=99.99", "--reason", "bankrupt", "--json")
    item = str(asked.last["item"])
    assert recon("export", "journal", "--out", "one.journal").code == 0
    assert state_of(known, item) == "needs_second_approval"
    assert recon("review", "approve", item, RECON_ACTOR="ben").code == 0
    assert recon("export", "journal", "--out", "two.journal").code == 0
    assert state_of(known, item) == "exported"


def test_night_leaves_a_claimed_deposit_to_its_holder_and_takes_it_up_later(books: Company) -> None:
    """It is claimed unclear; then the invoice comes that makes it certain."""
    books.drop("march.ofx", ofx(paid("F1", "640.10", "AMBERLINE SUPPLY LLC", "INV 410099", "20260331")))
    assert books.night().code == 0
    (item,) = [str(one["id"]) for one in books.run("review", "list", "--json").records("item")]
    assert books.run("review", "claim", item, RECON_ACTOR="ana").code == 0
    with (books.folder / "invoices.csv").open("a", encoding="utf-8") as invoices:
        invoices.write("9,C1,410099,,2026-03-01,2026-03-31,USD,640.10,640.10\n")
    assert books.run("import", "invoices", "invoices.csv").code == 0
    assert books.night().last["counts"].get("posted", 0) == 0
    assert state_of(books, item) == "claimed"
    assert "ana is working on it" in books.run("review", "show", item).out
    assert books.run("review", "release", item, RECON_ACTOR="ana").code == 0
    assert books.night().last["counts"]["posted"] == 1
    assert opened(books, "410099") == "0.00"
    books.require_proof()


def test_item_is_snoozed_to_a_day_to_come_only(books: Company) -> None:
    (item,) = arrive(books, ("F1", "77.77"))
    for until in ("2026-03-31", "2026-03-30", "1999-01-01"):
        done = books.run("review", "snooze", item, "--until", until, "--as-of", "2026-03-31")
        assert (done.code, "is not after 2026-03-31" in done.err) == (2, True), until
    assert books.run("review", "snooze", item, "--until", "2026-04-01", "--as-of", "2026-03-31").code == 0
    assert state_of(books, item) == "snoozed"


def test_second_person_approves_the_difference_that_was_proposed(books: Company) -> None:
    """The file says 40.00 less; a file that comes in between says something else again."""
    with (books.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n[review]\nsecond_approval_above = 10\n")
    rows = (books.folder / "invoices.csv").read_text(encoding="utf-8")
    (books.folder / "new.csv").write_text(rows.replace("250.50,250.50", "250.50,210.50"), encoding="utf-8")
    assert books.run("import", "invoices", "new.csv").code == 0
    (item,) = books.run("review", "list", "--json").records("item")
    asked = books.run("review", "accept", str(item["id"]), "--json", RECON_ACTOR="ana")
    assert asked.last["state"] == "needs_second_approval"
    paid_now = books.run("book", "write-off", "C1", "--invoice", "410012=5.00", "--reason", "rounding")
    assert paid_now.code == 0, paid_now.err
    assert books.run("review", "approve", str(item["id"]), "--json", RECON_ACTOR="ben").last["state"] == "posted"
    assert opened(books, "410012") == "205.50"
    books.require_proof()


def test_short_payment_is_closed_with_what_stands_beside_it(books: Company) -> None:
    cases = {
        "discount": ("discount_allowed", "10.50"),
        "fee": ("bank_charges", "10.50"),
        "write-off": ("write_off", "10.50"),
        "deduction": ("deductions", "10.50"),
    }
    for n, (option, (account, amount)) in enumerate(cases.items()):
        (item,) = arrive(books, (f"S{n}", f"24{n}.00"))
        cash = f"410012=24{n}.00"
        beside = f"410012={Decimal(amount) - n}"
        applied(books, item, "--invoice", cash, f"--{option}", beside)
        assert opened(books, "410012") == "0.00", option
        assert balances(books)[account, "USD"] == str(Decimal(amount) - n), option
        assert books.run("undo", line_of(books, item)).code == 0
        assert opened(books, "410012") == "250.50", option
        books.require_proof()


def test_amounts_beside_need_their_invoice(books: Company) -> None:
    (item,) = arrive(books, ("F1", "240.00"))
    invoice = ("--invoice", "410012=240.00")
    assert "--invoice does not" in refused(books, item, *invoice, "--discount", "410013=10.50")
    assert "positive" in refused(books, item, *invoice, "--discount", "410012=-10.50")
    assert "NUMBER=AMOUNT" in refused(books, item, *invoice, "--discount", "410012")
    assert "one way" in refused(books, item, *invoice, "--set-aside", "sale")
    assert "one way" in refused(books, item, "--set-aside", "sale", "--duplicate-of", "D1")
    assert "--charge" in refused(books, item, *invoice, "--charge", "1.00")
    assert "less than" in refused(books, item, *invoice, "--discount", "410012=10.51")


def test_money_is_set_aside_under_a_name_that_every_export_takes(books: Company) -> None:
    (item,) = arrive(books, ("F1", "240.00"))
    for name in ("own payments", "miete:märz", "x" * 41, "-"):
        done = books.run("review", "apply", item, "--set-aside", name)
        assert (done.code, "no account name" in done.err) == (2, True), name
    applied(books, item, "--set-aside", "own_payments-2026")
    for layout in ("quickbooks", "xero", "netsuite", "hledger", "beancount"):
        assert books.run("export", "journal", "--layout", layout, "--out", f"{layout}.txt").code == 0


def test_deduction_is_a_dispute_until_it_is_accepted_or_refused(books: Company) -> None:
    (item,) = arrive(books, ("F1", "200.00"))
    applied(books, item, "--invoice", "410012=200.00", "--deduction", "410012=30.00")
    (dispute,) = books.run("dispute", "list", "--json").records("stop")
    assert (dispute["invoice"], dispute["reason"]) == ("410012", "deduction")
    plan = books.run("notices", "plan", "--as-of", "2026-05-31").out
    assert "410012" in plan
    assert "dispute" in plan
    half = books.run("book", "refuse-deduction", "C1", "--invoice", "410012=10.00", "--reason", "delivered")
    assert half.code == 0
    assert len(books.run("dispute", "list", "--json").records("stop")) == 1
    given_up = books.run("book", "accept-deduction", "C1", "--invoice", "410012=20.00", "--reason", "damaged", "--json")
    assert books.run("dispute", "list", "--json").records("stop") == []
    assert books.run("undo", f"E{given_up.last['entries'][0]}").code == 0
    assert len(books.run("dispute", "list", "--json").records("stop")) == 1
    books.require_proof()


def test_nothing_but_a_deposit_or_an_entry_is_undone(recon: Command) -> None:
    for subject in ("X1", "410011", "", "D", "E1.5"):
        done = recon("undo", subject)
        assert (done.code, "D12 or E7" in done.err) == (2, True), subject
    assert recon("undo", "E999").code == 1
    assert recon("undo", "E1", "--as-of", str(date(2026, 3, 31) + timedelta(days=1))).code == 1


def test_list_shows_the_best_suggestion_and_whose_money_it_would_be(books: Company) -> None:
    books.drop("march.ofx", ofx(paid("F1", "250.50", "J SMITH", "THANKS"), paid("F2", "7.77", "WHO", "KNOWS")))
    books.night()
    said = books.run("review", "list").out
    assert ": 410012 250.50 (C1 Amberline Supply LLC)\n" in said
    named, unknown = sorted(books.run("review", "list", "--json").records("item"), key=lambda one: one["best"] is None)
    assert (unknown["best"], named["best"]["allocations"][0]["customer"]) == (None, "C1 Amberline Supply LLC")
    assert books.run("review", "claim", str(named["id"]), RECON_ACTOR="ana").code == 0
    assert "(with ana until " in books.run("review", "list").out
    assert "(with ana until " in books.run("review", "show", str(named["id"])).out
    assert "1 item of 2 that wait; next page: --after" in books.run("review", "list", "--limit", "1").out


def test_several_items_are_decided_together_or_not_at_all(books: Company) -> None:
    one, two, three = arrive(books, ("F1", "77.77"), ("F2", "33.33"), ("F3", "11.11"))
    assert books.run("review", "claim", two, RECON_ACTOR="ana").code == 0
    late = books.run("review", "reject", one, two, three)
    assert (late.code, f"item {two}: ana is working on it" in late.err) == (1, True)
    assert [state_of(books, item) for item in (one, two, three)] == ["open", "claimed", "open"]
    assert books.run("review", "release", two, RECON_ACTOR="ana").code == 0
    assert books.run("review", "reject", one, two, "--version", "1").code == 2
    done = books.run("review", "reject", one, two, one, "--reason", "not ours", "--json")
    assert (done.code, [record["id"] for record in done.records("acted")]) == (0, [int(one), int(two)])
    assert [state_of(books, item) for item in (one, two, three)] == ["rejected", "rejected", "open"]
    books.require_proof()
