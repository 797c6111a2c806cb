"""A symmetric double well on the line with a quartic energy."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.targets.inverse_cdf import InverseCdf
from core.types import Box, Points, Values


class DoubleWell(AbstractTarget):
    """`f(x) = (x² − (m/2)²)²` on the line: wells at ±m/2, separated by a barrier of (m/2)⁴ nats.

    Args:
        mode_separation: distance m > 0 between the wells.
    """

    def __init__(self, mode_separation: float) -> None:
        super().__init__()
        self.well = float(mode_separation) / 2
        self.dim = 1
        reach = self.well + 3.0
        self._table = InverseCdf(self._energy, -reach, reach)
        self.log_z = self._table.log_z
        self.register_buffer("modes", torch.tensor([[-self.well], [self.well]], dtype=torch.float64))
        self.register_buffer("weights", torch.full((2,), 0.5, dtype=torch.float64))

    def _energy(self, x: Tensor) -> Tensor:
        return (x.square() - self.well**2).square()

    def energy(self, x: Points) -> Values:
        return self._energy(x[:, 0])

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self._table.sample(num_samples, generator)[:, None]

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the nearer well, 0 for the other. The density is symmetric, so each half of the line contains half of the mass."""
        right = (x[:, 0] > 0).to(x.dtype)
        return torch.stack([1 - right, right], dim=1)

    @property
    def box(self) -> Box:
        margin = 4 * self.scale
        return Box(self.modes[0] - margin, self.modes[1] + margin)

    @property
    def scale(self) -> float:
        """`1/√(2m²)`, the standard deviation implied by the curvature at the bottom of a well; at most ½."""
        return min(0.5, 1 / (2**1.5 * self.well))
