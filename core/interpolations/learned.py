"""Learned interpolation: a correction of the linear energy and the velocity are learned together."""

from __future__ import annotations

import dataclasses

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue
from core.interpolations.linear import LinearInterpolation
from core.networks import ScalarNetwork
from core.targets.base import AbstractDensity
from core.types import Box, Points, Times


class LearnedInterpolation(AbstractInterpolation):
    """`f_t = (1 − t) f_Z + t f_D + t(1 − t) ψ_t` with learned ψ, and a learned velocity `v = ∇φ`.

    It is the linear curve with a bump ψ that vanishes at both ends, so the curve may grow its modes where they are needed.

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
        super().__init__(latent, target, box)
        self.linear = LinearInterpolation(latent, target, width, depth, generator, self.box)
        self.correction = ScalarNetwork(self.dim, width, depth, generator)

    def curve(self, t: Times, x: Points) -> CurveValue:
        densities = self.densities(t, x)
        return dataclasses.replace(
            self.linear.curve(t, x),
            log_density=densities.log_density,
            log_density_dt=densities.log_density_dt,
            score=densities.score,
        )

    def densities(self, t: Times, x: Points) -> DensityValue:
        linear = self.linear.densities(t, x)
        unit = self.box.half_width
        psi = self.correction(t, (x - self.box.center.to(x)) / unit)
        bump = t * (1 - t)
        return DensityValue(
            linear.log_density - bump * psi.value,
            linear.log_density_dt - (1 - 2 * t) * psi.value - bump * psi.dt,
            linear.score - bump[:, None] * psi.gradient / unit,
        )

    def log_z(self, t: Times) -> Times:
        return self.linear.log_z(t)

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        return x
