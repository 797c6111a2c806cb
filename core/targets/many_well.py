"""Many-well energy: independent tilted double wells, so n wells have 2ⁿ modes."""

from __future__ import annotations

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn.functional import one_hot

from core.targets.base import AbstractDensity, AbstractTarget, HasMarginal
from core.targets.inverse_cdf import InverseCdf
from core.types import Box, Points, Values

# At most this many pairs of coordinates, the first ones, distinguish modes. So there are up to 256 modes; the rarest has 3·10⁻⁷ of the mass.
MOST_RESOLVED_PAIRS = 8
# At ±REACH the density of a double well is below e^{−150}.
REACH = 4.0
# `1/√f''` at ±√3, the minima of the energy without its tilt. The tilted wells have widths 0.201 and 0.208.
WELL_WIDTH = 1 / math.sqrt(24)


def _well(x: Tensor) -> Tensor:
    return x.square() * (x.square() - 6) - x / 2


class TiltedWell(AbstractDensity):
    """The first coordinate of a pair: `f = −½x − 6x² + x⁴` on the line."""

    def __init__(self) -> None:
        super().__init__()
        self.dim = 1
        self._table = InverseCdf(_well, -REACH, REACH)
        self.log_z = self._table.log_z

    def energy(self, x: Points) -> Values:
        return _well(x[:, 0])

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        return self._table.sample(num_samples, generator)[:, None]

    @property
    def box(self) -> Box:
        ends = torch.full((1,), math.sqrt(3) + 4 * WELL_WIDTH, dtype=torch.float64)
        return Box(-ends, ends)

    @property
    def scale(self) -> float:
        return WELL_WIDTH


class ManyWell(AbstractTarget, HasMarginal):
    """`f = Σ −½x − 6x² + x⁴ + ½y²` over the pairs (x, y) of neighbouring coordinates; log Z is 10.29348 per pair.

    Each pair has two modes: the tilted double well in x has 16 % of its mass on the left, and y is a standard Gaussian.
    A mode of the full density picks a side in every pair, and its weight is the product of the sides' masses.
    With more than eight pairs, only the sides of the first eight distinguish modes. The weight of such a mode is summed over
    the sides of the other pairs, and in its position those pairs are in their heavier well.

    Args:
        dim: number of coordinates; even.

    References:
        Noé, Olsson, Köhler, Wu: Boltzmann Generators, Science 2019 (the double well).
        Midgley, Stimper, Simm, Schölkopf, Hernández-Lobato: Flow Annealed Importance Sampling Bootstrap, 2023 (many of them).
    """

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.pairs = dim // 2
        self.resolved_pairs = min(self.pairs, MOST_RESOLVED_PAIRS)
        self._table = InverseCdf(_well, -REACH, REACH)
        self.log_z = self.pairs * (self._table.log_z + math.log(2 * math.pi) / 2)
        halves = [InverseCdf(_well, *ends).log_z for ends in ((-REACH, 0.0), (0.0, REACH))]
        masses = torch.tensor(halves, dtype=torch.float64).softmax(0)
        left, _, right = np.sort(
            np.roots([4.0, 0.0, -12.0, -0.5]).real
        )  # where the slope 4x³ − 12x − ½ is zero
        self.register_buffer("wells", torch.tensor([left, right], dtype=torch.float64))
        sides = torch.cartesian_prod(*[torch.arange(2)] * self.resolved_pairs).view(-1, self.resolved_pairs)
        modes = torch.zeros(len(sides), dim, dtype=torch.float64)
        modes[:, ::2] = right
        modes[:, : 2 * self.resolved_pairs : 2] = self.wells[sides]
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
        """1 for the mode whose sides match those of the point, 0 for the others."""
        right = (x[:, : 2 * self.resolved_pairs : 2] > 0).long()
        places = 2 ** torch.arange(
            self.resolved_pairs - 1, -1, -1
        )  # the first pair varies slowest, as in `modes`
        return one_hot((right * places).sum(1), len(self.modes)).to(x.dtype)

    def marginal(self) -> ManyWell:
        """The density of the first pair of coordinates; all pairs are independent."""
        return ManyWell(2)

    @property
    def box(self) -> Box:
        left, right = self.wells
        lower, upper = self.modes.new_full((self.dim,), -4.0), self.modes.new_full((self.dim,), 4.0)
        lower[::2], upper[::2] = left - 4 * WELL_WIDTH, right + 4 * WELL_WIDTH
        return Box(lower, upper)

    @property
    def scale(self) -> float:
        """The width of a well in x, the narrow direction of a mode; the width in y is 1."""
        return WELL_WIDTH
