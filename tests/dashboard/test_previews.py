"""Previews: equal to the page's own pictures, or refused with a sentence."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from core import limits
from core.arrays import Array
from core.pictures.render import MOVING, exact_frames
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from dashboard import previews
from dashboard.player.reel import unpack
from dashboard.previews import MOST_BYTES, preview
from tests.dashboard.pages import open_page, reel, slider
from tests.dashboard.preview_server import post, serving_previews


def pair(separation: float, **more: Any) -> Problem:
    return Problem(TargetSpec.of("shifted_pair", mode_separation=separation), **more)


def request(problem: Problem, method: str = "linear", t: Any = 0.5, **more: Any) -> bytes:
    return json.dumps({"problem": problem.to_dict(), "method": method, "t": t, **more}).encode()


def shown(text: bytes) -> tuple[dict[str, Any], dict[str, Array]]:
    return unpack(preview(text))


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, int]]:
    with serving_previews() as place:
        yield place


def test_preview_equals_the_exact_solution() -> None:
    _, arrays = shown(request(pair(6.5)))
    np.testing.assert_allclose(
        arrays["0.exact.kinetic_energy"], exact_frames(pair(6.5), MOVING).kinetic_energy
    )


@pytest.mark.parametrize("method", [*INTERPOLATIONS, "all"])
def test_preview_equals_the_pictures_of_the_page(method: str) -> None:
    page, arrays = reel(open_page(interpolation=method, mode_separation="6.3"))
    header, ahead = shown(request(pair(6.3), method))
    assert header["panels"] == page["panels"]
    assert arrays.keys() == ahead.keys()
    for name, values in arrays.items():
        np.testing.assert_array_equal(ahead[name], values)


def test_preview_in_the_plane_has_one_frame() -> None:
    problem = Problem(TargetSpec.of("two_modes", mode_separation=4.7))
    header, arrays = shown(request(problem, t=0.5))
    assert header["panels"][0]["badge"] == "exact · computing the other times…"
    assert arrays["0.exact.times"] == [0.5]


def test_preview_in_more_than_two_dimensions_shows_latent_and_target() -> None:
    header, arrays = shown(request(Problem(TargetSpec.of("many_well", dim=8))))
    assert header["panels"][0]["badge"] == "exact at t = 0 and t = 1"
    assert arrays["0.exact.times"][[0, -1]].tolist() == [0.0, 1.0]


def test_preview_leaves_out_curves_without_an_exact_solution() -> None:
    ring = Problem(TargetSpec.of("ring", num_modes=32, mode_separation=8, std=0.2))
    header, _ = shown(request(ring, "all"))
    assert [panel["key"] for panel in header["panels"]] == ["gradient_flow"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 5000, "not valid JSON"),
        (b"[]", "must be an object"),
        (b"{}", "`method` must be one of"),
        (request(pair(5), "all", wrong=1), "has no `wrong`"),
        (request(pair(5), t=2), "`t` must lie between 0 and 1"),
        (request(pair(5), t=None), "`t` must be a number"),
        (b'{"method": "linear", "t": 0, "problem": {"target": {"name": "no"}}}', "no"),
        (request(Problem(TargetSpec.of("ring", num_modes=64, mode_separation=8, std=0.2))), "too fine"),
    ],
)
def test_invalid_preview_request_gets_a_sentence(text: bytes, message: str, server: tuple[str, int]) -> None:
    with pytest.raises(ValueError, match=message):
        preview(text)
    status, body = post(server, text)
    assert status == 422
    assert message in body.decode()


def test_slow_preview_is_refused_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "PREVIEW_SECONDS", 0.01)
    means = tuple(tuple((k * i) % 7 for i in range(8)) for k in range(50))
    sentence = "^A preview of the exact gradient flow of 50 modes in 8 dimensions would take about"
    with pytest.raises(ValueError, match=sentence):
        preview(request(Problem(TargetSpec.of("mixture", means=means)), "gradient_flow"))


def test_server_returns_the_reel_and_refuses_long_bodies(server: tuple[str, int]) -> None:
    assert post(server, request(pair(6.5))) == (200, preview(request(pair(6.5))))
    assert post(server, b" " * (MOST_BYTES + 1))[0] == 413


def test_page_waits_briefly_for_a_running_preview(monkeypatch: pytest.MonkeyPatch) -> None:
    with previews._turn.taken():
        previews.go_first()
        monkeypatch.setattr(previews, "PATIENCE", 60.0)
        page = threading.Thread(target=previews.go_first)
        page.start()
        page.join(0.2)
        assert page.is_alive()
    page.join(10.0)
    assert not page.is_alive()


def test_page_sends_the_parameter_of_each_slider() -> None:
    app = open_page(unfolded=True, target="ring", mode_separation="5", sigma="3")
    terms = reel(app)[0]["options"]["preview"]
    assert terms["method"] == "all"
    assert terms["problem"]["target"]["mode_separation"] == 5.0
    for label, name in (("Mode separation", "mode_separation"), ("Latent σ", "sigma"), ("Standard deviation", "std")):  # fmt: skip
        assert terms["sliders"][f"st-key-{slider(app, label).key}"] == name
