"""Markov chain moves, and swaps between chains, satisfy detailed balance; step sizes adapt to the wanted acceptance rate."""

from __future__ import annotations

import pytest
import torch

from core.sampling.curves import LinearCurve
from core.sampling.moves import DualAveraging, Move, Walker, hmc, mala, ula
from core.sampling.tempering import equal_rejection, swap_probability
from core.targets.latent import GaussianLatent
from core.targets.mixture import GaussianMixture

SKEW = GaussianMixture([[-1.0], [1.2]], [0.4, 0.9], [1.0, 2.0])
CURVE = LinearCurve(GaussianLatent(1.0, 1), SKEW)
COUNT = 40_000


def flow_between_sides(move: Move, size: float) -> float:
    """Net probability flow from |x − 1| < 0.3 to x < 0 in one move of exact samples, in standard deviations."""
    generator = torch.Generator().manual_seed(8)
    walker = Walker(CURVE.locate, lambda at: CURVE.density(torch.ones_like(at.end), at))
    at = CURVE.locate(SKEW.sample(COUNT, generator))
    sizes = torch.full((COUNT,), size, dtype=torch.float64)
    before, after = at.x[:, 0], move(walker, at, sizes, generator).at.x[:, 0]
    narrow, wide = (before - 1.0).abs() < 0.3, (after - 1.0).abs() < 0.3
    there = (narrow & (after < 0)).double() - ((before < 0) & wide).double()
    spread = there.std() / COUNT**0.5
    return float(there.mean() / spread)


@pytest.mark.parametrize("move", [mala, hmc], ids=["mala", "hmc"])
@pytest.mark.parametrize("size", [0.2, 0.6])
def test_move_satisfies_detailed_balance(move: Move, size: float) -> None:
    """Starting from exact samples, as many points move from one region to another as move back."""
    assert abs(flow_between_sides(move, size)) < 4


def test_uncorrected_move_violates_detailed_balance() -> None:
    assert abs(flow_between_sides(ula, 1.5)) > 8


@pytest.mark.parametrize("move", [mala, hmc], ids=["mala", "hmc"])
def test_move_keeps_the_density_invariant(move: Move) -> None:
    generator = torch.Generator().manual_seed(1)
    walker = Walker(CURVE.locate, lambda at: CURVE.density(torch.ones_like(at.end), at))
    at = CURVE.locate(SKEW.sample(COUNT, generator))
    start = at.x
    sizes = torch.full((COUNT,), 0.3, dtype=torch.float64)
    for _ in range(10):
        at = move(walker, at, sizes, generator).at
    assert not torch.equal(at.x, start)
    assert float(at.x.mean()) == pytest.approx(float(start.mean()), abs=0.03)
    assert float(at.x.std()) == pytest.approx(float(start.std()), rel=0.03)


def test_swap_satisfies_detailed_balance() -> None:
    """The probabilities of a swap and of its reversal have the ratio of the joint densities."""
    generator = torch.Generator().manual_seed(3)
    times = torch.tensor([0.0, 0.3, 1.0], dtype=torch.float64)
    at = CURVE.locate(3 * torch.randn(600, 1, generator=generator, dtype=torch.float64))
    difference = (at.end - at.start).view(200, 3)
    for pair in (0, 1):
        swapped = difference.clone()
        swapped[:, [pair, pair + 1]] = difference[:, [pair + 1, pair]]
        forth = swap_probability(times, difference)[:, pair].log()
        back = swap_probability(times, swapped)[:, pair].log()
        tilt = [-at.start.view(200, 3) - t * difference for t in times]
        joint = tilt[pair][:, pair] + tilt[pair + 1][:, pair + 1]
        exchanged = tilt[pair][:, pair + 1] + tilt[pair + 1][:, pair]
        assert torch.allclose(forth - back, exchanged - joint)


def test_levels_of_equal_rejection_divide_the_barrier_evenly() -> None:
    times = torch.tensor([0.0, 0.5, 1.0], dtype=torch.float64)
    found = equal_rejection(times, torch.tensor([0.6, 0.2], dtype=torch.float64), 5)
    assert found.tolist() == pytest.approx([0.0, 1 / 6, 1 / 3, 0.5, 1.0])


def test_step_size_adapts_to_the_wanted_acceptance() -> None:
    averaging = DualAveraging(5.0, 0.6)
    for _ in range(300):
        averaging.observe(1 / (1 + averaging.size))
    assert averaging.mean == pytest.approx(2 / 3, rel=0.1)
