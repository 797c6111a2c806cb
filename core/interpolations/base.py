"""The interface of interpolations: curves of densities with trainable parts, and the residual that training minimises."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from core.fields import (
    AbstractField,
    Carry,
    FieldValue,
    GridSummary,
    GridValue,
    Paths,
    Report,
    evaluate_on_grid,
    grid_points,
    reporting,
)
from core.interpolations.clock import Clock
from core.slices import Motion
from core.targets.base import AbstractDensity, AbstractEnergy, energy_gradient
from core.targets.latent import AbstractLatent
from core.types import Axes, Box, Derivatives, Points, TimeAxis, Times, Values

# Values at a batch of points that do not depend on the trainable parameters, such as energies. Each kind of curve defines its own.
Known = tuple[Tensor, ...]


@dataclass(frozen=True)
class CurveValue:
    """A curve of densities and its velocity, at a batch of points (t, x).

    Attributes:
        log_density: log ρ̃_t = −f_t, the unnormalised log-density, in nats.
        log_density_dt: ∂_t log ρ̃_t, per unit of time.
        score: ∇ log ρ̃_t.
        velocity, divergence: v_t and ∇·v_t.
        log_z_dt: C_t = d/dt log Z_t.
    """

    log_density: Values
    log_density_dt: Values
    score: Points
    velocity: Points
    divergence: Values
    log_z_dt: Values

    @property
    def residual(self) -> Values:
        """The residual of the continuity equation, in nats per unit of time; zero everywhere if v_t generates ρ_t.

        `r = ∂_t log ρ̃_t + v·∇log ρ̃_t + ∇·v − C_t`
        """
        transport = (self.velocity * self.score).sum(-1)
        return self.log_density_dt + transport + self.divergence - self.log_z_dt

    @property
    def without_velocity(self) -> DensityValue:
        return DensityValue(self.log_density, self.log_density_dt, self.score)


@dataclass(frozen=True)
class DensityValue:
    """A curve of densities without its velocity, at a batch of points (t, x).

    Attributes:
        log_density: log ρ̃_t, the unnormalised log-density, in nats.
        log_density_dt: ∂_t log ρ̃_t, per unit of time.
        score: ∇ log ρ̃_t.
    """

    log_density: Values
    log_density_dt: Values
    score: Points


def linear_density(
    latent: AbstractDensity, t: Times, x: Points, end: Values, end_gradient: Points
) -> DensityValue:
    """The linear curve `log ρ̃_t = −(1 − t) f_Z − t f_D` at points (t, x).

    Args:
        latent: gives the energy f_Z.
        t, x: the points.
        end, end_gradient: the target's energy f_D and its gradient at x.
    """
    start, start_gradient = energy_gradient(latent, x)
    score = -(1 - t)[:, None] * start_gradient - t[:, None] * end_gradient
    return DensityValue(-(1 - t) * start - t * end, start - end, score)


class AbstractInterpolation(nn.Module, AbstractField, ABC):
    """A curve from latent to target with trainable parts. It can be evaluated at every stage of training.

    Args:
        latent: ρ_Z, the density at t = 0.
        target: ρ_D, the density at t = 1.
        box: the region in which training minimises the residual.
        clock: a reparametrisation s(t) of time, in which the curve changes at constant speed. Training spreads its points evenly in s. By
            default s = t.
    """

    def __init__(
        self, latent: AbstractLatent, target: AbstractEnergy, box: Box, clock: Clock | None = None
    ) -> None:
        super().__init__()
        self.latent = latent
        self.target = target
        self.dim = target.dim
        self.box = box
        self.clock = clock or Clock.even()

    @abstractmethod
    def known(self, t: Times, x: Points) -> Known:
        """Compute the values that `curve` needs and that do not depend on the parameters, such as energies. Training does this once
        for each batch."""

    @abstractmethod
    def curve(self, t: Times, x: Points, known: Known = ()) -> CurveValue:
        """The curve and its velocity, differentiable with respect to the parameters.

        Args:
            t, x: the points.
            known: result of `known(t, x)`, if it has been computed.
        """

    @abstractmethod
    def log_densities(self, t: Times, x: Points, known: Known) -> Values:
        """log ρ̃_t alone, with the arguments of `curve`."""

    @abstractmethod
    def densities(self, t: Times, x: Points, energy: Derivatives | None = None) -> DensityValue:
        """The curve without its velocity; may be cheaper to compute than `curve`.

        Args:
            t, x: the points.
            energy: the target's energy and its gradient at x, if known.
        """

    @abstractmethod
    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        """Map points that fill the box evenly to places where the curve has mass at the times t."""

    def forward(self, t: Times, x: Points, *known: Tensor) -> Values:
        """The continuity residual, in nats per unit of time, which training minimises; `known` as in `curve`."""
        return self.curve(t, x, known).residual

    @torch.no_grad()
    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Evaluate the field without tracking gradients: computed in the networks' precision, returned in the precision of x."""
        dtype = next(self.parameters()).dtype
        value = self.curve(t.to(dtype), x.to(dtype))
        parts = (value.velocity, value.divergence, value.log_density)
        return FieldValue(*(part.detach().to(x) for part in parts))

    def log_density(self, t: Times, x: Points) -> Values:
        return self.evaluate(t, x).log_density

    def on_grid(self, t: TimeAxis, axes: Axes) -> GridValue:
        return evaluate_on_grid(self, t, axes)

    @torch.no_grad()
    def grid_summary(self, t: TimeAxis, axes: Axes) -> GridSummary:
        """The curve on a grid, in the precision of the axes; its residual is computed in the same pass."""
        if len(axes) < self.dim:
            return GridSummary.without_density(Motion.unknown(t))
        dtype, shape = next(self.parameters()).dtype, [len(axis) for axis in axes]
        x = grid_points(axes).to(dtype)
        values = [self.curve(time.expand(len(x)), x) for time in t.to(dtype)]
        log_density, velocity, residual = (
            torch.stack([getattr(value, name) for value in values]).to(axes[0])
            for name in ("log_density", "velocity", "residual")
        )
        value = GridValue(log_density.reshape(-1, *shape), velocity.reshape(-1, *shape, len(axes)))
        return GridSummary(value, value.motion, self.log_z(t.to(dtype)).to(t), residual.reshape(-1, *shape))

    def paths(self, start: Points, times: TimeAxis, carry: Carry, report: Report | None = None) -> Paths:
        return carry(reporting(self, report), start, times, None)
