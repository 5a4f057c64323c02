"""A notice as a customer sees it, in a real browser: nothing is fetched, it is readable, hostile text stays text."""

import subprocess
from datetime import date
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from jobs.demo import import_all, lay_out
from jobs.demo_world import demo_world
from jobs.invocation import Invocation
from jobs.locked import locked_night
from jobs.nightly import run_night
from jobs.output import Output

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--virtual-time-budget=2000",
)  # fmt: skip


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The HTML parts of the demo's notices, one with a hostile customer name."""
    folder = tmp_path_factory.mktemp("browser") / "books"
    world = demo_world()
    lay_out(world, folder)
    customers = folder / world.customers.name
    hostile = "\"<script>document.title='stolen'</script><img src=http://127.0.0.1:9/x>\""
    rows = customers.read_text(encoding="utf-8").splitlines()
    customers.write_text(
        "\n".join([rows[0], *(",".join([row.split(",")[0], hostile, *row.split(",")[2:]]) for row in rows[1:])]) + "\n",
        encoding="utf-8",
    )
    own = Invocation(folder / "recon.toml", Output(muted=True), date(2026, 3, 31).isoformat())
    import_all(own, world, folder)
    with locked_night(own, "nightly") as night:
        run_night(night)
    found = []
    for mail in sorted((folder / "outbox").glob("*.eml"))[:6]:
        body = message_from_bytes(mail.read_bytes(), policy=policy.default).get_body(("html",))
        assert body is not None
        page = mail.with_suffix(".html")
        page.write_text(body.get_content(), encoding="utf-8")
        found.append(page)
    return found


def rendered(chromium: str, page: Path, *flags: str) -> str:
    profile = page.parent / "profile"
    done = subprocess.run(
        [chromium, *FLAGS, f"--user-data-dir={profile}", *flags, page.as_uri()],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout


def test_notice_runs_no_script_and_fetches_nothing(chromium: str, pages: list[Path]) -> None:
    assert pages, "the demo has notices"
    for page in pages:
        shown = rendered(chromium, page, "--dump-dom")
        assert "<title>stolen" not in shown
        assert "<img" not in shown.lower()
        assert "<script" not in shown.lower()


def test_notice_names_its_language_and_its_table_has_headings(chromium: str, pages: list[Path]) -> None:
    for page in pages:
        shown = rendered(chromium, page, "--dump-dom")
        assert '<html lang="' in shown
        assert "<th" in shown
        assert "scope=" in shown


def test_notice_can_be_printed_by_the_browser(chromium: str, pages: list[Path]) -> None:
    target = pages[0].with_suffix(".pdf")
    rendered(chromium, pages[0], f"--print-to-pdf={target}")
    assert target.read_bytes().startswith(b"%PDF-")
