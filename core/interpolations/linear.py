"""Linear interpolation of the energies. Only the velocity is learned."""

from __future__ import annotations

from core.interpolations.base import DensityValue
from core.interpolations.carried import CarriedInterpolation
from core.targets.base import AbstractDensity, energy_gradient
from core.types import Derivatives, Points, Times, Values


class LinearInterpolation(CarriedInterpolation):
    """`f_t = (1 − t) f_Z + t f_D`, also called geometric or annealing path.

    As the modes of the target separate, the velocity explodes near t = 1: mass must teleport.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 4.
    """

    def density(self, t: Times, x: Points, energy: Derivatives) -> DensityValue:
        return linear_density(self.latent, t, x, energy.value, energy.gradient)


def linear_density(
    latent: AbstractDensity, t: Times, x: Points, end: Values, end_gradient: Points
) -> DensityValue:
    """The linear curve of densities at points (t, x).

    Args:
        latent: gives f_Z.
        t, x: the points.
        end, end_gradient: the target's energy f_D and its gradient at x.
    """
    start, start_gradient = energy_gradient(latent, x)
    score = -(1 - t)[:, None] * start_gradient - t[:, None] * end_gradient
    return DensityValue(-(1 - t) * start - t * end, start - end, score)
