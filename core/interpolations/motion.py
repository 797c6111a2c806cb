"""A learned velocity `v = ∇φ` with the rate of the normaliser: what carries a curve whose energy does not say how it moves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import nn

from core.interpolations.clock import Clock
from core.interpolations.log_normaliser import LogNormaliser
from core.interpolations.smoothed_energy import MOST_POINTS, SmoothedEnergy
from core.networks import NetworkMaker, ScalarDerivatives
from core.targets.base import AbstractDensity, energy_derivatives, energy_gradient
from core.types import Box, Derivatives, Points, Times, Values

# In more dimensions the Laplacian of the energy, which takes a backward pass for each, costs more than it brings.
MOST_DIMENSIONS = 3
# The network sees the energy on a scale that is linear up to about this many nats above the lowest, then logarithmic.
ENERGY_SCALE = 5.0
# The part of the latent that sets the unit of the networks' inputs: this many of its scales.
CORE = 1.5


class MotionValue(NamedTuple):
    """v_t, ∇·v_t and C_t = d/dt log Z_t at points (t, x)."""

    velocity: Points
    divergence: Values
    log_z_dt: Times


@dataclass(frozen=True)
class Frame:
    """The units in which networks see x: the target's box is of order one, and so is the latent's core.

    Args:
        center: of the inputs.
        unit: the length of an input of one.
    """

    center: torch.Tensor
    unit: float

    @classmethod
    def of(cls, latent: AbstractDensity, target: AbstractDensity) -> Frame:
        middle, reach = latent.box.center, CORE * latent.scale
        box = target.box.hull(Box(middle - reach, middle + reach))
        return cls(box.center, box.half_width)

    def __call__(self, x: Points) -> Points:
        return (x - self.center.to(x)) / self.unit


class Motion(nn.Module):
    """φ and log Z_t, both by the curve's clock. In few dimensions φ also sees the target's energy, smoothed at first.

    Where mass has to gather in modes, most of its motion points down the energy; a network that sees the energy, squashed to a
    size of order one, need not draw the modes itself. The true potential is as smooth as the energy, so an energy with corners
    is not shown to it; and while ρ_t still has mass between the modes, neither are the creases that part them.

    Args:
        clock: of the curve.
        lowest: the target's lowest energy, about, in nats.
        networks: makes the network φ.
    """

    def __init__(
        self,
        latent: AbstractDensity,
        target: AbstractDensity,
        clock: Clock,
        lowest: float,
        networks: NetworkMaker,
    ) -> None:
        super().__init__()
        self.target = target
        self.clock = clock
        self.frame = Frame.of(latent, target)
        self.lowest = lowest
        self.sees_energy = target.dim <= MOST_DIMENSIONS and not target.kinks and math.isfinite(lowest)
        self.smoothed = (
            SmoothedEnergy(target, lowest, ENERGY_SCALE, target.box.hull(latent.box))
            if self.sees_energy and target.dim <= len(MOST_POINTS)
            else None
        )
        self.potential = networks(target.dim, num_features=int(self.sees_energy))
        self.log_normaliser = LogNormaliser(latent.log_z, networks.generator)

    def energy(self, x: Points) -> Derivatives:
        """The target's energy, with its Laplacian (else NaN) where the network sees it."""
        if self.sees_energy:
            return energy_derivatives(self.target, x)
        value, gradient = energy_gradient(self.target, x)
        return Derivatives(value, gradient, torch.full_like(value, math.nan))

    def forward(self, t: Times, x: Points, energy: Derivatives) -> MotionValue:
        """The motion at points (t, x) with that energy."""
        unit, (s, rate) = self.frame.unit, self.clock(t)
        phi = self.potential(s, self.frame(x), self._feature(t, x, energy) if self.sees_energy else None)
        # By the clock and in the frame's units φ is of order one.
        return MotionValue(
            velocity=(rate * unit)[:, None] * phi.gradient,
            divergence=rate * phi.laplacian,
            log_z_dt=rate * self.log_normaliser(s)[1],
        )

    def log_z(self, t: Times) -> Times:
        """The learned log Z_t."""
        with torch.no_grad():
            return self.log_normaliser(self.clock(t)[0])[0]

    def _feature(self, t: Times, x: Points, energy: Derivatives) -> ScalarDerivatives:
        """`asinh((f − lowest)/5)`, from smoothed at t = 0 to itself at t = 1, with its derivatives by the frame's coordinates.

        The derivative by time is left out: the motion has no use for that of φ.
        """
        unit = self.frame.unit
        height = (energy.value - self.lowest) / ENERGY_SCALE
        slope = (1 + height.square()).rsqrt()
        gradient = energy.gradient * (unit / ENERGY_SCALE)
        bend = energy.laplacian * (unit**2 / ENERGY_SCALE) - height * slope.square() * gradient.square().sum(
            1
        )
        seen = Derivatives(height.asinh(), slope[:, None] * gradient, slope * bend)
        if self.smoothed is not None:
            seen = _between(self.smoothed(x), seen, t, unit)
        return ScalarDerivatives(seen.value, torch.zeros_like(t), seen.gradient, seen.laplacian)


def _between(smoothed: Derivatives, seen: Derivatives, t: Times, unit: float) -> Derivatives:
    """From one at t = 0 to the other at t = 1; the first has its derivatives by x, the second by the frame's coordinates."""
    value = torch.lerp(smoothed.value, seen.value, t)
    gradient = torch.lerp(unit * smoothed.gradient, seen.gradient, t[:, None])
    return Derivatives(value, gradient, torch.lerp(unit**2 * smoothed.laplacian, seen.laplacian, t))
