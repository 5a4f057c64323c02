"""Planted deposits watch the night: a model that has gone wrong posts nothing, and says so."""

import sqlite3
from collections.abc import Callable

import pytest

from matchers.model import HIGHEST, LOWEST, Band, Model, dumps
from tests.stories.world import Company, Done, ofx, paid

Command = Callable[..., Done]
DAY = ("--as-of", "2026-04-02")
# Counted on nothing, and sure of everything: whatever fits an amount is posted.
SURE_OF_EVERYTHING = Model(
    "20260401-broken", "nothing", (Band(LOWEST, 1_000_000, 0),), ((LOWEST, 8.0), (HIGHEST, 12.0))
)
NAMES = ("Amberline Supply LLC", "Bluecrest Foods Inc.", "Cedar Hollow Press", "Driftwood Marine", "Elmfield Optics")


@pytest.fixture
def busy(known: Company, recon: Command) -> Company:
    """The company with forty more customers and four invoices of each: canaries need a book to be made of."""
    customers, invoices = ["id,name,aliases,currency,email"], []
    for n in range(40):
        name = (
            f"{NAMES[n % 5].split()[0]} {'ABCDEFGH'[n // 5]}{'aeiou'[n % 5]}rn {NAMES[(n * 3 + n // 5) % 5].split()[1]}"
        )
        customers.append(f"K{n},{name},,USD,k{n}@example.com")
        for k in range(4):
            amount = f"{211 + 97 * n + 1013 * k}.{(31 * n + 7 * k) % 100:02d}"
            invoices.append(
                f"{100 + 4 * n + k},K{n},{430000 + 137 * n + k},,2026-02-10,2026-03-12,USD,{amount},{amount}"
            )
    (known.folder / "more.csv").write_text("\n".join(customers) + "\n", encoding="utf-8")
    header = "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount"
    (known.folder / "open.csv").write_text("\n".join([header, *invoices]) + "\n", encoding="utf-8")
    assert recon("import", "customers", "more.csv").code == 0
    assert recon("import", "invoices", "open.csv").code == 0
    return known


def use_model(known: Company, recon: Command, model: Model) -> None:
    """Put a model into the books by hand, as a faulty program could have."""
    with sqlite3.connect(known.folder / "recon.sqlite") as books:
        books.execute(
            "INSERT INTO matcher_model (version, state, trained_at, weights, metrics)"
            " VALUES (?, 'candidate', ?, ?, '{}')",
            (model.version, "2026-04-01T00:00:00.000000Z", dumps(model)),
        )
    books.close()
    assert recon("train", "--use", model.version).code == 0


def named(known: Company) -> None:
    known.drop("april.ofx", ofx(paid("N1", "211.00", "AMBERLINE AARN SUPPLY", "INV 430000", "20260401"),
                                paid("N2", "250.50", "BLUECREST FOODS", "PAYMENT", "20260401")))  # fmt: skip


def test_night_with_a_sound_model_asks_its_canaries_and_posts(busy: Company, recon: Command) -> None:
    named(busy)
    done = recon("nightly", "--json", *DAY)
    assert done.code == 0, done.out + done.err
    canaries = done.last["matching"]["canaries"]
    assert canaries["asked"] >= 15
    assert (canaries["posted_wrongly"], canaries["held_back"]) == (0, [])
    assert done.last["counts"]["posted"] >= 1


def test_model_that_is_sure_of_everything_is_caught_and_posts_nothing(busy: Company, recon: Command) -> None:
    use_model(busy, recon, SURE_OF_EVERYTHING)
    named(busy)
    done = recon("nightly", "--json", *DAY)
    assert done.code == 3, done.out + done.err
    canaries = done.last["matching"]["canaries"]
    assert canaries["posted_wrongly"] >= 2
    assert canaries["held_back"] == ["main USD"]
    assert done.last["counts"].get("posted", 0) == 0
    [problem] = [each for each in done.last["problems"] if each["where"] == "matching main USD"]
    assert "nothing was posted" in problem["what"]
    assert "recon train --use shipped" in problem["remedy"]
    assert "POSTING HELD BACK: main USD" in recon("report", "night").out
    item = recon("review", "list", "--json").records("item")[0]
    assert "held back" in recon("review", "show", str(item["id"])).out
    with sqlite3.connect(busy.folder / "recon.sqlite") as books:
        rows = books.execute("SELECT subject, detail FROM audit WHERE action = 'posting_held'").fetchall()
    books.close()
    assert len(rows) == 1 and "main USD" in rows[0][1]
    assert recon("verify").code == 0


def test_posting_goes_on_once_the_shipped_model_is_used_again(busy: Company, recon: Command) -> None:
    use_model(busy, recon, SURE_OF_EVERYTHING)
    named(busy)
    assert recon("nightly", "-q", *DAY).code == 3
    assert recon("train", "--use", "shipped").code == 0
    done = recon("nightly", "--json", *DAY)
    assert (done.code, done.last["matching"]["canaries"]["held_back"]) == (0, [])
    assert done.last["counts"]["posted"] >= 1


def test_watch_can_be_switched_off(busy: Company, recon: Command) -> None:
    settings = busy.folder / "recon.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + "\n[matching]\ncanaries = 0\n", encoding="utf-8")
    use_model(busy, recon, SURE_OF_EVERYTHING)
    named(busy)
    done = recon("nightly", "--json", *DAY)
    assert done.code == 0
    assert done.last["matching"]["canaries"]["asked"] == 0
    assert done.last["counts"]["posted"] >= 1


def test_nothing_of_the_canaries_reaches_the_books(busy: Company, recon: Command) -> None:
    named(busy)
    assert recon("nightly", "-q", *DAY).code == 0
    with sqlite3.connect(busy.folder / "recon.sqlite") as books:
        lines = {row[0] for row in books.execute("SELECT bank_id FROM bank_line")}
        numbers = {row[0] for row in books.execute("SELECT number FROM open_item")}
    books.close()
    assert lines == {"F1", "N1", "N2"}
    assert len(numbers) == 3 + 160
