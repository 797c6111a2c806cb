"""Charts follow a change of the theme."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from dashboard.figures.palette import DARK, LIGHT

pytestmark = pytest.mark.browser

TEXT = ".js-plotly-plot .xtick text"


def rgb(colour: str) -> str:
    return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))


@pytest.mark.thorough
@pytest.mark.parametrize("path", ["teleportation", "?interpolation=gradient_flow"])
def test_charts_follow_the_theme(page: Page, app: str, path: str) -> None:
    page.emulate_media(color_scheme="light")
    page.goto(f"{app}/{path}")
    if "interpolation" in path:
        details = page.get_by_role("radiogroup", name="Samples, metrics and maps")
        details.get_by_role("radio", name="Gradient flow").click()
    for scheme, theme in (("light", LIGHT), ("dark", DARK), ("light", LIGHT)):
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        expect(page.locator(TEXT).first).to_have_css("fill", rgb(theme.ink))
