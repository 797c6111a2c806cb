"""Pictures ahead of the page: the same as the page's own, and a sentence where there are none."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core import limits
from core.frames import Array
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from core.reel import unpack
from core.render import MOVING, exact_frames
from dashboard import previews
from dashboard.previews import MOST_BYTES, preview
from tests.dashboard.doors import post, serving_previews
from tests.dashboard.pages import open_page, reel, slider


def pair(separation: float, **more: Any) -> Problem:
    return Problem(TargetSpec.of("shifted_pair", mode_separation=separation), **more)


def asked(problem: Problem, method: str = "linear", t: Any = 0.5, **more: Any) -> bytes:
    return json.dumps({"problem": problem.to_dict(), "method": method, "t": t, **more}).encode()


def shown(text: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    return unpack(preview(text))


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    with serving_previews() as place:
        yield place


def test_it_is_what_the_engine_solves_for() -> None:
    _, arrays = shown(asked(pair(6.5)))
    np.testing.assert_allclose(
        arrays["0.exact.kinetic_energy"], exact_frames(pair(6.5), MOVING).kinetic_energy
    )


@pytest.mark.parametrize("method", [*INTERPOLATIONS, "all"])
def test_the_page_shows_the_same_a_moment_later(method: str) -> None:
    told, arrays = reel(open_page(interpolation=method, mode_separation="6.3"))
    header, ahead = shown(asked(pair(6.3), method))
    assert header["panels"] == told["panels"]
    assert arrays.keys() == ahead.keys()
    for name, values in arrays.items():
        np.testing.assert_array_equal(ahead[name], values)


def test_in_the_plane_one_moment_is_enough() -> None:
    problem = Problem(TargetSpec.of("two_modes", mode_separation=4.7))
    header, arrays = shown(asked(problem, t=0.5))
    assert header["panels"][0]["badge"] == "exact · computing the other times…"
    assert arrays["0.exact.times"] == [0.5]


def test_beyond_the_plane_a_preview_shows_both_ends() -> None:
    header, arrays = shown(asked(Problem(TargetSpec.of("many_well", dim=8))))
    assert header["panels"][0]["badge"] == "exact at t = 0 and t = 1"
    assert arrays["0.exact.times"][[0, -1]].tolist() == [0.0, 1.0]


def test_where_one_of_several_curves_is_not_known_the_others_are_shown() -> None:
    ring = Problem(TargetSpec.of("ring", num_modes=32, mode_separation=8, std=0.2))
    header, _ = shown(asked(ring, "all"))
    assert [panel["key"] for panel in header["panels"]] == ["gradient_flow"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 5000, "not valid JSON"),
        (b"[]", "must be an object"),
        (b"{}", "`method` must be one of"),
        (asked(pair(5), "all", wrong=1), "has no `wrong`"),
        (asked(pair(5), t=2), "`t` must lie between 0 and 1"),
        (asked(pair(5), t=None), "`t` must be a number"),
        (b'{"method": "linear", "t": 0, "problem": {"target": {"name": "no"}}}', "no"),
        (asked(Problem(TargetSpec.of("ring", num_modes=64, mode_separation=8, std=0.2))), "too fine"),
    ],
)
def test_what_cannot_be_shown_is_answered_with_a_sentence(
    text: bytes, message: str, server: tuple[str, int]
) -> None:
    with pytest.raises(ValueError, match=message):
        preview(text)
    status, body = post(server, text)
    assert status == 422
    assert message in body.decode()


def test_a_preview_that_takes_too_long_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PREVIEW_SECONDS", 0.01)
    means = tuple(tuple((k * i) % 7 for i in range(8)) for k in range(50))
    sentence = "^A preview of the exact gradient flow of 50 modes in 8 dimensions would take about"
    with pytest.raises(ValueError, match=sentence):
        preview(asked(Problem(TargetSpec.of("mixture", means=means)), "gradient_flow"))


def test_the_server_answers_with_the_reel_and_takes_no_more_than_it_needs(server: tuple[str, int]) -> None:
    assert post(server, asked(pair(6.5))) == (200, preview(asked(pair(6.5))))
    assert post(server, b" " * (MOST_BYTES + 1))[0] == 413


def test_a_page_lets_a_preview_go_first_but_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    with previews._turn.taken():
        previews.go_first()
        monkeypatch.setattr(previews, "PATIENCE", 60.0)
        page = threading.Thread(target=previews.go_first)
        page.start()
        page.join(0.2)
        assert page.is_alive()
    page.join(10.0)
    assert not page.is_alive()


def test_the_page_tells_which_slider_sets_what() -> None:
    app = open_page(unfolded=True, target="ring", mode_separation="5", sigma="3")
    terms = reel(app)[0]["options"]["preview"]
    assert terms["method"] == "all"
    assert terms["problem"]["target"]["mode_separation"] == 5.0
    for label, name in (("Mode separation", "mode_separation"), ("Latent σ", "sigma"), ("Standard deviation", "std")):  # fmt: skip
        assert terms["sliders"][f"st-key-{slider(app, label).key}"] == name
