"""A first look at both ends of a curve: their energies at points over the box and from the latent."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.quasirandom import SobolEngine

from core.targets.base import AbstractDensity
from core.types import Points, Values

# Half of the points lie over the box, half where the latent is.
NUM_ENERGIES = 2**14


@dataclass(frozen=True)
class Survey:
    """Energies of latent and target at the same points, in nats.

    Attributes:
        start, end: the energies.
        log_proposal: log of the density that the points were drawn from.
        spread: the first half of the points, which fill the box evenly.
    """

    start: Values
    end: Values
    log_proposal: Values
    spread: Points

    @classmethod
    @torch.no_grad()
    def of(cls, latent: AbstractDensity, target: AbstractDensity) -> Survey:
        """Always the same points for the same two densities, which should be in float64."""
        box, half = latent.box.hull(target.box), NUM_ENERGIES // 2
        sides = box.upper - box.lower
        unit = SobolEngine(target.dim, scramble=True, seed=0).draw(half, dtype=torch.float64)
        near = latent.sample(half, torch.Generator().manual_seed(0))
        spread = box.lower + sides * unit
        x = torch.cat([spread, near.to(unit)])
        start, end = latent.energy(x), target.energy(x)
        target.calls += len(x)
        inside = ((x >= box.lower) & (x <= box.upper)).all(1)
        uniform = torch.where(inside, -sides.log().sum(), -torch.inf)
        return cls(start, end, torch.logaddexp(uniform, -start - latent.log_z), spread)

    @property
    def lowest(self) -> float:
        """The lowest energy of the target that was met."""
        return float(self.end[self.end.isfinite()].min())
