"""The sampler's density at given points, by integrating its flow backwards from the target to the latent."""

from __future__ import annotations

import torch

from core.fields import AbstractVelocity, VelocityValue
from core.problem import SamplingSettings
from core.sampling.flow import carry
from core.targets.base import AbstractDensity, AbstractEnergy, energy_in_parts
from core.types import Points, Times, Values


class BackwardVelocity(AbstractVelocity):
    """A velocity run backwards: with s = 1 − t, it is `−v_{1−s}`.

    Args:
        field: the velocity that runs from t = 0 to t = 1.
    """

    def __init__(self, field: AbstractVelocity) -> None:
        self.dim = field.dim
        self.field = field

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        value = self.field.velocities(1 - t, x)
        return VelocityValue(-value.velocity, -value.divergence)


def log_weights_at(
    field: AbstractVelocity,
    x: Points,
    latent: AbstractDensity,
    target: AbstractEnergy,
    settings: SamplingSettings,
) -> Values:
    """The log importance weights `log w(x) = −f_D(x) − log q(x)` at given points, q being the density of the flow's samples.

    The flow is integrated backwards: x = x_1 → x_0, and `log q(x_1) = log ρ_Z(x_0) − ∫_0^1 ∇·v_t(x_t) dt`. The solver and its
    tolerances are the same as in sampling.

    Args:
        field: the velocity that carries the latent at t = 0 to the samples at t = 1.
        x: points at t = 1, such as exact samples.
        latent: the density ρ_Z at t = 0.
        target: gives the energy f_D.
        settings: the ODE solver.

    Returns:
        The log weights, in nats; NaN where the integration fails.
    """
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    # The scales belong to the ends of the backward flow: first the target, then the latent.
    flow = carry(BackwardVelocity(field), x, ends, settings, (target.scale, latent.scale))
    # The backward flow's log volume is the negative of the forward one.
    log_prob = -latent.energy(flow.x[-1]) - latent.log_z + flow.log_volume[-1]
    return -energy_in_parts(target, flow.x[0]) - log_prob
