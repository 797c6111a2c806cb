"""Markov chains with Langevin steps, with (MALA) and without (ULA) an acceptance step."""

from __future__ import annotations

import math

import pytest
import torch

from core.budget import Budget
from core.sampling import langevin as room
from core.sampling.langevin import ChainSnapshot, langevin
from core.targets.mixture import GaussianMixture, two_modes

STD = 0.8
GAUSSIAN = GaussianMixture([[0.0]], STD)


def chains(
    start: torch.Tensor, steps: int, *, seed: int = 0, step_size: float | None = None, corrected: bool = True
) -> list[ChainSnapshot]:
    generator = torch.Generator().manual_seed(seed)
    return list(
        langevin(GAUSSIAN, start, Budget(steps=steps), generator, corrected=corrected, step_size=step_size)
    )


def exact(count: int = 20_000) -> torch.Tensor:
    return GAUSSIAN.sample(count, torch.Generator().manual_seed(42))


def test_mala_keeps_a_gaussian_invariant() -> None:
    last = chains(exact(), 40, step_size=STD**2)[-1]
    assert float(last.x.var()) == pytest.approx(STD**2, rel=0.05)
    assert float(last.x.mean()) == pytest.approx(0.0, abs=5 * STD / 141)
    assert 0.3 < last.acceptance < 1
    assert not torch.allclose(last.x, exact())


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_ula_variance_has_the_known_bias(share: float) -> None:
    """The chain x' = (1 − h/s²) x + √(2h) ξ has the stationary variance s²/(1 − h/2s²)."""
    last = chains(exact(), 60, step_size=share * STD**2, corrected=False)[-1]
    assert float(last.x.var()) == pytest.approx(STD**2 / (1 - share / 2), rel=0.05)
    assert last.acceptance == 1


def test_mala_keeps_masses_and_widths_of_two_modes(generator: torch.Generator) -> None:
    target = two_modes(3.0, 0.7, (1.0, 3.0), 2)
    start = target.sample(20_000, generator)
    *_, last = langevin(target, start, Budget(steps=40), generator)
    share = target.responsibilities(last.x)
    error = share.std(0) / 141
    assert bool(((share.mean(0) - target.weights).abs() < 5 * error).all())
    assert torch.allclose(last.x.var(0), start.var(0), rtol=0.05)


def test_chains_reach_the_target_from_a_distant_start() -> None:
    start = torch.full((5000, 1), 4.0, dtype=torch.float64)
    last = chains(start, 150)[-1]
    assert float(last.x.mean()) == pytest.approx(0.0, abs=0.06)
    assert float(last.x.std()) == pytest.approx(STD, rel=0.05)


def test_step_size_adapts_in_the_first_half_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "SNAPSHOT_SECONDS", -1.0)
    sizes = [snapshot.step_size for snapshot in chains(exact(500), 40, step_size=0.01)]
    assert len(set(sizes[:21])) == 21
    assert len(set(sizes[20:])) == 1
    assert sizes[20] > sizes[0]


def test_ula_keeps_its_step_size() -> None:
    assert {s.step_size for s in chains(exact(100), 20, step_size=0.02, corrected=False)} == {0.02}


def test_chains_are_reproducible_for_a_seed() -> None:
    first, again, other = (chains(exact(50), 10, seed=seed)[-1].x for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_chains_begin_at_their_start_and_end_with_their_budget() -> None:
    start = exact(10)
    first, *_, last = chains(start, 7)
    assert torch.equal(first.x, start)
    assert (first.step, first.progress) == (0, 0.0)
    assert math.isnan(first.acceptance)
    assert (last.step, last.progress) == (7, 1.0)


def test_chains_have_unknown_weights() -> None:
    samples = chains(exact(10), 2)[-1].samples
    assert bool(samples.log_weight.isnan().all())
    assert samples.log_weight.dtype == torch.float64
    assert samples.num_failed == 0


def test_proposal_with_infinite_energy_is_rejected() -> None:
    """A step so long that the energy overflows must be rejected."""
    start = exact(20)
    last = chains(start, 2, step_size=1e12)[-1]
    assert torch.equal(last.x, start)
    assert last.acceptance == 0


@pytest.mark.parametrize("step_size", [0.0, -1.0, math.nan])
def test_invalid_step_size_is_reported(step_size: float) -> None:
    with pytest.raises(ValueError, match="step_size"):
        chains(exact(2), 1, step_size=step_size)
