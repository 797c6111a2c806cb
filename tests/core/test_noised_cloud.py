"""The Monte Carlo start of gradient flows, that is, their curve before training; compared with exact solutions."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.interpolations.build import build_interpolation, build_schedule, build_target
from core.interpolations.noised_cloud import NoisedCloud
from core.interpolations.starts import FadingStart, MonteCarloStart, start_of
from core.problem import Problem, TargetSpec, TrainingSettings
from core.reference.solve import solve
from core.results.evaluation import evaluate

UNEVEN = Problem(
    TargetSpec.of("mixture", means=[[-3, 0], [2, 1]], std=[0.7, 0.9], weights=[0.8, 0.2]),
    "gradient_flow",
    sigma=1.5,
    training=TrainingSettings(width=8, depth=2),
)
LINE = replace(UNEVEN, target=TargetSpec.of("double_well"))
MOONS = replace(UNEVEN, target=TargetSpec.of("two_moons"), sigma=2.0)


@pytest.fixture(scope="module")
def cloud() -> NoisedCloud:
    found = NoisedCloud.of(build_target(UNEVEN), build_schedule(UNEVEN))
    assert found is not None
    return found


def flow_points(problem: Problem, times: tuple[float, float]) -> tuple[torch.Tensor, torch.Tensor]:
    """Times, and samples of the exact flow at those times."""
    g = torch.Generator().manual_seed(3)
    target, schedule = build_target(problem), build_schedule(problem)
    t = torch.linspace(*times, 200, dtype=torch.float64)
    noise = torch.randn(200, target.dim, generator=g, dtype=torch.float64)
    return t, schedule.shrink(t)[:, None] * target.sample(200, g) + schedule.noise(t)[:, None] * noise


def test_mass_of_the_cloud_estimates_z(cloud: NoisedCloud) -> None:
    assert float(cloud.log_mass.logsumexp(0)) == pytest.approx(0.0, abs=2e-3)


@pytest.mark.parametrize("problem", [UNEVEN, LINE], ids=["plane", "line"])
def test_cloud_matches_the_exact_flow_beyond_its_resolution(problem: Problem) -> None:
    found = NoisedCloud.of(build_target(problem), build_schedule(problem))
    assert found is not None
    t, x = flow_points(problem, (0.05, 0.75))
    value, exact = found(t, x), solve(problem).evaluate(t, x)
    error = value.value - exact.log_density
    # If the exact density is not normalised, the two may differ by a constant that is the same at all times.
    assert float((error - error.mean()).abs().max()) < 0.02
    half_beta, sigma2 = build_schedule(problem).beta(t) / 2, problem.sigma**2
    velocity = half_beta[:, None] * (x + sigma2 * value.gradient)
    assert float((velocity - exact.velocity).norm() / exact.velocity.norm()) < 0.02


@pytest.mark.parametrize("problem", [UNEVEN, LINE, MOONS], ids=["mixture", "double_well", "two_moons"])
def test_start_equals_the_target_at_t_1(problem: Problem) -> None:
    target = build_target(problem)
    start = start_of(target, build_schedule(problem), "monte_carlo")
    assert isinstance(start, MonteCarloStart)
    x = target.sample(50, torch.Generator().manual_seed(0))
    value = start(torch.ones(50, dtype=torch.float64), x)
    assert torch.allclose(value.value, -target.energy(x))


def test_time_derivative_of_the_start_matches_its_values() -> None:
    start = start_of(build_target(UNEVEN), build_schedule(UNEVEN), "monte_carlo")
    t, x = flow_points(UNEVEN, (0.1, 0.98))
    step = 1e-5
    slope = (start(t + step, x).value - start(t - step, x).value) / (2 * step)
    assert torch.allclose(start(t, x).dt, slope, rtol=1e-4, atol=1e-4)


def test_space_derivatives_of_the_start_match_its_values() -> None:
    start = start_of(build_target(UNEVEN), build_schedule(UNEVEN), "monte_carlo")
    t, x = flow_points(UNEVEN, (0.1, 0.98))
    step = 1e-4
    laplacian = torch.zeros_like(t)
    for axis in range(2):
        shift = step * torch.eye(2, dtype=torch.float64)[axis]
        up, down = start(t, x + shift), start(t, x - shift)
        slope = (up.value - down.value) / (2 * step)
        assert torch.allclose(start(t, x).gradient[:, axis], slope, rtol=1e-4, atol=1e-4)
        laplacian += (up.gradient - down.gradient)[:, axis] / (2 * step)
    assert torch.allclose(start(t, x).laplacian, laplacian, rtol=1e-3, atol=1e-2)


@pytest.mark.thorough
def test_monte_carlo_start_gives_better_samples_than_the_fading_start() -> None:
    ess = []
    for kind in ("monte_carlo", "fading"):
        problem = replace(UNEVEN, training=replace(UNEVEN.training, start=kind))
        model = build_interpolation(problem, torch.Generator().manual_seed(0))
        ess.append(evaluate(problem, model, 300).report.metrics.ess_fraction)
    assert ess[0] > 0.98
    assert not ess[1] > 0.9


def test_every_energy_evaluation_is_counted() -> None:
    target = build_target(UNEVEN)
    found = NoisedCloud.of(target, build_schedule(UNEVEN))
    assert found is not None
    assert target.calls == found.calls > 1000


def test_fading_start_is_used_if_the_target_cannot_be_resolved() -> None:
    problem = replace(UNEVEN, target=TargetSpec.of("two_modes", dim=24))
    assert isinstance(start_of(build_target(problem), build_schedule(problem), "monte_carlo"), FadingStart)
