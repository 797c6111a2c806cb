"""The result of a sampler, and a pool that collects the weighted points of several runs."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor

from core.sampling.bridge.cloud import in_place, systematic
from core.sampling.cost import Cost
from core.sampling.samples import Samples
from core.types import Points, Values


@dataclass(frozen=True)
class Draws:
    """Samples of a target with what they cost.

    Attributes:
        samples: positions, and weights if the sampler has them.
        cost: energy calls, gradient calls and seconds, including the start and all adaptation.
        uses: what the sampler uses besides the target's energy, such as `gradient`, `box` or `latent`.
        facts: other results, such as acceptance rates, as plain values.
    """

    samples: Samples
    cost: Cost
    uses: tuple[str, ...]
    facts: dict[str, Any] = field(default_factory=dict)


class Pool:
    """Weighted points of independent runs, thinned by resampling so that memory stays bounded.

    Args:
        num_points: number of points to draw in the end.
        generator: draws the resampling.
    """

    # The pool is thinned when it holds more than this multiple of `num_points`.
    ROOM = 4

    def __init__(self, num_points: int, generator: torch.Generator) -> None:
        self.num_points = num_points
        self.generator = generator
        self.x: Points | None = None
        self.log_weight = torch.empty(0, dtype=torch.float64)
        self.log_sum, self.count = -math.inf, 0

    def add(self, x: Points, log_weight: Values) -> None:
        """Add the points of a run, whose mean weight is an estimate of Z."""
        self.log_sum = float(torch.logaddexp(torch.tensor(self.log_sum).double(), log_weight.logsumexp(0)))
        self.count += len(x)
        self.x = x if self.x is None else torch.cat([self.x, x])
        self.log_weight = torch.cat([self.log_weight, log_weight])
        if len(self.x) > self.ROOM * self.num_points:
            rows = self._rows(self.ROOM // 2 * self.num_points)
            self.x, total = self.x[rows], self.log_weight.logsumexp(0)
            self.log_weight = (total - math.log(len(rows))).expand(len(rows)).clone()

    def _rows(self, count: int) -> Tensor:
        return systematic(self.log_weight[None], count, self.generator)[0]

    @property
    def log_z(self) -> float:
        """The log of the mean weight of all points that were added."""
        return self.log_sum - math.log(self.count) if self.count else math.nan

    def samples(self) -> Samples:
        """Resampled points, each with the mean weight; no more than were added. The density of these samples is unknown.

        Raises:
            ValueError: no point has a positive weight.
        """
        if self.x is None or not math.isfinite(self.log_sum):
            raise ValueError(
                "No point has reached the target: all weights are zero. Allow more energy calls."
            )
        # More samples than points would only be copies.
        rows = self._rows(min(self.num_points, self.count))
        # Neighbouring points may be copies, or lie in the same mode. In random order, every part of the samples is representative.
        rows = rows[torch.randperm(len(rows), generator=self.generator)]
        even = torch.full((len(rows),), self.log_z, dtype=torch.float64)
        return Samples(self.x[rows], even, weighted=False)


def evened(samples: Samples) -> Samples:
    """The same samples with equal weights: copies of samples with large weights replace samples with small weights. Uses no random numbers.

    Samples with equal or unknown weights stay as they are.
    """
    weights = samples.log_weight
    if not weights.isfinite().any() or weights.isnan().any() or bool((weights == weights[0]).all()):
        return samples
    rows = in_place(systematic(weights[None], len(weights), None))[0]
    mean = weights.logsumexp(0) - math.log(len(weights))
    return Samples(samples.x[rows], mean.expand(len(rows)).clone(), samples.weighted)


def log_z_facts(log_z: Float[Tensor, " groups"]) -> dict[str, Any]:
    """The relative standard error of Z, which is that of log Z in nats, from independent estimates of log Z; None if there is only one."""
    mean = float(log_z.logsumexp(0)) - math.log(len(log_z))
    if len(log_z) < 2 or not math.isfinite(mean):
        return {"log_z_error_estimate": None}
    relative = (log_z - mean).exp()
    return {"log_z_error_estimate": float(relative.std() / math.sqrt(len(log_z)))}
