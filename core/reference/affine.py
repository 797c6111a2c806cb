"""The linear curve from one Gaussian of the line to another, in closed form: its velocity is affine."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

from core.types import Times

# Beyond so many standard deviations there is no mass that counts.
REACH = 8.0


@dataclass(frozen=True)
class AffineCurve:
    """`log ρ̃_t = (1 − t) log N(x; 0, σ²) + t log N(x; μ, s²)`: precisions q_t add up, so ρ_t is `N(m_t, 1/q_t)`.

    Times and places broadcast.

    Attributes:
        sigma: σ.
        mean, std: μ and s.
    """

    sigma: float
    mean: float
    std: float

    @property
    def _growth(self) -> float:
        """The slope of q_t."""
        return self.std**-2 - self.sigma**-2

    def precision(self, t: Times) -> Times:
        """q_t."""
        return (1 - t) / self.sigma**2 + t / self.std**2

    def center(self, t: Times) -> Times:
        """m_t."""
        return t * self.mean / self.std**2 / self.precision(t)

    def drift(self, t: Times) -> Times:
        """The slope of m_t."""
        return self.mean / (self.std * self.sigma * self.precision(t)) ** 2

    def widening(self, t: Times) -> Times:
        """The slope of the log of the standard deviation, which is the divergence of the velocity."""
        return -self._growth / (2 * self.precision(t))

    def velocity(self, t: Times, x: Tensor) -> Tensor:
        return self.drift(t) + self.widening(t) * (x - self.center(t))

    def kinetic_energy(self, t: Times) -> Times:
        return self.drift(t).square() + self.widening(t).square() / self.precision(t)

    def places(self, t: Times, offsets: Tensor) -> Tensor:
        """Places so many standard deviations from m_t."""
        return self.center(t) + offsets / self.precision(t).sqrt()

    def log_prob(self, t: Times, offsets: Tensor) -> Tensor:
        """(times, offsets) log ρ_t there."""
        return (self.precision(t) / (2 * math.pi)).log()[:, None] / 2 - offsets.square() / 2

    def log_z(self, t: Times) -> Times:
        """The log of the integral of ρ̃_t."""
        exponent = self.precision(t) * self.center(t).square() - t * (self.mean / self.std) ** 2
        return (
            (exponent - self.precision(t).log()) / 2 - (1 - t) * math.log(self.sigma) - t * math.log(self.std)
        )

    def rate(self, t: Times) -> Times:
        """The slope of `log_z`."""
        m, variance = self.center(t), 1 / self.precision(t)
        start = (m.square() + variance) / (2 * self.sigma**2) + math.log(self.sigma)
        end = ((m - self.mean).square() + variance) / (2 * self.std**2) + math.log(self.std)
        return start - end

    def reach(self) -> tuple[float, float]:
        """An interval that holds the mass at all times: m_t lies between those of the ends, and so does its width."""
        width = REACH * max(self.sigma, self.std)
        return min(0.0, self.mean) - width, max(0.0, self.mean) + width
