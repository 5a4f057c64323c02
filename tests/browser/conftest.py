"""The browser is asked for here; without it the checks say so and are skipped, unless the tools are required (CI)."""

import os
import shutil

import pytest


@pytest.fixture(scope="session")
def chromium() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        if os.environ.get("RECON_REQUIRE_TOOLS"):
            pytest.fail("chromium is required here and not installed")
        pytest.skip("no Chromium on this machine; CI installs and requires it")
    return found
