"""The demo: nothing wrong against the known answers, nothing new the second time, and a check that can fail."""

from pathlib import Path

import pytest

from jobs.demo import ANSWERS, check, run_demo
from jobs.invocation import Invocation
from jobs.output import Output
from recon.errors import Exit, UsageError


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "out"
    assert run_demo(Invocation(Path("unused.toml"), Output(muted=True)), folder) == Exit.OK
    return folder


def invocation(folder: Path) -> Invocation:
    return Invocation(folder / "recon.toml", Output(muted=True), "2026-03-31")


def test_demo_posts_most_of_the_month_and_nothing_wrong(demo: Path) -> None:
    wrong, checked = check(invocation(demo), demo / ANSWERS)
    assert wrong == ()
    assert checked >= 250


def test_one_corrupted_answer_is_seen_as_one_wrong_post(demo: Path, tmp_path: Path) -> None:
    wrong, _ = check(invocation(demo), demo / ANSWERS)
    rows = (demo / ANSWERS).read_text(encoding="utf-8").splitlines()
    place = next(n for n, row in enumerate(rows) if ",applied,single," in row)
    bank_id, *rest = rows[place].split(",")
    rest[6] = str(int(rest[6]) + 1)
    rows[place] = ",".join([bank_id, *rest])
    (tmp_path / ANSWERS).write_text("\n".join(rows) + "\n", encoding="utf-8")
    corrupted, _ = check(invocation(demo), tmp_path / ANSWERS)
    assert (wrong, corrupted) == ((), (bank_id,))


def test_demo_refuses_a_folder_that_is_not_its_own(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").write_text("mine", encoding="utf-8")
    with pytest.raises(UsageError, match="is not empty and not a demo"):
        run_demo(Invocation(Path("unused.toml"), Output(muted=True)), tmp_path)
    assert (tmp_path / "letters.txt").read_text(encoding="utf-8") == "mine"


def test_demo_writes_notices_as_eml_files(demo: Path) -> None:
    mails = list((demo / "outbox").glob("*.eml"))
    assert len(mails) > 20
    assert all(b"Auto-Submitted: auto-generated" in mail.read_bytes() for mail in mails)
