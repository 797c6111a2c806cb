"""2-D fields compared with solutions that are computed in another way."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from core.fields import grid_points
from core.problem import Problem, TargetSpec
from core.reference.base import AbstractExactField
from core.reference.errors import NoExactFieldError
from core.reference.solve import solve
from tests.core.planes import plane, times

MOMENTS = (0.0, 0.3, 0.7, 1.0)


def gaussian(mean: tuple[float, ...], std: float) -> TargetSpec:
    return TargetSpec.of("mixture", means=(mean,), std=std)


class Affine:
    """The linear curve between two Gaussians in closed form: 1/s_t² = (1 − t)/σ² + t/s² and m_t = t μ s_t²/s²."""

    def __init__(self, mean: tuple[float, ...], std: float, sigma: float, t: Tensor) -> None:
        self.dim = len(mean)
        self.mean = torch.tensor(mean, dtype=torch.float64)
        self.variance = 1 / ((1 - t) / sigma**2 + t / std**2)
        self.growth = self.variance * (1 / sigma**2 - 1 / std**2)
        self.center = t[:, None] * self.mean * (self.variance / std**2)[:, None]
        self.center_rate = self.center * self.growth[:, None] + self.mean * (self.variance / std**2)[:, None]
        norms = (1 - t) * math.log(sigma * math.sqrt(2 * math.pi)) + t * math.log(
            std * math.sqrt(2 * math.pi)
        )
        pull = t * (1 - t) * self.variance * self.mean.square().sum() / (2 * sigma**2 * std**2)
        self.log_z = self.dim * ((2 * math.pi * self.variance).log() / 2 - norms) - pull

    def velocity(self, x: Tensor) -> Tensor:
        """v = m_t' + (s_t'/s_t)(x − m_t) for x of shape (times, points, dim)."""
        return self.center_rate[:, None] + self.growth[:, None, None] / 2 * (x - self.center[:, None])

    @property
    def kinetic_energy(self) -> Tensor:
        return self.center_rate.square().sum(1) + self.dim * self.growth.square() / 4 * self.variance


GAUSSIANS = [((2.0, -1.0), 0.6, 1.0), ((3.0, 1.0), 1.5, 1.0), ((0.0, 0.0), 0.7, 2.0), ((-2.0, 6.0), 0.5, 3.0)]
for_gaussians = pytest.mark.parametrize(("mean", "std", "sigma"), GAUSSIANS)


@for_gaussians
def test_velocity_between_two_gaussians_is_affine(mean: tuple[float, ...], std: float, sigma: float) -> None:
    t = times(*MOMENTS)
    field, exact = plane(gaussian(mean, std), sigma, 128), Affine(mean, std, sigma, t)
    assert torch.allclose(field.kinetic_energy(t), exact.kinetic_energy, rtol=1.2e-2)
    assert torch.allclose(field.log_z(t), exact.log_z, atol=3e-4)
    offsets = grid_points((torch.linspace(-2.5, 2.5, 7, dtype=torch.float64),) * 2)
    x = exact.center[:, None] + exact.variance.sqrt()[:, None, None] * offsets
    expected = exact.velocity(x)
    fastest = float(expected.norm(dim=-1).max())
    for i, time in enumerate(t):
        value = field.evaluate(time.expand(len(offsets)), x[i])
        assert torch.allclose(value.velocity, expected[i], atol=1e-2 * fastest)
        growing = (value.divergence - exact.growth[i]).abs() / exact.growth.abs().max()
        assert float(growing.max()) < 0.1
        assert float(growing.square().mean().sqrt()) < 0.03


@for_gaussians
def test_error_is_second_order_in_the_cell_width(mean: tuple[float, ...], std: float, sigma: float) -> None:
    t = times(*MOMENTS)
    exact = Affine(mean, std, sigma, t)
    energy_errors, velocity_errors, log_z_errors = [], [], []
    for cells in (32, 64, 128):
        field = plane(gaussian(mean, std), sigma, cells)
        slices = field.slices(t)
        difference = (slices.velocity - exact.velocity(slices.x)).square().sum(-1)
        velocity_errors.append((slices.mass * difference).sum().sqrt().log2())
        log_z_errors.append((field.log_z(t) - exact.log_z).abs().sum().log2())
        energy_errors.append((field.kinetic_energy(t) - exact.kinetic_energy).abs().sum().log2())
    for coarse, middle, fine in (energy_errors, velocity_errors):
        assert float(coarse - fine) / 2 == pytest.approx(2, abs=0.2)
        assert float(middle - fine) == pytest.approx(2, abs=0.2)


# A mixture with modes on one axis and an isotropic std is separable: docs/method.md, section 3.
@pytest.mark.parametrize(
    ("sigma", "expected"),
    [(1.0, (0.367125, 1.79570, 174.648, 396.167)), (3.0, (58.1027, 2.90192, 4.10111, 5.09409))],
)
def test_kinetic_energy_of_two_separable_modes(sigma: float, expected: tuple[float, ...]) -> None:
    found = plane(TargetSpec.of("shifted_pair", dim=2), sigma, 128).kinetic_energy(times(0.1, 0.5, 0.9, 1.0))
    assert found.tolist() == pytest.approx(expected, rel=5e-3)


def on_line(separation: float) -> AbstractExactField:
    return solve(Problem(TargetSpec.of("shifted_pair", dim=1, mode_separation=separation)))


@pytest.mark.parametrize(("separation", "tolerance"), [(8.0, 0.02), (12.0, 0.05), (16.0, 0.1)])
def test_energy_is_accurate_over_high_barriers(separation: float, tolerance: float) -> None:
    """‖v‖² reaches 10³⁰. A plain factorisation in double precision loses all digits from a separation of about ten."""
    t = times(0.3, 0.6, 0.9, 1.0)
    target = TargetSpec.of("shifted_pair", dim=2, mode_separation=separation)
    across = solve(Problem(gaussian((0.0,), 0.7))).kinetic_energy(t)
    found, expected = (
        plane(target, cells=128).kinetic_energy(t),
        on_line(separation).kinetic_energy(t) + across,
    )
    assert float(expected.max()) > 10 ** (separation * 0.75)
    assert torch.allclose(found, expected, rtol=tolerance)


@pytest.mark.parametrize("t", [0.5, 0.9, 1.0])
@pytest.mark.parametrize(
    ("separation", "std"), [(6.0, 0.7), (8.0, 0.4), (8.0, 0.3), (12.0, 0.5), (12.0, 0.3)]
)
def test_no_mass_crosses_the_middle_of_a_symmetric_pair(separation: float, std: float, t: float) -> None:
    """The flux over the barrier is zero by symmetry. Its rounding error must not be amplified by e^{barrier}, up to e^{200}."""
    target = TargetSpec.of("two_modes", dim=2, mode_separation=separation, std=std)
    pair = TargetSpec.of("two_modes", dim=1, mode_separation=separation, std=std)
    fields = [solve(Problem(spec)) for spec in (pair, gaussian((0.0,), std))]
    expected = sum(float(field.kinetic_energy(times(t))) for field in fields)
    found = plane(target, cells=128).kinetic_energy(times(t))
    assert float(found) == pytest.approx(expected, rel=0.05)


@pytest.mark.parametrize(
    ("means", "std"),
    [
        (((-20.0, 0.0), (20.3, 0.4)), 0.05),
        (((-3.0, 0.0), (3.0, 0.4)), (0.02, 1.0)),
        (((0.0, 0.0), (30.0, 0.4)), 0.02),
        (((-6.0, 0.0), (6.0, 0.0)), 0.2),
    ],
    ids=["far and thin", "thin beside wide", "very far", "a very high barrier"],
)
@pytest.mark.filterwarnings("ignore:.*:RuntimeWarning")
def test_result_is_accurate_or_rejected(means: Any, std: Any) -> None:
    """A mixture is normalised, so log Z_1 = 0; a mesh that misses its modes must be rejected."""
    try:
        field = plane(TargetSpec.of("mixture", means=means, std=std), cells=128)
        log_z, energy = float(field.log_z(times(1.0))), float(field.kinetic_energy(times(1.0)))
    except NoExactFieldError:
        return
    assert log_z == pytest.approx(0.0, abs=1e-2)
    assert math.isfinite(energy)


def test_velocity_over_a_high_barrier_matches_the_separable_solution() -> None:
    separation = 12.0
    field = plane(TargetSpec.of("shifted_pair", dim=2, mode_separation=separation), cells=128)
    x = torch.linspace(-2, 12, 29, dtype=torch.float64)
    t = times(0.9).expand(29)
    along = on_line(separation).evaluate(t, x[:, None]).velocity[:, 0]
    across = solve(Problem(gaussian((0.0,), 0.7))).evaluate(t[:1], times(0.2)[:, None]).velocity[0, 0]
    found = field.evaluate(t, torch.stack([x, torch.full_like(x, 0.2)], 1)).velocity
    assert float(along.max()) > 1e13
    # Towards the barrier the velocity grows by more than a factor e per cell, which cubic interpolation follows only roughly.
    slow = along < 1e3
    assert torch.allclose(found[slow, 0], along[slow], rtol=2e-2, atol=2e-3)
    assert float((found[~slow, 0] / along[~slow]).log().abs().max()) < 0.35
    # The other component of the velocity is 10¹⁴ times smaller, but equally accurate.
    assert torch.allclose(found[slow, 1], across.expand(int(slow.sum())), rtol=0.01)
