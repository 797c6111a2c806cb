"""The controls in the address bar: hidden ones, wrong names, undo, reset, sharing, and the way back to a page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlparse

import pytest
from streamlit.testing.v1 import AppTest

from core.problem import Problem, TargetSpec, TrainingSettings
from dashboard.components.address import params_of
from dashboard.components.visible_controls import CONTROLS, GROUPS
from tests.dashboard.pages import open_page, slider


def asked(app: AppTest) -> Problem:
    return app.session_state["last_selection"].problem


def labels(app: AppTest) -> set[str]:
    kinds = (app.selectbox, app.slider, app.number_input, app.text_input, app.get("button_group"))
    return {element.label for kind in kinds for element in kind} - {
        "Controls that the link shows",
        "Samples, metrics and maps",
    }


def shared(app: AppTest) -> dict[str, str]:
    (link,) = (code.value for code in app.code if code.language != "python")
    return {name: values[0] for name, values in parse_qs(urlparse(link).query).items()}


def test_a_link_may_show_some_controls_alone() -> None:
    app = open_page(controls="sigma,mode_separation", target="two_modes", dim="1", sigma="2.0")
    assert not app.exception
    assert labels(app) == {"Latent σ", "Mode separation"}
    assert asked(app) == Problem(TargetSpec.of("two_modes", dim=1), sigma=2.0)
    slider(app, "Latent σ").set_value(3.0).run()
    assert asked(app) == Problem(TargetSpec.of("two_modes", dim=1), sigma=3.0)
    assert app.query_params["target"] == "two_modes"
    assert app.query_params["controls"] == "sigma,mode_separation"


def test_a_link_may_hide_all_controls() -> None:
    app = open_page(controls="none", sigma="2.0")
    assert not app.exception
    assert labels(app) == set()
    assert asked(app).sigma == 2.0


@pytest.mark.parametrize(("target", "expanders"), [("ring", 0), ("mixture", 1)])
def test_settings_that_the_target_does_not_have_leave_no_empty_place(target: str, expanders: int) -> None:
    app = open_page(controls="target,means", target=target, interpolation="gradient_flow")
    assert len(app.expander) == expanders


def test_one_setting_can_be_shown_alone() -> None:
    app = open_page(controls="seed")
    assert labels(app) == {"Seed"}


def test_a_wrong_name_shows_all_controls_and_is_told() -> None:
    app = open_page(controls="sigma,tempo")
    assert not app.exception
    assert "controls = “sigma,tempo”; allowed values are none, or some of" in app.warning[0].value
    assert labels(app) == labels(open_page())
    assert "controls" not in app.query_params


def test_a_wrong_value_of_a_hidden_control_falls_back_and_the_warning_stays_until_a_change() -> None:
    app = open_page(controls="sigma", seed="-1")
    assert "seed" in app.warning[0].value
    assert asked(app).seed == 0
    assert app.run().warning
    slider(app, "Latent σ").set_value(2.0).run()
    assert not app.warning


def test_what_is_no_multiple_is_not_taken_from_the_link() -> None:
    app = open_page(unfolded=True, target="many_well", dim="5")
    assert "multiple of 2" in app.warning[0].value
    (dim,) = (element for element in app.number_input if element.label == "Dimensions")
    assert (dim.value, dim.step) == (8, 2)


def test_undo_takes_back_one_change_after_the_other_and_reset_too() -> None:
    app = open_page()
    assert app.button(key="undo").disabled
    assert app.button(key="reset").disabled
    slider(app, "Latent σ").set_value(2.0).run()
    slider(app, "Mode separation").set_value(8.0).run()
    app.button(key="reset").click().run()
    assert asked(app) == Problem(TargetSpec.of("shifted_pair"))
    assert app.button(key="reset").disabled
    seen = []
    for _ in range(3):
        app.button(key="undo").click().run()
        seen.append((asked(app).sigma, asked(app).target.values["mode_separation"]))
    assert seen == [(2.0, 8.0), (2.0, 4.0), (1.0, 4.0)]
    assert app.button(key="undo").disabled
    assert slider(app, "Latent σ").value == 1.0


def test_reset_of_a_lesson_goes_back_to_its_link() -> None:
    app = open_page(controls="sigma", target="ring", sigma="3.5")
    slider(app, "Latent σ").set_value(2.0).run()
    app.button(key="reset").click().run()
    assert asked(app) == Problem(TargetSpec.of("ring"), sigma=3.5)


def test_the_shared_link_opens_the_same_view() -> None:
    app = open_page(target="ring", sigma="2.5", seed="3", pins="")
    link = shared(app)
    assert "controls" not in link
    assert asked(open_page(**link)) == asked(app)


def test_the_shared_link_shows_the_chosen_controls_only() -> None:
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
    assert asked(again) == asked(app)
    choice.set_value([]).run()
    assert shared(app)["controls"] == "none"


@pytest.mark.parametrize(
    "problem",
    [
        Problem(TargetSpec.of("two_modes", dim=1, weights=(0.2, 0.8)), "learned", 2.0, beta_max=12.5),
        Problem(TargetSpec.of("mixture", means=((-3.0, 0.0), (3.0, 1.0)), std=0.7), "gradient_flow", 3.0, seed=7),
        Problem(TargetSpec.of("ring"), center="target"),
        Problem(TargetSpec.of("ring", num_modes=5), training=TrainingSettings(24, 2, 128, "adam", 0.05, "box")),
    ],
)  # fmt: skip
def test_the_address_of_a_problem_opens_it(problem: Problem) -> None:
    params = params_of(problem, problem.interpolation)
    assert set(params) <= set(CONTROLS)
    app = open_page(**params)
    assert not app.exception
    assert not app.warning
    assert asked(app) == problem


def test_each_page_opens_as_it_was_left() -> None:
    app = open_page(target="ring", sigma="2.5")
    before = asked(app)
    app.switch_page("app_pages/teleportation.py")
    app.query_params.clear()  # as the navigation of a browser does
    app.run()
    assert not app.exception
    app.switch_page("app_pages/explore.py")
    app.query_params.clear()
    app.run()
    assert asked(app) == before
    assert app.query_params["target"] == "ring"
