"""Mixtures of isotropic Gaussians, and the targets built from them: pairs, a ring, GMM-40."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from jaxtyping import Float
from torch import Tensor

from core.targets.base import AbstractTarget, HasClosedForm, HasMarginal
from core.targets.covariances import CovarianceMixture, matrices
from core.types import Box, Derivatives, Points, Values, Vector

# Largest number of entries of a (points, modes) table: 8 MB in float64. A few such tables exist at a time.
BLOCK = 2**20


class GaussianMixture(AbstractTarget, HasClosedForm, HasMarginal):
    """`ρ(x) = Σ_k w_k N(x; μ_k, s_k² I)`, normalised, so `log_z = 0`.

    Args:
        means: centres μ_k.
        std: one standard deviation s for all modes, or one per mode.
        weights: positive masses w_k, normalised here to sum to one; equal if omitted.
    """

    def __init__(
        self,
        means: Sequence[Sequence[float]] | Float[Tensor, "modes dim"],
        std: float | Sequence[float] | Float[Tensor, " modes"],
        weights: Sequence[float] | Float[Tensor, " modes"] | None = None,
    ) -> None:
        super().__init__()
        centres = torch.as_tensor(means, dtype=torch.float64)
        num_modes = len(centres)
        masses = torch.ones(num_modes) if weights is None else torch.as_tensor(weights)
        masses = masses.to(torch.float64)
        widths = torch.as_tensor(std, dtype=torch.float64).expand(num_modes).clone()
        self.register_buffer("modes", centres)
        self.register_buffer("weights", masses / masses.sum())
        self.register_buffer("std", widths)
        self.dim = centres.shape[1]
        self.log_z = 0.0

    std: Float[Tensor, " modes"]

    def energy(self, x: Points) -> Values:
        return -self._in_blocks(lambda part: self.component_log_prob(part).logsumexp(-1), x)

    def closed_form(self, x: Points) -> Derivatives:
        one = torch.ones_like(x[:, 0])
        found = self.noised_log_density(x, one, torch.zeros_like(one))
        return Derivatives(-found.value, -found.gradient, -found.laplacian)

    def _in_blocks(self, formula: Callable[..., Tensor], x: Points) -> Tensor:
        """Apply a formula in batches, so that no (points, modes) table exceeds `BLOCK` entries."""
        return torch.cat([formula(part) for part in x.split(self.rows)])

    @property
    def rows(self) -> int:
        """Number of points in one block."""
        return max(BLOCK // len(self.modes), 1)

    def component_log_prob(self, x: Points) -> Float[Tensor, "batch modes"]:
        """`log w_k N(x; μ_k, s_k² I)`."""
        norm = self.weights.log() - self.dim * (self.std * math.sqrt(2 * math.pi)).log()
        return norm - _squared_distances(x, self.modes) / (2 * self.std.square())

    def moved(self, by: Vector) -> GaussianMixture:
        """The distribution of `X + by` for X from this mixture."""
        return GaussianMixture(self.modes + by, self.std, self.weights)

    def noised(self, shrink: float, noise: float) -> GaussianMixture:
        """The distribution of `shrink·X + noise·ξ` for X from this mixture and ξ ~ N(0, I)."""
        std = (shrink**2 * self.std.square() + noise**2).sqrt()
        return GaussianMixture(shrink * self.modes, std, self.weights)

    def noised_log_density(self, x: Points, shrink: Values, noise: Values) -> Derivatives:
        """Log-density, score and Laplacian of `noised` in closed form, with one `shrink` and one `noise` per point."""
        rows = zip(*(values.split(self.rows) for values in (x.detach(), shrink, noise)), strict=True)
        parts = [self._noised_log_density(*row) for row in rows]
        return Derivatives(*(torch.cat(part) for part in zip(*parts, strict=True)))

    def _noised_log_density(self, x: Points, shrink: Values, noise: Values) -> tuple[Values, Points, Values]:
        """`noised_log_density` for the points of one block.

        The score is found by differentiating through the distances. So the differences `x − μ_k` are not stored, and no accuracy is lost to
        cancellation, as it would be if a matrix product computed the distances.
        """
        variance = (shrink.square()[:, None] * self.std.square()) + noise.square()[:, None]
        norm = self.weights.log() - self.dim / 2 * (2 * math.pi * variance).log()
        with torch.enable_grad():
            x = x.requires_grad_()
            squared = shrink.square()[:, None] * _distances(x / shrink[:, None], self.modes).square()
            components = norm - squared / (2 * variance)
            log_density = components.logsumexp(-1)
            (score,) = torch.autograd.grad(log_density.sum(), x)
        components, squared, log_density = components.detach(), squared.detach(), log_density.detach()
        share = (components - log_density[:, None]).exp()
        curvature = (share * (squared / variance - self.dim) / variance).sum(-1)
        return log_density, score, curvature - score.square().sum(-1)

    def sample(self, num_samples: int, generator: torch.Generator) -> Points:
        index = torch.multinomial(self.weights, num_samples, replacement=True, generator=generator)
        noise = torch.randn(num_samples, self.dim, generator=generator, dtype=self.modes.dtype)
        return self.modes[index] + self.std[index, None] * noise

    def responsibilities(self, x: Points) -> Float[Tensor, "batch modes"]:
        """Posterior probabilities of the components."""
        return self._in_blocks(lambda part: self.component_log_prob(part).softmax(-1), x)

    def marginal(self) -> GaussianMixture:
        return GaussianMixture(self.modes[:, :2], self.std, self.weights)

    @property
    def box(self) -> Box:
        margin = 4 * self.std[:, None]
        return Box((self.modes - margin).amin(0), (self.modes + margin).amax(0))

    @property
    def scale(self) -> float:
        return float((self.weights * self.std).sum())


def _distances(x: Points, modes: Float[Tensor, "modes dim"]) -> Float[Tensor, "batch modes"]:
    """`|x − μ_k|` without the (batch, modes, dim) differences in memory. Differentiable once."""
    dtype = torch.promote_types(x.dtype, modes.dtype)
    return torch.cdist(x.to(dtype), modes.to(dtype), compute_mode="donot_use_mm_for_euclid_dist")


def _squared_distances(x: Points, modes: Float[Tensor, "modes dim"]) -> Float[Tensor, "batch modes"]:
    """`|x − μ_k|²`. If gradients are needed, a table of all differences `x − μ_k` is built, because it has second derivatives."""
    if torch.is_grad_enabled() and x.requires_grad:
        return (x[:, None, :] - modes).square().sum(-1)
    return _distances(x, modes).square()


def mixture(
    means: Sequence[Sequence[float]],
    std: float | Sequence[float],
    weights: Sequence[float] | None,
    cov: Sequence[Sequence[float]] | None = None,
) -> GaussianMixture | CovarianceMixture:
    """Any mixture of Gaussians, in any dimension.

    Args:
        means: centres of the modes.
        std: one standard deviation for all modes, or one per mode; ignored if covariances are given.
        weights: masses of the modes, up to a common factor; equal if None.
        cov: the upper triangle of each mode's covariance matrix, row by row, or one for all modes; None for isotropic modes.
    """
    if cov is None:
        return GaussianMixture(means, std, weights)
    centres = torch.as_tensor(means, dtype=torch.float64)
    covariances = matrices(cov, centres.shape[1]).expand(len(centres), -1, -1)
    return CovarianceMixture(centres, covariances, weights)


def two_modes(
    mode_separation: float, std: float, weights: Sequence[float] | None, dim: int
) -> GaussianMixture:
    """Two modes on the first axis, `mode_separation` apart, centred at the origin."""
    means = torch.zeros(2, dim, dtype=torch.float64)
    means[:, 0] = torch.tensor([-0.5, 0.5], dtype=torch.float64) * mode_separation
    return GaussianMixture(means, std, weights)


def shifted_pair(
    mode_separation: float, std: float, weights: Sequence[float] | None, dim: int
) -> GaussianMixture:
    """Two modes on the first axis, one at the origin and the other `mode_separation` away.

    A narrow latent at the origin then has all of its mass near one mode.
    """
    means = torch.zeros(2, dim, dtype=torch.float64)
    means[1, 0] = mode_separation
    return GaussianMixture(means, std, weights)


def ring(
    num_modes: int, mode_separation: float, std: float, weights: Sequence[float] | None
) -> GaussianMixture:
    """Modes on a circle around the origin, starting on the first axis; neighbours are `mode_separation` apart."""
    radius = mode_separation / (2 * math.sin(math.pi / num_modes))
    angles = 2 * math.pi / num_modes * torch.arange(num_modes, dtype=torch.float64)
    means = radius * torch.stack([angles.cos(), angles.sin()], dim=1)
    return GaussianMixture(means, std, weights)


def gmm40() -> GaussianMixture:
    """GMM-40: forty modes of equal weight in [−40, 40]², each with standard deviation softplus(1) ≈ 1.3133.

    This is the version in the code of the samplers FAB and iDEM. Some publications use standard deviation 1 or variance 1.3133 instead.

    References:
        Midgley, Stimper, Simm, Schölkopf, Hernández-Lobato: Flow Annealed Importance Sampling Bootstrap, 2023.
    """
    # Reproduces the published means, which were drawn in float32 with seed 0.
    unit = torch.rand(40, 2, generator=torch.Generator().manual_seed(0))
    return GaussianMixture((unit - 0.5) * 80, math.log1p(math.e))


def gmm25() -> GaussianMixture:
    """25-GMM: a 5 × 5 grid of equal Gaussians, 5 apart, with variance 0.3.

    References:
        Zhang, Chen: Path Integral Sampler, ICLR 2022 (a smaller grid of modes; later work uses 25).
    """
    ticks = torch.arange(-10, 11, 5, dtype=torch.float64)
    return GaussianMixture(torch.cartesian_prod(ticks, ticks), math.sqrt(0.3))


def shifted_ring(mode_separation: float, shift: float) -> GaussianMixture:
    """Eight modes on a circle whose centre is `shift` away on the first axis, so that no mode is near a latent at the origin.

    The standard deviation is 0.7, and neighbours are `mode_separation` apart.
    """
    return ring(8, mode_separation, 0.7, None).moved(torch.tensor([shift, 0.0], dtype=torch.float64))


def few_modes(dim: int) -> GaussianMixture:
    """Four unit Gaussians of weights 0.1, 0.2, 0.3 and 0.4 in many dimensions, with fixed centres drawn uniformly from [−3, 3]^dim."""
    unit = torch.rand(4, dim, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    return GaussianMixture(6 * unit - 3, 1.0, [1.0, 2.0, 3.0, 4.0])


def asymmetric_gmm(mode_separation: float) -> GaussianMixture:
    """`⅓ N((4, 4), I) + ⅔ N((−s, −s), I)` with s = `mode_separation`; the published value is s = 8.

    References:
        Máté, Fleuret: Learning Interpolations between Boltzmann Densities, TMLR 2023.
    """
    s = mode_separation
    return GaussianMixture([[4.0, 4.0], [-s, -s]], 1.0, [1.0, 2.0])
