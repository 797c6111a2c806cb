"""The Laplace pair: a 1-D density with two equal cusps."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values


class LaplacePair(AbstractTarget):
    """`ρ(x) ∝ exp(−2 min(|x|, |x − m|))` on the line, with `log_z = log(2 − e^{−m})`.

    Args:
        mode_separation: distance m ≥ 0 between the cusps, which lie at 0 and m.

    References:
        Chemseddine, Wald, Duong, Steidl: Neural Sampling from Boltzmann Densities, ICLR 2025, Figures 1, 2 and 4.
    """

    def __init__(self, mode_separation: float) -> None:
        super().__init__()
        m = float(mode_separation)
        self.mode_separation = m
        self.dim = 1
        self.log_z = math.log(2 - math.exp(-m))
        self.kinks = (0.0, m / 2, m)
        self.register_buffer("modes", torch.tensor([[0.0], [m]], dtype=torch.float64))
        self.register_buffer("weights", torch.full((2,), 0.5, dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        return 2 * torch.minimum(x[:, 0].abs(), (x[:, 0] - self.mode_separation).abs())

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Exact samples: the inverse CDF of the left half, mirrored with probability ½."""
        u, side = torch.rand(2, num_samples, generator=generator, dtype=torch.float64)
        u = u * (1 - 0.5 * math.exp(-self.mode_separation))
        left = torch.where(u < 0.5, (2 * u).log() / 2, -(2 * (1 - u)).log() / 2)
        return torch.where(side < 0.5, left, self.mode_separation - left)[:, None]

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """1 for the nearer cusp, 0 for the other. The density is symmetric, so each half of the line contains half of the mass."""
        right = (x[:, 0] > self.mode_separation / 2).to(x.dtype)
        return torch.stack([1 - right, right], dim=1)

    @property
    def box(self) -> Box:
        return Box(self.modes[0] - 4.0, self.modes[1] + 4.0)

    @property
    def scale(self) -> float:
        return math.sqrt(0.5)  # the standard deviation of a Laplace density e^{−2|x|}
