"""The noise schedule of the gradient flow."""

from __future__ import annotations

import math
from dataclasses import dataclass

from torch import Tensor

# The customary β_max, and the largest allowed one.
USUAL_BETA, LARGEST_BETA = 20.0, 100.0
# At t = 0 the target is shrunk so much that the farthest corner of its box lies within this fraction of σ of the latent's centre.
RESIDUAL_OFFSET = 0.05


def default_beta_max(sigma: float, beta_min: float, reach: float) -> float:
    """The smallest β_max from 20 to 100 for which the curve's density at t = 0 is close to the latent.

    Args:
        sigma: scale of the latent.
        beta_min: β at t = 1.
        reach: distance of the target's farthest corner from the latent's centre, in the units of x.
    """
    needed = 4 * math.log(reach / (RESIDUAL_OFFSET * sigma)) - beta_min if reach > 0 else 0.0
    return min(max(needed, USUAL_BETA), LARGEST_BETA)


@dataclass(frozen=True)
class NoiseSchedule:
    """`β(s) = β_min + s (β_max − β_min)` in the noise time s = 1 − t, for the latent N(0, σ² I).

    At time t the curve is the distribution of `shrink·X + noise·ξ` with X from the target and ξ ~ N(0, I).
    """

    sigma: float
    beta_min: float
    beta_max: float

    def beta(self, t: Tensor) -> Tensor:
        """β, per unit of time."""
        return self.beta_min + (1 - t) * (self.beta_max - self.beta_min)

    def shrink(self, t: Tensor) -> Tensor:
        """`a = exp(−½ ∫_0^s β)`, the factor by which the target is scaled; 1 at t = 1."""
        s = 1 - t
        return (-0.5 * (s * self.beta_min + s.square() / 2 * (self.beta_max - self.beta_min))).exp()

    def noise(self, t: Tensor) -> Tensor:
        """`n = σ √(1 − a²)`, the standard deviation of the added noise, in the units of x."""
        return self.sigma * (1 - self.shrink(t).square()).clamp_min(0).sqrt()

    def velocity(self, t: Tensor, x: Tensor, score: Tensor) -> Tensor:
        """The gradient flow's velocity `(β/2)(x + σ² ∇log ρ_t)`.

        Args:
            t: one time for each point, or one for all.
            x: points relative to the latent's centre, (*, dim).
            score: ∇log ρ_t at these points.
        """
        return self.beta(t)[..., None] / 2 * (x + self.sigma**2 * score)

    def divergence(self, t: Tensor, laplacian: Tensor, dim: int) -> Tensor:
        """The divergence of `velocity`, `(β/2)(dim + σ² Δlog ρ_t)`, from the Laplacian of log ρ_t."""
        return self.beta(t) / 2 * (dim + self.sigma**2 * laplacian)

    def signal_fraction(self, t: Tensor, variance: float) -> tuple[Tensor, Tensor]:
        """`a²V/(a²V + n²)`, the fraction of the variance of aX + nξ that comes from X if X has the variance V; and its time derivative."""
        a2, sigma2 = self.shrink(t).square(), self.sigma**2
        total = a2 * variance + sigma2 * (1 - a2)
        share = a2 * variance / total
        # The derivative follows from a' = (β/2) a and (n²)' = −β σ² a².
        return share, self.beta(t) * share * sigma2 / total
