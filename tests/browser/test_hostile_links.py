"""Hostile links: the page shows their content as text, and the browser contacts no other host."""

from __future__ import annotations

import re
from urllib.parse import urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from dashboard.controls.names import CONTROLS, PARAM
from dashboard.url.address_bar import PINS

pytestmark = pytest.mark.browser

HOST = "foreign.example"
HOSTILE = (
    f"[Sign in](http://{HOST}/a) ![x](http://{HOST}/b) <img src='http://{HOST}/c'> http://{HOST}/d www.{HOST} me@{HOST} "
    f"`x` ``[y](http://{HOST}/e)`` :red[red] :material/lock: :tada: $\\href{{http://{HOST}/f}}{{z}}$ <http://{HOST}/g>\n\n"
    f"[r]: http://{HOST}/h\n\n# big"
)
# The names of the link parameters. A hostile link gives all of them the same hostile value.
NAMES = (*CONTROLS, PARAM, PINS, "t", "backdrop", "panel", "job", "m")


@pytest.mark.parametrize("path", ["", "teleportation", "compare"])
def test_hostile_link_is_shown_as_text(page: Page, app: str, path: str) -> None:
    requests = _watch(page)
    page.goto(f"{app}/{path}?{urlencode(dict.fromkeys(NAMES, HOSTILE))}")
    _settle(page)
    _assert_harmless(page, app, requests)


@pytest.mark.parametrize("target", ["mixture", "ring"])
def test_hostile_text_of_a_control_is_shown_as_text(page: Page, app: str, target: str) -> None:
    requests = _watch(page)
    params = {"target": target, "means": HOSTILE, "weights": HOSTILE}
    page.goto(f"{app}/?{urlencode(params)}")
    _settle(page)
    expect(page.get_by_text("[Sign in]").first).to_be_visible()
    _assert_harmless(page, app, requests)


def _watch(page: Page) -> list[str]:
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    return requests


def _settle(page: Page) -> None:
    page.get_by_role("heading").first.wait_for()
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.wait_for_timeout(300)


def _assert_harmless(page: Page, app: str, requests: list[str]) -> None:
    own = urlsplit(app).netloc
    assert requests
    assert {urlsplit(url).netloc for url in requests if not re.match("data:|blob:", url)} == {own}
    links = page.eval_on_selector_all("a[href]", "all => all.map((a) => a.href)")
    assert {urlsplit(link).netloc for link in links} <= {own, "streamlit.io", "github.com"}
    alerts = page.locator("[data-testid=stAlert]")
    assert alerts.locator("img, .katex, h1, [style*=color] em").count() == 0
    # If the text were not escaped, an icon or emoji would have replaced these characters.
    for text in alerts.all_inner_texts():
        if "Sign in" in text:
            assert "[Sign in](http" in text.replace("\u2060", "")
