"""The exact velocity of the densities of a learned curve."""

from __future__ import annotations

from functools import cache

import pytest
import torch
from torch import Tensor

from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_interpolation, build_latent, build_target
from core.problem import Problem, TargetSpec, TrainingSettings
from core.reference.base import AbstractExactField
from core.reference.path import ConstantPath, CurvePath, LinearPath
from core.reference.solve import solve, solve_learned
from tests.core.differences import by_time, divergence, gradient

LINE = TargetSpec.of("mixture", means=((-2.0,), (1.5,)), std=(0.6, 0.9), weights=(1.0, 2.0))
PLANE = TargetSpec.of("mixture", means=((-1.5, 0.5), (1.0, -1.0)), std=(0.6, 0.9), weights=(1.0, 2.0))
places = pytest.mark.parametrize("target", [LINE, PLANE], ids=["line", "plane"])


def model_of(target: TargetSpec, interpolation: str, bump: float = 300.0) -> AbstractInterpolation:
    """An untrained curve. For a learned curve ψ is scaled up by `bump`, so that it clearly differs from the linear one."""
    training = TrainingSettings(width=8, depth=2)
    problem = Problem(target, interpolation, sigma=1.5, training=training)
    model = build_interpolation(problem, torch.Generator().manual_seed(4))
    if interpolation == "learned":
        with torch.no_grad():
            model.correction.readout.mul_(bump)
    return model


@cache
def carried(target: TargetSpec) -> AbstractExactField:
    """The exact field of the learned curve, shared by all tests that do not change it."""
    return solve_learned(model_of(target, "learned"))


def points(field: AbstractExactField, t: float) -> tuple[Tensor, Tensor]:
    """Points drawn from ρ_t: quadrature nodes with a small random displacement."""
    time = torch.tensor([t], dtype=torch.float64)
    slices = field.slices(time)
    chosen = torch.multinomial(slices.mass[0], 200, generator=torch.Generator().manual_seed(0))
    jitter = torch.rand(200, field.dim, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.5
    return time.expand(200), slices.x[0, chosen] + 0.05 * jitter


@pytest.mark.parametrize("t", [0.2, 0.5, 0.8])
@places
def test_velocity_generates_the_learned_densities(target: TargetSpec, t: float) -> None:
    """∂_t log ρ̃ + v·∇log ρ̃ + ∇·v = C_t, with all derivatives by differences. The linear curve's velocity violates it."""
    field = carried(target)
    linear = solve(Problem(target, sigma=1.5))
    time, x = points(field, t)
    rate = by_time(lambda at: field.log_density(at, x), time) - field.slices(time[:1]).rate
    score = gradient(lambda at: field.log_density(time, at), x)

    def residual(velocity: AbstractExactField) -> float:
        found = velocity.evaluate(time, x).velocity
        growth = divergence(lambda at: velocity.evaluate(time, at).velocity, x, 1e-4)
        left = rate + (found * score).sum(1) + growth
        return float(left.square().mean().sqrt() / rate.square().mean().sqrt())

    assert residual(field) < (1e-4 if field.dim == 1 else 0.01)
    assert residual(linear) > 0.05


@places
def test_densities_are_those_of_the_model(target: TargetSpec) -> None:
    model, field = model_of(target, "learned"), carried(target)
    t = torch.linspace(0, 1, 7, dtype=torch.float64)
    x = torch.randn(7, field.dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    expected = model.evaluate(t, x).log_density
    assert torch.allclose(field.log_density(t, x), expected, rtol=1e-5, atol=1e-5)
    assert torch.allclose(field.evaluate(t, x).log_density, expected, rtol=1e-5, atol=1e-5)
    linear = LinearPath(model.latent, model.target).evaluate(t, x).log_density
    assert float((linear - expected)[1:-1].abs().max()) > 0.05


@places
def test_learned_curve_starts_at_the_latent_and_ends_at_the_target(target: TargetSpec) -> None:
    problem = Problem(target, sigma=1.5)
    field = carried(target)
    x = torch.randn(9, field.dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    for t, density in ((0.0, build_latent(problem)), (1.0, build_target(problem))):
        found = field.log_density(torch.full((9,), t, dtype=torch.float64), x)
        # The model's parameters are float32, so its ends are rounded to that precision.
        assert torch.allclose(found, -density.energy(x), rtol=1e-6, atol=1e-6)
    ends = field.log_z(torch.tensor([0.0, 1.0], dtype=torch.float64))
    assert ends.tolist() == pytest.approx([0, 0], abs=1e-6 if field.dim == 1 else 3e-4)


@places
def test_model_without_a_correction_gives_the_linear_curve(target: TargetSpec) -> None:
    """Only the model's densities are used; its own velocity comes from an untrained network."""
    found = solve_learned(model_of(target, "linear"))
    expected = solve(Problem(target, sigma=1.5))
    t = torch.tensor([0.1, 0.5, 1.0], dtype=torch.float64)
    on_line = found.dim == 1
    energy = expected.kinetic_energy(t)
    assert torch.allclose(found.kinetic_energy(t), energy, rtol=1e-5 if on_line else 5e-3)
    assert torch.allclose(found.log_z(t), expected.log_z(t), atol=1e-6 if on_line else 1e-4)


@places
def test_further_training_does_not_change_the_field(target: TargetSpec) -> None:
    model = model_of(target, "learned")
    field = solve_learned(model)
    t = torch.tensor([0.5], dtype=torch.float64)
    before = field.log_z(t)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()
    assert torch.equal(field.log_z(t), before)
    assert next(model.parameters()).dtype == torch.float32


PATHS = {
    "linear": lambda problem: LinearPath(build_latent(problem), build_target(problem)),
    "constant": lambda problem: ConstantPath(build_target(problem)),
    "learned": lambda problem: CurvePath(model_of(problem.target, "learned")),
}


@pytest.mark.parametrize("name", PATHS)
@places
def test_derivatives_of_a_path_match_differences(target: TargetSpec, name: str) -> None:
    path = PATHS[name](Problem(target, sigma=1.5))
    t = torch.linspace(0.1, 0.9, 8, dtype=torch.float64)
    dim = len(target.values["means"][0])
    x = torch.randn(8, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    value = path.evaluate(t, x)
    slope = by_time(lambda at: path.evaluate(at, x).log_density, t)
    score = gradient(lambda at: path.evaluate(t, at).log_density, x)
    assert torch.allclose(value.log_density_dt, slope, rtol=1e-8, atol=1e-9)
    assert torch.allclose(value.score, score, rtol=1e-7, atol=1e-8)


@pytest.mark.parametrize("name", PATHS)
@places
def test_grid_values_of_a_path_match_point_values(target: TargetSpec, name: str) -> None:
    path = PATHS[name](Problem(target, sigma=1.5))
    t = torch.tensor([0.0, 0.4, 1.0], dtype=torch.float64)
    dim = len(target.values["means"][0])
    x = torch.randn(8, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    log_density, growth = path.on_grid(t, x)
    for i, time in enumerate(t):
        value = path.evaluate(time.expand(8), x)
        assert torch.allclose(log_density[i], value.log_density, rtol=1e-12, atol=1e-12)
        assert torch.allclose(growth[i], value.log_density_dt, rtol=1e-12, atol=1e-12)
