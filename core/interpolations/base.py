"""What every interpolation is: a curve of densities with learnable parts, and the residual that training makes small."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import nn

from core.fields import AbstractField, FieldValue
from core.interpolations.clock import Clock
from core.targets.base import AbstractDensity
from core.targets.latent import AbstractLatent
from core.types import Box, Points, Times, Values


@dataclass(frozen=True)
class CurveValue:
    """A Boltzmann curve and a velocity at a batch of points (t, x).

    Attributes:
        log_density: log ρ̃_t = −f_t.
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
        """The continuity residual, in nats per unit of time; zero everywhere when v_t carries ρ_t.

        `r = ∂_t log ρ̃_t + v·∇log ρ̃_t + ∇·v − C_t`
        """
        transport = (self.velocity * self.score).sum(-1)
        return self.log_density_dt + transport + self.divergence - self.log_z_dt


@dataclass(frozen=True)
class DensityValue:
    """A curve of densities without a velocity, at points (t, x).

    Attributes:
        log_density: log ρ̃_t.
        log_density_dt: ∂_t log ρ̃_t, per unit of time.
        score: ∇ log ρ̃_t.
    """

    log_density: Values
    log_density_dt: Values
    score: Points


class AbstractInterpolation(nn.Module, AbstractField, ABC):
    """A curve from latent to target with learnable parts; it is a Field at every stage of its training.

    Args:
        latent: ρ_Z, the curve's end at t = 0.
        target: ρ_D, its end at t = 1.
        box: where the residual should become small.
        clock: by which the curve moves evenly; training spreads its effort over it. The clock that shows t when left out.
    """

    def __init__(
        self, latent: AbstractLatent, target: AbstractDensity, box: Box, clock: Clock | None = None
    ) -> None:
        super().__init__()
        self.latent = latent
        self.target = target
        self.dim = target.dim
        self.box = box
        self.clock = clock or Clock.even()

    @abstractmethod
    def curve(self, t: Times, x: Points) -> CurveValue:
        """The curve and its velocity, differentiable by the parameters."""

    def densities(self, t: Times, x: Points) -> DensityValue:
        """The curve alone, where it costs less than with its velocity."""
        value = self.curve(t, x)
        return DensityValue(value.log_density, value.log_density_dt, value.score)

    @abstractmethod
    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        """Moves points spread over the box to where the curve has mass at the times t."""

    def forward(self, t: Times, x: Points) -> Values:
        """The continuity residual, in nats per unit of time: what training makes small."""
        return self.curve(t, x).residual

    @torch.no_grad()
    def evaluate(self, t: Times, x: Points) -> FieldValue:
        """Computed in the networks' precision, returned in that of x."""
        dtype = next(self.parameters()).dtype
        value = self.curve(t.to(dtype), x.to(dtype))
        parts = (value.velocity, value.divergence, value.log_density)
        return FieldValue(*(part.detach().to(x) for part in parts))
