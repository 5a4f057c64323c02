"""A company with settings, books, customers and invoices, fresh for each story."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from jobs.cli import app as cli
from tests.stories.world import CUSTOMERS, INVOICES, SETTINGS, Company, Done, ofx, paid

Command = Callable[..., Done]
APPLIED = ofx(paid("F1", "1500.00", "AMBERLINE SUPPLY LLC", "INV 410011"), balance="1500.00")


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    write_files(tmp_path)
    for arguments in SET_UP:
        done = company.run(*arguments)
        assert done.code == 0, done.err
    return company


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
def after_a_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A company's folder after a night that applied 1500.00 of Amberline and reminded both customers; to be copied."""
    folder = tmp_path_factory.mktemp("company")
    write_files(folder)
    with pytest.MonkeyPatch.context() as patch:
        work_in(folder, patch)
        for arguments in SET_UP:
            assert cli.run([*arguments, "-q"]) == 0
        Company(folder).drop("march.ofx", APPLIED)
        assert cli.run(["nightly", "-q", "--as-of", "2026-03-31"]) == 0
    return folder


@pytest.fixture
def known(after_a_night: Path, tmp_path: Path) -> Company:
    """The company after its first night."""
    shutil.copytree(after_a_night, tmp_path, dirs_exist_ok=True)
    return Company(tmp_path)


@pytest.fixture
def recon(known: Company, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run commands of the known company in this process: a process of its own would cost a second for each."""
    work_in(known.folder, monkeypatch)

    def run(*arguments: str, **environment: str) -> Done:
        capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            for key, value in environment.items():
                patch.setenv(key, value)
            code = int(cli.run(list(arguments)))
        told = capsys.readouterr()
        return Done(code, told.out, told.err)

    return run


SET_UP = (["init"], ["import", "customers", "customers.csv"], ["import", "invoices", "invoices.csv"])


def write_files(folder: Path) -> None:
    (folder / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    (folder / "customers.csv").write_text(CUSTOMERS, encoding="utf-8")
    (folder / "invoices.csv").write_text(INVOICES, encoding="utf-8")


def work_in(folder: Path, patch: pytest.MonkeyPatch) -> None:
    patch.chdir(folder)
    for key in [key for key in os.environ if key.startswith("RECON_")]:
        patch.delenv(key)
