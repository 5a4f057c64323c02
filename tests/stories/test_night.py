"""A whole night from bank file to posted payment, queue, notice and report, on both databases."""

from pathlib import Path

from tests.stories.world import Company, ofx, paid

MARCH = ofx(
    paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"),
    paid("F2", "77.77", "SOMEBODY ELSE", "THANKS"),
    balance="1577.77",
)


def mails(company: Company) -> list[Path]:
    return sorted((company.folder / "outbox").glob("*.eml"))


def test_night_posts_what_is_certain_queues_the_rest_and_writes_to_who_owes(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    done = books.night()
    assert done.code == 0, done.out + done.err
    report = done.last
    assert report["placed"] == [
        {"company": "main", "currency": "USD", "kind": "apply", "deposits": 1, "amount": "1500.00"}
    ]
    assert report["waiting"] == [
        {"kind": "deposit", "company": "main", "currency": "USD", "items": 1, "amount": "77.77"}
    ]
    assert report["balance"] == [
        {"company": "main", "currency": "USD", "bank": "1577.77", "applied": "1500.00", "on_account": "0.00",
         "unapplied": "77.77", "set_aside": "0.00", "other": "0.00", "difference": "0.00"}
    ]  # fmt: skip
    assert report["notices"]["sent"] == len(mails(books)) == 2
    assert "250.50" in mails(books)[0].read_text(encoding="utf-8") + mails(books)[1].read_text(encoding="utf-8")
    assert "1,500.00" not in mails(books)[0].read_text(encoding="utf-8") + mails(books)[1].read_text(encoding="utf-8")
    assert books.require_proof()["holds"]


def test_second_night_finds_nothing_to_do_and_writes_its_record_only(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    books.night()
    before = books.require_proof()["counts"]
    again = books.night()
    assert again.code == 0
    assert again.last["placed"] == []
    assert again.last["matching"] == {"skipped": "nothing new since the last decisions"}
    assert (again.last["notices"]["planned"], again.last["notices"]["sent"]) == (0, 0)
    assert books.require_proof()["counts"] == before
    assert len(mails(books)) == 2


def test_same_and_overlapping_statements_add_nothing(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    books.night()
    books.drop("march again.ofx", MARCH)
    books.drop("longer.ofx", MARCH.replace("</BANKTRANLIST>", paid("F9", "99.99", "BLUECREST FOODS INC", "410013") +
                                           "</BANKTRANLIST>").replace("1577.77", "1677.76"))  # fmt: skip
    done = books.night()
    assert done.last["counts"]["lines_new"] == 1
    assert books.require_proof()["counts"]["bank_line"] == 3


def test_two_equal_payments_of_a_day_stay_two(books: Company) -> None:
    twice = paid("", "10.00", "AMBERLINE SUPPLY LLC", "card").replace("<FITID>", "<FITID>X")
    books.drop("march.ofx", ofx(twice, twice, balance="20.00"))
    books.night()
    assert books.require_proof()["counts"]["bank_line"] == 2


def test_dry_run_shows_the_night_and_keeps_nothing(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    before = books.require_proof()["counts"]
    done = books.night("--dry-run")
    assert done.code == 0, done.out + done.err
    assert done.last["dry_run"] is True
    assert done.last["placed"][0]["deposits"] == 1
    assert done.last["notices"]["planned"] == 2
    assert books.require_proof()["counts"] == before
    assert mails(books) == []
    assert list((books.folder / "reports").iterdir()) == []


def test_reviewer_resolves_explains_and_undoes(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    books.night()
    (item,) = books.run("review", "list", "--json").records("item")
    shown = books.run("review", "show", str(item["id"]), "--json").records("line")[0]
    assert (shown["amount"], shown["source"]["file"]) == ("77.77", "march.ofx")
    done = books.run("review", "apply", str(item["id"]), "--invoice", "410012=50.00", "--on-account", "C1", "--json")
    assert done.code == 0, done.out
    again = books.run("review", "accept", str(item["id"]), "--json")
    assert again.code == 1
    deposit = shown["id"]
    explained = books.run("explain", deposit, "--json")
    postings = explained.records("entry")[-1]["postings"]
    assert {
        "account": "receivable",
        "amount": "-50.00",
        "currency": "USD",
        "customer": "C1",
        "invoice": "410012",
    } in postings
    assert {"account": "on_account", "amount": "-27.77", "currency": "USD", "customer": "C1", "invoice": ""} in postings
    assert books.run("undo", deposit, "--reason", "wrong customer", "--as-of", "2026-04-01").code == 0
    assert [one["id"] for one in books.run("review", "list", "--json").records("item")] == [item["id"]]
    invoice = books.run("explain", "410012", "--json").records("open_item")[0]
    assert invoice["open"] == "250.50"
    books.require_proof()


def test_every_way_to_resolve_an_item(books: Company) -> None:
    lines = [paid(f"W{n}", f"{n}.11", f"PAYER {n}", "unclear") for n in range(1, 5)]
    books.drop("march.ofx", ofx(*lines, balance="10.44"))
    books.night()
    items = {one["amount"]: str(one["id"]) for one in books.run("review", "list", "--json").records("item")}
    assert len(items) == 4
    assert books.run("review", "claim", items["1.11"], RECON_ACTOR="ana").code == 0
    taken = books.run("review", "apply", items["1.11"], "--set-aside", "sale", RECON_ACTOR="ben")
    assert (taken.code, "ana is working on it" in taken.err) == (1, True)
    assert books.run("review", "release", items["1.11"], RECON_ACTOR="ana").code == 0
    assert books.run("review", "apply", items["1.11"], "--set-aside", "sale").code == 0
    assert books.run("review", "apply", items["2.11"], "--on-account", "C2").code == 0
    assert books.run("review", "snooze", items["3.11"], "--until", "2026-04-03", "--as-of", "2026-03-31").code == 0
    assert books.run("review", "reject", items["4.11"], "--reason", "not ours").code == 0
    left = books.run("review", "list", "--json").records("item")
    assert [one["state"] for one in left] == ["rejected"]
    night = books.night(day="2026-04-03")
    waiting = {one["amount"] for one in books.run("review", "list", "--json").records("item")}
    assert waiting == {"3.11", "4.11"}
    assert sum(one["items"] for one in night.last["waiting"]) == 2  # the report counts what the queue shows
    books.require_proof()


def test_invoice_whose_amount_moved_is_a_discrepancy_and_never_overwritten(books: Company) -> None:
    moved = (books.folder / "invoices.csv").read_text(encoding="utf-8").replace("1500.00,1500.00", "1600.00,1600.00")
    (books.folder / "moved.csv").write_text(moved, encoding="utf-8")
    done = books.run("import", "invoices", "moved.csv", "--json")
    assert (done.last["discrepancies"], done.last["new"]) == (1, 0)
    assert books.run("explain", "410011", "--json").records("open_item")[0]["open"] == "1500.00"
    (item,) = books.run("review", "list", "--json").records("item")
    assert item["kind"] == "discrepancy"
    books.require_proof()


def test_aging_counts_from_the_due_date(books: Company) -> None:
    done = books.run("report", "aging", "--json", "--as-of", "2026-03-12")
    (report,) = done.records("aging")
    assert report["totals"] == {
        "current": "350.49", "1-30": "0.00", "31-60": "1500.00", "61-90": "0.00", "90+": "0.00", "total": "1850.49"
    }  # fmt: skip


def test_journal_exports_each_entry_once_and_a_batch_again_as_it_was(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    books.night()
    assert books.run("export", "journal", "--out", "one.journal").code == 0
    assert books.run("export", "journal", "--json", "--out", "two.journal").last["entries"] == 0
    assert books.run("export", "journal", "--batch", "1", "--out", "again.journal").code == 0
    first = (books.folder / "one.journal").read_bytes()
    assert first == (books.folder / "again.journal").read_bytes()
    assert b"410011" in first


def test_invoice_file_adds_new_customers_and_leaves_known_ones_as_they_are(books: Company) -> None:
    (books.folder / "xero.csv").write_text(
        "ContactName,EmailAddress,InvoiceNumber,InvoiceDate,DueDate,Total,InvoiceAmountDue,Currency,Type,Status\n"
        "Amberline Supply LLC,,X-1,2026-01-10,2026-02-09,10.00,10.00,USD,Sales invoice,Awaiting Payment\n",
        encoding="utf-8",
    )
    done = books.run("import", "invoices", "xero.csv", "--json")
    assert (done.code, done.last["customers_new"]) == (0, 1), done.out
    again = books.run("import", "customers", "customers.csv", "--json")
    assert (again.last["new"], again.last["changed"]) == (0, 0)
    (books.folder / "short.csv").write_text("id,name\nC1,Amberline Supply Limited\n", encoding="utf-8")
    assert books.run("import", "customers", "short.csv", "--json").last["changed"] == 1
    restored = books.run("import", "customers", "customers.csv", "--json")
    assert restored.last["changed"] == 1
    books.drop("march.ofx", MARCH)
    assert books.night().last["notices"]["tasks"] == 1  # for the new customer only: the known one kept its address


def test_exports_to_stdout_are_the_file_alone_or_records_with_a_summary(books: Company) -> None:
    books.drop("march.ofx", MARCH)
    books.night()
    for kind, *arguments in (
        ["proposal", "proposals"],
        ["audit", "journal", "--layout", "audit"],
        ["journal", "journal"],
    ):
        plain = books.run("export", *arguments, "--dry-run")
        assert plain.code == 0
        assert books.run("export", *arguments, "--out", "out.file").code == 0
        assert plain.out == (books.folder / "out.file").read_text(encoding="utf-8")
        told = books.run("export", *arguments, "--json", *(["--batch", "1"] if kind == "journal" else []))
        assert told.last["exit"] == 0
        assert len(told.records(kind)) == told.last.get("rows", 1)
    (journal,) = books.run("export", "journal", "--batch", "1", "--json").records("journal")
    assert journal["text"] == (books.folder / "out.file").read_text(encoding="utf-8")
