"""Helpers that read and operate the player in browser tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Locator, Page, expect

# The width of a slider's thumb, in pixels.
THUMB = 12
# Appended to a link: a small network and few solver steps, so that training and sampling are quick.
QUICK = "&width=8&depth=1&batch_size=64&solver=rk4&num_steps=10"
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
# JavaScript that returns a hash of a canvas's pixels.
FINGERPRINT = """canvas => {
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum = (sum * 31 + data[i]) % 2147483647;
  return sum;
}"""


def root(page: Page) -> Locator:
    return page.locator(".player")


def settle(page: Page, frames: int = 2) -> None:
    """Wait until the player has drawn a picture with at least `frames` frames and no script runs."""
    root(page).and_(page.locator("[data-sequence]")).wait_for()
    page.locator(READY).wait_for()
    page.wait_for_function(
        "n => [...document.querySelectorAll('*')].map(e => e.shadowRoot?.querySelector('.player')?.dataset)"
        ".some(data => data?.time && data.frames >= n)",
        arg=frames,
    )
    page.locator(READY).wait_for()


def attribute(page: Page, name: str) -> str:
    """The value of a data attribute of the player: `time`, `source`, `frames`, `panels`, `sequence` or `playing`."""
    return root(page).get_attribute(f"data-{name}") or ""


def time_of(page: Page) -> float:
    return float(attribute(page, "time"))


def expect_time(page: Page, t: float) -> None:
    """Wait until the player shows time t; a page's response takes a moment to arrive."""
    expect(root(page)).to_have_attribute("data-time", f"{t:.4f}")


def after_a_frame(page: Page) -> None:
    """Wait until the player has redrawn after a change."""
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def pixels(page: Page, panel: int = 0) -> int:
    return page.locator(".player .panels canvas").nth(panel).evaluate(FINGERPRINT)


def seek(page: Page, t: float) -> None:
    """Move the scrubber to t and release it."""
    page.locator(".player .time").evaluate(
        "(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input')); slider.dispatchEvent(new Event('change')); }",
        t,
    )
    expect_time(page, t)


def painted(page: Page, panel: int, expression: str) -> float:
    """Evaluate a JavaScript expression in `data` (RGBA bytes), `width` and `height` of a panel's canvas."""
    code = f"""canvas => {{
      const {{width, height}} = canvas, data = canvas.getContext('2d').getImageData(0, 0, width, height).data;
      return {expression};
    }}"""
    return page.locator(".player .panels canvas").nth(panel).evaluate(code)


def spot(page: Page, slider: str, value: float) -> tuple[float, float]:
    """The position on the page, in pixels, that a slider's thumb has at a value."""
    handle, group = page.get_by_role("slider", name=slider), page.get_by_role("group", name=slider)
    low, high = (float(handle.get_attribute(name) or "") for name in ("min", "max"))
    group.scroll_into_view_if_needed()
    track = group.bounding_box()
    assert track
    share = (value - low) / (high - low)
    return track["x"] + THUMB / 2 + (track["width"] - THUMB) * share, track["y"] + track["height"] / 2


@contextmanager
def held(page: Page, slider: str, value: float) -> Iterator[Locator]:
    """Drag a slider's thumb to the pixel nearest to a value, and hold it until the block ends."""
    handle = page.get_by_role("slider", name=slider)
    page.mouse.move(*spot(page, slider, float(handle.get_attribute("value") or "")))
    page.mouse.down()
    page.mouse.move(*spot(page, slider, value), steps=8)
    yield handle
    page.mouse.up()


def drag(page: Page, slider: str, value: float) -> None:
    """Drag a slider's thumb close to a value and release it, then reach the value with arrow keys."""
    with held(page, slider, value) as handle:
        pass
    for _ in range(20):
        away = value - float(handle.get_attribute("value") or "")
        if abs(away) < 0.01:
            break
        handle.press("ArrowRight" if away > 0 else "ArrowLeft")
    page.wait_for_timeout(600)
    settle(page)
