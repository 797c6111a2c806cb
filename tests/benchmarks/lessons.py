"""Speed and accessibility of lessons and handouts in a headless browser: `.venv/bin/python tests/benchmarks/lessons.py`.

Prints the time from opening the link of a lesson's step to its first moving picture (in a new browser session on a warm server), and
from one step to the next. For the handout of every lesson: its size, the time to its first picture by `file://`, and, for the largest,
the frames per second while it plays. Counts the serious accessibility violations in both themes, in a step and in the largest handout.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from dashboard.handouts.lesson import lesson_handout  # noqa: E402
from dashboard.lessons import library, parse  # noqa: E402
from tests.benchmarks.player import ARGUMENTS, FRAMES, PLAYER, server, settle  # noqa: E402
from tests.browser import chromium  # noqa: E402

LINK = "lessons?lesson=teleportation&step=1"
SIZE = {"width": 1400, "height": 1000}
# Milliseconds from the start of loading the page until the player moves.
MOVING = f"""() => new Promise(done => {{
  const look = () => {{
    const player = {PLAYER};
    Number(player?.dataset.time) > 0 ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 4);
  }};
  look();
}})"""
# Milliseconds until the heading and the picture of another step appear.
TURNED = f"""([title, sequence]) => new Promise(done => {{
  const began = performance.now();
  const look = () => {{
    const isThere = [...document.querySelectorAll("h2")].some(e => e.textContent.includes(title));
    isThere && Number({PLAYER}?.dataset.sequence) > sequence
      ? requestAnimationFrame(() => done(performance.now() - began)) : setTimeout(look, 2);
  }};
  look();
}})"""
FIRST = f"""() => new Promise(done => {{
  const look = () => {PLAYER}?.dataset.time ? requestAnimationFrame(() => done(performance.now())) : setTimeout(look, 4);
  look();
}})"""


def stepping(browser: Browser, repeats: int) -> dict[str, float]:
    """Measure the time from a step's link to its first moving picture, and the time from one step to the next."""
    opened, turned = [], []
    titles = [step.title for step in parse.read(library.FOLDER / "teleportation.md").steps]
    with server(ROOT / "dashboard" / "app.py") as (address, _):
        for k in range(repeats + 1):
            page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
            page.goto(f"{address}/{LINK}", wait_until="commit")
            took = float(page.evaluate(MOVING))
            if k:  # the first visit loads the engine
                opened.append(took)
            page.close()
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(f"{address}/{LINK}")
        settle(page)
        page.wait_for_timeout(3000)
        for title in titles[1:]:
            sequence = int(page.locator(".player").get_attribute("data-sequence") or 0)
            waiting = page.evaluate_handle(f"told => ({{ promise: ({TURNED})(told) }})", [title, sequence])
            page.get_by_role("button", name="Next").first.click()
            turned.append(float(page.evaluate("({ promise }) => promise", waiting)))
            settle(page)
            page.wait_for_timeout(500)
        found = violations(page)
        page.close()
    return {
        "a lesson's link to its first moving picture, median ms": statistics.median(opened),
        "step to step, median ms": statistics.median(turned),
        "step to step, longest ms": max(turned),
        "serious violations in a step, light and dark": found,
    }


def handing_out(browser: Browser, folder: Path, seconds: float) -> dict[str, float]:
    """Measure the handouts of all lessons."""
    sizes, firsts, written = dict[Path, float](), [], []
    for path in library.files():
        file, began = folder / f"{path.stem}.html", time.monotonic()
        file.write_text(lesson_handout(parse.read(path), lambda done: None), encoding="utf-8")
        written.append(time.monotonic() - began)
        sizes[file] = file.stat().st_size / 1e6
        page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
        page.goto(file.as_uri(), wait_until="commit")
        firsts.append(float(page.evaluate(FIRST)))
        page.close()
    largest = max(sizes, key=lambda file: sizes[file])
    page = browser.new_page(viewport=SIZE)  # type: ignore[arg-type]
    page.goto(largest.as_uri())
    page.locator("html[data-ready]").wait_for()
    page.wait_for_timeout(500)
    if page.locator(".player").first.get_attribute("data-playing") != "true":
        page.locator(".player .play").first.click()
    times: list[float] = page.evaluate(FRAMES, seconds)
    found = violations(page)
    page.close()
    return {
        "the largest handout of a lesson, MB": max(sizes.values()),
        "a handout to its first picture by file://, median ms": statistics.median(firsts),
        "a handout to its first picture, longest ms": max(firsts),
        "frames per second in the largest handout": 1000 / statistics.mean(times),
        "seconds to write a handout, longest": max(written),
        "serious violations in the largest handout, light and dark": found,
    }


def violations(page: Page) -> int:
    """The number of serious accessibility violations in both themes, without those inside Streamlit's own widgets, as in the tests."""
    from tests.browser.test_accessibility import DISABLED, SERIOUS, STREAMLITS

    count = 0
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(800)
        known = [[selector] for selector in (*DISABLED, *STREAMLITS.get(theme, ()))]
        found = Axe().run(page, context={"exclude": known}).response["violations"]
        count += sum(rule["impact"] in SERIOUS for rule in found)
    return count


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=5, help="number of visits")
    parser.add_argument("--seconds", type=float, default=5.0, help="time during which frames are counted")
    arguments = parser.parse_args()
    with sync_playwright() as playwright, tempfile.TemporaryDirectory() as folder:
        browser = playwright.chromium.launch(executable_path=chromium.path(), args=ARGUMENTS)
        figures = shown(stepping(browser, arguments.repeats))
        figures |= shown(handing_out(browser, Path(folder), arguments.seconds))
        browser.close()
    print(json.dumps(figures))


def shown(figures: dict[str, float]) -> dict[str, float]:
    """Print the figures as soon as they are known, and return them."""
    for name, value in figures.items():
        print(f"{value:12.1f}  {name}", flush=True)
    return figures


if __name__ == "__main__":
    main()
