"""Linear interpolation of the energies. Only the velocity is learned."""

from __future__ import annotations

from core.interpolations.base import DensityValue
from core.interpolations.carried import CarriedInterpolation
from core.types import Points, Times


class LinearInterpolation(CarriedInterpolation):
    """`f_t = (1 − t) f_Z + t f_D`, also called geometric or annealing path.

    The farther apart the modes of the target are, the larger the velocity gets near t = 1: mass must teleport from one mode to another.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, section 4.
    """

    def density(self, t: Times, x: Points, linear: DensityValue) -> DensityValue:
        return linear
