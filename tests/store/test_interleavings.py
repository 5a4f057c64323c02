"""A few of the orders in which reviewers, night and import can meet; `python -m bench.interleavings` plays thousands."""

from pathlib import Path

from bench.interleavings import STORIES, postgresql_books, run, sqlite_books


def test_in_every_order_on_sqlite_one_gets_its_way(tmp_path: Path) -> None:
    assert run("SQLite", range(10 * len(STORIES)), sqlite_books(tmp_path)) == []


def test_in_every_order_on_postgresql_one_gets_its_way(postgresql_url: str) -> None:
    assert run("PostgreSQL", range(2 * len(STORIES)), postgresql_books(postgresql_url)) == []
