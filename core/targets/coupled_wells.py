"""A chain of double wells whose neighbours are coupled, in any dimension."""

from __future__ import annotations

import math
from itertools import product

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# Height of the barrier of each well, in nats.
BARRIER = 3.0
# Modes are distinguished by the sides of at most this many coordinates.
MOST_RESOLVED = 8
# A grid over [−REACH, REACH] for the transfer matrix; beyond, the density of a coordinate is below e^{−27}.
REACH, NODES = 2.0, 400
_NEWTON_STEPS = 30


def _well(x: Tensor) -> Tensor:
    return BARRIER * (x.square() - 1).square()


class CoupledWells(AbstractTarget):
    """`f = Σ 3 (x_i² − 1)² + (κ/2) Σ (x_i − x_{i+1})²`, with a mode for every choice of a side, near −1 or near 1, for each coordinate.

    Modes in which neighbours have the same side are heavier. log Z, the masses of the modes and exact samples come from the transfer matrix
    of the chain on a grid; samples are exact up to the grid's spacing of 0.01. With more than eight coordinates, only the sides of the first
    eight distinguish the modes. In the position of such a mode, all later coordinates have the side of the eighth.

    Args:
        dim: number of coordinates.
        coupling: the strength κ. If it is at most 1, the energy has a minimum for every choice of sides.
    """

    def __init__(self, dim: int, coupling: float) -> None:
        super().__init__()
        self.dim, self.coupling = dim, coupling
        self.resolved = min(dim, MOST_RESOLVED)
        self._step = 2 * REACH / NODES
        self._nodes = self._step * (torch.arange(NODES, dtype=torch.float64) + 0.5) - REACH
        self._single = (-_well(self._nodes)).exp()
        self._link = (-coupling / 2 * (self._nodes[:, None] - self._nodes).square()).exp()
        self._rest = self._messages()
        self.log_z = (
            math.log(float(self._single @ self._rest[0])) + self._log_scale + dim * math.log(self._step)
        )
        sides = torch.tensor(list(product((0, 1), repeat=self.resolved)))
        self.register_buffer("modes", self._minima(sides))
        self.register_buffer("weights", self._masses(sides))

    def _messages(self) -> list[Tensor]:
        """For each coordinate, and each node at which it may be: the factors of all later coordinates, summed over their nodes.

        The sums are scaled to avoid overflow. For the first coordinate, the true sum is e^{_log_scale} times larger.
        """
        found, self._log_scale = [torch.ones(NODES, dtype=torch.float64)], 0.0
        for _ in range(self.dim - 1):
            following = self._link @ (self._single * found[0])
            self._log_scale += math.log(float(following.max()))
            found.insert(0, following / following.max())
        return found

    def _masses(self, sides: Tensor) -> Values:
        """The mass of each choice of sides: each of the first coordinates is integrated over its side of 0, all later ones over the line."""
        half = torch.stack([self._nodes < 0, self._nodes > 0]).to(self._nodes)
        reached = half[sides[:, 0]] * self._single
        for i in range(1, self.resolved):
            reached = (reached @ self._link) * self._single * half[sides[:, i]]
        mass = reached @ self._rest[self.resolved - 1]
        return mass / mass.sum()

    def _minima(self, sides: Tensor) -> Points:
        """The minimum of the energy for each choice of sides, by Newton's method from ±1."""
        last = sides[:, -1:].expand(-1, self.dim - self.resolved)
        x = (2 * torch.cat([sides, last], dim=1) - 1).to(torch.float64)
        chain = torch.diag(torch.full((self.dim,), 2.0)) - torch.diag(torch.ones(self.dim - 1), 1)
        chain = self.coupling * (chain - torch.diag(torch.ones(self.dim - 1), -1)).to(x)
        chain[0, 0] = chain[-1, -1] = self.coupling
        for _ in range(_NEWTON_STEPS):
            slope = 4 * BARRIER * x * (x.square() - 1) + x @ chain
            curvature = torch.diag_embed(4 * BARRIER * (3 * x.square() - 1)) + chain
            x = x - torch.linalg.solve(curvature, slope)
        return x

    def energy(self, x: Points) -> Values:
        return _well(x).sum(1) + self.coupling / 2 * x.diff(dim=1).square().sum(1)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Exact samples: coordinates are drawn one after the other, each given the previous one."""
        first = (self._single * self._rest[0])[None]
        node = torch.zeros(num_samples, dtype=torch.long)
        nodes = list[Tensor]()
        for later in self._rest:
            node = _drawn(first if not nodes else self._link * self._single * later, node, generator)
            nodes.append(node)
        within = torch.rand(num_samples, self.dim, generator=generator, dtype=torch.float64) - 0.5
        return self._nodes[torch.stack(nodes, dim=1)] + self._step * within

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the mode whose sides match those of the point, 0 for the others; NaN for a point that is not finite."""
        right = (x[:, : self.resolved] > 0).long()
        places = 2 ** torch.arange(self.resolved - 1, -1, -1)  # the first coordinate varies slowest
        table = one_hot((right * places).sum(1), len(self.modes)).to(x)
        return torch.where(x.isfinite().all(1, keepdim=True), table, torch.nan)

    @property
    def box(self) -> Box:
        half = torch.full((self.dim,), 1 + 4 * self.scale, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        """The width of a well, `1/√f''` at its minimum without coupling."""
        return 1 / math.sqrt(8 * BARRIER)


def _drawn(weights: Tensor, row: Tensor, generator: torch.Generator) -> Tensor:
    """Draw a column for each row index, in proportion to the weights in that row.

    The cumulative distribution function of row k is shifted by k. So the functions of all rows form one increasing sequence, and one search
    serves all rows.
    """
    levels = weights.cumsum(1)
    levels = levels / levels[:, -1:] + torch.arange(len(weights))[:, None]
    uniform = torch.rand(len(row), generator=generator, dtype=torch.float64)
    found = torch.searchsorted(levels.flatten(), row + uniform, right=True)
    return (found - row * NODES).clamp(0, NODES - 1)
