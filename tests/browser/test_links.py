"""Links in a real browser: another browser opens the same view; Back, Forward, Undo and pins work."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.browser

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
PLAYER = "[data-panels]"


def settle(page: Page) -> None:
    """Wait until the player is on the page and no script runs."""
    page.locator(PLAYER).first.wait_for()
    page.locator(READY).wait_for()


def example(page: Page, title: str) -> None:
    page.get_by_role("button", name=title, exact=True).click()


def params(page: Page) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlparse(page.url).query).items()}


@pytest.mark.thorough
def test_shared_lesson_opens_in_another_browser(browser: Browser, page: Page, app: str) -> None:
    page.goto(app)
    settle(page)
    example(page, "Cured by σ")
    expect(page.get_by_role("slider", name="Latent σ")).to_have_attribute("aria-valuetext", "4.0")
    settle(page)
    page.get_by_role("button", name="Share").click()
    for hidden in ("Examples", "Target", "Formula", "Points", "Sketch", "Interpolation", "More settings"):
        page.locator("[data-testid=stPopoverBody]").get_by_role("button", name=hidden).click()
        page.locator(READY).wait_for()
    link = page.locator("[data-testid=stPopoverBody] code").first
    expect(link).to_contain_text(re.compile(r"controls=sigma%2Cmode_separation(&|\s*$)"))

    context = browser.new_context(viewport={"width": 400, "height": 900})
    other = context.new_page()
    other.goto(link.inner_text().replace("\n", ""))
    settle(other)
    expect(other.get_by_role("slider", name="Latent σ")).to_have_attribute("aria-valuetext", "4.0")
    expect(other.get_by_role("slider", name="Mode separation")).to_have_attribute("aria-valuetext", "5.5")
    for hidden in ("Examples", "Target", "Interpolation"):
        expect(other.get_by_text(hidden, exact=True)).to_have_count(0)
    expect(other.locator(PLAYER).first).to_have_attribute("data-panels", "3")
    wide = "() => document.querySelector('[data-testid=stMain]').scrollWidth - document.documentElement.clientWidth"
    assert other.evaluate(wide) <= 0
    context.close()


def test_examples_set_the_controls_and_undo_reverts_them(page: Page, app: str) -> None:
    page.goto(app)
    settle(page)
    separation = page.get_by_role("slider", name="Mode separation")
    for title, value in (("Teleportation", "5.5"), ("Tame", "3.0"), ("Cured by σ", "5.5")):
        example(page, title)
        expect(separation).to_have_attribute("aria-valuetext", value)
        settle(page)
    page.get_by_role("button", name="Undo").click()
    expect(separation).to_have_attribute("aria-valuetext", "3.0")
    page.get_by_role("button", name="Reset").click()
    expect(separation).to_have_attribute("aria-valuetext", "4.0")
    settle(page)
    assert not set(params(page)) & {"sigma", "mode_separation", "interpolation"}


@pytest.mark.thorough
def test_pins_are_kept_across_pages_and_in_a_link(browser: Browser, page: Page, app: str) -> None:
    page.goto(f"{app}/?sigma=2.0")
    settle(page)
    example(page, "Tame")
    expect(page.get_by_role("slider", name="Mode separation")).to_have_attribute("aria-valuetext", "3.0")
    page.get_by_role("button", name="Pin all").click()
    expect(page.get_by_role("button", name="All pinned")).to_be_visible()
    page.get_by_role("link", name="Compare").click()
    expect(page.get_by_role("heading", name="Compare")).to_be_visible()
    settle(page)
    expect(page.locator(PLAYER)).to_have_attribute("data-panels", "3")
    page.get_by_role("button", name="Remove").first.click()
    expect(page.locator(PLAYER)).to_have_attribute("data-panels", "2")
    page.get_by_role("button", name="Undo the removal").click()
    expect(page.locator(PLAYER)).to_have_attribute("data-panels", "3")
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Table as CSV").click()
    assert len(download.value.path().read_text().splitlines()) == 4

    context = browser.new_context(viewport={"width": 400, "height": 900})
    other = context.new_page()
    other.goto(page.url)
    settle(other)
    expect(other.locator(PLAYER)).to_have_attribute("data-panels", "3")
    context.close()

    page.get_by_role("link", name="Explore", exact=True).click()
    expect(page.get_by_role("slider", name="Mode separation")).to_have_attribute("aria-valuetext", "3.0")
    settle(page)
    assert re.search("mode_separation=3", page.url)


def test_invalid_link_values_are_reported_and_replaced_by_defaults(page: Page, app: str) -> None:
    page.goto(f"{app}/?controls=tempo&sigma=much")
    settle(page)
    expect(page.get_by_text("The link asks for")).to_have_count(2)
    expect(page.get_by_role("slider", name="Latent σ")).to_have_attribute("aria-valuetext", "1.0")


def test_back_and_forward_lead_through_examples_and_pages(page: Page, app: str) -> None:
    page.goto(app)
    settle(page)
    separation = page.get_by_role("slider", name="Mode separation")
    entries = page.evaluate("navigation.entries().length")
    for title, value in (("Tame", "3.0"), ("Teleportation", "5.5")):
        example(page, title)
        expect(separation).to_have_attribute("aria-valuetext", value)
        settle(page)
    page.get_by_role("button", name="Go to the worst moment").click()
    expect(page).to_have_url(re.compile(r"\bt=0\.\d+"))
    page.get_by_role("link", name="Runs", exact=True).click()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
    page.locator(READY).wait_for()
    assert page.evaluate("navigation.entries().length") == entries + 3
    for value in ("5.5", "3.0", "4.0"):
        page.go_back()
        expect(separation).to_have_attribute("aria-valuetext", value)
        settle(page)
    assert "mode_separation" not in params(page)
    page.go_forward()
    expect(separation).to_have_attribute("aria-valuetext", "3.0")
    settle(page)
    assert params(page)["mode_separation"] == "3"
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("heading", name="Runs")).to_be_visible()
