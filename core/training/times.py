"""Times of collocation points: spread over [0, 1], and denser where the residual has been large."""

from __future__ import annotations

import torch

from core.types import Times, Values

# Number of equal intervals of [0, 1] in which the residual is averaged.
NUM_BINS = 24
# Fraction of the times drawn in proportion to the residual; the others are uniform.
ADAPTED_SHARE = 0.3
# Weight of the newest residuals in the exponential moving average.
FORGETTING = 0.2


class AdaptiveTimes:
    """Draws times with the density (1 − a)·uniform + a·residual, where a = ADAPTED_SHARE.

    Here, `residual` is constant in each of NUM_BINS bins: the moving average of the bin's root mean square residual, normalised.

    Args:
        generator: source of randomness.
    """

    def __init__(self, generator: torch.Generator) -> None:
        self.generator = generator
        self.size = torch.ones(NUM_BINS)

    def draw(self, count: int) -> Times:
        """Draw stratified times in rising order: one in each of `count` intervals of equal probability."""
        share = (1 - ADAPTED_SHARE) / NUM_BINS + ADAPTED_SHARE * self.size / self.size.sum()
        upper = share.cumsum(0)
        level = (torch.arange(count) + torch.rand(count, generator=self.generator)) / max(count, 1)
        which = torch.searchsorted(upper, level * upper[-1]).clamp_max(NUM_BINS - 1)
        inside = 1 - (upper[which] - level * upper[-1]) / share[which]
        return ((which + inside) / NUM_BINS).clamp(0, 1)

    def observe(self, t: Times, residual: Values) -> None:
        """Update the bins with residuals at times t. Non-finite residuals count as zero."""
        residual = residual.nan_to_num(0, 0, 0)
        which = (t * NUM_BINS).long().clamp_max(NUM_BINS - 1)
        count = torch.bincount(which, minlength=NUM_BINS)
        square = torch.zeros(NUM_BINS).index_add_(0, which, residual.square())
        size = torch.where(count > 0, (square / count.clamp_min(1)).sqrt(), self.size)
        # Limit each bin, since a sudden large residual usually comes from a few distant points.
        size = size.clamp(1e-6, 10 * float(size.median().clamp_min(1e-6)))
        self.size = (1 - FORGETTING) * self.size / self.size.sum() + FORGETTING * size / size.sum()
