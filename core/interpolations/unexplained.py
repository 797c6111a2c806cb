"""A search for what a mixture misses: places where a target's density exceeds the mixture's, found from its energies alone."""

from __future__ import annotations

import math

import torch

from core.interpolations.gaussian_blend import GaussianBlend
from core.targets.base import (
    AbstractEnergy,
    counted_energy,
    energy_derivatives,
    energy_gradient,
)
from core.types import Points, Values

# Number of explorers from which gradient descent starts, and number of its steps.
DESCENTS, STEPS = 512, 40
# The first step size of the descent, as a fraction of the target's squared scale, and the factors by which it grows after a step that lowers
# the energy and shrinks after one that does not.
FIRST_STEP, GROW, SHRINK = 0.1, 1.5, 0.3
# A minimum is unexplained if the target's log-density there exceeds the mixture's by this many nats.
UNEXPLAINED = 1.0
# Maximum number of added components.
MOST_FOUND = 32


def completed(blend: GaussianBlend, log_z: float, target: AbstractEnergy, explorers: Points) -> GaussianBlend:
    """Add a component at each minimum of the energy where the mixture's density is much too low.

    In many dimensions, a narrow mode contains almost no mass of the wide density from which sequential Monte Carlo starts, so all particles
    may miss it. But at `explorers` near the mode, the mixture's density is too low, and gradient descent from there leads to the mode.

    Args:
        blend: the mixture.
        log_z: estimate of log Z_D from the modes that the mixture covers.
        target: the target.
        explorers: points from which the search starts.
    """
    f = counted_energy(target, explorers)
    excess = -f - log_z - blend.log_density(explorers)
    # The mixture's misfit grows towards the tails, so the excess is compared with the depth below the maximum.
    depth = f - f[f.isfinite()].min()
    chosen = (excess / (10 + depth)).nan_to_num(nan=-math.inf).topk(min(DESCENTS, len(f))).indices
    x = descended(target, explorers[chosen])
    found = energy_derivatives(target, x)
    usable = (found.laplacian > 0) & found.value.isfinite()
    x, f, variance = x[usable], found.value[usable], target.dim / found.laplacian[usable]
    for _ in range(MOST_FOUND):
        if not len(x):
            break
        excess = -f - log_z - blend.log_density(x)
        best = int(excess.argmax())
        if not float(excess[best]) > UNEXPLAINED:
            break
        blend = _with(blend, x[best], variance[best], -float(f[best]) - log_z)
    return blend


def descended(target: AbstractEnergy, x: Points) -> Points:
    """Move points by gradient descent of the energy; each point adapts its own step size."""
    f, gradient = energy_gradient(target, x)
    size = torch.full_like(f, FIRST_STEP * target.scale**2)
    for _ in range(STEPS):
        proposal = x - size[:, None] * gradient
        lower, slope = energy_gradient(target, proposal)
        better = lower < f
        x = torch.where(better[:, None], proposal, x)
        f, gradient = torch.where(better, lower, f), torch.where(better[:, None], slope, gradient)
        size = size * torch.where(better, GROW, SHRINK)
    return x


def _with(blend: GaussianBlend, x: Points, variance: Values, log_density: float) -> GaussianBlend:
    """Add a component to the mixture, with the given log-density at its centre x (for a mixture of total mass one)."""
    dim = len(x)
    log_weight = log_density + dim / 2 * torch.log(2 * math.pi * variance)
    covariance = variance * torch.eye(dim, dtype=x.dtype)
    return GaussianBlend.of(
        torch.cat([blend.log_weight, log_weight[None]]),
        torch.cat([blend.mean, x[None]]),
        torch.cat([blend.covariance, covariance[None]]),
    )
