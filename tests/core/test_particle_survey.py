"""Surveys of targets by particles, and the curves that start from them."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from core.budget import Budget
from core.interpolations.build import build_interpolation, build_target, surveyed
from core.interpolations.gaussian_blend import GaussianBlend, Moving
from core.interpolations.gradient_flow import GradientFlowInterpolation
from core.interpolations.learned import LearnedInterpolation
from core.interpolations.particle_survey import ParticleSurvey
from core.interpolations.starts import SurveyStart
from core.interpolations.surveyed import SurveyedInterpolation
from core.problem import Problem, TargetSpec, TrainingSettings
from core.results.evaluation import evaluate
from core.targets.mixture import GaussianMixture
from core.training.loop import restore, train
from tests.core import differences

# The third mode is narrow and far from the others. Sequential Monte Carlo alone loses it.
MEANS = [[4.0, -3, 2, 0, 3], [-4.0, 2, 0, -3, 1], [2.0, 3, -4, 4, -3]]
NEEDLE = TargetSpec.of("mixture", means=MEANS, std=[1.4, 1.0, 0.3], weights=[0.5, 0.3, 0.2])
LEARNED = Problem(NEEDLE, "learned", 0.8, training=TrainingSettings(width=8, depth=2, start="survey"))


def points(num: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Times t, and at each time the point t·y + (1 − t)·ξ for a target sample y and Gaussian noise ξ."""
    g = torch.Generator().manual_seed(2)
    t = torch.linspace(0.02, 0.98, num, dtype=torch.float64)
    noise = torch.randn(num, 5, generator=g, dtype=torch.float64)
    return t, t[:, None] * build_target(LEARNED).sample(num, g) + (1 - t)[:, None] * noise


def test_survey_finds_the_narrow_mode_and_the_masses() -> None:
    target, survey = build_target(LEARNED), surveyed(NEEDLE)
    x = survey.blend.sample(20_000, torch.Generator().manual_seed(1))
    masses = target.responsibilities(x).mean(0)
    assert float((masses - target.weights).abs().max()) < 0.02
    assert survey.log_z == pytest.approx(0.0, abs=0.02)
    assert survey.ess_fraction > 0.95


def test_survey_counts_its_energy_calls_and_depends_on_the_target_only() -> None:
    target = build_target(LEARNED)
    again = ParticleSurvey.of(target)
    assert again.calls == target.calls == surveyed(NEEDLE).calls
    assert again.gradient_calls == target.gradient_calls
    assert torch.equal(again.blend.mean, surveyed(NEEDLE).blend.mean)


def test_moving_mixture_satisfies_the_continuity_equation() -> None:
    g = torch.Generator().manual_seed(0)
    root = torch.randn(3, 2, 2, generator=g, dtype=torch.float64)
    blend = GaussianBlend.of(
        torch.zeros(3).double(), torch.randn(3, 2, generator=g).double(), root @ root.mT + 0.1 * torch.eye(2)
    )

    def moving(t: torch.Tensor) -> Moving:
        return Moving(t, torch.ones_like(t), (1 - t).square(), -2 * (1 - t))

    t, x = torch.linspace(0.1, 0.9, 40).double(), torch.randn(40, 2, generator=g).double()
    found = blend(moving(t), x)
    assert torch.allclose(found.dt, differences.by_time(lambda t: blend(moving(t), x).value, t), atol=1e-6)
    slope = differences.gradient(lambda x: blend(moving(t), x).value, x)
    assert torch.allclose(found.gradient, slope, atol=1e-6)
    bend = differences.divergence(lambda x: blend(moving(t), x).gradient, x)
    assert torch.allclose(found.laplacian, bend, atol=1e-5)
    spread = differences.divergence(lambda x: blend(moving(t), x).velocity, x)
    assert torch.allclose(found.divergence, spread, atol=1e-5)
    residual = found.dt + (found.velocity * found.gradient).sum(1) + found.divergence
    assert float(residual.abs().max()) < 1e-9


def test_mixture_without_motion_has_the_known_density() -> None:
    known = GaussianMixture([[0.0, 1.0], [2.0, -1.0]], [0.5, 0.8], [0.3, 0.7])
    covariance = known.std.square()[:, None, None] * torch.eye(2, dtype=torch.float64)
    blend = GaussianBlend.of(known.weights.log(), known.modes, covariance)
    x = known.sample(50, torch.Generator().manual_seed(0))
    assert torch.allclose(blend.log_density(x), -known.energy(x))


def flow_model() -> GradientFlowInterpolation:
    problem = replace(LEARNED, interpolation="gradient_flow")
    model = build_interpolation(problem, torch.Generator().manual_seed(0), torch.float64)
    assert isinstance(model, GradientFlowInterpolation)
    return model


def test_start_of_a_gradient_flow_in_many_dimensions_is_the_survey() -> None:
    start = flow_model().start
    assert isinstance(start, SurveyStart)
    assert str(surveyed(NEEDLE).calls) in start.description
    target, (t, x) = build_target(LEARNED), points(40)
    assert torch.allclose(start(torch.ones_like(t), x).value, -target.energy(x))
    found = start(t, x)
    assert torch.allclose(found.dt, differences.by_time(lambda t: start(t, x).value, t, 1e-5), rtol=1e-4, atol=1e-4)  # fmt: skip
    slope = differences.gradient(lambda x: start(t, x).value, x, 1e-4)
    assert torch.allclose(found.gradient, slope, rtol=1e-4, atol=1e-4)
    bend = differences.divergence(lambda x: start(t, x).gradient, x, 1e-4)
    assert torch.allclose(found.laplacian, bend, rtol=1e-3, atol=1e-2)


def test_surveyed_curve_joins_latent_and_target_and_is_a_good_start() -> None:
    model = build_interpolation(LEARNED, torch.Generator().manual_seed(0), torch.float64)
    assert isinstance(model, SurveyedInterpolation)
    assert model.target.calls >= surveyed(NEEDLE).calls
    target, (t, x) = build_target(LEARNED), points(40)
    assert torch.allclose(model.log_density(torch.ones_like(t), x), -target.energy(x))
    # At t = 0 the curve is the latent, without any correction.
    assert torch.allclose(model.log_density(torch.zeros_like(t), x), -model.latent.energy(x))
    metrics = evaluate(LEARNED, model.float(), 500, thorough=False).report.metrics
    assert metrics.ess_fraction > 0.95
    assert metrics.log_z_error == pytest.approx(0.0, abs=0.03)


def test_derivatives_of_a_surveyed_curve_match_its_values() -> None:
    model, (t, x) = build_interpolation(LEARNED, torch.Generator().manual_seed(0), torch.float64), points(40)
    found = model.curve(t, x)
    slope = differences.by_time(lambda t: model.log_density(t, x), t, 1e-5)
    assert torch.allclose(found.log_density_dt, slope, rtol=1e-3, atol=1e-3)
    slope = differences.gradient(lambda x: model.log_density(t, x), x, 1e-4)
    assert torch.allclose(found.score, slope, rtol=1e-3, atol=1e-3)
    velocity = model.velocities(t, x)
    assert torch.allclose(velocity.velocity, found.velocity)
    assert torch.allclose(velocity.divergence, found.divergence)
    # If the survey misses nothing, the start has a small residual. Without the mixture's velocity, the residual would be of order ten.
    assert float(found.residual.detach().square().mean().sqrt()) < 1


def test_resumed_run_continues_from_the_survey_in_its_checkpoint() -> None:
    """The trained parameters correct the survey in the checkpoint. Another machine or a later version may compute a different survey."""
    state = next(train(LEARNED, Budget(steps=1))).checkpoint
    same = restore(LEARNED, state)
    assert isinstance(same, SurveyedInterpolation)
    fresh = build_interpolation(LEARNED, torch.Generator().manual_seed(0))
    assert all(torch.equal(a, b) for a, b in zip(same.buffers(), fresh.buffers(), strict=True))
    model = restore(LEARNED, {**state, "survey.mean": state["survey.mean"] + 1})
    assert isinstance(model, SurveyedInterpolation)
    assert torch.allclose(model.flow.blend.mean.double(), state["survey.mean"] + 1)


def test_run_without_a_survey_in_its_checkpoint_starts_without_one() -> None:
    """Checkpoints from before surveys existed have none."""
    state = next(train(replace(LEARNED, training=replace(LEARNED.training, start="fading")), Budget(steps=1)))
    assert isinstance(restore(LEARNED, state.checkpoint), LearnedInterpolation)
