"""Every example in a docstring of the room is true."""

import doctest
import importlib
import pkgutil

import pytest

import recon.statements

MODULES = [module.name for module in pkgutil.iter_modules(recon.statements.__path__, "recon.statements.")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_are_true(name):
    assert doctest.testmod(importlib.import_module(name)).failed == 0
