"""The player's script without a server: successive reels (encoded pictures), cleanup and checkpoints."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from itertools import pairwise

import pytest
from playwright.sync_api import Page, expect

from core.presets import FIRST, learned
from dashboard.player.look import PALETTES
from dashboard.player.reel import Checkpoint, Panel, pack
from dashboard.player.source import HTML, SCRIPT
from tests.browser.player import attribute, root

pytestmark = pytest.mark.browser

ADDRESS = "http://player.test/"
LOAD = """async script => {
  window.ends = [];
  window.component = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
}"""
TAKE = """reel => {
  const data = Uint8Array.from(atob(reel), (byte) => byte.charCodeAt(0));
  ends.push(component.default({ data, parentElement: document.body, setStateValue: () => {} }));
}"""


LABELS = """async script => {
  const exported = new Blob([script, "\\nexport { movedApart };"], { type: "text/javascript" });
  const { movedApart } = await import(URL.createObjectURL(exported));
  return [[50, 50], [5, 5], [95, 95, 95]].map((heights) => movedApart(heights, { top: 0, bottom: 100 }, 10));
}"""


@pytest.fixture
def script(page: Page) -> Page:
    """An empty page with the player's script."""
    page.route(ADDRESS, lambda route: route.fulfill(body=HTML, content_type="text/html"))
    page.goto(ADDRESS)
    page.evaluate(LOAD, SCRIPT)
    return page


def take(page: Page, *, key: str = "linear", step: int = 1, source: str = "learned") -> None:
    """Send a reel of one panel whose run has a single checkpoint."""
    stored = learned(FIRST)
    assert stored is not None
    course = (Checkpoint(replace(stored.frames, source=source), step, float(step)),)
    view = {"t": 0.5, "backdrop": None, "panel": None}
    options = {"key": "alone", "height": 380, "autoplay": False, "view": view, "palettes": PALETTES}
    panel = Panel(key, "linear", key, None, course, f"learned · {step} steps", run=f"run of {key}")
    page.evaluate(TAKE, b64encode(pack([panel], options)).decode())


def test_cleanup_of_an_old_call_does_not_close_the_player(script: Page) -> None:
    take(script, step=1)
    take(script, step=2)
    script.evaluate("ends[0]()")
    take(script, step=3)
    assert attribute(script, "sequence") == "3"
    script.evaluate("ends[2]()")
    take(script, step=4)
    assert attribute(script, "sequence") == "1"
    assert script.locator(".panels figure").count() == 1


@pytest.mark.parametrize(("others", "is_kept"), [("abc", True), ("abcd", False)])
def test_hidden_panel_keeps_its_checkpoints_for_a_while(script: Page, others: str, is_kept: bool) -> None:
    take(script, step=1)
    for key in others:
        take(script, key=key)
    take(script, step=2)
    assert script.locator(".training").evaluate("place => !place.hidden") is is_kept


@pytest.mark.parametrize(
    ("source", "badge"), [("learned", "learned · 1 step, 1.0 s"), ("chains", "sampled · 1 step, 1.0 s")]
)
def test_older_checkpoint_has_its_own_badge(script: Page, source: str, badge: str) -> None:
    for step in (1, 2):
        take(script, step=step, source=source)
    script.locator(".course").press("Home")
    expect(root(script).locator(".badge")).to_have_text(badge)


@pytest.mark.thorough
def test_labels_cover_neither_dots_nor_each_other(script: Page) -> None:
    size, at_the_middle, at_the_top, at_the_bottom = 10, *script.evaluate(LABELS, SCRIPT)
    assert all(abs(label - 50) >= 0.9 * size for label in at_the_middle)
    assert min(at_the_top) >= size / 2
    assert max(at_the_bottom) <= 100 - size / 2
    for labels in (at_the_middle, at_the_top, at_the_bottom):
        assert all(below - above >= size for above, below in pairwise(labels))
