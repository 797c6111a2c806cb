"""The times of collocation points: spread over [0, 1], and denser where the residual was large before."""

from __future__ import annotations

import torch

from core.types import Times, Values

NUM_BINS = 24
# The share of the times that follow the residual; the others are uniform.
ADAPTED_SHARE = 0.3
# How quickly earlier residuals are forgotten, a step.
FORGETTING = 0.2


class AdaptiveTimes:
    """Draws times whose density is partly uniform and partly the root mean square residual of each of NUM_BINS bins.

    Args:
        generator: draws them.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self.size = torch.ones(NUM_BINS)

    def draw(self, count: int) -> Times:
        """Stratified times: one in each of `count` parts of equal probability, rising."""
        share = (1 - ADAPTED_SHARE) / NUM_BINS + ADAPTED_SHARE * self.size / self.size.sum()
        upper = share.cumsum(0)
        level = (torch.arange(count) + torch.rand(count, generator=self.generator)) / max(count, 1)
        which = torch.searchsorted(upper, level * upper[-1]).clamp_max(NUM_BINS - 1)
        inside = 1 - (upper[which] - level * upper[-1]) / share[which]
        return ((which + inside) / NUM_BINS).clamp(0, 1)

    def observe(self, t: Times, residual: Values) -> None:
        """Takes in the residuals at the times t; those that are not finite tell nothing."""
        residual = residual.nan_to_num(0, 0, 0)
        which = (t * NUM_BINS).long().clamp_max(NUM_BINS - 1)
        count = torch.bincount(which, minlength=NUM_BINS)
        square = torch.zeros(NUM_BINS).index_add_(0, which, residual.square())
        size = torch.where(count > 0, (square / count.clamp_min(1)).sqrt(), self.size)
        # One bin shall not take all: a burst of residuals is mostly a few far points.
        size = size.clamp(1e-6, 10 * float(size.median().clamp_min(1e-6)))
        self.size = (1 - FORGETTING) * self.size / self.size.sum() + FORGETTING * size / size.sum()
