"""The Teleportation page, driven without a browser."""

from __future__ import annotations

import pytest

from core import presets
from core.teleportation import laplace
from dashboard import cache
from dashboard.texts.captions import big_number
from tests.dashboard.teleportation import captions, open_page


@pytest.mark.parametrize("m", ["1.0", "8.0", "50.0"])
def test_each_separation_shows_three_curves_and_their_actions(m: str) -> None:
    app = open_page(m=m)
    assert not app.exception
    assert (
        len(app.get("plotly_chart")) == 9
    )  # three evolutions; densities, speeds; energies, growth; the plane; recovered weights
    record = presets.growth()
    at = list(record.separation).index(float(m))
    expected = [record.linear_action[at], record.gradient_flow_action[at], record.w2_squared[at]]
    assert [metric.value for metric in app.metric] == [big_number(float(value)) for value in expected]


def test_worst_moment_has_the_largest_energy_before_the_end() -> None:
    app = open_page(m="12.0", t="0.3")
    assert app.slider[1].value == pytest.approx(0.3)
    (worst,) = (button for button in app.button if button.label == "Go to the worst moment")
    worst.click().run()
    assert not app.exception
    assert app.slider[1].value == pytest.approx(0.98)
    assert app.query_params["t"] == "0.98"  # a link shows the same
    linear = cache.curve_on_the_line(laplace(12.0))
    energy = big_number(float(linear.kinetic_energy[-2]))
    assert f"The worst moment is t = 0.98: the linear curve's ‖vₜ‖² = {energy}" in captions(app)
    assert f"holds {linear.share_beyond(6.0)[-2]:.1%} of the mass instead of 50%" in captions(app)
    app.slider[1].set_value(0.5).run()
    assert "t = 0.50" in captions(app)


def test_link_keeps_controls_and_invalid_ones_are_reported() -> None:
    app = open_page()
    app.slider[0].set_value(20.0).run()
    assert app.query_params["m"] == "20"
    wrong = open_page(m="900")
    assert not wrong.exception
    assert "m" in wrong.warning[0].value
    assert wrong.slider[0].value == 8.0


def test_link_between_separations_opens_the_nearest() -> None:
    app = open_page(m="8.6")
    assert app.slider[0].value == 9.0
    assert app.query_params["m"] == "9"
    assert captions(app) == captions(open_page(m="9.0"))


def test_captions_follow_the_separation() -> None:
    least, near, far = (captions(open_page(m=m)) for m in ("1.0", "5.0", "12.0"))
    linear = cache.curve_on_the_line(laplace(1.0)).kinetic_energy
    assert f"it ends at {big_number(float(linear[-1]))};" in least
    assert "it ends at 371" in near  # docs/method.md: 371.497668069
    assert "it ends at 2.69·10⁶" in far


def test_far_mode_shows_the_saved_runs_nearest_to_the_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page(weight="0.93")
    record = presets.mode_weights()
    at = record.index(0.95)
    assert any("w = **0.95**" in markdown.value for markdown in app.markdown)
    shown = app.table[0].value.loc["Linear"]
    assert list(shown[["Raw", "Reweighted"]]) == [
        f"{record.raw[0, at]:.3f}",
        f"{record.reweighted[0, at]:.3f}",
    ]
    app.slider[2].set_value(0.6).run()
    assert app.query_params["weight"] == "0.6"
    monkeypatch.setattr(cache, "mode_weights", lambda: None)
    app.run()
    assert not app.exception
    assert "are missing" in app.info[0].value


def test_plane_shows_both_targets() -> None:
    app = open_page()
    assert "The linear curve is computed along the axis of the modes" in captions(app)
    app.segmented_control[0].set_value("ring").run()
    assert not app.exception
    assert "The linear curve is computed by finite volumes" in captions(app)
    assert app.query_params["plane"] == "ring"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (396.16, "396"),
        (1.588e24, "1.59·10²⁴"),
        (0.0, "0"),
        (3e-7, "3·10⁻⁷"),
        (float("nan"), "NaN"),
        (5000.0, "5000"),
    ],
)
def test_numbers_have_three_digits(value: float, text: str) -> None:
    assert big_number(value) == text
