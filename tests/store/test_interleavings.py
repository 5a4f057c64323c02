"""Some of the orders in which reviewers, night and import can meet; `make contention` plays thousands."""

from pathlib import Path

from bench.interleavings import STORIES, run
from bench.rewind import postgresql_rewind, sqlite_rewind


def test_in_every_order_on_sqlite_one_gets_its_way(tmp_path: Path) -> None:
    assert run("SQLite", range(10 * len(STORIES)), sqlite_rewind(tmp_path)) == []


def test_in_every_order_on_postgresql_one_gets_its_way(postgresql_url: str) -> None:
    assert run("PostgreSQL", range(2 * len(STORIES)), postgresql_rewind(postgresql_url)) == []
