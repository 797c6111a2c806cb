"""The latent densities ρ_Z, where every curve starts at t = 0."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractDensity, HasMarginal
from core.types import Box, Points, Values, Vector


class AbstractLatent(AbstractDensity):
    """A simple, symmetric density around a centre.

    Args:
        sigma: scale σ, in the units of x.
        dim: number of coordinates of x.
        center: centre c; the origin if omitted.
        log_z: `log ∫ e^{-energy}`, in nats.
    """

    center: Vector

    def __init__(self, sigma: float, dim: int, center: Vector | None, log_z: float) -> None:
        super().__init__()
        self.sigma = sigma
        self.dim = dim
        self.log_z = log_z
        origin = torch.zeros(dim, dtype=torch.float64)
        self.register_buffer("center", origin if center is None else center)

    def about(self, x: Float[Tensor, "*batch dim"]) -> Float[Tensor, "*batch dim"]:
        """One or more points relative to the centre, `x − c`."""
        return x - self.center.to(x)


class GaussianLatent(AbstractLatent, HasMarginal):
    """The normalised Gaussian `N(c, σ² I)`, with energy `|x − c|²/(2σ²) + dim·log(σ√(2π))`."""

    def __init__(self, sigma: float, dim: int, center: Vector | None = None) -> None:
        super().__init__(sigma, dim, center, log_z=0.0)

    def energy(self, x: Points) -> Values:
        norm = self.dim * math.log(self.sigma * math.sqrt(2 * math.pi))
        return self.about(x).square().sum(-1) / (2 * self.sigma**2) + norm

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        noise = torch.randn(num_samples, self.dim, generator=generator, dtype=self.center.dtype)
        return self.center + self.sigma * noise

    def marginal(self) -> GaussianLatent:
        return GaussianLatent(self.sigma, min(self.dim, 2), self.center[:2])

    @property
    def box(self) -> Box:
        return Box(self.center - 4 * self.sigma, self.center + 4 * self.sigma)

    @property
    def scale(self) -> float:
        return self.sigma


class LaplaceLatent(AbstractLatent):
    """The 1-D Laplace density `e^{−|x − c|/σ}` with `log_z = log 2σ`, the latent for the target `LaplacePair`."""

    def __init__(self, sigma: float, center: Vector | None = None) -> None:
        super().__init__(sigma, 1, center, log_z=math.log(2 * sigma))
        self.kinks = (float(self.center),)

    def energy(self, x: Points) -> Values:
        return self.about(x)[:, 0].abs() / self.sigma

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        u = torch.rand(num_samples, 1, generator=generator, dtype=self.center.dtype) - 0.5
        # rand can return 0 (never 1), so u = −½ is possible and would give log 0 without the clamp.
        return self.center - self.sigma * u.sign() * (1 - 2 * u.abs()).clamp_min(2.0**-53).log()

    @property
    def box(self) -> Box:
        return Box(self.center - 6 * self.sigma, self.center + 6 * self.sigma)

    @property
    def scale(self) -> float:
        return self.sigma * math.sqrt(2)
