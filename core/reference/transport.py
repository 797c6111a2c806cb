"""The action of a curve, and the Wasserstein distance on the line, which bounds it from below."""

from __future__ import annotations

import numpy as np
import torch

from core.reference.base import AbstractExactField
from core.reference.line import LineField, Slices

PANELS = 40
NODES = 6


def action(field: AbstractExactField) -> float:
    """`∫_0^1 ‖v_t‖² dt`, in squared units of x per unit of time; at least W₂² of the curve's ends."""
    xi, weights = np.polynomial.legendre.leggauss(NODES)
    left = np.arange(PANELS)[:, None] / PANELS
    times = torch.from_numpy((left + (1 + xi) / (2 * PANELS)).ravel())
    energy = field.kinetic_energy(times).numpy().reshape(PANELS, NODES)
    return float((energy * weights).sum() / (2 * PANELS))


def w2_squared(field: LineField) -> float:
    """The squared Wasserstein distance of ρ_0 and ρ_1 on the line, by their quantiles, in squared units of x.

    The sum runs over ρ_1: the map back to the latent is smooth, while the map from it jumps from mode to mode.
    """
    slices = field.slices(torch.tensor([0.0, 1.0], dtype=torch.float64))
    start, end = (_distribution(field, slices, i) for i in (0, 1))
    x = field.cells.nodes
    lower = torch.full_like(x, float(field.cells.edges[0])).flatten()
    upper = torch.full_like(lower, float(field.cells.edges[-1]))
    for _ in range(60):  # bisection to the last digit: the quantile of ρ_0 at the level of x in ρ_1
        middle = (lower + upper) / 2
        above = field.cells.interpolate(start, middle) > end.flatten()
        upper, lower = torch.where(above, middle, upper), torch.where(above, lower, middle)
    squared = (lower.reshape(x.shape) - x).square()
    return float((field.cells.weights * slices.log_prob[1].exp() * squared).sum())


def _distribution(field: LineField, slices: Slices, index: int) -> torch.Tensor:
    """The distribution function on the nodes."""
    density = slices.log_prob[index].exp()
    before = torch.cumsum((field.cells.weights * density).sum(1), 0)
    before = torch.cat([before.new_zeros(1), before[:-1]])
    return before[:, None] + field.cells.running_integral(density)
