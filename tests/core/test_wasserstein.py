"""W₂²: closed forms against quantiles, samples and known identities; sampled values and their uncertainty."""

from __future__ import annotations

import math
from itertools import permutations

import pytest
import torch
from torch import Tensor

from core.interpolations.build import build_latent, build_target
from core.problem import Problem, TargetSpec
from core.reference.displacement import DisplacementLine
from core.reference.solve import solve
from core.reference.transport import action, ends_distance
from core.reference.wasserstein import (
    exact_squared_distance,
    optimal_matching,
    sampled_squared_distance,
    squared_distance,
)
from core.targets.latent import GaussianLatent
from core.targets.many_well import ManyWell, TiltedWell
from core.targets.mixture import GaussianMixture

# Largest allowed error of a sampled value, in units of its uncertainty. Seeds are fixed, so the results do not vary.
COVERED = 2.5


def vector(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def exact(latent: GaussianLatent, target: GaussianMixture | ManyWell) -> float:
    value = exact_squared_distance(latent, target)
    assert value is not None
    return value


def on_a_line(angle: float, std: float = 0.6, dim: int = 2) -> GaussianMixture:
    """Three uneven modes along a direction in the first two coordinates."""
    direction = torch.zeros(dim, dtype=torch.float64)
    direction[:2] = vector(math.cos(angle), math.sin(angle))
    places = vector(-2.0, 0.5, 4.0)
    return GaussianMixture(torch.outer(places, direction), std, [1.0, 2.0, 1.0])


def test_w2_of_one_gaussian_is_exact_and_below_the_action() -> None:
    """Estimated from samples, W₂² was once 0.0470 here, although it cannot exceed the action of 0.0202."""
    problem = Problem(TargetSpec.of("mixture", means=((0.0, 0.0),), std=0.9))
    distance = ends_distance(problem)
    assert (distance.value, distance.uncertainty) == (pytest.approx(0.02, rel=1e-12), None)
    assert action(solve(problem)) > distance.value


@pytest.mark.parametrize("dim", [2, 3, 16])
def test_w2_of_two_gaussians_in_any_dimension(dim: int) -> None:
    latent = GaussianLatent(2.0, dim, vector(*[0.5] * dim))
    target = GaussianMixture([[1.5] * dim], 0.5)
    assert exact(latent, target) == pytest.approx(dim * (1.0 + 1.5**2), rel=1e-12)


@pytest.mark.parametrize("name", ["two_modes", "shifted_pair"])
@pytest.mark.parametrize("sigma", [1.0, 3.0])
def test_w2_of_a_pair_is_that_along_its_axis_plus_that_across(name: str, sigma: float) -> None:
    line, plane = (ends_distance(Problem(TargetSpec.of(name, dim=dim), sigma=sigma)) for dim in (1, 2))
    assert plane.uncertainty is line.uncertainty is None
    assert plane.value == pytest.approx(line.value + (0.7 - sigma) ** 2, rel=1e-8)


def test_w2_does_not_depend_on_the_direction_of_the_line() -> None:
    latent = GaussianLatent(1.2, 2)
    values = [exact(latent, on_a_line(angle)) for angle in (0.0, 0.7, math.pi / 2, 3.0)]
    assert values == pytest.approx([values[0]] * 4, rel=1e-7)


def test_w2_is_invariant_under_translation_and_scales_quadratically() -> None:
    target, by = on_a_line(0.4), vector(5.0, -7.0)
    value = exact(GaussianLatent(1.2, 2), target)
    assert exact(GaussianLatent(1.2, 2, by), target.moved(by)) == pytest.approx(value, rel=1e-7)
    scaled = GaussianMixture(3 * target.modes, 3 * target.std, target.weights)
    assert exact(GaussianLatent(3.6, 2), scaled) == pytest.approx(9 * value, rel=1e-7)


def test_w2_is_the_squared_distance_of_the_means_plus_that_of_the_centred_densities() -> None:
    target, away = on_a_line(0.4), vector(2.0, 1.0)
    mean = target.weights @ target.modes
    centred = exact(GaussianLatent(1.2, 2, mean), target)
    assert exact(GaussianLatent(1.2, 2, mean + away), target) == pytest.approx(centred + 5.0, rel=1e-7)


def test_distance_satisfies_the_triangle_inequality() -> None:
    target = on_a_line(0.4)
    through = GaussianMixture([[1.0, 1.0]], 2.0)
    direct, second = (
        math.sqrt(exact(latent, target))
        for latent in (GaussianLatent(1.2, 2), GaussianLatent(2.0, 2, vector(1, 1)))
    )
    first = math.sqrt(exact(GaussianLatent(1.2, 2), through))
    assert abs(first - second) < direct < first + second


def test_modes_of_unequal_width_or_off_a_line_have_no_closed_form() -> None:
    latent = GaussianLatent(1.0, 2)
    wide = GaussianMixture([[0.0, 0.0], [1.0, 0.0]], [0.5, 0.6])
    triangle = GaussianMixture([[0.0, 0.0], [1.0, 0.0], [0.0, 1e-3]], 0.5)
    assert exact_squared_distance(latent, wide) is exact_squared_distance(latent, triangle) is None


def test_w2_without_a_closed_form_is_unknown_beyond_two_dimensions() -> None:
    triangle = GaussianMixture([[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], 0.5)
    found = squared_distance(GaussianLatent(1.0, 3), triangle)
    assert math.isnan(found.value)
    assert found.uncertainty is None


def test_modes_too_fine_for_quadrature_are_matched_by_samples(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.reference.fitting.MAX_CELLS", 100)
    found = squared_distance(GaussianLatent(1.0, 2), on_a_line(0.4, 0.01), pairs=50)
    assert found.uncertainty is not None


@pytest.mark.parametrize("dim", [2, 8, 64])
def test_w2_of_many_wells_is_a_sum_over_the_coordinates(dim: int) -> None:
    """The expected value of one well comes from sorted samples and the latent's quantiles."""
    level = (torch.arange(200_000, dtype=torch.float64) + 0.5) / 200_000
    generator = torch.Generator().manual_seed(0)
    well = TiltedWell().sample(2_000_000, generator)[:, 0].sort().values.reshape(-1, 10).mean(1)
    start = 1.5 * math.sqrt(2) * torch.special.erfinv(2 * level - 1)
    pair = float((well - start).square().mean()) + 0.5**2
    assert exact(GaussianLatent(1.5, dim), ManyWell(dim)) == pytest.approx(dim / 2 * pair, rel=5e-3)


def test_w2_of_many_wells_from_a_shifted_latent() -> None:
    """In the Gaussian coordinates a shift adds its square; each double well is solved with its own shift."""
    at = vector(0.3, 1.0, -0.2, 2.0)
    line = [
        DisplacementLine.of(GaussianLatent(1.5, 1, at[i : i + 1]), TiltedWell()).w2_squared for i in (0, 2)
    ]
    found = exact(GaussianLatent(1.5, 4, at), ManyWell(4))
    assert found == pytest.approx(sum(line) + 1.0 + 4.0 + 2 * 0.5**2, rel=1e-12)


KNOWN = {
    "two modes": (GaussianLatent(1.0, 2), on_a_line(0.0)),
    "at an angle": (GaussianLatent(2.0, 2), on_a_line(0.8, 0.3)),
    "wells": (GaussianLatent(1.5, 2), ManyWell(2)),
    "nearly the same": (GaussianLatent(1.0, 2), GaussianMixture([[0.0, 0.0]], 0.9)),
    "far and narrow": (GaussianLatent(2.0, 2), GaussianMixture([[3.0, 1.0]], 0.5)),
}


@pytest.mark.parametrize("name", KNOWN)
def test_uncertainty_of_sampled_values_covers_the_truth(name: str) -> None:
    latent, target = KNOWN[name]
    truth = exact(latent, target)
    found = [sampled_squared_distance(latent, target, seed, 400) for seed in range(4)]
    for estimate in found:
        assert estimate.uncertainty is not None
        assert abs(estimate.value - truth) < COVERED * estimate.uncertainty
    # For clearly different densities the uncertainty is small.
    if truth > 0.1:
        assert max(e.uncertainty or math.nan for e in found) < 0.1 * truth


def test_uncertainty_matches_the_spread_over_draws() -> None:
    """This holds if the bias is small, for example for distant narrow densities."""
    latent, target = KNOWN["far and narrow"]
    found = [sampled_squared_distance(latent, target, seed, 100) for seed in range(40)]
    spread = float(vector(*[estimate.value for estimate in found]).std())
    mean = sum(estimate.uncertainty or math.nan for estimate in found) / len(found)
    assert mean == pytest.approx(spread, rel=0.3)


def test_bias_of_few_samples_is_removed() -> None:
    latent, target = KNOWN["nearly the same"]
    generator = torch.Generator().manual_seed(0)
    plain = [
        optimal_matching(latent.sample(200, generator), target.sample(200, generator)).cost for _ in range(8)
    ]
    found = [sampled_squared_distance(latent, target, seed, 200).value for seed in range(4)]
    truth = exact(latent, target)
    assert abs(sum(found) / 4 - truth) < 0.4 * (sum(plain) / 8 - truth)


def test_optimal_matching_is_the_best_permutation() -> None:
    generator = torch.Generator().manual_seed(3)
    start, end = (torch.randn(6, 2, generator=generator, dtype=torch.float64) for _ in range(2))
    costs = [float((end[list(p)] - start).square().sum(1).mean()) for p in permutations(range(6))]
    found = optimal_matching(start, end)
    assert found.cost == pytest.approx(min(costs))
    assert float((end[found.index] - start).square().sum(1).mean()) == pytest.approx(found.cost)


@pytest.mark.parametrize("interpolation", ["linear", "gradient_flow"])
def test_action_of_every_curve_exceeds_w2(interpolation: str) -> None:
    problem = Problem(TargetSpec.of("two_modes", mode_separation=3.0), interpolation, sigma=1.5)
    assert action(solve(problem, cells=32)) > ends_distance(problem).value


def test_w2_of_four_modes_on_a_ring_is_twice_that_of_a_pair() -> None:
    """Four modes in a square are a product of two 1-D pairs along its sides. The engine has no closed form for this case and uses
    samples."""
    problem = Problem(TargetSpec.of("ring", num_modes=4, mode_separation=3.0), sigma=1.0)
    pair = ends_distance(Problem(TargetSpec.of("two_modes", mode_separation=3.0, dim=1), sigma=1.0)).value
    found = squared_distance(build_latent(problem), build_target(problem), pairs=400)
    assert found.uncertainty is not None
    assert abs(found.value - 2 * pair) < COVERED * found.uncertainty
