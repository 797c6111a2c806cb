"""A smoothed checkerboard in the plane."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import logsigmoid

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# Half of the side of a square, and the scale of the logistic noise that smooths its edges.
HALF, SMOOTHING = 1.0, 0.1


class Checkerboard(AbstractTarget):
    """The eight dark squares of a 4 × 4 board on [−4, 4]², smoothed: a uniform point in a random square plus logistic noise.

    `ρ(x) = ⅛ Σ_k Π_i [σ((x_i − c_ki + 1)/s) − σ((x_i − c_ki − 1)/s)]/2` with the logistic function σ, the centres c_k of the squares, and
    s = 0.1. It is normalised, so `log_z = 0`. The usual checkerboard is not smoothed: its energy is infinite outside the dark squares.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dim = 2
        self.log_z = 0.0
        ticks = range(-3, 4, 2)
        dark = [(float(a), float(b)) for i, a in enumerate(ticks) for j, b in enumerate(ticks) if (i + j) % 2]
        self.register_buffer("modes", torch.tensor(dark, dtype=torch.float64))
        self.register_buffer("weights", torch.full((len(dark),), 1 / len(dark), dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        return -self._components(x).logsumexp(1)

    def _components(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The log of each square's contribution to the density, computed with `σ(u) − σ(v) = σ(u) σ(−v) (1 − e^{v−u})`."""
        away = x[:, None, :] - self.modes
        inside = logsigmoid((away + HALF) / SMOOTHING) + logsigmoid((HALF - away) / SMOOTHING)
        norm = math.log1p(-math.exp(-2 * HALF / SMOOTHING)) - math.log(2 * HALF)
        return (inside + norm).sum(2) - math.log(len(self.modes))

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        square = torch.randint(len(self.modes), (num_samples,), generator=generator)
        place, level = torch.rand(2, num_samples, 2, generator=generator, dtype=torch.float64)
        noise = torch.logit(level, eps=1e-15)
        return self.modes[square] + HALF * (2 * place - 1) + SMOOTHING * noise

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The probability that each point comes from each square."""
        return self._components(x).softmax(1)

    @property
    def box(self) -> Box:
        half = torch.full((2,), 4 * HALF + 8 * SMOOTHING, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        """The standard deviation of a uniform point in a square."""
        return HALF / math.sqrt(3)
