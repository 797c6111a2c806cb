"""Moving, adding and removing modes in the pictures."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.player import pixels, root, settle

pytestmark = pytest.mark.browser


def mode(page: Page, number: int) -> Locator:
    """A mode's handle in the first picture."""
    return page.locator(".player .panels figure").first.get_by_role("button", name=f"Mode {number} at")


def middle(handle: Locator) -> tuple[float, float]:
    box = handle.bounding_box()
    assert box
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def test_pictures_follow_a_dragged_mode(page: Page, app: str) -> None:
    page.goto(f"{app}/?target=mixture&t=0.9")
    settle(page)
    before = pixels(page)
    x, y = middle(mode(page, 2))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y, steps=8)
    expect(root(page)).to_have_attribute("data-ahead", "true")
    assert pixels(page) != before
    assert "means" not in page.url
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"means=-2(\.0)?%0A[34]\.\d"))
    expect(root(page)).to_have_attribute("data-ahead", "false")
    settle(page)
    page.get_by_role("button", name="Undo").click()
    expect(page).not_to_have_url(re.compile("means"), timeout=6000)
    settle(page)
    mode(page, 2).press("+")
    expect(page).to_have_url(re.compile("weights=0.45%2C(%20|\\+)?0.55"))
    page.get_by_role("button", name="Mode 2, width").first.press("ArrowRight")
    expect(page).to_have_url(re.compile("std=0.7%2C(%20|\\+)?0.735"))


def test_keys_move_and_remove_modes_and_double_clicks_add_them(page: Page, app: str) -> None:
    page.goto(f"{app}/?target=ring&num_modes=3&interpolation=gradient_flow&t=0.9")
    settle(page)
    switch = page.get_by_role("button", name="Move modes")
    expect(switch).to_have_attribute("aria-pressed", "false")
    switch.click()
    expect(switch).to_have_attribute("aria-pressed", "true")
    expect(page).to_have_url(re.compile("target=mixture"))
    label = mode(page, 3).get_attribute("aria-label") or ""
    mode(page, 3).press("ArrowUp")
    mode(page, 3).press("ArrowUp")
    expect(mode(page, 3)).not_to_have_attribute("aria-label", label)
    expect(root(page)).to_have_attribute("data-time", "0.9000")
    mode(page, 2).press("Delete")
    expect(page.locator(".player .mode")).to_have_count(2)
    settle(page)
    canvas = page.locator(".player .panels canvas").first
    size = canvas.bounding_box()
    assert size
    # The second double-click happens before the page has reacted to the first.
    for share in (0.5, 0.6):
        canvas.dblclick(position={"x": share * size["width"], "y": size["height"] / 2})
    expect(page.locator(".player .mode")).to_have_count(4)
    settle(page)
    expect(page.locator(".player .mode")).to_have_count(4)
    expect(page).to_have_url(re.compile(r"means=[^&]*(%0A[^&]*){3}"))
    switch.click()
    expect(page.locator(".player .mode")).to_have_count(0)


@pytest.mark.thorough
def test_stroke_becomes_the_target_and_can_be_undone(page: Page, app: str) -> None:
    page.goto(f"{app}/?target=sketch&interpolation=gradient_flow")
    page.get_by_text("Line", exact=True).click()
    expect(page).to_have_url(re.compile("sketch="))
    area = page.get_by_role("application")
    expect(page.locator(".sketch.line")).to_have_count(1)
    first, box = page.url, area.bounding_box()
    assert box
    page.mouse.move(box["x"] + 40, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 160, box["y"] + 80, steps=4)
    page.mouse.up()
    expect(page).not_to_have_url(first)
    area.press("Control+z")
    expect(page).to_have_url(first)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("Draw a curve here.")).to_be_visible()
    expect(page).to_have_url(first)
