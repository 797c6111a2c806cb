"""Samples of a target, with their importance weights."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Int
from torch import Tensor

from core.sampling.status import Status
from core.types import Points, Values


@dataclass(frozen=True)
class Samples:
    """The result of a sampler.

    Attributes:
        x: positions, float64; NaN for failed samples.
        log_weight: log of the unnormalised importance weights, whose mean estimates Z_D: `e^{−f_D(x)}/q(x)` if the sampler's density q is
            known. NaN for failed samples, and for all samples if the sampler does not estimate Z_D.
        weighted: whether the sampler's density q is known.
        status: a `Status` for each sample; None if the sampler does not record it.
    """

    x: Points
    log_weight: Values
    weighted: bool = True
    status: Int[Tensor, " batch"] | None = None

    def first(self, num: int) -> Samples:
        """The first `num` samples, or all if there are fewer."""
        status = None if self.status is None else self.status[:num]
        return Samples(self.x[:num], self.log_weight[:num], self.weighted, status)

    @property
    def failed(self) -> Bool[Tensor, " batch"]:
        """Whether each sample failed."""
        return ~self.x.isfinite().all(1)

    @property
    def num_failed(self) -> int:
        return int(self.failed.sum())

    @property
    def failures(self) -> dict[str, int]:
        """Numbers of failed samples by `Status.key`; without a status, all count as `not_finite`."""
        failed = torch.full((self.num_failed,), Status.NOT_FINITE) if self.status is None else self.status
        counts = {status: int((failed == status).sum()) for status in Status if status is not Status.ARRIVED}
        return {status.key: count for status, count in counts.items() if count}
