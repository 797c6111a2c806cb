"""The address: Back and Forward, written parameters, old links, and errors in links."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.presets import EXAMPLES
from core.problem import Problem, TargetSpec, TrainingSettings
from dashboard.controls.examples import params
from dashboard.controls.names import CONTROLS
from dashboard.controls.names import PARAM as SHOWN
from dashboard.player.component import PARAMETERS as VIEW
from dashboard.texts.examples import SENTENCES
from dashboard.texts.prose import html
from dashboard.url import address_bar, spellings
from tests.dashboard.pages import open_page, prose, reel, slider

PAIR = TargetSpec.of("shifted_pair")
# Links that worked between June and November 2026. They must keep opening the same view.
LINKS: list[tuple[dict[str, str], str, Problem]] = [
    (
        {"interpolation": "gradient_flow", "sigma": "1.0", "mode_separation": "8.0", "t": "0.9"},
        "gradient_flow",
        Problem(TargetSpec.of("shifted_pair", mode_separation=8.0), "gradient_flow"),
    ),
    # The address that the example "Unequal weights" wrote.
    (
        {
            "target": "two_modes", "mode_separation": "5", "dim": "1", "std": "0.7", "weights": "0.2, 0.8", "interpolation": "all",
            "sigma": "2", "center": "origin", "seed": "0", "width": "40", "depth": "3", "optimiser": "gauss_newton",
            "learning_rate": "0.01", "collocation": "mixed", "start": "monte_carlo", "solver": "tsit5", "num_steps": "200",
        },
        "all",
        Problem(TargetSpec.of("two_modes", dim=1, mode_separation=5.0, weights=(0.2, 0.8)), sigma=2.0),
    ),
    (
        {"target": "mixture", "means": "-3, 0\n3, 1", "std": "0.7, 0.4", "weights": "1, 3", "sigma": "3.0", "interpolation": "linear"},
        "linear",
        Problem(TargetSpec.of("mixture", means=((-3.0, 0.0), (3.0, 1.0)), std=(0.7, 0.4), weights=(1.0, 3.0)), sigma=3.0),
    ),
    (
        {"target": "ring", "num_modes": "5", "mode_separation": "2.5", "center": "target", "backdrop": "difference", "panel": "learned"},
        "all",
        Problem(TargetSpec.of("ring", num_modes=5, mode_separation=2.5), center="target"),
    ),
    (
        {"interpolation": "learned", "optimiser": "adam", "learning_rate": "0.05", "width": "24", "depth": "2", "batch_size": "128", "collocation": "box"},
        "learned",
        Problem(PAIR, "learned", training=TrainingSettings(24, 2, 128, "adam", 0.05, "box")),
    ),
    (
        {"interpolation": "gradient_flow", "beta_max": "12.5", "start": "fading", "seed": "7", "seconds": "5"},
        "gradient_flow",
        Problem(PAIR, "gradient_flow", beta_max=12.5, seed=7, training=TrainingSettings(start="fading")),
    ),
    (
        {"target": "asymmetric_gmm", "interpolation": "linear", "controls": "situations,sigma", "t": "1"},
        "linear",
        Problem(TargetSpec.of("asymmetric_gmm")),
    ),
    ({"target": "gmm40", "sigma": "30.0", "controls": "none"}, "all", Problem(TargetSpec.of("gmm40"), sigma=30.0)),
    ({"target": "laplace", "mode_separation": "12.0"}, "all", Problem(TargetSpec.of("laplace", mode_separation=12.0))),
    ({"interpolation": "langevin", "sigma": "2.0", "job": "kCgWc3bGp9Q"}, "all", Problem(PAIR, sigma=2.0)),
]  # fmt: skip


def at(app: AppTest) -> tuple[float, float]:
    return slider(app, "Latent σ").value, slider(app, "Mode separation").value


def press(app: AppTest, name: str) -> AppTest:
    return app.button(key=f"example-{name}").click().run()


def go(app: AppTest, address: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """Go back or forward to an address."""
    with monkeypatch.context() as patch:
        patch.setattr(address_bar, "is_back_or_forward", lambda: True)
        app.query_params.clear()
        app.query_params.update(address)
        return app.run()


def here(app: AppTest) -> dict[str, str]:
    return dict(st_params(app.query_params))


def st_params(params: Any) -> list[tuple[str, str]]:
    return [(name, value[-1] if isinstance(value, list) else value) for name, value in params.items()]


def test_page_follows_back_and_forward(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page()
    addresses = [here(app), here(press(app, "tame")), here(press(app, "unequal"))]
    seen = [at(app)]
    for address in (addresses[1], addresses[0], addresses[1], addresses[2]):
        go(app, address, monkeypatch)
        assert not app.exception
        assert here(app) == address
        seen.append(at(app))
    assert seen == [(2.0, 5.0), (1.0, 3.0), (1.0, 4.0), (1.0, 3.0), (2.0, 5.0)]


def test_back_can_be_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(open_page(), "tame")
    go(app, {}, monkeypatch)
    app.button(key="undo").click().run()
    assert at(app) == (1.0, 3.0)


def test_back_to_another_page_opens_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    app = press(open_page(), "tame")
    before = here(app)
    press(app, "teleportation")
    app.switch_page("app_pages/compare.py")
    app.query_params.clear()  # a browser's navigation has the same effect
    app.run()
    app.switch_page("app_pages/explore.py")
    go(app, before, monkeypatch)
    assert at(app) == (1.0, 3.0)


def test_back_restores_pins_and_the_player(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(t="0.25")
    before = here(app)
    app.button(key="pin").click().run()
    after = here(app)
    assert "pins" in after
    go(app, before | {"t": "0.5", "backdrop": "exact"}, monkeypatch)
    assert "pins" not in here(app)
    view = reel(app)[0]["options"]["view"]
    assert (view["t"], view["backdrop"]) == (0.5, "exact")
    assert app.button(key="pin").label == "Pin all"
    go(app, after, monkeypatch)
    assert app.button(key="pin").label == "All pinned"


def test_outdated_address_report_does_not_undo_a_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(address_bar, "BEHIND_SECONDS", 600.0)
    app = open_page()
    before = here(app)
    after = here(press(app, "tame"))
    app.query_params.clear()
    app.query_params.update(before)
    app.run()
    assert at(app) == (1.0, 3.0)
    assert here(app) == after


@pytest.mark.usefixtures("unsolved")
@pytest.mark.parametrize("name", EXAMPLES)
def test_address_holds_only_values_that_differ_from_the_defaults(name: str) -> None:
    app = open_page(sigma="2.0", width="24")
    address = here(press(app, name))
    assert address == params(EXAMPLES[name])
    fewer = [{k: v for k, v in address.items() if k != left_out} for left_out in address]
    problem = app.session_state["last_selection"]
    assert all(open_page(**other).session_state["last_selection"] != problem for other in fewer)


@pytest.mark.usefixtures("unsolved")
@pytest.mark.parametrize(("link", "method", "problem"), LINKS)
def test_old_links_open_the_same_view(link: dict[str, str], method: str, problem: Problem) -> None:
    app = open_page(**link)
    assert not app.exception
    assert not app.warning
    selection = app.session_state["last_selection"]
    assert (selection.method, selection.seconds) == (method, float(link.get("seconds", 10)))
    assert selection.alone(method).problem == problem if method != "all" else selection.problem == problem
    assert here(app).get("compare") == ("mala" if link.get("interpolation") == "langevin" else None)
    choice = {name: here(app).get(name) for name in ("t", "backdrop", "panel", "job")}
    assert choice == {name: link.get(name) for name in ("t", "backdrop", "panel", "job")}


def test_renamed_parameter_is_still_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(spellings.NAMES, "sigma", ("latent_scale",))
    app = open_page(latent_scale="2.5", controls="situations,sigma")
    assert here(app) == {"sigma": "2.5", "controls": "examples,sigma"}
    assert slider(app, "Latent σ").value == 2.5
    assert spellings.current({"latent_scale": "9", "sigma": "2"}) == {"sigma": "2"}


def test_table_of_names_lists_every_parameter() -> None:
    names = {
        *CONTROLS,
        *VIEW,
        SHOWN,
        "job",
        "pins",
        "compare",
        "samples",
        "m",
        "plane",
        "large",
        "lesson",
        "step",
    }
    assert set(spellings.NAMES) == names


def test_time_outside_its_limits_is_reported_until_the_next_change() -> None:
    app = open_page(t="99", backdrop="moon")
    said = [warning.value for warning in app.warning]
    assert said[0] == "The link asks for t = 99; allowed values are 0 to 1. The default is shown."
    assert "backdrop" in said[1]
    assert here(app) == {}
    slider(app, "Latent σ").set_value(2.0).run()
    assert not app.warning


def test_unreadable_pins_are_reported_and_the_others_stay() -> None:
    app = open_page()
    app.button(key="pin").click().run()
    (good, *_) = here(app)["pins"].split(",")
    cut = open_page(pins=f"{good},{good[:40]},earlier.x")
    assert [warning.value for warning in cut.warning] == [
        "2 pinned results in this link cannot be read; the link may be incomplete. The other one is shown."
    ]
    assert here(cut)["pins"] == good


def test_message_about_unreadable_pins_alone_mentions_no_others() -> None:
    app = open_page(pins="earlier.x")
    assert [warning.value for warning in app.warning] == [
        "One pinned result in this link cannot be read; the link may be incomplete."
    ]


@pytest.mark.parametrize(("panel", "is_known"), [("nothing", False), ("linear", True), ("mala", True)])
def test_link_with_an_unknown_panel_is_reported(panel: str, is_known: bool) -> None:
    app = open_page(panel=panel)
    message = "The link asks for panel = “nothing”: there is no such panel. The default is shown."
    assert [warning.value for warning in app.warning] == ([] if is_known else [message])
    assert here(app) == ({"panel": panel} if is_known else {})


def test_link_that_hides_the_examples_keeps_their_sentence() -> None:
    app = open_page(controls="sigma", mode_separation="3")
    assert not [button for button in app.button if str(button.key).startswith("example-")]
    assert html(SENTENCES["tame"], "sentence") in prose(app)


def test_each_invalid_field_shows_its_error_and_keeps_the_other_fields() -> None:
    link = {"target": "mixture", "means": "-3\n3", "std": "a", "weights": "1,-2", "seed": "7", "width": "24"}
    app = open_page(unfolded=True, **link)
    assert not app.exception
    said = [error.value for error in app.error]
    assert said[0].startswith("Standard deviation: write numbers separated by commas; got")
    assert said[1].startswith("Weights, number 2 must lie between")
    assert "Correct standard deviation and weights" in said[2]
    assert {"Seed", "Width", "ODE solver"} <= {e.label for e in (*app.number_input, *app.selectbox)}
    assert {name: here(app)[name] for name in link} == link
    (std,) = (field for field in app.text_input if field.label == "Standard deviation")
    std.set_value("0.5").run()
    (weights,) = (field for field in app.text_input if field.label == "Weights")
    weights.set_value("1, 2, 3").run()
    assert "Weights must have 2 numbers, one per mode; got 3." in [error.value for error in app.error]
    weights.set_value("1, 2").run()
    assert not app.error
    problem = app.session_state["last_selection"].problem
    assert (problem.seed, problem.training.width, problem.target.values["std"]) == (7, 24, 0.5)


def test_large_type_applies_to_every_page_and_scales_the_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(mode_separation="3")
    before = here(app)
    app.button(key="large").click().run()
    assert here(app)["large"] == "1"
    app.switch_page("app_pages/teleportation.py")
    app.query_params.clear()  # a browser's navigation has the same effect
    app.run()
    assert here(app)["large"] == "1"
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    assert charts
    assert all('"size":19.5' in chart.replace(" ", "") for chart in charts)
    app.switch_page("app_pages/explore.py")
    go(app, before, monkeypatch)
    assert here(app) == {**before, "large": "1"}
