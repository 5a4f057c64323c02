"""Matching learns from the books' own past: a candidate is judged on deposits it has not seen before it is used."""

import sqlite3
from collections.abc import Callable

from tests.stories.world import Company, Done, ofx, paid

Command = Callable[..., Done]


def import_past(known: Company, recon: Command, count: int) -> None:
    """Let so many reconciled deposits be known, each with the number of its invoice in the text."""
    names = ("AMBERLINE SUPPLY LLC", "BLUECREST FOODS INC")
    lines, truth = [], ["fitid,invoice_number,allocated_amount,customer_id"]
    for n in range(count):
        amount = f"{100 + 7 * n % 1900}.{n % 100:02d}"
        day = f"2025{1 + n % 12:02d}{1 + n % 28:02d}"
        lines.append(paid(f"P{n}", amount, names[n % 2], f"INV {700000 + n}", day))
        truth.append(f"P{n},{700000 + n},{amount},C{1 + n % 2}")
    (known.folder / "past.ofx").write_text(ofx(*lines), encoding="utf-8")
    (known.folder / "truth.csv").write_text("\n".join(truth) + "\n", encoding="utf-8")
    done = recon("import", "history", "past.ofx", "truth.csv", "--json")
    assert done.last["settlements"] == count, done.out + done.err


def versions_of_proposals(known: Company) -> set[str]:
    with sqlite3.connect(known.folder / "recon.sqlite") as books:
        found = {row[0] for row in books.execute("SELECT model_version FROM proposal")}
    books.close()
    return found


def test_few_deposits_make_a_candidate_that_only_a_person_takes(known: Company, recon: Command) -> None:
    import_past(known, recon, 40)
    done = recon("train", "--activate", "--json", "--as-of", "2026-04-01")
    assert (done.code, done.last["active"], done.last["is_better"]) == (1, False, False), done.out
    version = done.last["model"]
    assert recon("train", "--json", "--as-of", "2026-04-01").last["model"] == version
    assert recon("train", "--use", version, "--dry-run").code == 0
    assert recon("train", "--use", version, "--activate").code == 2
    assert recon("train", "--use", version).code == 0
    known.drop("april.ofx", ofx(paid("F9", "99.99", "BLUECREST FOODS INC", "INV 410013", "20260331")))
    night = recon("nightly", "--json", "--as-of", "2026-04-01")
    assert night.code == 0, night.out
    assert version in versions_of_proposals(known)
    assert night.last["matching"]["model"] == version
    assert recon("verify").code == 0


def test_model_in_use_is_decided_with_anew_once_it_changes(known: Company, recon: Command) -> None:
    import_past(known, recon, 40)
    known.drop("april.ofx", ofx(paid("F9", "77.77", "SOMEBODY ELSE", "THANKS", "20260331")))
    assert "model" in recon("nightly", "--json", "--as-of", "2026-04-01").last["matching"]
    assert "skipped" in recon("nightly", "--json", "--as-of", "2026-04-01").last["matching"]
    version = recon("train", "--json", "--as-of", "2026-04-01").last["model"]
    assert recon("nightly", "--json", "--as-of", "2026-04-01").last["matching"]["model"] != version
    assert recon("train", "--use", version).code == 0
    assert recon("nightly", "--json", "--as-of", "2026-04-01").last["matching"]["model"] == version
    assert recon("train", "--use", "shipped").code == 0
    unknown = recon("train", "--use", "odd")
    assert (unknown.code, version in unknown.err) == (1, True)
    assert recon("nightly", "--json", "--as-of", "2026-04-01").last["matching"]["model"] != version


def test_better_model_on_enough_deposits_takes_over(known: Company, recon: Command) -> None:
    import_past(known, recon, 1_050)
    done = recon("train", "--activate", "--json", "--as-of", "2026-04-01")
    assert (done.code, done.last["active"]) == (0, True), done.out
    assert done.last["held_out"] >= 200
    assert float(done.last["new_loss"]) < float(done.last["old_loss"])


def test_books_without_a_past_teach_nothing(company: Company) -> None:
    done = company.run("train")
    assert (done.code, "no past to learn from" in done.err) == (1, True)


def test_model_in_use_is_shown_with_its_table_and_the_shares_by_confidence(known: Company, recon: Command) -> None:
    done = recon("model", "--json", "--as-of", "2026-03-31")
    assert (done.code, done.last["shipped"], done.last["drift"]) == (0, True, "too few")
    assert done.last["deposits_late"] == 1
    bins = done.records("confidence")
    assert len(bins) > 5
    assert sum(each["training"] for each in bins) > 0.999
    assert [each["late"] for each in bins].count(1.0) == 1
    assert recon("model", "--json", "--as-of", "2026-05-15").last["deposits_before"] == 1
    import_past(known, recon, 40)
    version = recon("train", "--json", "--as-of", "2026-04-01").last["model"]
    [listed] = recon("model", "--json").records("model")
    assert (listed["model"], listed["state"]) == (version, "candidate")
    assert "raw odds from, counted, wrong" in recon("model").out
