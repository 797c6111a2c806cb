"""Learned interpolation: a correction of the linear energy and the velocity are learned together."""

from __future__ import annotations

from core.interpolations.base import DensityValue
from core.interpolations.carried import CarriedInterpolation
from core.interpolations.linear import linear_density
from core.networks import NetworkMaker
from core.targets.base import AbstractDensity
from core.targets.latent import AbstractLatent
from core.types import Derivatives, Points, Times


class LearnedInterpolation(CarriedInterpolation):
    """`f_t = (1 − t) f_Z + t f_D + t(1 − t) ψ_t` with learned ψ.

    It is the linear curve with a bump ψ that vanishes at both ends, so the curve may grow its modes where they are needed.
    With s the time of the curve's clock, the network is `ψ t(1 − t)/(s(1 − s))`: the bump is as wide as the clock has it.

    References:
        Máté, Fleuret: Learning Interpolations between Boltzmann Densities, TMLR 2023.
    """

    def __init__(self, latent: AbstractLatent, target: AbstractDensity, networks: NetworkMaker) -> None:
        super().__init__(latent, target, networks)
        self.correction = networks(self.dim)

    def density(self, t: Times, x: Points, energy: Derivatives) -> DensityValue:
        linear = linear_density(self.latent, t, x, energy.value, energy.gradient)
        frame, (s, rate) = self.motion.frame, self.clock(t)
        psi, bump = self.correction(s, frame(x)), s * (1 - s)
        return DensityValue(
            linear.log_density - bump * psi.value,
            linear.log_density_dt - rate * ((1 - 2 * s) * psi.value + bump * psi.dt),
            linear.score - (bump / frame.unit)[:, None] * psi.gradient,
        )
