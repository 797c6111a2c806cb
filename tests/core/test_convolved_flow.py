"""The exact gradient flow of a general target, computed as a convolution of the target with Gaussian noise."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
import torch
from torch import Tensor

from core.fields import grid_points
from core.interpolations.schedule import NoiseSchedule
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.convolved_flow import ConvolvedFlow
from core.reference.gaussian_flow import GaussianFlow
from core.results.evaluation import evaluate
from core.targets.base import AbstractTarget
from core.targets.laplace import LaplacePair
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from tests.core.differences import by_time, divergence, gradient

# Includes times at which the noise is much narrower than any grid cell, and t = 1 without noise.
MOMENTS = (0.0, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 1 - 1e-6, 1.0)

# ConvolvedFlow treats mixtures like any other target, so the closed form of a mixture flow can serve as the reference.
MIXTURES = {
    "line": ([[-3.0], [2.0]], [0.4, 0.9], [1.0, 3.0], NoiseSchedule(1.0, 0.1, 20.0)),
    "wide latent": ([[-3.0], [2.0]], [0.4, 0.9], None, NoiseSchedule(3.0, 0.1, 20.0)),
    "short schedule": ([[-3.0], [2.0]], [0.4, 0.9], None, NoiseSchedule(1.0, 0.1, 2.0)),
    "thin and far": ([[-6.0], [7.0]], [0.1, 0.3], None, NoiseSchedule(1.0, 0.1, 20.0)),
    "plane": ([[-2.0, 0.5], [1.5, -1.0]], [0.5, 0.8], [1.0, 2.0], NoiseSchedule(1.5, 0.1, 20.0)),
    "thin in the plane": (
        [[-2.5, 1.0], [2.5, -0.5]],
        [0.06, 0.06],
        [2.0, 1.0],
        NoiseSchedule(1.0, 0.1, 20.0),
    ),
    "far in the plane": ([[8.0, -6.0], [-7.0, 9.0]], [0.9, 0.9], None, NoiseSchedule(1.0, 0.1, 20.0)),
}
everywhere = pytest.mark.parametrize("name", MIXTURES)


@cache
def both(name: str) -> tuple[ConvolvedFlow, GaussianFlow]:
    means, std, weights, schedule = MIXTURES[name]
    mixture = GaussianMixture(means, std, weights)
    return ConvolvedFlow.of(mixture, schedule), GaussianFlow(mixture, schedule)


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def dense_points(exact: GaussianFlow, t: float) -> Tensor:
    """Grid points at which ρ_t exceeds 10⁻¹² of its maximum."""
    density = exact.density(t)
    margin = 7 * density.std[:, None]
    lower, upper = (density.modes - margin).amin(0), (density.modes + margin).amax(0)
    count = 400 if exact.dim == 1 else 40
    sides = zip(lower.tolist(), upper.tolist(), strict=True)
    x = grid_points(tuple(torch.linspace(*side, count, dtype=torch.float64) for side in sides))
    log_density = -density.energy(x)
    return x[log_density > log_density.max() + math.log(1e-12)]


@pytest.mark.parametrize("t", MOMENTS)
@everywhere
def test_flow_of_a_mixture_matches_the_closed_form(name: str, t: float) -> None:
    found, exact = both(name)
    x = dense_points(exact, t)
    assert len(x) > 20
    time = times(t).expand(len(x))
    value, expected = found.evaluate(time, x), exact.evaluate(time, x)
    half_beta, sigma2 = float(found.schedule.beta(times(t)) / 2), found.schedule.sigma**2
    score, exact_score = ((v.velocity / half_beta - x) / sigma2 for v in (value, expected))
    # The score vanishes at the centre of a mode. So a fraction of a typical score is added to the scale of the relative error.
    size = exact_score.norm(dim=1) + 1e-2 / float(exact.density(t).std.min())
    assert float(((score - exact_score).norm(dim=1) / size).max()) < 1e-3
    assert torch.allclose(value.log_density, expected.log_density, rtol=1e-6, atol=1e-6)
    spread = half_beta * exact.dim * (1 + sigma2 / float(exact.density(t).std.min()) ** 2)
    assert float((value.divergence - expected.divergence).abs().max()) < 1e-3 * spread


@everywhere
def test_kinetic_energy_of_a_mixture_matches_the_closed_form(name: str) -> None:
    found, exact = both(name)
    t = times(*MOMENTS[1::2], 1.0)
    assert torch.allclose(found.kinetic_energy(t), exact.kinetic_energy(t), rtol=2e-3)


@everywhere
def test_slices_integrate_the_density(name: str) -> None:
    """Masses sum to one and give the first two moments of `a·Y + n·ξ`: a shrunk target sample Y plus Gaussian noise."""
    found, exact = both(name)
    moments = (0.0, 0.8, 0.999, 1.0)
    slices = found.slices(times(*moments))
    for i, time in enumerate(moments):
        density, x, mass = exact.density(time), slices.x[i], slices.mass[i]
        assert float(mass.sum()) == pytest.approx(1, abs=1e-6)
        assert torch.allclose(mass @ x, density.weights @ density.modes, atol=1e-5 * found.box.half_width)
        second = density.weights @ (density.modes.square() + density.std.square()[:, None])
        assert torch.allclose(mass @ x.square(), second, rtol=1e-4)
        counts = slices.log_prob[i] > slices.log_prob[i].max() - 20
        expected = -density.energy(x[counts])
        assert torch.allclose(slices.log_prob[i][counts], expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("t", [0.1, 0.6, 0.99, 1.0])
@everywhere
def test_grid_values_match_point_values(name: str, t: float) -> None:
    found, _ = both(name)
    axes = tuple(
        torch.linspace(low, high, 23, dtype=torch.float64)
        for low, high in zip(found.box.lower.tolist(), found.box.upper.tolist(), strict=True)
    )
    grid = found.on_grid(times(t), axes)
    x = grid_points(axes)
    value = found.evaluate(times(t).expand(len(x)), x)
    near = value.log_density > value.log_density.max() - 200
    assert int(near.sum()) > 3
    assert torch.allclose(grid.log_density.flatten()[near], value.log_density[near], rtol=1e-8, atol=1e-8)
    velocity = grid.velocity.reshape(-1, found.dim)[near]
    assert torch.allclose(velocity, value.velocity[near], rtol=1e-6, atol=1e-6)


OTHERS: dict[str, tuple[AbstractTarget, NoiseSchedule]] = {
    "laplace": (LaplacePair(4.0), NoiseSchedule(1.0, 0.1, 20.0)),
    "narrow laplace": (LaplacePair(0.5), NoiseSchedule(2.0, 0.5, 8.0)),
}
for_others = pytest.mark.parametrize("name", OTHERS)


@for_others
@pytest.mark.parametrize("t", [0.1, 0.5, 0.8, 0.95])
def test_continuity_equation_holds_for_other_targets(name: str, t: float) -> None:
    field = ConvolvedFlow.of(*OTHERS[name])
    x = torch.linspace(-3, 5, 33, dtype=torch.float64)[:, None]
    time = times(t).expand(33)
    value = field.evaluate(time, x)
    rate = by_time(lambda at: field.evaluate(at, x).log_density, time, 1e-4)
    score = gradient(lambda at: field.evaluate(time, at).log_density, x)
    transport = (value.velocity * score).sum(1) + value.divergence
    assert float((rate + transport).abs().max()) < 1e-5 * float(rate.abs().max())
    growth = divergence(lambda at: field.evaluate(time, at).velocity, x, 3e-3)
    assert torch.allclose(value.divergence, growth, rtol=1e-5, atol=1e-6)


@for_others
def test_flow_ends_at_the_target_and_starts_near_the_latent(name: str) -> None:
    target, schedule = OTHERS[name]
    field = ConvolvedFlow.of(target, schedule)
    x = torch.linspace(-4.1, 5.3, 21, dtype=torch.float64)[:, None]
    end = field.evaluate(times(1.0).expand(21), x)
    assert torch.allclose(end.log_density, -target.energy(x), rtol=1e-9)
    begin = field.evaluate(times(0.0).expand(21), x)
    latent = -GaussianLatent(schedule.sigma, 1).energy(x)
    near = x[:, 0].abs() < 2 * schedule.sigma
    shift = 3 * float(schedule.shrink(times(0.0))) * 5 / schedule.sigma
    assert torch.allclose((begin.log_density - target.log_z)[near], latent[near], atol=shift)
    assert torch.allclose(field.log_z(times(0.0, 0.4, 1.0)), times(*[target.log_z] * 3), atol=1e-9)


def divergence_to_latent(log_density: Tensor, x: Tensor, sigma: float) -> float:
    """KL(ρ‖N(0, σ²)) in 1-D, by the trapezoidal rule."""
    gap = log_density + GaussianLatent(sigma, 1).energy(x)
    return float(torch.trapezoid(log_density.exp() * gap, x[:, 0]))


BUDGETS = {
    **OTHERS,
    "mixture": (GaussianMixture([[-3.0], [2.0]], [0.4, 0.9], [1.0, 3.0]), NoiseSchedule(1.5, 0.1, 20.0)),
}


@pytest.mark.parametrize("name", BUDGETS)
def test_energy_equals_the_change_of_kl_divergence(name: str) -> None:
    """∫ 2/(βσ²) ‖v_t‖² dt = KL(ρ_1‖ρ_Z) − KL(ρ_0‖ρ_Z), the defining property of the gradient flow."""
    target, schedule = BUDGETS[name]
    field, sigma = ConvolvedFlow.of(target, schedule), schedule.sigma
    # Near t = 1 a kink makes the integrand behave like √(1 − t); substituting t = 1 − u² removes the root.
    xi, weights = np.polynomial.legendre.leggauss(40)
    u, weights = torch.from_numpy((1 + xi) / 2), torch.from_numpy(weights / 2)
    t = 1 - u.square()
    power = 2 / (schedule.beta(t) * sigma**2) * field.kinetic_energy(t)
    spent = float((power * 2 * u) @ weights)
    x = torch.linspace(-25, 30, 22_001, dtype=torch.float64)[:, None]
    start = field.evaluate(times(0.0).expand(len(x)), x).log_density - target.log_z
    end = -target.energy(x) - target.log_z
    gained = divergence_to_latent(end, x, sigma) - divergence_to_latent(start, x, sigma)
    assert gained > 0.1
    assert spent == pytest.approx(gained, rel=1e-3)


@everywhere
def test_halving_the_resolution_changes_little(name: str) -> None:
    found, _ = both(name)
    coarse, t = found.coarsened(), times(0.0, 0.5, 0.9, 1.0)
    assert coarse.slices(t).x.shape[1] < found.slices(t).x.shape[1]
    assert torch.allclose(coarse.kinetic_energy(t), found.kinetic_energy(t), rtol=0.02)
    x = dense_points(both(name)[1], 0.9)
    before, after = (f.evaluate(times(0.9).expand(len(x)), x).log_density for f in (found, coarse))
    assert torch.allclose(before, after, atol=1e-3)


@pytest.mark.parametrize(
    ("target", "solver"),
    [(LaplacePair(4.0), ("rk4", 60)), (MIXTURES["plane"][:3], ("rk4", 25))],
    ids=["laplace", "plane"],
)
def test_samples_moved_by_the_exact_velocity_get_equal_weights(
    target: AbstractTarget | tuple, solver: tuple[str, int]
) -> None:
    spec = TargetSpec.of("laplace", mode_separation=4.0)
    if isinstance(target, tuple):
        means, std, weights = target
        target = GaussianMixture(means, std, weights)
        spec = TargetSpec.of("mixture", means=means, std=std, weights=weights)
    problem = Problem(spec, "gradient_flow", sigma=1.5, sampling=SamplingSettings(*solver))
    field = ConvolvedFlow.of(target, NoiseSchedule(1.5, 0.1, 20.0))
    metrics = evaluate(problem, field, 200).report.metrics
    assert metrics.num_failed == 0
    assert metrics.ess_fraction > 0.98
    assert metrics.log_z == pytest.approx(target.log_z, abs=0.02)
