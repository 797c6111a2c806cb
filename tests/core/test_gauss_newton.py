"""The two optimisers, Gauss–Newton and Adam, on a small problem with a known solution."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from core.interpolations.build import build_interpolation, build_target
from core.problem import INTERPOLATIONS, Problem, TargetSpec, TrainingSettings
from core.training.adam import FINAL_RATE, WARM_UP, Adam, learning_rate_factor
from core.training.gauss_newton import (
    DAMPING,
    GRAM_ROWS,
    WHOLE_STEPS,
    GaussNewton,
    largest_size,
    lower_gram,
    residual_jacobian,
)
from core.training.optimiser import AbstractOptimiser, robust_loss, robust_weight


class Plane(nn.Module):
    """Residuals linear in the parameters, `x·w − x·truth`; NaN if `fails` is set."""

    truth = torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)

    def __init__(self, *, fails: bool = False) -> None:
        super().__init__()
        self.w = nn.Parameter(torch.zeros(3, dtype=torch.float64))
        self.fails = fails

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        residual = (x * (self.w - self.truth)).sum(-1)
        return residual * math.nan if self.fails else residual


class Noisy(Plane):
    """Linear residuals with noise in the observations."""

    def forward(self, t: Tensor, x: Tensor) -> Tensor:
        # The times of a batch are independent of x, so they serve as noise.
        return super().forward(t, x) + (1000 * t).sin()


def batch(generator: torch.Generator, size: int = 40) -> tuple[Tensor, Tensor]:
    t = torch.rand(size, generator=generator, dtype=torch.float64)
    return t, torch.randn(size, 3, generator=generator, dtype=torch.float64)


def optimisers(model: nn.Module) -> list[AbstractOptimiser]:
    return [GaussNewton(model), Adam(model, 0.1)]


@pytest.mark.parametrize(
    "target", [TargetSpec.of("two_modes", dim=1), TargetSpec.of("ring")], ids=["line", "plane"]
)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_jacobian_equals_row_by_row_autograd(
    interpolation: str, target: TargetSpec, generator: torch.Generator
) -> None:
    problem = Problem(target, interpolation, beta_max=5.0, training=TrainingSettings(width=6, depth=2))
    model = build_interpolation(problem, generator, torch.float64)
    x = build_target(problem).sample(7, generator)
    t = torch.linspace(0.3, 1, 7, dtype=torch.float64)
    residual, jacobian = residual_jacobian(model, (t, x))
    for i in range(7):
        alone = model(t[i : i + 1], x[i : i + 1])
        row = torch.autograd.grad(alone.sum(), list(model.parameters()))
        assert torch.allclose(residual[i], alone.detach())
        assert torch.allclose(jacobian[i], torch.cat([g.flatten() for g in row]), rtol=1e-9, atol=1e-12)
    assert not residual.requires_grad


@pytest.mark.parametrize("rows", [GRAM_ROWS - 1, GRAM_ROWS, 2 * GRAM_ROWS + 7])
def test_gram_matrix_is_complete_on_and_below_the_diagonal(rows: int, generator: torch.Generator) -> None:
    jacobian = torch.randn(rows, 5, generator=generator, dtype=torch.float64)
    assert torch.allclose(lower_gram(jacobian).tril(), (jacobian @ jacobian.T).tril(), rtol=1e-12, atol=1e-12)


def test_robust_weights_give_the_gradient_of_the_robust_loss() -> None:
    residual = torch.tensor([-30.0, -1.0, 0.0, 0.1, 7.0], dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(robust_loss(residual), residual)
    assert torch.allclose(slope, (robust_weight(residual) * residual / 5).detach())


def test_robust_loss_is_quadratic_near_zero_and_linear_far_out() -> None:
    near, far = (float(robust_loss(torch.tensor([r], dtype=torch.float64))) for r in (1e-3, 1e4))
    assert near == pytest.approx(0.5e-6, rel=1e-5)
    assert far == pytest.approx(1e4, rel=1e-3)


def test_gauss_newton_solves_a_linear_problem_in_few_steps(generator: torch.Generator) -> None:
    model = Plane()
    optimiser = GaussNewton(model)
    losses = [optimiser.step(batch(generator), 0.0).loss for _ in range(40)]
    assert losses[-1] < 1e-8 * losses[0]
    assert torch.allclose(model.w.detach(), Plane.truth, atol=1e-3)


def test_later_steps_average_over_batches(generator: torch.Generator) -> None:
    """With noisy residuals, full steps would stay as far from the true parameters as the solution for a single batch is."""
    model = Noisy()
    optimiser = GaussNewton(model)
    away = []
    for _ in range(6 * WHOLE_STEPS):
        optimiser.step(batch(generator), 0.0)
        away.append(float((model.w.detach() - Plane.truth).norm()))
    early, late = (sum(part) / len(part) for part in (away[20:WHOLE_STEPS], away[-40:]))
    assert late < 0.6 * early


@pytest.mark.parametrize(("step", "size"), [(1, 1.0), (60, 1.0), (120, 0.5), (600, 0.1), (100_000, 0.05)])
def test_largest_step_size_decays_after_the_first_sixty(step: int, size: float) -> None:
    assert largest_size(step) == pytest.approx(size)


def test_gauss_newton_works_with_fewer_points_than_parameters(generator: torch.Generator) -> None:
    model = Plane()
    optimiser = GaussNewton(model)
    losses = [optimiser.step(batch(generator, 2), 0.0).loss for _ in range(200)]
    assert max(losses[-5:]) < 1e-3 * losses[0]


def test_step_never_raises_the_loss_on_its_batch(generator: torch.Generator) -> None:
    problem = Problem(TargetSpec.of("ring"), training=TrainingSettings(width=8, depth=2))
    model = build_interpolation(problem, generator, torch.float64)
    optimiser = GaussNewton(model)
    for _ in range(10):
        x = model.box.sample(50, generator)
        t = torch.rand(50, generator=generator, dtype=torch.float64)
        before = optimiser.step((t, x), 0.0).loss
        assert robust_loss(model(t, x)).item() <= before


def test_at_the_minimum_parameters_stay_and_damping_rises(generator: torch.Generator) -> None:
    model = Plane()
    with torch.no_grad():
        model.w.copy_(Plane.truth)
    optimiser = GaussNewton(model)
    damping = optimiser.damping
    for _ in range(20):
        assert optimiser.step(batch(generator), 0.0).loss == 0
    assert torch.equal(model.w.detach(), Plane.truth)
    assert damping < optimiser.damping <= DAMPING[1]


@pytest.mark.parametrize("which", [0, 1], ids=["gauss_newton", "adam"])
def test_step_returns_the_loss_before_the_step(which: int, generator: torch.Generator) -> None:
    model = Plane()
    t, x = batch(generator)
    expected = robust_loss(model(t, x)).item()
    before = model(t, x).detach()
    step = optimisers(model)[which].step((t, x), 0.5)
    assert step.loss == pytest.approx(expected)
    assert torch.equal(step.residual, before)
    assert bool(model.w.detach().any())


@pytest.mark.parametrize("which", [0, 1], ids=["gauss_newton", "adam"])
def test_non_finite_loss_changes_nothing(which: int, generator: torch.Generator) -> None:
    model = Plane(fails=True)
    assert optimisers(model)[which].step(batch(generator), 0.5).failed
    assert not model.w.detach().any()


def test_adam_solves_a_linear_problem(generator: torch.Generator) -> None:
    model = Plane()
    optimiser = Adam(model, 0.1)
    losses = [optimiser.step(batch(generator), i / 300).loss for i in range(300)]
    assert losses[-1] < 1e-4 * losses[0]


def test_learning_rate_rises_then_falls() -> None:
    progress = [i / 1000 for i in range(1001)]
    rates = [learning_rate_factor(p) for p in progress]
    top = rates.index(max(rates))
    assert progress[top] == pytest.approx(WARM_UP)
    assert rates[top] == pytest.approx(1.0)
    assert rates[: top + 1] == sorted(rates[: top + 1])
    assert rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[0] > 0
    assert rates[-1] == pytest.approx(FINAL_RATE)


def test_step_that_only_fits_the_noise_of_its_batch_is_rejected_by_a_check() -> None:
    """At the true parameters, every step only fits noise: it lowers the loss on its own batch and raises the loss on another batch."""
    g, model = torch.Generator().manual_seed(0), Noisy()
    with torch.no_grad():
        model.w.copy_(model.truth)
    own, other = batch(g, 6), batch(g, 4000)
    GaussNewton(model).step(own, 0.5, other)
    assert torch.equal(model.w.detach(), model.truth)
    GaussNewton(model).step(own, 0.5)
    assert not torch.equal(model.w.detach(), model.truth)
