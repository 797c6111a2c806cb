"""The app under a sub-path, as behind a proxy that serves several apps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.player import held, root, settle
from tests.browser.server import app_command, serving

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def lab(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app served under /lab."""
    home = tmp_path_factory.mktemp("home")
    with serving(app_command(clone), clone, home, STREAMLIT_SERVER_BASE_URL_PATH="lab") as address:
        yield address


@pytest.mark.thorough
@pytest.mark.parametrize("place", ["", "/"])
def test_previews_follow_a_dragged_slider(page: Page, lab: str, place: str) -> None:
    answers: list[tuple[str, int]] = []
    page.on("response", lambda answer: answers.append((answer.url, answer.status)))
    page.goto(f"{lab}{place}?interpolation=linear&mode_separation=5&t=0.5")
    settle(page)
    with held(page, "Mode separation", 8):
        expect(root(page)).to_have_attribute("data-ahead", "true")
    previews = {answer for answer in answers if "previews" in answer[0]}
    assert previews == {(f"{lab}/previews", 200)}


@pytest.mark.thorough
def test_links_between_pages_stay_under_the_path(page: Page, lab: str) -> None:
    page.goto(f"{lab}/teleportation")
    page.get_by_role("heading", name="Teleportation of mass").wait_for()
    page.get_by_role("link", name="Explore", exact=True).click()
    settle(page)
    with held(page, "Mode separation", 8):
        expect(root(page)).to_have_attribute("data-ahead", "true")
