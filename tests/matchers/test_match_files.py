"""`recon match` on files: the contract of proposals.csv, bad rows told, and the same answer from two processes."""

import csv
from dataclasses import fields
from pathlib import Path

import pytest

import matchers.spread
from bench.matching.files import write_world
from bench.matching.score import figures, outcomes
from bench.matching.world import make_world
from jobs.match_files import load_partitions, match_files
from jobs.match_tables import read_blocks
from jobs.spreading import spread_over
from matchers.cascade import match
from recon.errors import UsageError


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(make_world(77, 1_500, 0.5), folder)
    return folder


def run(folder, out, processes=1, history=True):
    past = (folder / "history_statement.csv", folder / "history_truth.csv") if history else (None, None)
    return match_files(
        folder / "customers.csv", folder / "invoices.csv", folder / "statement.csv", *past, "0.001", out, processes
    )


def test_proposals_keep_the_contract(folder, tmp_path):
    summary = run(folder, tmp_path / "p.csv")
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["fitid", "invoice_number", "amount", "confidence", "action", "rank"]
    assert {row["action"] for row in rows} <= {"auto", "queue"}
    assert {int(row["rank"]) for row in rows} <= {1, 2, 3, 4, 5}
    assert all(row["rank"] == "1" for row in rows if row["action"] == "auto")
    assert all(0.0 <= float(row["confidence"]) <= 1.0 for row in rows)
    assert summary.posted == len({row["fitid"] for row in rows if row["action"] == "auto"})
    assert summary.posted + summary.queued == summary.deposits


def test_own_world_is_matched_precisely_with_and_without_history(folder, tmp_path):
    run(folder, tmp_path / "with.csv")
    run(folder, tmp_path / "without.csv", history=False)
    known, cold = figures(outcomes(folder, tmp_path / "with.csv")), figures(outcomes(folder, tmp_path / "without.csv"))
    assert known["precision"] >= 0.997 and cold["precision"] >= 0.997
    assert known["straight_through"] >= 0.75
    assert cold["straight_through"] < known["straight_through"]
    assert known["noise_posted"] == cold["noise_posted"] == 0


def test_two_processes_give_identical_results(folder, tmp_path):
    run(folder, tmp_path / "one.csv")
    run(folder, tmp_path / "two.csv", processes=2)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


def test_one_partition_shared_by_processes_is_decided_the_same(folder, monkeypatch):
    monkeypatch.setattr(matchers.spread, "SHARED_FROM", 50)  # as if it were a large batch
    monkeypatch.setattr(matchers.spread, "SLICES", 12)
    inputs = ("customers", "invoices", "statement", "history_statement", "history_truth")
    partitions = load_partitions(*(folder / f"{name}.csv" for name in inputs), [])
    largest = max(partitions, key=lambda partition: len(partition.deposits))
    shared: list[int] = []

    alone = match(largest)
    with spread_over(2, least=2) as spread:

        def in_copies(function, count):
            shared.append(count)
            return spread(function, count)

        together = match(largest, spread=in_copies)
    assert max(shared) >= 4
    for name in ("proposals", "allocations"):
        one, other = getattr(alone, name), getattr(together, name)
        for column in fields(one):
            assert getattr(one, column.name).tolist() == getattr(other, column.name).tolist()


def test_no_invoice_is_posted_for_more_than_is_open(folder, tmp_path):
    run(folder, tmp_path / "p.csv")
    with (folder / "invoices.csv").open(encoding="utf-8", newline="") as file:
        left = {row["number"]: round(float(row["open_amount"]) * 100) for row in csv.DictReader(file)}
    returned = set()
    with (tmp_path / "p.csv").open(encoding="utf-8", newline="") as file:
        posted = [row for row in csv.DictReader(file) if row["action"] == "auto" and row["invoice_number"]]
    for row in posted:
        if row["amount"].startswith("-"):
            returned.add(row["invoice_number"])
    for row in posted:
        number = row["invoice_number"]
        if number in left and left[number] > 0 and number not in returned:
            left[number] -= round(float(row["amount"]) * 100)
            assert left[number] >= 0, number


def test_bad_rows_are_told_and_left_out(folder, tmp_path):
    for name in ("customers.csv", "invoices.csv", "statement.csv"):
        (tmp_path / name).write_bytes((folder / name).read_bytes())
    with (tmp_path / "statement.csv").open("a", encoding="utf-8") as file:
        file.write(
            "X1,2025-03-04,1.650,EUR,CREDIT,,NAME,MEMO\nX2,04.03.2025,10.00,EUR,CREDIT,,NAME,MEMO\nX3,2025-03-04\n"
        )
    summary = run(tmp_path, tmp_path / "p.csv", history=False)
    assert len(summary.problems) == 3
    assert any("'1.650'" in problem for problem in summary.problems)


def test_file_without_its_columns_is_a_usage_error(folder, tmp_path):
    (tmp_path / "invoices.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError, match=r"invoices\.csv lacks the columns id"):
        match_files(
            folder / "customers.csv",
            tmp_path / "invoices.csv",
            folder / "statement.csv",
            None,
            None,
            "0.001",
            tmp_path / "p.csv",
        )


def test_empty_files_give_an_empty_answer(tmp_path):
    (tmp_path / "customers.csv").write_text("id,name,aliases,currency\n")
    (tmp_path / "invoices.csv").write_text("id,customer_id,number,currency,amount,open_amount\n")
    (tmp_path / "statement.csv").write_text("fitid,date,amount,currency,type,checknum,payee,memo\n")
    summary = run(tmp_path, tmp_path / "p.csv", history=False)
    assert (summary.deposits, summary.posted) == (0, 0)
    assert (tmp_path / "p.csv").read_text() == "fitid,invoice_number,amount,confidence,action,rank\n"


def test_reading_tables_leaves_the_longest_cell_of_others_alone(tmp_path: Path) -> None:
    before = csv.field_size_limit()
    table = tmp_path / "t.csv"
    table.write_text("a,b\n" + "x" * 200_000 + ",1\n1,2,3\n", encoding="utf-8")
    problems: list[str] = []
    blocks = list(read_blocks(table, ["a"], problems))
    assert (len(blocks[0]["a"][0]), len(problems), csv.field_size_limit()) == (200_000, 1, before)
