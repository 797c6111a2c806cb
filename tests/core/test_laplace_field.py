"""The exact field of the linear curve to the Laplace pair in closed form, compared with quadrature."""

from __future__ import annotations

import math
from itertools import accumulate, pairwise

import mpmath
import pytest
import torch
from torch import Tensor

from core.problem import Problem, TargetSpec
from core.reference.fitting import TAIL_NATS
from core.reference.laplace import LaplaceField
from core.reference.line import LineField
from core.reference.path import LinearPath
from core.reference.solve import solve
from core.targets.laplace import LaplacePair
from core.targets.latent import LaplaceLatent
from tests.core.differences import along, by_time

SEPARATIONS = [0.0, 1e-3, 5.0, 12.0, 50.0, 60.0]
SIGMAS = [0.3, 1.0, 4.0]
everywhere = pytest.mark.parametrize("m", SEPARATIONS)
for_every_latent = pytest.mark.parametrize("sigma", SIGMAS)


def closed(m: float, sigma: float = 1.0) -> LaplaceField:
    return LaplaceField.of(LaplaceLatent(sigma), LaplacePair(m))


def summed(m: float, sigma: float = 1.0) -> LineField:
    latent, target = LaplaceLatent(sigma), LaplacePair(m)
    return LineField.of(LinearPath(latent, target), latent, target)


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def moments(sigma: float) -> Tensor:
    """Both ends, some times between them, and times at and near t = 1/(1 + 2σ), where the energy f_t is flat in the middle."""
    flat = 1 / (1 + 2 * sigma)
    return times(0.0, 0.1, 1 / 3, 0.5, flat, flat - 1e-5, flat + 1e-5, flat + 1e-3, 0.9, 1.0)


# ‖v_t‖² and log Z_t, computed with 40 digits and rounded to 12: docs/method.md, section 3. The last row was computed with mpmath.
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
    field = closed(m)
    assert float(field.kinetic_energy(times(t))) == pytest.approx(kinetic_energy, rel=1e-9)
    assert float(field.log_z(times(t))) == pytest.approx(log_z, rel=1e-9)


def test_laplace_problem_is_solved_in_closed_form() -> None:
    field = solve(Problem(TargetSpec.of("laplace", mode_separation=5), sigma=2.0))
    assert isinstance(field, LaplaceField)
    assert (field.m, field.sigma) == (5.0, 2.0)


class Numbers:
    """log Z, its rate and the velocity `v = −∂_t F/ρ` by numerical integration with 40 digits."""

    def __init__(self, m: float, sigma: float, t: float) -> None:
        self.m, self.sigma, self.t = (mpmath.mpf(value) for value in (m, sigma, t))
        self.ends = [mpmath.mpf(0), self.m / 2, self.m]
        self.z = self.integral(lambda x: 1, -mpmath.inf, mpmath.inf)
        self.rate = self.integral(self.growth, -mpmath.inf, mpmath.inf) / self.z

    def energy(self, x: mpmath.mpf) -> mpmath.mpf:
        return (1 - self.t) * abs(x) / self.sigma + 2 * self.t * min(abs(x), abs(x - self.m))

    def growth(self, x: mpmath.mpf) -> mpmath.mpf:
        """−∂_t f."""
        return abs(x) / self.sigma - 2 * min(abs(x), abs(x - self.m))

    def integral(self, what: object, low: mpmath.mpf, high: mpmath.mpf) -> mpmath.mpf:
        inner = [end for end in self.ends if low < end < high]
        return mpmath.quad(lambda x: what(x) * mpmath.exp(-self.energy(x)), [low, *inner, high])

    def velocities(self, places: list[float]) -> list[float]:
        """Velocities at increasing positions. The flux at each position is the flux at the previous one plus the gain in between."""
        ends = [-mpmath.inf, *map(mpmath.mpf, places)]
        parts = [self.integral(lambda y: self.growth(y) - self.rate, *pair) for pair in pairwise(ends)]
        flowed = accumulate(parts)
        return [float(-moved * mpmath.exp(self.energy(x))) for moved, x in zip(flowed, ends[1:], strict=True)]


@for_every_latent
@pytest.mark.parametrize(("m", "t"), [(5.0, 0.5), (12.0, 0.9), (20.0, 1.0), (5.0, 1 / 3)])
def test_field_matches_high_precision_integration(m: float, t: float, sigma: float) -> None:
    with mpmath.workdps(40):
        numbers = Numbers(m, sigma, t)
        field = closed(m, sigma)
        assert float(field.log_z(times(t))) == pytest.approx(
            float(mpmath.log(numbers.z)), rel=1e-12, abs=1e-14
        )
        assert float(field.slices(times(t)).rate) == pytest.approx(float(numbers.rate), rel=1e-11)
        places = [-1.5, 0.3, 0.49 * m, 0.51 * m, m - 0.2, m + 1.0]
        found = field.evaluate(times(t).expand(len(places)), times(*places)[:, None]).velocity[:, 0]
        # Where the flux nearly cancels, only the error relative to the largest speed is meaningful.
        expected = numbers.velocities(places)
    assert found.tolist() == pytest.approx(expected, rel=1e-9, abs=1e-13 * max(map(abs, expected)))


@everywhere
@for_every_latent
def test_quadrature_gives_the_same_log_z_and_energy(m: float, sigma: float) -> None:
    exact, numerical, t = closed(m, sigma), summed(m, sigma), moments(sigma)
    assert torch.allclose(exact.log_z(t), numerical.log_z(t), rtol=1e-10, atol=1e-11)
    assert torch.allclose(exact.kinetic_energy(t), numerical.kinetic_energy(t), rtol=1e-7, atol=1e-12)
    assert torch.allclose(exact.slices(t).rate, numerical.slices(t).rate, rtol=1e-9, atol=1e-10)


@everywhere
@for_every_latent
def test_closed_form_agrees_with_quadrature(m: float, sigma: float) -> None:
    exact, numerical, t = closed(m, sigma), summed(m, sigma), moments(sigma)
    x = torch.linspace(-5 * sigma - 1, m + 5 * sigma + 1, 83, dtype=torch.float64)
    found, expected = exact.on_grid(t, (x,)), numerical.on_grid(t, (x,))
    assert bool(found.velocity.isfinite().all())
    assert torch.allclose(found.log_density, expected.log_density, rtol=1e-12, atol=1e-12)
    # The cells resolve densities down to 60 nats below the maximum, and interpolation adds a small error.
    counts = expected.log_density > expected.log_density.amax(1, keepdim=True) - TAIL_NATS
    assert torch.allclose(found.velocity[counts], expected.velocity[counts], rtol=1e-5, atol=1e-7)


@everywhere
@for_every_latent
def test_field_is_finite_everywhere(m: float, sigma: float) -> None:
    field, t = closed(m, sigma), moments(sigma)
    x = torch.cat([torch.linspace(-40, m + 40, 97, dtype=torch.float64), times(0.0, m / 2, m)])
    for time in t:
        value = field.evaluate(time.expand(len(x)), x[:, None])
        assert bool(value.velocity.isfinite().all())
        assert bool(value.divergence.isfinite().all())
        assert bool(value.log_density.isfinite().all())
    slices = field.slices(t)
    assert all(
        bool(part.isfinite().all()) for part in (slices.velocity, slices.log_z, slices.rate, slices.mass)
    )
    assert torch.allclose(slices.mass.sum(1), torch.ones(len(t), dtype=torch.float64), rtol=1e-11)


@pytest.mark.parametrize("m", [1e-3, 5.0, 12.0])
@for_every_latent
def test_divergence_matches_the_slope_of_the_velocity(m: float, sigma: float) -> None:
    """The field computes them in two ways: the divergence from the continuity equation, the velocity from the masses."""
    field = closed(m, sigma)
    # Points near a kink, where the slope jumps, are left out.
    x = torch.linspace(-2.037, m + 2.041, 40, dtype=torch.float64)[:, None]
    kinks = times(0.0, m / 2, m)
    x = x[((x - kinks).abs() > 5e-3).all(1)]
    axis = torch.ones(1, dtype=torch.float64)
    for time in moments(sigma)[:4]:
        t = time.expand(len(x))
        slope = along(lambda place, t=t: field.evaluate(t, place).velocity[:, 0], x, axis)
        found = field.evaluate(t, x).divergence
        assert torch.allclose(found, slope, rtol=1e-6, atol=1e-7 * (1 + float(slope.abs().max())))


@everywhere
@for_every_latent
def test_rate_is_the_slope_of_log_z(m: float, sigma: float) -> None:
    field = closed(m, sigma)
    t = moments(sigma)[1:4]
    assert torch.allclose(field.slices(t).rate, by_time(field.log_z, t, 1e-4), rtol=1e-6, atol=1e-8)


@for_every_latent
def test_at_separation_zero_the_field_is_a_scaling(sigma: float) -> None:
    """ρ_t ∝ e^{−A|x|} with A = (1 − t)/σ + 2t, so v = −(A'/A) x and ‖v‖² = 2 (A'/A²)²."""
    field, t = closed(0.0, sigma), moments(sigma)
    slope = (1 - t) / sigma + 2 * t
    shrinking = -(2 - 1 / sigma) / slope
    x = torch.linspace(-3, 3, 13, dtype=torch.float64)
    found = field.on_grid(t, (x,)).velocity[..., 0]
    assert torch.allclose(found, shrinking[:, None] * x, rtol=1e-12, atol=1e-12)
    assert torch.allclose(field.kinetic_energy(t), 2 * (shrinking / slope).square(), rtol=1e-9)
    assert torch.allclose(field.log_z(t), (2 / slope).log(), rtol=1e-12, atol=1e-14)


@everywhere
@for_every_latent
def test_log_z_at_the_ends_is_that_of_latent_and_target(m: float, sigma: float) -> None:
    start, end = closed(m, sigma).log_z(times(0.0, 1.0)).tolist()
    assert start == pytest.approx(math.log(2 * sigma), abs=1e-13)
    assert end == pytest.approx(math.log(2 - math.exp(-m)), abs=1e-13)


def test_grid_values_match_point_values() -> None:
    field, t = closed(5.0, 2.0), times(0.2, 1.0)
    x = torch.linspace(-8, 12, 31, dtype=torch.float64)
    grid = field.on_grid(t, (x,))
    for i, time in enumerate(t):
        value = field.evaluate(time.expand(31), x[:, None])
        assert torch.allclose(grid.velocity[i], value.velocity, rtol=1e-12, atol=1e-14)
        assert torch.allclose(grid.log_density[i], value.log_density, rtol=1e-14)


def test_half_the_nodes_give_nearly_the_same_energy() -> None:
    field, t = closed(8.0), times(0.5, 1.0)
    coarse = field.coarsened()
    assert coarse.slices(t).x.numel() == field.slices(t).x.numel() // 2
    assert torch.allclose(coarse.kinetic_energy(t), field.kinetic_energy(t), rtol=1e-4)
    assert torch.equal(coarse.log_z(t), field.log_z(t))
