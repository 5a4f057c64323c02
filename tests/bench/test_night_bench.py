"""The benchmark of the night says what it must, at a size where it takes seconds. Nothing here depends on time."""

from importlib import import_module
from typing import Any

import pytest

from bench.books import sqlite_server
from bench.night import PER_ITEM, STEPS, Measured, exponent, measure, report
from bench.world import Size, customers_csv, invoices_csv, open_invoices, statement_ofx

SIZE = Size(60, 600, 120)


def in_this_process(module: str, *arguments: Any) -> dict[str, Any]:
    """Run what the benchmark runs in fresh processes."""
    told: dict[str, Any] = import_module(f"bench.{module}").main(*arguments)
    return told


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Measured:
    with sqlite_server() as server:
        return measure(SIZE, server, tmp_path_factory.mktemp("bench"), in_this_process)


def test_every_step_stands_beside_its_floor(measured: Measured) -> None:
    printed = report([measured], help_cost=1.5)
    for name in STEPS:
        assert measured.engine[name] > 0
        assert measured.floor[name] > 0
        assert any(line.startswith(name) and len(line.split()) >= 4 for line in printed.splitlines())
    for name in PER_ITEM:
        assert measured.engine[name] > 0
        assert measured.items[name] > 0
    assert "x their floor" in printed
    assert "recon --help is 1.50x" in printed


def test_the_floor_writes_the_same_rows_and_hashes_as_the_engine(measured: Measured) -> None:
    assert measured.different == ()
    assert measured.floor_rows["bank_line"] == SIZE.deposits
    assert measured.floor_rows["open_item"] == SIZE.invoices
    assert measured.floor_rows["entry"] > SIZE.deposits
    assert measured.floor_rows["notice"] > 0


def test_a_night_with_nothing_new_writes_only_its_run_record(measured: Measured) -> None:
    assert measured.written_again == ("run", "run_step")


def test_a_cost_that_grows_with_its_size_has_exponent_one() -> None:
    small = Measured(SIZE, {"read": 1.0}, {}, {}, {"rendering": 1}, 0, (), {}, ())
    large = Measured(Size(600, 6_000, 1_200), {"read": 10.0}, {}, {}, {"rendering": 1}, 0, (), {}, ())
    assert exponent(small, large, "read") == pytest.approx(1.0)


def test_the_same_numbers_give_the_same_world() -> None:
    first, second = (statement_ofx(SIZE, open_invoices(SIZE)) for _ in range(2))
    assert first == second
    assert first.count("<STMTTRN>") == SIZE.deposits
    assert customers_csv(SIZE).count("\n") == SIZE.customers + 1
    assert invoices_csv(open_invoices(SIZE)).count("\n") == SIZE.invoices + 1


def test_a_floor_that_wrote_other_rows_would_be_told(measured: Measured) -> None:
    changed = Measured(**{**{name: getattr(measured, name) for name in measured.__slots__}, "different": ("entry",)})
    assert "OTHER rows in entry" in report([changed], None)
