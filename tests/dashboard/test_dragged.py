"""A dragged slider changes the charts at once, and the controls on release."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core import presets
from dashboard.texts.captions import big_number
from tests.dashboard.teleportation import captions, open_page


def drag(app: AppTest, value: Any, **other: Any) -> None:
    """Drag the first slider of the page."""
    slider = app.slider[0]
    send(app, {"slider": f"st-key-{slider.key}", "from": slider.value, "value": value, **other})


def send(app: AppTest, moved: dict[str, Any] | None) -> None:
    """Send a message about the sliders, as the browser does."""
    app.session_state["dragged"] = {"moved": moved}
    app.run()
    assert not app.exception


def action(m: float) -> str:
    """The action of the linear curve at separation m, as the page shows it."""
    record = presets.growth()
    return big_number(float(record.linear_action[list(record.separation).index(m)]))


def test_charts_follow_the_dragged_value() -> None:
    app = open_page(m="5.0")
    drag(app, 20.0)
    assert app.metric[0].value == action(20.0)
    assert app.query_params["m"] == "5"
    assert app.slider[0].value == 5.0


def test_dragged_value_lasts_until_release() -> None:
    app = open_page(m="5.0")
    drag(app, 20.0)
    app.run()
    assert app.metric[0].value == action(20.0)
    send(app, None)
    assert app.metric[0].value == action(5.0)


def test_released_value_applies_at_once() -> None:
    app = open_page(m="5.0")
    for place in (6.0, 7.0, 8.0):
        drag(app, place)
    # The browser clears the dragged value shortly after the release.
    app.slider[0].set_value(9.0).run()
    assert app.metric[0].value == action(9.0)
    assert app.query_params["m"] == "9"


def test_link_may_set_a_value_between_two_steps() -> None:
    app = open_page(t="0.507")
    moment = app.slider[1]
    # A browser rounds the value at which a drag starts.
    send(app, {"slider": f"st-key-{moment.key}", "from": 0.5, "value": 0.8})
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
def test_invalid_drag_messages_are_ignored(wrong: dict[str, Any]) -> None:
    app = open_page(m="5.0")
    drag(app, wrong.pop("value", 20.0), **wrong)
    assert app.metric[0].value == action(5.0)
