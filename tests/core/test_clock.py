"""The clock of a curve, a rescaled time in which its Fisher–Rao speed is nearly constant; compared with known speeds of Gaussians."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.interpolations.clock import Clock
from core.interpolations.survey import Survey
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture
from tests.core.differences import by_time

TIMES = torch.linspace(0, 1, 101, dtype=torch.float64)


def clock_of(std: float, dim: int = 2, sigma: float = 3.0) -> Clock:
    target = GaussianMixture(torch.zeros(1, dim), std)
    return Clock.fisher_rao(Survey.of(GaussianLatent(sigma, dim), target))


def test_even_clock_is_the_identity() -> None:
    s, rate = Clock.even()(TIMES)
    assert torch.allclose(s, TIMES)
    assert torch.allclose(rate, torch.ones_like(s))


@pytest.mark.parametrize("std", [0.02, 0.7, 3.0])
def test_clock_rate_is_the_derivative_and_time_the_inverse(std: float) -> None:
    clock = clock_of(std)
    s, rate = clock(TIMES)
    assert (float(s[0]), float(s[-1])) == pytest.approx((0, 1))
    assert bool((s.diff() > 0).all())
    inside = 0.01 + 0.98 * TIMES
    assert torch.allclose(by_time(lambda t: clock(t)[0], inside, 1e-5), clock(inside)[1], rtol=1e-3)
    assert torch.allclose(clock.time(s), TIMES, atol=1e-9)
    assert bool((rate > 0.1).all())


def length(t: Tensor, std: float, sigma: float) -> Tensor:
    """The Fisher–Rao length of the linear curve between centred Gaussians, up to a factor: the log of the precision."""
    return ((1 - t) / sigma**2 + t / std**2).log()


@pytest.mark.parametrize("dim", [1, 2])
@pytest.mark.parametrize("std", [0.05, 0.7])
def test_clock_of_gaussians_has_constant_fisher_rao_speed(std: float, dim: int) -> None:
    known = length(TIMES, std, 3.0)
    share = (known - known[0]) / (known[-1] - known[0])
    even = 0.85 * share + 0.15 * TIMES
    assert float((clock_of(std, dim)(TIMES)[0] - even).abs().max()) < 0.03


def test_unreliable_speeds_are_extrapolated() -> None:
    """In many dimensions, only few points have weight soon after t = 0. The speed is then extrapolated and stays finite."""
    s, rate = clock_of(0.05, dim=12)(TIMES)
    assert bool(s.isfinite().all())
    assert bool(((rate[1:] - rate[1:].min()).diff() < 1e-9).all())


def test_constant_curve_has_an_even_clock() -> None:
    s, _ = clock_of(3.0)(TIMES)
    assert float((s - TIMES).abs().max()) < 0.2
    assert math.isfinite(float(s.sum()))
