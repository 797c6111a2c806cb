from __future__ import annotations

import math

import pytest
import torch

from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.reference.line import LineField
from core.reference.solve import solve
from core.reference.transport import action, w2_squared


def line(target: TargetSpec, sigma: float = 1.0) -> LineField:
    field = solve(Problem(target, "linear", sigma=sigma))
    assert isinstance(field, LineField)
    return field


@pytest.mark.parametrize(("mean", "std", "sigma"), [(0.0, 1.0, 1.0), (3.0, 0.5, 1.0), (-2.0, 2.0, 0.3)])
def test_w2_of_two_gaussians(mean: float, std: float, sigma: float) -> None:
    """Means and standard deviations part like points in a plane."""
    field = line(TargetSpec.of("mixture", means=((mean,),), std=std), sigma)
    assert w2_squared(field) == pytest.approx(mean**2 + (std - sigma) ** 2, rel=1e-9, abs=1e-9)


def test_w2_of_two_laplace_densities() -> None:
    """At m = 0 the target is the latent scaled by ½, and E(X/2)² = ½ for X of density e^{−|x|}/2."""
    assert w2_squared(line(TargetSpec.of("laplace", mode_separation=0.0))) == pytest.approx(0.5, rel=1e-7)


@pytest.mark.parametrize("m", [2.0, 5.0, 20.0])
def test_w2_of_the_laplace_pair_by_sorted_samples(m: float) -> None:
    problem, generator = (
        Problem(TargetSpec.of("laplace", mode_separation=m)),
        torch.Generator().manual_seed(0),
    )
    latent, target = (build(problem).sample(200_000, generator) for build in (build_latent, build_target))
    sampled = float((latent.sort(0).values - target.sort(0).values).square().mean())
    assert w2_squared(line(problem.target)) == pytest.approx(sampled, rel=0.02)


def test_w2_grows_like_half_the_squared_separation() -> None:
    """One half of the mass travels by m: METHOD, section 3."""
    assert w2_squared(line(TargetSpec.of("laplace", mode_separation=50.0))) == pytest.approx(
        50**2 / 2, rel=0.05
    )


@pytest.mark.parametrize(
    ("target", "sigma"),
    [
        (TargetSpec.of("laplace"), 1.0),
        (TargetSpec.of("two_modes", dim=1), 1.0),
        (TargetSpec.of("two_modes", dim=1), 3.0),
        (TargetSpec.of("mixture", means=((3.0,),), std=0.5), 1.0),
    ],
)
def test_action_is_the_integral_of_kinetic_energy_and_bounds_w2(target: TargetSpec, sigma: float) -> None:
    field = line(target, sigma)
    t = (torch.arange(400, dtype=torch.float64) + 0.5) / 400
    found = action(field)
    assert found == pytest.approx(float(field.kinetic_energy(t).mean()), rel=1e-3)
    assert found >= w2_squared(field)


def test_a_curve_that_stands_still_costs_nothing() -> None:
    field = line(TargetSpec.of("mixture", means=((0.0,),), std=1.0))
    assert action(field) == pytest.approx(0.0, abs=1e-12)


def test_the_action_of_teleportation_grows_exponentially() -> None:
    """~ 0.089·m·e^m for the linear path of the Laplace pair, against W₂² ~ m²/2: METHOD, section 3."""
    for m in (30.0, 40.0):
        found = action(line(TargetSpec.of("laplace", mode_separation=m)))
        assert found / (m * math.exp(m)) == pytest.approx(0.089, rel=0.05)
