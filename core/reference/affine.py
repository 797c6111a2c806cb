"""The linear curve between two 1-D Gaussians in closed form. Its velocity is affine in x."""

from __future__ import annotations

import math
from dataclasses import dataclass

from jaxtyping import Float
from torch import Tensor

from core.types import TimeAxis

# `AffineCurve.reach` extends this many standard deviations beyond the means; the mass outside is negligible.
REACH = 8.0

# Times or positions of any shape; the arguments of one call must broadcast against each other.
Broadcast = Float[Tensor, " *#both"]


@dataclass(frozen=True)
class AffineCurve:
    """`log ρ̃_t = (1 − t) log N(x; 0, σ²) + t log N(x; μ, s²)`, so ρ_t is the Gaussian `N(m_t, 1/q_t)` with precision q_t.

    Attributes:
        sigma: σ, standard deviation of the latent.
        mean, std: μ and s, mean and standard deviation of the target.
    """

    sigma: float
    mean: float
    std: float

    @property
    def _growth(self) -> float:
        """The time derivative of q_t."""
        return self.std**-2 - self.sigma**-2

    def precision(self, t: Broadcast) -> Broadcast:
        """The precision q_t, linear in t."""
        return (1 - t) / self.sigma**2 + t / self.std**2

    def center(self, t: Broadcast) -> Broadcast:
        """The mean m_t."""
        return t * self.mean / self.std**2 / self.precision(t)

    def drift(self, t: Broadcast) -> Broadcast:
        """The time derivative of m_t."""
        return self.mean / (self.std * self.sigma * self.precision(t)) ** 2

    def widening(self, t: Broadcast) -> Broadcast:
        """The time derivative of the log standard deviation. It equals the divergence of the velocity."""
        return -self._growth / (2 * self.precision(t))

    def velocity(self, t: Broadcast, x: Broadcast) -> Broadcast:
        return self.drift(t) + self.widening(t) * (x - self.center(t))

    def kinetic_energy(self, t: Broadcast) -> Broadcast:
        return self.drift(t).square() + self.widening(t).square() / self.precision(t)

    def places(self, t: Broadcast, offsets: Broadcast) -> Broadcast:
        """The positions `m_t + offset/√q_t`: the offsets are measured in standard deviations of ρ_t."""
        return self.center(t) + offsets / self.precision(t).sqrt()

    def log_prob(self, t: TimeAxis, offsets: Float[Tensor, " offsets"]) -> Float[Tensor, "times offsets"]:
        """log ρ_t, normalised, at offsets from m_t in standard deviations of ρ_t; (times, offsets)."""
        return (self.precision(t) / (2 * math.pi)).log()[:, None] / 2 - offsets.square() / 2

    def log_z(self, t: Broadcast) -> Broadcast:
        """log Z_t, the log of the integral of ρ̃_t."""
        exponent = self.precision(t) * self.center(t).square() - t * (self.mean / self.std) ** 2
        return (
            (exponent - self.precision(t).log()) / 2 - (1 - t) * math.log(self.sigma) - t * math.log(self.std)
        )

    def rate(self, t: Broadcast) -> Broadcast:
        """C_t, the time derivative of log Z_t."""
        m, variance = self.center(t), 1 / self.precision(t)
        start = (m.square() + variance) / (2 * self.sigma**2) + math.log(self.sigma)
        end = ((m - self.mean).square() + variance) / (2 * self.std**2) + math.log(self.std)
        return start - end

    def reach(self) -> tuple[float, float]:
        """An interval that contains the mass at all times, since mean and width of ρ_t lie between those of latent and target."""
        width = REACH * max(self.sigma, self.std)
        return min(0.0, self.mean) - width, max(0.0, self.mean) + width
