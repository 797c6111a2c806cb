"""A density on a grid over its support: log Z by quadrature with an error, and exact samples by rejection."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from core.targets.computed.support import TAIL_NATS, Energy, not_finite
from core.targets.mistakes import UnusableEnergyError
from core.types import Box, Points, Values

# Cells along each axis, by dimension: of the first grid, and of the finest one.
CELLS = {1: (8192, 131_072), 2: (512, 2048)}
# Cells along each axis of a coarse grid that finds the part of the box where the density is not negligible.
_LOOK = {1: 8192, 2: 256}
# The grid is refined until halving its resolution changes log Z by less than the first number. The energy is rejected if log Z still
# changes by more than the second number, or if the nodes miss more than that fraction of the mass.
ACCURACY, WORST = 1e-6, 1e-3
# The box of the target leaves out this fraction of the mass at each end of each axis.
LEFT_OUT = 2e-7
# The density in a cell may exceed that at its corners by this factor.
_ABOVE_CORNERS = 1.1
# Number of points that probe the density between the nodes.
_PROBES = 4000
# Number of points evaluated at once.
_ROWS = 2**16


@dataclass(frozen=True)
class Grid:
    """Energies at the nodes of an even grid.

    Attributes:
        box: the support; the density is negligible outside.
        energy: energies at the nodes, with one axis per coordinate.
    """

    box: Box
    energy: Tensor

    @classmethod
    def over(cls, energy: Energy, box: Box, cells: int) -> Grid:
        """Evaluate an energy on `cells` cells along each axis.

        Raises:
            UnusableEnergyError: the energy is not finite at a node.
        """
        sides = zip(box.lower.tolist(), box.upper.tolist(), strict=True)
        axes = [torch.linspace(low, high, cells + 1, dtype=torch.float64) for low, high in sides]
        x = torch.cartesian_prod(*axes).reshape(-1, len(axes))
        values = torch.cat([energy(part) for part in x.split(_ROWS)])
        wrong = ~values.isfinite()
        if wrong.any():
            raise UnusableEnergyError(not_finite(x[wrong][0], values[wrong][0]))
        return cls(box, values.reshape([cells + 1] * len(axes)))

    @property
    def steps(self) -> Tensor:
        """Distance between nodes along each axis."""
        return (self.box.upper - self.box.lower) / (len(self.energy) - 1)

    @property
    def nodes(self) -> Points:
        """All nodes, in the order of the flattened energies."""
        axes = [torch.arange(len(self.energy), dtype=torch.float64)] * self.energy.dim()
        return self.box.lower + self.steps * torch.cartesian_prod(*axes).reshape(-1, len(axes))

    @property
    def log_z(self) -> float:
        """log Z by the trapezoidal rule, which converges fast because the density vanishes at the boundary."""
        return float((-self.energy).flatten().logsumexp(0) + self.steps.log().sum())

    @property
    def log_z_error(self) -> float:
        """Change of log Z at half the resolution."""
        half = Grid(self.box, self.energy[(slice(None, None, 2),) * self.energy.dim()])
        return abs(half.log_z - self.log_z)

    @property
    def mass(self) -> Tensor:
        """Probability at each node."""
        return (-self.energy).flatten().softmax(0).reshape(self.energy.shape)

    def trimmed(self, outside: float, tail_nats: float = math.inf) -> Box:
        """The smallest box of nodes that leaves out at most a fraction of the mass at each end of each axis.

        Args:
            outside: the fraction of the mass.
            tail_nats: nodes whose energy is less than this many nats above the lowest stay in the box in any case; infinite for no such rule.
        """
        lower, upper = self.box.lower.clone(), self.box.upper.clone()
        mass, deep = self.mass, self.energy < self.energy.min() + tail_nats
        for axis in range(self.energy.dim()):
            others = [i for i in range(self.energy.dim()) if i != axis]
            along = mass.sum(others) if others else mass
            stays = (along.cumsum(0) > outside) & (along.flip(0).cumsum(0).flip(0) > outside)
            if math.isfinite(tail_nats):
                stays = stays | (deep.amax(others) if others else deep)
            kept = stays.nonzero()[:, 0]
            first, last = max(int(kept[0]) - 1, 0), min(int(kept[-1]) + 1, len(self.energy) - 1)
            lower[axis] += first * self.steps[axis]
            upper[axis] -= (len(self.energy) - 1 - last) * self.steps[axis]
        return Box(lower, upper)

    def proposal(self) -> Tensor:
        """For each cell, a bound on its density, up to a common factor: the largest density at its corners, with a margin."""
        bound = (self.energy.min() - self.energy).exp()
        for axis in range(bound.dim()):
            size = bound.shape[axis] - 1
            bound = torch.maximum(bound.narrow(axis, 0, size), bound.narrow(axis, 1, size))
        return _ABOVE_CORNERS * bound


def sample(energy: Energy, grid: Grid, bound: Tensor, num_samples: int, generator: torch.Generator) -> Points:
    """Exact samples by rejection: draw a cell in proportion to its bound, and a uniform point in it; accept with probability density / bound."""
    kept: list[Tensor] = []
    while sum(map(len, kept)) < num_samples:
        x, share = _proposed(energy, grid, bound, num_samples - sum(map(len, kept)) + 64, generator)
        kept.append(x[torch.rand(len(x), generator=generator, dtype=torch.float64) < share])
    return torch.cat(kept)[:num_samples]


def _proposed(
    energy: Energy, grid: Grid, bound: Tensor, count: int, generator: torch.Generator
) -> tuple[Points, Values]:
    """Points drawn in proportion to the bounds of the cells, and their density relative to the bound."""
    weights = bound.flatten().cumsum(0)
    level = torch.rand(count, generator=generator, dtype=torch.float64) * weights[-1]
    cell = torch.searchsorted(weights, level, right=True).clamp_max(len(weights) - 1)
    # `torch.unravel_index` would import torch's compiler, which takes seconds.
    last = bound.shape[-1]
    corner = cell[:, None] if bound.dim() == 1 else torch.stack([cell // last, cell % last], 1)
    inside = torch.rand(count, bound.dim(), generator=generator, dtype=torch.float64)
    x = grid.box.lower + grid.steps * (corner + inside)
    return x, (grid.energy.min() - energy(x)).exp() / bound.flatten()[cell]


def missed(energy: Energy, grid: Grid) -> float:
    """An estimate of the mass by which the density exceeds the cells' bounds, as a fraction of all mass. The nodes miss this mass."""
    _, share = _proposed(energy, grid, grid.proposal(), _PROBES, torch.Generator().manual_seed(0))
    return float((share - 1).clamp_min(0).nan_to_num(1.0).sum() / share.nan_to_num().sum().clamp_min(1e-300))


def fine_grid(energy: Energy, box: Box) -> Grid:
    """A grid that is fine enough for log Z, over the part of a box where the density is not negligible.

    Raises:
        UnusableEnergyError: the energy is not finite somewhere, or too rough for the finest grid.
    """
    dim = len(box.lower)
    support = Grid.over(energy, box, _LOOK[dim]).trimmed(0.0, TAIL_NATS)
    cells, most = CELLS[dim]
    while True:
        grid = Grid.over(energy, support, cells)
        lost = missed(energy, grid)
        if (grid.log_z_error < ACCURACY and lost < WORST) or 2 * cells > most:
            break
        cells *= 2
    if grid.log_z_error > WORST or lost > WORST:
        raise UnusableEnergyError(
            f"The density is too fine for a grid of {cells} cells along each axis; "
            "widen its modes, move them closer together or smooth the energy."
        )
    return grid
