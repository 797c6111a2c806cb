"""A slider that is dragged moves the pictures at once, and the controls when it is let go of."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pages import open_page, reel, slider
from streamlit.testing.v1 import AppTest

from core.frames import Array
from core.problem import Problem, TargetSpec
from core.render import MOVING, exact_frames

LABEL = "Mode separation"


def drag(app: AppTest, value: Any, *, label: str = LABEL, **other: Any) -> None:
    """The page while the slider is dragged."""
    found = slider(app, label)
    tell(app, {"slider": f"st-key-{found.key}", "from": found.value, "value": value, **other})


def tell(app: AppTest, moved: dict[str, Any] | None) -> None:
    """What the browser tells of the sliders."""
    app.session_state["dragged"] = {"moved": moved}
    app.run()
    assert not app.exception


def energy(app: AppTest) -> Array:
    return reel(app)[1]["0.exact.kinetic_energy"]


def exact(separation: float) -> Array:
    frames = exact_frames(Problem(TargetSpec.of("shifted_pair", mode_separation=separation)), MOVING)
    return frames.kinetic_energy


def test_the_picture_is_that_of_the_place_on_the_way() -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    drag(app, 6.5)
    np.testing.assert_allclose(energy(app), exact(6.5))
    assert app.query_params["mode_separation"] == "5.0"
    assert app.button(key="undo").disabled
    assert slider(app, LABEL).value == 5.0


def test_it_lasts_as_long_as_the_finger_stays() -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    drag(app, 6.5)
    app.run()
    np.testing.assert_allclose(energy(app), exact(6.5))
    tell(app, None)
    np.testing.assert_allclose(energy(app), exact(5.0))


def test_what_was_let_go_of_counts_at_once_and_is_one_change() -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    for place in (5.5, 6.0, 6.5):
        drag(app, place)
    # The place on the way is taken back a moment later.
    slider(app, LABEL).set_value(7.0).run()
    np.testing.assert_allclose(energy(app), exact(7.0))
    app.button(key="undo").click().run()
    tell(app, None)
    np.testing.assert_allclose(energy(app), exact(5.0))


def test_a_link_may_start_between_two_steps() -> None:
    app = open_page(interpolation="linear", mode_separation="5.04")
    drag(app, 6.5, **{"from": 5.0})  # as a browser rounds it
    np.testing.assert_allclose(energy(app), exact(6.5))


@pytest.mark.parametrize(
    "wrong",
    [
        {"slider": "st-key-other"},
        {"from": 4.0},
        {"value": 1e9},
        {"value": float("nan")},
        {"value": "6.5"},
        {"value": None},
        {"from": None},
    ],
)
def test_what_is_no_place_of_this_slider_does_not_count(wrong: dict[str, Any]) -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    drag(app, wrong.pop("value", 6.5), **wrong)
    np.testing.assert_allclose(energy(app), exact(5.0))


def test_in_the_plane_one_moment_is_enough_on_the_way() -> None:
    app = open_page(target="two_modes", interpolation="linear", mode_separation="5", t="0.5")
    drag(app, 6.5)
    (panel,) = reel(app)[0]["panels"]
    assert "one moment" in panel["badge"]
    drag(app, 5.0)  # back where it was taken up, all times are solved for
    assert reel(app)[0]["panels"][0]["badge"] == "exact"


def test_an_unfit_place_at_the_end_keeps_the_last_picture_and_says_why() -> None:
    app = open_page(
        unfolded=True, target="ring", num_modes="64", mode_separation="8", interpolation="linear", t="0.5"
    )
    drag(app, 0.5, label="Standard deviation")
    assert not app.error
    slider(app, "Standard deviation").set_value(0.2).run()
    assert not app.exception
    assert "too fine" in app.error[0].value
    (panel,) = reel(app)[0]["panels"]
    assert panel["badge"] == "exact"
