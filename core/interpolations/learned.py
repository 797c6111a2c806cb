"""Learned interpolation: a correction of the linear energy is trained together with the velocity."""

from __future__ import annotations

from core.interpolations.base import DensityValue
from core.interpolations.carried import CarriedInterpolation
from core.networks import NetworkMaker
from core.targets.base import AbstractEnergy
from core.targets.latent import AbstractLatent
from core.types import Points, Times


class LearnedInterpolation(CarriedInterpolation):
    """`f_t = (1 − t) f_Z + t f_D + t(1 − t) ψ_t` with learned ψ.

    The correction vanishes at both ends. In between, it can move mass from one mode to another. The network represents
    `ψ t(1 − t)/(s(1 − s))`, where s is the time of the curve's clock.

    References:
        Máté, Fleuret: Learning Interpolations between Boltzmann Densities, TMLR 2023.
    """

    def __init__(self, latent: AbstractLatent, target: AbstractEnergy, networks: NetworkMaker) -> None:
        super().__init__(latent, target, networks)
        self.correction = networks(self.dim)

    def density(self, t: Times, x: Points, linear: DensityValue) -> DensityValue:
        scaling, (s, rate) = self.motion.scaling, self.clock(t)
        psi, bump = self.correction(s, scaling(x)), s * (1 - s)
        return DensityValue(
            linear.log_density - bump * psi.value,
            linear.log_density_dt - rate * ((1 - 2 * s) * psi.value + bump * psi.dt),
            linear.score - (bump / scaling.unit)[:, None] * psi.gradient,
        )
