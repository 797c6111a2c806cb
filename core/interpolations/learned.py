"""Learned interpolation: a correction of the linear energy and the velocity are learned together."""

from __future__ import annotations

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue
from core.interpolations.clock import Clock
from core.interpolations.linear import linear_density
from core.interpolations.motion import Motion
from core.interpolations.survey import Survey
from core.networks import ScalarNetwork
from core.targets.base import AbstractDensity
from core.types import Box, Derivatives, Points, Times


class LearnedInterpolation(AbstractInterpolation):
    """`f_t = (1 − t) f_Z + t f_D + t(1 − t) ψ_t` with learned ψ, and a learned velocity `v = ∇φ`.

    It is the linear curve with a bump ψ that vanishes at both ends, so the curve may grow its modes where they are needed.
    With s the time of the curve's clock, the network is `ψ t(1 − t)/(s(1 − s))`: the bump is as wide as the clock has it.

    Args:
        width, depth: of each of the networks φ and ψ.
        generator: draws the initial weights.

    References:
        Máté, Fleuret: Learning Interpolations between Boltzmann Densities, TMLR 2023.
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
        self.correction = ScalarNetwork(self.dim, width, depth, generator)

    def curve(self, t: Times, x: Points) -> CurveValue:
        energy = self.motion.energy(x)
        density, motion = self._density(t, x, energy), self.motion(t, x, energy)
        return CurveValue(density.log_density, density.log_density_dt, density.score, *motion)

    def densities(self, t: Times, x: Points) -> DensityValue:
        return self._density(t, x, self.motion.energy(x))

    def log_z(self, t: Times) -> Times:
        return self.motion.log_z(t)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        return x

    def _density(self, t: Times, x: Points, energy: Derivatives) -> DensityValue:
        linear, frame, (s, rate) = linear_density(self.latent, t, x, energy), self.motion.frame, self.clock(t)
        psi, bump = self.correction(s, frame(x)), s * (1 - s)
        return DensityValue(
            linear.log_density - bump * psi.value,
            linear.log_density_dt - rate * ((1 - 2 * s) * psi.value + bump * psi.dt),
            linear.score - (bump / frame.unit)[:, None] * psi.gradient,
        )
