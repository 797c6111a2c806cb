"""The Teleportation page in a real browser, as a lecturer uses it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
PICTURES = ".js-plotly-plot .heatmaplayer image"


def settle(page: Page) -> None:
    """Wait until all three curves are shown and no script runs."""
    expect(page.locator(PICTURES)).to_have_count(3)
    page.locator(READY).wait_for()


@pytest.mark.long
def test_lecture_goes_to_the_worst_moment(page: Page, app: str) -> None:
    page.goto(app)
    page.get_by_role("link", name="Teleportation").first.click()
    expect(page.get_by_role("heading", name="Teleportation of mass")).to_be_visible()
    settle(page)
    near = page.get_by_text(re.compile(r"On the linear curve it ends at 2\.09·10⁴"))
    expect(near).to_be_visible()
    handle = page.get_by_role("slider", name="Mode separation m")
    for _ in range(4):
        handle.press("ArrowRight")
    expect(page.get_by_text(re.compile(r"On the linear curve it ends at 2\.69·10⁶"))).to_be_visible()
    settle(page)
    assert re.search(r"\bm=12\b", page.url)
    page.get_by_role("button", name="Go to the worst moment").click()
    expect(page.get_by_text(re.compile(r"t = 0\.98: \d\d\.\d% of the mass"))).to_have_count(3)
    expect(page.get_by_role("slider", name="Time t")).to_have_attribute("aria-valuetext", "0.98")


@pytest.mark.long
def test_link_opens_the_same_view_on_a_phone(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 400, "height": 800})
    page.goto(f"{app}/teleportation?m=20.0&t=0.9&plane=ring")
    settle(page)
    expect(page.get_by_role("slider", name="Mode separation m")).to_have_attribute("aria-valuetext", "20")
    expect(page.get_by_text(re.compile(r"t = 0\.90:")).first).to_be_visible()
    expect(page.get_by_role("radio", name="Ring of modes")).to_be_checked()
    wide = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollWidth - main.clientWidth; }"
    )
    assert wide <= 0
