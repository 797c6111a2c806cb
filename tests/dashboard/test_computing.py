"""Slow exact curves: the page stays usable, shows their progress, and draws them when complete."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.pictures.exact_pictures import ExactPictures
from core.pictures.frames import Frames
from dashboard import cache
from tests.dashboard.pages import badges, computed, open_page, reel, texts

PLANE = {"target": "ring", "num_modes": "3", "std": "0.63", "interpolation": "linear"}
Report = Callable[[float], None]


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """Hold back exact computations until the test appends True to the list."""
    solve, go = ExactPictures.solve, list[bool]()

    def wait(self: ExactPictures, report: Report = lambda share: None) -> Frames:
        import time

        while not go:
            report(0.42)
            time.sleep(0.01)
        return solve(self, report)

    monkeypatch.setattr(ExactPictures, "solve", wait)
    yield go
    go.append(True)


def progress(app: object) -> list[str]:
    return [bar.proto.text for bar in app.get("progress")]  # type: ignore[attr-defined]


def test_page_appears_before_the_exact_curve(held: list[bool], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.dashboard.pages.computed", lambda app: app)
    app = open_page(**PLANE)
    assert not app.exception
    assert badges(app) == ["exact · computing the other times…"]
    assert len(reel(app)[1]["0.exact.times"]) == 1
    assert "Computing the exact curve (linear)" in progress(app)[0]
    assert not app.button(key="train").disabled
    held.append(True)
    app = computed(app)
    assert badges(app) == ["exact"]
    assert not progress(app)
    assert len(reel(app)[1]["0.exact.times"]) > 1


def test_many_wells_show_the_target_before_training() -> None:
    app = open_page(target="many_well")
    assert not app.exception
    header, arrays = reel(app)
    assert badges(app) == ["exact at t = 0 and t = 1"] * 3
    assert header["options"]["autoplay"] is False
    assert not app.info
    density = arrays["0.exact.density"]
    assert (density[1:-1] == 255).all()
    assert (density[-1] < 255).all()
    assert not np.array_equal(density[0], density[-1])
    assert "You see the exact latent at t = 0 and the exact target at t = 1" in texts(app)


LARGE = {"target": "mixture", "interpolation": "gradient_flow"}


def test_too_expensive_curve_is_refused_and_shown_at_both_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOLTZMANN_SECONDS", "0.001")
    means = "\n".join(f"{k}, {k % 3}, {k % 5}" for k in range(30))
    app = open_page(**LARGE, means=means)
    assert not app.exception
    assert "30 modes in 3 dimensions would take about" in app.info[0].value
    assert badges(app) == ["exact at t = 0 and t = 1"]


def test_training_beyond_memory_disables_train_with_a_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOLTZMANN_MEMORY_GB", "4")
    app = open_page(width="512", depth="8", batch_size="8192", seconds="10")
    assert not app.exception
    assert app.button(key="train").disabled
    assert "points would fit" in app.warning[0].value


def test_linear_and_learned_share_one_exact_computation() -> None:
    app = open_page(**{**PLANE, "interpolation": "all", "std": "0.61"})
    assert not app.exception
    problem = app.session_state["last_selection"].problem
    assert cache.completing(problem).status == "done"


def test_target_that_is_too_fine_for_a_mesh_shows_its_ends_before_training() -> None:
    app = open_page(target="funnel", dim="2", interpolation="linear")
    assert not app.exception
    assert "train a curve, which needs no mesh" in app.error[0].value
    assert "exact latent at t = 0 and the exact target at t = 1" in texts(app)
