"""The exact field of a curve in 1-D, computed by quadrature."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.domain import PROBED_TIMES
from core.reference.errors import NoExactFieldError, UnfitDensityError
from core.reference.fitting import _ranges
from core.reference.line import LineField
from core.reference.path import LinearPath
from core.reference.quadrature import Cells
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.targets.laplace import LaplacePair
from core.targets.latent import GaussianLatent, LaplaceLatent
from core.targets.mixture import GaussianMixture
from tests.core.differences import along, by_time


def line(target: TargetSpec, sigma: float = 1.0) -> LineField:
    field = solve(Problem(target, "linear", sigma=sigma))
    assert isinstance(field, LineField)
    return field


def laplace(m: float) -> LineField:
    """The Laplace pair solved by quadrature, without its closed form."""
    latent, target = LaplaceLatent(1.0), LaplacePair(m)
    return LineField.of(LinearPath(latent, target), latent, target)


def gaussians(means: tuple[float, ...], std: Any, sigma: float = 1.0) -> LineField:
    return line(TargetSpec.of("mixture", means=tuple((mean,) for mean in means), std=std), sigma)


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


FIELDS = {
    "laplace": lambda: laplace(5.0),
    "far laplace": lambda: laplace(12.0),
    "two modes": lambda: line(TargetSpec.of("two_modes", dim=1)),
    "uneven": lambda: line(
        TargetSpec.of("mixture", means=((-3.0,), (4.0,)), std=(0.6, 1.0), weights=(1.0, 3.0)), 2.0
    ),
}
everywhere = pytest.mark.parametrize("name", FIELDS)


# ‖v_t‖² and log Z_t of the paper's Laplace pair, computed with 40 digits and rounded to 12: docs/method.md, section 3.
@pytest.mark.parametrize(
    ("m", "t", "kinetic_energy", "log_z"),
    [
        (5, 0.5, 14.8520937002, 0.398449002053),
        (5, 1.0, 371.497668069, 0.689772519291),
        (8, 1.0, 20937.3332221, 0.692979435178),
        (12, 1.0, 2690453.64396, 0.693144108449),
        (50, 1.0, 1.58797809017756e24, 0.693147180560),
    ],
)
def test_laplace_pair_has_the_known_energy_and_log_z(
    m: float, t: float, kinetic_energy: float, log_z: float
) -> None:
    field = laplace(m)
    assert float(field.kinetic_energy(times(t))) == pytest.approx(kinetic_energy, rel=1e-9)
    assert float(field.log_z(times(t))) == pytest.approx(log_z, rel=1e-9)


# A mixture with modes on one axis and an isotropic std is separable along the linear curve, so its kinetic energy in 2-D is the
# sum of two 1-D energies: docs/method.md, section 3.
@pytest.mark.parametrize(
    ("sigma", "expected"),
    [(1.0, (0.367125, 1.79570, 174.648, 396.167)), (3.0, (58.1027, 2.90192, 4.10111, 5.09409))],
)
def test_kinetic_energy_of_two_separable_modes(sigma: float, expected: tuple[float, ...]) -> None:
    t = times(0.1, 0.5, 0.9, 1.0)
    along_axis = gaussians((0.0, 4.0), 0.7, sigma).kinetic_energy(t)
    across = gaussians((0.0,), 0.7, sigma).kinetic_energy(t)
    assert (along_axis + across).tolist() == pytest.approx(expected, rel=5e-6)


@pytest.mark.parametrize(("mean", "std", "sigma"), [(0.0, 0.7, 1.0), (3.0, 0.5, 1.0), (-4.0, 2.0, 0.5)])
def test_velocity_between_two_gaussians_is_affine(mean: float, std: float, sigma: float) -> None:
    """The precision is linear in t: 1/s_t² = (1 − t)/σ² + t/s². So m_t = t μ s_t²/s² and v = m_t' + (s_t'/s_t)(x − m_t)."""
    field = gaussians((mean,), std, sigma)
    t = torch.linspace(0, 1, 9, dtype=torch.float64)
    variance = 1 / ((1 - t) / sigma**2 + t / std**2)
    log_variance_rate = variance * (1 / sigma**2 - 1 / std**2)
    center = t * mean * variance / std**2
    center_rate = center * log_variance_rate + mean * variance / std**2
    for offset in (-3.0, 0.0, 2.0):
        x = center + offset * variance.sqrt()
        value = field.evaluate(t, x[:, None])
        expected = center_rate + log_variance_rate / 2 * (x - center)
        assert torch.allclose(value.velocity[:, 0], expected, rtol=1e-8, atol=1e-9)
        assert torch.allclose(value.divergence, log_variance_rate / 2, rtol=1e-7, atol=1e-8)
    energy = center_rate.square() + log_variance_rate.square() / 4 * variance
    assert torch.allclose(field.kinetic_energy(t), energy, rtol=1e-9)


@everywhere
def test_divergence_matches_the_slope_of_the_velocity(name: str) -> None:
    """The field computes them in two ways: the divergence from the continuity equation, the velocity from the distribution function F_t."""
    field = FIELDS[name]()
    x = torch.linspace(-2.93, 4.87, 41, dtype=torch.float64)[:, None]
    axis = torch.ones(1, dtype=torch.float64)
    for time in (0.0, 0.3, 0.5, 0.9, 1.0):
        t = torch.full((len(x),), time, dtype=torch.float64)
        value = field.evaluate(t, x)
        slope = along(lambda place, t=t: field.evaluate(t, place).velocity[:, 0], x, axis)
        assert torch.allclose(value.divergence, slope, rtol=1e-4, atol=1e-5 * float(slope.abs().max()))


@everywhere
def test_mass_moves_with_the_velocity(name: str) -> None:
    """∂_t F = −ρ v for the distribution function F, with ∂_t F integrated from time differences of ρ."""
    field, step = FIELDS[name](), 1e-4
    before, now, after = (field.slices(times(time)) for time in (0.5 - step, 0.5, 0.5 + step))
    rate = (after.log_prob.exp() - before.log_prob.exp()).reshape(field.cells.nodes.shape) / (2 * step)
    whole = (field.cells.weights * rate).sum(1)
    gathered = whole.cumsum(0)[:, None] - whole[:, None] + field.cells.running_integral(rate)
    # In the far tails the velocity is unknown, but the flux is negligible.
    carried = (now.log_prob.exp() * now.velocity[..., 0]).nan_to_num().reshape(gathered.shape)
    assert torch.allclose(gathered, -carried, atol=1e-6 * float(carried.abs().max()))


@everywhere
def test_rate_is_the_slope_of_log_z(name: str) -> None:
    field = FIELDS[name]()
    t = times(0.2, 0.5, 0.8)
    assert torch.allclose(field.slices(t).rate, by_time(field.log_z, t), rtol=1e-7, atol=1e-9)


@everywhere
def test_curve_starts_at_the_latent_and_ends_at_the_target(name: str) -> None:
    field = FIELDS[name]()
    x = torch.linspace(-4, 6, 11, dtype=torch.float64)[:, None]
    start, end = (field.evaluate(torch.full((11,), time), x).log_density for time in (0.0, 1.0))
    sigma = 2.0 if name == "uneven" else 1.0
    if "laplace" in name:
        assert torch.allclose(start, -x[:, 0].abs())
    else:
        assert torch.allclose(start.diff(), -x[:, 0].square().diff() / (2 * sigma**2))
    assert float(field.log_z(times(1.0))) == pytest.approx(0.0 if "laplace" not in name else 0.6931, abs=4e-3)
    assert not torch.allclose(start, end)


@pytest.mark.parametrize(
    "problem",
    [
        Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0)),
        Problem(TargetSpec.of("two_modes", dim=1, weights=(1.0, 4.0)), sigma=2.0),
        Problem(TargetSpec.of("laplace", mode_separation=2.0)),
    ],
    ids=lambda problem: problem.target.name,
)
def test_samples_moved_by_the_exact_velocity_get_equal_weights(problem: Problem) -> None:
    # Few time steps, since each needs its own quadrature.
    problem = replace(problem, sampling=SamplingSettings("rk4", 50))
    field = solve(problem)
    metrics = evaluate(problem, field, 500).report.metrics
    assert metrics.ess_fraction > 0.99
    assert metrics.log_z == pytest.approx(float(field.log_z(times(1.0))), abs=0.01)


def test_field_is_nan_outside_the_cells() -> None:
    field = laplace(5.0)
    value = field.evaluate(times(0.5, 0.5), times(1.0, 1e6)[:, None])
    assert value.velocity[:, 0].isnan().tolist() == [False, True]
    grid = field.on_grid(times(0.5), (times(-1e6, 1.0, 1e6),))
    assert grid.velocity[0, :, 0].isnan().tolist() == [True, False, True]


@pytest.mark.parametrize(("std", "sigma"), [(0.2, 4.0), (0.7, 100.0), (0.01, 1000.0), (5.0, 0.05)])
def test_known_velocities_are_accurate_at_every_time(std: float, sigma: float) -> None:
    """Between a wide and a narrow density, ρ_t changes a thousandfold within 10⁻⁶ of the time."""
    field = solve(Problem(TargetSpec.of("mixture", means=((0.0,),), std=std), sigma=sigma))
    near = torch.logspace(-11, math.log10(0.5), 40, dtype=torch.float64)
    t = torch.cat([times(0.0), near, 1 - near, times(1.0)])
    precision = (1 - t) / sigma**2 + t / std**2
    share = (std**-2 - sigma**-2) / (2 * precision)
    assert torch.allclose(field.kinetic_energy(t), share.square() / precision, rtol=1e-6, atol=0)
    x = torch.linspace(float(field.box.lower[0]), float(field.box.upper[0]), 4001, dtype=torch.float64)
    velocity = field.on_grid(t, (x,)).velocity[..., 0]
    expected = -share[:, None] * x
    within = precision[:, None] * x.square() < 80.0
    error = (velocity - expected).abs() / expected.abs().clamp_min(1e-300)
    assert float(error[within & (x != 0)].max()) < 1e-4
    # More than 60 nats below the maximum, the velocity may be unknown but must not be wrong.
    assert not (error[:, x != 0] > 0.05).any()


@pytest.mark.parametrize(
    ("mean", "std", "sigma"), [(8.0, 0.7, 1.0), (50.0, 0.1, 0.1), (100.0, 0.2, 0.5), (300.0, 0.7, 1.0)]
)
def test_mode_that_travels_far_is_resolved_at_all_times(mean: float, std: float, sigma: float) -> None:
    field = solve(Problem(TargetSpec.of("mixture", means=((mean,),), std=std), sigma=sigma))
    t = torch.linspace(0, 1, 41, dtype=torch.float64)
    precision, growth = (1 - t) / sigma**2 + t / std**2, std**-2 - sigma**-2
    travel = mean / std**2 * (precision - t * growth) / precision**2
    expected = travel**2 + (growth / (2 * precision)) ** 2 / precision
    assert torch.allclose(field.kinetic_energy(t), expected, rtol=1e-8)
    assert torch.allclose(field.log_z(t)[[0, -1]], times(0.0, 0.0), atol=1e-9)


@pytest.mark.parametrize(
    ("separation", "std", "sigma"), [(24.0, 0.2, 0.5), (60.0, 0.7, 1.0), (100.0, 0.7, 1.0)]
)
def test_rounding_moves_no_mass_across_the_gap_of_a_symmetric_pair(
    separation: float, std: float, sigma: float
) -> None:
    """By symmetry, each half of the mass moves to the mode on its own side, half the separation away."""
    pair = TargetSpec.of("two_modes", mode_separation=separation, std=std, dim=1)
    energy = solve(Problem(pair, sigma=sigma)).kinetic_energy(torch.linspace(0, 1, 41, dtype=torch.float64))
    assert float(energy.max()) < 25 * separation**2


def test_velocity_overflows_only_across_a_gap_that_mass_must_cross() -> None:
    deep = solve(Problem(TargetSpec.of("shifted_pair", mode_separation=100.0)))
    assert float(deep.kinetic_energy(times(1.0))) == math.inf
    even = solve(Problem(TargetSpec.of("two_modes", mode_separation=100.0, dim=1)))
    assert float(even.kinetic_energy(times(1.0))) < 1e4


def test_laplace_field_at_separation_fifty_is_finite() -> None:
    field = laplace(50.0)
    x = torch.linspace(-10, 60, 71, dtype=torch.float64)[:, None]
    for time in (0.0, 1 / 3, 0.5, 1.0):
        value = field.evaluate(torch.full((71,), time), x)
        assert bool(value.velocity.isfinite().all())
        assert bool(value.divergence.isfinite().all())


@pytest.mark.parametrize(
    ("means", "std", "sigma"),
    [
        ((-50.0, 50.0), 0.1, 1.0),
        ((-3.0, 4.0), (0.02, 1.0), 2.0),
        ((0.0, 1.0), 0.01, 1000.0),
        ((-1e4, 1e4), 1e-3, 1.0),
    ],
    ids=["far", "thin beside wide", "wide latent", "far and thin"],
)
def test_result_is_accurate_or_rejected(means: tuple[float, ...], std: Any, sigma: float) -> None:
    """A mixture is normalised, so log Z_1 = 0; cells that miss its modes must be rejected."""
    try:
        found = float(gaussians(means, std, sigma).log_z(times(1.0)))
    except NoExactFieldError:
        return
    assert found == pytest.approx(0.0, abs=1e-6)


class CountedPath(LinearPath):
    """A linear curve that counts how many density values are computed."""

    values = 0

    def on_grid(self, times: Tensor, x: Tensor) -> tuple[Tensor, Tensor]:
        self.values += len(times) * len(x)
        return super().on_grid(times, x)


@pytest.mark.parametrize(
    ("means", "std"),
    [((-1e4, 1e4), 1e-3), ((1e4,), 1e-2), ((1e3, -1e3), 1e-2), ((0.0, 500.0, 1000.0), 0.3)],
    ids=["far and thin", "one mode", "a pair", "three modes"],
)
def test_target_that_is_too_fine_is_rejected_quickly(means: tuple[float, ...], std: float) -> None:
    """Evaluating all cells at all times would take seconds: at least 3·10⁷ values."""
    latent, target = GaussianLatent(1.0, 1), GaussianMixture([[mean] for mean in means], std)
    path = CountedPath(latent, target)
    with pytest.raises(UnfitDensityError, match="too fine for its width"):
        LineField.of(path, latent, target)
    assert path.values < 8e6


@pytest.mark.parametrize("seed", range(10))
def test_lower_bound_for_the_number_of_cells_never_exceeds_the_number_needed(seed: int) -> None:
    """Otherwise, targets that can be resolved would be rejected."""
    rng = np.random.default_rng(seed)
    means = rng.uniform(-40, 40, int(rng.integers(1, 5)))
    std, sigma = float(np.exp(rng.uniform(-1.5, 0.7))), float(np.exp(rng.uniform(-0.7, 1.8)))
    field = gaussians(tuple(means.tolist()), std, sigma)
    for edges in (field.cells.edges[::16], torch.linspace(*field.cells.edges[[0, -1]].tolist(), 98)):
        cells = Cells(edges.double())
        ranges = _ranges(field.path, cells, PROBED_TIMES, torch.ones(len(cells.widths), dtype=torch.bool))
        assert ranges.least_cells() <= max(len(field.cells.widths), len(cells.widths))


@pytest.mark.parametrize("t", [0.5, 0.9, 1.0])
@pytest.mark.parametrize(
    ("separation", "std"), [(6.0, 0.7), (6.0, 0.2), (12.0, 0.7), (12.0, 0.3), (12.0, 0.2)]
)
def test_no_mass_crosses_the_middle_of_a_symmetric_pair(separation: float, std: float, t: float) -> None:
    """The expected energy is an integral over one half only, accumulated from the middle and from the tail, which avoids cancellation."""
    x = torch.linspace(0, separation / 2 + 10, 400_001, dtype=torch.float64)
    modes = torch.stack([-((x - sign * separation / 2).square()) / (2 * std**2) for sign in (-1, 1)])
    growth = modes.logsumexp(0) + x.square() / 2
    log_density = -(1 - t) * x.square() / 2 + t * modes.logsumexp(0)
    density = log_density.softmax(0)
    flux = density * (growth - density @ growth)
    middle = int(density.argmax())
    flux = torch.cat([flux[:middle].cumsum(0), -flux[middle:].flip(0).cumsum(0).flip(0)])
    energy = torch.where(density > 1e-290, flux.square() / density, 0.0).sum() * float(x[1]) ** 2
    found = gaussians((-separation / 2, separation / 2), std).kinetic_energy(times(t))
    assert float(found) == pytest.approx(float(energy), rel=1e-3)


def test_quadrature_is_exact_for_polynomials() -> None:
    cells = Cells(times(-1.0, 0.2, 0.5, 3.0))
    assert float((cells.weights * cells.nodes**15).sum()) == pytest.approx((3.0**16 - 1) / 16)
    running = cells.running_integral(cells.nodes**7)
    assert torch.allclose(running, (cells.nodes**8 - cells.edges[:-1, None] ** 8) / 8, atol=1e-11)


@pytest.mark.parametrize("place", ["nodes", "edges", "between"])
def test_interpolation_within_cells_is_exact_for_polynomials(place: str) -> None:
    cells = Cells(times(-1.0, 0.2, 0.5, 3.0))
    places: dict[str, Any] = {
        "nodes": cells.nodes.flatten(),
        "edges": cells.edges,
        "between": torch.linspace(-1, 3, 57, dtype=torch.float64),
    }
    x = places[place]
    assert torch.allclose(cells.interpolate(cells.nodes**7, x), x**7, rtol=1e-9, atol=1e-10)
    assert bool(cells.interpolate(cells.nodes, times(-1.001, 3.001)).isnan().all())
