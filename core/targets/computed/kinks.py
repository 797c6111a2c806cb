"""Corners of a one-dimensional energy, where its slope jumps."""

from __future__ import annotations

import torch
from torch import Tensor

from core.targets.computed.support import Energy
from core.types import Box

# Largest number of corners that are returned.
MOST = 16
# The number of intervals that are searched, and the number of times that a suspicious one is halved.
_INTERVALS, _HALVINGS = 4000, 34
# A jump of the slope is a corner if it is at least this large (in nats per unit of x), and this many times larger than the change in the
# neighbouring intervals.
_LEAST, _STANDS_OUT = 0.05, 5.0


def corners(energy: Energy, box: Box) -> tuple[float, ...]:
    """Positions where the slope of a 1-D energy jumps, in increasing order; at most MOST.

    Intervals in which the slope changes suddenly are halved repeatedly, keeping the half with the larger change. At a corner the change
    does not shrink.
    """
    # The ends of the intervals avoid round numbers, since corners often lie there.
    low, high = float(box.lower), float(box.upper)
    ticks = torch.linspace(
        low - 1e-3 * (high - low), high + 1.3e-3 * (high - low), _INTERVALS + 1, dtype=torch.float64
    )
    jump = _slope(energy, ticks).diff().abs()
    beside = torch.stack([jump.roll(2), jump.roll(-2)]).amax(0)
    found = ((jump > _LEAST) & (jump > _STANDS_OUT * beside)).nonzero()[:, 0]
    left, right, first = ticks[found], ticks[found + 1], jump[found]
    for _ in range(_HALVINGS):
        middle = (left + right) / 2
        slopes = _slope(energy, torch.cat([left, middle, right])).chunk(3)
        goes_left = (slopes[1] - slopes[0]).abs() > (slopes[2] - slopes[1]).abs()
        left, right = torch.where(goes_left, left, middle), torch.where(goes_left, middle, right)
    last = (_slope(energy, right) - _slope(energy, left)).abs()
    places = ((left + right) / 2)[last > first / 2]
    return tuple(places.sort().values[:MOST].tolist())


def _slope(energy: Energy, x: Tensor) -> Tensor:
    with torch.enable_grad():
        x = x[:, None].detach().requires_grad_()
        (slope,) = torch.autograd.grad(energy(x).sum(), x)
    return slope[:, 0]
