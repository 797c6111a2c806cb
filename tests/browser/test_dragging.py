"""Dragging a slider: pictures follow at once, and the settings change on release."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.player import attribute, held, root, settle, spot

pytestmark = pytest.mark.browser

SEPARATION = "Mode separation"


def recorded_messages(page: Page) -> list[str]:
    """A list that collects all messages that the browser sends to the server from now on."""
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append("a message")))
    return sent


def strip(page: Page) -> str:
    return page.locator(".player .strip").get_attribute("aria-label") or ""


def test_pictures_follow_a_dragged_slider_there_and_back(page: Page, app: str) -> None:
    sent = recorded_messages(page)
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&t=0.5")
    settle(page)
    begun = strip(page)
    page.wait_for_timeout(1000)
    sent.clear()
    with held(page, SEPARATION, 8):
        expect(root(page)).to_have_attribute("data-ahead", "true")
        expect(page.locator(".player .strip")).not_to_have_attribute("aria-label", begun)
        expect(page).to_have_url(re.compile(r"mode_separation=5\b"))
        expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        page.mouse.move(*spot(page, SEPARATION, 5), steps=8)
        # When the slider is back at its first value, the page's own pictures replace the previews.
        expect(root(page)).to_have_attribute("data-ahead", "false")
        assert not sent
    expect(page.locator(".player .strip")).to_have_attribute("aria-label", begun)
    expect(page).to_have_url(re.compile(r"mode_separation=5\b"))


@pytest.mark.parametrize(
    ("method", "exact"), [("linear", "exact"), ("learned", "starts from the linear curve")]
)
def test_learned_curve_is_outdated_during_a_drag(page: Page, app: str, method: str, exact: str) -> None:
    page.goto(f"{app}/?interpolation={method}&t=0.5")
    settle(page)
    panel = page.locator(".player figure").first
    expect(panel.locator(".badge")).to_contain_text("saved result")
    with held(page, SEPARATION, 6):
        expect(panel.locator(".badge")).to_have_text(f"{exact} · settings changed, train again")
        page.mouse.move(*spot(page, SEPARATION, 4), steps=8)
        expect(panel.locator(".badge")).not_to_contain_text("settings changed")


@pytest.mark.thorough
def test_curve_without_a_preview_keeps_its_panel(page: Page, app: str) -> None:
    page.goto(f"{app}/?target=ring&num_modes=32&std=0.2&mode_separation=6&sigma=3&t=0.5")
    settle(page, frames=1)
    with held(page, SEPARATION, 8):
        expect(root(page)).to_have_attribute("data-ahead", "true")
        badges = page.locator(".player figure .badge")
        expect(badges).to_have_count(3)
        expect(badges.first).to_have_text("exact · for the previous settings")
        expect(badges.last).not_to_contain_text("before")


@pytest.mark.thorough
def test_page_updates_on_release_if_previews_fail(page: Page, app: str) -> None:
    page.route("**/previews", lambda route: route.abort())
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&t=0.5")
    settle(page)
    begun, sequence = strip(page), attribute(page, "sequence")
    with held(page, SEPARATION, 8):
        page.wait_for_timeout(500)
        assert attribute(page, "sequence") == sequence
    expect(page.locator(".player .strip")).not_to_have_attribute("aria-label", begun)
    expect(page).to_have_url(re.compile(r"mode_separation=[78]"))


@pytest.mark.thorough
def test_teleportation_charts_follow_a_dragged_slider(page: Page, app: str) -> None:
    page.goto(f"{app}/teleportation?m=10")
    cost = page.get_by_test_id("stMetricValue").first
    begun = cost.inner_text()
    with held(page, "Mode separation m", 30):
        expect(cost).not_to_have_text(begun)
        expect(page).to_have_url(re.compile(r"m=10\b"))
    expect(page).to_have_url(re.compile(r"m=(29|3\d)"))


def test_drag_is_one_undoable_change(page: Page, app: str) -> None:
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
