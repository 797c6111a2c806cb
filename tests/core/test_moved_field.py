"""Translating a problem translates its exact field."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.interpolations.build import build_latent
from core.problem import Problem, TargetSpec
from core.reference.base import AbstractExactField
from core.reference.moved_field import MovedField
from core.reference.profile import profile
from core.reference.solve import solve
from core.targets.registry import build
from core.types import Box

BY = torch.tensor([100.0, -50.0], dtype=torch.float64)
TIMES = torch.tensor([0.0, 0.3, 0.8, 1.0], dtype=torch.float64)
MEANS = {1: ((-2.0,), (2.0,)), 2: ((-2.0, 0.5), (2.0, -0.5))}


def mixture(dim: int, by: torch.Tensor) -> TargetSpec:
    means = torch.tensor(MEANS[dim], dtype=torch.float64) + by[:dim]
    return TargetSpec.of("mixture", means=means.tolist(), std=0.7, weights=(0.3, 0.7))


def pair(interpolation: str, dim: int) -> tuple[AbstractExactField, AbstractExactField]:
    """The exact fields of a problem centred at the origin, and of the same problem translated by BY."""
    problem = Problem(mixture(dim, 0 * BY), interpolation, center="target")
    return solve(problem), solve(replace(problem, target=mixture(dim, BY)))


CASES = [
    ("linear", 1, 1e-6),
    ("linear", 2, 1e-6),
    ("gradient_flow", 1, 1e-9),
    ("gradient_flow", 2, 1e-9),
    ("transport", 1, 1e-6),
]


@pytest.mark.parametrize(("interpolation", "dim", "rel"), CASES)
def test_translated_problem_has_the_translated_field(interpolation: str, dim: int, rel: float) -> None:
    near, far = pair(interpolation, dim)
    x = near.box.center + torch.randn(200, dim, generator=torch.Generator().manual_seed(0)).double()
    for t in TIMES:
        here, there = near.evaluate(t.expand(200), x), far.evaluate(t.expand(200), x + BY[:dim])
        assert torch.allclose(here.velocity, there.velocity, rtol=rel, atol=rel)
        assert torch.allclose(here.divergence, there.divergence, rtol=100 * rel, atol=100 * rel)
        assert torch.allclose(here.log_density, there.log_density, rtol=rel, atol=rel)


@pytest.mark.parametrize(("interpolation", "dim", "rel"), CASES)
def test_translated_problem_has_the_same_energies_and_translated_grids(
    interpolation: str, dim: int, rel: float
) -> None:
    near, far = pair(interpolation, dim)
    assert torch.allclose(near.kinetic_energy(TIMES), far.kinetic_energy(TIMES), rtol=1e-5)
    axes = tuple(torch.linspace(-3.0, 3.0, 7, dtype=torch.float64) for _ in range(dim))
    here = near.on_grid(TIMES, axes)
    there = far.on_grid(TIMES, tuple(axis + by for axis, by in zip(axes, BY.tolist(), strict=False)))
    assert torch.allclose(here.velocity, there.velocity, rtol=1e-5, atol=1e-5)


def test_convolved_flow_and_its_given_box_are_translated() -> None:
    spec = TargetSpec.of("two_moons")
    center = build("two_moons", spec.values).box.center
    problem = Problem(spec, "gradient_flow", sigma=2.0, center="target")
    box = Box(center - 5, center + 5)
    at_origin = solve(replace(problem, center="origin"), box)
    assert torch.allclose(
        solve(problem, box).kinetic_energy(TIMES), at_origin.kinetic_energy(TIMES), rtol=1e-6
    )


@pytest.mark.parametrize("by", [-7.0, 30.0])
def test_laplace_pair_with_a_centred_latent_is_solved_by_quadrature(by: float) -> None:
    """The closed form assumes a latent at the origin. Quadrature must agree with that at half the resolution, and be symmetric."""
    field = solve(Problem(TargetSpec.of("laplace", mode_separation=abs(by)), "linear", center="target"))
    coarse = field.coarsened()
    assert coarse is not None
    assert torch.allclose(field.kinetic_energy(TIMES), coarse.kinetic_energy(TIMES), rtol=1e-5)
    # By symmetry the velocity is odd about the middle between the modes.
    x = torch.tensor([[0.3], [1.1]], dtype=torch.float64)
    middle = abs(by) / 2
    right = field.evaluate(torch.full((2,), 0.5), middle + x).velocity
    left = field.evaluate(torch.full((2,), 0.5), middle - x).velocity
    assert torch.allclose(right, -left, rtol=1e-6)


def test_moved_gradient_flow_starts_at_its_latent() -> None:
    problem = Problem(mixture(2, BY), "gradient_flow", sigma=1.5, center="target")
    field, latent = solve(problem), build_latent(problem)
    assert isinstance(field, MovedField)
    x = latent.sample(100, torch.Generator().manual_seed(0))
    log_density = field.evaluate(torch.zeros(100, dtype=torch.float64), x).log_density
    assert torch.allclose(log_density, -latent.energy(x), atol=0.2)


def test_translation_does_not_change_the_mode_masses() -> None:
    near, far = pair("gradient_flow", 2)
    target = build("mixture", mixture(2, 0 * BY).values), build("mixture", mixture(2, BY).values)
    masses = [
        profile(field, density, TIMES).mode_mass for field, density in zip((near, far), target, strict=True)
    ]
    assert torch.allclose(*masses, atol=1e-9)
