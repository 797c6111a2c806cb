"""How much a residual counts: fully where the curve has mass, less the further in its tails a point lies."""

from __future__ import annotations

import torch

from core.types import Times, Values

# Nats below the highest density of the time; at this depth a residual counts a quarter.
DEPTH = 10.0
NUM_BINS = 24


def relevance(t: Times, log_density: Values) -> Values:
    """`(1 + E/10)^{-2}` with E the depth, in nats, below the highest log-density of the batch at about the same time.

    The residual of a wrong curve grows with its energy, and most of a box lies deep in the tails: there it would rule the loss,
    for a density that no sample meets.
    """
    which = (t * NUM_BINS).long().clamp_max(NUM_BINS - 1)
    highest = log_density.new_full((NUM_BINS,), -torch.inf)
    highest = highest.scatter_reduce(0, which, log_density, "amax")
    depth = (highest[which] - log_density).clamp_min(0)
    return (1 + depth / DEPTH).square().reciprocal()
