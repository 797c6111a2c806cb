"""The player's view: zoom, pan, and following the mass."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from core.pictures.render import MOVING, exact_frames
from core.problem import Problem, TargetSpec
from tests.browser.player import after_a_frame, pixels, root, seek
from tests.browser.stage import panel, send, travelling

pytestmark = [pytest.mark.browser, pytest.mark.moving]


def zoom_note(page: Page) -> str:
    """The text that describes the current zoom."""
    return page.locator(".player .zoom-note").inner_text()


def test_wheel_keys_and_buttons_zoom_all_panels(stage: Page) -> None:
    send(stage, [panel(travelling(2)), panel(travelling(2), "gradient_flow")])
    whole = [pixels(stage, k) for k in range(2)]
    box = stage.locator(".panels canvas").first.bounding_box()
    assert box
    stage.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stage.mouse.wheel(0, -400)
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged 2.2×")
    zoomed = [pixels(stage, k) for k in range(2)]
    assert all(a != b for a, b in zip(whole, zoomed, strict=True))
    root(stage).focus()
    stage.keyboard.press("0")
    expect(stage.locator(".zoom-note")).to_be_empty()
    assert [pixels(stage, k) for k in range(2)] == whole
    stage.keyboard.press("+")
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged 1.5×")
    stage.keyboard.press("-")
    expect(stage.locator(".zoom-note")).to_be_empty()
    stage.get_by_role("button", name="Zoom in").click()
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged 1.5×")
    stage.get_by_role("button", name="Fit").click()
    expect(stage.locator(".zoom-note")).to_be_empty()


def test_wheel_scrolls_the_page_when_nothing_is_zoomed(stage: Page) -> None:
    send(stage, [panel(travelling(2))])
    stage.evaluate("document.body.style.paddingBottom = '3000px'")
    box = stage.locator(".panels canvas").bounding_box()
    assert box
    stage.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    stage.mouse.wheel(0, 100)
    # While the wheel keeps turning, it keeps scrolling the page.
    stage.mouse.wheel(0, -50)
    stage.wait_for_function("scrollY === 50")
    expect(stage.locator(".zoom-note")).to_be_empty()


def test_pinch_zooms(stage: Page) -> None:
    send(stage, [panel(travelling(2))])
    box = stage.locator(".panels canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    touch = stage.context.new_cdp_session(stage)
    touch.send("Emulation.setTouchEmulationEnabled", {"enabled": True, "maxTouchPoints": 2})
    for kind, apart in (("touchStart", 30), ("touchMove", 45), ("touchMove", 60), ("touchEnd", 0)):
        points = [{"x": x - apart, "y": y, "id": 0}, {"x": x + apart, "y": y, "id": 1}] if apart else []
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged 2×")


def test_drag_pans_without_tracing(stage: Page) -> None:
    send(stage, [panel(travelling(2))])
    stage.get_by_role("button", name="Zoom in").click()
    after_a_frame(stage)
    before = pixels(stage)
    box = stage.locator(".panels canvas").bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    stage.mouse.move(x, y)
    stage.mouse.down()
    stage.mouse.move(x + 60, y, steps=4)
    stage.mouse.up()
    after_a_frame(stage)
    moved = pixels(stage)
    assert moved != before
    stage.keyboard.press("Escape")  # a second click would clear the trace
    after_a_frame(stage)
    assert pixels(stage) == moved


def test_follow_keeps_the_mass_in_view(stage: Page) -> None:
    send(stage, [panel(travelling(2, std=0.2))], t=0.0)
    follow = stage.get_by_role("button", name="Follow")
    follow.click()
    expect(follow).to_have_attribute("aria-pressed", "true")
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged")
    start = pixels(stage)
    seek(stage, 1.0)
    after_a_frame(stage)
    # The mass has moved by many times its width, and is still in the middle of the picture.
    middle = stage.locator(".panels canvas").evaluate(
        "c => [...c.getContext('2d').getImageData(c.width / 2 | 0, c.height * 0.44 | 0, 1, 1).data].slice(0, 3)"
    )
    assert sum(middle) < 600
    assert pixels(stage) != start
    follow.click()
    expect(stage.locator(".zoom-note")).to_be_empty()


def test_zoom_on_the_line_keeps_the_time_axis(stage: Page) -> None:
    send(stage, [panel(exact_frames(Problem(TargetSpec.of("shifted_pair", mode_separation=5.0)), MOVING))])
    before = pixels(stage)
    expect(stage.get_by_role("button", name="Follow")).to_be_hidden()
    root(stage).focus()
    stage.keyboard.press("+")
    expect(stage.locator(".zoom-note")).to_contain_text("Enlarged 1.5×")
    assert pixels(stage) != before
