"""W₂² beside the action on the panels of Explore: immediately in closed form, later if it needs samples."""

from __future__ import annotations

import time
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.problem import Problem, TargetSpec
from core.reference.transport import ends_distance
from dashboard import cache, engine
from dashboard.results.computing import is_distance_pending
from tests.dashboard.pages import PATIENCE, badges, open_page, reel, refuse, slider

ONE = {"target": "mixture", "means": "0, 0", "std": "0.9", "interpolation": "gradient_flow"}
RING = {"target": "ring", "num_modes": "3", "std": "0.66", "interpolation": "gradient_flow"}


def transports(app: AppTest) -> list[dict[str, Any] | None]:
    return [panel["transport"] for panel in reel(app)[0]["panels"]]


def test_one_gaussian_has_its_distance_in_closed_form() -> None:
    engine.load()
    app = open_page(**ONE)
    assert not app.exception
    (found,) = transports(app)
    assert found == {"action": None, "w2_squared": pytest.approx(0.02), "w2_uncertainty": None}


def test_sampled_distance_appears_with_its_uncertainty() -> None:
    app = open_page(**RING)
    deadline = time.monotonic() + PATIENCE
    while transports(app) == [None]:
        assert time.monotonic() < deadline
        time.sleep(0.1)
        app.run()
    assert not app.exception
    (found,) = transports(app)
    assert found is not None
    expected = ends_distance(Problem(TargetSpec.of("ring", num_modes=3, std=0.66)))
    assert found["w2_squared"] == pytest.approx(expected.value)
    assert found["w2_uncertainty"] == pytest.approx(expected.uncertainty)
    problem = app.session_state["last_selection"].problem
    assert not is_distance_pending(problem)
    # All curves between the same latent and target share one distance.
    assert cache.transporting(problem).status == "done"


def test_player_computes_the_distance_in_one_dimension() -> None:
    assert transports(open_page(target="two_modes", dim="1", interpolation="linear")) == [None]
    assert not is_distance_pending(Problem(TargetSpec.of("laplace")))


def test_picture_for_previous_settings_shows_no_distance(monkeypatch: pytest.MonkeyPatch) -> None:
    engine.load()
    app = open_page(target="two_modes", interpolation="gradient_flow", mode_separation="3.0")
    assert transports(app) != [None]
    refuse(5.0, monkeypatch)
    slider(app, "Mode separation").set_value(5.0).run()
    assert badges(app) == ["exact · for the previous settings"]
    assert transports(app) == [None]
