"""Accessibility: axe finds no serious violation on any page, in light and dark."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from core.presets import FIRST, learned
from dashboard.pins.pins import pin_of_stored

pytestmark = pytest.mark.browser

READY = "[data-testid=stApp][data-test-script-state=notRunning]"
SERIOUS = ("serious", "critical")
# Elements whose colours cannot be set in Streamlit. It draws selected items and a slider's value in the primary colour, and labels of
# primary buttons in white. On a dark page, no primary colour has a contrast of 4.5 with both the background and white. The colour is chosen
# for the buttons, so the other elements are excluded.
STREAMLITS = {"dark": ("[data-testid=stSliderThumbValue]", "[data-testid=stButtonGroup] [data-selected]")}
# Labels of disabled controls may be faint, but axe does not recognise that they belong to a disabled control.
DISABLED = (".st-key-no_separation",)


def pinned() -> str:
    """The name of a pin that holds a saved result."""
    stored = learned(replace(FIRST, interpolation="learned"))
    assert stored is not None
    return pin_of_stored(stored).name


# The pages: for each, its address and an element to wait for.
PAGES = {
    "explore": ("", "[data-panels]"),
    "in the plane": ("?target=gmm40&interpolation=gradient_flow", "[data-panels]"),
    "modes to be moved": ("?target=mixture", ".mode"),
    "a sketch": ("?target=sketch&interpolation=gradient_flow", ".sketch"),
    "points": ("?target=points&interpolation=gradient_flow", ".st-key-points"),
    "lessons": ("lessons", ".st-key-card-curve"),
    "a lesson": ("lessons?lesson=teleportation&step=6", "[data-panels]"),
    "the end of a lesson": ("lessons?lesson=curve&step=6", "[data-panels]"),
    "teleportation": ("teleportation", "[data-testid=stPlotlyChart]"),
    "runs": ("runs", ".st-key-run-views"),
    "studies": ("studies", ".st-key-start_study"),
    "compare, empty": ("compare", "[data-testid=stAlert]"),
    "compare": (f"compare?pins={pinned()}", "[data-panels]"),
}


def violations(page: Page, theme: str) -> list[str]:
    """Serious violations, one line for each element."""
    known = [[selector] for selector in (*DISABLED, *STREAMLITS.get(theme, ()))]
    found: list[dict[str, Any]] = Axe().run(page, context={"exclude": known}).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:200]}"
        for rule in found
        if rule["impact"] in SERIOUS
        for node in rule["nodes"]
    ]


# Pages whose parts are also tested on other pages; only the long version tests them.
SIMILAR = ("in the plane", "modes to be moved", "points", "the end of a lesson", "runs", "compare, empty")


@pytest.mark.thorough
@pytest.mark.parametrize(
    ("address", "there"),
    [
        pytest.param(*page, id=name, marks=[pytest.mark.long] * (name in SIMILAR))
        for name, page in PAGES.items()
    ],
)
def test_no_serious_violation(page: Page, app: str, address: str, there: str) -> None:
    page.goto(f"{app}/{address}")
    backgrounds, found = set(), {}
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        page.wait_for_timeout(300)
        page.locator(there).first.wait_for()
        page.locator(READY).wait_for()
        page.wait_for_timeout(500)
        backgrounds.add(
            page.locator("[data-testid=stApp]").evaluate("e => getComputedStyle(e).backgroundColor")
        )
        found[theme] = "\n".join(violations(page, theme))
    assert len(backgrounds) == 2
    assert found == {"light": "", "dark": ""}
