"""The sampler's density at given points, by integrating its flow backwards from the target to the latent."""

from __future__ import annotations

import torch

from core.fields import AbstractField, FieldValue, GridValue, VelocityValue, evaluate_on_grid
from core.problem import SamplingSettings
from core.sampling.flow import carry
from core.targets.base import AbstractDensity, energy_in_parts
from core.types import Axes, PerTime, Points, TimeAxis, Times, Values


class BackwardField(AbstractField):
    """A field run backwards: with s = 1 − t, its velocity is `−v_{1−s}` and its densities are `ρ_{1−s}`.

    Args:
        field: the field that runs from t = 0 to t = 1.
    """

    def __init__(self, field: AbstractField) -> None:
        self.dim = field.dim
        self.field = field

    def evaluate(self, t: Times, x: Points) -> FieldValue:
        value = self.field.evaluate(1 - t, x)
        return FieldValue(-value.velocity, -value.divergence, value.log_density)

    def velocities(self, t: Times, x: Points) -> VelocityValue:
        value = self.field.velocities(1 - t, x)
        return VelocityValue(-value.velocity, -value.divergence)

    def log_density(self, t: Times, x: Points) -> Values:
        return self.field.log_density(1 - t, x)

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    def log_z(self, t: TimeAxis) -> PerTime:
        return self.field.log_z(1 - t)


def log_weights_at(
    field: AbstractField,
    x: Points,
    latent: AbstractDensity,
    target: AbstractDensity,
    settings: SamplingSettings,
) -> Values:
    """The log importance weights `log w(x) = −f_D(x) − log q(x)` at given points, q being the density of the flow's samples.

    The flow is integrated backwards: x = x_1 → x_0, and `log q(x_1) = log ρ_Z(x_0) − ∫_0^1 ∇·v_t(x_t) dt`. The solver and its
    tolerances are those of sampling, see `flow.LOG_WEIGHT_NATS`.

    Args:
        field: carries the latent to the samples.
        x: points at t = 1, such as exact samples.
        latent: the density ρ_Z at t = 0.
        target: gives the energy f_D.
        settings: the ODE solver.

    Returns:
        The log weights, in nats; NaN where the integration fails.
    """
    ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
    # The scales belong to the ends of the backward flow: first the target, then the latent.
    flow = carry(BackwardField(field), x, ends, settings, (target.scale, latent.scale))
    # The backward flow's log volume is the negative of the forward one.
    log_prob = -latent.energy(flow.x[-1]) - latent.log_z + flow.log_volume[-1]
    return -energy_in_parts(target, flow.x[0]) - log_prob
