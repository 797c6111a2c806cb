"""Explore explains itself: terms open their definitions, marked words highlight pictures, and there are a tour and links to lessons."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.player import FINGERPRINT, attribute, root, settle

pytestmark = pytest.mark.browser


def test_definitions_highlights_tour_and_lesson_link(page: Page, app: str) -> None:
    page.goto(f"{app}/?t=0.5")
    settle(page)

    definition = page.locator("#about-energy")
    page.locator("button[popovertarget=about-energy]").focus()
    page.keyboard.press("Enter")
    expect(definition).to_be_visible()
    page.keyboard.press("Escape")
    expect(definition).to_be_hidden()
    page.locator(".numbers .term").first.click()
    expect(root(page).locator(".definition")).to_contain_text("mean of |vₜ|²")
    page.keyboard.press("Escape")

    strip, words = page.locator(".player .strip"), page.locator("button.see").first
    before = strip.evaluate(FINGERPRINT)
    words.hover()
    expect(root(page)).to_have_attribute("data-pointed", "linear")
    expect(page.locator(".player figure.behind")).to_have_count(2)
    page.wait_for_timeout(100)
    assert strip.evaluate(FINGERPRINT) != before
    words.click()
    expect(root(page)).to_have_attribute("data-time", "1.0000")
    page.mouse.move(0, 0)
    page.get_by_role("button", name="Stop").first.focus()
    words.evaluate("words => words.blur()")
    expect(page.locator(".player figure.behind")).to_have_count(0)

    # The page has received the new time: a button that is pressed in the middle of that rerun could be lost.
    expect(page).to_have_url(re.compile(r"[?&]t=1\b"))
    settle(page)
    page.locator(".st-key-help button").first.click()
    page.locator("[data-testid=stPopoverBody]").get_by_role("button", name="Take the tour").click()
    card = page.locator("[role=dialog]:has(.next)")
    expect(card).to_contain_text("1 of 4")
    for number in (2, 3, 4):
        card.locator(".next").press("Enter")
        expect(card).to_contain_text(f"{number} of 4")
    card.get_by_role("button", name="Back").click()
    expect(card).to_contain_text("3 of 4")
    card.get_by_role("button", name="Skip the tour").click()
    expect(card).to_be_hidden()
    assert attribute(page, "source") in ("exact", "learned")

    page.get_by_role("link", name="Learn what you see: A curve of densities").click()
    expect(page).to_have_url(re.compile(r"/lessons\?lesson=curve&step=3$"))
    expect(page.get_by_role("heading", name="A curve of densities")).to_be_visible()
