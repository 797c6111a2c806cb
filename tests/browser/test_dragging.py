"""A slider under the finger: the pictures follow, the controls do not change before it is let go of."""

from __future__ import annotations

import re

import pytest
from player import held, root, settle, spot, told
from playwright.sync_api import Page, expect

pytestmark = pytest.mark.browser

SEPARATION = "Mode separation"


def strip(page: Page) -> str:
    return page.locator(".player .strip").get_attribute("aria-label") or ""


def test_pictures_follow_the_finger_and_go_back_with_it(page: Page, app: str) -> None:
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&t=0.5")
    settle(page)
    begun, sequence = strip(page), told(page, "sequence")
    with held(page, SEPARATION, 8):
        expect(root(page)).not_to_have_attribute("data-sequence", sequence)
        settle(page)
        assert strip(page) != begun
        expect(page).to_have_url(re.compile(r"mode_separation=5\b"))
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        page.mouse.move(*spot(page, SEPARATION, 5), steps=8)
    expect(page.locator(".player .strip")).to_have_attribute("aria-label", begun)
    expect(page).to_have_url(re.compile(r"mode_separation=5\b"))


def test_letting_go_is_one_change(page: Page, app: str) -> None:
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&t=0.5")
    settle(page)
    begun = strip(page)
    with held(page, SEPARATION, 8):
        expect(page.locator(".player .strip")).not_to_have_attribute("aria-label", begun)
    expect(page).to_have_url(re.compile(r"mode_separation=[78]"))
    settle(page)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".player .strip")).to_have_attribute("aria-label", begun)
    expect(page).to_have_url(re.compile(r"mode_separation=5\b"))
