"""The exact gradient flow of a Gaussian mixture, in closed form."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from core.problem import Problem, TargetSpec
from core.reference.gaussian_flow import GaussianFlow
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.targets.base import AbstractDensity
from core.targets.latent import GaussianLatent
from tests.core.differences import by_time, divergence, gradient

UNEVEN = TargetSpec.of("mixture", means=((-3.0,), (2.0,)), std=(0.4, 0.9), weights=(1.0, 3.0))
PROBLEMS = [
    pytest.param(Problem(spec, "gradient_flow", sigma=sigma, beta_max=beta_max), id=name)
    for name, spec, sigma, beta_max in [
        ("line", UNEVEN, 1.0, 20.0),
        ("wide latent", UNEVEN, 3.0, 20.0),
        ("short schedule", UNEVEN, 1.0, 2.0),
        ("plane", TargetSpec.of("ring", num_modes=5, weights=(1.0, 2.0, 3.0, 4.0, 5.0)), 1.5, 20.0),
        ("space", TargetSpec.of("two_modes", dim=4), 1.0, 20.0),
    ]
]
everywhere = pytest.mark.parametrize("problem", PROBLEMS)


def flow_of(problem: Problem) -> GaussianFlow:
    field = solve(problem)
    assert isinstance(field, GaussianFlow)
    return field


def points(field: GaussianFlow) -> tuple[Tensor, Tensor]:
    """Samples of ρ_t at each of some times."""
    times = [0.1, 0.35, 0.6, 0.8, 0.95]
    generator = torch.Generator().manual_seed(1)
    x = torch.cat([field.density(time).sample(6, generator) for time in times])
    return torch.tensor(times, dtype=torch.float64).repeat_interleave(6), x


@everywhere
def test_continuity_equation_holds(problem: Problem) -> None:
    """The residual, computed by finite differences, vanishes for the exact velocity but not for one that is 1 % too fast."""
    field = flow_of(problem)
    t, x = points(field)
    value = field.evaluate(t, x)
    rate = by_time(lambda time: field.evaluate(time, x).log_density, t)
    score = gradient(lambda place: field.evaluate(t, place).log_density, x)
    transport = (value.velocity * score).sum(1) + value.divergence
    scale = rate.abs().max()
    assert float((rate + transport).abs().max() / scale) < 1e-6
    assert float((rate + 1.01 * transport).abs().max() / scale) > 5e-3


@everywhere
def test_divergence_is_the_trace_of_the_jacobian(problem: Problem) -> None:
    field = flow_of(problem)
    t, x = points(field)
    expected = divergence(lambda place: field.evaluate(t, place).velocity, x)
    assert torch.allclose(field.evaluate(t, x).divergence, expected, rtol=1e-6, atol=1e-6)


@everywhere
def test_log_density_matches_the_mixture(problem: Problem) -> None:
    field = flow_of(problem)
    for time in (0.0, 0.5, 1.0):
        x = field.density(time).sample(5, torch.Generator().manual_seed(0))
        value = field.evaluate(torch.full((5,), time), x)
        assert torch.allclose(value.log_density, -field.density(time).energy(x))


@everywhere
def test_flow_ends_at_the_target_and_starts_near_the_latent(problem: Problem) -> None:
    field = flow_of(problem)
    assert torch.equal(field.density(1.0).modes, field.target.modes)
    assert torch.allclose(field.density(1.0).std, field.target.std)
    assert problem.beta_max is not None
    shrink = math.exp(-(problem.beta_min + problem.beta_max) / 4)
    assert torch.allclose(field.density(0.0).modes, shrink * field.target.modes)
    left = (field.density(0.0).std - problem.sigma).abs().max()
    assert float(left) < shrink**2 * max(problem.sigma, 1.0)


@everywhere
def test_log_z_is_zero_at_all_times(problem: Problem) -> None:
    assert not flow_of(problem).log_z(torch.linspace(0, 1, 5)).any()


@everywhere
def test_kinetic_energy_is_the_mean_over_samples(problem: Problem) -> None:
    field = flow_of(problem)
    time = 0.7
    x = field.density(time).sample(50_000, torch.Generator().manual_seed(2))
    squared = field.evaluate(torch.full((len(x),), time), x).velocity.square().sum(1)
    error = float(squared.std()) / math.sqrt(len(x))
    found = float(field.kinetic_energy(torch.tensor([time], dtype=torch.float64)))
    assert found == pytest.approx(float(squared.mean()), abs=6 * error)


def divergence_to_latent(density: AbstractDensity, sigma: float) -> float:
    """KL(ρ‖N(0, σ²)) in 1-D, by the trapezoidal rule."""
    x = torch.linspace(-30, 30, 20_001, dtype=torch.float64)[:, None]
    log_density = -density.energy(x)
    gap = log_density + GaussianLatent(sigma, 1).energy(x)
    return float(torch.trapezoid(log_density.exp() * gap, x[:, 0]))


@pytest.mark.parametrize("problem", PROBLEMS[:3])
def test_energy_equals_the_change_of_kl_divergence(problem: Problem) -> None:
    """∫ 2/(βσ²) ‖v_t‖² dt = KL(ρ_1‖ρ_Z) − KL(ρ_0‖ρ_Z), the defining property of the gradient flow."""
    field, sigma = flow_of(problem), problem.sigma
    xi, weights = np.polynomial.legendre.leggauss(60)
    t = torch.from_numpy((1 + xi) / 2)
    power = 2 / (field.schedule.beta(t) * sigma**2) * field.kinetic_energy(t)
    spent = float(power @ torch.from_numpy(weights)) / 2
    gained = divergence_to_latent(field.density(1.0), sigma) - divergence_to_latent(field.density(0.0), sigma)
    assert spent == pytest.approx(gained, rel=1e-3)


@pytest.mark.parametrize("problem", [PROBLEMS[0], PROBLEMS[3], PROBLEMS[4]])
def test_samples_moved_by_the_exact_velocity_get_equal_weights(problem: Problem) -> None:
    result = evaluate(problem, solve(problem), 500).report.metrics
    assert result.ess_fraction > 0.99
    assert result.log_z == pytest.approx(0.0, abs=0.01)
    assert result.num_failed == 0


def test_wrong_field_gives_unequal_weights() -> None:
    problem = Problem(UNEVEN, "gradient_flow")
    wrong = solve(replace(problem, target=TargetSpec.of("two_modes", dim=1)))
    assert evaluate(problem, wrong, 500).report.metrics.ess_fraction < 0.9
