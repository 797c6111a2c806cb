"""Linear interpolation of the energies; only the velocity is learned."""

from __future__ import annotations

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue
from core.interpolations.clock import Clock
from core.interpolations.motion import Motion
from core.interpolations.survey import Survey
from core.targets.base import AbstractDensity, energy_gradient
from core.types import Box, Derivatives, Points, Times


class LinearInterpolation(AbstractInterpolation):
    """`f_t = (1 − t) f_Z + t f_D`, also called geometric or annealed path; the velocity is a learned gradient `v = ∇φ`.

    Among the fields that carry the curve, the gradient is the one of least kinetic energy. As modes separate, it explodes
    near t = 1 where mass must be teleported.

    Args:
        width, depth: of the network φ.
        generator: draws the initial weights.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 4.
    """

    def __init__(
        self,
        latent: AbstractDensity,
        target: AbstractDensity,
        width: int,
        depth: int,
        generator: torch.Generator,
        box: Box | None = None,
    ) -> None:
        survey = Survey.of(latent, target)
        super().__init__(latent, target, box, Clock.fisher_rao(survey))
        self.motion = Motion(latent, target, width, depth, self.clock, survey.lowest, generator)

    def curve(self, t: Times, x: Points) -> CurveValue:
        energy = self.motion.energy(x)
        density, motion = linear_density(self.latent, t, x, energy), self.motion(t, x, energy)
        return CurveValue(density.log_density, density.log_density_dt, density.score, *motion)

    def densities(self, t: Times, x: Points) -> DensityValue:
        return linear_density(self.latent, t, x, self.motion.energy(x))

    def log_z(self, t: Times) -> Times:
        return self.motion.log_z(t)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        return x


def linear_density(latent: AbstractDensity, t: Times, x: Points, end: Derivatives) -> DensityValue:
    """The linear curve of densities at points (t, x), where the target's energy is `end`."""
    start, start_gradient = energy_gradient(latent, x)
    score = -(1 - t)[:, None] * start_gradient - t[:, None] * end.gradient
    return DensityValue(-(1 - t) * start - t * end.value, start - end.value, score)
