"""What a person books by hand: write-offs by two people, credits, money on account, refunds, closed months, erasure."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

from recon import ledger
from recon.model import Entry, Posting
from recon.store.bookings import customer_id_of, named_item
from recon.store.books import post
from recon.store.chain import Author
from recon.store.engine import open_store
from tests.stories.world import Company, Done, ofx, paid

Command = Callable[..., Done]


def opened(recon: Command, number: str) -> str:
    items: list[dict[str, Any]] = recon("explain", number, "--json").records("open_item")
    return next(str(item["open"]) for item in items if item["number"] == number)


def holds(recon: Command) -> bool:
    proof = recon("verify", "--json")
    assert proof.code == 0, proof.out
    return True


def on_account(known: Company, recon: Command, amount: str, customer: str) -> str:
    """Let a deposit of that amount arrive and put it on account; return its name."""
    known.drop("april.ofx", ofx(paid("F9", amount, "SOMEBODY ELSE", "THANKS", "20260331")))
    assert recon("nightly", "-q", "--as-of", "2026-03-31").code == 0
    (item,) = [one for one in recon("review", "list", "--json").records("item") if one["amount"] == amount]
    line = recon("review", "show", str(item["id"]), "--json").records("line")[0]
    if customer:
        done = recon("review", "apply", str(item["id"]), "--on-account", customer, "--as-of", "2026-03-31")
        assert done.code == 0, done.err
    return str(line["id"])


def limit(known: Company, option: str, amount: str) -> None:
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[review]\n{option} = {amount}\n")


def test_small_write_off_is_booked_at_once_and_undone(recon: Command) -> None:
    done = recon("book", "write-off", "C2", "--invoice", "410013=9.99", "--reason", "rounding", "--json")
    assert done.code == 0, done.out
    assert opened(recon, "410013") == "90.00"
    assert recon("undo", done.last["entries"] and f"E{done.last['entries'][0]}").code == 0
    assert opened(recon, "410013") == "99.99"
    assert holds(recon)


def test_large_write_off_waits_for_a_second_person(known: Company, recon: Command) -> None:
    limit(known, "write_off_above", "50")
    asked = recon("book", "write-off", "C2", "--invoice", "410013=99.99", "--reason", "bankrupt", "--json")
    assert (asked.code, asked.last["entries"]) == (0, [])
    item = str(asked.last["item"])
    assert opened(recon, "410013") == "99.99"
    (shown,) = recon("review", "list", "--json").records("item")
    assert (shown["state"], shown["kind"], shown["amount"]) == ("needs_second_approval", "booking", "99.99")
    own = recon("review", "approve", item)
    assert (own.code, "nobody approves their own decision" in own.err) == (1, True)
    assert recon("review", "approve", item, RECON_ACTOR="ben").code == 0
    assert opened(recon, "410013") == "0.00"
    again = recon("review", "approve", item, RECON_ACTOR="cleo")
    assert again.code == 1
    assert holds(recon)


def test_refused_write_off_changes_nothing_and_leaves_the_queue(known: Company, recon: Command) -> None:
    limit(known, "write_off_above", "50")
    asked = recon("book", "write-off", "C2", "--invoice", "410013=99.99", "--reason", "bankrupt", "--json")
    assert recon("review", "refuse", str(asked.last["item"]), RECON_ACTOR="ben").code == 0
    assert recon("review", "list", "--json").records("item") == []
    assert opened(recon, "410013") == "99.99"
    assert recon("review", "approve", str(asked.last["item"]), RECON_ACTOR="ben").code == 1


def test_reviewed_deposit_above_the_limit_waits_for_a_second_person(known: Company, recon: Command) -> None:
    limit(known, "second_approval_above", "50.00")
    known.drop("april.ofx", ofx(paid("F9", "77.77", "SOMEBODY ELSE", "THANKS", "20260331")))
    recon("nightly", "-q", "--as-of", "2026-03-31")
    (item,) = recon("review", "list", "--json").records("item")
    done = recon("review", "apply", str(item["id"]), "--on-account", "C2", "--json", RECON_ACTOR="ana")
    assert done.last["state"] == "needs_second_approval"
    assert recon("review", "approve", str(item["id"]), RECON_ACTOR="ana").code == 1
    assert recon("review", "approve", str(item["id"]), "--json", RECON_ACTOR="ben").last["state"] == "posted"
    assert holds(recon)


def test_credit_memo_is_set_off_once(known: Company, recon: Command) -> None:
    (known.folder / "credits.csv").write_text(
        "id,customer_id,number,issue_date,currency,amount,open_amount,invoice_number\n"
        "9,C1,CN-7,2026-03-01,USD,-50.00,-50.00,410012\n",
        encoding="utf-8",
    )
    assert recon("import", "credits", "credits.csv").code == 0
    arguments = ("book", "net-credit", "C1", "--invoice", "CN-7=-50.00", "--invoice", "410012=50.00")
    assert recon(*arguments).code == 0
    assert (opened(recon, "CN-7"), opened(recon, "410012")) == ("0.00", "200.50")
    assert recon(*arguments).code == 1
    odd = recon("book", "net-credit", "C1", "--invoice", "410012=50.00")
    assert (odd.code, "credits and invoices differ" in odd.err) == (1, True)
    itself = recon("book", "net-credit", "C1", "--invoice", "410012=50.00", "--invoice", "410012=-50.00")
    assert (itself.code, "against itself" in itself.err) == (1, True)
    assert holds(recon)


def test_money_on_account_is_transferred_used_and_refunded_never_beyond_what_is_there(
    known: Company, recon: Command
) -> None:
    on_account(known, recon, "100.00", "C1")
    assert recon("book", "use-on-account", "C1", "--invoice", "410012=40.00").code == 0
    assert recon("book", "transfer", "C1", "C2", "25.00", "--reason", "sister company").code == 0
    assert recon("book", "use-on-account", "C1", "--payer", "C2", "--invoice", "410012=10.00").code == 0
    assert recon("book", "refund", "C2", "15.00").code == 0
    too_much = recon("book", "refund", "C1", "35.01")
    assert (too_much.code, "less than" in too_much.err) == (1, True)
    assert opened(recon, "410012") == "200.50"
    assert holds(recon)


def test_refund_is_paid_by_an_outgoing_line(known: Company, recon: Command) -> None:
    on_account(known, recon, "100.00", "C1")
    assert recon("book", "refund", "C1", "100.00").code == 0
    known.drop("out.ofx", ofx(paid("F10", "-100.00", "AMBERLINE", "REFUND", "20260331").replace("CREDIT", "DEBIT")))
    recon("nightly", "-q", "--as-of", "2026-03-31")
    (item,) = [one for one in recon("review", "list", "--json").records("item") if one["amount"] == "-100.00"]
    line = recon("review", "show", str(item["id"]), "--json").records("line")[0]["id"]
    wrong = recon("book", "prepay", line, "C1")
    assert (wrong.code, "money out" in wrong.err) == (1, True)
    assert recon("book", "pay-refund", line, "C1").code == 0
    assert recon("review", "list", "--json").records("item") == []
    assert holds(recon)


def test_prepayment_waits_for_its_invoice(known: Company, recon: Command) -> None:
    line = on_account(known, recon, "60.00", "")
    assert recon("book", "prepay", line, "C1").code == 0
    assert recon("book", "use-on-account", "C1", "--prepaid", "--invoice", "410012=60.00").code == 0
    assert opened(recon, "410012") == "190.50"
    assert holds(recon)


def test_prepayment_whose_order_fell_through_is_refunded(known: Company, recon: Command) -> None:
    line = on_account(known, recon, "60.00", "")
    assert recon("book", "prepay", line, "C1").code == 0
    from_account = recon("book", "refund", "C1", "60.00")
    assert (from_account.code, "on account" in from_account.err) == (1, True)
    assert recon("book", "refund", "C1", "60.00", "--prepaid", "--reason", "order cancelled").code == 0
    assert recon("book", "refund", "C1", "0.01", "--prepaid").code == 1
    assert recon("book", "use-on-account", "C1", "--prepaid", "--invoice", "410012=60.00").code == 1
    assert holds(recon)


def test_charge_is_an_open_item_of_its_own(recon: Command) -> None:
    given = ("book", "charge", "C2", "5.00", "--number", "FEE-1", "--reason", "reminder fee")
    assert recon(*given, "--dry-run").code == 0
    assert recon(*given).code == 0
    assert opened(recon, "FEE-1") == "5.00"
    twice = recon(*given)
    assert (twice.code, "already" in twice.err) == (1, True)
    assert holds(recon)


def test_charge_taken_back_is_no_applied_money_in_the_report_of_the_night(recon: Command) -> None:
    given = ("book", "charge", "C2", "5.00", "--number", "FEE-1", "--reason", "reminder fee", "--json")
    (entry,) = recon(*given).last["entries"]
    assert recon("undo", f"E{entry}", "--reason", "waived").code == 0
    (balance,) = recon("nightly", "--json", "--as-of", "2026-04-01").last["balance"]
    assert (balance["applied"], balance["other"], balance["difference"]) == ("1500.00", "0.00", "0.00")
    assert holds(recon)


def test_unclear_bookings_are_refused_with_what_to_write_instead(recon: Command) -> None:
    cases = {
        ("write-off", "C2", "--invoice", "410013", "--reason", "x"): (2, "NUMBER=AMOUNT"),
        ("write-off", "C2", "--invoice", "410013=1,50", "--reason", "x"): (2, "1650.00"),
        ("write-off", "C2", "--invoice", "410011=1.00", "--reason", "x"): (1, "no invoice or credit '410011'"),
        ("write-off", "C9", "--invoice", "410011=1.00", "--reason", "x"): (1, "no customer 'C9'"),
        ("write-off", "C2", "--invoice", "410013=100.00", "--reason", "x"): (1, "less than"),
        ("refund", "C2", "-5.00"): (2, ""),
        ("refund", "C2", "5.00", "--currency", "EURO"): (2, "ISO 4217"),
        ("refund", "C2", "5.00", "--company", "other"): (2, "not in the settings"),
        ("prepay", "D99", "C2"): (1, "no bank line"),
        ("write-off", "C2", "--invoice", "410013=1.00", "--reason", " "): (2, "--reason is empty"),
        ("transfer", "C2", "C2", "5.00"): (1, "give to itself"),
    }
    for arguments, (code, said) in cases.items():
        done = recon("book", *arguments)
        assert (done.code, said in done.err) == (code, True), (arguments, done.err)
    assert opened(recon, "410013") == "99.99"


def test_disputed_deduction_is_refused_or_given_up(known: Company, recon: Command) -> None:
    store = open_store(f"sqlite:///{known.folder / 'recon.sqlite'}")
    with store.write() as connection:
        item = named_item(connection, customer_id_of(connection, "main", "C2"), "410013")
        day, author = date(2026, 3, 31), Author("ana", datetime(2026, 3, 31, tzinfo=UTC))
        of = {"customer_id": item.customer_id, "open_item_id": item.id}
        taken = Posting(ledger.DEDUCTIONS, 3_000, "USD", **of), Posting(ledger.RECEIVABLE, -3_000, "USD", **of)
        post(connection, [Entry("main", day, "apply", taken)], author)
    store.close()
    assert opened(recon, "410013") == "69.99"
    assert recon("book", "refuse-deduction", "C2", "--invoice", "410013=10.00", "--reason", "delivered").code == 0
    assert recon("book", "accept-deduction", "C2", "--invoice", "410013=20.00", "--reason", "damaged").code == 0
    assert opened(recon, "410013") == "79.99"
    more = recon("book", "accept-deduction", "C2", "--invoice", "410013=0.01", "--reason", "damaged")
    assert (more.code, "less than" in more.err) == (1, True)
    assert holds(recon)


def test_books_are_shown_as_they_were_known_at_an_instant(recon: Command) -> None:
    assert opened(recon, "410013") == "99.99"
    before = datetime.now(UTC).isoformat()
    assert recon("book", "write-off", "C2", "--invoice", "410013=9.99", "--reason", "rounding").code == 0
    for command in ("explain", "history"):
        then = recon(command, "410013", "--known-at", before, "--json")
        assert (then.records("open_item")[0]["open"], then.records("entry")) == ("99.99", [])
        after = recon(command, "410013", "--known-at", "2999-01-01T00:00Z", "--json")
        assert after.records("open_item")[0]["open"] == "90.00"
        unclear = recon(command, "410013", "--known-at", "2026-03-30T12:00")
        assert (unclear.code, "names no time zone" in unclear.err) == (2, True)
        unknown = recon(command, "410013", "--known-at", "2020-01-01")
        assert (unknown.code, "did not know '410013' then" in unknown.err) == (1, True)


def test_all_balances_are_shown_as_they_were_known(recon: Command) -> None:
    before = datetime.now(UTC).isoformat()
    anchor = recon("verify", "--json").last["anchor"]
    assert recon("book", "write-off", "C2", "--invoice", "410013=9.99", "--reason", "rounding").code == 0
    then = recon("history", "--known-at", before, "--json")
    told = {(one["account"], one["amount"]) for one in then.records("balance")}
    assert told == {("bank", "1500.00"), ("receivable", "-1500.00")}
    assert [(one["items"], one["amount"]) for one in then.records("open")] == [(2, "350.49")]
    assert then.last["anchor"] == anchor
    now = recon("history", "--json")
    assert ("write_off", "9.99") in {(one["account"], one["amount"]) for one in now.records("balance")}
    assert now.last["anchor"] == recon("verify", "--json").last["anchor"]
    assert recon("history", "--known-at", "2020-01-01", "--json").records("balance") == []


def test_customer_is_erased_once_nothing_is_open(recon: Command) -> None:
    refused = recon("customer", "erase", "C2", "--reason", "asked")
    assert (refused.code, "open items" in refused.err) == (1, True)
    recon("book", "write-off", "C2", "--invoice", "410013=99.99", "--reason", "x")
    assert recon("customer", "erase", "C2", "--reason", "asked").code == 0
    everything = recon("notices", "list").out + recon("explain", "410013").out
    assert "bluecrest" not in everything.lower()
    assert holds(recon)
