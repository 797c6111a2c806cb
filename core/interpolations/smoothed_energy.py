"""A smoothed form of the target's energy: compressed, smoothed on a grid, and interpolated with its derivatives."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from core.targets.base import AbstractEnergy, counted_energy
from core.types import Box, Derivatives, Points

# Largest number of grid points per side, in 1-D and 2-D.
MOST_POINTS = (4096, 400)
# Standard deviation of the smoothing, as a fraction of the target's scale; at least one step of the grid.
WIDTH = 0.5


class SmoothedEnergy(nn.Module):
    """`(g * N(0, h²I))(x)` with `g = asinh((f − lowest) / unit)`, by cubic B-splines on a grid; constant outside the box. h is set by WIDTH.

    On the ridge between two modes an energy has a crease. A network with the energy as an input would pass the crease on to
    its velocity; smoothing removes it.

    Args:
        target: a density in one or two dimensions.
        lowest: approximate minimum of the energy, in nats.
        unit: energy above the minimum up to which g is about linear, in nats.
        box: extent of the grid.
    """

    def __init__(self, target: AbstractEnergy, lowest: float, unit: float, box: Box) -> None:
        # Imported here: every worker starts by importing this module, and few need the filters.
        from scipy.ndimage import gaussian_filter, spline_filter

        super().__init__()
        dim, sides = target.dim, box.upper - box.lower
        most, width = MOST_POINTS[dim - 1], WIDTH * target.scale
        counts = [min(most, 1 + math.ceil(float(side) / width)) for side in sides]
        axes = [torch.linspace(float(a), float(b), n, dtype=torch.float64) for a, b, n in zip(box.lower, box.upper, counts, strict=True)]  # fmt: skip
        points = torch.cartesian_prod(*axes).reshape(-1, dim)
        energy = counted_energy(target, points)
        height = ((energy - lowest) / unit).nan_to_num(1e9, 1e9).clamp(max=1e9).asinh().reshape(counts)
        step = sides / (torch.tensor(counts) - 1)
        widths = (width / step).clamp_min(1.0).tolist()
        smooth = spline_filter(gaussian_filter(height.numpy(), widths, mode="mirror"), order=3, mode="mirror")
        self.register_buffer("coefficients", torch.as_tensor(smooth))
        self.register_buffer("lower", box.lower.clone())
        self.register_buffer("step", step)

    coefficients: Tensor
    lower: Tensor
    step: Tensor

    def forward(self, x: Points) -> Derivatives:
        """The smoothed value, gradient and Laplacian at x."""
        shape = torch.tensor(self.coefficients.shape, device=x.device)
        place = ((x - self.lower) / self.step).clamp_min(0).minimum((shape - 1).to(x))
        inside = (place > 0) & (place < shape - 1)
        before = place.long().minimum(shape - 2)
        weights = _weights(place - before)
        block = self._block(before)
        values = [weights[0][:, i] for i in range(self.coefficients.ndim)]
        first = [w / h for w, h in zip(weights[1].unbind(1), self.step, strict=True)]
        second = [w / h**2 for w, h in zip(weights[2].unbind(1), self.step, strict=True)]
        swapped = [
            [*values[:i], rows[i], *values[i + 1 :]] for rows in (first, second) for i in range(len(values))
        ]
        found = [_contract(block, rows) for rows in swapped]
        gradient = torch.stack(found[: len(values)], dim=1) * inside
        laplacian = (torch.stack(found[len(values) :], dim=1) * inside).sum(1)
        return Derivatives(_contract(block, values), gradient, laplacian)

    def _block(self, before: Tensor) -> Tensor:
        """The spline coefficients around each point, four along each axis, mirrored at the border."""
        block = self.coefficients.new_zeros(1, dtype=torch.long)
        for axis, size in enumerate(self.coefficients.shape):
            index = (before[:, axis, None] + torch.arange(-1, 3, device=before.device)).abs()
            index = torch.where(index < size, index, 2 * (size - 1) - index)
            block = block[..., None] * size + index.reshape(len(index), *[1] * axis, 4)
        return self.coefficients.flatten()[block]


def _weights(part: Tensor) -> Tensor:
    """Weights of the cubic B-spline and its first two derivatives, shape (order of derivative, batch, dim, 4)."""
    rest = 1 - part
    value = [rest**3, 4 - 6 * part**2 + 3 * part**3, 4 - 6 * rest**2 + 3 * rest**3, part**3]
    first = [-3 * rest**2, 9 * part**2 - 12 * part, 12 * rest - 9 * rest**2, 3 * part**2]
    second = [6 * rest, 18 * part - 12, 18 * rest - 12, 6 * part]
    return torch.stack([torch.stack(rows, dim=-1) for rows in (value, first, second)]) / 6


def _contract(block: Tensor, weights: list[Tensor]) -> Tensor:
    """The weighted sum over a block, with one row of weights per axis."""
    for weight in weights:
        block = (block * weight.reshape(*weight.shape, *[1] * (block.ndim - 2))).sum(1)
    return block
