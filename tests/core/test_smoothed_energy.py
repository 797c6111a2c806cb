"""A smoothed energy: its derivatives belong to its value, a parabola keeps its shape, creases are gone."""

from __future__ import annotations

import pytest
import torch

from core.interpolations.build import build_target
from core.interpolations.smoothed_energy import WIDTH, SmoothedEnergy
from core.problem import Problem, TargetSpec
from core.targets.base import AbstractTarget, energy_derivatives
from core.targets.latent import GaussianLatent
from core.types import Box

TARGETS = [TargetSpec.of("double_well"), TargetSpec.of("two_modes"), TargetSpec.of("ring")]


def target_of(spec: TargetSpec) -> AbstractTarget:
    return build_target(Problem(spec))


@pytest.mark.parametrize("spec", TARGETS, ids=lambda spec: spec.name)
def test_the_derivatives_are_those_of_the_value(spec: TargetSpec, generator: torch.Generator) -> None:
    target = target_of(spec)
    smoothed = SmoothedEnergy(target, 0.0, 5.0, target.box)
    x = target.box.sample(200, generator).requires_grad_()
    found = smoothed(x)
    (gradient,) = torch.autograd.grad(found.value.sum(), x, create_graph=True)
    laplacian = sum(
        torch.autograd.grad(gradient[:, i].sum(), x, retain_graph=True)[0][:, i] for i in range(target.dim)
    )
    torch.testing.assert_close(found.gradient, gradient, rtol=1e-9, atol=1e-9)
    torch.testing.assert_close(found.laplacian, laplacian, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dim", [1, 2])
def test_smoothing_lifts_a_parabola_and_leaves_its_shape(dim: int, generator: torch.Generator) -> None:
    # Far below its unit, asinh is the identity; and a parabola's mean under Gaussian noise is the parabola, a constant higher.
    normal, unit = GaussianLatent(1.5, dim), 1e7
    box = Box(torch.full((dim,), -12.0, dtype=torch.float64), torch.full((dim,), 12.0, dtype=torch.float64))
    smoothed = SmoothedEnergy(normal, 0.0, unit, box)
    x = 6 * (2 * torch.rand(300, dim, generator=generator, dtype=torch.float64) - 1)
    found, expected = smoothed(x), energy_derivatives(normal, x)
    lift = dim * WIDTH**2 / 2
    torch.testing.assert_close(unit * found.value, expected.value + lift, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(unit * found.gradient, expected.gradient, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(unit * found.laplacian, expected.laplacian, rtol=1e-2, atol=1e-2)


def test_the_crease_between_two_modes_is_gone() -> None:
    target = target_of(TargetSpec.of("two_modes", mode_separation=12.0))
    unit = 1e7
    smoothed = SmoothedEnergy(target, 0.0, unit, target.box)
    middle = torch.zeros(1, 2, dtype=torch.float64)
    crease = energy_derivatives(target, middle).laplacian
    assert float(crease) < -100
    assert abs(unit * float(smoothed(middle).laplacian)) < 0.2 * abs(float(crease))


def test_beyond_its_box_it_is_as_at_the_border(generator: torch.Generator) -> None:
    target = target_of(TargetSpec.of("ring"))
    smoothed = SmoothedEnergy(target, 0.0, 5.0, target.box)
    edge = target.box.upper[None].clone()
    found, border = smoothed(edge + 100), smoothed(edge)
    torch.testing.assert_close(found.value, border.value)
    assert found.gradient.abs().max() == 0
    assert found.laplacian.abs().max() == 0


def test_its_energies_are_counted_and_infinite_ones_are_borne() -> None:
    class Wall(GaussianLatent):
        calls = 0

        def energy(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(x[:, 0] > 2, torch.inf, super().energy(x))

    wall = Wall(1.0, 2)
    smoothed = SmoothedEnergy(wall, 0.0, 5.0, wall.box)  # type: ignore[arg-type]
    assert wall.calls == smoothed.coefficients.numel()
    assert smoothed(wall.box.sample(100, torch.Generator().manual_seed(0))).value.isfinite().all()
