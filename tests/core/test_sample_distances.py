"""Sinkhorn divergence and maximum mean discrepancy between sets of samples."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.results.distances import MOST_MATCHED, kernel_distance, sinkhorn_distance
from core.results.metrics import floors, report
from core.sampling.samples import Samples
from core.targets.mixture import gmm40


def normal(count: int, dim: int, seed: int = 0) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dim, generator=generator, dtype=torch.float64)


@pytest.mark.parametrize("dim", [1, 2, 5])
def test_equal_sets_have_distance_zero(dim: int) -> None:
    x = normal(200, dim)
    assert sinkhorn_distance(x, x.flip(0), 0.5) == pytest.approx(0, abs=0.02)
    assert kernel_distance(x, x.flip(0)) == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("blur", [0.01, 0.5, 2.0])
def test_sinkhorn_distance_of_a_translated_set_is_the_translation(blur: float) -> None:
    """The blur does not matter here: translating one set only adds the squared translation to the entropic cost between the sets."""
    x = normal(200, 2)
    shift = torch.tensor([3.0, 4.0], dtype=torch.float64)
    assert sinkhorn_distance(x + shift, x, blur) == pytest.approx(5.0, rel=5e-3)


def test_small_blur_gives_the_wasserstein_distance() -> None:
    """On the line, W₂² is the mean squared difference of the sorted points."""
    x, y = normal(100, 1), 1.5 * normal(100, 1, seed=1) + 1
    w2 = (x.sort(0).values - y.sort(0).values).square().mean().sqrt().item()
    assert sinkhorn_distance(x, y, 0.01) == pytest.approx(w2, rel=1e-3)


def test_kernel_distance_of_two_points_matches_the_kernel() -> None:
    x, y = torch.zeros(4, 1, dtype=torch.float64), torch.tensor([[-1.0], [1.0], [-1.0], [1.0]]).double()
    # Half of the pairs within y are 0 apart and half are 2 apart; the lower median is 0, so distant points have kernel 0.
    assert kernel_distance(x, y) == pytest.approx(math.sqrt(1 + 0.5), abs=1e-6)


@pytest.mark.parametrize("distance", [lambda x, y: sinkhorn_distance(x, y, 1.0), kernel_distance])
def test_failed_sample_makes_distances_nan(distance: object) -> None:
    x = normal(20, 2)
    x[3, 1] = math.nan
    assert math.isnan(distance(x, normal(20, 2)))  # type: ignore[operator]
    assert math.isnan(distance(normal(20, 2), x))  # type: ignore[operator]


def test_exact_samples_score_near_the_floor_and_samples_without_a_quadrant_do_not() -> None:
    target, count = gmm40(), MOST_MATCHED
    generator = torch.Generator().manual_seed(5)
    x = target.sample(count, generator)
    best = floors(target, target.sample(count, generator), generator)
    equal = torch.zeros(count, dtype=torch.float64)
    good = report(target, Samples(x, equal), generator, best).metrics
    kept = x[(x[:, 0] < 0) | (x[:, 1] < 0)]
    lost = kept[torch.arange(count) % len(kept)]
    bad = report(target, Samples(lost, equal), generator, best).metrics
    for name in ("sinkhorn", "mmd", "ejs"):
        floor = getattr(best.mean, name)
        assert getattr(good, name) < 2 * floor
        assert getattr(bad, name) > 2 * floor
    assert good.emc == pytest.approx(best.mean.emc, abs=0.01)
    assert bad.emc < best.mean.emc - 0.03
