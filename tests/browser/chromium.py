"""The browser for the tests: its executable and arguments."""

from __future__ import annotations

import os
import shutil

import pytest
from playwright.sync_api import expect

# The headless shell (Chromium without windows) comes first because it is the fastest.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# If this environment variable is set, a missing browser fails the tests instead of skipping them.
REQUIRED = "REQUIRE_BROWSER"
# The default timeout in milliseconds. A browser that has just started on a busy machine is slow.
PATIENCE_MS = 60_000
expect.set_options(timeout=PATIENCE_MS)


def path() -> str:
    """The path of the browser's executable. If there is none, the test is skipped or fails."""
    found = next((found for name in NAMES if (found := shutil.which(name))), None)
    if found is None:
        reason = f"no browser on this machine: looked for {', '.join(NAMES)}"
        if os.environ.get(REQUIRED):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
