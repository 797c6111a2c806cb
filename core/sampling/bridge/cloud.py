"""A cloud of weighted points, in independent groups, with the ancestors of every point."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from jaxtyping import Float, Int
from torch import Tensor

from core.sampling.curves import Located
from core.types import Points, Values

Grouped = Float[Tensor, "groups members"]


@dataclass(frozen=True)
class Cloud:
    """Weighted points. Groups never exchange points, so each gives an independent estimate of Z.

    Attributes:
        at: the points, ordered by group.
        log_weight: log of the importance weights, in nats; the mean weight is unbiased for Z.
        ancestors: index of the start point that each point descends from.
        num_groups: number of groups, all of the same size.
    """

    at: Located
    log_weight: Values
    ancestors: Int[Tensor, " batch"]
    num_groups: int = 1

    @property
    def grouped(self) -> Grouped:
        """The log weights, one row per group."""
        return self.log_weight.view(self.num_groups, -1)

    @property
    def log_z(self) -> Float[Tensor, " groups"]:
        """The log of the mean weight of each group."""
        return self.grouped.logsumexp(1) - math.log(self.grouped.shape[1])

    @property
    def num_ancestors(self) -> int:
        """Number of distinct start points with descendants of positive weight."""
        return len(self.ancestors[self.log_weight > -math.inf].unique())

    def seen(self) -> Points:
        """Points of equal weight, for pictures: copies of points with large weights replace points with small weights. Uses no random
        numbers."""
        if bool((self.log_weight == self.log_weight[0]).all()):
            return self.at.x
        rows = systematic(self.log_weight[None], len(self.log_weight), None)
        return self.at.x[in_place(rows)[0]]

    def resampled(self, below: float, generator: torch.Generator) -> Cloud:
        """Resample the groups whose effective sample size is below a fraction. All points of such a group get its mean weight.

        Args:
            below: fraction of the group's size.
            generator: draws one offset per group.
        """
        poor = ess_fractions(self.grouped) < below
        if not poor.any():
            return self
        rows = torch.arange(len(self.log_weight)).view(self.num_groups, -1).clone()
        size = rows.shape[1]
        chosen = in_place(systematic(self.grouped[poor], size, generator))
        rows[poor] = chosen + rows[poor][:, :1]
        even = torch.where(poor[:, None], self.log_z[:, None].expand(-1, size), self.grouped)
        flat = rows.flatten()
        return replace(self, at=self.at.of(flat), log_weight=even.flatten(), ancestors=self.ancestors[flat])

    def evened(self, num_points: int, generator: torch.Generator) -> Cloud:
        """Resample all groups together to `num_points` points. Each then has the cloud's mean weight."""
        rows = systematic(self.log_weight[None], num_points, generator)[0]
        mean = self.log_weight.logsumexp(0) - math.log(len(self.log_weight))
        return Cloud(self.at.of(rows), mean.expand(num_points).clone(), self.ancestors[rows])


def ess_fractions(log_weight: Grouped) -> Float[Tensor, " groups"]:
    """The effective sample size of each group as a fraction of its size; 1 for a group without any weight."""
    scaled = (log_weight - log_weight.amax(1, keepdim=True)).exp()
    found = scaled.sum(1).square() / (scaled.shape[1] * scaled.square().sum(1))
    return found.nan_to_num(nan=1.0)


def in_place(rows: Int[Tensor, "groups num"]) -> Int[Tensor, "groups num"]:
    """Reorder resampled indices so that every chosen point keeps its place, and copies take the places of points that were not chosen."""
    places = torch.arange(rows.shape[1])
    found = []
    for chosen in rows:
        counts = torch.bincount(chosen, minlength=len(places))
        order = torch.where(counts > 0, places, -1)
        order[order < 0] = places.repeat_interleave((counts - 1).clamp(min=0))
        found.append(order)
    return torch.stack(found)


def systematic(
    log_weight: Grouped, num_points: int, generator: torch.Generator | None
) -> Int[Tensor, "groups num"]:
    """Systematic resampling: indices into each group, in order, point i appearing `num_points · w_i / Σw` times on average.

    Without a generator, the offset is ½ in each group.

    References:
        Kitagawa: Monte Carlo Filter and Smoother for Non-Gaussian Nonlinear State Space Models, 1996.
    """
    cumulated = log_weight.softmax(1).cumsum(1)
    offset = torch.full((len(log_weight), 1), 0.5, dtype=log_weight.dtype)
    if generator is not None:
        offset = torch.rand(offset.shape, generator=generator, dtype=log_weight.dtype)
    levels = (torch.arange(num_points, dtype=log_weight.dtype) + offset) / num_points
    # Rounding may leave the last sum below one.
    return torch.searchsorted(cumulated, levels * cumulated[:, -1:]).clamp(max=log_weight.shape[1] - 1)
