"""The times of training points, which adapt to the residual, and the relevance of points."""

from __future__ import annotations

import pytest
import torch

from core.training.relevance import DEPTH, relevance
from core.training.times import ADAPTED_SHARE, NUM_BINS, AdaptiveTimes


def test_times_are_uniform_until_a_residual_is_seen(generator: torch.Generator) -> None:
    t = AdaptiveTimes(generator).draw(100)
    assert (t * 100).long().tolist() == list(range(100))


def test_times_are_denser_where_the_residual_was_large(generator: torch.Generator) -> None:
    times = AdaptiveTimes(generator)
    for _ in range(40):
        t = times.draw(1000)
        times.observe(t, torch.where(t > 0.75, 4.0, 1.0))
    late = float((times.draw(4000) > 0.75).float().mean())
    # The late times get a quarter of the uniform part, and 4/7 of the adapted part: residual 4 on a quarter of the times, 1 elsewhere.
    assert late == pytest.approx((1 - ADAPTED_SHARE) / 4 + ADAPTED_SHARE * 4 / 7, abs=0.03)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e30])
def test_extreme_residuals_keep_times_everywhere(value: float, generator: torch.Generator) -> None:
    times = AdaptiveTimes(generator)
    t = times.draw(480)
    for _ in range(30):
        times.observe(t, torch.where(t < 1 / NUM_BINS, value, 1.0))
    counts = torch.bincount((times.draw(2400) * NUM_BINS).long().clamp_max(NUM_BINS - 1), minlength=NUM_BINS)
    assert int(counts.min()) >= 2400 / NUM_BINS * (1 - ADAPTED_SHARE) - 2
    assert int(counts.max()) < 1200


def test_relevance_is_one_at_the_highest_density_and_a_quarter_ten_nats_below() -> None:
    t = torch.tensor([0.5, 0.5, 0.5, 0.9])
    weight = relevance(t, torch.tensor([3.0, 3.0 - DEPTH, -1e4, -50.0]))
    assert weight[:2].tolist() == pytest.approx([1.0, 0.25])
    assert 0 < float(weight[2]) < 1e-5
    assert float(weight[3]) == 1.0  # the only point at its time
