"""Controls in the address: hidden controls, invalid values, Undo, Reset, Share, and turning pages."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

import pytest
from streamlit.testing.v1 import AppTest

from core.problem import Problem, TargetSpec, TrainingSettings
from dashboard.controls.names import CONTROLS, GROUPS
from dashboard.url.address import params_of
from tests.dashboard.pages import open_page, slider


def problem_of(app: AppTest) -> Problem:
    return app.session_state["last_selection"].problem


def labels(app: AppTest) -> set[str]:
    kinds = (app.selectbox, app.slider, app.number_input, app.text_input, app.get("button_group"))
    return {element.label for kind in kinds for element in kind} - {
        "Controls that the link shows",
        "Samples, metrics and maps",
        "Method",  # of the menu "Compare with"
    }


def shared(app: AppTest) -> dict[str, str]:
    link = next(code.value for code in app.code if code.language not in ("python", "html"))
    return {name: values[0] for name, values in parse_qs(urlparse(link).query).items()}


def test_link_can_show_only_some_controls() -> None:
    app = open_page(controls="sigma,mode_separation", target="two_modes", dim="1", sigma="2.0")
    assert not app.exception
    assert labels(app) == {"Latent σ", "Mode separation"}
    assert problem_of(app) == Problem(TargetSpec.of("two_modes", dim=1), sigma=2.0)
    slider(app, "Latent σ").set_value(3.0).run()
    assert problem_of(app) == Problem(TargetSpec.of("two_modes", dim=1), sigma=3.0)
    assert app.query_params["target"] == "two_modes"
    assert app.query_params["controls"] == "sigma,mode_separation"


def test_link_can_hide_all_controls() -> None:
    app = open_page(controls="none", sigma="2.0")
    assert not app.exception
    assert labels(app) == set()
    assert problem_of(app).sigma == 2.0


@pytest.mark.parametrize(("target", "expanders"), [("ring", 0), ("mixture", 1)])
def test_settings_of_other_targets_leave_no_empty_expander(target: str, expanders: int) -> None:
    app = open_page(controls="target,means", target=target, interpolation="gradient_flow")
    assert len(app.expander) == expanders


def test_link_can_show_one_setting_alone() -> None:
    app = open_page(controls="seed")
    assert labels(app) == {"Seed"}


def test_unknown_control_is_reported_and_all_controls_are_shown() -> None:
    app = open_page(controls="sigma,tempo")
    assert not app.exception
    assert "controls = “sigma,tempo”; allowed values are none, or some of" in app.warning[0].value
    assert labels(app) == labels(open_page())
    assert "controls" not in app.query_params


def test_invalid_value_of_a_hidden_control_is_reported_until_a_change() -> None:
    app = open_page(controls="sigma", seed="-1")
    assert "seed" in app.warning[0].value
    assert problem_of(app).seed == 0
    assert app.run().warning
    slider(app, "Latent σ").set_value(2.0).run()
    assert not app.warning


def test_link_value_between_two_allowed_steps_is_refused() -> None:
    app = open_page(unfolded=True, target="many_well", dim="5")
    assert "multiple of 2" in app.warning[0].value
    (dim,) = (element for element in app.number_input if element.label == "Dimensions")
    assert (dim.value, dim.step) == (8, 2)


def test_undo_reverts_changes_one_by_one_and_also_reset() -> None:
    app = open_page()
    assert app.button(key="undo").disabled
    assert app.button(key="reset").disabled
    slider(app, "Latent σ").set_value(2.0).run()
    slider(app, "Mode separation").set_value(8.0).run()
    app.button(key="reset").click().run()
    assert problem_of(app) == Problem(TargetSpec.of("shifted_pair"))
    assert app.button(key="reset").disabled
    seen = []
    for _ in range(3):
        app.button(key="undo").click().run()
        seen.append((problem_of(app).sigma, problem_of(app).target.values["mode_separation"]))
    assert seen == [(2.0, 8.0), (2.0, 4.0), (1.0, 4.0)]
    assert app.button(key="undo").disabled
    assert slider(app, "Latent σ").value == 1.0


@pytest.mark.thorough
def test_reset_in_a_lesson_returns_to_its_link() -> None:
    app = open_page(controls="sigma", target="ring", sigma="3.5")
    slider(app, "Latent σ").set_value(2.0).run()
    app.button(key="reset").click().run()
    assert problem_of(app) == Problem(TargetSpec.of("ring"), sigma=3.5)


def test_shared_link_opens_the_same_view() -> None:
    app = open_page(target="ring", sigma="2.5", seed="3", pins="")
    link = shared(app)
    assert "controls" not in link
    assert problem_of(open_page(**link)) == problem_of(app)


def test_shared_link_shows_only_the_chosen_controls() -> None:
    app = open_page(sigma="2.5")
    (choice,) = (element for element in app.get("button_group") if element.key == "share_controls")
    assert choice.value == list(GROUPS)
    choice.set_value(["sigma", "settings"]).run()
    link = shared(app)
    assert link["controls"] == "sigma,settings"
    again = open_page(**link)
    assert "Latent σ" in labels(again)
    assert "Seed" in labels(again)
    assert not {"Target", "Mode separation"} & labels(again)
    assert problem_of(again) == problem_of(app)
    choice.set_value([]).run()
    assert shared(app)["controls"] == "none"


@pytest.mark.parametrize(
    "problem",
    [
        Problem(TargetSpec.of("two_modes", dim=1, weights=(0.2, 0.8)), "learned", 2.0, beta_max=12.5),
        Problem(TargetSpec.of("mixture", means=((-3.0, 0.0), (3.0, 1.0)), std=0.7), "gradient_flow", 3.0, seed=7),
        pytest.param(Problem(TargetSpec.of("ring"), center="target"), marks=pytest.mark.thorough),
        Problem(TargetSpec.of("ring", num_modes=5), training=TrainingSettings(24, 2, 128, "adam", 0.05, "box")),
    ],
)  # fmt: skip
def test_address_of_a_problem_opens_it(problem: Problem) -> None:
    params = params_of(problem, problem.interpolation)
    assert set(params) <= set(CONTROLS)
    app = open_page(**params)
    assert not app.exception
    assert not app.warning
    assert problem_of(app) == problem


def test_each_page_opens_as_it_was_left() -> None:
    app = open_page(target="ring", sigma="2.5")
    before = problem_of(app)
    app.switch_page("app_pages/teleportation.py")
    app.query_params.clear()  # a browser's navigation has the same effect
    app.run()
    assert not app.exception
    app.switch_page("app_pages/explore.py")
    app.query_params.clear()
    app.run()
    assert problem_of(app) == before
    assert app.query_params["target"] == "ring"
