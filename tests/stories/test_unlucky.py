"""What an unlucky or hostile folder holds: one odd file is set aside, the others are booked, and the books hold."""

import os

import pytest

from tests.stories.world import Company, ofx, paid

GOOD = paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011")
PLAIN = "fitid,date,amount,currency,type,checknum,payee,memo\n"


@pytest.mark.parametrize(
    ("written", "shown"), [(b"a\xff\xfe.ofx", "a\\udcff\\udcfe.ofx"), (b"a\x1b[2J.ofx", "a\\x1b[2J.ofx")]
)
def test_file_whose_name_is_no_text_is_set_aside_and_the_others_are_booked(
    company: Company, written: bytes, shown: str
) -> None:
    company.drop("march.ofx", ofx(GOOD, balance="1500.00"))
    company.drop(os.fsdecode(written), "rubbish")
    done = company.night()
    assert done.code == 3
    assert [one["where"] for one in done.records("problem")] == [shown]
    assert [one["amount"] for one in done.last["placed"]] == ["1500.00"]
    company.require_proof()


def test_amounts_that_no_bank_has_set_their_file_aside_and_the_others_are_booked(company: Company) -> None:
    company.drop("march.ofx", ofx(GOOD, balance="1500.00"))
    rows = "".join(f"B{n},2026-03-29,92233720368547758.07,USD,CREDIT,,SOMEBODY,x\n" for n in range(2))
    company.drop("big.csv", PLAIN + rows)
    done = company.night()
    assert done.code == 3
    assert [one["what"] for one in done.records("problem")] == ["the amounts of the file are larger than any bank's"]
    assert [one["amount"] for one in done.last["placed"]] == ["1500.00"]
    company.require_proof()


def test_rehearsed_export_writes_no_file(company: Company) -> None:
    for arguments in (["proposals"], ["journal", "--layout", "audit"]):
        done = company.run("export", *arguments, "--out", "out.csv", "--dry-run", "--json")
        assert done.code == 0, done.out
        assert not list(company.folder.glob("out.csv*"))
        assert company.run("export", *arguments, "--out", "out.csv").code == 0
        (company.folder / "out.csv").unlink()
