"""A command, option, setting or exit code without a line in the reference fails here."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from jobs.cli.app import app
from jobs.settings import (
    BankAccount,
    Bounces,
    Company,
    Imports,
    Matching,
    Notices,
    Review,
    Settings,
    Smtp,
)
from jobs.settings_file import commented_settings
from recon.errors import Exit

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"


def commands() -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []

    def walk(path: str, command: Any) -> None:
        children = getattr(command, "commands", {})
        if not children:
            found.append((path, command))
        for name, child in children.items():
            walk(f"{path} {name}", child)

    walk("recon", typer.main.get_command(app))
    return found


@pytest.mark.parametrize(("path", "command"), commands(), ids=lambda value: value if isinstance(value, str) else "")
def test_every_command_and_option_stands_in_the_cli_reference(path: str, command: Any) -> None:
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"(?ms)^### `(recon [a-z -]+)[^`]*`\n(.*?)(?=^##|\Z)", text))
    section = next((body for name, body in sections.items() if name.strip() == path), None)
    assert section is not None, f"{path} has no section in docs/reference/cli.md"
    for parameter in command.params:
        for option in getattr(parameter, "opts", []):
            if option.startswith("--") and option != "--help":
                assert f"`{option}" in section, f"{path} {option}"


def test_every_shared_option_stands_in_the_cli_reference() -> None:
    text = (DOCS / "reference" / "cli.md").read_text(encoding="utf-8")
    for option in ("--config", "--json", "--log-level", "-q", "-v", "--dry-run", "--as-of", "--no-color"):
        assert f"`{option}" in text


@pytest.mark.parametrize("model", [Settings, Company, BankAccount, Imports, Matching, Review, Smtp, Notices, Bounces])
def test_every_setting_stands_in_the_settings_reference_and_in_the_file_of_init(model: type[Settings]) -> None:
    text = (DOCS / "reference" / "settings.md").read_text(encoding="utf-8")
    written = commented_settings()
    for name, field in model.model_fields.items():
        if field.description:
            assert f"`{name}`" in text, name
            assert re.search(rf"(?m)^(# )?{name} = ", written), name


@pytest.mark.parametrize("code", list(Exit))
def test_every_exit_code_stands_in_the_reference(code: Exit) -> None:
    text = (DOCS / "reference" / "exit-codes.md").read_text(encoding="utf-8")
    assert f"| {int(code)} | {code.name} |" in text


def pages() -> list[Path]:
    return [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]


@pytest.mark.parametrize("page", pages(), ids=lambda path: str(path.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8")):
        if "://" not in target:
            assert (page.parent / target).exists(), f"{page.name} -> {target}"
