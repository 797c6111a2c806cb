"""Base class of the linear and the learned curve: densities given by their energies, and a velocity learned by a separate network."""

from __future__ import annotations

from abc import abstractmethod

import torch

from core.fields import VelocityValue
from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue, Known, linear_density
from core.interpolations.clock import Clock
from core.interpolations.importance_cover import ImportanceCover
from core.interpolations.motion import MOST_DIMENSIONS, Motion
from core.interpolations.survey import Survey
from core.networks import NetworkMaker
from core.targets.base import AbstractEnergy, energy_gradient
from core.targets.latent import AbstractLatent
from core.types import Derivatives, PerTime, Points, TimeAxis, Times, Values


class CarriedInterpolation(AbstractInterpolation):
    """A curve with a learned gradient velocity `v = ∇φ`.

    Of all velocities that move mass along the same curve of densities, the gradient has the least kinetic energy. Training draws its times
    evenly on the clock in which the linear curve changes at constant Fisher–Rao speed.

    Args:
        networks: makes the networks.
    """

    def __init__(self, latent: AbstractLatent, target: AbstractEnergy, networks: NetworkMaker) -> None:
        survey, box = Survey.of(latent, target), latent.box.hull(target.box)
        super().__init__(latent, target, box, Clock.fisher_rao(survey))
        self.motion = Motion(latent, target, self.clock, survey.lowest, networks)
        # In more than MOST_DIMENSIONS dimensions, the survey's points are too sparse to fill a box.
        self.importance_cover = (
            ImportanceCover(survey, box, self.clock) if self.dim <= MOST_DIMENSIONS else None
        )

    @abstractmethod
    def density(self, t: Times, x: Points, linear: DensityValue) -> DensityValue:
        """The curve's densities at points (t, x).

        Args:
            t, x: the points.
            linear: the linear curve's densities there.
        """

    def known(self, t: Times, x: Points) -> Known:
        energy = self.motion.energy(x)
        linear = linear_density(self.latent, t, x, energy.value, energy.gradient)
        return linear.log_density, linear.log_density_dt, linear.score, *self.motion.feature(t, x, energy)

    def curve(self, t: Times, x: Points, known: Known = ()) -> CurveValue:
        known = known or self.known(t, x)
        density, motion = self.density(t, x, DensityValue(*known[:3])), self.motion(t, x, known[3:])
        return CurveValue(density.log_density, density.log_density_dt, density.score, *motion)

    def log_densities(self, t: Times, x: Points, known: Known) -> Values:
        return self.density(t, x, DensityValue(*known[:3])).log_density

    def densities(self, t: Times, x: Points, energy: Derivatives | None = None) -> DensityValue:
        value, gradient = (
            energy_gradient(self.target, x) if energy is None else (energy.value, energy.gradient)
        )
        return self.density(t, x, linear_density(self.latent, t, x, value, gradient))

    @torch.no_grad()
    def velocities(self, t: Times, x: Points) -> VelocityValue:
        dtype = next(self.parameters()).dtype
        time, place = t.to(dtype), x.to(dtype)
        motion = self.motion(time, place, self.motion.feature(time, place))
        return VelocityValue(motion.velocity.to(x), motion.divergence.to(x))

    def log_z(self, t: TimeAxis) -> PerTime:
        return self.motion.log_z(t)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        return x if self.importance_cover is None else self.importance_cover(self.clock(t)[0], x, generator)
