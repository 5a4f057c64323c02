"""A company with settings, books, customers and invoices, fresh for each story."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.stories.world import CUSTOMERS, INVOICES, SETTINGS, Company, Done, ofx, paid

Command = Callable[..., Done]
APPLIED = ofx(paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"), balance="1500.00")


@pytest.fixture(scope="session")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder with settings, books, customers and invoices; to be copied."""
    company = Company(tmp_path_factory.mktemp("begun"))
    write_files(company.folder)
    for arguments in SET_UP:
        done = company.run(*arguments)
        assert done.code == 0, done.err
    return company.folder


@pytest.fixture
def company(begun: Path, tmp_path: Path) -> Company:
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return Company(tmp_path)


@pytest.fixture(params=["sqlite", "postgresql"])
def books(request: pytest.FixtureRequest, company: Company) -> Company:
    """The company, with its books in SQLite or in PostgreSQL."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgresql_url")
        settings = (company.folder / "recon.toml").read_text(encoding="utf-8")
        (company.folder / "recon.toml").write_text(f'database = "{url}"\n{settings}', encoding="utf-8")
        for kind in ("customers", "invoices"):
            done = company.run("import", kind, f"{kind}.csv")
            assert done.code == 0, done.err
    return company


@pytest.fixture(scope="session")
def after_a_night(begun: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder after a night that applied 1500.00 of Amberline and reminded both customers; to be copied."""
    company = Company(tmp_path_factory.mktemp("company"))
    shutil.copytree(begun, company.folder, dirs_exist_ok=True)
    company.drop("march.ofx", APPLIED)
    assert company.night().code == 0
    return company.folder


@pytest.fixture
def known(after_a_night: Path, tmp_path: Path) -> Company:
    """The company after its first night."""
    shutil.copytree(after_a_night, tmp_path, dirs_exist_ok=True)
    return Company(tmp_path)


@pytest.fixture
def recon(known: Company) -> Command:
    """Commands of the known company."""
    return known.run


SET_UP = (["init"], ["import", "customers", "customers.csv"], ["import", "invoices", "invoices.csv"])


def write_files(folder: Path) -> None:
    (folder / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "invoices.csv").write_text(INVOICES, encoding="utf-8")
