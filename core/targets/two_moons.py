"""Two crescents in the plane: a smooth target that is not a Gaussian mixture."""

from __future__ import annotations

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget
from core.types import Box, Points, Values

# Radius and width of the ring, and the width in x₁ of the factor that restricts it to each crescent.
RADIUS, WIDTH, REACH = 2.0, 0.2, 0.3


class TwoMoons(AbstractTarget):
    """A ring of radius 2 and width 0.2, restricted to two crescents near x₁ = ±2.

    `f(x) = ½((|x| − 2)/0.2)² − log Σ_± exp(−½((x₁ ± 2)/0.3)²)`

    References:
        Rezende, Mohamed: Variational Inference with Normalizing Flows, ICML 2015, Table 1.
    """

    def __init__(self) -> None:
        super().__init__()
        self.dim = 2
        self.log_z = 0.8042144486  # by quadrature on 4001² points
        self.register_buffer("modes", torch.tensor([[-RADIUS, 0.0], [RADIUS, 0.0]], dtype=torch.float64))
        self.register_buffer("weights", torch.full((2,), 0.5, dtype=torch.float64))

    def energy(self, x: Points) -> Values:
        # The offset keeps the derivative of the square root finite at the origin.
        radius = (x.square().sum(-1) + 1e-12).sqrt()
        return ((radius - RADIUS) / WIDTH).square() / 2 - self._sides(x).logsumexp(-1)

    def _sides(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The log of the factor that restricts the ring to each crescent."""
        return -((x[:, :1] - self.modes[:, 0]) / REACH).square() / 2

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Exact samples by rejection: draw a radius and an angle, and accept in proportion to the radius times the factors of the crescents."""
        kept: list[Tensor] = []
        highest = RADIUS + 8 * WIDTH
        while sum(map(len, kept)) < num_samples:
            radius = RADIUS + WIDTH * torch.randn(4 * num_samples, generator=generator, dtype=torch.float64)
            angle, level = torch.rand(2, len(radius), generator=generator, dtype=torch.float64)
            angle = 2 * torch.pi * angle
            x = torch.stack([radius * angle.cos(), radius * angle.sin()], dim=1)
            share = radius / highest * self._sides(x).exp().sum(1) / 1.0001
            kept.append(x[(radius > 0) & (level < share)])
        return torch.cat(kept)[:num_samples]

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """The fraction of the density at each point that comes from each crescent."""
        return self._sides(x).softmax(-1)

    @property
    def box(self) -> Box:
        half = torch.full((2,), RADIUS + 4 * WIDTH, dtype=torch.float64)
        return Box(-half, half)

    @property
    def scale(self) -> float:
        return WIDTH
