"""The player on the running app: playing, scrubbing, keys, backdrops, predictions, saving, phones and training."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.chromium import PATIENCE_MS
from tests.browser.player import QUICK, attribute, expect_time, painted, pixels, root, seek, settle, time_of

pytestmark = [pytest.mark.browser, pytest.mark.moving]

LINE = "?interpolation=gradient_flow&mode_separation=5"
PLANE = "?target=asymmetric_gmm&interpolation=gradient_flow&sigma=2"
ALL = "?interpolation=all"
# A JavaScript expression: how many pixels in `data` are close to one colour.
COUNT = (
    "(() => {{ let n = 0; for (let i = 0; i < data.length; i += 4) "
    "if (Math.abs(data[i] - {r}) + Math.abs(data[i + 1] - {g}) + Math.abs(data[i + 2] - {b}) < 30) n++; return n; }})()"
)
GREEN = COUNT.format(r=0, g=158, b=115)


def test_player_starts_by_itself_and_pauses(page: Page, app: str) -> None:
    page.goto(app + ALL)
    settle(page)
    assert (attribute(page, "panels"), attribute(page, "playing")) == ("3", "true")
    before = time_of(page)
    page.wait_for_function("t => true", arg=before, timeout=1000)
    expect(root(page)).not_to_have_attribute("data-time", f"{before:.4f}")
    page.locator(".player .play").click()
    expect(root(page)).to_have_attribute("data-playing", "false")
    page.wait_for_timeout(300)
    held = time_of(page)
    page.wait_for_timeout(300)
    assert time_of(page) == held


def test_scrubbing_changes_the_picture_without_messages_to_the_server(page: Page, app: str) -> None:
    sent: list[int] = []
    page.on("websocket", lambda ws: ws.on("framesent", lambda payload: sent.append(len(payload))))
    page.goto(f"{app}{LINE}&t=0.5")
    settle(page)
    seen = {pixels(page)}
    page.wait_for_timeout(700)
    sent.clear()
    for t in (0.1, 0.3, 0.7, 0.9):
        page.locator(".player .time").evaluate(
            "(slider, t) => { slider.value = t; slider.dispatchEvent(new Event('input')); }", t
        )
        expect(root(page)).to_have_attribute("data-time", f"{t:.4f}")
        page.wait_for_timeout(100)
        seen.add(pixels(page))
    assert len(seen) == 5
    assert sent == []
    seek(page, 0.25)
    expect(page).to_have_url(re.compile(r"t=0\.25"))


@pytest.mark.thorough
def test_keys_step_jump_play_and_loop(page: Page, app: str) -> None:
    page.goto(f"{app}{LINE}&t=0.5")
    settle(page)
    root(page).focus()
    step = 1 / (int(attribute(page, "frames")) - 1)
    page.keyboard.press("ArrowRight")
    expect(root(page)).to_have_attribute("data-time", f"{0.5 + step:.4f}")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(root(page)).to_have_attribute("data-time", f"{0.5 - step:.4f}")
    page.keyboard.press("Home")
    expect(root(page)).to_have_attribute("data-time", "0.0000")
    page.keyboard.press("End")
    expect(root(page)).to_have_attribute("data-time", "1.0000")
    page.keyboard.press("l")
    expect(page.locator(".player .loop")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Home")
    page.locator(".player .speed").select_option("2")
    root(page).focus()
    page.keyboard.press(" ")
    expect(root(page)).to_have_attribute("data-playing", "true")
    expect(root(page)).to_have_attribute("data-playing", "false")  # without looping, playing ends by itself
    expect_time(page, 1.0)


def test_picture_shows_the_density_of_its_time(page: Page, app: str) -> None:
    """In the plane, mass moves from the middle to the modes, so the middle of the picture turns from dark to light."""
    middle = (
        "(() => { const i = 4 * (Math.floor(height * 0.45) * width + Math.floor(width / 2));"
        " return data[i] + data[i + 1] + data[i + 2]; })()"
    )
    page.goto(f"{app}{PLANE}&t=0")
    settle(page)
    for name in ("Arrows", "Particles"):
        page.locator(".player").get_by_role("button", name=name).click()
    page.wait_for_timeout(300)
    start = painted(page, 0, middle)
    seek(page, 1.0)
    page.wait_for_timeout(300)
    assert start < 0.8 * painted(page, 0, middle)


def test_click_traces_one_path_in_all_panels_and_escape_clears_it(page: Page, app: str) -> None:
    page.goto(f"{app}{ALL}&t=0.5")
    settle(page)
    plain = [pixels(page, k) for k in range(3)]
    canvas = page.locator(".player .panels canvas").first
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] * 0.75})
    page.wait_for_timeout(300)
    traced = [pixels(page, k) for k in range(3)]
    assert all(a != b for a, b in zip(plain, traced, strict=True))
    page.keyboard.press("Escape")
    page.wait_for_timeout(300)
    assert [pixels(page, k) for k in range(3)] == plain


def test_backdrop_changes_the_picture_and_is_kept_in_the_link(page: Page, app: str) -> None:
    page.goto(f"{app}{ALL}&t=0.5")
    settle(page)
    seen = set()
    for name in ("Exact", "Learned", "Difference"):
        page.locator(".backdrop").get_by_role("radio", name=name).click()
        expect(root(page)).to_have_attribute("data-source", name.lower())
        page.wait_for_timeout(300)
        seen.add(pixels(page))
    assert len(seen) == 3
    expect(page).to_have_url(re.compile("backdrop=difference"))
    page.reload()
    settle(page)
    expect(root(page)).to_have_attribute("data-source", "difference")


def test_worst_moment_button_goes_there_and_explains_it(page: Page, app: str) -> None:
    page.goto(f"{app}?interpolation=linear&mode_separation=11&t=0.2")
    settle(page)
    page.get_by_role("button", name="Go to the worst moment").click()
    expect(root(page)).to_have_attribute("data-time", "0.9750")
    label = page.locator(".player .ledger").get_attribute("aria-label") or ""
    first = re.search(r"mode 1 (\d+)", label)
    assert first
    assert int(first[1]) > 55, "mass is still missing from the second mode"
    said = "‖v‖² = .* at t = 0.975, the largest before the end. Mode 2 holds .* of the mass at this time, and 50 % at the end."
    expect(page.locator(".player .notice")).to_have_text(re.compile(said))


@pytest.mark.thorough
def test_picture_video_and_link_can_be_saved(page: Page, app: str, tmp_path: Path) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"], origin=app)
    page.goto(f"{app}{ALL}&t=0.5")
    settle(page)
    with page.expect_download() as taken:
        page.get_by_role("button", name="Save picture").click()
    file = tmp_path / "picture.png"
    taken.value.save_as(file)
    assert taken.value.suggested_filename == "curves-t0.50.png"
    assert file.read_bytes().startswith(b"\x89PNG")
    assert file.stat().st_size > 20_000
    page.locator(".player .speed").select_option("2")
    with page.expect_download() as taken:
        page.get_by_role("button", name="Record video").click()
    taken.value.save_as(tmp_path / "video.webm")
    assert (tmp_path / "video.webm").read_bytes().startswith(b"\x1aE\xdf\xa3")
    seek(page, 0.4)
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator(".player .notice")).not_to_be_empty()
    link = page.evaluate("navigator.clipboard.readText()")
    assert "t=0.4" in link
    assert link.startswith(app)  # a link omits default settings, such as showing all three curves
    page.goto(link)
    settle(page)
    expect_time(page, 0.4)


def test_prediction_hides_the_future_until_it_is_revealed(page: Page, app: str) -> None:
    page.goto(f"{app}{LINE}&t=0.3")
    settle(page)
    page.get_by_role("button", name="Predict").click()
    expect(page.get_by_text("Everything after t = 0.30 is hidden.")).to_be_visible()
    question_time = page.locator(".player .guess-time-value").inner_text()
    hidden = pixels(page)
    root(page).focus()
    page.keyboard.press("End")
    page.wait_for_timeout(200)
    assert time_of(page) == 0.3
    page.locator(".player .guess").press("ArrowRight")
    page.get_by_role("button", name="Reveal").click()
    expect(page.locator(".player .truth")).to_contain_text(re.compile(r"Gradient flow: \d+(\.\d)? %"))
    expect(root(page)).to_have_attribute("data-time", f"{float(question_time):.4f}")
    assert pixels(page) != hidden
    # A new question hides the future again.
    page.locator(".player .guess-time").press("ArrowLeft")
    expect(root(page)).to_have_attribute("data-time", "0.3000")
    expect(page.locator(".player .truth")).to_be_empty()
    expect(page.get_by_role("button", name="Reveal")).to_be_enabled()


def test_prediction_hides_the_targets_contour(page: Page, app: str) -> None:
    page.goto(f"{app}{PLANE}&t=0.3")
    settle(page)
    contour = page.get_by_role("button", name="Target’s contour")
    seen = []
    for name in ("Target’s contour", "Predict", "Target’s contour"):
        before = pixels(page)
        page.get_by_role("button", name=name).click()
        page.wait_for_timeout(200)
        seen.append(pixels(page) != before)
    expect(contour).to_have_attribute("aria-pressed", "true")
    # The question's line is drawn. The target's contour stays hidden, since it would give the answer away.
    assert seen == [True, True, False]


@pytest.mark.thorough
def test_settings_survive_a_rerun(page: Page, app: str) -> None:
    page.goto(f"{app}{LINE}&t=0.6")
    settle(page)
    page.get_by_role("button", name="Large type").click()
    expect(page.get_by_role("button", name="Normal type")).to_be_visible()
    settle(page)
    sequence, before = int(attribute(page, "sequence")), pixels(page)
    page.get_by_role("slider", name="Mode separation").press("ArrowRight")
    page.wait_for_function(
        "n => [...document.querySelectorAll('*')].some(e => e.shadowRoot?.querySelector('.player')?.dataset.sequence > n)",
        arg=sequence,
    )
    settle(page)
    expect_time(page, 0.6)
    expect(page.get_by_role("button", name="Normal type")).to_be_visible()
    assert pixels(page) != before


def test_panels_are_stacked_on_a_phone(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 400, "height": 900})
    page.goto(f"{app}{ALL}&t=0.5")
    settle(page)
    boxes = [canvas.bounding_box() for canvas in page.locator(".player .panels canvas").all()]
    assert len(boxes) == 3
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 400 for box in boxes)
    assert len({round(box["y"]) for box in boxes if box}) == 3
    # The last picture is below the visible part of the page, but the scrubber is still visible.
    time = page.locator(".player .time").bounding_box()
    assert boxes[-1] is not None
    assert time is not None
    assert time["y"] + time["height"] <= 900 < boxes[-1]["y"]


@pytest.mark.thorough
def test_first_screen_of_a_phone_has_picture_sentence_and_scrubber(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    for address in (ALL, PLANE):
        page.goto(f"{app}{address}&t=0.5")
        settle(page)
        for place in (".st-key-sentence", ".player .time", ".player .worst", ".player .play"):
            box = page.locator(place).first.bounding_box()
            assert box, place
            assert 0 <= box["y"] < box["y"] + box["height"] <= 844, (place, box)
            assert 0 <= box["x"] < box["x"] + box["width"] <= 390, (place, box)
        picture = page.locator(".player .panels canvas").first.bounding_box()
        ruler = page.locator(".player .ruler").bounding_box()
        assert picture, ruler
        # Most of the picture is visible above the scrubber.
        assert ruler["y"] - picture["y"] > 0.75 * picture["height"]


def test_controls_are_large_enough_for_fingers(page: Page, app: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{app}{PLANE}&t=0.5")
    settle(page)
    page.get_by_role("button", name="More player controls").click()
    boxes = page.locator(".player :is(button, select, input[type=range]):visible").evaluate_all(
        "all => all.map(e => [e.className || e.textContent, e.getBoundingClientRect()])"
        ".map(([name, box]) => [name, box.left, box.right, box.width, box.height])"
    )
    assert len(boxes) > 15
    # Handles of modes and terms react to touches beyond their drawn size.
    larger = ("mode", "term", "term action")
    small = [row for row in boxes if row[0] not in larger and (row[3] < 43.5 or row[4] < 43.5)]
    assert small == []
    assert [row for row in boxes if row[1] < 0 or row[2] > 390] == []


def test_reduced_motion_is_respected(browser: Browser, app: str) -> None:
    context = browser.new_context(reduced_motion="reduce", color_scheme="dark")
    page = context.new_page()
    page.goto(app + PLANE)
    settle(page)
    assert attribute(page, "playing") == "false"
    expect(page.get_by_role("button", name="Trails")).to_be_hidden()
    context.close()


def test_pictures_have_descriptions(page: Page, app: str) -> None:
    page.goto(f"{app}{LINE}&t=0.5")
    settle(page)
    canvas = page.locator(".player .panels canvas")
    expect(canvas).to_have_attribute("aria-label", re.compile(r"Gradient flow, exact; density at t = 0\.50"))
    expect(canvas).to_have_attribute("aria-label", re.compile(r"mode 1 \d+"))


@pytest.mark.thorough
def test_training_appears_while_it_runs_and_can_be_scrubbed(page: Page, app: str) -> None:
    page.goto(f"{app}{LINE}&t=1&seconds=4{QUICK}")
    settle(page)
    assert painted(page, 0, GREEN) == 0
    page.get_by_role("button", name="Train").click()
    expect(root(page)).to_have_attribute("data-source", "learned")
    page.get_by_text(re.compile(r"(ESS|missed|short|mass|astray|failed).* · step \d+")).first.wait_for(
        timeout=2 * PATIENCE_MS
    )
    settle(page)
    expect(page.get_by_text(re.compile(r"learned · \d+ steps?, \d+\.\d s"))).to_be_visible()
    assert painted(page, 0, GREEN) > 50
    last = pixels(page)
    course = page.locator(".player .course")
    expect(course).to_be_visible()
    course.press("Home")
    expect(page.locator(".player .newest")).to_have_attribute("aria-pressed", "false")
    page.wait_for_timeout(300)
    assert pixels(page) != last
    page.get_by_role("slider", name="Mode separation").press("ArrowRight")
    expect(page.locator(".player .badge").first).to_contain_text("settings changed")
    page.locator(".backdrop").get_by_role("radio", name="Learned").click()
    expect(root(page)).to_have_attribute("data-source", "stale")


@pytest.mark.thorough
def test_mode_masses_come_from_particles_in_many_dimensions(page: Page, app: str) -> None:
    page.goto(f"{app}?target=many_well&dim=8&interpolation=learned&seconds=1{QUICK}")
    expect(page.get_by_text("in their first two coordinates")).to_be_visible()
    page.get_by_role("button", name="Train").click()
    page.get_by_text(re.compile(r"(ESS|missed|short|mass|astray|failed).* · step \d+")).first.wait_for(
        timeout=2 * PATIENCE_MS
    )
    settle(page)
    expect(page.locator(".player .strip")).to_be_hidden()
    expect(page.locator(".player .key")).to_have_text("The fraction of the particles in each mode.")
    ledger = page.locator(".player .ledger")
    blue, grey = COUNT.format(r=0, g=114, b=178), COUNT.format(r=154, g=154, b=154)
    assert counted(ledger, blue) > 100
    page.get_by_role("slider", name="Latent σ").press("ArrowRight")
    expect(page.locator(".player .badge").first).to_contain_text("settings changed")
    page.wait_for_timeout(200)
    assert counted(ledger, blue) == 0
    assert counted(ledger, grey) > 100


def counted(canvas: Locator, expression: str) -> int:
    """Evaluate a JavaScript expression in `data`, the pixels of a canvas."""
    return canvas.evaluate(
        "canvas => { const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;"
        f" return {expression}; }}"
    )
