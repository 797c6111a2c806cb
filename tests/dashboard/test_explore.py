"""The Explore page before any run: controls, exact pictures, link."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.problem import (
    COLLOCATIONS,
    OPTIMISERS,
    SOLVERS,
    STARTS,
    Problem,
    TargetSpec,
    TrainingSettings,
)
from core.targets.registry import TARGETS
from dashboard import cache
from dashboard.state import DEFAULT, METHODS, Selection
from tests.dashboard.pages import (
    APP,
    PATIENCE,
    badges,
    charts,
    computed,
    open_page,
    reel,
    refuse,
    slider,
    texts,
)


@pytest.fixture
def page() -> AppTest:
    return open_page()


def test_first_view_is_the_player_without_other_charts() -> None:
    app = AppTest.from_file(APP, default_timeout=PATIENCE).run()
    assert not app.exception
    header, _ = reel(app)
    assert [panel["badge"] for panel in header["panels"]] != []


def test_page_has_its_controls_by_label(page: AppTest) -> None:
    assert not page.exception
    assert page.selectbox(key="target").label == "Target"
    assert page.segmented_control(key="interpolation").label == "Interpolation"
    assert slider(page, "Latent σ").value == DEFAULT.sigma
    assert slider(page, "Mode separation").value == 4.0
    assert [page.button(key="train").label, page.button(key="stop").label] == ["Train", "Stop"]
    assert page.button(key="stop").disabled


def test_without_a_run_there_are_no_training_charts() -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    assert charts(app) == 0
    assert [panel["badge"] for panel in reel(app)[0]["panels"]] == ["exact"]
    assert "Press *Train*" in texts(app)


# Targets of several kinds: a mixture, a Laplace latent, many dimensions, unknown facts.
FEW = ("ring", "laplace", "many_well", "particles")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("target", ["shifted_pair", "ring", "laplace"])
def test_every_target_and_interpolation_draws_without_an_exception(target: str, method: str) -> None:
    app = open_page(target=target, interpolation=method)
    assert not app.exception
    assert app.selectbox(key="target").value == target
    assert app.segmented_control(key="interpolation").value == method
    assert len(reel(app)[0]["panels"]) == len(Selection(method, DEFAULT, 1.0).methods)


@pytest.mark.parametrize(
    "target",
    [name if name in FEW else pytest.param(name, marks=pytest.mark.long) for name in TARGETS],
)
def test_new_target_starts_with_its_own_sigma(page: AppTest, target: str) -> None:
    slider(page, "Latent σ").set_value(2.5).run()
    page.selectbox(key="target").set_value(target).run()
    assert not page.exception
    if target != DEFAULT.target.name:
        assert slider(page, "Latent σ").value == TARGETS[target].sigma[2]


def test_changed_controls_are_kept_in_the_link(page: AppTest) -> None:
    slider(page, "Latent σ").set_value(2.0)
    slider(page, "Mode separation").set_value(8.0)
    page.segmented_control(key="interpolation").set_value("gradient_flow")
    page.run()
    assert not page.exception
    assert page.query_params["sigma"] == "2"
    assert page.query_params["mode_separation"] == "8"
    assert page.query_params["interpolation"] == "gradient_flow"
    again = open_page(**page.query_params)
    assert slider(again, "Mode separation").value == 8.0
    assert again.segmented_control(key="interpolation").value == "gradient_flow"


def test_more_settings_are_drawn_when_unfolded(page: AppTest) -> None:
    assert not page.number_input
    assert open_page(unfolded=True).number_input(key="width").value == TrainingSettings().width
    folded = open_page(width="24")
    assert folded.session_state["last_selection"].problem.training.width == 24


def test_more_settings_offer_every_option() -> None:
    page = open_page(unfolded=True)
    offered = {"optimiser": OPTIMISERS, "collocation": COLLOCATIONS, "solver": SOLVERS, "start": STARTS}
    for key, options in offered.items():
        assert page.selectbox(key=key).options == list(options.values())
    for key in ("width", "depth", "batch_size", "learning_rate"):
        assert page.number_input(key=key).value == getattr(TrainingSettings(), key)


def test_more_settings_change_the_problem_and_the_link() -> None:
    page = open_page(unfolded=True)
    assert page.number_input(key="learning_rate").disabled
    page.selectbox(key="optimiser").set_value("adam").run()
    page.number_input(key="learning_rate").set_value(0.05)
    page.number_input(key="width").set_value(24)
    page.number_input(key="batch_size").set_value(128)
    page.selectbox(key="collocation").set_value("box")
    page.selectbox(key="start").set_value("fading").run()
    assert not page.exception
    settings = TrainingSettings(24, 3, 128, "adam", 0.05, "box", "fading")
    assert page.session_state["last_selection"].problem.training == settings
    again = open_page(unfolded=True, **page.query_params)
    assert again.session_state["last_selection"].problem.training == settings
    again.selectbox(key="optimiser").set_value("gauss_newton").run()
    assert (
        again.session_state["last_selection"].problem.training.learning_rate
        == TrainingSettings().learning_rate
    )


@pytest.mark.parametrize(
    ("key", "value"), [("sigma", "-3"), ("sigma", "x"), ("target", "moon"), ("seed", "1.5")]
)
def test_invalid_link_value_is_reported_and_replaced_by_the_default(key: str, value: str) -> None:
    app = open_page(**{key: value})
    assert not app.exception
    assert {"sigma": "σ"}.get(key, key) in app.warning[0].value
    assert reel(app)[0]["panels"]


def test_invalid_input_is_reported_and_the_picture_stays() -> None:
    page = open_page(unfolded=True)
    page.selectbox(key="target").set_value("mixture").run()
    before, _ = reel(page)
    page.text_input(key="mixture_weights").set_value("1, minus two").run()
    assert not page.exception
    assert "Weights" in page.error[0].value
    after, _ = reel(page)
    assert (after["panels"], after["arrays"]) == (before["panels"], before["arrays"])
    assert before["options"]["preview"] is not None
    assert after["options"]["preview"] is None
    assert page.button(key="train").disabled


def test_invalid_energy_is_reported_and_the_picture_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(5.0, monkeypatch)
    page = open_page(interpolation="linear", mode_separation="6")
    density = reel(page)[1]["0.exact.density"]
    slider(page, "Mode separation").set_value(5.0).run()
    assert not page.exception
    assert "The energy is NaN at x = (0.1)" in page.error[0].value
    assert badges(page) == ["exact · for the previous settings"]
    np.testing.assert_array_equal(reel(page)[1]["0.exact.density"], density)
    slider(page, "Mode separation").set_value(7.0).run()
    assert not page.error
    assert not np.array_equal(reel(page)[1]["0.exact.density"], density)


def test_in_the_plane_one_frame_is_shown_before_the_others() -> None:
    # No other test computes this problem, so it is not in the cache.
    problem = Problem(TargetSpec.of("ring", num_modes=3), sigma=1.3)
    first, complete = cache.exact_frames(problem, 0.3)
    assert not complete
    assert first.times.tolist() == pytest.approx([0.3])
    cache.complete(problem)
    frames, complete = cache.exact_frames(problem, 0.3)
    assert complete
    at = frames.index(0.3)
    np.testing.assert_allclose(frames.velocity[at], first.velocity[0])
    np.testing.assert_allclose(frames.density[at], first.density[0])


def test_linear_curve_in_the_plane_has_a_velocity() -> None:
    app = open_page(target="ring", num_modes="3", interpolation="linear")
    assert not app.exception
    header, arrays = reel(app)
    assert header["panels"][0]["badge"] == "exact"
    assert np.isfinite(arrays["0.exact.log_speed"]).any()
    assert arrays["0.exact.particles"].shape[1] > 0


FAR = {"target": "mixture", "means": "99, -48\n103, -48", "interpolation": "linear"}


@pytest.mark.parametrize(("center", "is_far"), [("origin", True), ("target", False)])
def test_latent_far_from_the_target_is_reported(center: str, is_far: bool) -> None:
    app = open_page(**FAR, center=center)
    assert not app.exception
    assert ("may have to teleport mass" in texts(app)) is is_far


def test_latent_can_be_centred_on_the_target() -> None:
    app = open_page(unfolded=True, **FAR)
    app = computed(app.selectbox(key="center").set_value("target").run())
    assert app.query_params["center"] == "target"
    assert badges(app) == ["exact"]
    assert "may have to teleport mass" not in texts(app)


@pytest.mark.parametrize(("center", "kept"), [("origin", "here up to 30."), ("target", "here up to 1.3.")])
def test_remaining_shift_of_the_gradient_flow_is_measured_from_the_latent(center: str, kept: str) -> None:
    app = open_page(**FAR | {"interpolation": "gradient_flow"}, beta_max="5", center=center)
    assert kept in texts(app)


def test_sentence_mentions_the_mode_separation_only_if_the_target_has_one() -> None:
    words = "Increase the mode separation"
    assert words in texts(open_page(target="ring", interpolation="linear", sigma="2.5"))
    assert words not in texts(open_page(target="two_moons", interpolation="linear", sigma="2.5"))
