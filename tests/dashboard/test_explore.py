"""The Explore page, driven without a browser."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Slider

from core.frames import Frames
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.reference.errors import UnfitDensityError
from core.targets.registry import TARGETS
from dashboard import cache
from dashboard.state import DEFAULT, METHODS

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PATIENCE = 60


def open_page(**link: str) -> AppTest:
    app = AppTest.from_file(APP, default_timeout=PATIENCE)
    for key, value in link.items():
        app.query_params[key] = value
    # Past the opening's drawing: all charts are on the page.
    app.session_state["opening_pass"] = 2
    return app.run()


@pytest.fixture
def page() -> AppTest:
    return open_page()


@pytest.fixture(autouse=True)
def no_workers_left() -> Iterator[None]:
    yield
    cache.jobs().close()
    cache.jobs.clear()


def slider(app: AppTest, label: str) -> Slider[float]:
    (found,) = (element for element in app.slider if element.label == label)
    return found


def charts(app: AppTest) -> int:
    return len(app.get("plotly_chart"))


def texts(app: AppTest) -> str:
    parts = [element.value for kind in (app.caption, app.markdown, app.subheader) for element in kind]
    return "\n".join(parts)


def test_first_view_is_the_exact_picture_without_a_chart_library() -> None:
    app = AppTest.from_file(APP, default_timeout=PATIENCE).run()
    assert not app.exception
    assert len(app.get("image")) == 1
    assert charts(app) == 0


def test_page_has_its_controls_by_name(page: AppTest) -> None:
    assert not page.exception
    assert page.selectbox(key="target").label == "Target"
    assert page.segmented_control(key="interpolation").label == "Interpolation"
    assert slider(page, "Latent σ").value == DEFAULT.sigma
    assert slider(page, "Mode separation").value == 4.0
    assert [page.button(key="train").label, page.button(key="stop").label] == ["Train", "Stop"]
    assert page.button(key="stop").disabled


def test_exact_charts_stand_before_any_training(page: AppTest) -> None:
    assert charts(page) == 4  # over (t, x); density, velocity at t; kinetic energy
    assert "not trained yet" in texts(page)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", ["shifted_pair", "ring", "laplace"])
def test_every_choice_gives_a_page_without_an_exception(target: str, method: str) -> None:
    app = open_page(target=target, interpolation=method)
    assert not app.exception
    assert app.selectbox(key="target").value == target
    assert app.segmented_control(key="interpolation").value == method
    assert charts(app) >= 1 or app.info


@pytest.mark.parametrize("target", TARGETS)
def test_choosing_a_target_starts_from_its_own_sigma(page: AppTest, target: str) -> None:
    slider(page, "Latent σ").set_value(2.5).run()
    page.selectbox(key="target").set_value(target).run()
    assert not page.exception
    if target != DEFAULT.target.name:
        assert slider(page, "Latent σ").value == TARGETS[target].sigma[2]


def test_controls_move_and_are_kept_in_the_link(page: AppTest) -> None:
    slider(page, "Latent σ").set_value(2.0)
    slider(page, "Mode separation").set_value(8.0)
    page.segmented_control(key="interpolation").set_value("gradient_flow")
    page.run()
    assert not page.exception
    assert page.query_params["sigma"] == "2.0"
    assert page.query_params["mode_separation"] == "8.0"
    assert page.query_params["interpolation"] == "gradient_flow"
    again = open_page(**page.query_params)
    assert slider(again, "Mode separation").value == 8.0
    assert again.segmented_control(key="interpolation").value == "gradient_flow"


@pytest.mark.parametrize(
    ("key", "value"), [("sigma", "-3"), ("sigma", "x"), ("target", "moon"), ("seed", "1.5")]
)
def test_a_wrong_link_falls_back_and_says_so(key: str, value: str) -> None:
    app = open_page(**{key: value})
    assert not app.exception
    assert key in app.warning[0].value
    assert charts(app) == 4


def test_bad_input_is_told_and_the_picture_stays(page: AppTest) -> None:
    page.selectbox(key="target").set_value("mixture").run()
    before = charts(page)
    page.text_input(key="mixture_weights").set_value("1, minus two").run()
    assert not page.exception
    assert "Weights" in page.error[0].value
    assert charts(page) == before
    assert page.button(key="train").disabled


def test_an_energy_that_is_not_fit_is_told_and_the_picture_stays(
    page: AppTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = cache.exact_frames

    def solve(problem: Problem, t: float) -> tuple[Frames, bool]:
        if problem.target.values["mode_separation"] == 5.0:
            raise UnfitDensityError("The energy is NaN at x = (0.1); it must be a finite number everywhere.")
        return known(problem, t)

    monkeypatch.setattr(cache, "exact_frames", solve)
    before = page.get("plotly_chart")[0].proto.spec
    slider(page, "Mode separation").set_value(5.0).run()
    assert not page.exception
    assert "The energy is NaN at x = (0.1)" in page.error[0].value
    assert page.get("plotly_chart")[0].proto.spec == before
    slider(page, "Mode separation").set_value(6.0).run()
    assert not page.error
    assert page.get("plotly_chart")[0].proto.spec != before


def test_in_the_plane_the_first_moment_comes_before_the_others() -> None:
    problem = Problem(TargetSpec.of("ring", num_modes=3))
    first, complete = cache.exact_frames(problem, 0.3)
    assert not complete
    assert first.times.tolist() == pytest.approx([0.3])
    cache.complete(problem)
    frames, complete = cache.exact_frames(problem, 0.3)
    assert complete
    at = frames.index(0.3)
    np.testing.assert_allclose(frames.velocity[at], first.velocity[0])
    np.testing.assert_allclose(frames.density[at], first.density[0])


def test_the_linear_curve_in_the_plane_has_its_velocity() -> None:
    app = open_page(target="ring", num_modes="3")
    assert not app.exception
    assert charts(app) == 2  # the picture at t; kinetic energy
    assert "the velocity that carries it (arrows)" in texts(app)


def test_a_learned_curve_is_compared_with_what_exactly_carries_it() -> None:
    app = open_page(interpolation="learned", seconds="1")
    assert "where training starts" in texts(app)
    app.button(key="train").click().run()
    finish(app)
    assert "exact for the learned density" in texts(app)
    assert "where training starts" not in texts(app)


def test_time_moves_the_picture(page: AppTest) -> None:
    first = page.get("plotly_chart")[1].proto.spec
    page.slider(key="t").set_value(0.9).run()
    assert page.get("plotly_chart")[1].proto.spec != first


def finish(app: AppTest) -> None:
    """Polls as the browser would, until the run has ended."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        view = cache.jobs().look(app.query_params["job"])
        assert view is not None
        if not view.running:
            app.run()
            return
        time.sleep(0.2)
    pytest.fail("the run did not end")


@pytest.mark.parametrize("method", [*INTERPOLATIONS, "langevin"])
def test_training_shows_a_learned_picture_with_its_metrics(method: str) -> None:
    app = open_page(interpolation=method, seconds="1")
    before = charts(app)
    app.button(key="train").click().run()
    assert "job" in app.query_params
    finish(app)
    assert not app.exception
    # The learned picture, what the exact one is compared with, and the residual.
    maps = {"linear": 2, "learned": 2, "gradient_flow": 3, "langevin": 0}[method]
    assert charts(app) == before + 1 + maps
    assert ("Continuity residual" in texts(app)) == (method != "langevin")
    assert "Effective samples (ESS)" in app.table[0].value.index
    # The samples; the course of the run: its loss and its effective samples, or the proposals it accepts.
    assert len(app.get("vega_lite_chart")) == (2 if method == "langevin" else 3)
    assert "steps/s" in texts(app)
    assert ("energy calls" in texts(app)) == (method != "langevin")


def test_a_result_that_no_longer_belongs_to_the_controls_is_stale() -> None:
    app = open_page(seconds="1")
    app.button(key="train").click().run()
    finish(app)
    assert "stale]" not in texts(app)
    slider(app, "Mode separation").set_value(7.0).run()
    assert "orange-badge[stale]" in texts(app)
    assert "Trained for Linear, Pair, one mode at the origin, σ = 1, mode separation 4" in texts(app)
    slider(app, "Mode separation").set_value(4.0).run()
    assert "Trained for" not in texts(app)


def test_a_reload_finds_its_run_again() -> None:
    app = open_page(seconds="1")
    app.button(key="train").click().run()
    finish(app)
    again = open_page(**app.query_params)
    assert not again.exception
    assert charts(again) == charts(app)


def test_a_run_that_is_not_kept_is_said_to_be_gone() -> None:
    app = open_page(job="never-was")
    assert not app.exception
    assert "no longer kept" in texts(app)
