"""Moves that leave a density invariant: Langevin (MALA) and Hamiltonian (HMC) steps with a Metropolis test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from jaxtyping import Bool
from torch import Tensor

from core.sampling.curves import Located, Tilt
from core.types import Points, Values

# The acceptance rates to which step sizes adapt: about the optimal ones in high dimension.
MALA_ACCEPTANCE, HMC_ACCEPTANCE = 0.574, 0.8
# Every proposal draws its own step size, within this factor of the common one. So narrow and wide modes both get suitable steps.
JITTER = 2.0
# Number of leapfrog steps per HMC move.
LEAPFROGS = 5


@dataclass(frozen=True)
class Walker:
    """The density that moves keep invariant.

    Attributes:
        locate: evaluates energies at points.
        density: log-density and score at located points.
    """

    locate: Callable[[Points], Located]
    density: Callable[[Located], Tilt]


@dataclass(frozen=True)
class Moved:
    """Points after a move.

    Attributes:
        at: the points.
        acceptance: probability with which each proposal was accepted.
    """

    at: Located
    acceptance: Values


# A move of all points: density, points, step size for each point, generator.
Move = Callable[[Walker, Located, Values, torch.Generator], Moved]


def jittered(size: Values, generator: torch.Generator) -> Values:
    """Step sizes spread log-uniformly within a factor of JITTER. The draw does not depend on the points, which preserves detailed
    balance."""
    u = torch.rand(size.shape, generator=generator, dtype=size.dtype)
    return size * ((2 * u - 1) * math.log(JITTER)).exp()


def mala(walker: Walker, at: Located, size: Values, generator: torch.Generator) -> Moved:
    """One Langevin step `x' = x + h ∇log ρ(x) + √(2h) ξ` with a Metropolis test; one energy call per point.

    Args:
        walker: the density ρ.
        at: the points.
        size: h for each point, in squared units of x.
        generator: draws step sizes, noise and acceptance.

    References:
        Roberts, Tweedie: Exponential convergence of Langevin distributions and their discrete approximations, 1996.
    """
    h = jittered(size, generator)[:, None]
    noise = torch.randn(at.x.shape, generator=generator, dtype=at.x.dtype)
    now = walker.density(at)
    proposal = walker.locate(at.x + h * now.score + (2 * h).sqrt() * noise)
    then = walker.density(proposal)
    # The proposal's noise is √(2h) ξ; `back` is the noise that the reverse step would need.
    back = at.x - proposal.x - h * then.score
    log_ratio = then.log_density - now.log_density
    log_ratio = log_ratio + noise.square().sum(1) / 2 - (back.square() / (4 * h)).sum(1)
    return _metropolis(at, proposal, log_ratio, generator)


def hmc(walker: Walker, at: Located, size: Values, generator: torch.Generator) -> Moved:
    """One Hamiltonian trajectory of LEAPFROGS leapfrog steps with a Metropolis test; LEAPFROGS energy calls per point.

    Args:
        walker: the density ρ.
        at: the points.
        size: squared step size ε² for each point, in squared units of x like h in `mala`.
        generator: draws step sizes, momenta and acceptance.

    References:
        Neal: MCMC using Hamiltonian dynamics, 2011.
    """
    step = jittered(size, generator).sqrt()[:, None]
    momentum = torch.randn(at.x.shape, generator=generator, dtype=at.x.dtype)
    now = walker.density(at)
    there, tilt, p = at, now, momentum
    for _ in range(LEAPFROGS):
        p = p + step / 2 * tilt.score
        there = walker.locate(there.x + step * p)
        tilt = walker.density(there)
        p = p + step / 2 * tilt.score
    kinetic = (momentum.square() - p.square()).sum(1) / 2
    return _metropolis(at, there, tilt.log_density - now.log_density + kinetic, generator)


def ula(walker: Walker, at: Located, size: Values, generator: torch.Generator) -> Moved:
    """One Langevin step without a Metropolis test; its invariant density differs from ρ by O(h)."""
    noise = torch.randn(at.x.shape, generator=generator, dtype=at.x.dtype)
    h = size[:, None]
    there = walker.locate(at.x + h * walker.density(at).score + (2 * h).sqrt() * noise)
    return Moved(there, torch.ones_like(size))


def _metropolis(at: Located, proposal: Located, log_ratio: Values, generator: torch.Generator) -> Moved:
    """Accept with probability min(1, ratio). NaN ratios are rejected."""
    probability = log_ratio.nan_to_num(nan=-math.inf).clamp(max=0).exp()
    accept: Bool[Tensor, " batch"] = (
        torch.rand(len(log_ratio), generator=generator, dtype=log_ratio.dtype) < probability
    )
    return Moved(at.replaced(accept, proposal), probability)


class DualAveraging:
    """Adapts a step size until proposals are accepted at a given rate, and averages the sizes tried.

    Args:
        size: first step size.
        acceptance: the rate to reach.

    References:
        Hoffman, Gelman: The No-U-Turn Sampler, JMLR 2014, section 3.2.
    """

    GAMMA, DELAY, DECAY = 0.05, 10.0, 0.75

    def __init__(self, size: float, acceptance: float) -> None:
        self.acceptance = acceptance
        self.center = math.log(10 * size)
        self.deficit, self.count = 0.0, 0
        self.log_size, self.log_mean = math.log(size), math.log(size)

    def observe(self, rate: float) -> None:
        """Adapt to the mean acceptance of the last proposals."""
        self.count += 1
        weight = 1 / (self.count + self.DELAY)
        self.deficit += weight * (self.acceptance - rate - self.deficit)
        self.log_size = self.center - math.sqrt(self.count) / self.GAMMA * self.deficit
        share = self.count**-self.DECAY
        self.log_mean += share * (self.log_size - self.log_mean)

    @property
    def size(self) -> float:
        """The step size to try next."""
        return math.exp(self.log_size)

    @property
    def mean(self) -> float:
        """The averaged step size, to keep once adaptation ends."""
        return math.exp(self.log_mean)
