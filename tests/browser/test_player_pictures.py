"""The player without a server: key numbers, difference, paths, predictions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from core.pictures.render import MOVING, exact_frames
from core.problem import Problem, TargetSpec
from core.reference.exact_distance import Transport
from core.reference.solve import solve
from core.reference.transport import action, w2_squared
from dashboard.player.reel import Checkpoint
from tests.browser.player import after_a_frame, attribute, pixels, root, seek
from tests.browser.stage import panel, send, travelling

pytestmark = [pytest.mark.browser, pytest.mark.moving]

APART = Problem(TargetSpec.of("shifted_pair", mode_separation=5.0))


# Key numbers.


def test_key_numbers_follow_the_time(stage: Page) -> None:
    send(stage, [panel(travelling(1))], t=0.5)
    expect(stage.locator(".numbers .energy")).to_have_text("9")
    expect(stage.locator(".numbers .fastest")).to_have_text("3")
    seek(stage, 1.0)
    expect(stage.locator(".numbers .energy")).to_have_text("36")


def test_key_numbers_compare_learned_and_exact(stage: Page) -> None:
    exact = travelling(1)
    learned = replace(exact, source="learned", kinetic_energy=exact.kinetic_energy + 1)
    send(stage, [panel(exact, course=(Checkpoint(learned, 10, 1.0),))], t=0.5)
    expect(stage.locator(".numbers .energy")).to_have_text("10")
    expect(stage.locator(".numbers .beside")).to_have_text("exact 9")


def test_action_and_distance_agree_with_the_engine(stage: Page) -> None:
    send(stage, [panel(exact_frames(APART, MOVING))])
    shown = stage.evaluate("""() => {
      const [{ exact }] = parts.readPanels(parts.unpackReel(reel), new Map());
      return [parts.actionOf(exact), parts.distanceOf({}, exact).w2];
    }""")
    assert shown == pytest.approx([action(solve(APART)), w2_squared(APART)], rel=0.01)
    expect(stage.locator(".numbers .action")).to_contain_text("action 487 · W₂² 9.19")


@pytest.mark.parametrize(("energy", "shown"), [(1.0, "action 12 · W₂² 9"), (0.7, "action 8.4")])
def test_distance_above_the_action_shows_its_uncertainty_or_nothing(
    stage: Page, energy: float, shown: str
) -> None:
    frames = travelling(1, num_times=41)
    send(stage, [panel(replace(frames, kinetic_energy=energy * frames.kinetic_energy))])
    text = stage.locator(".numbers .action").inner_text()
    assert text.startswith(shown)
    assert "±" in text or "W₂²" not in text or energy == 1


def test_sampled_distance_shows_its_uncertainty(stage: Page) -> None:
    transport = Transport(action=0.0202, w2_squared=0.047, w2_uncertainty=0.0312)
    send(stage, [panel(travelling(2), transport=transport)])
    expect(stage.locator(".numbers .action")).to_have_text("action 0.0202 · W₂² 0.047 ± 0.03")
    send(stage, [panel(travelling(2), transport=replace(transport, w2_uncertainty=None))])
    expect(stage.locator(".numbers .action")).to_have_text("action 0.0202")


# Untrained curves, and pictures in which nothing moves.


def test_untrained_curve_has_no_numbers(stage: Page) -> None:
    exact = exact_frames(APART, MOVING)
    start = panel(replace(exact, source="linear"), "learned")
    send(stage, [panel(exact), start])
    figures = stage.locator(".panels figure")
    expect(figures.nth(1)).to_contain_text("Not trained yet")
    expect(figures.nth(1).locator(".energy")).to_have_text("–")
    expect(figures.nth(0).locator(".over")).to_be_hidden()
    assert figures.nth(1).locator("canvas").evaluate("c => getComputedStyle(c).opacity") == "0.38"
    send(stage, [start])
    expect(stage.locator(".worst")).to_be_hidden()
    expect(stage.locator(".predict")).to_be_hidden()


def test_motionless_picture_does_not_play(stage: Page) -> None:
    moving = travelling(1)
    still = replace(
        moving,
        density=np.repeat(moving.density[-1:], 21, axis=0),
        velocity=np.full_like(moving.velocity, np.nan),
        particles=moving.particles[:, :0],
        kinetic_energy=np.full(21, np.nan),
    )
    send(stage, [panel(still, "box")], t=None)
    stage.wait_for_timeout(300)
    assert attribute(stage, "playing") == "false"
    expect(stage.locator(".over")).to_contain_text("nothing to play")
    expect(stage.locator(".play")).to_be_disabled()
    root(stage).focus()
    stage.keyboard.press(" ")
    assert attribute(stage, "playing") == "false"


# Difference, backdrops and tooltips.


def test_difference_legend_has_a_unit(stage: Page) -> None:
    exact = travelling(2)
    learned = replace(exact, source="learned", density=1.15 * exact.density)
    send(stage, [panel(exact, course=(Checkpoint(learned, 10, 1.0),))])
    stage.get_by_role("radio", name="Difference").click()
    scale = stage.locator(".contrast")
    expect(scale).to_contain_text("% of the largest exact density at each time")
    expect(scale.locator(".marks")).to_have_text("−20 %0+20 %")
    stage.get_by_role("radio", name="Exact").click()
    expect(scale).to_be_hidden()


@pytest.mark.parametrize(
    ("times", "points"), [((21, 41), (81, 81)), ((41, 21), (81, 81)), ((21, 21), (51, 81))]
)
@pytest.mark.parametrize("dim", [1, 2])
def test_equal_densities_have_no_difference(
    stage: Page, dim: int, times: tuple[int, int], points: tuple[int, int]
) -> None:
    """Learned and exact frames may have different times or grids. Naive interpolation would then give a difference of some percent."""
    learned, exact = (travelling(dim, n, m, std=0.6) for n, m in zip(times, points, strict=True))
    send(stage, [panel(exact, course=(Checkpoint(learned, 10, 1.0),))])
    most = stage.evaluate("""() => {
      const [{ exact, course: [learned] }] = parts.readPanels(parts.unpackReel(reel), new Map());
      const sizes = parts.differenceOf(learned, exact).rows.map((row) => row.reduce((a, b) => Math.max(a, Math.abs(b)), 0));
      return Math.max(...sizes);
    }""")
    assert most < (0.01 if dim == 2 else 0.002)


def test_exactly_one_backdrop_is_selected(stage: Page) -> None:
    exact = travelling(2)
    send(stage, [panel(exact, course=(Checkpoint(replace(exact, source="learned"), 10, 1.0),))])
    radios = stage.get_by_role("radiogroup", name="Backdrop").get_by_role("radio")
    for name in ("Side by side", "Exact", "Learned", "Difference"):
        if name != "Side by side":
            stage.get_by_role("radio", name=name).click()
        chosen = [
            radio.inner_text() for radio in radios.all() if radio.get_attribute("aria-checked") == "true"
        ]
        assert chosen == [name]
    stage.get_by_role("radio", name="Difference").press("ArrowRight")
    expect(stage.get_by_role("radio", name="Side by side")).to_have_attribute("aria-checked", "true")
    assert attribute(stage, "time") == "0.5000"


def test_every_control_has_a_tooltip(stage: Page) -> None:
    send(stage, [panel(travelling(2))])
    without = stage.locator(".player button:not([title])").all_inner_texts()
    assert without == []


# Paths.


def test_paths_between_frames_follow_the_solution(stage: Page) -> None:
    """Particles move on parabolas. Between frames, cubic paths follow these much more closely than straight lines do."""
    send(stage, [panel(travelling(1, num_times=11))])
    path = stage.evaluate("""() => {
      const [{ exact }] = parts.readPanels(parts.unpackReel(reel), new Map());
      return [Array.from(exact.pathTimes), exact.path(7).map(([x]) => x)];
    }""")
    times, x = np.array(path[0]), np.array(path[1])
    truth = x[0] + 3 * times**2
    straight = np.interp(times, times[::6], truth[::6])
    assert np.abs(x - truth).max() < 0.35 * np.abs(straight - truth).max()


def test_quantile_paths_cross_a_gap_at_the_right_time(stage: Page) -> None:
    """Mass that teleports jumps at some moment between two frames; a straight line from one frame to the next would be wrong."""
    coarse, fine = (exact_frames(APART, replace(MOVING, num_times=n)) for n in (41, 241))
    send(stage, [panel(coarse)])
    path = stage.evaluate("""() => {
      const [{ exact }] = parts.readPanels(parts.unpackReel(reel), new Map());
      return [Array.from(exact.pathTimes), exact.linePath(0.81)];
    }""")
    times, x = np.array(path[0]), np.array(path[1])
    mass = np.cumsum(fine.density, 1) - (fine.density + fine.density[:, :1]) / 2
    truth = np.array([np.interp(0.81, row / row[-1], fine.axes[0]) for row in mass])
    kinked = np.interp(times, times[::6], x[::6])
    assert len(x) == len(truth) == 241
    assert np.abs(x - truth).mean() < 0.2 * np.abs(kinked - truth).mean()


def test_click_on_the_line_traces_a_quantile_and_escape_clears_it(stage: Page) -> None:
    curves = [APART, replace(APART, interpolation="gradient_flow")]
    send(stage, [panel(exact_frames(problem, MOVING), problem.interpolation) for problem in curves])
    plain = [pixels(stage, k) for k in range(2)]
    canvas = stage.locator(".panels canvas").first
    box = canvas.bounding_box()
    assert box
    canvas.click(position={"x": box["width"] / 2, "y": box["height"] * 0.75})
    after_a_frame(stage)
    assert all(pixels(stage, k) != before for k, before in enumerate(plain))
    stage.keyboard.press("Escape")
    after_a_frame(stage)
    assert [pixels(stage, k) for k in range(2)] == plain


# Predictions.


def test_prediction_is_about_the_mass_beyond_the_middle_at_an_intermediate_time(stage: Page) -> None:
    linear = exact_frames(APART, MOVING)
    flow = exact_frames(replace(APART, interpolation="gradient_flow"), MOVING)
    send(stage, [panel(linear), panel(flow, "gradient_flow")], t=0.2)
    stage.get_by_role("button", name="Predict").click()
    question = stage.locator(".question").inner_text()
    assert "what fraction of the mass lies to the right of the dashed line at x = 2.5?" in question
    question_time = float(stage.locator(".guess-time-value").inner_text())
    assert 0.2 < question_time < 1
    reveal = stage.get_by_role("button", name="Reveal")
    expect(reveal).to_be_disabled()
    stage.locator(".guess").press("ArrowRight")
    expect(stage.locator(".guess-value")).to_have_text("51 %")
    reveal.click()
    expect(root(stage)).to_have_attribute("data-time", f"{question_time:.4f}")
    truth = stage.locator(".truth").inner_text()
    at = round(question_time * 40)
    for name, frames in (("Linear", linear), ("Gradient_Flow", flow)):
        share = 100 * frames.share_beyond(2.5)[at]
        shown = float(truth.split(f"{name}: ")[1].split(" %")[0])
        assert shown == pytest.approx(share, abs=1.0)
    # The curves differ at the time of the question.
    assert abs(linear.share_beyond(2.5)[at] - flow.share_beyond(2.5)[at]) > 0.2


# The strips (diagrams over time, below the scrubber) when only a single time is known.


def test_strips_are_greyed_while_a_mode_is_dragged(stage: Page) -> None:
    frames = travelling(2)
    send(stage, [panel(frames)], t=0.5)
    strip = stage.locator(".strip")
    expect(strip).to_have_attribute("data-outdated", "false")
    arrays = ("times", "density", "velocity", "particles", "kinetic_energy", "log_z")
    moment = replace(frames, **{name: getattr(frames, name)[10:11] for name in arrays})
    send(stage, [panel(moment)], t=0.5)
    expect(strip).to_have_attribute("data-outdated", "true")
    inked = "c => c.getContext('2d').getImageData(0, 0, c.width, c.height).data.some((v, i) => i % 4 === 3 && v > 0)"
    assert strip.evaluate(inked)
    send(stage, [panel(frames)], t=0.5)
    expect(strip).to_have_attribute("data-outdated", "false")


# Saved pictures.


def test_saved_picture_carries_target_and_settings(stage: Page) -> None:
    stage.evaluate("""() => {
      window.written = [];
      const write = CanvasRenderingContext2D.prototype.fillText;
      CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        written.push(text);
        return write.call(this, text, ...rest);
      };
    }""")
    preview = {
        "problem": APART.to_dict(),
        "title": "Pair",
        "method": "linear",
        "sliders": {},
        "movable": False,
    }
    send(stage, [panel(exact_frames(APART, MOVING))], preview=preview)
    with stage.expect_download():
        stage.get_by_role("button", name="Save picture").click()
    written = stage.evaluate("written.join(' | ')")
    for part in ("t = 0.50", "Pair · σ = 1 · m = 5", "‖vₜ‖²", "action 487"):
        assert part in written
