"""Linear curves to collinear modes in 2-D, solved as a 1-D problem along their line and in closed form across it."""

from __future__ import annotations

import math

import pytest
import torch

from core.interpolations.build import build_target
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.affine import AffineCurve
from core.reference.profile import profile
from core.reference.separable import SeparableField, is_separable
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.targets.mixture import GaussianMixture
from tests.core.differences import along, by_time
from tests.core.log_quadrature import log_kinetic_energy
from tests.core.planes import meshed, times

OBLIQUE = TargetSpec.of(
    "mixture", means=((1.0, 2.0), (2.5, 0.5), (3.0, 0.0)), std=0.7, weights=(1.0, 3.0, 2.0)
)
PROBLEMS = {
    "pair": Problem(TargetSpec.of("shifted_pair", mode_separation=4.0, std=0.7, dim=2)),
    "oblique": Problem(OBLIQUE, sigma=2.0),
    "around the target": Problem(OBLIQUE, sigma=0.8, center="target"),
    "one mode": Problem(TargetSpec.of("mixture", means=((2.0, -1.0),), std=0.5)),
    "asymmetric": Problem(TargetSpec.of("asymmetric_gmm", mode_separation=3.0), sigma=3.0),
}
everywhere = pytest.mark.parametrize("name", PROBLEMS)
T = times(0.0, 0.2, 0.5, 0.8, 1.0)


def separable(problem: Problem) -> SeparableField:
    field = solve(problem)
    assert isinstance(field, SeparableField)
    return field


@everywhere
def test_separable_field_matches_the_solution_on_a_mesh(name: str) -> None:
    problem = PROBLEMS[name]
    field, mesh = separable(problem), meshed(problem, 160)
    assert torch.allclose(field.kinetic_energy(T), mesh.kinetic_energy(T), rtol=5e-3)
    assert torch.allclose(field.motion(T).max_speed, mesh.motion(T).max_speed, rtol=0.1)
    assert torch.allclose(field.log_z(T), mesh.log_z(T), atol=1e-4)
    target = build_target(problem)
    found, expected = profile(field, target, T), profile(mesh, target, T)
    for part, tolerance in (("rate", 1e-3), ("mode_mass", 1e-4), ("overlap", 1e-4)):
        assert torch.allclose(getattr(found, part), getattr(expected, part), atol=tolerance, equal_nan=True)
    assert torch.allclose(found.kinetic_energy, field.kinetic_energy(T))


@everywhere
def test_grid_values_match_point_values(name: str) -> None:
    field = separable(PROBLEMS[name])
    axes = (torch.linspace(-1, 3, 9, dtype=torch.float64), torch.linspace(-2, 2, 8, dtype=torch.float64))
    x, t = torch.cartesian_prod(*axes), times(0.3)
    grid, alone = field.on_grid(t, axes), field.evaluate(t.expand(len(x)), x)
    assert torch.allclose(grid.velocity.reshape(-1, 2), alone.velocity, rtol=1e-9, atol=1e-12)
    assert torch.allclose(grid.log_density.flatten(), alone.log_density, rtol=1e-12)
    assert torch.equal(field.grid_summary(t, axes).value.velocity, grid.velocity)


@everywhere
def test_velocity_generates_the_densities(name: str) -> None:
    """The divergence matches differences of the velocity, and the continuity equation holds."""
    field = separable(PROBLEMS[name])
    x = torch.tensor([[0.3, 0.4], [1.5, 1.0], [2.0, 0.5]], dtype=torch.float64)
    for time in (0.1, 0.5, 0.9):
        t = torch.full((3,), time, dtype=torch.float64)
        value, density = field.evaluate(t, x), field.path.evaluate(t, x)
        slopes = [
            along(
                lambda place, t=t, i=i: field.evaluate(t, place).velocity[:, i], x, torch.eye(2).double()[i]
            )
            for i in (0, 1)
        ]
        assert torch.allclose(value.divergence, slopes[0] + slopes[1], rtol=1e-4, atol=1e-5)
        rate = field.slices(t[:1]).rate
        residual = density.log_density_dt + (value.velocity * density.score).sum(1) + value.divergence - rate
        assert float(residual.abs().max()) < 1e-6 * (1 + float(value.velocity.abs().max()))


@everywhere
def test_rate_is_the_slope_of_log_z(name: str) -> None:
    field, t = separable(PROBLEMS[name]), times(0.2, 0.6)
    assert torch.allclose(field.slices(t).rate, by_time(field.log_z, t), rtol=1e-6, atol=1e-8)
    assert torch.allclose(field.log_z(times(0.0, 1.0)), times(0.0, 0.0), atol=1e-9)


@pytest.mark.thorough
def test_samples_moved_by_the_exact_velocity_get_equal_weights() -> None:
    problem = Problem(OBLIQUE, sigma=2.0, sampling=SamplingSettings("rk4", 50))
    metrics = evaluate(problem, separable(problem), 300).report.metrics
    assert metrics.ess_fraction > 0.99
    assert metrics.log_z == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize("sigma", [0.5, 1.0, 3.0])
@pytest.mark.parametrize(("separation", "std"), [(12.0, 0.2), (4.0, 0.2), (8.0, 0.7), (30.0, 0.7)])
def test_energy_through_deep_necks_is_accurate(separation: float, std: float, sigma: float) -> None:
    """For these problems, solutions on a mesh had errors of up to 97 %."""
    target = TargetSpec.of("shifted_pair", mode_separation=separation, std=std, dim=2)
    t = times(0.1, 0.4, 0.7)
    across = AffineCurve(sigma, 0.0, std).kinetic_energy(t).tolist()
    expected = [
        math.exp(log_kinetic_energy(time, (0.0, separation), std, sigma)) + part
        for time, part in zip(t.tolist(), across, strict=True)
    ]
    field = separable(Problem(target, sigma=sigma))
    assert field.kinetic_energy(t).tolist() == pytest.approx(expected, rel=1e-4)
    motion = field.motion(t)
    assert bool((motion.max_speed >= motion.kinetic_energy.sqrt() * (1 - 1e-9)).all())


@pytest.mark.parametrize(
    ("means", "std", "expected"),
    [
        (((0.0, 0.0), (1.0, 2.0), (2.0, 4.0)), 0.5, True),
        (((1.0, 1.0),), 0.5, True),
        (((0.0, 0.0), (1.0, 2.0), (2.0, 4.001)), 0.5, False),
        (((0.0, 0.0), (1.0, 0.0)), (0.5, 0.6), False),
        (((0.0,), (1.0,)), 0.5, False),
        (((0.0, 0.0, 0.0), (1.0, 0.0, 0.0)), 0.5, False),
    ],
    ids=["line", "one mode", "bent", "two widths", "on the line", "in space"],
)
def test_only_equally_wide_collinear_modes_are_separable(means: object, std: object, expected: bool) -> None:
    assert is_separable(GaussianMixture(means, std)) is expected  # type: ignore[arg-type]
