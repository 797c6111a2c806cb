"""Mixtures of Gaussians with full covariance matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget, HasClosedForm, HasMarginal
from core.types import Box, Derivatives, Points, Values

Covariances = Float[Tensor, "modes dim dim"]


class CovarianceMixture(AbstractTarget, HasClosedForm, HasMarginal):
    """`ρ(x) = Σ_k w_k N(x; μ_k, Σ_k)`, normalised, so `log_z = 0`.

    Args:
        means: centres μ_k.
        covariances: the matrices Σ_k, symmetric and positive definite.
        weights: positive masses w_k, normalised here to sum to one; equal if omitted.

    Raises:
        ValueError: a covariance matrix is not positive definite.
    """

    factors: Covariances

    def __init__(
        self,
        means: Float[Tensor, "modes dim"],
        covariances: Covariances,
        weights: Sequence[float] | Float[Tensor, " modes"] | None = None,
    ) -> None:
        super().__init__()
        num_modes, self.dim = means.shape
        self.log_z = 0.0
        masses = torch.ones(num_modes) if weights is None else torch.as_tensor(weights)
        factors, wrong = torch.linalg.cholesky_ex(covariances)
        if wrong.any():
            index = int(wrong.nonzero()[0])
            raise ValueError(f"The covariance of mode {index + 1} is not positive definite.")
        self.register_buffer("modes", means)
        self.register_buffer("weights", masses.to(torch.float64) / masses.sum())
        self.register_buffer("covariances", covariances)
        self.register_buffer("factors", factors)
        self.register_buffer("precisions", torch.cholesky_inverse(factors))

    covariances: Covariances
    precisions: Covariances

    def _pulled(self, x: Points) -> tuple[Float[Tensor, "batch modes"], Float[Tensor, "batch modes dim"]]:
        """The log of the weighted density of each component, and `Σ_k⁻¹ (x − μ_k)`."""
        away = x[:, None, :] - self.modes
        pulled = torch.einsum("bki,kij->bkj", away, self.precisions.to(x))
        volume = self.factors.diagonal(dim1=1, dim2=2).log().sum(1)
        norm = self.weights.log() - volume - self.dim / 2 * math.log(2 * math.pi)
        return norm.to(x) - (away * pulled).sum(2) / 2, pulled

    def energy(self, x: Points) -> Values:
        return -self._pulled(x)[0].logsumexp(1)

    def closed_form(self, x: Points) -> Derivatives:
        logs, pulled = self._pulled(x)
        share = logs.softmax(1)
        gradient = (share[:, :, None] * pulled).sum(1)
        traces = self.precisions.diagonal(dim1=1, dim2=2).sum(1).to(x)
        curvature = (share * (traces - pulled.square().sum(2))).sum(1)
        return Derivatives(-logs.logsumexp(1), gradient, curvature + gradient.square().sum(1))

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        index = torch.multinomial(self.weights, num_samples, replacement=True, generator=generator)
        noise = torch.randn(num_samples, self.dim, generator=generator, dtype=self.modes.dtype)
        x = self.modes[index]
        for mode, factor in enumerate(self.factors):
            mine = index == mode
            x[mine] += noise[mine] @ factor.T
        return x

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """Posterior probabilities of the components."""
        return self._pulled(x)[0].softmax(1)

    def marginal(self) -> CovarianceMixture:
        return CovarianceMixture(self.modes[:, :2], self.covariances[:, :2, :2], self.weights)

    @property
    def box(self) -> Box:
        margin = 4 * self.covariances.diagonal(dim1=1, dim2=2).sqrt()
        return Box((self.modes - margin).amin(0), (self.modes + margin).amax(0))

    @property
    def scale(self) -> float:
        """The mean standard deviation of a mode in its narrowest direction."""
        narrowest = torch.linalg.eigvalsh(self.covariances.to(torch.float64))[:, 0].sqrt()
        return float((self.weights * narrowest).sum())


# The random mixture: its number of modes, the standard deviation of each coordinate of their centres, and the range of variances.
NUM_MODES, SPREAD, VARIANCES = 4, 3.0, (0.25, 4.0)


def random_covariances(dim: int) -> CovarianceMixture:
    """Four Gaussians of equal weight with fixed random centres and covariances, a test in many dimensions.

    The centres are drawn from N(0, 9 I). Each covariance has eigenvalues from 0.25 to 4, evenly spaced in their logarithm, and random
    orthonormal eigenvectors.

    Args:
        dim: number of coordinates.
    """
    generator = torch.Generator().manual_seed(0)
    means = SPREAD * torch.randn(NUM_MODES, dim, generator=generator, dtype=torch.float64)
    axes = torch.linalg.qr(torch.randn(NUM_MODES, dim, dim, generator=generator, dtype=torch.float64))[0]
    low, high = (math.log(value) for value in VARIANCES)
    variances = torch.linspace(low, high, dim, dtype=torch.float64).exp()
    return CovarianceMixture(means, (axes * variances) @ axes.transpose(1, 2))


def matrices(rows: Sequence[Sequence[float]], dim: int) -> Covariances:
    """Symmetric matrices from the rows of their upper triangles, one after the other: `(a, b, c)` is `[[a, b], [b, c]]`."""
    found = torch.zeros(len(rows), dim, dim, dtype=torch.float64)
    first, second = torch.triu_indices(dim, dim)
    entries = torch.tensor(rows, dtype=torch.float64)
    found[:, first, second] = entries
    found[:, second, first] = entries
    return found
