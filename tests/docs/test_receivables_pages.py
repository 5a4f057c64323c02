"""The pages about receivables and scheduling say what the program does."""

import ast
import configparser
import re
import tomllib
from pathlib import Path

from recon.receivables import shipped_layouts
from recon.receivables.layout import _KEYS, NUMBER_STYLES, ROLES

DOCS = Path(__file__).parents[2] / "docs"
LAYOUTS_PAGE = (DOCS / "reference" / "receivables-layouts.md").read_text(encoding="utf-8")
SNIPPETS = DOCS / "how-to" / "snippets"


def test_every_shipped_layout_is_in_the_reference() -> None:
    for layout in shipped_layouts():
        assert f"| `{layout.key}` |" in LAYOUTS_PAGE


def test_every_mapping_key_role_and_number_style_is_in_the_reference() -> None:
    words = set(re.findall(r"[a-z_]+", LAYOUTS_PAGE))
    assert words >= _KEYS - {"columns", "types"}
    for roles in ROLES.values():
        assert words >= roles
    for style in NUMBER_STYLES:
        assert f"`{style}`" in LAYOUTS_PAGE


def test_glossary_is_in_alphabetical_order() -> None:
    words = re.findall(r"^\| ([a-z][^|]*?) \|", (DOCS / "glossary.md").read_text(encoding="utf-8"), re.MULTILINE)[1:]
    assert words == sorted(words, key=lambda word: re.sub(r"[^a-z]", " ", word))


def test_snippets_are_well_formed_and_do_what_the_page_promises() -> None:
    units = {}
    for name in ("recon.service", "recon.timer"):
        parser = configparser.ConfigParser(strict=False)
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string((SNIPPETS / name).read_text(encoding="utf-8"))
        units[name] = parser
    assert units["recon.timer"]["Timer"]["Persistent"] == "true"
    assert units["recon.service"]["Service"]["LoadCredentialEncrypted"].startswith("smtp_password:")
    assert "concurrencyPolicy: Forbid" in (SNIPPETS / "recon-cronjob.yaml").read_text(encoding="utf-8")
    ast.parse((SNIPPETS / "recon_dag.py").read_text(encoding="utf-8"))
    cron = (SNIPPETS / "recon.cron").read_text(encoding="utf-8").splitlines()[-1]
    assert re.match(r"30 4 \* \* \* recon cd ", cron)


def test_mapping_shown_in_the_how_to_is_a_mapping() -> None:
    text = (DOCS / "how-to" / "import-invoices.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    told = [tomllib.loads(block) for block in blocks]
    assert told[0]["imports"] == {"decimal_mark": ",", "group_mark": ".", "date_order": "DMY"}
    assert set(told[1]["columns"]) <= ROLES["invoices"]
