"""Properties of every 2-D field that is solved on a mesh."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from core.fields import grid_points
from core.interpolations.build import build_latent
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.plane import MOST_KEPT, PlaneField
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.sampling.flow import carry
from core.types import Box
from tests.core.differences import by_time, divergence, gradient
from tests.core.planes import plane, times

UNEVEN = TargetSpec.of("mixture", means=((-1.5, 0.5), (1.0, -1.0)), std=(0.6, 0.9), weights=(1.0, 2.0))


def points(field: PlaneField, t: float, count: int = 300) -> tuple[Tensor, Tensor]:
    """Points drawn from ρ_t."""
    slices = field.slices(times(t))
    chosen = torch.multinomial(slices.mass[0], count, generator=torch.Generator().manual_seed(0))
    jitter = torch.rand(count, 2, generator=torch.Generator().manual_seed(1), dtype=torch.float64) - 0.5
    return times(t).expand(count), slices.x[0, chosen] + 0.1 * jitter


@pytest.mark.parametrize("t", [0.2, 0.5, 0.8])
@pytest.mark.parametrize("sigma", [1.0, 2.5])
def test_continuity_residual_is_second_order_and_large_for_a_wrong_velocity(sigma: float, t: float) -> None:
    """The residual is measured relative to the growth rate of the density; both are root mean squares over ρ_t."""
    time, x = points(plane(UNEVEN, sigma, 64), t)
    shares = []
    for cells in (32, 128):
        field = plane(UNEVEN, sigma, cells)
        value = field.evaluate(time, x)
        rate = by_time(lambda at, field=field: field.log_density(at, x), time)
        rate = rate - field.slices(time[:1]).rate
        score = gradient(lambda at, field=field: field.log_density(time, at), x)
        transport = (value.velocity * score).sum(1) + value.divergence
        shares.append(float((rate + transport).square().mean().sqrt() / rate.square().mean().sqrt()))
        assert float((rate + 1.5 * transport).square().mean()) > 0.2 * float(rate.square().mean())
    assert shares[1] < 0.01
    assert math.log2(shares[0] / shares[1]) / 2 == pytest.approx(2, abs=0.4)


def test_divergence_is_the_trace_of_the_jacobian() -> None:
    field = plane(UNEVEN, 1.5, 48)
    t, x = points(field, 0.6)
    slope = divergence(lambda at: field.evaluate(t, at).velocity, x, 1e-6)
    # A few difference quotients straddle the border of a cell, where the interpolating cubic changes.
    error = (field.evaluate(t, x).divergence - slope).abs()
    assert float(error.quantile(0.97)) < 1e-6


def test_rate_is_the_slope_of_log_z() -> None:
    field, t = plane(UNEVEN, 2.0), times(0.2, 0.5, 0.8)
    assert torch.allclose(field.slices(t).rate, by_time(field.log_z, t), rtol=1e-7, atol=1e-9)


def test_log_z_of_a_mixture_ends_at_zero() -> None:
    field = plane(UNEVEN, 2.0)
    assert field.log_z(times(0.0, 1.0)).tolist() == pytest.approx([0, 0], abs=3e-4)
    assert torch.equal(field.log_z(times(1.0, 0.5, 1.0)), field.slices(times(1.0, 0.5, 1.0)).log_z)


def test_slices_integrate_the_density() -> None:
    """At t = 1 the first and second moments are those of the target; masses sum to one and log-densities agree."""
    field = plane(UNEVEN, 2.0, 96)
    slices = field.slices(times(1.0, 0.5))
    assert torch.allclose(slices.mass.sum(1), torch.ones(2, dtype=torch.float64))
    x, mass = slices.x[0], slices.mass[0]
    assert (mass @ x).tolist() == pytest.approx([(-1.5 + 2) / 3, (0.5 - 2) / 3], abs=1e-6)
    second = (0.36 + 1.5**2 + 2 * (0.81 + 1)) / 3
    assert float(mass @ x[:, 0].square()) == pytest.approx(second, rel=5e-3)
    whole = field.log_density(times(0.5).expand(len(x)), x) - slices.log_z[1]
    assert torch.allclose(slices.log_prob[1], whole, rtol=1e-12)


def test_kinetic_energy_is_the_mean_squared_speed() -> None:
    """The kinetic energy is computed as a sum over faces, and the mean squared speed as a sum over cells."""
    t = times(0.1, 0.6, 1.0)
    field = plane(UNEVEN, 2.0, 128)
    slices = field.slices(t)
    mean = (slices.mass * slices.velocity.square().sum(-1)).sum(1)
    assert torch.allclose(field.kinetic_energy(t), mean, rtol=1e-2)


@pytest.mark.parametrize(
    ("turn", "back"), [((1, 0), (1.0, 1.0)), ((0, 1), (-1.0, 1.0)), ((0, 1), (1.0, -1.0))]
)
def test_rotated_problem_has_the_rotated_field(turn: tuple[int, int], back: tuple[float, float]) -> None:
    signs = torch.tensor(back, dtype=torch.float64)

    def turned(x: Tensor) -> Tensor:
        return x[:, list(turn)] * signs

    means = turned(torch.tensor(UNEVEN.values["means"], dtype=torch.float64)).tolist()
    other = TargetSpec.of("mixture", means=means, std=(0.6, 0.9), weights=(1.0, 2.0))
    one, two = plane(UNEVEN, 1.5, 40), plane(other, 1.5, 40)
    x = torch.rand(50, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64) * 4 - 2
    t = times(0.7).expand(50)
    first, second = one.evaluate(t, x), two.evaluate(t, turned(x))
    assert torch.allclose(turned(first.velocity), second.velocity, rtol=1e-7, atol=1e-8)
    assert torch.allclose(first.divergence, second.divergence, rtol=1e-7, atol=1e-8)


def test_grid_values_match_point_values() -> None:
    field, t = plane(UNEVEN, 1.5, 32), times(0.3, 0.9)
    axes = (torch.linspace(-3, 2, 9, dtype=torch.float64), torch.linspace(-2, 3, 7, dtype=torch.float64))
    grid = field.on_grid(t, axes)
    assert grid.velocity.shape == (2, 9, 7, 2)
    x = grid_points(axes)
    for i, time in enumerate(t):
        value = field.evaluate(time.expand(len(x)), x)
        assert torch.allclose(grid.velocity[i].reshape(-1, 2), value.velocity, rtol=1e-12, atol=1e-12)
        assert torch.allclose(grid.log_density[i].flatten(), value.log_density, rtol=1e-12)


def test_times_may_come_in_any_order_and_more_than_once() -> None:
    x = torch.rand(6, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    t = times(0.9, 0.1, 0.5, 0.1, 0.9, 0.5)
    field = plane(UNEVEN, 1.5, 24)
    together = field.evaluate(t, x)
    for i in range(6):
        alone = field.evaluate(t[i : i + 1], x[i : i + 1])
        assert torch.equal(together.velocity[i], alone.velocity[0])
        assert torch.equal(together.divergence[i], alone.divergence[0])


def test_more_times_than_the_cache_holds_can_be_requested() -> None:
    field = plane(UNEVEN, 1.5, 16)
    t = torch.linspace(0, 1, MOST_KEPT + 40, dtype=torch.float64)
    many = field.kinetic_energy(t)
    some = plane(UNEVEN, 1.5, 16).kinetic_energy(t[::70])
    assert torch.equal(many[::70], some)
    assert torch.equal(field.kinetic_energy(t[::70]), some)


def test_field_is_nan_outside_the_box() -> None:
    side = times(8.0, 9.0)
    field = plane(UNEVEN, 1.0, 32, Box(-side, side))
    x = torch.tensor(
        [[0.0, 0.0], [7.99, 0.0], [0.0, -8.99], [8.01, 0.0], [-8.01, 0.0], [0.0, 9.01], [3.0, -1e9]],
        dtype=torch.float64,
    )
    value = field.evaluate(times(0.5).expand(len(x)), x)
    inside = [True, True, True, False, False, False, False]
    assert value.velocity.isfinite().all(1).tolist() == inside
    assert value.velocity.isnan().any(1).tolist() == [not here for here in inside]
    assert value.divergence.isfinite().tolist() == inside


def test_no_mass_flows_through_the_border() -> None:
    side = times(6.0, 6.0)
    field = plane(UNEVEN, 1.0, 32, Box(-side, side))
    x = torch.tensor([[6.0, 1.0], [-6.0, 0.3], [2.0, 6.0], [-1.0, -6.0]], dtype=torch.float64)
    normal = field.evaluate(times(0.5).expand(4), x).velocity[torch.arange(4), torch.tensor([0, 0, 1, 1])]
    assert normal.tolist() == pytest.approx([0] * 4, abs=1e-12)


def test_coarsened_field_has_half_the_cells_per_axis_and_the_same_box() -> None:
    field = plane(UNEVEN, 1.0, 64)
    coarse, same = field.coarsened(), plane(UNEVEN, 1.0, 32)
    assert coarse.mesh.shape == (32, 32)
    assert torch.equal(coarse.box.lower, field.box.lower)
    t = times(0.2, 1.0)
    assert torch.allclose(coarse.kinetic_energy(t), same.kinetic_energy(t), rtol=1e-9)


@pytest.mark.parametrize(
    ("target", "sigma"),
    [
        (TargetSpec.of("ring"), 3.0),
        (TargetSpec.of("two_modes", mode_separation=3.0), 1.0),
        (UNEVEN, 1.5),
    ],
    ids=["ring", "two modes", "uneven"],
)
def test_samples_moved_by_the_exact_velocity_get_equal_weights(target: TargetSpec, sigma: float) -> None:
    # Few time steps, since each needs its own linear system.
    problem = Problem(target, sigma=sigma, sampling=SamplingSettings("rk4", 20))
    metrics = evaluate(problem, solve(problem, cells=64), 300).report.metrics
    assert metrics.num_failed == 0
    assert metrics.ess_fraction > 0.99
    assert metrics.log_z == pytest.approx(0, abs=0.01)


def test_wrong_field_gives_unequal_weights() -> None:
    problem = Problem(UNEVEN, sigma=1.5, sampling=SamplingSettings("rk4", 20))
    wrong = solve(replace(problem, target=TargetSpec.of("two_modes", mode_separation=3.0)), cells=48)
    assert evaluate(problem, wrong, 300).report.metrics.ess_fraction < 0.9


def between(field: PlaneField, *values: float) -> Any:
    return field.between(times(*values))


def test_between_slices_the_velocity_is_linear_in_time() -> None:
    field = plane(UNEVEN, 1.5, 32)
    some = between(field, 0.0, 0.5, 1.0)
    x = torch.rand(20, 2, generator=torch.Generator().manual_seed(0), dtype=torch.float64)

    def at(which: Any, t: float) -> Tensor:
        value = which.velocities(times(t).expand(20), x)
        return torch.cat([value.velocity, value.divergence[:, None]], 1)

    for t in (0.0, 0.5, 1.0):
        assert torch.allclose(at(some, t), at(field, t), rtol=1e-12, atol=1e-12)
    assert torch.allclose(at(some, 0.6), 0.8 * at(field, 0.5) + 0.2 * at(field, 1.0), rtol=1e-10, atol=1e-12)
    assert not torch.allclose(at(some, 0.6), at(field, 0.6), rtol=1e-3)
    mixed = some.velocities(times(0.6, 0.5).repeat(10), x)
    assert torch.allclose(mixed.velocity[0], at(some, 0.6)[0, :2])
    assert torch.allclose(mixed.velocity[1], at(some, 0.5)[1, :2])


def test_velocity_between_slices_is_nan_outside_the_box() -> None:
    some = between(plane(UNEVEN, 1.5, 24), 0.0, 1.0)
    x = torch.tensor([[0.0, 0.0], [1e9, 0.0]], dtype=torch.float64)
    assert some.velocities(times(0.5, 0.5), x).velocity.isnan().any(1).tolist() == [False, True]


def test_interpolation_in_time_hardly_changes_where_samples_arrive() -> None:
    problem = Problem(UNEVEN, sigma=1.5)
    field = plane(UNEVEN, 1.5, 32)
    x = build_latent(problem).sample(100, torch.Generator().manual_seed(0))
    settings = SamplingSettings("rk4", 20)
    whole = carry(field, x, times(0.0, 1.0), settings).x[-1]
    some = field.between(torch.linspace(0, 1, 21, dtype=torch.float64))
    quick = carry(some, x, times(0.0, 1.0), settings).x[-1]
    assert float((whole - quick).norm(dim=1).mean()) < 0.02
    assert float((whole - x).norm(dim=1).mean()) > 0.5
