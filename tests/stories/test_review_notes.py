"""Every item of the queue says what it is about, and every note is words: what a reviewer reads in the morning."""

from tests.stories.world import INVOICES, Company, ofx, paid

LIMITED = "\n[review]\nsecond_approval_above = 100\n"


def queue(company: Company) -> list[str]:
    return [item["label"] for item in company.run("review", "list", "--json").records("item")]


def test_discrepancy_names_its_invoice_and_both_sides(known: Company) -> None:
    changed = INVOICES.replace("250.50,250.50", "250.50,50.00")
    (known.folder / "invoices.csv").write_text(changed, encoding="utf-8")
    known.run("import", "invoices", "invoices.csv")
    assert queue(known) == ["discrepancy: 410012 C1 Amberline Supply LLC: open amount 50.00 of 250.50"]
    shown = known.run("review", "show", "1")
    assert "note: the file says 50.00 open of 250.50 USD, the books 250.50 open of 250.50 USD\n" in shown.out
    (note,) = known.run("review", "show", "1", "--json").records("note")
    assert (note["open_in_file"], note["open_in_books"], note["not_exported"]) == ("50.00", "250.50", "0.00")


def test_second_person_reads_who_asks_for_what_and_why(known: Company) -> None:
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(LIMITED)
    known.drop("april.ofx", ofx(paid("F9", "300.00", "NOBODY KNOWN", "no text at all"), balance="1800.00"))
    known.night()
    done = known.run("review", "apply", "1", "--invoice", "410012=250.50", "--on-account", "C1", "--reason", "by phone")
    assert done.code == 0, done.err
    shown = known.run("review", "show", "1", RECON_ACTOR="ben").out
    assert "asks a second person to apply 410012 250.50; on account 49.50 (by phone)\n" in shown
    assert "{" not in shown


def test_note_of_a_discrepancy_is_kept_beside_the_question_to_a_second_person(known: Company) -> None:
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(LIMITED)
    (known.folder / "invoices.csv").write_text(INVOICES.replace("250.50,250.50", "250.50,50.00"), encoding="utf-8")
    known.run("import", "invoices", "invoices.csv")
    known.run("review", "accept", "1")
    shown = known.run("review", "show", "1").out
    assert "asks a second person to take over what was settled elsewhere; the file says 50.00 open" in shown


def test_booking_that_waits_says_what_is_asked(known: Company) -> None:
    with (known.folder / "recon.toml").open("a", encoding="utf-8") as settings:
        settings.write(LIMITED)
    done = known.run("book", "write-off", "C1", "--invoice", "410012=250.50", "--reason", "too old")
    assert done.code == 0, done.err
    assert queue(known) == ["write off 410012=250.50 of C1"]
    assert "asks a second person to book: write off 410012=250.50 of C1" in known.run("review", "show", "1").out


def test_task_names_the_customer(company: Company) -> None:
    (company.folder / "more.csv").write_text("id,name,aliases,currency,email\nC1,Amberline Supply LLC,,USD,\n", "utf-8")
    company.run("import", "customers", "more.csv")
    company.drop("march.ofx", ofx(paid("F1", "99.99", "BLUECREST FOODS", "INV 410013"), balance="99.99"))
    company.night()
    assert any(label.startswith("task: C1 Amberline Supply LLC: USD reminder") for label in queue(company))


def test_statement_that_contradicts_itself_names_account_and_file(company: Company) -> None:
    company.drop("mt.sta", MT940)
    company.night()
    assert "statement main-usd" in " ".join(queue(company)), queue(company)


MT940 = (
    ":20:A\n:25:7700412290\n:28C:1/1\n:60F:C260301USD100,00\n:61:2603020302C10,00NTRFNONREF//B1\n:86:SOMEBODY\n"
    ":62F:C260302USD500,00\n-\n"
)
