"""A Gaussian in the plane that is bent into a banana."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# Standard deviation of the first coordinate.
STD = 2.0


class Banana(AbstractTarget):
    """`x₁ ~ N(0, 4)` and `x₂ ~ N(b (x₁² − 4), 1)`; normalised, so `log_z = 0`.

    Args:
        bend: curvature b.

    References:
        Haario, Saksman, Tamminen: Adaptive proposal distribution for random walk Metropolis algorithm, 1999.
    """

    def __init__(self, bend: float) -> None:
        super().__init__()
        self.dim = 2
        self.log_z = 0.0
        self.bend = bend
        self.register_buffer("modes", torch.tensor([[0.0, -bend * STD**2]], dtype=torch.float64))
        self.register_buffer("weights", torch.ones(1, dtype=torch.float64))

    def _middle(self, first: Values) -> Values:
        return self.bend * (first.square() - STD**2)

    def energy(self, x: Points) -> Values:
        across = (x[:, 1] - self._middle(x[:, 0])).square()
        return ((x[:, 0] / STD).square() + across) / 2 + math.log(2 * math.pi * STD)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        noise = torch.randn(num_samples, 2, generator=generator, dtype=torch.float64)
        first = STD * noise[:, 0]
        return torch.stack([first, self._middle(first) + noise[:, 1]], dim=1)

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """Always 1, because there is only one mode; NaN for a point that is not finite."""
        return torch.where(x.isfinite().all(1, keepdim=True), 1.0, torch.nan).to(x)

    @property
    def box(self) -> Box:
        reach = torch.tensor([0.0, 4 * STD], dtype=torch.float64)
        low, high = self._middle(reach).sort().values
        lower, upper = torch.stack([-reach[1], low - 4]), torch.stack([reach[1], high + 4])
        return Box(lower, upper)

    @property
    def scale(self) -> float:
        """The width across the banana, at its mode."""
        return 1.0
