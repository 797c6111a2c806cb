"""Fixtures: a real browser, and the app started with the README's command in a fresh clone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, sync_playwright

from dashboard.player import component
from tests.browser import chromium
from tests.browser.server import app_command, serving
from tests.browser.stage import open_stage
from tests.fresh_clone import copy_tracked_files


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.path()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=chromium.ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone of the project."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    copy_tracked_files(folder)
    return folder


@pytest.fixture(scope="session")
def app(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the app, started as in the README's first command."""
    with serving(app_command(clone), clone, tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """One browser context for all pages, so that Streamlit's scripts are loaded once."""
    context = browser.new_context()
    yield context
    context.close()


@pytest.fixture(scope="session")
def tab(context: BrowserContext) -> Page:
    """The page that all tests share. Opening a new one would take as long as loading the app."""
    tab = context.new_page()
    tab.set_default_timeout(chromium.PATIENCE_MS)
    return tab


@pytest.fixture
def page(tab: Page, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Page]:
    """The shared page in its initial state. A JavaScript error on it fails the test.

    To save time, the player does not start by itself, except in tests marked `moving`.
    """
    moving = request.node.get_closest_marker("moving") is not None
    tab.emulate_media(
        media="null", color_scheme="light", reduced_motion="no-preference" if moving else "reduce"
    )
    tab.set_viewport_size({"width": 1400, "height": 1000})
    tab.mouse.move(0, 0)
    listeners, failures = list[tuple[Any, Any]](), list[Error]()
    on = tab.on
    monkeypatch.setattr(
        tab, "on", lambda event, listener: (on(event, listener), listeners.append((event, listener)))
    )
    tab.on("pageerror", lambda error: failures.append(error))  # noqa: PLW0108 (Playwright marks the function)
    yield tab
    if tab.url.startswith("http"):
        tab.evaluate("sessionStorage.clear()")
    tab.goto("about:blank")
    for event, listener in listeners:
        tab.remove_listener(event, listener)
    tab.unroute_all()
    tab.mouse.up()
    assert failures == []


@pytest.fixture
def stage(page: Page) -> Page:
    """A page with only the player, which receives its pictures from the test."""
    open_stage(page, (Path(component.__file__).parent / "player.css").read_text(encoding="utf-8"))
    return page
