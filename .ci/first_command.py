"""Run the README's first command word for word, open the page in a browser, and stop what was started."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from playwright.sync_api import sync_playwright  # noqa: E402

from tests.browser import chromium  # noqa: E402
from tests.browser.server import serving, start_command  # noqa: E402

with tempfile.TemporaryDirectory() as home:
    command = start_command(ROOT)
    print(command)
    with serving(["bash", "-c", command], ROOT, Path(home)) as address, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=chromium.ARGUMENTS)
        page = browser.new_page()
        page.goto(address)
        page.locator(".player[data-sequence]").wait_for(timeout=chromium.PATIENCE_MS)
        print(f"{address} shows “{page.locator('h1').first.inner_text()}” and its player")
        browser.close()
