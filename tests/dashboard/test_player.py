"""The page sends the engine's results to the player."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from core.pictures.render import MOVING, exact_frames
from core.problem import INTERPOLATIONS, Problem, TargetSpec
from dashboard.player.component import Choice, choice
from dashboard.player.reel import NAN16, Checkpoint, Panel, pack, unpack
from dashboard.url import address_bar
from tests.dashboard.pages import QUICK, finish, open_page, reel, sent


def test_bytes_sent_to_the_player_hold_the_arrays_of_the_engine() -> None:
    app = open_page(interpolation="linear", mode_separation="5")
    header, arrays = reel(app)
    frames = exact_frames(Problem(TargetSpec.of("shifted_pair", mode_separation=5.0)), MOVING)
    (panel,) = header["panels"]
    assert (panel["key"], panel["title"], panel["badge"], panel["stale"]) == (
        "linear",
        "Linear",
        "exact",
        False,
    )
    density = (arrays["0.exact.density"] / (NAN16 - 1)) ** 2 * arrays["0.exact.density_max"][:, None]
    np.testing.assert_allclose(density, frames.density, atol=1e-4 * frames.density.max())
    # In half precision, whose largest number is 65504.
    velocity = frames.velocity[..., 0].clip(-65504, 65504)
    np.testing.assert_allclose(arrays["0.exact.velocity"], velocity, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(arrays["0.exact.kinetic_energy"], frames.kinetic_energy)
    np.testing.assert_allclose(arrays["0.exact.mode_mass"], frames.mode_mass, rtol=1e-5)


def test_all_three_curves_are_shown_side_by_side() -> None:
    header, _ = reel(open_page(interpolation="all", mode_separation="5"))
    assert [panel["key"] for panel in header["panels"]] == list(INTERPOLATIONS)
    assert "linear curve" in header["panels"][1]["badge"]


def test_saved_result_has_its_badge() -> None:
    header, arrays = reel(open_page(interpolation="gradient_flow"))
    (panel,) = header["panels"]
    assert panel["badge"].startswith("saved result · ")
    assert len(panel["course"]) == 1
    assert "0.course.0.density" in arrays


@pytest.mark.long
def test_run_is_shown_and_outdated_after_a_change() -> None:
    app = open_page(interpolation="gradient_flow", mode_separation="5", **QUICK)
    app.button(key="train").click().run()
    finish(app)
    (panel,) = reel(app)[0]["panels"]
    assert panel["badge"].startswith("learned · ")
    assert panel["run"] == app.query_params["job"]
    assert not panel["stale"]
    (slider,) = (s for s in app.slider if s.label == "Mode separation")
    slider.set_value(6.0).run()
    assert reel(app)[0]["panels"][0]["stale"]


def test_unchanged_page_sends_the_same_bytes() -> None:
    app = open_page(interpolation="all")
    first = sent(app)[0]
    app.run()
    assert sent(app)[0] == first


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        ({}, Choice()),
        ({"t": "0.25", "backdrop": "exact", "panel": "linear"}, Choice(0.25, "exact", "linear")),
        ({"t": "7", "backdrop": "moon"}, Choice()),
        ({"t": "x"}, Choice()),
    ],
)
def test_time_backdrop_and_panel_are_read_from_the_link(
    link: dict[str, str], expected: Choice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(address_bar, "now", lambda: link)
    assert choice() == expected


def test_page_passes_time_backdrop_and_panel_of_the_link_to_the_player() -> None:
    header, _ = reel(open_page(interpolation="all", t="0.25", backdrop="exact", panel="linear"))
    view: dict[str, Any] = header["options"]["view"]
    assert view == {"t": 0.25, "backdrop": "exact", "panel": "linear"}


def test_options_are_sent_with_the_panels() -> None:
    frames = exact_frames(Problem(TargetSpec.of("shifted_pair")), MOVING)
    panels = [Panel("a", "linear", "A", frames, (Checkpoint(frames, 1, 0.1),), "exact")]
    header, _ = unpack(pack(panels, {"key": "k"}))
    assert header["options"] == {"key": "k"}
