"""A reviewer asks what would have decided otherwise, and asks again with the change that was printed."""

import shlex
import sqlite3
from collections.abc import Callable

from tests.stories.world import Company, Done, ofx, paid

Command = Callable[..., Done]
DAY = ("--as-of", "2026-03-31")


def line_of(known: Company, bank_id: str) -> str:
    with sqlite3.connect(known.folder / "recon.sqlite") as books:
        [(line,)] = books.execute("SELECT id FROM bank_line WHERE bank_id = ?", (bank_id,)).fetchall()
    books.close()
    return f"D{line}"


def digest(known: Company) -> tuple[int, ...]:
    tables = ("entry", "posting", "audit", "proposal", "review_item", "teaching", "run")
    with sqlite3.connect(known.folder / "recon.sqlite") as books:
        counts = tuple(books.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in tables)
    books.close()
    return counts


def ask(recon: Command, subject: str) -> tuple[Done, Done]:
    """Search the smallest change, and ask again by the very command that was printed."""
    found = recon("explain", subject, "--counterfactual", "--json", *DAY)
    assert found.code == 0, found.err
    program, *again = shlex.split(found.last["again"])
    assert program == "recon"
    return found, recon(*again, "--json", *DAY)


def test_queued_deposit_is_told_what_would_have_posted_it(known: Company, recon: Command) -> None:
    known.drop("april.ofx", ofx(paid("Q1", "250.50", "AMBRELINE GROUP", "THANK YOU", "20260331")))
    assert recon("nightly", "-q", *DAY).code == 0
    before = digest(known)
    found, again = ask(recon, line_of(known, "Q1"))
    now, *flips = found.records("verdict")
    assert now["action"] == "queue"
    assert {flip["action"] for flip in flips} == {"auto"}
    assert any(change == "name:410012" for flip in flips for change in flip["changes"])
    assert again.last["flipped"] is True
    assert again.records("verdict")[1] == flips[0]
    assert digest(known) == before


def test_posted_deposit_is_asked_as_the_night_was_asked(known: Company, recon: Command) -> None:
    found, again = ask(recon, line_of(known, "F1"))
    now, *flips = found.records("verdict")
    assert (now["action"], now["settles"]) == ("auto", [{"item": "410011@C1", "amount": "1500.00"}])
    assert any(flip["changes"] == ["close:410011@C1"] for flip in flips)
    assert again.last["flipped"] is True
    stays = recon("explain", line_of(known, "F1"), "--change", "close:410013", "--json", *DAY)
    assert stays.last["flipped"] is False


def test_deposit_that_a_person_applied_is_asked_as_it_waited(known: Company, recon: Command) -> None:
    known.drop("april.ofx", ofx(paid("Q1", "250.50", "AMBRELINE GROUP", "THANK YOU", "20260331")))
    assert recon("nightly", "-q", *DAY).code == 0
    item = recon("review", "list", "--json").records("item")[0]
    assert recon("review", "apply", str(item["id"]), "--invoice", "410012=250.50").code == 0
    now = recon("explain", line_of(known, "Q1"), "--counterfactual", "--json", *DAY).records("verdict")[0]
    assert any(settled["item"] == "410012@C1" for settled in now["settles"])


def test_what_cannot_be_asked_says_why(known: Company, recon: Command) -> None:
    for arguments, code, words in (
        (("D999", "--counterfactual"), 1, "no deposit D999"),
        (("410011", "--counterfactual"), 1, "names no deposit"),
        ((line_of(known, "F1"), "--change", "colour:red"), 2, "not known"),
        ((line_of(known, "F1"), "--change", "close:999"), 2, "names no open items"),
        ((line_of(known, "F1"), "--counterfactual", "--change", "proved"), 2, "Say one of them"),
    ):
        done = recon("explain", *arguments, *DAY)
        assert (done.code, words in done.err) == (code, True), done.err


def test_people_read_sentences(known: Company, recon: Command) -> None:
    told = recon("explain", line_of(known, "F1"), "--counterfactual", *DAY).out
    assert "if 410011@C1 were not open: queued" in told
    assert "asked again: recon explain" in told


def test_explanation_names_the_run_the_model_and_the_rules_that_decided(known: Company, recon: Command) -> None:
    import recon as program
    from matchers.shipped import shipped_model

    [decided] = recon("explain", line_of(known, "F1"), "--json").records("decided")
    assert (decided["model"], decided["rules"]) == (shipped_model().version, program.__version__)
    assert decided["as_of"] == "2026-03-31"
    assert "model " in recon("explain", line_of(known, "F1")).out
