"""ELBO, EUBO and forward ESS against closed forms, and a missed mode that only exact samples reveal."""

from __future__ import annotations

import math

import pytest
import torch

from core.fields import AbstractPointwiseField, FieldValue
from core.problem import Problem, SamplingSettings, TargetSpec
from core.reference.solve import solve
from core.results import evaluation
from core.results.bounds import elbo, eubo, forward_ess_fraction, log_z_forward
from core.results.evaluation import evaluate
from core.results.weights import ess_fraction
from core.sampling.backward import log_weights_at
from core.sampling.flow import carry, weighted_samples
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture, two_modes
from core.types import Points, Times

SETTINGS = SamplingSettings()
MEAN, STD = torch.tensor([0.5, -0.3], dtype=torch.float64), 0.9
TARGET = GaussianMixture(MEAN[None], STD)


class ToGaussian(AbstractPointwiseField):
    """Moves N(0, I) to N(m, s²I) on straight lines, so the sampler's density is known."""

    def __init__(self, mean: torch.Tensor, std: float) -> None:
        self.dim, self.mean, self.std = len(mean), mean, std

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        rate = (self.std - 1) / (1 + t * (self.std - 1))
        velocity = self.mean + rate[:, None] * (x - t[:, None] * self.mean)
        return FieldValue(velocity, self.dim * rate, torch.full_like(t, math.nan))

    def log_z(self, t: Times) -> Times:
        return torch.zeros_like(t)


def generator(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def weights(
    field: ToGaussian, target: GaussianMixture, count: int = 4000
) -> tuple[torch.Tensor, torch.Tensor]:
    """Log weights at the sampler's own samples, and at exact samples."""
    latent = GaussianLatent(1.0, field.dim)
    flow = carry(field, latent.sample(count, generator(1)), torch.tensor([0.0, 1.0]), SETTINGS)
    own = weighted_samples(flow, latent, target).log_weight
    exact = target.sample(count, generator(2))
    return own, log_weights_at(field, exact, latent, target, SETTINGS)


def divergence(mean: torch.Tensor, std: float, other_mean: torch.Tensor, other_std: float) -> float:
    """KL(N(mean, std² I) ‖ N(other_mean, other_std² I)), in nats."""
    ratio = (std / other_std) ** 2
    shift = float((mean - other_mean).square().sum()) / other_std**2
    return (len(mean) * (ratio - 1 - math.log(ratio)) + shift) / 2


def test_density_by_backward_integration_matches_the_closed_form() -> None:
    field = ToGaussian(torch.tensor([1.0, 0.2], dtype=torch.float64), 1.3)
    x = TARGET.sample(500, generator())
    found = log_weights_at(field, x, GaussianLatent(1.0, 2), TARGET, SETTINGS)
    expected = GaussianMixture(field.mean[None], field.std).energy(x) - TARGET.energy(x)
    assert torch.allclose(found, expected, atol=1e-3)


@pytest.mark.parametrize(("shift", "std"), [((0.0, 0.0), 0.9), ((0.3, 0.1), 1.1)])
def test_bounds_between_gaussians_match_the_closed_forms(shift: tuple[float, float], std: float) -> None:
    """log Z is 0, so the bounds are the two KL divergences up to sign. Both ESS estimate 1/∫ρ_D²/q for target ρ_D and sampler density q."""
    mean = MEAN + torch.tensor(shift, dtype=torch.float64)
    own, exact = weights(ToGaussian(mean, std), TARGET)
    below, above = divergence(mean, std, MEAN, STD), divergence(MEAN, STD, mean, std)
    assert elbo(own) == pytest.approx(-below, abs=0.03)
    assert eubo(exact) == pytest.approx(above, abs=0.03)
    assert log_z_forward(exact) == pytest.approx(0.0, abs=0.03)
    precision = 2 / STD**2 - 1 / std**2
    square = float((mean - MEAN).square().sum())
    exponent = square / (2 * std**2) * (1 + 1 / (std**2 * precision))
    chi = (std / (STD**2 * math.sqrt(precision))) ** 2 * math.exp(exponent)
    assert ess_fraction(own) == pytest.approx(1 / chi, abs=0.03)
    assert forward_ess_fraction(exact) == pytest.approx(1 / chi, abs=0.03)


def test_missed_mode_shows_in_eubo_and_forward_ess_but_not_in_reverse_ess() -> None:
    target = two_modes(6.0, 0.7, None, 2)
    field = ToGaussian(target.modes[0], 0.7)
    own, exact = weights(field, target, 2000)
    assert ess_fraction(own) > 0.99
    assert elbo(own) == pytest.approx(math.log(0.5), abs=0.01)
    assert eubo(exact) > 10
    assert forward_ess_fraction(exact) < 1e-6


def test_failed_point_makes_the_bounds_nan() -> None:
    log_weight = torch.tensor([0.0, math.nan, 0.1], dtype=torch.float64)
    for metric in (elbo, eubo, forward_ess_fraction, log_z_forward):
        assert math.isnan(metric(log_weight))


@pytest.mark.parametrize("shift", [0.0, 1000.0])
def test_forward_ess_is_one_for_equal_weights_and_falls_with_their_spread(shift: float) -> None:
    equal = torch.full((10,), shift, dtype=torch.float64)
    assert forward_ess_fraction(equal) == pytest.approx(1)
    equal[0] += 50
    assert forward_ess_fraction(equal) == pytest.approx(100 / 9 * math.exp(-50), rel=1e-6)


def test_exact_field_has_the_best_possible_forward_and_reverse_scores() -> None:
    problem = Problem(TargetSpec.of("two_modes"), "gradient_flow")
    found = evaluate(problem, solve(problem), 1000)
    metrics, floors = found.report.metrics, found.report.floors
    assert (floors.eubo_elbo_gap, floors.forward_ess_fraction) == pytest.approx((0.0, 1.0))
    assert metrics.eubo_elbo_gap == pytest.approx(0.0, abs=0.01)
    assert metrics.forward_ess_fraction == pytest.approx(1.0, abs=0.01)
    assert metrics.log_z_forward == pytest.approx(0.0, abs=0.01)
    assert metrics.weighted_mode_tv == pytest.approx(metrics.mode_tv, abs=0.01)
    assert (found.cost.energy_calls, found.cost.gradient_calls) == (1000, 0)


def test_quick_evaluation_leaves_the_slow_metrics_unknown() -> None:
    problem = Problem(TargetSpec.of("two_modes", dim=1), "gradient_flow")
    metrics = evaluate(problem, solve(problem), 50, thorough=False).report.metrics
    assert all(math.isnan(value) for value in (metrics.eubo, metrics.eubo_elbo_gap, metrics.sinkhorn))
    assert math.isfinite(metrics.elbo)
    evaluation._floors.cache_clear()
