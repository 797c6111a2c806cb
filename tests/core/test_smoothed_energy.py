"""The smoothed energy and its derivatives."""

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
def test_derivatives_of_the_smoothed_energy_match_its_values(
    spec: TargetSpec, generator: torch.Generator
) -> None:
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
def test_smoothing_shifts_a_parabola_by_a_constant(dim: int, generator: torch.Generator) -> None:
    # Energies far below `unit` are not compressed: asinh is the identity there. Convolution with a Gaussian adds a constant to a parabola.
    normal, unit = GaussianLatent(1.5, dim), 1e7
    box = Box(torch.full((dim,), -12.0, dtype=torch.float64), torch.full((dim,), 12.0, dtype=torch.float64))
    smoothed = SmoothedEnergy(normal, 0.0, unit, box)
    x = 6 * (2 * torch.rand(300, dim, generator=generator, dtype=torch.float64) - 1)
    found, expected = smoothed(x), energy_derivatives(normal, x)
    lift = dim * WIDTH**2 / 2
    torch.testing.assert_close(unit * found.value, expected.value + lift, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(unit * found.gradient, expected.gradient, rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(unit * found.laplacian, expected.laplacian, rtol=1e-2, atol=1e-2)


def test_smoothing_removes_the_crease_between_modes() -> None:
    target = target_of(TargetSpec.of("two_modes", mode_separation=12.0))
    unit = 1e7
    smoothed = SmoothedEnergy(target, 0.0, unit, target.box)
    middle = torch.zeros(1, 2, dtype=torch.float64)
    crease = energy_derivatives(target, middle).laplacian
    assert float(crease) < -100
    assert abs(unit * float(smoothed(middle).laplacian)) < 0.2 * abs(float(crease))


def test_smoothed_energy_is_constant_outside_its_box(generator: torch.Generator) -> None:
    target = target_of(TargetSpec.of("ring"))
    smoothed = SmoothedEnergy(target, 0.0, 5.0, target.box)
    edge = target.box.upper[None].clone()
    found, border = smoothed(edge + 100), smoothed(edge)
    torch.testing.assert_close(found.value, border.value)
    assert found.gradient.abs().max() == 0
    assert found.laplacian.abs().max() == 0


def test_energies_are_counted_and_may_be_infinite() -> None:
    class Wall(GaussianLatent):
        def energy(self, x: torch.Tensor) -> torch.Tensor:
            return torch.where(x[:, 0] > 2, torch.inf, super().energy(x))

    wall = Wall(1.0, 2)
    smoothed = SmoothedEnergy(wall, 0.0, 5.0, wall.box)  # type: ignore[arg-type]
    assert wall.calls == smoothed.coefficients.numel()
    assert smoothed(wall.box.sample(100, torch.Generator().manual_seed(0))).value.isfinite().all()
