"""Samples of a target, with their importance weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.types import Points, Values


@dataclass(frozen=True)
class Samples:
    """What a sampler gives.

    Attributes:
        x: the points, float64; a failed one is NaN.
        log_weight: log of the unnormalised importance weights `e^{−f_D(x)}/q(x)`, whose mean estimates Z_D; NaN where the
            sampler failed, and everywhere for a sampler that does not know its own density.
        weighted: whether the sampler knows its own density.
    """

    x: Points
    log_weight: Values
    weighted: bool = True

    def first(self, num: int) -> Samples:
        """No more than so many of them."""
        return Samples(self.x[:num], self.log_weight[:num], self.weighted)

    @property
    def failed(self) -> torch.Tensor:
        """Which samples failed: a boolean for each."""
        return ~self.x.isfinite().all(1)

    @property
    def num_failed(self) -> int:
        return int(self.failed.sum())
