"""What was set aside is tried again by its content, whatever the file is called by now."""

import json
from pathlib import Path
from typing import Any

from tests.statements import ofx_samples as samples
from tests.stories.world import Company

SETTINGS = """
inbox = "inbox"
[[companies]]
code = "main"
name = "Main"
currency = "USD"
"""
ACCOUNT = """
[[bank_accounts]]
key = "checking"
company = "main"
currency = "USD"
number = "000123456789"
"""


def recon(*arguments: str, cwd: Path) -> tuple[int, list[dict[str, Any]]]:
    done = Company(cwd).run(*arguments, "--json")
    return done.code, [json.loads(line) for line in done.out.splitlines()]


def books(folder: Path) -> Path:
    (folder / "inbox").mkdir()
    (folder / "recon.toml").write_text(SETTINGS, encoding="utf-8")
    assert recon("db", "upgrade", cwd=folder)[0] == 0
    return folder


def test_a_renamed_file_is_retried_and_another_of_its_name_is_not(tmp_path: Path) -> None:
    folder = books(tmp_path)
    (folder / "inbox" / "march.ofx").write_bytes(samples.ofx(samples.transaction()))
    recon("nightly", "--as-of", "2026-03-31", cwd=folder)
    _, (item, *_) = recon("quarantine", "list", cwd=folder)
    (folder / "inbox" / "march.ofx").rename(folder / "inbox" / "april.ofx")
    (folder / "inbox" / "march.ofx").write_bytes(samples.ofx(samples.transaction("7.00")))
    (folder / "recon.toml").write_text(SETTINGS + ACCOUNT, encoding="utf-8")
    _, told = recon("quarantine", "retry", str(item["id"]), cwd=folder)
    assert (told[-1]["file"], told[-1]["imported"], told[-1]["new_lines"]) == ("april.ofx", True, 1)


def test_rows_of_a_customer_list_are_not_sought_in_the_inbox(tmp_path: Path) -> None:
    folder = books(tmp_path)
    (folder / "customers.csv").write_text("id,name,aliases,currency\nC1,,,USD\nC2,Two,,USD\n", encoding="utf-8")
    recon("import", "customers", "customers.csv", cwd=folder)
    _, (item, *_) = recon("quarantine", "list", cwd=folder)
    code, told = recon("quarantine", "retry", str(item["id"]), cwd=folder)
    assert code != 0 and "recon import customers" in told[-1]["remedy"]


def test_a_line_in_another_currency_is_set_aside_and_not_booked(tmp_path: Path) -> None:
    folder = books(tmp_path)
    (folder / "recon.toml").write_text(SETTINGS + ACCOUNT, encoding="utf-8")
    foreign = samples.transaction(fitid="B1", extra="<CURRENCY><CURRATE>1.1<CURSYM>EUR</CURRENCY>")
    (folder / "inbox" / "march.ofx").write_bytes(samples.ofx(samples.transaction(), foreign))
    recon("nightly", "--as-of", "2026-03-31", cwd=folder)
    _, (item, *_) = recon("quarantine", "list", cwd=folder)
    assert item["what"] == "the line of 2026-03-01 is 10.00 EUR, the account is in USD"
