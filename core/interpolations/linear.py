"""Linear interpolation of the energies; only the velocity is learned."""

from __future__ import annotations

import torch

from core.interpolations.base import AbstractInterpolation, CurveValue, DensityValue
from core.interpolations.log_normaliser import LogNormaliser
from core.networks import ScalarNetwork
from core.targets.base import AbstractDensity, energy_gradient
from core.types import Box, Points, Times


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
        super().__init__(latent, target, box)
        self.potential = ScalarNetwork(self.dim, width, depth, generator)
        self.log_normaliser = LogNormaliser(latent.log_z, generator)

    def curve(self, t: Times, x: Points) -> CurveValue:
        densities = self.densities(t, x)
        # In box units φ is of order one: v = ∇φ then has the box's size per unit of time.
        unit = self.box.half_width
        phi = self.potential(t, (x - self.box.center.to(x)) / unit)
        return CurveValue(
            log_density=densities.log_density,
            log_density_dt=densities.log_density_dt,
            score=densities.score,
            velocity=unit * phi.gradient,
            divergence=phi.laplacian,
            log_z_dt=self.log_normaliser(t)[1],
        )

    def densities(self, t: Times, x: Points) -> DensityValue:
        start, start_gradient = energy_gradient(self.latent, x)
        end, end_gradient = energy_gradient(self.target, x)
        score = -(1 - t)[:, None] * start_gradient - t[:, None] * end_gradient
        return DensityValue(-(1 - t) * start - t * end, start - end, score)

    def log_z(self, t: Times) -> Times:
        with torch.no_grad():
            return self.log_normaliser(t)[0]

    def cover(self, t: Times, x: Points, generator: torch.Generator) -> Points:
        return x
