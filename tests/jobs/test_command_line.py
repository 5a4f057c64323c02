"""The command line: shared options anywhere, exit codes, JSON that ends in a summary or an error."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.stories.world import Company, Done


def recon(*arguments: str, cwd: Path) -> Done:
    """Run a command in this process; the ways a process can end have processes of their own below."""
    return Company(cwd).run(*arguments)


def process(*arguments: str, cwd: Path) -> "subprocess.CompletedProcess[str]":
    environment = {key: value for key, value in os.environ.items() if not key.startswith("RECON_")}
    command = [sys.executable, "-m", "jobs.cli", *arguments]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, env=environment, check=False, timeout=120)


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder after `recon init`; to be copied."""
    folder = tmp_path_factory.mktemp("begun")
    assert recon("init", cwd=folder).code == 0
    return folder


@pytest.fixture
def ready(begun: Path, tmp_path: Path) -> Path:
    """A folder with settings of its own and empty books."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    return tmp_path


def test_unknown_command_ends_with_2(tmp_path: Path) -> None:
    done = process("nope", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "error: No such command 'nope'. See `recon --help`.\n"


def test_missing_settings_end_with_2_and_an_error_object(tmp_path: Path) -> None:
    done = process("nightly", "--json", cwd=tmp_path)
    assert done.returncode == 2
    error = json.loads(done.stdout.splitlines()[-1])
    assert error["type"] == "error"
    assert error["exit"] == 2
    assert error["remedy"] == "Write one with `recon init`, or name yours with --config FILE."


def test_missing_database_ends_with_10_and_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "recon.toml").write_text("", encoding="utf-8")
    done = recon("verify", cwd=tmp_path)
    assert done.code == 10
    done = recon("nightly", cwd=tmp_path)
    assert done.code == 10
    assert "recon db upgrade" in done.err


def test_shared_options_may_stand_anywhere(ready: Path) -> None:
    for arguments in (["--json", "doctor"], ["doctor", "--json"]):
        assert recon(*arguments, cwd=ready).last["type"] == "summary"


def test_init_leaves_what_exists_alone(tmp_path: Path) -> None:
    (tmp_path / "recon.toml").write_text('inbox = "mine"\n', encoding="utf-8")
    assert recon("init", cwd=tmp_path).code == 0
    assert (tmp_path / "recon.toml").read_text(encoding="utf-8") == 'inbox = "mine"\n'
    assert (tmp_path / "mine").is_dir()


def test_doctor_names_what_is_wrong_and_fails(ready: Path) -> None:
    (ready / "outbox").rmdir()
    done = recon("doctor", "--json", cwd=ready)
    checks = {record["check"]: record for record in map(json.loads, done.out.splitlines()[:-1])}
    assert done.code == 1
    assert not checks["outbox"]["ok"]
    assert "is not a folder. Create it, or run `recon init`" in checks["outbox"]["detail"]
    assert checks["database"]["ok"]


@pytest.mark.parametrize("day", ["31.03.2026", "2026-02-30", "tomorrow", "0001-01-01", "9999-12-31"])
def test_business_day_that_is_no_day_ends_with_2(ready: Path, day: str) -> None:
    done = recon("nightly", "--as-of", day, cwd=ready)
    assert done.code == 2
    assert "Write it as 2026-03-31" in done.err


def test_dry_run_of_init_writes_nothing(tmp_path: Path) -> None:
    assert recon("init", "--dry-run", cwd=tmp_path).code == 0
    assert list(tmp_path.iterdir()) == []


def test_read_and_match_need_no_settings_and_leave_no_database(tmp_path: Path) -> None:
    (tmp_path / "customers.csv").write_text(
        "id,name,aliases,currency\nC1,Amberline Supply LLC,,USD\n", encoding="utf-8"
    )
    (tmp_path / "invoices.csv").write_text(
        "id,customer_id,number,po_number,issue_date,due_date,currency,amount,open_amount\n"
        "1,C1,410011,,2026-01-10,2026-02-09,USD,1500.00,1500.00\n",
        encoding="utf-8",
    )
    (tmp_path / "plain.csv").write_text(
        "fitid,date,amount,currency,type,checknum,payee,memo\n"
        "F1,2026-03-15,1500.00,USD,CREDIT,,AMBERLINE SUPPLY LLC,INV 410011\n",
        encoding="utf-8",
    )
    read = recon("read", "plain.csv", "--json", cwd=tmp_path)
    assert (read.code, read.last["lines"]) == (0, 1)
    files = ["--customers", "customers.csv", "--invoices", "invoices.csv", "--statement", "plain.csv", "--out", "p.csv"]
    assert recon("match", *files, cwd=tmp_path).code == 0
    row = (tmp_path / "p.csv").read_text(encoding="utf-8").splitlines()[1].split(",")
    assert (row[:3], row[4:]) == (["F1", "410011", "1500.00"], ["auto", "1"])
    assert {path.name for path in tmp_path.iterdir()} == {"customers.csv", "invoices.csv", "plain.csv", "p.csv"}


def test_group_without_a_command_shows_its_help_and_ends_with_2(tmp_path: Path) -> None:
    done = recon("review", cwd=tmp_path)
    assert done.code == 2
    assert done.err.startswith("Usage: recon review")
    done = recon("review", "--json", cwd=tmp_path)
    assert (done.code, done.last["exit"]) == (2, 2)


def test_wrong_use_of_a_command_names_the_help_of_that_command(tmp_path: Path) -> None:
    assert recon("reviw", cwd=tmp_path).err.endswith("Did you mean 'review'? See `recon --help`.\n")
    assert recon("review", "apply", cwd=tmp_path).err.endswith("See `recon review apply --help`.\n")


def test_file_that_cannot_be_written_is_named_with_what_to_do(ready: Path) -> None:
    done = recon("export", "proposals", "--out", "no/such/folder.csv", cwd=ready)
    assert done.code == 1
    assert done.err == (
        "error: no/such/folder.csv.part: No such file or directory. Correct the path, or create its folder\n"
    )


def test_number_larger_than_the_books_hold_is_told(ready: Path) -> None:
    done = recon("review", "show", "9" * 30, cwd=ready)
    assert done.code == 1
    assert done.err.startswith("error: a value does not fit the books")
    assert "Traceback" not in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
@pytest.mark.parametrize("way", ["doctor >/dev/full", "doctor --json >/dev/full", "nope --json >/dev/full"])
def test_full_stdout_is_told_on_stderr(ready: Path, way: str) -> None:
    command = f"{sys.executable} -m jobs.cli {way}"
    done = subprocess.run(["sh", "-c", command], cwd=ready, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("error: ")
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr


def test_closed_stdout_stops_nothing(ready: Path) -> None:
    command = f"{sys.executable} -m jobs.cli nightly --as-of 2026-03-31 >&-"
    done = subprocess.run(["sh", "-c", command], cwd=ready, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_version_is_told(tmp_path: Path) -> None:
    assert recon("--version", cwd=tmp_path).out.startswith("recon ")


@pytest.mark.parametrize("interrupted", ["jobs.cli.app", "typer", "jobs.review_command", "sqlalchemy"])
def test_interrupt_while_modules_load_is_no_traceback(tmp_path: Path, interrupted: str) -> None:
    """The signal comes the moment that module is asked for, as Ctrl-C in the first instants of a command would."""
    start = f"""
import os, signal, sys
class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == {interrupted!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
sys.argv = ["recon", "review", "list"]
from jobs.cli import main
main()
"""
    done = subprocess.run([sys.executable, "-c", start], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, "Traceback" in done.stderr) == (130, False), done.stderr
    assert done.stderr.startswith("error: interrupted")


HEAVY = {"numpy", "pandas", "scipy", "reportlab", "PIL", "jinja2", "babel", "yagmail", "lxml", "ofxparse", "rapidfuzz"}
LIGHT = """
    jobs.agency_command jobs.booking_command jobs.notice_command jobs.outbox_command jobs.period_command
    jobs.quarantine_command jobs.report_command jobs.review_command jobs.setup jobs.stop_command jobs.team_command
    jobs.user_command
"""


def test_commands_that_look_at_single_items_wait_for_no_large_library(tmp_path: Path) -> None:
    """Who lists the outbox or the queue needs no letters in PDF, no columns and no second reader of statements."""
    start = f"import sys, {', '.join(LIGHT.split())}; print(*({HEAVY!r} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", start], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
