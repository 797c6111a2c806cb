"""Modes moved in the pictures: their limits, and the controls afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboard.pages import open_page, reel

PAIR = {"target": "mixture", "means": "-2\n3", "std": "0.5, 0.9", "weights": "1, 4"}
MIXTURE = {"name": "mixture", "std": [0.5, 0.9], "weights": [1, 4]}


def is_movable(**link: str) -> bool:
    movable: bool = reel(open_page(**link))[0]["options"]["preview"]["movable"]
    return movable


@pytest.mark.parametrize(
    ("link", "movable"),
    [
        ({"target": "ring", "interpolation": "gradient_flow"}, True),
        (PAIR, True),
        ({"target": "mixture", "means": "0\n3", "cov": "1\n2", "interpolation": "gradient_flow"}, True),
        ({"target": "two_modes", "dim": "3", "interpolation": "gradient_flow"}, False),
        ({"target": "laplace"}, False),
        ({**PAIR, "controls": "sigma"}, False),
        ({**PAIR, "controls": "target,means"}, True),
    ],
)
def test_modes_are_movable_for_mixtures_unless_the_link_hides_them(
    link: dict[str, str], movable: bool
) -> None:
    assert is_movable(**link) == movable


def moved(mixture: dict[str, Any], **link: str) -> AppTest:
    """The page after a message from the player about moved modes."""
    app = open_page(**link)

    def script() -> None:
        import streamlit as st

        from dashboard.controls.modes import move
        from dashboard.url import address_bar

        move(st.session_state["message"])
        address_bar.write()

    after = AppTest.from_function(script)
    after.session_state["message"] = {"target": mixture or None, "at": 1}
    after.session_state["last_selection"] = app.session_state["last_selection"]
    for key in app.query_params:
        after.query_params[key] = app.query_params[key]
    after.run()
    assert not after.exception
    return after


def link_of(app: AppTest) -> dict[str, str]:
    return {key: value[0] if isinstance(value, list) else value for key, value in app.query_params.items()}


def test_moved_modes_are_kept_in_the_link() -> None:
    link = link_of(moved({**MIXTURE, "means": [[-2], [4.5]]}, **PAIR, sigma="2", seconds="7"))
    assert link["means"] == "-2\n4.5"
    assert (float(link["sigma"]), link["seconds"]) == (2, "7")
    target = open_page(**link).session_state["last_selection"].problem.target
    assert target.values["means"] == ((-2.0,), (4.5,))
    assert target.values["std"] == (0.5, 0.9)
    assert target.values["weights"] == (1, 4)


def test_moving_modes_converts_the_target_to_a_mixture() -> None:
    link = link_of(moved({}, target="ring", num_modes="3", sigma="2.5"))
    assert (link["target"], link["sigma"]) == ("mixture", "2.5")
    assert "num_modes" not in link
    problem = open_page(**link).session_state["last_selection"].problem
    assert (len(problem.target.values["means"]), problem.sigma) == (3, 2.5)


def test_covariances_drawn_in_the_pictures_are_kept_in_the_link() -> None:
    link = link_of(moved({**MIXTURE, "means": [[-2], [3]], "cov": [[0.25], [2.5]]}, **PAIR))
    assert link["cov"] == "0.25\n2.5"
    app = moved({**MIXTURE, "means": [[-2], [3]], "cov": [[0.25], [-1]]}, **PAIR)
    assert "not positive definite" in app.toast[0].value
    assert "cov" not in link_of(app)


def test_invalid_modes_are_reported_and_change_nothing() -> None:
    app = moved({**MIXTURE, "means": [[-2], [1e9]]}, **PAIR)
    assert "`means" in app.toast[0].value
    assert link_of(app)["means"] == PAIR["means"]
