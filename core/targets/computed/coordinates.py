"""Coordinates of a grid: those of x, or stretched ones, so that a finite grid also covers heavy tails."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor

from core.targets.computed.support import Energy
from core.types import Points, Values, Vector

# The minima at most this many nats above the lowest one set the centre and the width of stretched coordinates. The width is at least the
# distance from the lowest minimum at which the energy has risen by one nat.
_LOW_NATS = 5.0
# The smallest and the largest distance at which this rise is sought, and the number of distances.
_NARROWEST, _WIDEST, _TRIED = 1e-4, 1e4, 200


class AbstractCoordinates(ABC):
    """Coordinates u with `x = x(u)`, each x_i an increasing function of u_i."""

    @abstractmethod
    def x(self, u: Points) -> Points:
        """The positions x of points with coordinates u."""

    @abstractmethod
    def u(self, x: Points) -> Points:
        """The coordinates u of positions x."""

    @abstractmethod
    def log_volume(self, u: Points) -> Values:
        """`log |dx/du|`."""

    def pulled(self, energy: Energy) -> Energy:
        """The energy of the same distribution as a function of u: its density in u has the additional factor |dx/du|."""
        return lambda u: energy(self.x(u)) - self.log_volume(u)


class Plain(AbstractCoordinates):
    """The coordinates of x themselves, `u = x`."""

    def x(self, u: Points) -> Points:
        return u

    def u(self, x: Points) -> Points:
        return x

    def log_volume(self, u: Points) -> Values:
        return u.new_zeros(len(u))


@dataclass(frozen=True)
class Stretched(AbstractCoordinates):
    """`x = c + s sinh u`: almost linear near the centre, exponential far away. A density that falls like a power of x falls exponentially in u.

    Attributes:
        center: c.
        width: s, positive, for each coordinate.
    """

    center: Vector
    width: Vector

    @classmethod
    def around(cls, energy: Energy, minima: Points) -> Stretched:
        """Coordinates whose almost linear part contains the minima of an energy."""
        values = energy(minima)
        low = minima[values < values.min() + _LOW_NATS]
        center, spread = low.mean(0), (low.amax(0) - low.amin(0)) / 2
        lowest = minima[values.argmin()]
        widths = [_rise_width(energy, lowest, axis) for axis in range(len(lowest))]
        return cls(center, torch.maximum(spread, torch.tensor(widths, dtype=torch.float64)))

    def x(self, u: Points) -> Points:
        return self.center + self.width * u.sinh()

    def u(self, x: Points) -> Points:
        return ((x - self.center) / self.width).asinh()

    def log_volume(self, u: Points) -> Values:
        size = u.abs()  # log cosh u without overflow
        return (size + (-2 * size).exp().log1p() - math.log(2) + self.width.log()).sum(1)


def _rise_width(energy: Energy, start: Tensor, axis: int) -> float:
    """The least distance along an axis, in either direction, at which an energy is one nat above its value at the start; 1 if there is none."""
    distances = torch.logspace(math.log10(_NARROWEST), math.log10(_WIDEST), _TRIED, dtype=torch.float64)
    x = start.repeat(2 * _TRIED, 1)
    x[:, axis] += torch.cat([distances, -distances])
    risen = (energy(x) > energy(start[None]) + 1).view(2, _TRIED).any(0)
    return float(distances[int(risen.to(torch.int8).argmax())]) if bool(risen.any()) else 1.0
