"""The settings file: typed, explained, strict, and never a place for secrets."""

import logging
import re
from decimal import Decimal
from pathlib import Path

import pytest

from jobs.deciding import match_settings
from jobs.invocation import Invocation
from jobs.output import Output
from jobs.settings import load_settings, secret
from jobs.settings_file import commented_settings
from recon.errors import UsageError


def written(folder: Path, text: str) -> Path:
    path = folder / "recon.toml"
    path.write_text(text, encoding="utf-8")
    return path


def refused(folder: Path, text: str) -> str:
    with pytest.raises(UsageError) as raised:
        load_settings(written(folder, text))
    return str(raised.value).replace(str(folder) + "/", "")


def test_file_of_init_is_valid_as_written_and_with_every_option_uncommented(tmp_path: Path) -> None:
    text = commented_settings()
    load_settings(written(tmp_path, text))
    load_settings(written(tmp_path, re.sub(r"(?m)^# (\w+ =|\[)", r"\1", text)))


def test_relative_paths_start_at_the_folder_of_the_file(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, 'inbox = "in"\ndatabase = "sqlite:///books.sqlite"\n'))
    assert settings.inbox == tmp_path / "in"
    assert settings.database == f"sqlite:///{tmp_path}/books.sqlite"


def test_unknown_key_is_refused_with_the_nearest_name(tmp_path: Path) -> None:
    assert refused(tmp_path, 'inbx = "in"') == "recon.toml: unknown key 'inbx'. Did you mean 'inbox'?"
    message = "recon.toml: unknown key 'matching.error_buget'. Did you mean 'error_budget'?"
    assert refused(tmp_path, "[matching]\nerror_buget = 0.001") == message


def test_unknown_key_with_no_near_name_lists_the_known_ones(tmp_path: Path) -> None:
    told = refused(tmp_path, "[matching]\nzzz = 1")
    assert "Known here: amount_cap, canaries, error_budget, processes, risk_cap." in told


@pytest.mark.parametrize("table", ["[smtp]\n", ""])
def test_secret_in_the_file_is_refused(tmp_path: Path, table: str) -> None:
    message = refused(tmp_path, f'{table}password = "hunter2"')
    assert "secrets do not belong into the file" in message
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("companies = []", "[[companies]] is empty"),
        ('[[companies]]\ncode = "a"\n[[companies]]\ncode = "a"', "two [[companies]] have the same code"),
        ('[companies]\ncode = "a"', "a table of several begins with [["),
        ('[[bank_accounts]]\nkey = "a\\nb"\ncurrency = "USD"\nnumber = "1"', "is no name for reports"),
        ('[[bank_accounts]]\nkey = "a"\ncurrency = "USD"\nnumber = ""', "bank_accounts.0.number"),
        ("inbox = 5", "Write a path in quotes"),
        ('[notices]\nsender = "nobody"', "'nobody' is no mail address"),
        ('[notices]\nreply_to = "a@example.com\\nBcc: b@example.com"', "is no mail address"),
        ('[notices]\nsummary_to = ["team"]', "'team' is no mail address"),
        ('[notices]\nsummary_to = "a@example.com"', "Write a list"),
    ],
)
def test_value_that_would_fail_at_night_is_refused_when_read(tmp_path: Path, text: str, said: str) -> None:
    assert said in refused(tmp_path, text)


def test_cap_below_the_smallest_coin_is_still_a_cap(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[matching]\namount_cap = 0.5"))
    assert match_settings(settings, "JPY").amount_cap_minor == 1
    assert match_settings(load_settings(written(tmp_path, "")), "JPY").amount_cap_minor == 0


def test_both_caps_of_the_settings_reach_matching(tmp_path: Path) -> None:
    settings = load_settings(written(tmp_path, "[matching]\namount_cap = 5000\nrisk_cap = 2.5"))
    limits = match_settings(settings, "EUR")
    assert (limits.amount_cap_minor, limits.risk_cap_minor) == (500_000, 250)


def test_mail_in_the_clear_is_allowed_for_loopback_only(tmp_path: Path) -> None:
    load_settings(written(tmp_path, '[smtp]\nhost = "127.0.0.1"\nsecurity = "none"'))
    assert "loopback only" in refused(tmp_path, '[smtp]\nhost = "mail.example.com"\nsecurity = "none"')


def test_bank_account_of_an_unknown_company_or_currency_is_refused(tmp_path: Path) -> None:
    account = '[[bank_accounts]]\nkey = "a"\ncurrency = "{}"\nnumber = "1"\ncompany = "{}"\n'
    assert "not in [[companies]]" in refused(tmp_path, account.format("EUR", "other"))
    assert "'EUX' is not a currency of ISO 4217" in refused(tmp_path, account.format("EUX", "main"))
    assert "same key" in refused(tmp_path, account.format("EUR", "main") * 2)
    again = account.format("EUR", "main").replace('key = "a"', 'key = "b"')
    assert "same number and currency" in refused(tmp_path, account.format("EUR", "main") + again)


def test_numbers_are_read_exactly(tmp_path: Path) -> None:
    assert load_settings(written(tmp_path, "[matching]\nerror_budget = 0.003")).matching.error_budget == Decimal(
        "0.003"
    )


def test_environment_wins_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECON_MATCHING__ERROR_BUDGET", "0.01")
    monkeypatch.setenv("RECON_SMTP_PASSWORD", "not an option of the file")
    assert load_settings(written(tmp_path, "[matching]\nerror_budget = 0.003")).matching.error_budget == Decimal("0.01")


@pytest.mark.parametrize(
    ("variable", "meant"),
    [
        ("RECON_INBOXX", "RECON_INBOX"),
        ("RECON_MATCHING_ERROR_BUDGET", "RECON_MATCHING__ERROR_BUDGET"),
        ("RECON_SMPT_PASSWORD", "RECON_SMTP_PASSWORD"),
        ("RECON_SMTP__PASSWORD", "RECON_SMTP_PASSWORD"),
    ],
)
def test_mistyped_variable_is_refused_with_the_nearest_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, meant: str
) -> None:
    monkeypatch.setenv(variable, "x")
    assert refused(tmp_path, "") == f"{variable} in the environment is no option. Did you mean {meant}?"


@pytest.mark.parametrize("variable", ["RECON_SERVICE_HOST", "RECON_PORT", "RECON_PORT_5432_TCP_ADDR", "RECON_HOME"])
def test_variables_like_nothing_of_ours_are_left_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "10.0.0.1")
    load_settings(written(tmp_path, ""))


def test_value_that_the_environment_spoils_is_not_blamed_on_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECON_MATCHING__PROCESSES", "many")
    assert refused(tmp_path, "[matching]\nprocesses = 2").startswith("RECON_MATCHING__PROCESSES: matching.processes: ")
    monkeypatch.setenv("RECON_MATCHING", "many")
    assert refused(tmp_path, "").startswith('the environment: error parsing value for field "matching". Set one option')


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a = " + b"[" * 3_000, "is not TOML"),
        (b"inbox = '\xff'", "is not TOML"),
        (b"\xef\xbb\xbfinbx = 'in'", "unknown key 'inbx'"),
    ],
    ids=["nested", "latin", "mark"],
)
def test_file_that_is_no_text_of_ours_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "recon.toml"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=said):
        load_settings(path)


def test_folder_in_the_place_of_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: Is a directory"):
        load_settings(tmp_path)


@pytest.mark.parametrize(("option", "level"), [("", logging.DEBUG), ("error", logging.ERROR)])
def test_level_of_the_file_is_logged_unless_the_command_names_one(tmp_path: Path, option: str, level: int) -> None:
    root = logging.getLogger()
    before = root.level
    invocation = Invocation(written(tmp_path, 'log_level = "debug"'), Output(), log_level=option)
    try:
        root.setLevel(option.upper() or "WARNING")  # what `start_logging` does in a process of its own
        assert invocation.settings.log_level == "debug"
        assert root.level == level
    finally:
        root.setLevel(before)


def test_missing_file_names_the_way_to_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"does not exist\. Write one with `recon init`"):
        load_settings(tmp_path / "recon.toml")


def test_secret_comes_from_environment_then_credential_then_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert secret("smtp_password", "printf from-command") == "from-command"
    (tmp_path / "smtp_password").write_text("from-credential\n", encoding="utf-8")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret("smtp_password", "printf from-command") == "from-credential"
    monkeypatch.setenv("RECON_SMTP_PASSWORD", "from-environment")
    assert secret("smtp_password", "printf from-command") == "from-environment"


def test_failing_secret_command_names_the_secret_and_not_its_output() -> None:
    with pytest.raises(UsageError, match="The command for smtp_password failed"):
        secret("smtp_password", "false")
