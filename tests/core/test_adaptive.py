"""The adaptive Runge–Kutta solver, which chooses the time step of every sample separately."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from core.sampling.adaptive import CHUNK, integrate
from core.sampling.runge_kutta import RK4, TSIT5, Tableau, rk_step
from core.sampling.status import Status


def times(*values: float) -> Tensor:
    return torch.tensor(values, dtype=torch.float64)


class Oscillator:
    """`p' = ω q, q' = −ω p` in the rescaled time `t²`. Each sample has its own frequency ω, which is part of its state.

    Records the size of every evaluation. If ω is negative, the rate is NaN after t = 0.6.
    """

    def __init__(self) -> None:
        self.batches: list[int] = []

    @property
    def rows(self) -> int:
        return sum(self.batches)

    def __call__(self, t: Tensor, state: Tensor) -> Tensor:
        self.batches.append(len(state))
        p, q, omega = state.unbind(1)
        speed = 2 * t * omega
        rate = torch.stack([speed * q, -speed * p, torch.zeros_like(p)], dim=1)
        return rate.masked_fill(((omega < 0) & (t > 0.6))[:, None], math.nan)


def starts(omegas: list[float]) -> Tensor:
    rows = [[math.cos(i), math.sin(i), omega] for i, omega in enumerate(omegas)]
    return torch.tensor(rows, dtype=torch.float64)


def solution(start: Tensor, t: float) -> Tensor:
    p, q, omega = start.unbind(1)
    angle = omega * t**2
    return torch.stack([p * angle.cos() + q * angle.sin(), q * angle.cos() - p * angle.sin(), omega], dim=1)


TAME = [1 + i / 40 for i in range(40)]


@pytest.mark.parametrize("tableau", [TSIT5, RK4], ids=["tsit5", "rk4"])
def test_stages_are_consistent(tableau: Tableau) -> None:
    assert [sum(stage) for stage in tableau.stages] == pytest.approx(list(tableau.nodes), abs=1e-13)
    assert sum(tableau.weights or tableau.stages[-1]) == pytest.approx(1, abs=1e-13)
    assert sum(tableau.error) == pytest.approx(0, abs=1e-13)


@pytest.mark.parametrize(
    ("tableau", "embedded", "order"), [(TSIT5, False, 5), (TSIT5, True, 4), (RK4, False, 4)]
)
def test_convergence_order_is_the_declared_one(tableau: Tableau, embedded: bool, order: int) -> None:
    """Orders are measured with equal steps. Tsitouras' method has order 5; the embedded method that estimates its error has order 4."""
    rate, start, steps = Oscillator(), starts([1.0, 3.0]), [100, 140, 200]
    errors = []
    for num in steps:
        t, state, size = times(0, 0), start, times(1, 1) / num
        for _ in range(num):
            step = rk_step(tableau, rate, t, state, rate(t, state), size)
            state = step.state - step.error if embedded else step.state
            t = t + size
        errors.append(float((state - solution(start, 1.0)).norm()))
    x, y = -torch.tensor(steps, dtype=torch.float64).log(), torch.tensor(errors, dtype=torch.float64).log()
    slope = ((x - x.mean()) @ y) / (x - x.mean()).square().sum()
    assert float(slope) == pytest.approx(order, abs=0.2)


def test_dense_output_is_of_order_four() -> None:
    """The weights at θ satisfy `Σ b_i c_i^k = θ^{k+1}/(k + 1)` for k up to 3; at θ = 1 they are the weights of the method of order 5."""
    nodes = times(0, *TSIT5.nodes)
    for share in (0.1, 0.37, 0.8, 1.0):
        powers = times(share, share**2, share**3, share**4)
        weights = torch.tensor(TSIT5.between, dtype=torch.float64) @ powers
        found = torch.stack([weights @ nodes**k for k in range(4)])
        assert torch.allclose(found, powers / times(1, 2, 3, 4), rtol=1e-10)
    assert torch.allclose(weights, times(*TSIT5.stages[-1], 0), atol=1e-13)


@pytest.mark.parametrize("tolerance", [1e-3, 1e-5, 1e-7, 1e-9])
def test_error_scales_with_the_tolerance(tolerance: float) -> None:
    start = starts([1.0, 5.0, 20.0])
    end = integrate(Oscillator(), start, times(0, 1), 500, tolerance).states[-1]
    error = float((end - solution(start, 1.0)).abs().max())
    assert 1e-2 * tolerance < error < 1e2 * tolerance


def test_stiff_sample_does_not_add_evaluations_for_others() -> None:
    def rows(omegas: list[float]) -> int:
        rate = Oscillator()
        assert bool(integrate(rate, starts(omegas), times(0, 1), 1000).states.isfinite().all())
        return rate.rows

    both, tame, stiff = rows([300.0, *TAME]), rows(TAME), rows([300.0])
    assert both == pytest.approx(tame + stiff, rel=0.02)
    assert stiff > 20 * tame / len(TAME)


def test_one_evaluation_has_at_most_a_chunk_of_samples() -> None:
    start = starts([1.0, 2.0]).repeat(CHUNK, 1)
    rate = Oscillator()
    states = integrate(rate, start, times(0, 0.5), 100).states
    assert max(rate.batches) == CHUNK
    assert torch.allclose(states[-1], solution(start, 0.5), atol=1e-3)


def test_sample_does_not_depend_on_its_batch() -> None:
    """The results are equal to the last bit, even for batches of three, for which the processor uses other instructions than for long
    ones."""
    start = starts([10.0, *TAME])
    together = integrate(Oscillator(), start, times(0, 0.3, 1), 1000).states
    few = [integrate(Oscillator(), rows, times(0, 0.3, 1), 1000).states for rows in start.split(3)]
    assert torch.equal(torch.cat(few, dim=1), together)


@pytest.mark.parametrize("place", [0, 7, 40])
def test_failed_sample_does_not_change_the_others(place: int) -> None:
    start, kept = starts(TAME), times(0, 0.05, 1)
    failing = torch.cat([start[:place], starts([-3.0]), start[place:]])
    states = integrate(Oscillator(), failing, kept, 1000).states
    others = torch.arange(len(failing)) != place
    assert torch.equal(states[:, others], integrate(Oscillator(), start, kept, 1000).states)
    assert states[:, place].isnan().all(1).tolist() == [False, False, True]


def test_output_times_need_no_evaluations_and_keep_the_result() -> None:
    few, many = Oscillator(), Oscillator()
    first = integrate(few, starts(TAME), times(0, 1), 1000).states
    again = integrate(many, starts(TAME), torch.linspace(0, 1, 101, dtype=torch.float64), 1000).states
    assert many.batches == few.batches
    assert torch.equal(again[-1], first[-1])
    assert bool(again.isfinite().all())


def test_interpolated_states_are_as_accurate_as_steps() -> None:
    kept, start = torch.linspace(0, 1, 101, dtype=torch.float64), starts([1.0, 5.0, 20.0])
    states = integrate(Oscillator(), start, kept, 1000, 1e-6).states
    error = torch.stack(
        [(s - solution(start, float(t))).abs().max() for s, t in zip(states, kept, strict=True)]
    )
    assert float(error.max()) < 1e-4
    assert float(error.max()) < 10 * float(error[-1])


def test_last_step_ends_exactly_at_the_last_time() -> None:
    """The method is exact for `y' = 5 t⁴`; a state at a slightly different time would not be."""
    states = integrate(
        lambda t, y: 5 * t[:, None] ** 4, torch.zeros(3, 1).double(), times(0, 0.9), 100
    ).states
    assert torch.allclose(states[-1, :, 0], times(0.9).expand(3) ** 5, rtol=1e-13)


def test_sample_that_runs_out_of_steps_fails_alone() -> None:
    found = integrate(Oscillator(), starts([1.0, 300.0]), times(0, 1), 20)
    assert found.states[-1].isnan().all(1).tolist() == [False, True]
    assert found.status.tolist() == [Status.ARRIVED, Status.TOO_MANY_STEPS]


def test_sample_with_vanishing_steps_fails_alone() -> None:
    """`y' = y²` from 2 diverges at t = ½."""
    calls = []

    def rate(t: Tensor, y: Tensor) -> Tensor:
        calls.append(len(y))
        return y.square()

    found = integrate(rate, times(0.5, 2)[:, None], times(0, 1), 10_000)
    states = found.states
    assert found.status.tolist() == [Status.ARRIVED, Status.STEP_TOO_SMALL]
    assert states[-1].isnan().flatten().tolist() == [False, True]
    assert float(states[-1, 0]) == pytest.approx(1.0, abs=1e-3)
    assert len(calls) < 6 * 1000
