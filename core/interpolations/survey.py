"""A survey of both ends of a curve: the energies of latent and target, evaluated at the same points."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor
from torch.quasirandom import SobolEngine

from core.targets.base import AbstractDensity, AbstractEnergy, counted_energy
from core.types import Values

# Half of the points fill the box; the other half are samples of the latent.
NUM_ENERGIES = 2**14


@dataclass(frozen=True)
class Survey:
    """Energies of latent and target at the same points, in nats.

    Attributes:
        start, end: energies of latent and target.
        log_proposal: log-density of the distribution that the points come from, up to a constant.
        box_points: the first half of the points, which fill the box evenly.
    """

    start: Values
    end: Values
    log_proposal: Values
    box_points: Float[Tensor, "half dim"]

    @classmethod
    @torch.no_grad()
    def of(cls, latent: AbstractDensity, target: AbstractEnergy) -> Survey:
        """Evaluate both energies, at points that depend on the two densities only. The densities should be in float64."""
        box, half = latent.box.hull(target.box), NUM_ENERGIES // 2
        sides = box.upper - box.lower
        unit = SobolEngine(target.dim, scramble=True, seed=0).draw(half, dtype=torch.float64)
        near = latent.sample(half, torch.Generator().manual_seed(0))
        box_points = box.lower + sides * unit
        x = torch.cat([box_points, near.to(unit)])
        start, end = latent.energy(x), counted_energy(target, x)
        inside = ((x >= box.lower) & (x <= box.upper)).all(1)
        uniform = torch.where(inside, -sides.log().sum(), -torch.inf)
        return cls(start, end, torch.logaddexp(uniform, -start - latent.log_z), box_points)

    @property
    def lowest(self) -> float:
        """The lowest energy of the target among the points, in nats."""
        return float(self.end[self.end.isfinite()].min())
