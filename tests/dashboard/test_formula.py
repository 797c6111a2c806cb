"""The target "Your own formula" on the Explore page."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from streamlit.testing.v1 import AppTest

from core.budget import Budget
from core.jobs.request import Request
from core.problem import Problem, TargetSpec
from dashboard.controls.snippet import snippet
from dashboard.handouts.view import settings_line
from dashboard.lessons.view import parse_view
from dashboard.pins.pin import _packed, request_of
from dashboard.state import Selection
from dashboard.texts import explore as texts
from dashboard.url.address import params_of, params_of_target
from tests.dashboard.pages import open_page, slider


def problem_of(app: AppTest) -> Problem:
    found: Problem = app.session_state["last_selection"].problem
    return found


def test_formula_with_sliders_is_solved_and_kept_in_the_link() -> None:
    app = open_page(target="expression", interpolation="gradient_flow", dim="1")
    assert not app.exception
    assert app.text_input(key="expression_energy_1").value == texts.LINE_FORMULA
    app.text_input(key="expression_energy_1").set_value("b*(x**2 - a)**2").run()
    slider(app, "a").set_value(2.0).run()
    expected = TargetSpec.of("expression", energy="b*(x**2 - a)**2", dim=1, parameters={"a": 2, "b": 1})
    assert problem_of(app).target == expected
    assert any(
        "2 modes with 50%, 50% of the mass" in caption.value.replace("\\", "") for caption in app.caption
    )
    link = {name: str(value) for name, value in app.query_params.items()}
    again = open_page(**{name: text.strip("[]'") for name, text in link.items()})
    assert problem_of(again) == problem_of(app)
    assert slider(again, "a").value == 2.0


def test_mistake_is_shown_below_the_formula_and_the_last_pictures_stay() -> None:
    app = open_page(target="expression", energy="x1**2 + tg(x2)", interpolation="linear")
    assert not app.exception
    (below, above) = (error.value for error in app.error)
    assert "there is no function `tg`" in below
    assert above.startswith("Correct the formula. Until then")
    assert "x1**2 + tg(x2)\n        ^" in [code.value for code in app.code]
    app.text_input(key="expression_energy_2").set_value("x1**2").run()
    assert "no finite integral" in app.error[0].value
    app.text_input(key="expression_energy_2").set_value("x1**2 + x2**2").run()
    assert not app.error
    assert problem_of(app).target.values["energy"] == "x1**2 + x2**2"


def test_parameter_beyond_the_slider_widens_it_and_an_invalid_one_is_reported() -> None:
    app = open_page(target="expression", dim="1", energy="a*x**2", parameters="a=30", interpolation="linear")
    found = slider(app, "a")
    assert (found.min, found.max, found.value) == (-100, 100, 30)
    wrong = open_page(target="expression", dim="1", energy="a*x**2", parameters="a=b", interpolation="linear")
    assert "parameters" in wrong.warning[0].value
    assert slider(wrong, "a").value == 1.0


@pytest.mark.parametrize("parameters", [{}, {"a": 1.5, "b": -2}])
def test_link_and_lesson_name_the_same_problem(parameters: dict[str, float]) -> None:
    energy = "x1**2 + x2**4" + "".join(f" + {name}*x1" for name in parameters)
    target = TargetSpec.of("expression", energy=energy, parameters=parameters)
    assert parse_view(urlencode(params_of_target(target))).problem.target == target
    assert params_of(Problem(target), "linear")["energy"] == energy


def test_pin_of_a_formula_is_named_in_the_link() -> None:
    target = TargetSpec.of("expression", energy="a*x1**2 + x2**2", parameters={"a": 1.5})
    request = Request(Problem(target), "train", Budget(seconds=2))
    assert request_of(f"token.{_packed(request)}") == request


def test_python_code_of_a_formula_names_its_energy_and_parameters() -> None:
    target = TargetSpec.of("expression", energy="a*x1**2 + x2**2", parameters={"a": 1.5})
    code = snippet([Request(Problem(target), "train", Budget(seconds=1))], [1])
    assert "TargetSpec.of('expression', energy='a*x1**2 + x2**2', parameters=(('a', 1.5),))" in code


def test_settings_of_a_handout_name_the_formula() -> None:
    target = TargetSpec.of("expression", energy="a*x1**2 + x2**2", parameters={"a": 1.5})
    line = settings_line(Selection("linear", Problem(target), 1.0))
    assert line == "σ = 1 · f = a*x1**2 + x2**2 · dim 2 · a=1.5 · seed 0"


def test_formula_in_three_dimensions_lists_what_is_unknown() -> None:
    app = open_page(target="expression", dim="3", interpolation="linear")
    assert not app.exception
    assert app.text_input(key="expression_energy_3").value == texts.MANY_FORMULA
    assert any("Found by gradient descent: 8 modes" in caption.value for caption in app.caption)
    app.number_input(key="expression_many").set_value(4).run()
    assert not app.exception
    assert app.query_params["dim"] in ("4", ["4"])
