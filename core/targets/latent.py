"""The latent densities ρ_Z that a curve starts from at time 0."""

from __future__ import annotations

import math

import torch

from core.targets.base import AbstractDensity
from core.types import Box, Points, Values


class GaussianLatent(AbstractDensity):
    """`N(0, σ² I)`, normalised: its energy is `|x|²/(2σ²) + dim·log(σ√(2π))`."""

    def __init__(self, sigma: float, dim: int) -> None:
        super().__init__()
        self.sigma = sigma
        self.dim = dim
        self.log_z = 0.0
        self.register_buffer("origin", torch.zeros(dim, dtype=torch.float64))

    origin: torch.Tensor

    def energy(self, x: Points) -> Values:
        norm = self.dim * math.log(self.sigma * math.sqrt(2 * math.pi))
        return x.square().sum(-1) / (2 * self.sigma**2) + norm

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        noise = torch.randn(num_samples, self.dim, generator=generator, dtype=self.origin.dtype)
        return self.sigma * noise

    @property
    def box(self) -> Box:
        return Box(self.origin - 4 * self.sigma, self.origin + 4 * self.sigma)

    @property
    def scale(self) -> float:
        return self.sigma


class LaplaceLatent(AbstractDensity):
    """`e^{−|x|/σ}` on the line, with `log_z = log 2σ`: the latent of the paper's Laplace example."""

    kinks = (0.0,)

    def __init__(self, sigma: float) -> None:
        super().__init__()
        self.sigma = sigma
        self.dim = 1
        self.log_z = math.log(2 * sigma)
        self.register_buffer("origin", torch.zeros(1, dtype=torch.float64))

    origin: torch.Tensor

    def energy(self, x: Points) -> Values:
        return x[:, 0].abs() / self.sigma

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        u = torch.rand(num_samples, 1, generator=generator, dtype=self.origin.dtype) - 0.5
        # 1 − 2|u| lies in (0, 1]: rand never returns 1, but u = −½ is possible and would give log 0.
        return -self.sigma * u.sign() * (1 - 2 * u.abs()).clamp_min(2.0**-53).log()

    @property
    def box(self) -> Box:
        return Box(self.origin - 6 * self.sigma, self.origin + 6 * self.sigma)

    @property
    def scale(self) -> float:
        return self.sigma * math.sqrt(2)
