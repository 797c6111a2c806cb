"""A learned velocity `v = ∇φ` and normaliser for curves that are defined by their energies alone."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn

from core.interpolations.clock import Clock
from core.interpolations.log_normaliser import LogNormaliser
from core.interpolations.smoothed_energy import MOST_POINTS, SmoothedEnergy
from core.networks import NetworkMaker, ScalarDerivatives
from core.targets.base import AbstractDensity, AbstractEnergy, energy_derivatives, energy_gradient
from core.types import Box, Derivatives, PerTime, Points, TimeAxis, Times, Values

# The energy is an input of the network φ in up to this many dimensions. In more, its Laplacian, a backward pass per dimension, is too slow.
MOST_DIMENSIONS = 3
# This input is linear in the energy up to about this many nats above the minimum, then logarithmic.
ENERGY_SCALE = 5.0
# The networks' inputs must stay of order one up to this many σ from the latent's centre.
CORE = 1.5


class MotionValue(NamedTuple):
    """v_t, ∇·v_t and C_t = d/dt log Z_t at points (t, x)."""

    velocity: Points
    divergence: Values
    log_z_dt: Values


@dataclass(frozen=True)
class InputScaling:
    """The map `(x − center)/unit` of x to network inputs, of order one on the target's box and within CORE·σ of the latent's centre.

    Args:
        center: the point that is mapped to 0.
        unit: the length that is mapped to 1.
    """

    center: torch.Tensor
    unit: float

    @classmethod
    def of(cls, latent: AbstractDensity, target: AbstractEnergy) -> InputScaling:
        middle, reach = latent.box.center, CORE * latent.scale
        box = target.box.hull(Box(middle - reach, middle + reach))
        return cls(box.center, box.half_width)

    def __call__(self, x: Points) -> Points:
        return (x - self.center.to(x)) / self.unit


class Motion(nn.Module):
    """The networks φ and log Z_t, as functions of the clock's time. In few dimensions the energy is an input of φ.

    The velocity is ∇φ. Mass that moves into modes mostly moves down the energy. So if the energy (compressed to order one) is an input, the
    network need not represent the modes itself. The exact φ has no creases, so an energy with creases is not used as an input. At early
    times ρ_t still has mass on the ridges between modes, where energies have creases. So the input is smoothed there.

    Args:
        latent, target: the ends of the curve.
        clock: the curve's clock.
        lowest: approximate minimum of the target's energy, in nats.
        networks: makes the network φ.
    """

    def __init__(
        self,
        latent: AbstractDensity,
        target: AbstractEnergy,
        clock: Clock,
        lowest: float,
        networks: NetworkMaker,
    ) -> None:
        super().__init__()
        self.target = target
        self.clock = clock
        self.scaling = InputScaling.of(latent, target)
        self.lowest = lowest
        smooth = target.has_laplacian and not target.kinks
        self.uses_energy = target.dim <= MOST_DIMENSIONS and smooth and math.isfinite(lowest)
        self.smoothed = (
            SmoothedEnergy(target, lowest, ENERGY_SCALE, target.box.hull(latent.box))
            if self.uses_energy and target.dim <= len(MOST_POINTS)
            else None
        )
        self.potential = networks(target.dim, num_features=int(self.uses_energy))
        self.log_normaliser = LogNormaliser(latent.log_z, networks.generator)

    def energy(self, x: Points) -> Derivatives:
        """The target's energy with its derivatives. The Laplacian is NaN unless the energy is an input of φ."""
        if self.uses_energy:
            return energy_derivatives(self.target, x)
        value, gradient = energy_gradient(self.target, x)
        return Derivatives(value, gradient, torch.full_like(value, math.nan))

    def forward(self, t: Times, x: Points, feature: tuple[Tensor, ...]) -> MotionValue:
        """The velocity, its divergence and d/dt log Z_t at points (t, x).

        Args:
            t, x: the points.
            feature: result of `feature(t, x)`.
        """
        unit, (s, rate) = self.scaling.unit, self.clock(t)
        phi = self.potential(s, self.scaling(x), ScalarDerivatives(*feature) if feature else None)
        # The network's gradient is a velocity of the scaled inputs, per unit of the clock's time: convert it to x and t.
        return MotionValue(
            velocity=(rate * unit)[:, None] * phi.gradient,
            divergence=rate * phi.laplacian,
            log_z_dt=rate * self.log_normaliser(s)[1],
        )

    def log_z(self, t: TimeAxis) -> PerTime:
        """The learned log Z_t."""
        with torch.no_grad():
            return self.log_normaliser(self.clock(t)[0])[0]

    def feature(self, t: Times, x: Points, energy: Derivatives | None = None) -> tuple[Tensor, ...]:
        """The energy input `asinh((f − lowest)/5)`. In one and two dimensions it changes from smoothed at t = 0 to exact at t = 1.

        Its derivatives are with respect to the scaled inputs. The time derivative is set to zero, since ∂_t φ is never used.

        Args:
            t, x: the points.
            energy: result of `energy(x)`, if it has been computed.

        Returns:
            The parts of a `ScalarDerivatives`; empty if the energy is not an input.
        """
        if not self.uses_energy:
            return ()
        energy, unit = energy or self.energy(x), self.scaling.unit
        height = (energy.value - self.lowest) / ENERGY_SCALE
        slope = (1 + height.square()).rsqrt()
        gradient = energy.gradient * (unit / ENERGY_SCALE)
        bend = energy.laplacian * (unit**2 / ENERGY_SCALE) - height * slope.square() * gradient.square().sum(
            1
        )
        seen = Derivatives(height.asinh(), slope[:, None] * gradient, slope * bend)
        if self.smoothed is not None:
            seen = _between(self.smoothed(x), seen, t, unit)
        return seen.value, torch.zeros_like(t), seen.gradient, seen.laplacian


def _between(smoothed: Derivatives, seen: Derivatives, t: Times, unit: float) -> Derivatives:
    """Blend linearly from `smoothed` at t = 0 to `seen` at t = 1.

    `smoothed` has derivatives by x; `seen` and the result have derivatives by the scaled inputs, which are x divided by `unit`.
    """
    value = torch.lerp(smoothed.value, seen.value, t)
    gradient = torch.lerp(unit * smoothed.gradient, seen.gradient, t[:, None])
    return Derivatives(value, gradient, torch.lerp(unit**2 * smoothed.laplacian, seen.laplacian, t))
