"""A handout in a browser: from a file, without a network, on a screen, a phone and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from core.presets import FIRST
from dashboard.handouts import families
from dashboard.handouts.view import view_handout
from dashboard.state import Selection
from tests.browser.player import attribute, pixels, root, seek

pytestmark = pytest.mark.browser
SERIOUS = ("serious", "critical")


def violations(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{rule['id']}: {rule['help']}" for rule in found if rule["impact"] in SERIOUS]


def test_a_handout_works_from_a_file_without_a_network(
    browser: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(families, "POSITIONS", 4)
    file = tmp_path / "handout.html"
    file.write_text(
        view_handout(Selection("linear", FIRST, 10.0), ["sigma", "mode_separation"], lambda done: None)
    )
    context = browser.new_context(offline=True, viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    failures: list[str] = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    page.on("console", lambda message: failures.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "blob:")) else failures.append(request.url),
    )
    page.goto(file.as_uri())

    expect(root(page)).to_have_attribute("data-playing", "true")  # it plays by itself
    page.get_by_role("button", name="Pause").click()
    seek(page, 0.5)
    own = pixels(page)

    sigma, separation = page.get_by_label("Latent σ"), page.get_by_label("Mode separation")
    separation.focus()
    separation.press("End")
    expect(page.locator(".stage")).not_to_have_attribute("data-shown", re.compile("^$"))
    expect(separation).to_have_attribute("aria-valuetext", "12")
    expect(root(page)).to_have_attribute("data-source", "exact")
    assert attribute(page, "time") == "0.5000"  # the time stays
    assert pixels(page) != own
    sigma.focus()
    sigma.press("ArrowRight")
    expect(separation).to_have_attribute("aria-valuetext", "4")  # back at the view's own value

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
    context.close()
