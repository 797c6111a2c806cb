"""A lesson on a phone: where a step begins, and what stays within reach."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.player import settle

pytestmark = pytest.mark.browser


def test_step_begins_at_its_top_with_the_player_above_the_buttons(browser: Browser, app: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 700}, has_touch=True)
    phone = context.new_page()
    phone.goto(f"{app}/lessons?lesson=curve&step=2")
    settle(phone)
    main = phone.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, main.scrollHeight)")
    assert main.evaluate("main => main.scrollTop") > 0
    phone.get_by_role("button", name="Next").tap()
    expect(phone.get_by_role("heading", name="A curve of densities")).to_be_visible()
    expect(phone.locator(".player .key")).to_have_text(
        "The mass of each mode (solid: mode 1, dashed: mode 2)."
    )
    assert main.evaluate("main => main.scrollTop") == 0
    player, buttons = (
        phone.locator(".player .ruler").bounding_box(),
        phone.locator(".st-key-lesson-turn").bounding_box(),
    )
    assert player is not None
    assert buttons is not None
    assert player["y"] + player["height"] <= buttons["y"]
    context.close()
