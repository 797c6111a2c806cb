"""Concentric rings in the plane."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# Radii of the rings, and the standard deviation of the radius within a ring.
RADII, WIDTH = (1.0, 2.0, 3.0, 4.0), 0.15


class Rings(AbstractTarget):
    """The radius |x| is a mixture of `N(k, 0.15²)` for k = 1, …, 4 with equal weights; the angle is uniform.

    `f(x) = −log Σ_k N(|x|; k, 0.15²) + log 4 + log 2π|x|`, so `log_z = 0` up to the mass 10⁻¹¹ that the Gaussians have at negative radii.
    The modes are the four rings. The position of a mode is the point where its ring crosses the positive first axis.

    References:
        Noble, Grenioux, Gabrié, Durmus: Learned Reference-based Diffusion Sampling, ICLR 2025.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dim = 2
        self.log_z = 0.0
        radii = torch.tensor(RADII, dtype=torch.float64)
        self.register_buffer("radii", radii)
        self.register_buffer("modes", torch.stack([radii, torch.zeros_like(radii)], dim=1))
        self.register_buffer("weights", torch.full((len(RADII),), 1 / len(RADII), dtype=torch.float64))

    radii: Float[Tensor, " modes"]

    def energy(self, x: Points) -> Values:
        radius = _radius(x)
        return (2 * math.pi * radius).log() - self._components(radius).logsumexp(1)

    def _components(self, radius: Values) -> Float[Tensor, "batch modes"]:
        """`log ¼ N(r; k, 0.15²)`."""
        norm = math.log(len(RADII) * WIDTH * math.sqrt(2 * math.pi))
        return -((radius[:, None] - self.radii) / WIDTH).square() / 2 - norm

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        ring = torch.randint(len(RADII), (num_samples,), generator=generator)
        noise = torch.randn(num_samples, generator=generator, dtype=torch.float64)
        angle = 2 * math.pi * torch.rand(num_samples, generator=generator, dtype=torch.float64)
        radius = self.radii[ring] + WIDTH * noise
        return radius[:, None] * torch.stack([angle.cos(), angle.sin()], dim=1)

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The probability that each point belongs to each ring."""
        return self._components(_radius(x)).softmax(1)

    @property
    def box(self) -> Box:
        half = torch.full((2,), RADII[-1] + 4 * WIDTH, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        return WIDTH


def _radius(x: Points) -> Values:
    # The offset keeps the logarithm and the derivative of the square root finite at the origin.
    return (x.square().sum(1) + 1e-12).sqrt()
