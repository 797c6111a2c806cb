"""An embedded page: `?embed=true` in a frame of 1280 × 720."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.look.embedding import FRAME
from tests.browser.player import drag, root, settle

pytestmark = pytest.mark.browser
SCROLLS = "main => main.scrollHeight - main.clientHeight"


@pytest.mark.thorough
def test_embedded_pages_fit_into_their_frame_and_keep_the_allowed_controls(page: Page, app: str) -> None:
    page.set_viewport_size({"width": FRAME[0], "height": FRAME[1]})
    page.goto(f"{app}/?embed=true&t=0.5&controls=mode_separation")
    settle(page)
    expect(page.get_by_text("Explore")).to_have_count(0)
    expect(page.get_by_role("heading", name="Boltzmann Curve Lab")).to_have_count(0)
    expect(page.get_by_role("button", name="Train")).to_have_count(0)
    expect(page.get_by_role("slider", name="Latent σ")).to_have_count(0)
    expect(root(page).get_by_role("button", name="Play")).to_be_visible()
    drag(page, "Mode separation", 6.0)
    assert "embed=true" in page.url
    assert "mode_separation=6" in page.url
    page.goto(f"{app}/?embed=true&t=0.5")
    settle(page)
    expect(page.get_by_role("slider", name="Latent σ")).to_be_visible()
    assert page.locator("[data-testid=stMain]").evaluate(SCROLLS) <= 0
    page.goto(f"{app}/lessons?lesson=teleportation&step=3&embed=true")
    settle(page)
    assert page.locator("[data-testid=stMain]").evaluate(SCROLLS) <= 0
