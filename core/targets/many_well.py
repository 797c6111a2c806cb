"""Many wells: independent double wells side by side, so the number of modes grows as two to the power of their number."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from core.targets.base import AbstractTarget
from core.targets.inverse_cdf import InverseCdf
from core.types import Box, Points, Values

# Modes are told apart in at most this many pairs: 256 modes, of which the rarest holds 3·10⁻⁷ of the mass.
MOST_TOLD_APART = 8
# At ±REACH the density of a double well is below e^{−150}.
REACH = 4.0
# The width of a well at ±√3, where the wells would be without the tilt: `1/√f''`. It is 0.201 and 0.208 in the two wells.
WELL_WIDTH = 1 / math.sqrt(24)


def _well(x: Tensor) -> Tensor:
    return x.square() * (x.square() - 6) - x / 2


class ManyWell(AbstractTarget):
    """`f = Σ −½x − 6x² + x⁴ + ½y²` over the pairs (x, y) of neighbouring coordinates; log Z is 10.29348 a pair.

    Each pair has two modes: the tilted double well in x has 16 % of its mass on the left, and y is a standard Gaussian.
    The modes of the whole are all combinations of sides, their weights products. With more than eight pairs, a mode is a
    combination of sides of the first eight: its weight is summed over the sides of the others, and its place has those in
    their heavier well.

    Args:
        dim: number of coordinates, even.

    References:
        Noé, Olsson, Köhler, Wu: Boltzmann Generators, Science 2019 (the double well).
        Midgley, Stimper, Simm, Schölkopf, Hernández-Lobato: Flow Annealed Importance Sampling Bootstrap, 2023 (many of them).
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.pairs = dim // 2
        self.told_apart = min(self.pairs, MOST_TOLD_APART)
        self._table = InverseCdf(_well, -REACH, REACH)
        self.log_z = self.pairs * (self._table.log_z + math.log(2 * math.pi) / 2)
        halves = [InverseCdf(_well, *ends).log_z for ends in ((-REACH, 0.0), (0.0, REACH))]
        masses = torch.tensor(halves, dtype=torch.float64).softmax(0)
        left, _, right = np.sort(
            np.roots([4.0, 0.0, -12.0, -0.5]).real
        )  # where the slope 4x³ − 12x − ½ is zero
        self.register_buffer("wells", torch.tensor([left, right], dtype=torch.float64))
        sides = torch.cartesian_prod(*[torch.arange(2)] * self.told_apart).view(-1, self.told_apart)
        modes = torch.zeros(len(sides), dim, dtype=torch.float64)
        modes[:, ::2] = right
        modes[:, : 2 * self.told_apart : 2] = self.wells[sides]
        self.register_buffer("modes", modes)
        self.register_buffer("weights", masses[sides].prod(1))

    wells: Float[Tensor, " 2"]

    def energy(self, x: Points) -> Values:
        return (_well(x[:, ::2]) + x[:, 1::2].square() / 2).sum(1)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        wells = self._table.sample(num_samples * self.pairs, generator)
        bowls = torch.randn(num_samples * self.pairs, generator=generator, dtype=torch.float64)
        return torch.stack([wells, bowls], dim=1).view(num_samples, self.dim)

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """One for the combination of sides that a point is on."""
        right = (x[:, : 2 * self.told_apart : 2] > 0).long()
        places = 2 ** torch.arange(self.told_apart - 1, -1, -1)  # the first pair turns slowest, as in `modes`
        return one_hot((right * places).sum(1), len(self.modes)).to(x.dtype)

    def marginal(self) -> ManyWell:
        """The first pair alone: the pairs are independent."""
        return ManyWell(2)

    @property
    def box(self) -> Box:
        left, right = self.wells
        lower, upper = self.modes.new_full((self.dim,), -4.0), self.modes.new_full((self.dim,), 4.0)
        lower[::2], upper[::2] = left - 4 * WELL_WIDTH, right + 4 * WELL_WIDTH
        return Box(lower, upper)

    @property
    def scale(self) -> float:
        """The width across a well, the narrower of a mode's two; along y it is 1."""
        return WELL_WIDTH
