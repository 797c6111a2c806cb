"""W₂² between latent and target, and the action of curves, which is never smaller."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch

from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.reference.solve import solve
from core.reference.transport import action, w2_squared

TWO_MODES = TargetSpec.of("two_modes", dim=1)
UNEVEN = TargetSpec.of("mixture", means=((-3.0,), (2.0,)), std=(0.4, 0.9), weights=(1.0, 3.0))


def laplace(m: float) -> Problem:
    return Problem(TargetSpec.of("laplace", mode_separation=m))


def gaussian(mean: float, std: float, sigma: float) -> Problem:
    return Problem(TargetSpec.of("mixture", means=((mean,),), std=std), sigma=sigma)


@pytest.mark.parametrize(("mean", "std", "sigma"), [(0.0, 1.0, 1.0), (3.0, 0.5, 1.0), (-2.0, 2.0, 0.3)])
def test_w2_of_two_gaussians(mean: float, std: float, sigma: float) -> None:
    """W₂² = (difference of the means)² + (difference of the standard deviations)²."""
    expected = mean**2 + (std - sigma) ** 2
    assert w2_squared(gaussian(mean, std, sigma)) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_w2_of_two_laplace_densities() -> None:
    """At m = 0 the target is the latent scaled by ½, and E(X/2)² = ½ for X of density e^{−|x|}/2."""
    assert w2_squared(laplace(0.0)) == pytest.approx(0.5, rel=1e-7)


@pytest.mark.parametrize("m", [2.0, 5.0, 20.0])
def test_w2_of_the_laplace_pair_matches_sorted_samples(m: float) -> None:
    problem, generator = laplace(m), torch.Generator().manual_seed(0)
    latent, target = (build(problem).sample(200_000, generator) for build in (build_latent, build_target))
    sampled = float((latent.sort(0).values - target.sort(0).values).square().mean())
    assert w2_squared(problem) == pytest.approx(sampled, rel=0.02)


def test_w2_grows_like_half_the_squared_separation() -> None:
    """Half of the mass travels the distance m: docs/method.md, section 3."""
    assert w2_squared(laplace(50.0)) == pytest.approx(50**2 / 2, rel=0.05)


@pytest.mark.parametrize("interpolation", ["linear", "learned", "transport"])
def test_w2_does_not_depend_on_the_curve(interpolation: str) -> None:
    problem = Problem(UNEVEN, interpolation, sigma=2.0)
    assert w2_squared(problem) == w2_squared(Problem(UNEVEN, sigma=2.0))


def test_w2_of_a_gradient_flow_uses_its_gaussian_latent() -> None:
    """The other curves of this target start from a Laplace latent. The expected value comes from the quantiles of N(0, 1) and of
    e^{−2|x|}."""
    problem = replace(laplace(0.0), interpolation="gradient_flow")
    level = (torch.arange(1_000_000, dtype=torch.float64) + 0.5) / 1_000_000
    start = math.sqrt(2) * torch.special.erfinv(2 * level - 1)
    end = (level - 0.5).sign() * -torch.minimum(2 * level, 2 - 2 * level).log() / 2
    assert w2_squared(problem) == pytest.approx(float((end - start).square().mean()), rel=1e-3)
    assert action(solve(problem)) >= w2_squared(problem)


@pytest.mark.parametrize(
    "problem",
    [
        Problem(TargetSpec.of("laplace")),
        Problem(TWO_MODES),
        Problem(TWO_MODES, sigma=3.0),
        gaussian(3.0, 0.5, 1.0),
        Problem(UNEVEN, "gradient_flow"),
    ],
    ids=["laplace", "two modes", "wide latent", "gaussian", "gradient flow"],
)
def test_action_is_the_integral_of_kinetic_energy_and_bounds_w2(problem: Problem) -> None:
    field = solve(problem)
    t = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    found = action(field)
    assert found == pytest.approx(float(field.kinetic_energy(t).mean()), rel=2e-3)
    assert found > w2_squared(problem)


@pytest.mark.parametrize(
    ("dim", "sigma", "tolerance"), [(1, 4.0, 1e-6), (1, 30.0, 1e-6), (1, 1000.0, 1e-6), (2, 30.0, 0.01)]
)
def test_action_from_a_wide_latent_to_a_narrow_mode(dim: int, sigma: float, tolerance: float) -> None:
    """Action: `∫ (λ'/2λ)² d/λ dt` for the precision λ, linear in t. Nearly all of it comes from a fraction (std/σ)² of the time."""
    std = 0.7
    field = solve(Problem(TargetSpec.of("mixture", means=((0.0,) * dim,), std=std), sigma=sigma))
    expected = dim / 8 * (std**-2 - sigma**-2) * (sigma**4 - std**4)
    assert action(field) == pytest.approx(expected, rel=tolerance)


def test_action_that_overflows_is_unknown() -> None:
    assert math.isnan(action(solve(Problem(TargetSpec.of("shifted_pair", mode_separation=100.0)))))


def separable(separation: float, sigma: float) -> tuple[Problem, float]:
    """A pair of modes in 2-D, and its W₂² as the sum of two 1-D values."""
    pair = TargetSpec.of("two_modes", mode_separation=separation, dim=1)
    exact = w2_squared(Problem(pair, sigma=sigma)) + (0.7 - sigma) ** 2
    return Problem(TargetSpec.of("two_modes", mode_separation=separation), sigma=sigma), exact


@pytest.mark.parametrize("interpolation", ["linear", "gradient_flow"])
def test_action_on_a_mesh_is_at_least_w2(interpolation: str) -> None:
    problem, bound = separable(3.0, 1.0)
    found = action(solve(replace(problem, interpolation=interpolation), cells=32))
    assert bound < found < 10 * bound


@pytest.mark.parametrize(("separation", "sigma"), [(6.0, 1.0), (4.0, 3.0)])
def test_w2_in_two_dimensions_is_the_sum_over_the_axes(separation: float, sigma: float) -> None:
    problem, exact = separable(separation, sigma)
    assert w2_squared(problem) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize(
    "target", [UNEVEN, TargetSpec.of("two_modes"), TargetSpec.of("ring")], ids=["line", "plane", "sampled"]
)
def test_action_of_optimal_transport_equals_w2(target: TargetSpec) -> None:
    problem = Problem(target, "transport")
    assert action(solve(problem)) == pytest.approx(w2_squared(problem), rel=1e-9)


def test_constant_curve_has_zero_action() -> None:
    still = gaussian(0.0, 1.0, 1.0)
    assert action(solve(still)) == pytest.approx(0.0, abs=1e-12)
    assert action(solve(replace(still, interpolation="gradient_flow"))) == pytest.approx(0.0, abs=1e-12)


def test_action_of_teleportation_grows_exponentially() -> None:
    """About 0.089·m·e^m for the linear curve of the Laplace pair, while W₂² is about m²/2: docs/method.md, section 3."""
    for m in (30.0, 40.0):
        found = action(solve(laplace(m)))
        assert found / (m * math.exp(m)) == pytest.approx(0.089, rel=0.05)
