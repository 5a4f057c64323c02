"""Costs, interest, principal: with the law's order in the policy, a person says what a short payment settles first."""

import pytest

from tests.stories.desk import balances, opened, refused
from tests.stories.world import Company, ofx, paid

DAY = ("--as-of", "2026-03-31")
CHARGES = {"FEE-410011-L2": "5.00", "INT-410011-L4": "12.34"}


def clear_legally(books: Company) -> None:
    policy = '[interest]\nclearing = "costs, interest, principal"\n[[tiers]]\nname = "reminder"\ndays = 3\n'
    (books.folder / "policy.toml").write_text(policy, encoding="utf-8")
    with (books.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write('\n[notices]\npolicy = "policy.toml"\n')


def charge(books: Company) -> None:
    for number, amount in CHARGES.items():
        done = books.run("book", "charge", "C1", amount, "--number", number, "--reason", "late", *DAY)
        assert done.code == 0, done.err


def pay(books: Company, amount: str = "1500.00", memo: str = "INV 410011") -> int:
    """Let Amberline pay; return how many deposits the night posted."""
    books.drop("march.ofx", ofx(paid("F1", amount, "AMBERLINE SUPPLY LLC", memo)))
    done = books.night()
    assert done.code in (0, 3), done.out + done.err
    return int(done.last["counts"].get("posted", 0))


def item_of(books: Company) -> str:
    (item,) = (one for one in books.run("review", "list", "--json").records("item") if one["kind"] == "deposit")
    return str(item["id"])


def all_open(books: Company) -> list[str]:
    return [opened(books, number) for number in (*CHARGES, "410011")]


def test_payment_that_would_leave_charges_open_waits_and_the_law_settles_them_first(books: Company) -> None:
    clear_legally(books)
    charge(books)
    assert pay(books) == 0
    item = item_of(books)
    shown = books.run("review", "show", item).out
    assert "charges of its invoice are open (FEE-410011-L2, INT-410011-L4): accept it if the payer named" in shown
    before = (all_open(books), balances(books))
    done = books.run("review", "accept", item, "--clearing", "legal", "--json", *DAY)
    assert done.code == 0, done.err
    assert all_open(books) == ["0.00", "0.00", "17.34"]
    books.require_proof()
    (entry,) = done.last["entries"]
    assert books.run("undo", f"E{entry}", "--reason", "wrong", *DAY).code == 0
    assert (all_open(books), balances(books)) == before
    books.require_proof()


def test_who_named_the_principal_is_taken_at_their_word(books: Company) -> None:
    clear_legally(books)
    charge(books)
    assert pay(books) == 0
    assert books.run("review", "accept", item_of(books), *DAY).code == 0
    assert all_open(books) == ["5.00", "12.34", "0.00"]
    books.require_proof()


def test_cash_named_by_hand_is_divided_per_invoice_and_the_rest_is_left_alone(books: Company) -> None:
    clear_legally(books)
    charge(books)
    pay(books, "110.00", "ON OUR ACCOUNT")
    item = item_of(books)
    cash = ("--invoice", "410011=10.00", "--invoice", "410012=100.00", "--clearing", "legal")
    assert books.run("review", "apply", item, *cash, *DAY).code == 0
    assert (all_open(books), opened(books, "410012")) == (["0.00", "7.34", "1500.00"], "150.50")
    books.require_proof()


@pytest.mark.parametrize("is_legal", [False, True])
def test_night_posts_where_no_charge_is_open_or_the_order_is_not_asked_for(company: Company, is_legal: bool) -> None:
    if is_legal:
        clear_legally(company)
    else:
        charge(company)
    assert pay(company) == 1
    assert opened(company, "410011") == "0.00"


def test_order_that_cannot_be_meant_is_refused(company: Company) -> None:
    clear_legally(company)
    charge(company)
    pay(company)
    item = item_of(company)
    cash = ("--invoice", "410011=1500.00", "--clearing")
    assert "divides cash only" in refused(company, item, *cash, "legal", "--discount", "410011=1.00")
    assert "is not known" in refused(company, item, *cash, "cheapest")
    assert "divides cash on invoices" in refused(company, item, "--set-aside", "rent", "--clearing", "legal")
