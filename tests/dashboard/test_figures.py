"""Figures hold the data they are given, with axis titles and the colours of the palette."""

from __future__ import annotations

import math
from dataclasses import replace
from statistics import NormalDist

import numpy as np
import plotly.graph_objects as go
import pytest

from core.pictures.frames import Frames
from core.presets import energy_grid, growth
from core.results.comparison import compare
from core.sweep.cells import Cell
from dashboard.figures import errors, heat, histogram, line, teleportation
from dashboard.figures.corner import corner
from dashboard.figures.palette import DARK, LIGHT, METHOD_COLOURS, theme_of
from dashboard.figures.residual import LEAST, residual

BLUE = METHOD_COLOURS["learned"]


def normal(x: np.ndarray, mean: float, std: float) -> np.ndarray:
    return np.exp(-((x - mean) ** 2) / (2 * std**2)) / (std * np.sqrt(2 * np.pi))


@pytest.fixture
def line_frames() -> Frames:
    """Frames of a unit Gaussian that moves from 0 to 2 with velocity 2."""
    times, x = np.linspace(0, 1, 5), np.linspace(-6, 8, 281)
    density = np.stack([normal(x, 2 * t, 1.0) for t in times])
    start = np.linspace(-2, 2, 50)
    return Frames(
        source="learned",
        times=times,
        axes=(x,),
        density=density,
        velocity=np.full((5, 281, 1), 2.0),
        particles=(start + 2 * times[:, None])[..., None],
        kinetic_energy=np.full(5, 4.0),
        log_z=np.zeros(5),
        samples=(start + 2)[:, None],
    )


@pytest.fixture
def plane_frames() -> Frames:
    """Frames of a Gaussian in the plane that moves to the right, on a grid with two different axes."""
    times, x, y = np.linspace(0, 1, 3), np.linspace(-5, 5, 41), np.linspace(-4, 4, 31)
    density = np.stack([np.outer(normal(x, t, 1.0), normal(y, 0, 0.5)) for t in times])
    velocity = np.zeros((3, 41, 31, 2))
    velocity[..., 0] = 1.0
    particles = np.stack([np.array([[t, 0.0], [t, 1.0]]) for t in times])
    known = np.ones(3)
    return Frames(
        "learned",
        times,
        (x, y),
        density,
        velocity,
        particles,
        known,
        known,
        np.array([[1.0, 0.0], [1.0, 1.0]]),
    )


def traces(figure: go.Figure) -> dict[str, go.Trace]:
    return {trace.name: trace for trace in figure.data}


def test_quantile_lines_move_with_the_mass(line_frames: Frames) -> None:
    lines = line.quantile_lines(line_frames)
    np.testing.assert_allclose(lines[-1] - lines[0], 2.0, atol=1e-3)
    np.testing.assert_allclose(lines[0], [NormalDist().inv_cdf(level) for level in line.QUANTILES], atol=1e-3)


def test_evolution_shows_time_to_the_right(line_frames: Frames) -> None:
    figure = line.evolution(line_frames, 0.5, LIGHT, BLUE)
    heat = traces(figure)["density"]
    np.testing.assert_array_equal(heat.z, line_frames.density.T)
    np.testing.assert_array_equal(heat.x, line_frames.times)
    assert [colour for _, colour in heat.colorscale] == list(LIGHT.density)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("time t", "x")


def test_histogram_bars_integrate_to_one(plane_frames: Frames) -> None:
    chart = histogram.samples(plane_frames, plane_frames, 0, LIGHT, BLUE)
    bars = chart.layer[0].data
    width = bars["right"] - bars["left"]
    assert (bars["density"] * width).sum() == pytest.approx(1.0)
    full = bars[bars["density"] > 0]
    assert (full["left"].item(), full["right"].item()) == pytest.approx((1.0, 1.0 + width[0]))


def test_lost_samples_lower_the_histogram_bars(plane_frames: Frames) -> None:
    lost = np.array([[1.0, 0.0], [np.nan, np.nan], [1e6, 0.0], [1.0, 1.0]])
    bars = histogram.samples(replace(plane_frames, samples=lost), None, 0, LIGHT, BLUE).data
    assert (bars["density"] * (bars["right"] - bars["left"])).sum() == pytest.approx(0.5)


def test_weights_move_mass_between_the_histogram_bars(plane_frames: Frames) -> None:
    two = np.array([[-1.0, 0.0], [1.0, 0.0]])
    weights = np.array([0.2, 0.8])
    bars = histogram.samples(replace(plane_frames, samples=two), None, 0, LIGHT, BLUE, weights).data
    mass = bars["density"] * (bars["right"] - bars["left"])
    assert mass[bars["left"] > 0].sum() == pytest.approx(0.8)


def test_marginals_integrate_to_one(line_frames: Frames, plane_frames: Frames) -> None:
    for frames, axis in ((line_frames, 0), (plane_frames, 0), (plane_frames, 1)):
        grid = frames.axes[axis]
        assert np.trapezoid(histogram.marginal(frames, axis), grid) == pytest.approx(1.0, abs=1e-3)


def test_unknown_theme_is_light() -> None:
    assert theme_of("dark") is DARK
    assert theme_of("light") is LIGHT
    assert theme_of(None) is LIGHT


def test_error_maps_show_velocity_and_log_density_errors(line_frames: Frames, plane_frames: Frames) -> None:
    for frames in (line_frames, plane_frames):
        wrong = replace(frames, velocity=frames.velocity + 0.5, density=frames.density * 1.1)
        comparison = compare(wrong, frames)
        assert comparison is not None
        speed = errors.velocity(comparison, 0.5, LIGHT).data[0].z
        density = errors.log_density(comparison, 0.5, DARK).data[0].z
        known = np.isfinite(speed)
        assert 0 < known.sum() < known.size
        np.testing.assert_allclose(speed[known], np.log10(0.5 * np.sqrt(frames.dim)))
        np.testing.assert_allclose(density[np.isfinite(density)], np.log(1.1))


def test_residual_scale_is_symmetric_about_zero(line_frames: Frames, plane_frames: Frames) -> None:
    rng = np.random.default_rng(0)
    for frames, names in ((line_frames, ("time t", "x")), (plane_frames, ("x₁", "x₂"))):
        learned = replace(frames, residual=rng.normal(size=frames.density.shape) - 1.0)
        figure = residual(learned, 0.5, LIGHT)
        (heat,) = figure.data
        expected = learned.seen_residual
        assert expected is not None
        shown = expected.T if frames.dim == 1 else expected[frames.index(0.5)].T
        np.testing.assert_array_equal(heat.z, shown)
        assert 0 < np.isfinite(heat.z).sum() < heat.z.size
        assert heat.zmin == -heat.zmax
        assert heat.zmax == pytest.approx(3.4, abs=0.5)  # the largest few values exceed the scale
        tail = frames.density < 1e-4 * frames.density.max()
        assert residual(replace(learned, residual=np.where(tail, 1e3, 1.0)), 0.5, LIGHT).data[0].zmax == 1.0
        assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == names
        assert heat.colorscale[1] == (0.5, LIGHT.paper)


def test_zero_and_unknown_residuals_get_the_smallest_scale(line_frames: Frames) -> None:
    for value in (0.0, np.nan):
        (heat,) = residual(replace(line_frames, residual=np.full((5, 281), value)), 0.5, DARK).data
        assert heat.zmax == -heat.zmin == LEAST


def test_teleportation_figures_use_the_curves_colours(line_frames: Frames) -> None:
    curves, names = (
        {"linear": line_frames, "transport": line_frames},
        {"linear": "Linear", "transport": "Transport"},
    )
    for draw in (teleportation.densities, teleportation.speeds, teleportation.energies):
        figure = draw(curves, names, 0.5, LIGHT)
        lines = [trace.line.color for trace in figure.data]
        assert lines == [METHOD_COLOURS["linear"], METHOD_COLOURS["transport"]]
        assert all(trace.name in names.values() for trace in figure.data)
    np.testing.assert_allclose(teleportation.energies(curves, names, 0.5, LIGHT).data[0].y, 4.0)


def test_linear_growth_follows_its_law() -> None:
    names = {"linear": "Linear", "gradient_flow": "Gradient flow", "transport": "Transport"}
    law, linear, *_ = teleportation.growth(growth(), names, 5.0, LIGHT).data
    assert law.y[-1] == pytest.approx(50**2 / 8 * np.exp(50))
    assert linear.y[-1] == pytest.approx(law.y[-1], rel=0.05)
    grid = energy_grid("ring")
    figure = teleportation.energy_grid(grid, names, DARK)
    assert len(figure.data) == 3 * grid.w2_squared.size


def test_corner_plot_holds_the_histograms_of_the_chosen_coordinates() -> None:
    x = np.random.default_rng(0).normal(size=(2000, 5)) * np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    x[7] = np.nan
    weights = np.full(2000, 1 / 2000)
    figure = corner(x, [0, 2, 4], weights, LIGHT, BLUE)
    kinds = [type(trace).__name__ for trace in figure.data]
    assert kinds == ["Bar", "Heatmap", "Bar", "Heatmap", "Heatmap", "Bar"]
    assert all(0.98 < np.sum(trace.y) <= 1 for trace in figure.data if trace.type == "bar")
    assert figure.data[0].marker.color == BLUE
    titles = {axis.title.text for axis in figure.select_xaxes()} - {None}
    assert titles == {"x₁", "x₃", "x₅"}
    assert len(corner(np.empty((0, 3)), [0, 1], None, DARK, BLUE).data) == 3


def test_scatter_draws_an_error_of_zero_at_the_lowest_height() -> None:
    points = [("linear", 5.0, 0.0, "a run"), ("learned", 6.0, 0.2, "another")]
    chart = heat.error_against_action(points, 0.01, {"linear": "Linear", "learned": "Learned"}, LIGHT)
    drawn = [row for rows in chart.to_dict()["datasets"].values() for row in rows if "run" in row]
    assert [(row["error"], row["height"]) for row in drawn] == [(0.0, heat.LEAST_ERROR), (0.2, 0.2)]


def test_maps_of_a_quantity_share_one_scale() -> None:
    cells = [
        Cell(1, 1, 5.0, math.nan, ()),
        Cell(1, 2, 500.0, math.nan, ()),
        Cell(2, 2, math.nan, math.nan, ()),
    ]
    scale = heat.scale_of("action", cells)
    assert [scale.share(value) for value in (5.0, 50.0, 500.0)] == pytest.approx([0.0, 0.5, 1.0])
    assert (heat.scale_of("ess_fraction", cells).low, heat.scale_of("ess_fraction", cells).high) == (0.0, 1.0)
    (rows,) = heat.heat_map(cells, ("σ", "separation"), scale, LIGHT).to_dict()["datasets"].values()
    assert [(row["known"], row["label"]) for row in rows] == [(True, "5.0"), (True, "500"), (False, "?")]
