"""Training: snapshots, budgets, reproducibility, and runs that diverge."""

from __future__ import annotations

import math
import time
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from core.budget import Budget
from core.interpolations.base import AbstractInterpolation, CurveValue, Known
from core.interpolations.linear import LinearInterpolation
from core.problem import COLLOCATIONS, INTERPOLATIONS, OPTIMISERS, Problem, TargetSpec, TrainingSettings
from core.reference.solve import solve
from core.results.evaluation import evaluate
from core.training import loop
from core.training.collocation import Collocation
from core.training.loop import Snapshot, train
from core.training.objective import Objective
from core.training.optimiser import robust_loss

SETTINGS = TrainingSettings(width=8, depth=2, batch_size=64, learning_rate=0.02)
LINE = Problem(TargetSpec.of("two_modes", dim=1, mode_separation=2.0), beta_max=5.0, training=SETTINGS)


def with_optimiser(name: str, problem: Problem = LINE) -> Problem:
    return replace(problem, training=replace(problem.training, optimiser=name))


def run(problem: Problem, steps: int) -> list[Snapshot]:
    return list(train(problem, Budget(steps=steps)))


def weights(snapshot: Snapshot) -> Tensor:
    return nn.utils.parameters_to_vector(snapshot.field.parameters()).detach()


def loss_of(field: AbstractInterpolation) -> float:
    """Loss on fresh points."""
    batch = Collocation(field, "box", 1000, torch.Generator().manual_seed(99)).draw()
    return robust_loss(Objective(field)(*batch.arguments)).item()


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
def test_same_seed_gives_bitwise_equal_steps(interpolation: str, optimiser: str) -> None:
    problem = with_optimiser(optimiser, replace(LINE, interpolation=interpolation))
    first, again = run(problem, 6)[-1], run(problem, 6)[-1]
    other = run(replace(problem, seed=1), 6)[-1]
    assert torch.equal(weights(first), weights(again))
    assert not torch.equal(weights(first), weights(other))


@pytest.mark.parametrize(
    ("optimiser", "steps", "collocation"),
    [
        *(("gauss_newton", 40, kind) for kind in COLLOCATIONS),
        pytest.param("adam", 150, "mixed", marks=pytest.mark.long),
    ],
)
def test_training_lowers_the_loss(optimiser: str, steps: int, collocation: str) -> None:
    problem = replace(LINE, training=replace(SETTINGS, optimiser=optimiser, collocation=collocation))
    snapshots = run(problem, steps)
    assert loss_of(snapshots[-1].field) < 0.5 * loss_of(snapshots[0].field)


@pytest.mark.parametrize(
    "interpolation",
    [
        name if name == "learned" else pytest.param(name, marks=pytest.mark.thorough)
        for name in INTERPOLATIONS
    ],
)
def test_trained_curve_samples_the_target(interpolation: str) -> None:
    """If the modes are close, a few steps suffice. The untrained curve scores worse."""
    problem = replace(LINE, interpolation=interpolation, training=replace(SETTINGS, width=16, batch_size=128))
    snapshots = run(problem, 60)
    before, after = (evaluate(problem, s.field, 500).report.metrics for s in (snapshots[0], snapshots[-1]))
    assert after.ess_fraction > max(0.97, before.ess_fraction)
    assert after.log_z == pytest.approx(0.0, abs=0.05)


def test_learned_log_z_equals_the_exact_one() -> None:
    problem = replace(LINE, sigma=2.0, training=replace(SETTINGS, width=16, batch_size=128))
    field, t = run(problem, 60)[-1].field, torch.tensor([0.25, 0.5, 0.75, 1.0])
    exact = solve(problem).log_z(t.double())
    assert torch.allclose(field.log_z(t).double(), exact, atol=0.03)
    assert float(exact.abs().max()) > 0.09


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_first_snapshot_is_untrained_and_last_is_finished(optimiser: str) -> None:
    first, *_, last = run(with_optimiser(optimiser), 5)
    assert (first.step, first.seconds, first.progress, first.status) == (0, 0.0, 0.0, "training")
    assert math.isnan(first.loss)
    assert (last.step, last.progress, last.status) == (5, 1.0, "finished")
    assert math.isfinite(last.loss)


def test_seconds_steps_and_progress_increase(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    snapshots = run(LINE, 5)
    assert [s.step for s in snapshots] == [0, 1, 2, 3, 4, 5]
    assert [s.progress for s in snapshots] == pytest.approx([0, 0.2, 0.4, 0.6, 0.8, 1])
    assert [s.status for s in snapshots] == ["training"] * 5 + ["finished"]
    seconds = [s.seconds for s in snapshots]
    assert seconds == sorted(seconds)


def test_later_steps_do_not_change_a_snapshot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "SNAPSHOT_SECONDS", 0.0)
    kept = [(snapshot, weights(snapshot).clone()) for snapshot in train(LINE, Budget(steps=4))]
    for snapshot, then in kept:
        assert torch.equal(weights(snapshot), then)
    assert not torch.equal(kept[0][1], kept[-1][1])


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_using_a_snapshot_does_not_change_the_run(optimiser: str) -> None:
    """Sampling from a snapshot, or training it further, does not change the run."""
    alone = run(with_optimiser(optimiser), 4)[-1]
    for snapshot in train(with_optimiser(optimiser), Budget(steps=4)):
        last = weights(snapshot).clone()
        torch.rand(3)
        for parameter in snapshot.field.parameters():
            parameter.data.zero_()
    assert torch.equal(last, weights(alone))


def test_caller_can_stop_at_any_snapshot() -> None:
    snapshots = train(LINE, Budget(seconds=3600.0))
    assert next(snapshots).step == 0
    snapshots.close()  # type: ignore[attr-defined]


@pytest.mark.clock
def test_budget_excludes_the_callers_own_time() -> None:
    # Modes so far apart that training does not converge within the budget.
    problem, seen = replace(LINE, target=TargetSpec.of("two_modes", dim=1, mode_separation=10.0)), []
    for snapshot in train(problem, Budget(seconds=0.6)):
        time.sleep(0.3)
        seen.append(snapshot)
    assert len(seen) >= 2
    assert (seen[-1].status, seen[-1].progress) == ("finished", 1.0)
    assert 0.6 <= seen[-1].seconds < 2.0


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_curve_that_becomes_nan_ends_the_run_with_a_finite_field(
    optimiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, calls = LinearInterpolation.curve, 0

    def breaks_later(model: LinearInterpolation, t: Tensor, x: Tensor, known: Known = ()) -> CurveValue:
        nonlocal calls
        calls += model.training and torch.is_grad_enabled()
        value = right(model, t, x, known)
        return replace(value, divergence=value.divergence * math.nan) if calls > 3 else value

    monkeypatch.setattr(LinearInterpolation, "curve", breaks_later)
    last = run(with_optimiser(optimiser), 50)[-1]
    monkeypatch.undo()
    assert last.status == "diverged"
    assert last.step < 50
    assert bool(weights(last).isfinite().all())
    assert math.isfinite(loss_of(last.field))


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_diverged_run_returns_the_last_field_with_a_finite_loss(
    optimiser: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The loss becomes NaN once the parameters are far from their start. The step that leads there must be undone."""
    right = LinearInterpolation.curve
    start = run(LINE, 1)[0].field.get_parameter("motion.potential.readout").detach()

    def breaks_far_away(model: LinearInterpolation, t: Tensor, x: Tensor, known: Known = ()) -> CurveValue:
        value, readout = right(model, t, x, known), model.motion.potential.readout.detach()
        far = (
            readout.reshape(-1, len(start))[0] - start
        ).norm() > 0.05  # each point may have its own copy of the parameters
        return replace(value, divergence=value.divergence * math.nan) if far else value

    monkeypatch.setattr(LinearInterpolation, "curve", breaks_far_away)
    last = run(with_optimiser(optimiser), 60)[-1]
    assert math.isfinite(loss_of(last.field))


def test_run_that_diverges_at_once_returns_its_initial_field(monkeypatch: pytest.MonkeyPatch) -> None:
    right = LinearInterpolation.curve
    monkeypatch.setattr(
        LinearInterpolation,
        "curve",
        lambda model, t, x, known=(): replace(
            right(model, t, x), log_density_dt=torch.full_like(t, math.nan)
        ),
    )
    first, last = run(LINE, 5)
    assert (last.status, last.step) == ("diverged", 0)
    assert math.isnan(last.loss)
    assert torch.equal(weights(first), weights(last))
