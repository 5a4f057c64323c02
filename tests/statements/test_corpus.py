"""Every public sample is read with the right count, or refused with a reason named here. None is silently wrong.

The counts are those of the samples' own index: transaction tags, entries, `:61:` fields or 16 records in the raw file.
"""

import csv
from pathlib import Path

import pytest

from recon.model import Proof, Reading
from recon.statements import read_bytes, shipped_profiles
from recon.statements.propose import propose, try_profile
from tests.statements import corpus_tables as tables

pytestmark = pytest.mark.shared

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"
if not (CORPUS / "index.csv").exists():
    pytest.skip("the public samples are not beside the checkout", allow_module_level=True)

with (CORPUS / "index.csv").open(encoding="utf-8", newline="") as index:
    ROWS = list(csv.DictReader(index))
COUNTED = [row for row in ROWS if row["format"] != "csv"]
PROFILES = {profile.name: profile for profile in shipped_profiles()}


def named(row: dict[str, str]) -> str:
    return row["file"].rpartition("/")[2]


def content(row: dict[str, str]) -> bytes:
    return (CORPUS / row["file"]).read_bytes()


def read(row: dict[str, str], cut: int | None = None) -> Reading:
    chosen = tables.CHOSEN.get(named(row))
    profile = PROFILES[chosen] if chosen else None
    currency = "USD" if row["format"] == "csv" else None
    return read_bytes(content(row)[:cut], named(row), profile=profile, account_currency=currency)


def lines(reading: Reading) -> int:
    return sum(len(statement.lines) for statement in reading.statements)


def set_aside(reading: Reading) -> list[str]:
    return [problem.what for problem in reading.problems if problem.quarantined == "row"]


@pytest.mark.parametrize("row", COUNTED, ids=named)
def test_a_sample_is_read_with_the_right_count_or_refused_by_name(row):
    reading, expected = read(row), tables.REFUSED.get(named(row))
    if expected is not None:
        assert not reading.statements
        assert expected in " ".join(problem.what for problem in reading.problems if problem.quarantined == "file")
        return
    assert reading.is_believed, reading.problems
    assert lines(reading) + len(set_aside(reading)) == int(row["transactions"])
    assert set_aside(reading) == tables.ROWS_SET_ASIDE.get(named(row), [])


@pytest.mark.parametrize("row", [row for row in ROWS if row["format"] == "csv"], ids=named)
def test_a_csv_sample_is_read_row_by_row(row):
    wanted, reading = tables.CSV_ROWS[named(row)], read(row)
    if named(row) in tables.PROPOSED:
        toml = propose(content(row), named(row)).toml.replace('booked_on = "?"', 'booked_on = "Date"')
        reading = try_profile(content(row), named(row), toml)
    assert (lines(reading), len(set_aside(reading))) == wanted


@pytest.mark.parametrize("row", [r for r in ROWS if "open+sum=close:[True" in r["notes"]], ids=named)
def test_balances_that_agree_are_verified(row):
    wanted = row["notes"].split("open+sum=close:[")[1].split("]")[0].split(", ")
    found = [s.proof for s in read(row).statements if s.opening_minor is not None]
    assert [proof is Proof.VERIFIED for proof in found] == [flag == "True" for flag in wanted]


@pytest.mark.parametrize("pair", tables.SAME_BOOKS, ids=lambda pair: pair[0])
def test_the_same_books_as_csv_and_ofx_have_the_same_amounts(pair):
    """The OFX beside it was converted from the CSV by another program."""
    by_name = {named(row): row for row in ROWS}
    csv_reading, ofx_reading = (read(by_name[name]) for name in pair)
    amounts = [sorted(line.amount_minor for s in r.statements for line in s.lines) for r in (csv_reading, ofx_reading)]
    assert amounts[0] == amounts[1]


def is_silent(row: dict[str, str], cut: int, whole: Reading) -> bool:
    """Whether a cut file passes for whole with fewer lines or other amounts than the sample has.

    A format with neither end mark nor balance says UNVERIFIABLE: nobody can tell its cut at a row end.
    """
    reading = read(row, cut)
    if not reading.is_believed or set_aside(reading) or amounts(reading) == amounts(whole):
        return False
    proofs = {statement.proof for statement in reading.statements}
    has_end = row["format"] not in ("csv", "mt942")
    if Proof.DISCREPANCY in proofs or (not has_end and proofs == {Proof.UNVERIFIABLE}):
        return False
    return not tables.at_message_end(row["format"], content(row), cut)


def amounts(reading: Reading) -> list[int]:
    return [line.amount_minor for statement in reading.statements for line in statement.lines]


@pytest.mark.parametrize("row", ROWS, ids=named)
def test_no_cut_of_a_sample_passes_for_whole(row):
    """Every 97th byte here; every 7th with RECON_CORPUS_STEP=7 in the environment (half a minute)."""
    whole = read(row)
    cuts = range(1, len(content(row)), tables.STEP)
    assert [cut for cut in cuts if is_silent(row, cut, whole)] == []
