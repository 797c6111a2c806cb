"""Log-density, score and Laplacian of `a·Y + n·ξ`, for Y from a density with known energy and ξ ~ N(0, I).

Let m and V be the mean and the covariance of Y, given that the sum equals x. Then `∇log ρ = (a m − x)/n²` and
`Δ log ρ = a² tr V/n⁴ − d/n²` in d dimensions. All sums have positive terms, so logarithms are accurate even in the tails, unlike with a
Fourier transform.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod

import numpy as np
import torch
from torch import Tensor

from core.fields import grid_points
from core.reference.quadrature import Cells
from core.targets.base import AbstractTarget, energy_derivatives
from core.types import Axes, Box, Derivatives, Points

HERMITE_NODES = {1: 24, 2: 6}
CHUNK = 60_000


class AbstractLaw(ABC):
    """A quadrature over Y, which gives the density of `a·Y + n·ξ`.

    Attributes:
        log_z: log of the integral of Y's unnormalised density, computed with the same quadrature.
    """

    log_z: float

    @abstractmethod
    def derivatives(self, x: Points, shrink: float, noise: float) -> Derivatives:
        """Log-density, score and Laplacian of `shrink·Y + noise·ξ` at the points x."""

    @abstractmethod
    def on_grid(self, axes: Axes, shrink: float, noise: float) -> tuple[Tensor, Tensor]:
        """Log-density (*grid) and score (*grid, dim) on a grid."""


class LineNodes(AbstractLaw):
    """Quadrature over a 1-D Y, on Gauss–Legendre cells."""

    def __init__(self, target: AbstractTarget, cells: Cells) -> None:
        self.y = cells.nodes.flatten()
        with torch.no_grad():
            self.log_mass = cells.weights.flatten().log() - target.energy(self.y[:, None])
        self.log_z = float(self.log_mass.logsumexp(0))

    def derivatives(self, x: Points, shrink: float, noise: float) -> Derivatives:
        parts = [self._derivatives(part, shrink, noise) for part in x.split(max(1, CHUNK // len(self.y)))]
        return joined(parts)

    def _derivatives(self, x: Points, a: float, n: float) -> Derivatives:
        away = (a * self.y - x) / n
        terms = away.square().mul_(-0.5).add_(self.log_mass)
        top = terms.amax(1, keepdim=True)
        terms = terms.sub_(top).exp_()
        total = terms.sum(1)
        mean = (terms * away).sum(1) / total
        square = terms.mul_(away.square_()).sum(1) / total
        log = total.log() + top[:, 0] - math.log(n * math.sqrt(2 * math.pi))
        return Derivatives(log, mean[:, None] / n, (square - mean.square() - 1) / n**2)

    def on_grid(self, axes: Axes, shrink: float, noise: float) -> tuple[Tensor, Tensor]:
        found = self.derivatives(axes[0][:, None], shrink, noise)
        return found.value, found.gradient


class PlaneNodes(AbstractLaw):
    """Quadrature over a 2-D Y on a uniform grid. The kernel factorises, so sums over the grid are matrix products."""

    def __init__(self, target: AbstractTarget, box: Box, cells: int) -> None:
        sides = list(zip(box.lower.tolist(), box.upper.tolist(), strict=True))
        steps = [(high - low) / cells for low, high in sides]
        middles = torch.arange(cells, dtype=torch.float64) + 0.5
        self.y = tuple(low + step * middles for (low, _), step in zip(sides, steps, strict=True))
        with torch.no_grad():
            energy = target.energy(grid_points(self.y))
        self.log_mass = math.log(math.prod(steps)) - energy.reshape(cells, cells)
        self.log_z = float(self.log_mass.flatten().logsumexp(0))

    def derivatives(self, x: Points, shrink: float, noise: float) -> Derivatives:
        top = self.log_mass.max()
        mass = (self.log_mass - top).exp()
        kernels, aways, shifts = zip(*(self._kernel(x[:, i], i, shrink, noise) for i in (0, 1)), strict=True)
        first = [kernels[0] * aways[0] ** power for power in range(3)]
        second = [kernels[1] * aways[1] ** power for power in range(3)]
        rows = [kernel @ mass for kernel in first]
        total = (rows[0] * second[0]).sum(1)
        mean = torch.stack([(rows[1] * second[0]).sum(1), (rows[0] * second[1]).sum(1)], 1) / total[:, None]
        square = ((rows[2] * second[0]).sum(1) + (rows[0] * second[2]).sum(1)) / total
        log = total.log() + top + shifts[0][:, 0] + shifts[1][:, 0] - math.log(2 * math.pi * noise**2)
        return Derivatives(log, mean / noise, (square - mean.square().sum(1) - 2) / noise**2)

    def on_grid(self, axes: Axes, shrink: float, noise: float) -> tuple[Tensor, Tensor]:
        (first, first_away, first_shift), (second, second_away, second_shift) = (
            self._kernel(axis, i, shrink, noise) for i, axis in enumerate(axes)
        )
        # Scaled by row and by column, to avoid underflow far from the densest cell.
        top = self.log_mass.amax(1, keepdim=True)
        mass = (self.log_mass - top).exp()
        inner = mass @ second.T
        inner_mean = (mass @ (second * second_away).T).div_(inner.clamp_min(1e-300))
        log_inner = inner.log() + top
        top = log_inner.amax(0, keepdim=True)
        inner = (log_inner - top).exp()
        total = first @ inner
        mean = torch.stack([(first * first_away) @ inner, first @ (inner * inner_mean)], dim=-1)
        log = total.log() + top + first_shift + second_shift.T - math.log(2 * math.pi * noise**2)
        return log, mean / total[..., None] / noise

    def _kernel(self, x: Tensor, axis: int, a: float, n: float) -> tuple[Tensor, Tensor, Tensor]:
        """Three arrays: exp(−away²/2) with away = (a y − x)/n, scaled to be one at the nearest node; `away`; the log of the scale."""
        away = (a * self.y[axis] - x[:, None]) / n
        exponent = away.square() / -2
        top = exponent.amax(1, keepdim=True)
        return (exponent - top).exp(), away, top


def narrow(target: AbstractTarget, x: Points, shrink: float, noise: float) -> Derivatives:
    """Log-density, score and Laplacian for noise much smaller than the structure of the density, by Gauss–Hermite quadrature.

    Score and Laplacian are computed from averages of the target's derivatives, so there is no division by the noise, which may be zero.
    """
    order = HERMITE_NODES[target.dim] if noise > 0 else 1
    nodes, weights = np.polynomial.hermite_e.hermegauss(order)
    axis, shares = torch.from_numpy(nodes), torch.from_numpy(weights / weights.sum()).log()
    offsets = noise * grid_points((axis,) * target.dim)
    log_weight = grid_points((shares,) * target.dim).sum(1)
    found = []
    for part in x.split(max(1, CHUNK // len(offsets))):
        y = (part[:, None, :] - offsets) / shrink
        f = energy_derivatives(target, y.reshape(-1, target.dim))
        terms = log_weight - f.value.reshape(len(part), -1)
        log = terms.logsumexp(1)
        share = (terms - log[:, None]).exp()
        slopes = -f.gradient.reshape(len(part), -1, target.dim) / shrink
        mean = (share[..., None] * slopes).sum(1)
        spread = (share[..., None] * (slopes - mean[:, None]).square()).sum((1, 2))
        bend = -(share * f.laplacian.reshape(len(part), -1)).sum(1) / shrink**2
        found.append(Derivatives(log - target.dim * math.log(shrink), mean, bend + spread))
    return joined(found)


def joined(parts: list[Derivatives]) -> Derivatives:
    """Concatenate batches."""
    names = ("value", "gradient", "laplacian")
    return Derivatives(*(torch.cat([getattr(part, name) for part in parts]) for name in names))
