"""W₂², the squared Wasserstein distance of two densities: in closed form, by quantiles, or from samples with an uncertainty."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from core.reference.displacement import DisplacementLine
from core.reference.errors import UnfitDensityError
from core.targets.base import AbstractDensity
from core.targets.latent import GaussianLatent
from core.targets.many_well import ManyWell, TiltedWell
from core.targets.mixture import GaussianMixture
from core.types import Points, Vector

# Samples of each end that are matched at once, and how often.
PAIRS, DRAWS = 1000, 4
# Modes this far off a common line, for their width, count as on it.
STRAIGHT = 1e-6


@dataclass(frozen=True)
class SquaredDistance:
    """W₂² of two densities.

    Attributes:
        value: in squared units of x; NaN where it is not known.
        uncertainty: about one standard deviation, in the same units; None where no samples were drawn.
    """

    value: float
    uncertainty: float | None = None


def squared_distance(
    latent: AbstractDensity, target: AbstractDensity, seed: int = 0, pairs: int = PAIRS
) -> SquaredDistance:
    """W₂² of two densities; beyond the plane it is known in closed form or not at all, since a matching would need far too many samples.

    Args:
        latent, target: the densities.
        seed: of the samples, where any are drawn.
        pairs: samples of each density in a draw.
    """
    if (known := exact_squared_distance(latent, target)) is not None:
        return SquaredDistance(known)
    if target.dim > 2:
        return SquaredDistance(math.nan)
    return sampled_squared_distance(latent, target, seed, pairs)


def exact_squared_distance(latent: AbstractDensity, target: AbstractDensity) -> float | None:
    """W₂² without samples, as far as it is known: on the line by quantiles, beyond it as a sum over independent coordinates.

    Both densities have to be products in the same coordinates. That holds for a Gaussian latent and many wells, or equal modes
    on one line. None for other densities.
    """
    if target.dim == 1:
        return DisplacementLine(latent, target).w2_squared
    if not isinstance(latent, GaussianLatent):
        return None
    if isinstance(target, ManyWell):
        return _to_many_wells(latent, target)
    if not isinstance(target, GaussianMixture):
        return None
    try:
        return _to_equal_modes(latent, target)
    except UnfitDensityError:  # too fine for quadrature; samples do not mind
        return None


def sampled_squared_distance(
    latent: AbstractDensity, target: AbstractDensity, seed: int, pairs: int
) -> SquaredDistance:
    """W₂² from matched samples in the plane.

    The cost W(n) of an optimal matching of n samples is larger than W₂² by about c/n, and the costs of both halves of the same
    samples show how large that is: `2 W(n) − W(n/2)` is without this bias. The uncertainty adds the bias and the standard error.
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
    """As many ends as starts, joined so that the mean squared distance is least.

    Attributes:
        index: for every start its end.
        cost: that mean, in squared units of x.
        variance: of the cost, times the number of samples: the variances of both Kantorovich potentials.

    References:
        del Barrio, Loubes: Central limit theorems for empirical transportation cost in general dimension, 2019.
    """

    index: Tensor
    cost: float
    variance: float


def optimal_matching(start: Points, end: Points) -> Matching:
    """Joins samples of two densities, as many of one as of the other."""
    # The library looks for every array framework there is when it is imported; none of them is needed here.
    for framework in ("PYTORCH", "JAX", "CUPY", "TENSORFLOW"):
        os.environ.setdefault(f"POT_BACKEND_DISABLE_{framework}", "1")
    import ot

    even = np.full(len(start), 1 / len(start))
    plan, found = ot.emd(even, even, ot.dist(start.numpy(), end.numpy()), log=True)
    variance = float(found["u"].var() + found["v"].var())
    return Matching(torch.from_numpy(plan.argmax(1)), float(found["cost"]), variance)


def _to_many_wells(latent: GaussianLatent, target: ManyWell) -> float:
    """Every pair of coordinates is a tilted well and a standard Gaussian."""
    well = TiltedWell()
    wells = [
        int(count) * DisplacementLine(_on_line(latent, middle), well).w2_squared
        for middle, count in zip(*latent.center[::2].unique(return_counts=True), strict=True)
    ]
    bowls = latent.center[1::2].square() + (latent.sigma - 1) ** 2
    return float(sum(wells) + bowls.sum())


def _to_equal_modes(latent: GaussianLatent, target: GaussianMixture) -> float | None:
    """W₂² to modes of one width on one line: quantiles along it, Gaussians across. None for other mixtures."""
    width, direction = target.std[0], _common_direction(target)
    if direction is None or bool((target.std != width).any()):
        return None
    away = target.modes[0] - latent.center
    if direction.any():
        middle, places = direction @ latent.center, target.modes @ direction
        along = DisplacementLine(
            _on_line(latent, middle), GaussianMixture(places[:, None], target.std, target.weights)
        ).w2_squared
        away = away - (away @ direction) * direction
        across = target.dim - 1
    else:
        along, across = 0.0, target.dim
    return along + float(away.square().sum() + across * (width - latent.sigma).square())


def _on_line(latent: GaussianLatent, middle: Tensor) -> GaussianLatent:
    return GaussianLatent(latent.sigma, 1, middle.reshape(1))


def _common_direction(target: GaussianMixture) -> Vector | None:
    """The unit vector along which all modes lie; zero where they are one; None where they are not on one line."""
    away = target.modes - target.modes[0]
    far = away[away.norm(dim=1).argmax()]
    if not far.any():
        return far
    direction = far / far.norm()
    off = away - torch.outer(away @ direction, direction)
    return direction if bool((off.norm(dim=1) <= STRAIGHT * target.std[0]).all()) else None
