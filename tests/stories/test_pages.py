"""The pages run as they are written, command by command, on the files they show."""

import re
import shlex
import shutil
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.stories.world import CUSTOMERS, INVOICES, SETTINGS, Company, Done, ofx, paid

ROOT = Path(__file__).parents[2]
BEFORE_US = {"git", "make", ".", "mkdir", "cd"}  # what makes the folder and the program, which a test has already
MARCH = ofx(
    paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"),
    paid("F2", "77.77", "J SMITH", "THANK YOU", "20260316"),
    balance="1577.77",
)


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Return (language, file name, text) of each fenced block of a page, in order."""
    text = (ROOT / page).read_text(encoding="utf-8")
    found = re.findall(r"(?ms)^ *```(\w*) ?([\w.]*)\n(.*?)^ *```$", text)
    return [(language, name, textwrap.dedent(body)) for language, name, body in found]


def commands(text: str) -> Iterator[list[str]]:
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if words and words[0] not in BEFORE_US:
            yield words


def carry_out(company: Company, words: list[str]) -> Done:
    """Run a command of a page as a person would type it; it must succeed."""
    if words[0] == "cp":
        for source in company.folder.glob(words[1]):
            shutil.copy(source, company.folder / words[2])
        return Done(0, "", "")
    assert words[0] == "recon", words
    done = company.run(*words[1:])
    assert done.code == 0, (words, done.out + done.err)
    return done


def test_tutorial_runs_word_for_word_and_says_what_the_page_says(tmp_path: Path) -> None:
    company, said = Company(tmp_path), ""
    for language, name, text in blocks("docs/tutorial.md"):
        if name:
            (tmp_path / name).write_text(text, encoding="utf-8")
        elif language == "toml":
            with (tmp_path / "recon.toml").open("a", encoding="utf-8") as settings:
                settings.write(f"\n{text}")
        elif language == "sh":
            said = "".join(carry_out(company, words).out for words in commands(text))
        else:
            assert text in said
    assert company.run("doctor").code == 0
    assert company.run("verify", "--anchor", said.splitlines()[-1]).code == 0


def test_first_night_of_the_readme_runs_as_it_stands(tmp_path: Path) -> None:
    """Customers and invoices come in, the statement is read, a payment is posted, one waits, and the books prove."""
    company = Company(tmp_path)
    (tmp_path / "statements").mkdir()
    files = {"customers.csv": CUSTOMERS, "invoices.csv": INVOICES, "statements/march.ofx": MARCH}
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (written,) = [text for _, _, text in blocks("README.md") if "recon init" in text]
    told = {}
    for words in commands(written):
        if words[0] == "cp":  # "name the accounts in recon.toml first"
            with (tmp_path / "recon.toml").open("a", encoding="utf-8") as settings:
                settings.write(SETTINGS)
        told[" ".join(words[1:3])] = carry_out(company, words).out
    assert "posted  1 deposit, 1500.00 USD" in told["nightly --as-of"]
    assert "D2 J SMITH THANK YOU" in told["review list"]
    assert "350.49" in told["report aging"]
    assert told["verify"].splitlines()[-2].startswith("the books hold")


def test_twenty_four_nights_of_a_day_post_once_and_write_once(known: Company) -> None:
    """ "Run the night again after a crash, or twenty-four times a day: no second posting, no second mail.\""""
    known.drop("rest.ofx", ofx(paid("F2", "99.99", "BLUECREST FOODS INC", "INV 410013"), balance="1599.99"))
    nights = [known.night().last for _ in range(24)]
    assert [night["counts"].get("posted", 0) for night in nights] == [1] + [0] * 23
    assert sum(night["notices"]["planned"] for night in nights) == 0
    assert len(list((known.folder / "outbox").glob("*.eml"))) == 2
    assert known.require_proof()["counts"]["bank_line"] == 2


def test_month_closes_by_the_commands_of_its_page(known: Company) -> None:
    known.drop("rest.ofx", ofx(paid("F2", "77.77", "J SMITH", "THANK YOU"), balance="1577.77"))
    assert known.night().code == 0
    pages = blocks("docs/how-to/close-a-month.md")
    told = {" ".join(words[1:3]): carry_out(known, words) for _, _, text in pages for words in commands(text)}
    assert "1 bank line of the period still waiting: 77.77 USD" in told["period close"].out
    assert {"march.csv", "march-aging.xlsx", "march.sqlite"} <= {path.name for path in known.folder.iterdir()}
    kept = next(line for line in told["verify"].out.splitlines() if line.startswith("anchor:"))
    assert known.run("verify", "--anchor", kept).code == 0
    assert known.run("db", "restore", "march.sqlite", "--anchor", kept).code == 0


def test_unknown_headers_get_the_mapping_that_the_page_shows(company: Company) -> None:
    rows = "Belegnummer;Debitor;Fällig am;Betrag;Offen;Notiz\nRE-1;C1;31.03.2026;1.650,00;1.650,00;\n"
    (company.folder / "debitoren.csv").write_text(rows, encoding="utf-8")
    proposed = company.run("import", "invoices", "debitoren.csv")
    (shown,) = [text for _, _, text in blocks("docs/how-to/import-invoices.md") if "[columns]" in text]
    assert (proposed.code, shown in proposed.out) == (3, True)
    (company.folder / "mappings").mkdir()
    (company.folder / "mappings" / "debitoren.toml").write_text(shown, encoding="utf-8")
    assert company.run("import", "invoices", "debitoren.csv", "--json").last["new"] == 1


@pytest.mark.parametrize(("shown", "decided"), [("DD/MM/YYYY", "2026-04-03"), ("MM/DD/YYYY", "2026-03-04")])
def test_csv_of_an_unknown_bank_is_read_by_the_steps_of_its_page(company: Company, shown: str, decided: str) -> None:
    rows = 'Date,Text,In,Out,Balance\n03/04/2026,AMBERLINE,"1,650",,"1,650"\n05/04/2026,FEE,,12,"1,638"\n'
    (company.folder / "bank.csv").write_text(rows, encoding="utf-8")
    assert "Run `recon read FILE --propose`" in company.run("read", "bank.csv").err
    proposed = company.run("read", "bank.csv", "--propose")
    assert proposed.err.count("warning:") == 3  # days, decimal mark, currency: each question with its choices
    answers = {'booked_on = ["?"]': f'booked_on = ["{shown}"]', 'decimal = "?"': 'decimal = "."',
               'group = ""': 'group = ","', 'currency = "?"': 'currency = "EUR"'}  # fmt: skip
    profile = proposed.out
    for question, answer in answers.items():
        assert question in profile
        profile = profile.replace(question, answer)
    (company.folder / "mybank.toml").write_text(profile, encoding="utf-8")
    read = company.run("read", "bank.csv", "--profile", "mybank.toml", "--json")
    assert next((line["booked_on"], line["amount"]) for line in read.records("line")) == (decided, "1650.00")
