"""Mode masses after reweighting, entropic mode coverage and Jensen–Shannon distance."""

from __future__ import annotations

import math

import pytest
import torch

from core.results.coverage import entropic_mode_coverage, jensen_shannon_distance, weighted_mode_masses
from core.targets.mixture import two_modes


def masses(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


EVEN = masses(0.25, 0.25, 0.25, 0.25)


def test_weights_restore_the_masses_of_the_modes() -> None:
    """Nine of ten samples lie in the mode of weight ¼, one in that of weight ¾. Importance weights restore the masses ¼ and ¾."""
    pair = two_modes(8.0, 0.5, (1.0, 3.0), 2)
    x = pair.modes[[0] * 9 + [1]]
    log_weight = masses(*[math.log(0.25 / 0.9)] * 9, math.log(0.75 / 0.1)) + 300
    assert weighted_mode_masses(pair, x, log_weight).tolist() == pytest.approx([0.25, 0.75])
    log_weight[0] = math.nan
    assert bool(weighted_mode_masses(pair, x, log_weight).isnan().all())


def test_coverage_is_the_entropy_of_the_masses() -> None:
    assert entropic_mode_coverage(EVEN, EVEN) == pytest.approx(1)
    assert entropic_mode_coverage(masses(0, 0, 1, 0), EVEN) == 0
    assert entropic_mode_coverage(masses(0.5, 0.5, 0, 0), EVEN) == pytest.approx(0.5)
    # Failed samples belong to no mode.
    assert entropic_mode_coverage(masses(0.4, 0.4, 0, 0), EVEN) == pytest.approx(0.5)


def test_coverage_needs_several_modes_of_equal_weight() -> None:
    assert math.isnan(entropic_mode_coverage(masses(0.5, 0.5), masses(0.3, 0.7)))
    assert math.isnan(entropic_mode_coverage(masses(1.0), masses(1.0)))


def test_jensen_shannon_distance_reaches_from_zero_to_one() -> None:
    weights = masses(0.3, 0.7, 0.0)
    assert jensen_shannon_distance(weights, weights) == pytest.approx(0, abs=1e-7)
    assert jensen_shannon_distance(masses(0, 0, 1), weights) == pytest.approx(1)
    p, q = masses(1, 0), masses(0.5, 0.5)
    bits = 1.5 - 0.75 * math.log2(3)  # H(¾, ¼) − ½·H(½, ½)
    assert jensen_shannon_distance(p, q) == pytest.approx(math.sqrt(2 - 0.75 * math.log2(3) - 0.5), abs=1e-9)
    assert bits == pytest.approx(2 - 0.75 * math.log2(3) - 0.5)
    assert math.isnan(jensen_shannon_distance(masses(0, 0), q))
