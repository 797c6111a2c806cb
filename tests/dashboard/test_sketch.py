"""The drawing area on the Explore page: what was drawn becomes the target, and the link holds it."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.targets.sketch.packed import NODES, packed
from dashboard.controls.sketch import line_example
from tests.dashboard.pages import open_page
from tests.dashboard.test_formula import problem_of

LEVELS = bytes((3 * k) % 256 for k in range(NODES[1]))


def test_sketch_in_a_link_becomes_the_target_and_its_properties_are_shown() -> None:
    app = open_page(target="sketch", interpolation="gradient_flow", sketch=line_example())
    assert not app.exception
    assert problem_of(app).target.values["sketch"] == line_example()
    assert any("2 modes with" in caption.value for caption in app.caption)


def drawn(message: Any) -> AppTest:
    """Open the page, and send it a message from the drawing area."""

    def script() -> None:
        import streamlit as st

        from dashboard.controls.sketch import _open
        from dashboard.url import address_bar

        _open(st.session_state["message"])
        address_bar.write()

    app = AppTest.from_function(script)
    app.session_state["message"] = message
    app.query_params["sigma"] = "1.5"
    app.run()
    assert not app.exception
    return app


def test_drawn_levels_become_the_target_and_other_controls_stay() -> None:
    app = drawn({"levels": base64.b64encode(LEVELS).decode(), "dim": 1, "at": 1})
    found = {name: "".join(text) for name, text in app.query_params.items()}
    assert found == {"target": "sketch", "sketch": packed(LEVELS, 1), "sigma": "1.5"}


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"at": 1}, "not sent completely"),
        ({"levels": "???", "dim": 1, "at": 1}, "not sent completely"),
        ({"levels": "AAAA", "dim": 1, "at": 1}, "121 levels"),
        ({"levels": "A" * 50_000_000, "dim": 2, "at": 1}, "49 × 49"),
        ({"levels": base64.b64encode(LEVELS).decode(), "dim": "9" * 5000, "at": 1}, "not sent completely"),
        ({"levels": base64.b64encode(bytes(NODES[1])).decode(), "dim": 1, "at": 1}, "empty"),
    ],
    ids=lambda item: str(item)[:30],
)
def test_invalid_message_is_reported_and_changes_nothing(message: Any, said: str) -> None:
    app = drawn(message)
    assert said in app.toast[0].value
    assert set(app.query_params) == {"sigma"}


def test_damaged_sketch_in_a_link_is_reported() -> None:
    def script() -> None:
        from dashboard.controls.faults import Faults
        from dashboard.controls.sketch import sketch
        from dashboard.url import link

        sketch(Faults())
        link.warn()

    app = AppTest.from_function(script)
    app.query_params["sketch"] = "eNo<script>"
    app.run()
    assert not app.exception
    assert "is damaged" in app.warning[0].value
