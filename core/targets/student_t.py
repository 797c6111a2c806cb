"""A mixture of Student-t distributions in the plane: modes with heavy tails."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# The modes are the corners of a square with this half-side.
CORNER = 5.0
# The box leaves out at most this fraction of each mode's mass.
OUTSIDE = 2e-3
# Directions of the integral for the mass in the box.
_DIRECTIONS = 4000


class StudentMixture(AbstractTarget):
    """`ρ(x) = ¼ Σ_k (1/2π) (1 + |x − μ_k|²/ν)^{−(ν+2)/2}` with μ_k = (±5, ±5); normalised, so `log_z = 0`.

    The energy grows only like a logarithm. The box holds at least 99.8 % of the mass.

    Args:
        degrees: degrees of freedom ν; the tails become heavier as ν falls.
    """

    def __init__(self, degrees: float) -> None:
        super().__init__()
        self.dim = 2
        self.log_z = 0.0
        self.degrees = degrees
        corners = torch.cartesian_prod(*[torch.tensor([-CORNER, CORNER], dtype=torch.float64)] * 2)
        self.register_buffer("modes", corners)
        self.register_buffer("weights", torch.full((4,), 0.25, dtype=torch.float64))
        self.box_mass = self._box_mass()

    def energy(self, x: Points) -> Values:
        return -self._components(x).logsumexp(1)

    def _components(self, x: Points) -> Float[Tensor, "batch modes"]:
        squared = (x[:, None, :] - self.modes).square().sum(2)
        return -(self.degrees + 2) / 2 * (squared / self.degrees).log1p() - math.log(8 * math.pi)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Exact samples: in the plane the radius has a distribution function that can be inverted."""
        mode = torch.randint(4, (num_samples,), generator=generator)
        beyond, angle = torch.rand(2, num_samples, generator=generator, dtype=torch.float64)
        radius = self._radius(1 - beyond)  # rand can return 0, never 1
        angle = 2 * math.pi * angle
        return self.modes[mode] + radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)

    def _radius(self, beyond: Tensor) -> Tensor:
        """The radius beyond which a mode has a given fraction of its mass, `(1 + r²/ν)^{−ν/2}`."""
        return (self.degrees * (beyond ** (-2 / self.degrees) - 1)).sqrt()

    def _box_mass(self) -> float:
        """The fraction of the mass in the box, by symmetry that of one mode: the mean over all directions of the mass up to its faces."""
        angle = torch.linspace(0, 2 * math.pi, _DIRECTIONS + 1, dtype=torch.float64)[:-1]
        along = torch.stack([angle.cos(), angle.sin()], 1)
        faces = torch.where(along > 0, self.box.upper, self.box.lower) - self.modes[0]
        reach = (faces / along).amin(1)
        return 1 - float((1 + reach.square() / self.degrees).pow(-self.degrees / 2).mean())

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """Posterior probabilities of the components."""
        return self._components(x).softmax(1)

    @property
    def box(self) -> Box:
        reach = float(self._radius(torch.tensor(OUTSIDE, dtype=torch.float64)))
        half = torch.full((2,), CORNER + reach, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        return 1.0
