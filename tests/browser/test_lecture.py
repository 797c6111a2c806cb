"""A whole lecture with the app, step by step. Screenshots go to the folder in LECTURE_PICTURES.

Three panels play a tame preset. The modes are pulled apart: the exact pictures follow, and the linear curve's strip jumps. At the
worst moment mass is missing. Training puts the learned fields beside the exact ones. A wider latent cures it. The link opens the
same view on a phone.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import PATIENCE_MS
from tests.browser.player import attribute, drag, held, root, seek, settle, time_of

pytestmark = [pytest.mark.browser, pytest.mark.moving]


@pytest.fixture
def keep(page: Page, tmp_path: Path) -> Callable[[str], None]:
    folder = Path(os.environ.get("LECTURE_PICTURES", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)

    def take(name: str) -> None:
        page.screenshot(path=folder / f"{name}.png", full_page=True)

    return take


def strip_of(page: Page) -> dict[str, str]:
    """The kinetic energies in the strip's description, by panel."""
    label = page.locator(".player .strip").get_attribute("aria-label") or ""
    return dict(re.findall(r"(Linear|Learned|Gradient flow): ([^;.]+(?:\.\d[^;.]*)?)", label))


def number(text: str) -> float:
    """Parse a number of the player, such as `396` or `5.1·10⁸`."""
    mantissa, _, power = text.partition("·10")
    digits = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))
    return float(mantissa.replace("−", "-")) * 10.0 ** int(digits or 0)


def at_end(page: Page) -> dict[str, float]:
    seek(page, 1.0)
    page.wait_for_timeout(300)
    return {name: number(value) for name, value in strip_of(page).items()}


def test_lecture_from_tame_to_teleportation_to_cure(
    page: Page, browser: Browser, app: str, keep: Callable[[str], None]
) -> None:
    # The link opens three panels that play a tame example.
    page.goto(f"{app}/?interpolation=all&mode_separation=3&backdrop=exact&seconds=3")
    settle(page)
    assert (attribute(page, "panels"), attribute(page, "playing")) == ("3", "true")
    keep("1-three-panels-play")
    far = pulled_apart(page)
    keep("2-modes-far-apart")
    go_to_the_worst_moment(page)
    keep("3-the-worst-moment")
    train(page)
    keep("4-learned-beside-exact")
    cure(page, far)
    keep("5-cured-by-sigma")
    open_on_a_phone(page, browser)


def pulled_apart(page: Page) -> dict[str, float]:
    """Drag the mode separation from 3 to 12; returns the kinetic energies at t = 1.

    The exact pictures follow the pointer. The linear curve's kinetic energy jumps; that of the gradient flow hardly changes.
    """
    tame, sequence = at_end(page), attribute(page, "sequence")
    with held(page, "Mode separation", 9):
        expect(root(page)).not_to_have_attribute("data-sequence", sequence)
        page.wait_for_timeout(1000)
        settle(page)
        expect(page).to_have_url(re.compile(r"mode_separation=3\b"))
        assert number(strip_of(page)["Linear"]) > 100 * tame["Linear"]
    settle(page)
    sequence = attribute(page, "sequence")
    drag(page, "Mode separation", 12)
    expect(page).to_have_url(re.compile("mode_separation=12"))
    expect(root(page)).not_to_have_attribute("data-sequence", sequence)
    far = at_end(page)
    assert far["Linear"] > 1e5 * tame["Linear"]
    assert far["Gradient flow"] < 100 * max(tame["Gradient flow"], 1.0)
    return far


def go_to_the_worst_moment(page: Page) -> None:
    """Press the button: all panels go to the same time, at which mass is still missing from the right mode."""
    page.get_by_role("button", name="Go to the worst moment").click()
    expect(root(page)).to_have_attribute("data-playing", "false")
    assert 0.9 < time_of(page) < 1
    ledger = page.locator(".player .ledger")
    expect(ledger).to_have_attribute("aria-label", re.compile(r"Linear: Mass: mode 1 [6-9]\d %"))


def train(page: Page) -> None:
    """Press Train: learned curves appear beside the exact ones."""
    page.get_by_role("button", name="Train").click()
    # Learned pictures exist only after the first checkpoint.
    page.locator(".backdrop").get_by_role("radio", name="Learned").click()
    for title in ("Linear", "Learned", "Gradient flow"):
        panel = page.locator(".player figure").filter(has=page.get_by_text(title, exact=True))
        expect(panel.locator(".badge")).to_contain_text(
            re.compile(r"learned · \d+ step"), timeout=2 * PATIENCE_MS
        )
    expect(root(page)).to_have_attribute("data-source", "learned")


def cure(page: Page, far: dict[str, float]) -> None:
    """Widen the latent from σ = 1 to 4: the kinetic energy falls a hundredfold, and below 100 once the modes are closer."""
    page.locator(".backdrop").get_by_role("radio", name="Exact").click()
    drag(page, "Latent σ", 4)
    expect(page).to_have_url(re.compile("sigma=4"))
    assert at_end(page)["Linear"] < 1e-2 * far["Linear"]
    drag(page, "Mode separation", 5)
    expect(page).to_have_url(re.compile("mode_separation=5"))
    assert at_end(page)["Linear"] < 100


def open_on_a_phone(page: Page, browser: Browser) -> None:
    """Open the link on a phone: it shows the same view."""
    seek(page, 0.9)
    expect(page).to_have_url(re.compile(r"t=0\.9"))
    context = browser.new_context(viewport={"width": 400, "height": 800})
    phone = context.new_page()
    phone.goto(page.url)
    settle(phone)
    assert (attribute(phone, "panels"), time_of(phone), attribute(phone, "source")) == ("3", 0.9, "exact")
    expect(phone.get_by_role("slider", name="Latent σ")).to_have_attribute("aria-valuetext", "4.0")
    context.close()
