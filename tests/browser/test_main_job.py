"""The main use of the app, end to end, as the README describes it."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.player import QUICK, attribute, pixels, settle

pytestmark = pytest.mark.browser


def press(page: Page, slider: str, key: str, times: int) -> None:
    handle = page.get_by_role("slider", name=slider)
    for _ in range(times):
        handle.press(key)
    page.wait_for_timeout(800)
    settle(page)


def other_picture(page: Page, before: int) -> int:
    """Wait until the first panel's pixels differ from the hash `before`; returns their new hash. This is slow on a busy machine."""
    deadline = time.monotonic() + 60
    while pixels(page) == before and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    settle(page)
    return pixels(page)


def workers(clone: Path) -> set[str]:
    """The process ids of this clone's workers, training or idle."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes().decode().replace("\0", " ")
            if "core.jobs.worker" in command and (entry / "cwd").resolve() == clone.resolve():
                found.add(entry.name)
        except OSError:
            continue
    return found


@pytest.mark.moving
def test_first_view_plays_without_a_click(page: Page, app: str) -> None:
    page.goto(app)
    expect(page.get_by_role("heading", name="Boltzmann Curve Lab")).to_be_visible()
    settle(page)
    assert attribute(page, "playing") == "true"
    page.wait_for_timeout(1500)
    # Reloading the page must not change any control.
    assert page.url.rstrip("/") == app
    expect(page.get_by_role("slider", name="Mode separation")).to_have_attribute("aria-valuetext", "4.0")


@pytest.mark.thorough
def test_each_control_changes_the_exact_picture(page: Page, app: str) -> None:
    page.goto(f"{app}/?interpolation=linear&t=0.7&backdrop=exact")
    settle(page)
    seen = [pixels(page)]
    press(page, "Mode separation", "ArrowRight", 5)
    seen.append(other_picture(page, seen[-1]))
    press(page, "Latent σ", "ArrowRight", 5)
    seen.append(other_picture(page, seen[-1]))
    page.get_by_role("radio", name="Gradient flow").click()
    seen.append(other_picture(page, seen[-1]))
    page.get_by_role("combobox", name="Target").click()
    page.get_by_role("option", name="Ring of modes").click()
    page.get_by_role("button", name="Arrows").wait_for()
    seen.append(other_picture(page, seen[-1]))
    assert len(set(seen)) == len(seen)
    assert "target=ring" in page.url
    assert "interpolation=gradient_flow" in page.url


def test_training_shows_its_result_and_survives_a_reload(page: Page, app: str, clone: Path) -> None:
    page.goto(f"{app}/?interpolation=linear&mode_separation=4&seconds=4{QUICK}")
    settle(page)
    page.get_by_role("button", name="Train").click()
    expect(page.get_by_text(re.compile(r"step \d+ · loss"))).to_be_visible()
    page.reload()
    page.get_by_text(re.compile(r"(ESS|missed|short|mass|astray|failed).* · step \d+")).first.wait_for()
    settle(page)
    expect(page.locator(".js-plotly-plot .heatmaplayer image")).to_have_count(
        2
    )  # maps of the error and of the residual
    expect(page.get_by_text(re.compile(r"learned · \d+ steps?, \d+\.\d s"))).to_be_visible()
    expect(page.get_by_role("cell", name="2 of 2").first).to_be_visible()
    expect(page.get_by_role("heading", name="Continuity residual")).to_be_visible()
    expect(page.get_by_text(re.compile(r"Cost: .* energy calls, .* steps/s"))).to_be_visible()
    press(page, "Mode separation", "ArrowRight", 3)
    expect(page.locator(".player .badge").first).to_contain_text("settings changed")
    assert len(workers(clone)) <= 1


@pytest.mark.thorough
@pytest.mark.clock
def test_stop_ends_a_run(page: Page, app: str, clone: Path) -> None:
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&seconds=60{QUICK}")
    settle(page)
    page.get_by_role("button", name="Train").click()
    page.get_by_text(re.compile(r"learned · \d+ steps?")).wait_for()
    (worker,) = workers(clone)
    page.get_by_role("button", name="Stop").click()
    began = time.monotonic()
    while worker in workers(clone) and time.monotonic() < began + 10:
        time.sleep(0.02)
    seconds = time.monotonic() - began
    expect(page.get_by_text(re.compile(r"Stopped.* · step \d+")).first).to_be_visible()
    # The run should end within one second; a busy machine may take longer.
    assert seconds < 2.5


@pytest.mark.long
def test_leaving_the_page_ends_its_run(page: Page, app: str, clone: Path) -> None:
    page.goto(f"{app}/?interpolation=linear&mode_separation=5&seconds=60{QUICK}")
    settle(page)
    page.get_by_role("button", name="Train").click()
    page.get_by_text(re.compile(r"step \d+ · loss .* s to go")).wait_for()
    (worker,) = workers(clone)
    page.goto("about:blank")
    deadline = time.monotonic() + 75
    while worker in workers(clone) and time.monotonic() < deadline:
        time.sleep(0.2)
    assert worker not in workers(clone)


@pytest.mark.parametrize("width", [400, 1400])
def test_page_does_not_scroll_sideways(page: Page, app: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(app)
    settle(page)
    wide = page.evaluate(
        "() => { const main = document.querySelector('[data-testid=stMain]');"
        " return main.scrollWidth - main.clientWidth; }"
    )
    assert wide <= 0
