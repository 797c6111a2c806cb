from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from core.fields import FieldValue
from core.problem import Problem, TargetSpec
from core.reference import convolved_flow
from core.reference.accuracy import accuracy
from core.reference.base import AbstractExactField, Slices
from core.reference.solve import solve
from tests.core.planes import meshed

T = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
MEAN, STD = (2.0, -1.0), 0.6


def affine_energy(t: Tensor, sigma: float) -> Tensor:
    """‖v_t‖² of one Gaussian to another in the plane: 1/s_t² = (1 − t)/σ² + t/s², m_t = t μ s_t²/s²."""
    variance = 1 / ((1 - t) / sigma**2 + t / STD**2)
    growth = variance * (1 / sigma**2 - 1 / STD**2)
    pull = variance / STD**2 * (1 + t * growth)
    return 5 * pull.square() + growth.square() / 2 * variance


@pytest.mark.parametrize("sigma", [1.0, 2.5])
@pytest.mark.parametrize("cells", [32, 64, 128])
def test_the_estimate_bounds_the_error_in_the_plane(cells: int, sigma: float) -> None:
    problem = Problem(TargetSpec.of("mixture", means=(MEAN,), std=STD), sigma=sigma)
    field = meshed(problem, cells)
    estimate = accuracy(field, T)
    error = (field.kinetic_energy(T) / affine_energy(T, sigma) - 1).abs().max()
    # The order is two: halving the cells changes the answer by three times the error that is left.
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
def test_on_the_line_and_in_closed_form_next_to_nothing_changes(problem: Problem) -> None:
    estimate = accuracy(solve(problem), T)
    assert 0 <= estimate.kinetic_energy < 2e-3
    assert 0 <= estimate.log_z < 1e-6


def test_where_samples_stand_for_the_density_nothing_is_said() -> None:
    estimate = accuracy(solve(Problem(TargetSpec.of("two_modes", dim=3), "gradient_flow")), T)
    assert math.isnan(estimate.kinetic_energy)
    assert math.isnan(estimate.log_z)


def test_log_z_of_a_convolution_has_a_resolution_too(monkeypatch: pytest.MonkeyPatch) -> None:
    # As it is, the moons are resolved to the last digit.
    monkeypatch.setattr(convolved_flow, "CELLS", (64,))
    monkeypatch.setattr(convolved_flow, "SCALE_FRACTION", 10.0)
    estimate = accuracy(solve(Problem(TargetSpec.of("two_moons"), "gradient_flow")), T)
    assert 0 < estimate.log_z < 1e-2


def test_half_of_the_samples_match_otherwise() -> None:
    estimate = accuracy(solve(Problem(TargetSpec.of("ring"), "transport")), T)
    assert 1e-4 < estimate.kinetic_energy < 0.5


class Fixed(AbstractExactField):
    """Tells the numbers it was given."""

    dim, solver = 1, "by hand"

    def __init__(self, energy: float, log_z: float, coarse: Any = None) -> None:
        self.energy, self.z, self.coarse = energy, log_z, coarse

    def evaluate(self, t: Tensor, x: Tensor) -> FieldValue:
        raise NotImplementedError

    def slices(self, t: Tensor) -> Slices:
        raise NotImplementedError

    def kinetic_energy(self, t: Tensor) -> Tensor:
        return self.energy * (1 + t)

    def log_z(self, t: Tensor) -> Tensor:
        return self.z * t

    def coarsened(self) -> AbstractExactField | None:
        return self.coarse


def test_changes_are_relative_for_the_energy_and_in_nats_for_log_z() -> None:
    estimate = accuracy(Fixed(2.0, 1.0, Fixed(1.5, 1.25)), T)
    assert estimate.kinetic_energy == pytest.approx(0.25)
    assert estimate.log_z == pytest.approx(0.25)


def test_without_a_second_resolution_nothing_is_known() -> None:
    estimate = accuracy(Fixed(1.0, 0.0), T)
    assert math.isnan(estimate.kinetic_energy)
    assert math.isnan(estimate.log_z)


def test_an_unknown_value_stays_unknown() -> None:
    estimate = accuracy(Fixed(math.nan, 0.5, Fixed(1.0, 0.5)), T)
    assert math.isnan(estimate.kinetic_energy)
    assert estimate.log_z == 0
