"""The bandwidth of a kernel density, chosen from the points."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor

from core.types import Vector

# The quartiles of a Gaussian are this many standard deviations apart.
_QUARTILES = 1.349
# Cross-validation multiplies Silverman's bandwidths by one of these factors, because they are too wide for points in separate groups.
_FACTORS = (0.1, 0.14, 0.2, 0.28, 0.4, 0.55, 0.75, 1.0, 1.3)


def bandwidths(points: Float[Tensor, "points dim"]) -> Vector:
    """The bandwidth of each coordinate: Silverman's rule, times a common factor from cross-validation (`best_factor`).

    A bandwidth is at least half the smallest distance between two different values of its coordinate. So rounded values, such as whole
    numbers, do not become separate modes.
    """
    rule, gaps = silverman(points), points.sort(0).values.diff(dim=0)
    finest = torch.where(gaps > 0, gaps, torch.inf).amin(0)
    return torch.maximum(best_factor(points / rule) * rule, finest / 2)


def silverman(points: Float[Tensor, "points dim"]) -> Vector:
    """Silverman's rule for each coordinate: `h = s (4 / ((d + 2) n))^(1/(d + 4))`.

    s is the smaller of the standard deviation and the distance of the quartiles / 1.349, so a few far points hardly matter.

    References:
        Silverman: Density Estimation for Statistics and Data Analysis, 1986, equations 3.31 and 4.14.
    """
    count, dim = points.shape
    ordered, std = points.sort(0).values, points.std(0)
    quartiles = (ordered[(3 * count) // 4] - ordered[count // 4]) / _QUARTILES
    spread = torch.where(quartiles > 0, torch.minimum(std, quartiles), std)
    return spread * (4 / ((dim + 2) * count)) ** (1 / (dim + 4))


def best_factor(points: Float[Tensor, "points dim"]) -> float:
    """Choose the factor on Silverman's bandwidths, one of `_FACTORS`, by leave-one-out cross-validation.

    The likelihood of a factor measures how probable each point is under the kernels of all others. Points with the same coordinates are left
    out, too; otherwise rounded data would favour the narrowest kernels. The choice is the largest factor whose likelihood is within one
    standard error of the best, so that random gaps do not become valleys of the density.

    Args:
        points: the points, in units of Silverman's bandwidths.

    References:
        Habbema, Hermans, van den Broek: A stepwise discriminant analysis program using density estimation, 1974.
    """
    dim = points.shape[1]
    squared = torch.cdist(points, points, compute_mode="donot_use_mm_for_euclid_dist").square()
    squared = torch.where(squared > 0, squared, torch.inf)
    logs = torch.stack([(-squared / (2 * h**2)).logsumexp(1) - dim * math.log(h) for h in _FACTORS])
    # Bound the values below, so that one point far from all others does not decide alone.
    logs = torch.maximum(logs, logs.median(1, keepdim=True).values - 5 * dim)
    loss = logs[logs.mean(1).argmax()] - logs
    error = loss.std(1) / math.sqrt(len(points))
    return _FACTORS[int((loss.mean(1) <= error).nonzero().max())]
