"""The density of a sample from the Laplace pair (two Laplace modes) plus Gaussian noise, in closed form."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from core.reference.noising import AbstractLaw
from core.targets.laplace import LaplacePair
from core.types import Axes, Derivatives, Points

# Replaces a noise of zero, to avoid division by zero.
LEAST_NOISE = 1e-12


class NoisedLaplace(AbstractLaw):
    """The law of `a·Y + n·ξ` for Y from the pair and standard Gaussian ξ.

    The pair's log-density is linear on four pieces. A piece [c, d] on which it equals αy + γ contributes
    `∫_c^d e^{αy + γ} N(x; a y, n²) dy = (1/a) e^{γ + αx/a + (αn/a)²/2} [Φ(u_d) − Φ(u_c)]` with `u_y = (a y − x)/n − αn/a`
    and Φ the normal distribution function.

    The score is the mean of the slopes α, weighted by these contributions and divided by a. The Laplacian has an extra term for each
    kink, where the slope jumps.
    """

    def __init__(self, target: LaplacePair) -> None:
        m = target.mode_separation
        self.kinks = torch.tensor([0.0, m / 2, m], dtype=torch.float64)
        self.log_at_kinks = torch.tensor([0.0, -m, 0.0], dtype=torch.float64)
        self.slopes = torch.tensor([2.0, -2.0, 2.0, -2.0], dtype=torch.float64)
        self.offsets = torch.tensor([0.0, 0.0, -2 * m, 2 * m], dtype=torch.float64)
        self.log_z = target.log_z

    def derivatives(self, x: Points, shrink: float, noise: float) -> Derivatives:
        a, n = shrink, max(noise, LEAST_NOISE)
        away = (a * self.kinks - x) / n
        end = torch.full_like(x, torch.inf)
        bounds = torch.cat([-end, away, end], dim=1)
        tilt = self.slopes * n / a
        log_parts = self.offsets + self.slopes * x / a + tilt.square() / 2 - math.log(a)
        log_parts = log_parts + _log_difference(bounds[:, :-1] - tilt, bounds[:, 1:] - tilt)
        log = log_parts.logsumexp(1)
        share = (log_parts - log[:, None]).exp()
        slope = share @ self.slopes / a
        kernel = self.log_at_kinks - away.square() / 2 - math.log(n * math.sqrt(2 * math.pi))
        corners = (kernel - log[:, None]).exp() @ self.slopes.diff()
        curvature = (share @ self.slopes.square() + corners) / a**2
        return Derivatives(log, slope[:, None], curvature - slope.square())

    def on_grid(self, axes: Axes, shrink: float, noise: float) -> tuple[Tensor, Tensor]:
        found = self.derivatives(axes[0][:, None], shrink, noise)
        return found.value, found.gradient


def _log_difference(lower: Tensor, upper: Tensor) -> Tensor:
    """log(Φ(upper) − Φ(lower)), computed in the tail in which both values are accurate."""
    flip = lower + upper > 0
    low, high = torch.where(flip, -upper, lower), torch.where(flip, -lower, upper)
    log_high = torch.special.log_ndtr(high)
    return log_high + torch.log1p(-(torch.special.log_ndtr(low) - log_high).exp().clamp_max(1.0))
