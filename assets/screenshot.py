"""Make the README's screenshot from the running app: `python assets/screenshot.py [--address URL] [OUT.png]`.

Needs a Chromium on this machine, and the app started as the README says.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

LINK = "/?target=ring&interpolation=gradient_flow&t=0.7"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def main() -> None:
    """Open LINK in a browser, press Train, wait for the end of training, and save a screenshot."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8501")
    parser.add_argument("--seconds", type=int, default=15, help="of training")
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("out", nargs="?", type=Path, default=Path("assets/screenshot.png"))
    arguments = parser.parse_args()
    chromium = next((found for name in NAMES if (found := shutil.which(name))), None)
    if chromium is None:
        parser.exit(2, f"There is no browser on this machine; looked for {', '.join(NAMES)}.\n")
    scheme = "dark" if arguments.dark else "light"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1360, "height": 1000}, color_scheme=scheme)
        page.set_default_timeout(120_000)
        page.goto(f"{arguments.address}{LINK}&seconds={arguments.seconds}")
        page.locator(".player[data-sequence]").wait_for()
        page.get_by_role("button", name="Train").click()
        page.get_by_text(re.compile("(ESS|missed|short|mass|astray|failed).* · step")).wait_for()
        page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
        page.wait_for_timeout(2000)
        picture = page.screenshot()
        browser.close()
    # `python assets/screenshot.py` has only this folder on its path.
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
    from core.files import replace_file

    replace_file(arguments.out, lambda file: file.write(picture))


if __name__ == "__main__":
    main()
