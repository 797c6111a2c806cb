"""Fit Gaussian mixtures to weighted points. The fit chooses the number of components."""

from __future__ import annotations

import torch
from torch import Tensor

from core.interpolations.gaussian_blend import GaussianBlend
from core.types import Points, Values

# The prior of each covariance counts as PRIOR_POINTS points. Its standard deviation is the argument `floor` below.
PRIOR_POINTS = 2.0


def seeded(x: Points, num_parts: int, generator: torch.Generator) -> Points:
    """Draw seeds for components, far from each other. A point becomes the next seed with a probability proportional to its squared distance
    from the nearest earlier seed.

    References:
        Arthur, Vassilvitskii: k-means++: The advantages of careful seeding, 2007.
    """
    chosen = x[torch.randint(len(x), (1,), generator=generator)]
    nearest = (x - chosen).square().sum(1)
    for _ in range(num_parts - 1):
        which = torch.multinomial(nearest.clamp_min(1e-30), 1, generator=generator)
        chosen = torch.cat([chosen, x[which]])
        nearest = torch.minimum(nearest, (x - x[which]).square().sum(1))
    return chosen


def started(x: Points, seeds: Points, floor: float) -> GaussianBlend:
    """The mixture with one component for each seed, fitted to the points nearest to it."""
    nearest = torch.cdist(x, seeds).argmin(1)
    share = torch.zeros(len(x), len(seeds), dtype=x.dtype)
    share[torch.arange(len(x)), nearest] = 1 / len(x)
    return _maximised(x, share, len(x), floor)


def fitted(blend: GaussianBlend, x: Points, log_weight: Values, steps: int, floor: float) -> GaussianBlend:
    """Improve a mixture by steps of expectation maximisation. Components with too few points are removed.

    Args:
        blend: the mixture to improve.
        x: the points.
        log_weight: their weights, up to a constant.
        steps: number of steps.
        floor: standard deviation of the prior that keeps covariances positive.

    References:
        Figueiredo, Jain: Unsupervised learning of finite mixture models, 2002.
    """
    weight = log_weight.softmax(0)
    effective = float(1 / weight.square().sum())
    for _ in range(steps):
        share = blend.component_log_density(x).softmax(1) * weight[:, None]
        blend = _maximised(x, share, effective, floor)
    return blend


def _maximised(x: Points, share: Tensor, effective: float, floor: float) -> GaussianBlend:
    """The mixture that maximises the expected log-likelihood.

    Args:
        x: the points.
        share: how much of each point belongs to each component (points, components); all entries sum to one.
        effective: the number of unweighted points that the weighted points are worth.
        floor: standard deviation of the prior.
    """
    dim = x.shape[1]
    count = effective * share.sum(0)
    # Minimum description length: each component loses half of its number of parameters in points, and is dropped if none are left.
    supported = count - (1 + dim + dim * (dim + 1) / 2) / 2
    kept = supported > 0
    if not kept.any():
        kept = count == count.max()
    share, count, supported = share[:, kept], count[kept], supported[kept].clamp_min(1.0)
    mass = share.sum(0)
    mean = share.T @ x / mass[:, None]
    # Two passes, for the means and the centred covariances, would be more accurate. One pass about the common centre is accurate enough.
    center = x.mean(0)
    away, middle = x - center, mean - center
    outer = (away[:, :, None] * away[:, None, :]).flatten(1)
    second = (share.T @ outer / mass[:, None]).view(-1, dim, dim) - middle[:, :, None] * middle[:, None, :]
    prior = floor**2 * torch.eye(dim, dtype=x.dtype)
    covariance = (count[:, None, None] * second + PRIOR_POINTS * prior) / (count + PRIOR_POINTS)[
        :, None, None
    ]
    return GaussianBlend.of(supported.log(), mean, covariance)
