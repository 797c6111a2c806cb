"""A handout (a page saved as one file) in a browser without a network: on a screen, on a phone and on paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.presets import FIRST
from dashboard.handouts import families
from dashboard.handouts.lesson import lesson_handout
from dashboard.handouts.view import view_handout
from dashboard.lessons.parse import parse
from dashboard.state import Selection
from tests.browser.player import attribute, pixels, root, seek
from tests.dashboard.test_handouts import LESSON

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['help']}" for rule in found if rule["impact"] in SERIOUS]


def opened(browser: Browser, file: Path, failures: list[str]) -> Page:
    """Open the file in a browser without a network. Errors and requests are added to `failures`."""
    page = browser.new_context(offline=True, viewport={"width": 1400, "height": 1000}).new_page()
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "blob:")) else failures.append(request.url),
    )
    page.goto(file.as_uri())
    return page


def test_a_handout_works_from_a_file_without_a_network(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "POSITIONS", 4)
    file = tmp_path / "handout.html"
    file.write_text(
        view_handout(Selection("linear", FIRST, 10.0), ["sigma", "mode_separation"], lambda done: None)
    )
    failures: list[str] = []
    page = opened(browser, file, failures)

    expect(root(page)).to_have_attribute("data-playing", "true")  # the player starts by itself
    page.get_by_role("button", name="Pause").click()
    seek(page, 0.5)
    own = pixels(page)

    sigma, separation = page.get_by_label("Latent σ"), page.get_by_label("Mode separation")
    separation.focus()
    separation.press("End")
    expect(page.locator(".stage")).not_to_have_attribute("data-shown", re.compile("^$"))
    expect(separation).to_have_attribute("aria-valuetext", "12")
    expect(root(page)).to_have_attribute("data-source", "exact")
    assert attribute(page, "time") == "0.5000"  # the time does not change
    assert pixels(page) != own
    sigma.focus()
    sigma.press("ArrowRight")
    expect(separation).to_have_attribute("aria-valuetext", "4")  # back at the saved view's value

    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(200)
        assert violations(page) == []

    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    printed = page.locator("canvas.printed")
    assert (
        printed.evaluate("canvas => canvas.getContext('2d').getImageData(2, 2, 1, 1).data.join()")
        == "255,255,255,255"
    )
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    expect(printed).to_have_count(0)
    assert page.pdf()[:5] == b"%PDF-"

    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    slides = tmp_path / "slides.html"
    slides.write_text(
        f'<iframe src="{file.name}" sandbox="allow-scripts" width="1280" height="720"></iframe>'
    )
    page.goto(slides.as_uri())
    page.frame_locator("iframe").locator(".player[data-sequence]").wait_for()
    assert failures == []
    page.context.close()


def test_a_lessons_questions_are_checked_in_the_page(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "POSITIONS", 3)
    file = tmp_path / "lesson.html"
    file.write_text(lesson_handout(parse(LESSON, Path("two-modes.md")), lambda done: None))
    failures: list[str] = []
    page = opened(browser, file, failures)
    mark, choose, apart, large, write = (page.locator(f".question[data-kind={kind}]").nth(k) for kind, k in (
        ("mark", 0), ("choose", 0), ("set", 0), ("set", 1), ("write", 0),
    ))  # fmt: skip
    expect(page.get_by_text("Late.")).to_be_hidden()
    seek(page, 0.3)
    mark.get_by_role("button").click()
    expect(mark).to_contain_text("You marked t = 0.30")
    expect(mark.get_by_text("Too early.")).to_be_visible()
    seek(page, 0.81)
    mark.get_by_role("button").click()
    expect(mark.get_by_text("You saw it.")).to_be_visible()
    choose.get_by_label("Nothing.").check()
    expect(choose.get_by_text("Look again.")).to_be_visible()
    choose.get_by_label("It explodes.").check()
    expect(choose.get_by_text("Look again.")).to_be_hidden()
    expect(apart.get_by_text("Far apart.")).to_be_hidden()
    page.get_by_label("Mode separation").press("End")
    expect(apart.get_by_text("Far apart.")).to_be_visible()
    expect(large.get_by_text("Large.")).to_be_visible()
    expect(page.locator("[data-number]")).to_have_text("1.33·10¹⁸")
    write.get_by_role("textbox").fill("Because.")
    expect(write).to_contain_text("Saved in this browser.")
    write.get_by_role("button").click()
    expect(write.get_by_text("A good answer.")).to_be_visible()
    assert violations(page) == []
    page.reload()
    expect(write.get_by_role("textbox")).to_have_value("Because.")
    assert failures == []
    page.context.close()
