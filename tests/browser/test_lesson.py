"""The lesson on teleportation, from its first to its last step, with right and wrong answers.

This is the lecture for which the lab was made: three curves play, the modes are pulled apart, mass is missing at the worst moment, training
fails where the theory predicts it, and a wider latent helps. If the environment variable LESSON_PICTURES names a folder, each step is saved
there as a picture.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import PATIENCE_MS
from tests.browser.player import READY, attribute, drag, expect_time, root, seek, settle

pytestmark = [pytest.mark.browser, pytest.mark.moving]


@pytest.mark.thorough
def test_lesson_from_first_to_last_step(page: Page, browser: Browser, app: str) -> None:
    page.goto(f"{app}/lessons")
    page.locator(".st-key-card-teleportation").get_by_role("button", name="Start").click()
    at_step(page, 1)
    steps = [compare, pull_apart, find_the_worst_moment, look_between, grow, train, cure, remember]
    for number, step in enumerate(steps, 1):
        at_step(page, number)
        step(page)
        keep(page, number)
        if number < len(steps):
            turn(page, number)
    open_on_a_phone(page, browser)


def at_step(page: Page, number: int) -> None:
    """Wait until the page shows this step with its player."""
    expect(page.get_by_text(f"Step {number} of 8")).to_be_visible()
    expect(page).to_have_url(re.compile(rf"lesson=teleportation&step={number}(&|$)"))
    settle(page)


def turn(page: Page, number: int) -> None:
    """Go to the next step, alternately by key and by button."""
    if number % 2:
        page.locator("h2").first.click()
        page.keyboard.press("ArrowRight")
    else:
        page.get_by_role("button", name="Next").click()


def keep(page: Page, number: int) -> None:
    if folder := os.environ.get("LESSON_PICTURES"):
        page.screenshot(path=Path(folder) / f"step-{number}.png", full_page=True)


def reply(page: Page) -> Locator:
    """The text after the last answer."""
    return page.locator(".st-key-lesson-text [data-testid=stAlert]").last


def choose(page: Page, answer: str) -> None:
    page.locator(".st-key-lesson-text").get_by_text(answer, exact=True).click()


def compare(page: Page) -> None:
    """Three panels play by themselves. A wrong and a right answer have different replies."""
    assert (attribute(page, "panels"), attribute(page, "playing")) == ("3", "true")
    choose(page, "The linear curve.")
    expect(reply(page)).to_contain_text("read the masses: the linear curve has")
    choose(page, "The learned curve.")
    expect(reply(page)).to_contain_text("Yes: ")
    expect(reply(page)).to_contain_text("They differ in when they move the mass")


def pull_apart(page: Page) -> None:
    """Arrow keys on a slider move the slider and do not change the step."""
    expect(root(page)).to_have_attribute("data-panels", "2")
    expect_time(page, 1)
    drag(page, "Mode separation", 12)
    expect(reply(page)).to_contain_text("grows from 31.0 to 1.33·10¹⁸")
    expect(page).to_have_url(re.compile("step=2&mode_separation=12"))


def find_the_worst_moment(page: Page) -> None:
    page.get_by_role("button", name="Go to the worst moment").click()
    expect(root(page)).to_have_attribute("data-time", re.compile(r"0\.9"))
    expect(root(page)).to_have_attribute("data-playing", "false")
    mark(page, 0.5)
    expect(reply(page)).to_contain_text("You marked t = 0.50. Exact: t = 0.97. Read the masses")
    mark(page, 0.965)
    expect(reply(page)).to_contain_text(
        "You marked t = 0.96. Exact: t = 0.97. Well seen. It happens very late."
    )


def mark(page: Page, t: float) -> None:
    """Move the time to t and press the button that marks it."""
    seek(page, t)
    page.get_by_role("button", name=f"My answer: t = {t - 1e-9:.2f}").click()


def look_between(page: Page) -> None:
    """In the player, arrow keys move the time."""
    expect_time(page, 0.9)
    page.locator(".player .play").focus()
    page.keyboard.press("ArrowRight")
    expect(root(page)).not_to_have_attribute("data-time", "0.9000")
    choose(page, "Its gap is full of mass.")
    expect(reply(page)).to_contain_text("small, too")
    choose(page, "Its mass crossed before the gap opened.")
    expect(reply(page)).to_contain_text("pulls the parts away from each other")


def grow(page: Page) -> None:
    drag(page, "Mode separation", 18)
    expect(reply(page)).to_contain_text("You crossed 10⁹")


def train(page: Page) -> None:
    """Saved results are shown at once; the viewer's own run replaces them."""
    expect(root(page)).to_have_attribute("data-panels", "3")
    choose(page, "All three.")
    expect(reply(page)).to_contain_text("Compare Exact with Learned")
    page.goto(f"{page.url}&seconds=3")
    at_step(page, 6)
    choose(page, "The learned curve and the gradient flow.")
    page.get_by_role("button", name="Train").click()
    for title in ("Linear", "Learned", "Gradient flow"):
        panel = page.locator(".player figure").filter(has=page.get_by_text(title, exact=True))
        expect(panel.locator(".badge")).to_contain_text(
            re.compile(r"learned · \d+ step"), timeout=2 * PATIENCE_MS
        )
    expect(reply(page)).to_contain_text("a whole mode is missing")


def cure(page: Page) -> None:
    drag(page, "Latent σ", 4)
    expect(reply(page)).to_contain_text("falls from 34900 to 136")


def remember(page: Page) -> None:
    """A written answer stays in the browser, and typing does not change the step."""
    field = page.get_by_label("Your answer. It stays in this browser.")
    field.fill("The curve is the trouble.")
    field.press("ArrowLeft")
    page.get_by_role("button", name="Show a good answer").click()
    expect(reply(page)).to_contain_text("The problem is the curve, not the network")
    page.reload()
    at_step(page, 8)
    expect(field).to_have_value("The curve is the trouble.")
    # Back leads to the previous step, and Forward to this one.
    page.get_by_role("button", name="Back", exact=True).click()
    at_step(page, 7)
    page.go_back()
    at_step(page, 8)


def open_on_a_phone(page: Page, browser: Browser) -> None:
    """The link shows the same step on a phone: picture above text, the button Next in view. A new step is scrolled to its top."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    phone = context.new_page()
    phone.set_default_timeout(PATIENCE_MS)
    phone.goto(page.url)
    at_step(phone, 8)
    picture, text = (phone.locator(f".st-key-lesson-{name}").bounding_box() for name in ("picture", "text"))
    assert picture
    assert text
    assert picture["y"] < text["y"]
    expect(phone.get_by_role("button", name="Next lesson")).to_be_in_viewport()
    assert phone.evaluate("document.documentElement.scrollWidth") <= 390
    expect(phone.locator(".player .key")).to_contain_text("(solid: mode 1, dashed: mode 2)")
    # The text after an answer is scrolled into view, above the buttons Back and Next.
    phone.get_by_role("button", name="Show a good answer").click()
    answer, turning = reply(phone), phone.locator(".st-key-lesson-turn")
    expect(answer).to_be_in_viewport(ratio=1)
    phone.wait_for_timeout(600)
    assert bottom(answer) <= turning.evaluate("bar => bar.getBoundingClientRect().top")
    main = phone.get_by_test_id("stMain")
    main.evaluate("main => main.scrollTo(0, main.scrollHeight)")
    assert main.evaluate("main => main.scrollTop") > 0
    phone.get_by_role("button", name="Back", exact=True).click()
    at_step(phone, 7)
    assert main.evaluate("main => main.scrollTop") == 0
    context.close()


def bottom(element: Locator) -> float:
    return float(element.evaluate("element => element.getBoundingClientRect().bottom"))


def test_first_visit_is_offered_a_lesson_once(browser: Browser, app: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(app)
    page.get_by_role("link", name="What is a curve of densities?").click()
    expect(page).to_have_url(re.compile(r"/lessons\?lesson=curve&step=1"))
    settle(page)
    page.goto(app)
    settle(page)
    page.locator(READY).wait_for()
    expect(page.get_by_role("link", name="What is a curve of densities?")).to_have_count(0)
    context.close()
