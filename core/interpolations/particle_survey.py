"""A survey of a target by a short sequential Monte Carlo run, summarised as a mixture of Gaussians.

It uses only the energy, the box and the scale of the target.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from core.interpolations.expectation_maximisation import fitted, seeded, started
from core.interpolations.gaussian_blend import GaussianBlend
from core.interpolations.unexplained import completed
from core.sampling.bridge.pilot import pilot
from core.sampling.bridge.walk import Bridge, walk
from core.sampling.curves import LinearCurve
from core.targets.base import AbstractEnergy, counted_energy
from core.targets.latent import GaussianLatent
from core.types import Points, Values, Vector

# In more dimensions than this, a full covariance has more parameters than the points can determine.
MOST_DIMENSIONS = 16
# Number of points that choose the times and step sizes of the Monte Carlo run, and number of particles of that run.
PILOT_POINTS, PARTICLES = 512, 2**13
# Number of points from which the survey searches for modes that all particles have missed.
EXPLORERS = 2**16
# The first fit: maximum number of components, number of points, and number of steps.
MOST_PARTS, FIRST_POINTS, FIRST_STEPS = 48, 2**12, 30
# The mixture is improved with points drawn from it: number of rounds, and points and fit steps per round.
ROUNDS, ROUND_POINTS, ROUND_STEPS = 3, 2**14, 12
# Number of steps of the last fit. It uses the points of all rounds except the first together, to average out noise in the masses.
POOLED_STEPS = 3
# Fraction of the drawn points that is split equally among the components, whatever their weights.
EVEN_FRACTION = 0.3
# Standard deviation of the prior that keeps covariances positive, as a fraction of the target's scale.
FLOOR = 0.05
# If a smaller fraction of the mixture's samples is effective for the target, the mixture does not resemble the target.
LEAST_EFFECTIVE = 0.2


@dataclass(frozen=True)
class ParticleSurvey:
    """A mixture that resembles a target, fitted to particles that sequential Monte Carlo has moved there.

    Attributes:
        blend: the mixture.
        log_z: estimate of log Z_D.
        ess_fraction: effective sample size of the mixture's samples, weighted for the target, as a fraction of their number.
        calls: number of energy evaluations.
        gradient_calls: number of those that computed the gradient too.
    """

    blend: GaussianBlend
    log_z: float
    ess_fraction: float
    calls: int
    gradient_calls: int

    @property
    def is_reliable(self) -> bool:
        """Whether the mixture resembles the target."""
        return self.ess_fraction >= LEAST_EFFECTIVE

    @property
    def description(self) -> str:
        """A short description for reports."""
        return (
            f"the flow of a mixture of {len(self.blend.log_weight)} Gaussians, fitted to particles of a short SMC run "
            f"({self.calls} energy calls)"
        )

    def moved(self, by: Vector) -> ParticleSurvey:
        """The survey of the target moved by the vector `by`."""
        return replace(self, blend=self.blend.moved(by))

    def state(self) -> dict[str, Tensor]:
        """The whole survey as copied tensors, for a checkpoint."""
        blend, numbers = self.blend, [self.log_z, self.ess_fraction, self.calls, self.gradient_calls]
        return {
            **{name: tensor.clone() for name, tensor in blend.named_buffers()},
            "numbers": torch.tensor(numbers, dtype=torch.float64),
        }

    @classmethod
    def from_state(cls, state: dict[str, Tensor]) -> ParticleSurvey:
        """The inverse of `state`.

        Raises:
            KeyError: a tensor is missing.
        """
        log_z, ess_fraction, calls, gradient_calls = state["numbers"].tolist()
        blend = GaussianBlend(*(state[name].clone() for name in ("log_weight", "mean", "variance", "axes")))
        return cls(blend, log_z, ess_fraction, int(calls), int(gradient_calls))

    @classmethod
    @torch.no_grad()
    def of(cls, target: AbstractEnergy) -> ParticleSurvey:
        """Survey a target in float64. The result depends on the target only."""
        generator, before = torch.Generator().manual_seed(0), (target.calls, target.gradient_calls)
        floor = FLOOR * target.scale
        blend = _first_fit(particles(target, generator), floor, generator)
        x, log_weight = weighted(blend, target, ROUND_POINTS, generator)
        log_z = float(log_weight.logsumexp(0)) - math.log(len(x))
        explorers = _wide(target).sample(EXPLORERS, generator)
        blend = completed(blend, log_z, target, explorers)
        pool = list[tuple[Points, Values]]()
        for _ in range(ROUNDS):
            pool.append(weighted(blend, target, ROUND_POINTS, generator))
            blend = fitted(blend, *pool[-1], ROUND_STEPS, floor)
        last = weighted(blend, target, ROUND_POINTS, generator, even=0.0)
        x, log_weight = map(torch.cat, zip(*pool[1:], last, strict=True))
        log_z = float(log_weight.logsumexp(0)) - math.log(len(x))
        blend = fitted(blend, x, log_weight, POOLED_STEPS, floor)
        calls = target.calls - before[0], target.gradient_calls - before[1]
        return cls(blend, log_z, effective_fraction(last[1]), *calls)


def effective_fraction(log_weight: Values) -> float:
    """The effective sample size of weighted points, as a fraction of their number."""
    return float(1 / log_weight.softmax(0).square().sum()) / len(log_weight)


def _wide(target: AbstractEnergy) -> GaussianLatent:
    """A Gaussian as wide as the target's box."""
    return GaussianLatent(target.box.half_width / 2, target.dim, target.box.center)


def _first_fit(x: Points, floor: float, generator: torch.Generator) -> GaussianBlend:
    """A mixture fitted to a random part of the points."""
    part = x[torch.randperm(len(x), generator=generator)[:FIRST_POINTS]]
    blend = started(part, seeded(part, MOST_PARTS, generator), floor)
    return fitted(blend, part, torch.zeros_like(part[:, 0]), FIRST_STEPS, floor)


def particles(target: AbstractEnergy, generator: torch.Generator) -> Points:
    """Points of equal weight from sequential Monte Carlo along the linear curve from a Gaussian that fills the box."""
    bridge = Bridge(LinearCurve(_wide(target), target))
    ladder = pilot(bridge, PILOT_POINTS, generator)
    *_, cloud = walk(bridge, ladder, PARTICLES, generator)
    return cloud.at.x


def weighted(
    blend: GaussianBlend,
    target: AbstractEnergy,
    num_points: int,
    generator: torch.Generator,
    even: float = EVEN_FRACTION,
) -> tuple[Points, Values]:
    """Points from a mixture with their log importance weights for the target.

    A fraction `even` of the points is split equally among the components. Weights above √n times the mean weight are lowered to that value,
    so that a single point in a tail cannot dominate.

    References:
        Ionides: Truncated importance sampling, 2008.
    """
    log_even = torch.full_like(blend.log_weight, math.log(max(even, 1e-300) / len(blend.log_weight)))
    log_share = torch.logaddexp(blend.log_weight + math.log(1 - even), log_even)
    proposal = GaussianBlend(log_share, blend.mean, blend.variance, blend.axes)
    x = proposal.sample(num_points, generator)
    log_weight = -counted_energy(target, x) - proposal.log_density(x)
    log_weight = log_weight.nan_to_num(nan=-math.inf, neginf=-math.inf)
    return x, log_weight.clamp_max(float(log_weight.logsumexp(0)) - math.log(num_points) / 2)
