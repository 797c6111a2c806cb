"""The optimal transport curve: exact on the line, and from matched samples in the plane."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
import torch
from torch import Tensor

from core.interpolations.build import build_latent, build_target
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.displacement import DisplacementLine
from core.reference.displacement_plane import DisplacementPlane
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.targets.laplace import LaplacePair
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from tests.core.differences import along, by_time

UNEVEN = TargetSpec.of("mixture", means=((-3.0,), (2.0,)), std=(0.4, 0.9), weights=(1.0, 3.0))
CLOSE = TargetSpec.of("mixture", means=((-1.0,), (1.5,)), std=(0.6, 0.9), weights=(1.0, 2.0))
PLANE = TargetSpec.of("two_modes", mode_separation=5.0)


def matched_cost(field: DisplacementPlane) -> float:
    """Mean squared distance between matched samples: W₂² plus a bias that shrinks like 1/pairs."""
    return float((field.end - field.start).square().sum(1).mean())


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def transport(target: TargetSpec, sigma: float = 1.0, seed: int = 0) -> DisplacementLine | DisplacementPlane:
    return solve(Problem(target, "transport", sigma=sigma, seed=seed))


def on_line(target: TargetSpec, sigma: float = 1.0) -> DisplacementLine:
    field = transport(target, sigma)
    assert isinstance(field, DisplacementLine)
    return field


def in_plane(target: TargetSpec, sigma: float = 1.0, seed: int = 0) -> DisplacementPlane:
    field = transport(target, sigma, seed)
    assert isinstance(field, DisplacementPlane)
    return field


@pytest.mark.parametrize(("mean", "std", "sigma"), [(0.0, 0.7, 1.0), (3.0, 0.5, 1.0), (-4.0, 2.0, 0.5)])
def test_map_between_two_gaussians_is_affine(mean: float, std: float, sigma: float) -> None:
    """T(x) = μ + (s/σ) x, so the speed at (1 − t) x + t T(x) is T(x) − x, and ρ_t stays Gaussian."""
    field = on_line(TargetSpec.of("mixture", means=((mean,),), std=std), sigma)
    assert field.w2_squared == pytest.approx(mean**2 + (std - sigma) ** 2, rel=1e-9)
    start = sigma * torch.linspace(-5, 5, 41, dtype=torch.float64)
    move = mean + (std / sigma - 1) * start
    for t in (0.0, 0.3, 0.8, 1.0):
        value = field.evaluate(times(t).expand(41), (start + t * move)[:, None])
        assert torch.allclose(value.velocity[:, 0], move, atol=1e-5)
        width = (1 - t) * sigma + t * std
        assert torch.allclose(value.divergence, times((std - sigma) / width).expand(41), atol=1e-5)
        normal = -(start.square() / sigma**2) / 2 - math.log(width * math.sqrt(2 * math.pi))
        assert torch.allclose(value.log_density, normal, rtol=1e-4, atol=1e-4)


LINES = {
    "uneven": (UNEVEN, 1.0),
    "wide latent": (UNEVEN, 3.0),
    "laplace": (TargetSpec.of("laplace", mode_separation=4.0), 1.0),
}
everywhere = pytest.mark.parametrize("name", LINES)


@everywhere
def test_kinetic_energy_is_w2_squared_at_all_times(name: str) -> None:
    field = on_line(*LINES[name])
    energy = field.kinetic_energy(times(0.0, 0.3, 0.9, 1.0))
    assert torch.allclose(energy, times(field.w2_squared).expand(4), rtol=1e-12)


@everywhere
def test_curve_starts_at_the_latent_and_ends_at_the_target(name: str) -> None:
    """Compares distribution functions with samples, and log-densities with the energies."""
    target, sigma = LINES[name]
    problem = Problem(target, sigma=sigma)
    field = on_line(target, sigma)
    x = torch.linspace(-2.5, 2.4, 15, dtype=torch.float64)
    slices = field.slices(times(0.0, 1.0))
    for i, density in enumerate((build_latent(problem), build_target(problem))):
        samples = density.sample(100_000, torch.Generator().manual_seed(0))[:, 0]
        for place in x:
            below = float(slices.mass[i, slices.x[i, :, 0] < place].sum())
            assert below == pytest.approx(float((samples < place).double().mean()), abs=0.02)
        found = field.evaluate(times(float(i)).expand(15), x[:, None]).log_density
        # Interpolation rounds off a kink between two nodes, hence the larger tolerance for the maximum.
        error = (found + density.energy(x[:, None]) + density.log_z).abs()
        assert float(error.max()) < 0.02
        assert float(error.median()) < 1e-3


@everywhere
def test_map_is_monotone_and_joins_equal_quantiles(name: str) -> None:
    """The latent's mass below x_0 equals the target's mass below its image x_1."""
    target, sigma = LINES[name]
    field = on_line(target, sigma)
    assert bool((field.start.diff() >= 0).all())
    assert bool((field.end.diff() > 0).all())
    if name == "laplace":
        return
    mixture = build_target(Problem(target))
    assert isinstance(mixture, GaussianMixture)
    away = (field.end[:, None] - mixture.modes[:, 0]) / (mixture.std * math.sqrt(2))
    # Masses are compared from the left and from the right, since a small mass is accurate only when measured from its own side.
    for side in (-1, 1):
        latent = 0.5 * torch.special.erfc(side * field.start / (sigma * math.sqrt(2)))
        end = 0.5 * torch.special.erfc(side * away) @ mixture.weights
        assert torch.allclose(latent, end, atol=1e-9)
        tail = (end < 1e-3) & (end > 1e-24)
        assert int(tail.sum()) > 20
        assert torch.allclose(latent[tail], end[tail], rtol=1e-4, atol=0)


@everywhere
def test_continuity_equation_holds(name: str) -> None:
    target, sigma = LINES[name]
    field = on_line(target, sigma)
    x = torch.linspace(-1.3, 1.9, 13, dtype=torch.float64)[:, None]
    axis = torch.ones(1, dtype=torch.float64)
    for t in (0.2, 0.5):
        time = times(t).expand(13)
        value = field.evaluate(time, x)
        rate = by_time(lambda at: field.evaluate(at, x).log_density, time)
        score = along(lambda at, time=time: field.evaluate(time, at).log_density, x, axis)
        transported = value.velocity[:, 0] * score + value.divergence
        scale = float(rate.abs().max() + transported.abs().max())
        assert float((rate + transported).abs().median()) < 5e-3 * scale
        slope = along(lambda at, time=time: field.evaluate(time, at).velocity[:, 0], x, axis)
        assert float((value.divergence - slope).abs().median()) < 5e-3 * float(slope.abs().max())


def test_points_move_at_constant_velocity() -> None:
    """The acceleration ∂_t v + v ∂_x v vanishes."""
    field = on_line(UNEVEN)
    x = torch.linspace(-2, 2, 21, dtype=torch.float64)[:, None]
    t = times(0.4).expand(21)
    value = field.evaluate(t, x)
    pushed = by_time(lambda at: field.evaluate(at, x).velocity[:, 0], t)
    carried = value.velocity[:, 0] * value.divergence
    assert float((pushed + carried).abs().median()) < 5e-3 * float(carried.abs().max())


@pytest.mark.parametrize(
    "target", [CLOSE, TargetSpec.of("laplace", mode_separation=1.0)], ids=["mixture", "laplace"]
)
def test_samples_moved_by_the_exact_velocity_get_equal_weights(target: TargetSpec) -> None:
    problem = Problem(target, "transport", sampling=SamplingSettings("rk4", 25))
    field = solve(problem)
    metrics = evaluate(problem, field, 500).report.metrics
    assert metrics.num_failed == 0
    assert metrics.ess_fraction > 0.99
    assert metrics.log_z == pytest.approx(build_target(problem).log_z, abs=0.01)


def test_field_is_nan_beyond_the_outermost_node() -> None:
    value = on_line(UNEVEN).evaluate(times(0.5, 0.5), times(0.0, 1e6)[:, None])
    assert value.velocity[:, 0].isnan().tolist() == [False, True]
    assert value.log_density.isnan().tolist() == [False, True]


def test_half_the_nodes_give_nearly_the_same_distance() -> None:
    field = on_line(UNEVEN)
    coarse = field.coarsened()
    assert len(coarse.start) == len(field.start) // 2
    assert coarse.w2_squared == pytest.approx(field.w2_squared, rel=1e-5)
    assert not bool(field.log_z(times(0.0, 0.5, 1.0)).any())


@pytest.mark.parametrize("sigma", [0.5, 2.0])
def test_matched_samples_of_two_gaussians_approximate_the_affine_map(sigma: float) -> None:
    """W₂² = |μ|² + 2 (s − σ)²; the cost of finitely many matched samples is slightly larger."""
    target = TargetSpec.of("mixture", means=((3.0, -1.0),), std=0.8)
    field = in_plane(target, sigma)
    expected = 10 + 2 * (0.8 - sigma) ** 2
    assert matched_cost(field) == pytest.approx(expected, rel=0.08)
    assert field.distance.value == pytest.approx(expected, rel=1e-9)
    affine = times(3.0, -1.0) + (0.8 / sigma - 1) * field.start
    error = (field.end - field.start - affine).square().sum(1).mean().sqrt()
    assert float(error) < 0.35


def test_other_matchings_cost_more() -> None:
    field = in_plane(PLANE)
    generator = torch.Generator().manual_seed(0)

    def cost(end: Tensor) -> float:
        return float((end - field.start).square().sum(1).mean())

    assert len({tuple(row) for row in field.end.tolist()}) == len(field.end)
    assert matched_cost(field) == pytest.approx(cost(field.end))
    for _ in range(5):
        assert matched_cost(field) < cost(field.end[torch.randperm(len(field.end), generator=generator)])
    by_first_axis = field.end[field.end[:, 0].argsort()][field.start[:, 0].argsort().argsort()]
    assert matched_cost(field) <= cost(by_first_axis)
    # Exchanging the ends of any two pairs does not lower the cost: an optimal matching is monotone.
    gain = (field.start[:, None] - field.start) * (field.end[:, None] - field.end)
    assert float(gain.sum(2).min()) > -1e-9


def test_samples_come_from_latent_and_target() -> None:
    field = in_plane(PLANE, 1.5)
    assert field.start.std(0).tolist() == pytest.approx([1.5, 1.5], rel=0.1)
    assert field.start.mean(0).tolist() == pytest.approx([0, 0], abs=0.2)
    share = build_target(Problem(PLANE)).responsibilities(field.end).mean(0)
    assert share.tolist() == pytest.approx([0.5, 0.5], abs=0.05)
    assert torch.equal(field.slices(times(0.0)).x[0], field.start)
    assert torch.equal(field.slices(times(1.0)).x[0], field.end)


def test_kinetic_energy_of_matched_samples_is_w2_squared_at_all_times() -> None:
    field = in_plane(PLANE)
    energy = field.kinetic_energy(times(0.0, 0.5, 1.0))
    assert torch.allclose(energy, times(field.distance.value).expand(3), rtol=1e-12)
    # The cost of the matched samples is close to W₂², but biased.
    assert matched_cost(field) == pytest.approx(field.distance.value, rel=0.1)


def test_velocity_at_a_point_is_that_of_nearby_samples() -> None:
    field = in_plane(TargetSpec.of("mixture", means=((4.0, 2.0),), std=1.0))
    x = torch.tensor([[2.0, 1.0], [2.5, 0.5], [1.5, 1.5]], dtype=torch.float64)
    value = field.evaluate(times(0.5).expand(3), x)
    assert torch.allclose(value.velocity, times(4.0, 2.0).expand(3, 2), atol=0.4)
    assert bool(value.log_density.isnan().all())
    assert bool(value.divergence.isnan().all())


def test_samples_depend_on_the_seed() -> None:
    one, again, other = (in_plane(PLANE, seed=seed) for seed in (0, 0, 1))
    assert torch.equal(one.end, again.end)
    assert not torch.equal(one.end, other.end)
    coarse = one.coarsened()
    assert len(coarse.start) == len(one.start) // 2
    assert matched_cost(coarse) == pytest.approx(matched_cost(one), rel=0.15)


def test_matching_of_six_pairs_is_the_best_permutation() -> None:
    field = DisplacementPlane(
        GaussianLatent(1.0, 2), GaussianMixture([[2.0, 0.0], [-2.0, 1.0]], 0.7), 3, pairs=6
    )
    costs = [float((field.end[list(p)] - field.start).square().sum(1).mean()) for p in permutations(range(6))]
    assert matched_cost(field) == pytest.approx(min(costs))


def test_map_from_a_laplace_latent_to_a_narrower_one_is_linear() -> None:
    """At m = 0 the target is the latent scaled by ½: T(x) = x/2."""
    field = on_line(TargetSpec.of("laplace", mode_separation=0.0))
    x = torch.linspace(-4, 4, 17, dtype=torch.float64)
    value = field.evaluate(times(0.0).expand(17), x[:, None])
    assert torch.allclose(value.velocity[:, 0], -x / 2, atol=1e-4)
    assert LaplacePair(0.0).log_z == pytest.approx(0.0)
