"""Weights of residuals: 1 where the curve has mass, smaller deep in its tails."""

from __future__ import annotations

import torch

from core.types import Times, Values

# A point this many nats below the highest log-density at its time has the weight 1/4.
DEPTH = 10.0
# Number of time bins, each with its own highest log-density.
NUM_BINS = 24


def relevance(t: Times, log_density: Values) -> Values:
    """Weights `(1 + D/DEPTH)⁻²`, with D the depth in nats below the batch's highest log-density in the same time bin.

    The residual of a wrong curve grows with its energy, and most of a box lies deep in the tails. Unweighted, points that no sample
    ever visits would dominate the loss.

    Args:
        t: (batch) times.
        log_density: (batch) log-densities of the points.

    Returns:
        (batch) weights between 0 and 1.
    """
    which = (t * NUM_BINS).long().clamp_max(NUM_BINS - 1)
    highest = log_density.new_full((NUM_BINS,), -torch.inf)
    highest = highest.scatter_reduce(0, which, log_density, "amax")
    depth = (highest[which] - log_density).clamp_min(0)
    return (1 + depth / DEPTH).square().reciprocal()
