"""Gaussian mixtures with full covariances. They can be scaled and noised in closed form, which gives a curve of mixtures."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.types import Points, Values, Vector

# Points per evaluation, which bounds the memory.
_ROWS = 1000


@dataclass(frozen=True)
class Moving:
    """The numbers that define the law of `a·X + n·ξ`, with X from a mixture and ξ ~ N(0, I), for one time per point.

    Attributes:
        a, a_dt: the scale and its time derivative.
        n2, n2_dt: the variance of the noise and its time derivative.
    """

    a: Values
    a_dt: Values
    n2: Values
    n2_dt: Values


@dataclass(frozen=True)
class BlendValue:
    """A moving mixture at a batch of points.

    Attributes:
        value: log-density, in nats.
        dt: time derivative of the log-density at fixed x.
        gradient, laplacian: derivatives of the log-density by x.
        velocity, divergence: the gradient field that moves mass along the curve of mixtures, and its divergence.
    """

    value: Values
    dt: Values
    gradient: Points
    laplacian: Values
    velocity: Points
    divergence: Values


class GaussianBlend(nn.Module):
    """`q(x) = Σ_k w_k N(x; μ_k, Σ_k)`, normalised.

    Args:
        log_weight: log w_k.
        mean: μ_k.
        variance, axes: eigenvalues and eigenvectors of Σ_k.
    """

    def __init__(
        self,
        log_weight: Float[Tensor, " parts"],
        mean: Float[Tensor, "parts dim"],
        variance: Float[Tensor, "parts dim"],
        axes: Float[Tensor, "parts dim dim"],
    ) -> None:
        super().__init__()
        self.register_buffer("log_weight", log_weight)
        self.register_buffer("mean", mean)
        self.register_buffer("variance", variance)
        self.register_buffer("axes", axes)

    log_weight: Tensor
    mean: Tensor
    variance: Tensor
    axes: Tensor

    @classmethod
    def of(
        cls,
        log_weight: Float[Tensor, " parts"],
        mean: Float[Tensor, "parts dim"],
        covariance: Float[Tensor, "parts dim dim"],
    ) -> GaussianBlend:
        """A mixture from log-weights up to a constant, means and covariances."""
        return cls(log_weight - log_weight.logsumexp(0), mean, *torch.linalg.eigh(covariance))

    @property
    def covariance(self) -> Float[Tensor, "parts dim dim"]:
        return self.axes * self.variance[:, None, :] @ self.axes.mT

    def moved(self, by: Vector) -> GaussianBlend:
        """The distribution of `X + by`."""
        return GaussianBlend(self.log_weight, self.mean + by, self.variance, self.axes)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        """Independent samples."""
        which = torch.multinomial(self.log_weight.exp(), num_samples, replacement=True, generator=generator)
        noise = torch.randn(num_samples, self.mean.shape[1], generator=generator, dtype=self.mean.dtype)
        spread = self.variance[which].sqrt() * noise
        return self.mean[which] + (self.axes[which] @ spread[..., None]).squeeze(-1)

    @torch.no_grad()
    def component_log_density(self, x: Points) -> Float[Tensor, "batch parts"]:
        """`log w_k N(x; μ_k, Σ_k)` for each point and component."""
        inverse = (self.axes / self.variance[:, None, :].sqrt()).permute(1, 0, 2)
        num_parts, dim = self.mean.shape
        scaled = x @ inverse.reshape(dim, -1) - torch.einsum("kd,dke->ke", self.mean, inverse).flatten()
        squares = scaled.square().view(len(x), num_parts, dim).sum(2)
        return self.log_weight - (squares + self.variance.log().sum(1) + dim * math.log(2 * math.pi)) / 2

    def log_density(self, x: Points) -> Values:
        """log q(x)."""
        return torch.cat([self.component_log_density(part).logsumexp(1) for part in x.split(8 * _ROWS)])

    @torch.no_grad()
    def forward(self, moving: Moving, x: Points) -> BlendValue:
        """The moving mixture at points, each with its own time.

        Every component stays Gaussian, with mean `aμ_k` and covariance `a²Σ_k + n²I`, and an affine velocity v_k moves it. The velocity of
        the mixture is the mean of the v_k, weighted by the probability that the point comes from component k.
        """
        rows = (part.split(_ROWS) for part in (moving.a, moving.a_dt, moving.n2, moving.n2_dt, x))
        parts = [self._rows(*row) for row in zip(*rows, strict=True)]
        return BlendValue(*map(torch.cat, zip(*parts, strict=True)))

    def _rows(self, a: Values, a_dt: Values, n2: Values, n2_dt: Values, x: Points) -> tuple[Tensor, ...]:
        num_parts, dim = self.mean.shape
        a, a_dt, n2, n2_dt = (value[:, None, None] for value in (a, a_dt, n2, n2_dt))
        axes = self.axes.permute(1, 0, 2).reshape(dim, -1)
        middle = torch.einsum("kd,kde->ke", self.mean, self.axes)
        away = (x @ axes).view(len(x), num_parts, dim) - a * middle  # along each component's axes
        variance = a.square() * self.variance + n2
        growth = (2 * a * a_dt * self.variance + n2_dt) / (2 * variance)
        score = -away / variance
        log_part = self.log_weight - (variance.log() - score * away).sum(2) / 2
        value = log_part.logsumexp(1)
        share = (log_part - value[:, None]).exp()
        drift = a_dt * middle + growth * away
        square, divergence = score.square().sum(2), growth.sum(2)
        work = divergence + (drift * score).sum(2)
        gradient = self._mean(share, score)
        velocity = self._mean(share, drift)
        return (
            value - dim / 2 * math.log(2 * math.pi),
            -(share * work).sum(1),
            gradient,
            (share * (square - (1 / variance).sum(2))).sum(1) - gradient.square().sum(1),
            velocity,
            (share * work).sum(1) - (velocity * gradient).sum(1),
        )

    def _mean(self, share: Tensor, vectors: Tensor) -> Points:
        """The weighted mean over components of vectors that are given in each component's own axes."""
        weighted = (share[..., None] * vectors).flatten(1)
        return weighted @ self.axes.permute(0, 2, 1).reshape(weighted.shape[1], -1)


def still(like: Points) -> Moving:
    """The `Moving` that is the mixture itself (a = 1, n = 0, no motion), for as many points as `like` has."""
    zero = torch.zeros_like(like[:, 0])
    return Moving(zero + 1, zero, zero, zero)
