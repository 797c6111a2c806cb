"""Training on the Explore page: learned results beside the exact curves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.presets import FIRST, learned
from core.problem import INTERPOLATIONS
from tests.dashboard.pages import QUICK, badges, charts, finish, open_page, reel, texts, use_worker
from tests.workers import REAL


@pytest.mark.thorough
def test_learned_curve_is_compared_with_its_exact_velocity() -> None:
    app = open_page(interpolation="learned", mode_separation="5", **QUICK)
    assert badges(app) == ["not trained yet · starts from the linear curve"]
    before = reel(app)[1]["0.exact.density"]
    app.button(key="train").click().run()
    finish(app)
    assert badges(app)[0].startswith("learned · ")
    after = reel(app)[1]["0.exact.density"]
    assert after.shape != before.shape or (after != before).any()
    assert "Learned against exact" in texts(app)


# The test below trains all three curves in less time.
@pytest.mark.long
@pytest.mark.parametrize("method", INTERPOLATIONS)
def test_training_shows_learned_pictures_and_metrics(method: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use_worker(REAL, monkeypatch)  # maps of errors need pictures as fine as the exact ones
    app = open_page(interpolation=method, mode_separation="5", **QUICK)
    assert charts(app) == 0
    app.button(key="train").click().run()
    assert "job" in app.query_params
    finish(app)
    assert not app.exception
    assert badges(app)[0].startswith("learned · ")
    # Maps of the errors against the exact curve, and of the residual.
    assert charts(app) == {"linear": 2, "learned": 2, "gradient_flow": 3}[method]
    assert "Continuity residual" in texts(app)
    assert "Effective samples (ESS)" in app.table[0].value.index
    # Histogram of the samples, loss, effective samples.
    assert len(app.get("vega_lite_chart")) == 3
    assert "steps/s" in texts(app)
    assert "energy calls" in texts(app)


@pytest.mark.thorough
def test_all_three_curves_train_in_turns_and_are_shown_side_by_side() -> None:
    app = open_page(interpolation="all", mode_separation="5", **(QUICK | {"seconds": "3"}))
    app.button(key="train").click().run()
    ids = app.query_params["job"].split(",")
    assert len(set(ids)) == 3
    finish(app)
    assert not app.exception
    assert all(badge.startswith("learned · ") for badge in badges(app))
    assert [panel["run"] for panel in reel(app)[0]["panels"]] == ids
    assert len(app.table) == 2  # the two tables of metrics, for one curve at a time
    before = app.table[0].value
    (details,) = (
        control for control in app.segmented_control if control.label == "Samples, metrics and maps"
    )
    details.set_value("gradient_flow").run()
    assert not app.table[0].value.equals(before)


def test_caption_counts_the_shown_samples() -> None:
    app = open_page(interpolation="gradient_flow")
    stored = learned(replace(FIRST, interpolation="gradient_flow"))
    assert stored is not None
    (details,) = (each for each in app.segmented_control if each.label == "Samples, metrics and maps")
    details.set_value("gradient_flow").run()
    assert len(stored.frames.samples) < stored.report.num_samples
    assert f"Bars: {len(stored.frames.samples)} samples before reweighting." in texts(app)
    assert f"{stored.report.num_samples} exact samples score" in texts(app)
