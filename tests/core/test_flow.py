"""Samples carried along a velocity: positions, log-densities and importance weights."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from core.fields import AbstractPointwiseField, FieldValue
from core.problem import SOLVERS, SamplingSettings
from core.sampling.flow import Flow, carry, weighted_samples
from core.sampling.status import Status
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture, two_modes


class Formula(AbstractPointwiseField):
    """A field that acts on each coordinate separately: `v_i = velocity(t, x_i)`, with the derivative of that function."""

    def __init__(
        self, velocity: Callable[[Tensor, Tensor], Tensor], slope: Callable[[Tensor, Tensor], Tensor]
    ) -> None:
        self.velocity, self.slope = velocity, slope

    def evaluate(self, t: Tensor, x: Tensor) -> FieldValue:
        t = t[:, None]
        return FieldValue(self.velocity(t, x), self.slope(t, x).sum(1), torch.zeros(len(x), dtype=x.dtype))

    def log_z(self, t: Tensor) -> Tensor:
        return torch.zeros_like(t)


def logistic() -> Formula:
    """`x' = cos 2t · x (1 − x)`: logistic growth in the time ½ sin 2t."""
    return Formula(
        lambda t, x: (2 * t).cos() * x * (1 - x),
        lambda t, x: (2 * t).cos() * (1 - 2 * x),
    )


def logistic_solution(t: float, x: Tensor) -> tuple[Tensor, Tensor]:
    """Exact positions at the time t, and the log of the growth of volume around them."""
    grown = math.exp(math.sin(2 * t) / 2)
    scale = 1 - x + x * grown
    return x * grown / scale, (grown / scale.square()).log().sum(1)


def starts() -> Tensor:
    return torch.linspace(-0.5, 3, 24, dtype=torch.float64).reshape(8, 3)


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


def errors(flow: Flow, x: Tensor) -> tuple[float, float]:
    place, volume = logistic_solution(1.0, x)
    return float((flow.x[-1] - place).norm()), float((flow.log_volume[-1] - volume).norm())


def test_rk4_is_of_order_four_in_position_and_volume() -> None:
    steps = [20, 40, 80, 160]
    x = starts()
    found = torch.tensor(
        [errors(carry(logistic(), x, times(0, 1), SamplingSettings("rk4", n)), x) for n in steps],
        dtype=torch.float64,
    ).log()
    log_step = -torch.tensor(steps, dtype=torch.float64).log()
    centred = log_step - log_step.mean()
    slopes = (centred @ found) / centred.square().sum()
    assert slopes.tolist() == pytest.approx([4, 4], abs=0.2)


def test_tsit5_stays_within_its_tolerance() -> None:
    x = starts()
    flow = carry(logistic(), x, times(0, 1), SamplingSettings("tsit5", 100))
    assert max(errors(flow, x)) < 1e-3
    assert not flow.failed.any()


@pytest.mark.parametrize("solver", SOLVERS)
def test_state_is_stored_at_every_output_time(solver: str) -> None:
    x, kept = starts(), times(0, 0.1, 0.5, 1)
    flow = carry(logistic(), x, kept, SamplingSettings(solver, 60))
    assert torch.equal(flow.times, kept)
    assert torch.equal(flow.x[0], x)
    assert not flow.log_volume[0].any()
    for i, t in enumerate(kept.tolist()):
        place, volume = logistic_solution(t, x)
        assert torch.allclose(flow.x[i], place, atol=3e-4)
        assert torch.allclose(flow.log_volume[i], volume, atol=3e-4)


def broken_beyond_two() -> Formula:
    """A field that moves points to the right at speed one, into a region where it is unknown."""
    return Formula(
        lambda t, x: torch.ones_like(x).masked_fill(x > 2, math.nan),
        lambda t, x: torch.zeros_like(x).masked_fill(x > 2, math.nan),
    )


@pytest.mark.parametrize("solver", SOLVERS)
def test_failed_points_become_nan_and_the_others_continue(solver: str) -> None:
    x = torch.tensor([[0.0], [1.5], [-1.0], [5.0]], dtype=torch.float64)
    flow = carry(broken_beyond_two(), x, times(0, 0.4, 1), SamplingSettings(solver, 20))
    assert flow.failed.tolist() == [False, True, False, True]
    assert set(flow.status[flow.failed].tolist()) == {Status.NOT_FINITE}
    assert flow.x[-1][~flow.failed].flatten().tolist() == pytest.approx([1, 0], abs=1e-9)
    assert bool(flow.x[-1][flow.failed].isnan().all())
    assert bool(flow.log_volume[-1][flow.failed].isnan().all())
    assert torch.equal(flow.x[0], x)


@pytest.mark.parametrize("solver", SOLVERS)
def test_nan_start_fails_alone(solver: str) -> None:
    x = torch.tensor([[0.5], [math.nan]], dtype=torch.float64)
    flow = carry(logistic(), x, times(0, 1), SamplingSettings(solver, 20))
    assert flow.status.tolist() == [Status.ARRIVED, Status.NOT_FINITE]


def test_points_that_run_out_of_steps_fail_alone() -> None:
    """Only the second point reaches the fast oscillation."""
    field = Formula(lambda t, x: (x > 10) * 1e3 * (1e3 * t).cos(), lambda t, x: torch.zeros_like(x))
    x = torch.tensor([[0.0], [100.0]], dtype=torch.float64)
    flow = carry(field, x, times(0, 1), SamplingSettings("tsit5", 10))
    assert flow.status.tolist() == [Status.ARRIVED, Status.TOO_MANY_STEPS]
    assert flow.x[-1].flatten().tolist() == pytest.approx([0, math.nan], nan_ok=True)


@pytest.mark.parametrize("solver", SOLVERS)
def test_points_out_of_all_bounds_fail_alone(solver: str) -> None:
    """With the speed 50 x, positions stay finite up to t = 1, but e⁵⁰ = 5·10²¹ is out of bounds."""
    field = Formula(lambda t, x: 50 * x, lambda t, x: torch.full_like(x, 50.0))
    x = torch.tensor([[0.0], [3.0], [-1e-16]], dtype=torch.float64)
    flow = carry(field, x, times(0, 1), SamplingSettings(solver, 200))
    assert flow.status.tolist() == [Status.ARRIVED, Status.OUT_OF_BOUNDS, Status.ARRIVED]
    assert bool(flow.x[-1][1].isnan())


@pytest.mark.parametrize("solver", SOLVERS)
def test_field_is_evaluated_at_finite_points_only(solver: str) -> None:
    finite = []

    def velocity(t: Tensor, x: Tensor) -> Tensor:
        finite.append(bool(x.isfinite().all()))
        return x.square().masked_fill(x > 100, math.inf)

    x = torch.tensor([[0.5], [2.0], [math.inf], [math.nan]], dtype=torch.float64)
    flow = carry(Formula(velocity, lambda t, x: 2 * x), x, times(0, 1), SamplingSettings(solver, 50))
    assert flow.failed.tolist() == [False, True, True, True]
    assert all(finite)


def test_weights_are_target_over_pushforward_density(generator: torch.Generator) -> None:
    """Stretching N(0, 1) by e^{log 3} gives N(0, 9), with every weight equal to Z_D = 1."""
    stretch = Formula(lambda t, x: math.log(3) * x, lambda t, x: torch.full_like(x, math.log(3)))
    latent, target = GaussianLatent(1.0, 2), GaussianMixture([[0.0, 0.0]], 3.0)
    noise = latent.sample(50, generator)
    flow = carry(stretch, noise, times(0, 1), SamplingSettings("rk4", 60))
    samples = weighted_samples(flow, latent, target)
    assert torch.allclose(samples.x, 3 * noise, rtol=1e-6)
    assert samples.log_weight.abs().max() < 1e-5
    other = weighted_samples(flow, latent, GaussianMixture([[0.0, 0.0]], 2.0))
    assert float(other.log_weight.std()) > 0.1


def test_zero_field_gives_importance_sampling_from_the_latent(generator: torch.Generator) -> None:
    still = Formula(lambda t, x: torch.zeros_like(x), lambda t, x: torch.zeros_like(x))
    latent, target = GaussianLatent(3.0, 1), two_modes(2.0, 0.7, None, 1)
    noise = latent.sample(20_000, generator)
    samples = weighted_samples(carry(still, noise, times(0, 1), SamplingSettings()), latent, target)
    weight = samples.log_weight.exp()
    assert torch.equal(samples.x, noise)
    assert float(weight.mean()) == pytest.approx(1.0, abs=5 * float(weight.std()) / 141)


def test_failed_samples_have_no_weight_and_are_counted() -> None:
    x = torch.tensor([[0.0], [1.5]], dtype=torch.float64)
    flow = carry(broken_beyond_two(), x, times(0, 1), SamplingSettings())
    samples = weighted_samples(flow, GaussianLatent(1.0, 1), two_modes(2.0, 0.7, None, 1))
    assert samples.log_weight.isnan().tolist() == [False, True]
    assert samples.failed.tolist() == [False, True]
    assert samples.failures == {"not_finite": 1}
    assert samples.first(1).failures == {}
