"""A company with settings, books, customers and invoices, fresh for each story."""

from pathlib import Path

import pytest

from tests.stories.world import CUSTOMERS, INVOICES, SETTINGS, Company


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    (tmp_path / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    (tmp_path / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (tmp_path / "invoices.csv").write_text(INVOICES, encoding="utf-8")
    for arguments in (["init"], ["import", "customers", "customers.csv"], ["import", "invoices", "invoices.csv"]):
        done = company.run(*arguments)
        assert done.code == 0, done.err
    return company
