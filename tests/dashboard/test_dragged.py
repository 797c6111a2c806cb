"""A slider that is dragged moves the charts at once, and the controls when it is let go of."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import presets
from dashboard.components.captions import big_number
from tests.dashboard.teleportation import captions, open_page


def drag(app: AppTest, value: Any, **other: Any) -> None:
    """The page while its first slider is dragged."""
    slider = app.slider[0]
    tell(app, {"slider": f"st-key-{slider.key}", "from": slider.value, "value": value, **other})


def tell(app: AppTest, moved: dict[str, Any] | None) -> None:
    """What the browser tells of the sliders."""
    app.session_state["dragged"] = {"moved": moved}
    app.run()
    assert not app.exception


def action(m: float) -> str:
    """What the page must say of the linear curve."""
    record = presets.growth()
    return big_number(float(record.linear_action[list(record.separation).index(m)]))


def test_the_charts_are_those_of_the_place_on_the_way() -> None:
    app = open_page(m="5.0")
    drag(app, 20.0)
    assert app.metric[0].value == action(20.0)
    assert app.query_params["m"] == "5"
    assert app.slider[0].value == 5.0


def test_it_lasts_as_long_as_the_finger_stays() -> None:
    app = open_page(m="5.0")
    drag(app, 20.0)
    app.run()
    assert app.metric[0].value == action(20.0)
    tell(app, None)
    assert app.metric[0].value == action(5.0)


def test_what_was_let_go_of_counts_at_once() -> None:
    app = open_page(m="5.0")
    for place in (6.0, 7.0, 8.0):
        drag(app, place)
    # The place on the way is taken back a moment later.
    app.slider[0].set_value(9.0).run()
    assert app.metric[0].value == action(9.0)
    assert app.query_params["m"] == "9"


def test_a_link_may_start_between_two_steps() -> None:
    app = open_page(t="0.507")
    moment = app.slider[1]
    # From where it is, as a browser rounds it.
    tell(app, {"slider": f"st-key-{moment.key}", "from": 0.5, "value": 0.8})
    assert "t = 0.80" in captions(app)


@pytest.mark.parametrize(
    "wrong",
    [
        {"slider": "st-key-other"},
        {"from": 4.0},
        {"value": 1e9},
        {"value": float("nan")},
        {"value": "20"},
        {"value": None},
        {"from": None},
    ],
)
def test_what_is_no_place_of_this_slider_does_not_count(wrong: dict[str, Any]) -> None:
    app = open_page(m="5.0")
    drag(app, wrong.pop("value", 20.0), **wrong)
    assert app.metric[0].value == action(5.0)
