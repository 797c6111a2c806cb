"""Neal's funnel: a neck that is far narrower than the mouth."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget, HasMarginal
from core.types import Box, Points, Values

# Standard deviation of the first coordinate.
STD = 3.0
# The box extends to 4 standard deviations of the first coordinate. For the other coordinates it extends to 4 of the standard deviations
# that they have when the first one is _MOUTH standard deviations above its mean.
_MARGIN, _MOUTH = 4.0, 2.8
# Number of nodes of the integral that gives the mass in the box.
_NODES = 401


class Funnel(AbstractTarget, HasMarginal):
    """`x₁ ~ N(0, 9)` and `x_i ~ N(0, e^{x₁})` for the other coordinates; normalised, so `log_z = 0`.

    The tails of the other coordinates are heavy: the box holds 99.9 % of the mass in up to 50 dimensions.

    Args:
        dim: number of coordinates, at least 2.

    References:
        Neal: Slice Sampling, Annals of Statistics 2003.
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.log_z = 0.0
        self.box_mass = _box_mass(dim)
        mode = torch.zeros(1, dim, dtype=torch.float64)
        mode[0, 0] = -(STD**2) * (dim - 1) / 2
        self.register_buffer("modes", mode)
        self.register_buffer("weights", torch.ones(1, dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        first, rest = x[:, 0], x[:, 1:]
        spread = (rest.square().sum(1) * (-first).exp() + (self.dim - 1) * first) / 2
        return (first / STD).square() / 2 + spread + math.log(STD) + self.dim * math.log(2 * math.pi) / 2

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        noise = torch.randn(num_samples, self.dim, generator=generator, dtype=torch.float64)
        first = STD * noise[:, :1]
        return torch.cat([first, (first / 2).exp() * noise[:, 1:]], dim=1)

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """Always 1, because there is only one mode; NaN for a point that is not finite."""
        return torch.where(x.isfinite().all(1, keepdim=True), 1.0, torch.nan).to(x)

    def marginal(self) -> Funnel:
        """The first two coordinates are a funnel, too."""
        return Funnel(2)

    @property
    def box(self) -> Box:
        upper = torch.full((self.dim,), _MARGIN * math.exp(_MOUTH * STD / 2), dtype=torch.float64)
        upper[0] = _MARGIN * STD
        return Box(-upper, upper)

    @property
    def scale(self) -> float:
        """The width of the other coordinates where the first one is at its mean."""
        return 1.0


def _box_mass(dim: int) -> float:
    """The fraction of the mass in the box, by an integral over the first coordinate (in units of its standard deviation)."""
    first = torch.linspace(-_MARGIN, _MARGIN, _NODES, dtype=torch.float64)
    density = (-first.square() / 2).exp() / math.sqrt(2 * math.pi)
    reach = _MARGIN * (STD / 2 * (_MOUTH - first)).exp()
    within = (reach / math.sqrt(2)).erf() ** (dim - 1)
    return float(torch.trapezoid(density * within, first))
