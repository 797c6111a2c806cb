"""A smooth energy from a grid: a cubic B-spline with walls around it."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.types import Derivatives, Points, Values

# Growth of the energy outside the box (`wall` below), and a slight curvature everywhere (`bowl` below), in nats per squared unit. The
# curvature keeps descent from stopping on a flat region between the drawn modes.
_WALL, _BOWL = 4.0, 0.004
# Beyond this many cells outside the grid, the spline is constant.
_BEYOND = 3.0


@dataclass(frozen=True)
class SplineEnergy:
    """`f(x) = Σ_k c_k B(x/h − k) + Σ_i wall(|x_i| − a) + bowl |x|²`, twice continuously differentiable.

    B is the cubic B-spline, which also smooths the grid. Outside the box `[−a, a]` each coordinate adds
    `wall(s) = 4 s³/(1 + s)`, which grows like s².

    Attributes:
        grid: the values c_k at the nodes, with one axis per coordinate, in nats.
        half_width: a, half of the box's side, in the units of x.
    """

    grid: Tensor
    half_width: float

    @property
    def step(self) -> float:
        """Distance between nodes."""
        return 2 * self.half_width / (len(self.grid) - 1)

    def __call__(self, x: Points) -> Values:
        nearby, parts = self._nearby(x)
        bases = [_basis(part)[0] for part in parts]
        beyond = self._beyond(x)
        wall = _WALL * beyond**3 / (1 + beyond)
        return _product(nearby, bases) + (wall + _BOWL * x.square()).sum(1)

    def derivatives(self, x: Points) -> Derivatives:
        """The energy (in nats), its gradient and its Laplacian, in closed form."""
        nearby, parts = self._nearby(x)
        value, first, second = zip(*(_basis(part) for part in parts), strict=True)
        axes = range(len(parts))
        slopes = [_product(nearby, [first[i] if i == k else value[i] for i in axes]) for k in axes]
        curvatures = [_product(nearby, [second[i] if i == k else value[i] for i in axes]) for k in axes]
        s = self._beyond(x)
        wall_slope = _WALL * (2 * s**3 + 3 * s**2) / (1 + s) ** 2 * x.sign()
        wall_curvature = _WALL * (2 * s**3 + 6 * s**2 + 6 * s) / (1 + s) ** 3
        return Derivatives(
            self(x),
            torch.stack(slopes, 1) / self.step + wall_slope + 2 * _BOWL * x,
            torch.stack(curvatures).sum(0) / self.step**2 + (wall_curvature + 2 * _BOWL).sum(1),
        )

    def _beyond(self, x: Points) -> Points:
        """The distance from the box along each axis. The formula avoids `abs`, whose second derivatives would import torch's compiler, which
        takes seconds."""
        return (x - self.half_width).clamp_min(0) + (-x - self.half_width).clamp_min(0)

    def _nearby(self, x: Points) -> tuple[Tensor, list[Values]]:
        """The 4^dim values around each point, and the position of the point in its cell along each axis, from 0 to 1."""
        count = len(self.grid)
        place = ((x + self.half_width) / self.step).clamp(-_BEYOND, count - 1 + _BEYOND)
        cell = place.detach().floor()
        index = (cell.long()[:, :, None] + torch.arange(-1, 3)).clamp(0, count - 1)
        return _gather(self.grid.to(x), index), list((place - cell).unbind(1))


def _gather(grid: Tensor, index: Int[Tensor, "batch dim 4"]) -> Tensor:
    if grid.dim() == 1:
        return grid[index[:, 0]]
    return grid[index[:, 0, :, None], index[:, 1, None, :]]


def _product(nearby: Tensor, bases: list[Float[Tensor, "batch 4"]]) -> Values:
    """The sum over the nearby nodes of the value, times the weight of the node along each axis."""
    if len(bases) == 1:
        return (nearby * bases[0]).sum(1)
    return ((nearby * bases[1][:, None, :]).sum(2) * bases[0]).sum(1)


def _basis(
    part: Values,
) -> tuple[Float[Tensor, "batch 4"], Float[Tensor, "batch 4"], Float[Tensor, "batch 4"]]:
    """The weights of the four nodes around a point, and their first and second derivatives with respect to the position in the cell."""
    f, g = part, 1 - part
    value = [g**3 / 6, (3 * f**3 - 6 * f**2 + 4) / 6, (3 * g**3 - 6 * g**2 + 4) / 6, f**3 / 6]
    first = [-(g**2) / 2, (3 * f**2 - 4 * f) / 2, (4 * g - 3 * g**2) / 2, f**2 / 2]
    second = [g, 3 * f - 2, 3 * g - 2, f]
    return torch.stack(value, 1), torch.stack(first, 1), torch.stack(second, 1)
