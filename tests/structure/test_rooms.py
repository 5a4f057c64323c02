"""The rules of the house that import-linter cannot express."""

import ast
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted(path for room in ("recon", "matchers", "notices", "jobs") for path in (ROOT / room).rglob("*.py"))
ROOMS = ("pure", "store", "mail", "shell")
IMPURE = {
    "os",
    "socket",
    "time",
    "random",
    "secrets",
    "subprocess",
    "sqlite3",
    "psycopg",
    "sqlalchemy",
    "yagmail",
    "tempfile",
}
IMPURE_CALLS = {"open", "input", "print"}
CLOCK = {"now", "today", "utcnow"}
TOP_LEVEL = {
    "recon",
    "matchers",
    "notices",
    "jobs",
    "tests",
    "fixtures",
    "docs",
    "bench",
    ".ci",
    ".git",
    "pyproject.toml",
    "README.md",
    "Makefile",
    "LICENSE",
    "CHANGELOG.md",
    "requirements.lock",
    "requirements-dev.lock",
    ".gitignore",
    ".gitattributes",
}


def room_of(path: Path) -> str:
    """Read the end of the docstring as text: parsing three hundred modules costs a second wherever tests are listed."""
    text = path.read_text(encoding="utf-8")
    docstring = text.split('"""', 2)[1].strip() if text.startswith('"""') else ""
    last = docstring.splitlines()[-1] if docstring else ""
    return last.removeprefix("Room: ").removesuffix(".") if last.startswith("Room: ") else ""


@cache
def tree_of(path: Path) -> ast.AST:
    return ast.parse(path.read_text(encoding="utf-8"))


def imported(tree: ast.AST) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(ROOT)))
def test_module_names_its_room_in_the_last_line_of_its_docstring(path: Path) -> None:
    if "migrations" in path.parts:
        return
    assert room_of(path) in ROOMS


@pytest.mark.parametrize("path", [p for p in MODULES if room_of(p) == "pure"], ids=lambda p: str(p.relative_to(ROOT)))
def test_pure_module_touches_no_file_clock_randomness_or_network(path: Path) -> None:
    tree = tree_of(path)
    assert not imported(tree) & IMPURE
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not {call.id for call in calls if isinstance(call, ast.Name)} & IMPURE_CALLS
    assert not {call.attr for call in calls if isinstance(call, ast.Attribute)} & CLOCK


def test_nobody_imports_smtplib() -> None:
    assert [p for p in MODULES if "smtplib" in imported(tree_of(p))] == []


def test_the_clock_is_read_in_the_command_line_only() -> None:
    readers = set()
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CLOCK:
                readers.add(str(path.relative_to(ROOT)))
    assert readers <= {"jobs/invocation.py"}


def test_top_level_holds_only_what_the_house_plan_names() -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.split(
        "\n"
    )
    if not any(tracked):
        pytest.skip("not a git checkout")
    assert {name.split("/")[0] for name in tracked if name} <= TOP_LEVEL


def test_house_plan_page_shows_the_same_steps_as_the_code() -> None:
    text = (ROOT / "jobs" / "nightly.py").read_text(encoding="utf-8")
    assert "STEPS = (read, import_, match, post, queue, notify, report)" in text
