"""Langevin dynamics, a baseline without training: many short chains from the latent, with or without Metropolis correction."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import torch

from core import checks
from core.budget import SNAPSHOT_SECONDS, Budget, Stopwatch
from core.sampling.samples import Samples
from core.targets.base import AbstractEnergy, energy_gradient
from core.types import Points, Values

# The optimal acceptance rate of MALA in high dimension (Roberts, Rosenthal, 1998).
TARGET_ACCEPTANCE = 0.574
# Change of the log step size per step and unit of excess acceptance.
ADAPTATION_RATE = 0.05
# The step size adapts in this first fraction of the budget, then stays fixed so that the chains leave the target invariant.
ADAPTATION_FRACTION = 0.5


@dataclass(frozen=True)
class ChainSnapshot:
    """The state of all chains.

    Attributes:
        x: positions.
        step: number of steps taken.
        seconds: wall-clock seconds so far.
        acceptance: fraction of accepted proposals in the last step; 1 without correction.
        step_size: h, in squared units of x.
        progress: fraction of the budget used, from 0 to 1.
        energy_calls: number of points at which the energy and its gradient were evaluated.
    """

    x: Points
    step: int
    seconds: float
    acceptance: float
    step_size: float
    progress: float
    energy_calls: int

    @property
    def samples(self) -> Samples:
        """The positions. The density of a chain's position is unknown, so the weights are NaN."""
        unknown = torch.full((len(self.x),), math.nan, dtype=torch.float64)
        return Samples(self.x, unknown, weighted=False)


def langevin(
    target: AbstractEnergy,
    start: Points,
    budget: Budget,
    generator: torch.Generator,
    *,
    corrected: bool = True,
    step_size: float | None = None,
) -> Iterator[ChainSnapshot]:
    """Run Langevin chains, `x' = x − h ∇f(x) + √(2h) ξ` with ξ ~ N(0, I).

    Args:
        target: the density e^{−f}.
        start: start points, one per chain.
        budget: maximum seconds or steps.
        generator: draws the noise.
        corrected: accept or reject each proposal (MALA, exact in the limit); otherwise accept all (ULA, biased by h).
        step_size: h; by default a tenth of the squared scale of the target. MALA adapts it in the first half of the budget.

    Yields:
        The start, about four snapshots per second, and the final state.

    Raises:
        ValueError: `step_size` is outside 10⁻¹² to 10¹².

    References:
        Roberts, Tweedie: Exponential convergence of Langevin distributions and their discrete approximations, 1996.
    """
    h = 0.1 * target.scale**2 if step_size is None else step_size
    checks.number("step_size", h, 1e-12, 1e12)
    x = start.to(torch.float64)
    energy, gradient = energy_gradient(target, x)
    yield ChainSnapshot(x, 0, 0.0, math.nan, h, 0.0, len(x))
    watch, shown, step, progress, acceptance = Stopwatch(), 0.0, 0, 0.0, 1.0
    while progress < 1:
        noise = torch.randn(x.shape, generator=generator, dtype=x.dtype)
        proposal = x - h * gradient + math.sqrt(2 * h) * noise
        new_energy, new_gradient = energy_gradient(target, proposal)
        if corrected:
            # The proposal's noise is √(2h) ξ; `back` is the noise that the reverse step would need.
            back = x - proposal + h * new_gradient
            log_ratio = energy - new_energy + noise.square().sum(1) / 2 - back.square().sum(1) / (4 * h)
            accept = _accept(log_ratio, generator)
            acceptance = float(accept.double().mean())
            if progress < ADAPTATION_FRACTION:
                h *= math.exp(ADAPTATION_RATE * (acceptance - TARGET_ACCEPTANCE))
            proposal = torch.where(accept[:, None], proposal, x)
            new_energy = torch.where(accept, new_energy, energy)
            new_gradient = torch.where(accept[:, None], new_gradient, gradient)
        x, energy, gradient = proposal, new_energy, new_gradient
        step += 1
        seconds = watch.read()
        progress = budget.progress(seconds, step)
        if progress >= 1 or seconds - shown > SNAPSHOT_SECONDS:
            shown = seconds
            watch.pause()
            yield ChainSnapshot(x, step, seconds, acceptance, h, progress, (step + 1) * len(x))
            watch.start()


def _accept(log_ratio: Values, generator: torch.Generator) -> torch.Tensor:
    """The Metropolis rule. NaN ratios are rejected."""
    u = torch.rand(len(log_ratio), generator=generator, dtype=log_ratio.dtype)
    return u.log() < log_ratio
