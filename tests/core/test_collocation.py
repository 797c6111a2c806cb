"""Collocation: drawing the points (t, x) at which a curve is trained."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from core.fields import VelocityValue
from core.interpolations.base import AbstractInterpolation
from core.interpolations.build import build_interpolation
from core.interpolations.linear import LinearInterpolation
from core.problem import COLLOCATIONS, INTERPOLATIONS, Problem, TargetSpec, TrainingSettings
from core.training.collocation import (
    NUM_TIMES,
    NUM_TRAJECTORIES,
    REFRESH_STEPS,
    TRAJECTORY_SHARE,
    WIDENING,
    Collocation,
)
from core.types import Points, Times

RING = TargetSpec.of("ring", num_modes=5)


def model_of(interpolation: str = "linear", target: TargetSpec = RING) -> AbstractInterpolation:
    problem = Problem(target, interpolation, training=TrainingSettings(width=8, depth=2))
    return build_interpolation(problem, torch.Generator().manual_seed(0))


def collocation(model: AbstractInterpolation, kind: str, batch_size: int = 101) -> Collocation:
    return Collocation(model, kind, batch_size, torch.Generator().manual_seed(1))


def in_box(model: AbstractInterpolation, x: Points) -> bool:
    box = model.box.to(x.dtype)
    return bool(((x >= box.lower) & (x <= box.upper)).all())


def test_every_kind_has_a_trajectory_fraction() -> None:
    assert TRAJECTORY_SHARE.keys() == COLLOCATIONS.keys()


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("kind", COLLOCATIONS)
def test_draw_returns_a_finite_float32_batch(interpolation: str, kind: str) -> None:
    model = model_of(interpolation)
    draws = collocation(model, kind)
    for _ in range(2):
        t, x, weight, _ = draws.draw()
        assert (t.shape, x.shape) == ((101,), (101, 2))
        assert t.dtype == x.dtype == torch.float32
        assert bool(x.isfinite().all())
        counted = weight * model.clock(t)[1]
        assert bool(((counted > 0) & (counted <= 1.0001)).all())


@pytest.mark.parametrize("kind", ["box", "trajectories"])
def test_times_are_stratified_in_the_curves_clock(kind: str) -> None:
    model = model_of()
    t, *_ = collocation(model, kind, 64).draw()
    s = model.clock(t.sort().values.double())[0]
    assert ((s + 1e-4 * (0.5 - s)) * 64).long().clamp_max(63).tolist() == list(range(64))


@pytest.mark.parametrize("interpolation", ["linear", "learned"])
@pytest.mark.parametrize("target", [RING, TargetSpec.of("many_well", dim=8)], ids=lambda target: target.name)
def test_box_points_cover_the_box(target: TargetSpec, interpolation: str) -> None:
    model = model_of(interpolation, target)
    _, x, *_ = collocation(model, "box", 8000).draw()
    assert in_box(model, x)
    sides = (model.box.upper - model.box.lower).float()
    assert (x.amax(0) - x.amin(0) > 0.97 * sides).all()
    spread = x.std(0) / (sides / 12**0.5)
    # Beyond three dimensions points are uniform; up to three, they are denser where the curve has mass.
    assert ((spread - 1).abs() < 0.05).all() if target.dim > 3 else (spread < 0.95).all()


@pytest.mark.parametrize("kind", COLLOCATIONS)
def test_draws_differ_and_are_reproducible_by_seed(kind: str) -> None:
    model = model_of()
    first, again = collocation(model, kind), collocation(model, kind)
    for _ in range(2):
        assert all(torch.equal(a, b) for a, b in zip(first.draw()[:3], again.draw()[:3], strict=True))
    assert not torch.equal(first.draw()[1], first.draw()[1])


def test_trajectories_follow_the_velocity(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the constant velocity (3, 0), a point at time t lies 3t to the right of a latent sample."""

    def drift(model: AbstractInterpolation, t: Times, x: Points) -> VelocityValue:
        return VelocityValue(x.new_tensor([3.0, 0.0]).expand_as(x), x.new_zeros(len(x)))

    monkeypatch.setattr(LinearInterpolation, "velocities", drift)
    t, x, *_ = collocation(model_of(), "trajectories", 4000).draw()
    start = x - 3 * t[:, None] * x.new_tensor([1.0, 0.0])
    # A few standard errors of a mean over `NUM_TRAJECTORIES` independent trajectories.
    assert float(start.mean(0).abs().max()) < 5 / NUM_TRAJECTORIES**0.5
    assert torch.allclose(start.std(0), torch.full((2,), WIDENING), rtol=0.15)


@pytest.mark.parametrize("center", ["origin", "target"])
def test_trajectories_start_from_a_widened_latent(center: str) -> None:
    target = TargetSpec.of("mixture", means=((1000.0, 0.0), (1004.0, 0.0)))
    problem = Problem(target, center=center, training=TrainingSettings(width=8, depth=2))
    draws = collocation(build_interpolation(problem, torch.Generator().manual_seed(0)), "trajectories")
    draws.draw()
    start = draws.trajectories[0]
    middle = torch.tensor([0.0 if center == "origin" else 1002.0, 0.0])
    assert torch.allclose(start.mean(0), middle, atol=0.2)
    assert torch.allclose(start.std(0), torch.full((2,), WIDENING), rtol=0.1)


def test_trajectories_are_refreshed() -> None:
    draws = collocation(model_of(), "trajectories", 16)
    draws.draw()
    first = draws.trajectories
    for _ in range(REFRESH_STEPS - 1):
        draws.draw()
    assert draws.trajectories is first
    draws.draw()
    assert draws.trajectories is not first


@pytest.mark.parametrize("speed", [1e6, float("inf"), float("nan")])
def test_trajectories_that_leave_are_replaced_by_box_points(
    speed: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    def runaway(model: AbstractInterpolation, t: Times, x: Points) -> VelocityValue:
        return VelocityValue(torch.full_like(x, speed), x.new_zeros(len(x)))

    monkeypatch.setattr(LinearInterpolation, "velocities", runaway)
    model = model_of()
    t, x, *_ = collocation(model, "trajectories", 500).draw()
    late = t > 1 / NUM_TIMES
    assert in_box(model, x[late])
    assert bool(x.isfinite().all())


def test_trajectories_carry_no_gradient() -> None:
    draws = collocation(model_of(), "mixed")
    _, x, weight, _ = draws.draw()
    assert not x.requires_grad
    assert not weight.requires_grad


def test_draw_does_not_change_the_model() -> None:
    model = model_of()
    before = nn.utils.parameters_to_vector(model.parameters()).clone()
    collocation(model, "mixed").draw()
    assert torch.equal(nn.utils.parameters_to_vector(model.parameters()), before)
