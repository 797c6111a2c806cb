"""Samples of a target, with their importance weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from core.types import Points, Values


@dataclass(frozen=True)
class Samples:
    """The result of a sampler.

    Attributes:
        x: positions, float64; NaN for failed samples.
        log_weight: log of the unnormalised importance weights `e^{−f_D(x)}/q(x)`, whose mean estimates Z_D. NaN for failed
            samples, and for all samples if the sampler's density q is unknown.
        weighted: whether the sampler's density q is known.
    """

    x: Points
    log_weight: Values
    weighted: bool = True

    def first(self, num: int) -> Samples:
        """The first `num` samples, or all if there are fewer."""
        return Samples(self.x[:num], self.log_weight[:num], self.weighted)

    @property
    def failed(self) -> torch.Tensor:
        """Whether each sample failed, shape (batch,)."""
        return ~self.x.isfinite().all(1)

    @property
    def num_failed(self) -> int:
        return int(self.failed.sum())
