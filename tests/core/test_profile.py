"""Profiles of exact fields over time: mode masses, overlaps and largest speeds."""

from __future__ import annotations

import math

import pytest
import torch
from scipy.optimize import brentq
from torch import Tensor

from core.arrays import SPEED_FLOOR
from core.interpolations.build import build_target
from core.problem import Problem, TargetSpec
from core.reference.profile import NEIGHBOUR, Profile, profile
from core.reference.solve import solve
from tests.core.differences import by_time

LINE = TargetSpec.of("two_modes", dim=1, mode_separation=3.0, weights=(1.0, 3.0))
PLANE = TargetSpec.of("two_modes", dim=2, mode_separation=3.0, weights=(1.0, 3.0))
SPACE = TargetSpec.of("two_modes", dim=3, mode_separation=3.0, weights=(1.0, 3.0))
LAPLACE = TargetSpec.of("laplace", mode_separation=3.0)
PROBLEMS = [
    pytest.param(Problem(target, interpolation), id=f"{interpolation} {target.name} {target.dim}")
    for target, interpolation in [
        (LINE, "linear"),
        (PLANE, "linear"),
        (LAPLACE, "linear"),
        (LINE, "gradient_flow"),
        (PLANE, "gradient_flow"),
        (SPACE, "gradient_flow"),
        (LAPLACE, "gradient_flow"),
        (LINE, "transport"),
        (PLANE, "transport"),
    ]
]
everywhere = pytest.mark.parametrize("problem", PROBLEMS)


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def of(problem: Problem, *at: float) -> Profile:
    return profile(solve(problem, cells=48), build_target(problem), times(*at))


def gaussian(mean: float, std: float, sigma: float = 1.0, interpolation: str = "linear") -> Problem:
    return Problem(TargetSpec.of("mixture", means=((mean,),), std=std), interpolation, sigma=sigma)


@everywhere
def test_profile_matches_the_field(problem: Problem) -> None:
    field, t = solve(problem, cells=48), times(0.0, 0.5, 0.9)
    found = profile(field, build_target(problem), t)
    assert torch.equal(found.times, t)
    assert torch.allclose(found.log_z, field.log_z(t), rtol=1e-12, atol=1e-14)
    assert torch.allclose(found.kinetic_energy, field.kinetic_energy(t), rtol=1e-12)
    assert found.mode_mass.shape == (3, 2)


@everywhere
def test_rate_is_the_slope_of_log_z(problem: Problem) -> None:
    field, t = solve(problem, cells=48), times(0.2, 0.5, 0.8)
    slope = by_time(field.log_z, t)
    assert torch.allclose(profile(field, build_target(problem), t).rate, slope, rtol=1e-6, atol=1e-8)


@everywhere
def test_mode_masses_sum_to_one_and_end_at_the_weights(problem: Problem) -> None:
    masses = of(problem, 0.0, 0.6, 1.0).mode_mass
    assert masses.sum(1).tolist() == pytest.approx([1, 1, 1], abs=1e-5)
    assert bool((masses > 0).all())
    sampled = (problem.interpolation == "transport" and problem.target.dim > 1) or problem.target.dim > 2
    weights = build_target(problem).weights.tolist()
    assert masses[-1].tolist() == pytest.approx(weights, abs=0.06 if sampled else 1e-3)


def test_mode_masses_start_with_those_of_the_latent() -> None:
    """For equal weights, each mass is one half by symmetry. For unequal weights, the expected values are mean responsibilities of latent
    samples."""
    even = Problem(TargetSpec.of("two_modes", dim=1))
    assert of(even, 0.0).mode_mass[0].tolist() == pytest.approx([0.5, 0.5], abs=1e-9)
    x = torch.randn(200_000, 1, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = build_target(Problem(LINE)).responsibilities(x).mean(0)
    for interpolation in ("linear", "transport"):
        found = of(Problem(LINE, interpolation), 0.0).mode_mass[0]
        assert torch.allclose(found, expected, atol=5e-3)


def overlap(means: tuple[float, float], variances: tuple[float, float]) -> float:
    """(E_p w)²/E_p w² for w = q/p, p = N(m, a) and q = N(n, b): one over ∫q²/p, a Gaussian integral of precision 2/b − 1/a."""
    (m, n), (a, b) = means, variances
    precision = 2 / b - 1 / a
    # q²/p = √a/(b √2π) exp(−(x − n)²/b + (x − m)²/(2a)); completing the square leaves (m − n)² (2/b)(1/a)/(2 precision).
    exponent = (m - n) ** 2 / (a * b * precision)
    second = math.sqrt(a) / b / math.sqrt(precision) * math.exp(exponent)
    return 1 / second


@pytest.mark.parametrize(("mean", "std", "sigma"), [(3.0, 0.6, 1.0), (-2.0, 1.5, 1.0), (0.0, 0.5, 4.0)])
def test_overlap_between_gaussians_matches_the_formula(mean: float, std: float, sigma: float) -> None:
    def moments(t: float) -> tuple[float, float]:
        variance = 1 / ((1 - t) / sigma**2 + t / std**2)
        return t * mean * variance / std**2, variance

    t = (0.0, 0.4, 1 - NEIGHBOUR)
    pairs = [zip(moments(time), moments(time + NEIGHBOUR), strict=True) for time in t]
    expected = [overlap(*pair) for pair in pairs]
    assert min(expected) < 0.999
    found = of(gaussian(mean, std, sigma), *t).overlap
    assert found.tolist() == pytest.approx(expected, rel=1e-6)


def test_overlap_formula_matches_numerical_integration() -> None:
    """Checks the formula that the tests above rely on."""
    x = torch.linspace(-20, 20, 40_001, dtype=torch.float64)
    p, q = (
        (-((x - mean) ** 2) / (2 * var)).exp() / math.sqrt(2 * math.pi * var)
        for mean, var in ((0.5, 1.0), (1.0, 1.2))
    )
    assert overlap((0.5, 1.0), (1.0, 1.2)) == pytest.approx(1 / float(torch.trapezoid(q**2 / p, x)))


@pytest.mark.parametrize("interpolation", ["linear", "gradient_flow", "transport"])
def test_constant_curve_has_full_overlap(interpolation: str) -> None:
    found = of(gaussian(0.0, 1.0, 1.0, interpolation), 0.0, 0.5, 0.9)
    assert found.overlap.tolist() == pytest.approx([1, 1, 1], abs=1e-6)
    assert found.max_speed.tolist() == pytest.approx([0, 0, 0], abs=1e-5)
    assert found.kinetic_energy.tolist() == pytest.approx([0, 0, 0], abs=1e-10)


@everywhere
def test_overlap_is_unknown_near_the_end_and_for_matched_samples(problem: Problem) -> None:
    found = of(problem, 0.3, 1 - NEIGHBOUR, 1 - NEIGHBOUR / 2, 1.0).overlap
    samples = problem.interpolation == "transport" and problem.target.dim == 2
    assert found.isnan().tolist() == [samples, samples, True, True]
    if not samples:
        assert bool(((found[:2] > 0) & (found[:2] <= 1 + 1e-9)).all())


@pytest.mark.parametrize("dim", [1, 2])
def test_largest_speed_of_a_scaling(dim: int) -> None:
    """|v| = |s'/s|·|x|. At u standard deviations from the origin ρ|v|² ∝ u² e^{−u²/2}, with maximum 2/e."""
    std, sigma, t = 0.6, 1.0, times(0.0, 0.5, 1.0)
    problem = Problem(TargetSpec.of("mixture", means=((0.0,) * dim,), std=std), sigma=sigma)
    variance = 1 / ((1 - t) / sigma**2 + t / std**2)
    growth = (variance * (1 / sigma**2 - 1 / std**2)).abs() / 2
    farthest = brentq(lambda u: 2 * math.log(u) - u**2 / 2 - math.log(2 / math.e * SPEED_FLOOR), 2.0, 10.0)
    expected = growth * variance.sqrt() * farthest
    found = profile(solve(problem, cells=96), build_target(problem), t).max_speed
    # At `farthest`, ρ|v|² is a fraction `SPEED_FLOOR` of its maximum. The outermost node that counts is up to one cell further inside.
    assert bool((found <= expected * 1.02).all())
    assert torch.allclose(found, expected, rtol=0.04)


@everywhere
def test_largest_speed_is_at_least_the_root_mean_square(problem: Problem) -> None:
    motion = solve(problem, cells=48).motion(torch.linspace(0, 1, 9, dtype=torch.float64))
    assert bool((motion.max_speed >= motion.kinetic_energy.sqrt() * (1 - 1e-9)).all())


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize(
    ("separation", "std", "sigma"), [(12.0, 0.2, 0.5), (8.0, 0.7, 1.0), (40.0, 0.7, 3.0)]
)
def test_largest_speed_occurs_in_the_gap_between_the_modes(
    separation: float, std: float, sigma: float, dim: int
) -> None:
    """One mode is filled with mass that crosses the gap between the modes (the neck), while the dense regions hardly move."""
    pair = TargetSpec.of("shifted_pair", mode_separation=separation, std=std, dim=dim)
    motion = solve(Problem(pair, sigma=sigma)).motion(torch.linspace(0, 1, 21, dtype=torch.float64))
    energy, speed = motion.kinetic_energy, motion.max_speed
    assert bool((speed >= energy.sqrt() * (1 - 1e-9)).all())
    assert float(energy.max()) > 1e6
    neck = energy > 1e6
    # The energy is concentrated in the neck, where ρ is small and the speed is therefore much larger than its root mean square.
    assert bool((speed[neck] > 1e3 * energy[neck].sqrt()).all())
