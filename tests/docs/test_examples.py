"""Every example in a docstring is true."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SHOWN = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for room in ("recon", "matchers", "notices", "jobs")
    for path in sorted((ROOT / room).rglob("*.py"))
    if ">>> " in path.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("module", SHOWN)
def test_examples_of_a_docstring_are_true(module: str) -> None:
    told = doctest.testmod(importlib.import_module(module))
    assert (told.failed, told.attempted > 0) == (0, True)
