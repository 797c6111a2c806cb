"""The squared Wasserstein distance W₂² between two densities: in closed form, by quantiles, or from samples with an uncertainty."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.reference.collinear import common_direction
from core.reference.displacement import DisplacementLine
from core.reference.errors import UnfitDensityError
from core.targets.base import AbstractDensity, AbstractEnergy
from core.targets.latent import GaussianLatent
from core.targets.many_well import ManyWell, TiltedWell
from core.targets.mixture import GaussianMixture
from core.types import Points

# Samples of each density in one matching, and the number of matchings.
PAIRS, DRAWS = 1000, 4


@dataclass(frozen=True)
class SquaredDistance:
    """W₂² between two densities.

    Attributes:
        value: W₂² in squared units of x; NaN if unknown.
        uncertainty: about one standard deviation, in the same units; None if no samples were used.
    """

    value: float
    uncertainty: float | None = None


def squared_distance(
    latent: AbstractDensity, target: AbstractEnergy, seed: int = 0, pairs: int = PAIRS
) -> SquaredDistance:
    """W₂² between two densities: exact where a formula is known, otherwise from samples in up to two dimensions.

    In more than two dimensions without a formula the value is NaN, since a matching would need far too many samples.

    Args:
        latent, target: the densities.
        seed: seed of the samples, if any are drawn.
        pairs: number of samples of each density in one matching.
    """
    if (known := exact_squared_distance(latent, target)) is not None:
        return SquaredDistance(known)
    if target.dim > 2 or not isinstance(target, AbstractDensity):
        return SquaredDistance(math.nan)
    return sampled_squared_distance(latent, target, seed, pairs)


def exact_squared_distance(latent: AbstractDensity, target: AbstractEnergy) -> float | None:
    """W₂² without samples: by quantiles in 1-D, as a sum over independent coordinates in more dimensions; None if neither applies.

    The sum requires both densities to be products in the same coordinates. This holds for a Gaussian latent with many wells or with
    collinear modes of equal width.
    """
    if target.dim == 1 and isinstance(target, AbstractDensity):
        return DisplacementLine.of(latent, target).w2_squared
    if not isinstance(latent, GaussianLatent):
        return None
    if isinstance(target, ManyWell):
        return _to_many_wells(latent, target)
    if not isinstance(target, GaussianMixture):
        return None
    try:
        return _to_equal_modes(latent, target)
    except UnfitDensityError:  # too fine for quadrature; sampling still works
        return None


def sampled_squared_distance(
    latent: AbstractDensity, target: AbstractDensity, seed: int, pairs: int
) -> SquaredDistance:
    """W₂² from matched samples in 2-D, with its bias removed.

    The cost W(n) of an optimal matching of n samples exceeds W₂² by about c/n. Matching both halves of the same samples gives
    W(n/2), and `2 W(n) − W(n/2)` cancels this bias. The uncertainty combines the bias and the standard error.
    """
    generator = torch.Generator().manual_seed(seed)
    found = []
    for _ in range(DRAWS):
        start, end = latent.sample(pairs, generator), target.sample(pairs, generator)
        whole = optimal_matching(start, end)
        halves = [optimal_matching(*both).cost for both in zip(start.chunk(2), end.chunk(2), strict=True)]
        found.append((whole.cost, sum(halves) / 2, whole.variance))
    cost, half_cost, variance = torch.tensor(found, dtype=torch.float64).mean(0).tolist()
    uncertainty = math.hypot(half_cost - cost, math.sqrt(variance / (pairs * DRAWS)))
    return SquaredDistance(max(2 * cost - half_cost, 0.0), uncertainty)


@dataclass(frozen=True, eq=False)
class Matching:
    """A one-to-one matching of equally many start and end points with the least mean squared distance.

    Attributes:
        index: for each start point, the index of its end point.
        cost: the mean squared distance, in squared units of x.
        variance: the variance of the cost times the number of samples: the sum of the variances of both Kantorovich potentials.

    References:
        del Barrio, Loubes: Central limit theorems for empirical transportation cost in general dimension, 2019.
    """

    index: Tensor
    cost: float
    variance: float


def optimal_matching(start: Points, end: Points) -> Matching:
    """Match equally many samples of two densities, (pairs, dim) each, so that the mean squared distance is least."""
    # On import, POT (`ot`) loads every array framework that it finds. These settings prevent it, since none of them is needed.
    for framework in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")
    import ot

    even = np.full(len(start), 1 / len(start))
    plan, found = ot.emd(even, even, ot.dist(start.numpy(), end.numpy()), log=True)
    variance = float(found["u"].var() + found["v"].var())
    return Matching(torch.from_numpy(plan.argmax(1)), float(found["cost"]), variance)


def _to_many_wells(latent: GaussianLatent, target: ManyWell) -> float:
    """W₂² to many wells, whose coordinates alternate between a tilted double well and a standard Gaussian."""
    well = TiltedWell()
    wells = [
        int(count) * DisplacementLine.of(_on_line(latent, middle), well).w2_squared
        for middle, count in zip(*latent.center[::2].unique(return_counts=True), strict=True)
    ]
    bowls = latent.center[1::2].square() + (latent.sigma - 1) ** 2
    return float(sum(wells) + bowls.sum())


def _to_equal_modes(latent: GaussianLatent, target: GaussianMixture) -> float | None:
    """W₂² to collinear modes of equal width: quantiles along their line, Gaussians across it. None for other mixtures."""
    width, direction = target.std[0], common_direction(target)
    if direction is None:
        return None
    away = target.modes[0] - latent.center
    if direction.any():
        middle, places = direction @ latent.center, target.modes @ direction
        along = DisplacementLine.of(
            _on_line(latent, middle), GaussianMixture(places[:, None], target.std, target.weights)
        ).w2_squared
        away = away - (away @ direction) * direction
        across = target.dim - 1
    else:
        along, across = 0.0, target.dim
    return along + float(away.square().sum() + across * (width - latent.sigma).square())


def _on_line(latent: GaussianLatent, middle: Tensor) -> GaussianLatent:
    return GaussianLatent(latent.sigma, 1, middle.reshape(1))
