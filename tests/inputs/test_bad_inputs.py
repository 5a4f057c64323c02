"""Every bad file comes to what people read and agreed to in `expected.txt`; all in one inbox stop no night."""

import contextlib
import sqlite3

import pytest

from tests.inputs.cases import cases, expected, outcome
from tests.stories.world import Company

CASES = dict(cases())
SOME = [name for name in CASES if name.split("/")[0] not in ("invoices", "customers")][::5]


def test_there_are_more_than_five_hundred_cases_and_each_has_its_outcome() -> None:
    assert len(CASES) > 500
    assert list(expected()) == list(CASES)


@pytest.mark.parametrize("kind", sorted({name.split("/")[0] for name in CASES}))
def test_every_bad_file_is_taken_as_expected_or_refused_by_name(kind: str) -> None:
    agreed = expected()
    for name in [name for name in CASES if name.startswith(f"{kind}/")]:
        assert outcome(name, CASES[name]) == agreed[name], name
        assert agreed[name].strip(), f"{name}: nothing was taken, and nobody told why"


def test_a_night_with_bad_files_of_every_kind_takes_the_good_lines_once_and_loses_no_file(company: Company) -> None:
    for name in SOME:
        company.drop(name.replace("/", "-"), CASES[name])
    done = company.night()
    assert done.code == 3
    refused = {one["where"].split(",")[0] for one in done.records("problem")}
    taken = {row[0] for row in _rows(company, "SELECT name FROM source_file")}
    assert {name.replace("/", "-") for name in SOME} <= taken | refused
    assert company.require_proof()["counts"]["bank_line"] > 0
    again = company.night()
    assert again.last["counts"].get("lines_new", 0) == 0


def _rows(company: Company, sql: str) -> list[tuple[object, ...]]:
    with contextlib.closing(sqlite3.connect(company.folder / "recon.sqlite")) as connection:
        return connection.execute(sql).fetchall()
