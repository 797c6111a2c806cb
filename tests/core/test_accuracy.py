"""The estimated accuracy of exact fields: how much log Z and ‖v_t‖² change at half the resolution."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from core.fields import FieldValue, GridValue
from core.problem import Problem, TargetSpec
from core.reference import convolved_flow
from core.reference.accuracy import accuracy
from core.reference.base import AbstractExactField, AbstractPlainExactField
from core.reference.solve import solve
from core.slices import Motion, Slices
from tests.core.planes import meshed

T = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
MEAN, STD = (2.0, -1.0), 0.6


def affine_energy(t: Tensor, sigma: float) -> Tensor:
    """‖v_t‖² between two Gaussians in 2-D: 1/s_t² = (1 − t)/σ² + t/s² and m_t = t μ s_t²/s²."""
    variance = 1 / ((1 - t) / sigma**2 + t / STD**2)
    growth = variance * (1 / sigma**2 - 1 / STD**2)
    pull = variance / STD**2 * (1 + t * growth)
    return 5 * pull.square() + growth.square() / 2 * variance


@pytest.mark.parametrize("sigma", [1.0, 2.5])
@pytest.mark.parametrize("cells", [32, 64, 128])
def test_estimate_bounds_the_error_on_a_mesh(cells: int, sigma: float) -> None:
    problem = Problem(TargetSpec.of("mixture", means=(MEAN,), std=STD), sigma=sigma)
    field = meshed(problem, cells)
    estimate = accuracy(field, T)
    error = (field.kinetic_energy(T) / affine_energy(T, sigma) - 1).abs().max()
    # The method is second order: halving the number of cells quadruples the error, so the result changes by three times its error.
    assert float(error) < estimate.kinetic_energy < 8 * float(error)
    assert estimate.kinetic_energy < 1
    ends = field.log_z(T[[0, 2]]).abs().max()
    assert float(ends) < estimate.log_z < 0.1


@pytest.mark.parametrize(
    "problem",
    [
        Problem(TargetSpec.of("two_modes", dim=1)),
        Problem(TargetSpec.of("laplace")),
        Problem(TargetSpec.of("two_modes", dim=1), "gradient_flow"),
        Problem(TargetSpec.of("two_modes", dim=2), "gradient_flow"),
        Problem(TargetSpec.of("laplace"), "gradient_flow"),
        Problem(TargetSpec.of("two_modes", dim=1), "transport"),
    ],
    ids=lambda problem: f"{problem.interpolation} {problem.target.name} {problem.target.dim}",
)
def test_estimate_is_tiny_in_one_dimension_and_for_closed_forms(problem: Problem) -> None:
    estimate = accuracy(solve(problem), T)
    assert 0 <= estimate.kinetic_energy < 2e-3
    assert 0 <= estimate.log_z < 1e-6


def test_estimate_is_unknown_if_expectations_use_samples() -> None:
    estimate = accuracy(solve(Problem(TargetSpec.of("two_modes", dim=3), "gradient_flow")), T)
    assert math.isnan(estimate.kinetic_energy)
    assert math.isnan(estimate.log_z)


def test_log_z_of_a_convolution_depends_on_the_resolution(monkeypatch: pytest.MonkeyPatch) -> None:
    # At the default resolution, log Z of the two moons is exact to rounding.
    monkeypatch.setattr(convolved_flow, "CELLS", (64,))
    monkeypatch.setattr(convolved_flow, "SCALE_FRACTION", 10.0)
    estimate = accuracy(solve(Problem(TargetSpec.of("two_moons"), "gradient_flow")), T)
    assert 0 < estimate.log_z < 1e-2


def test_estimate_for_a_matching_halves_the_number_of_samples() -> None:
    estimate = accuracy(solve(Problem(TargetSpec.of("ring"), "transport")), T)
    assert 1e-4 < estimate.kinetic_energy < 0.5


class Fixed(AbstractPlainExactField):
    """A field with the given kinetic energy and log Z; `coarse` is the same field at half the resolution."""

    dim, solver = 1, "by hand"

    def __init__(self, energy: float, log_z: float, coarse: Any = None) -> None:
        self.energy, self.z, self.coarse = energy, log_z, coarse

    def evaluate(self, t: Tensor, x: Tensor) -> FieldValue:
        raise NotImplementedError

    def slices(self, t: Tensor) -> Slices:
        raise NotImplementedError

    def on_grid(self, t: Tensor, axes: tuple[Tensor, ...]) -> GridValue:
        raise NotImplementedError

    def motion(self, t: Tensor) -> Motion:
        energy = self.energy * (1 + t)
        return Motion(energy, energy.sqrt())

    def log_z(self, t: Tensor) -> Tensor:
        return self.z * t

    def coarsened(self) -> AbstractExactField | None:
        return self.coarse


def test_changes_are_relative_for_the_energy_and_in_nats_for_log_z() -> None:
    estimate = accuracy(Fixed(2.0, 1.0, Fixed(1.5, 1.25)), T)
    assert estimate.kinetic_energy == pytest.approx(0.25)
    assert estimate.log_z == pytest.approx(0.25)


def test_estimate_is_unknown_without_a_coarser_field() -> None:
    estimate = accuracy(Fixed(1.0, 0.0), T)
    assert math.isnan(estimate.kinetic_energy)
    assert math.isnan(estimate.log_z)


def test_unknown_energy_gives_an_unknown_estimate() -> None:
    estimate = accuracy(Fixed(math.nan, 0.5, Fixed(1.0, 0.5)), T)
    assert math.isnan(estimate.kinetic_energy)
    assert estimate.log_z == 0
