"""The extent of an unknown density along each axis, in any dimension: a box that leaves out a negligible part of the mass."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Int
from torch import Tensor

from core.targets.computed.support import WIDEST, Energy, descend
from core.types import Box, Points, Values

# Allowed fraction of the mass outside the box.
OUTSIDE = 1e-6
# Number of points that are pushed outwards on each side of each axis.
PUSHED = 12
# The first step of a push relative to the spread of the points, the growth of further steps, and the number of descent steps in the other
# coordinates after each.
FIRST, GROWTH, RELAXATIONS = 0.2, 1.3, 12


@dataclass(frozen=True)
class Reach:
    """A box around the mass.

    Attributes:
        box: the box.
        held: an estimate of the fraction of the mass in the box.
        least_rise: the density falls by at least this many nats towards each side of the box; near zero if the mass keeps growing with the box.
    """

    box: Box
    held: float
    least_rise: float


def reach(energy: Energy, points: Points) -> Reach:
    """Find a box around the mass of an unknown density.

    The outermost points on each side are pushed outwards, while their other coordinates follow the energy downhill, until the density has
    fallen so far that the mass beyond is negligible. A push is also limited to WIDEST spreads of the points, which cuts off heavy tails.

    Args:
        energy: the energy.
        points: samples of the density, roughly.
    """
    ends, rise = _pushed(energy, points)
    count, dim = points.shape
    beyond = PUSHED / count * math.exp(-rise) * 2 * dim
    return Reach(Box(ends[0], ends[1]), max(1 - beyond, 0.0), rise)


def _pushed(energy: Energy, points: Points) -> tuple[Tensor, float]:
    """The ends of the box on both sides of each axis, and the smallest rise of the energy up to any of them."""
    count, dim = points.shape
    enough = math.log(PUSHED / count * 2 * dim / OUTSIDE)
    spread = (points - points.median(0).values).abs().median(0).values * 1.5
    order = points.argsort(0)
    x = torch.cat([points[order[:PUSHED].T].flatten(0, 1), points[order[-PUSHED:].T].flatten(0, 1)])
    axis = torch.arange(dim).repeat_interleave(PUSHED).repeat(2)
    side = torch.tensor([-1.0, 1.0], dtype=torch.float64).repeat_interleave(dim * PUSHED)
    x = _relaxed(energy, x, axis)
    start, row = energy(x), torch.arange(len(x))
    step = FIRST * spread[axis].clamp_min(1e-12)
    first, rise = x[row, axis], torch.zeros_like(start)
    while True:
        short = ~(rise >= enough) & ((x[row, axis] - first).abs() < WIDEST * spread[axis])
        if not short.any():
            break
        trial = x.clone()
        trial[row, axis] += torch.where(short, side * step, 0.0)
        trial[short] = _relaxed(energy, trial[short], axis[short])
        x, step = trial, torch.where(short, GROWTH * step, step)
        rise = torch.where(short, (energy(x) - start).nan_to_num(enough), rise)
    far = x[row, axis].view(2, dim, PUSHED)
    return torch.stack([far[0].amin(1), far[1].amax(1)]), float(rise.min())


def _relaxed(energy: Energy, x: Points, axis: Int[Tensor, " batch"]) -> Points:
    """Descend in all coordinates but one."""
    return descend(energy, x, RELAXATIONS, 0.1 * (1e-3 + _spread(x)), held=axis)


def _spread(x: Points) -> Values:
    return (x - x.median(0).values).norm(dim=1)
