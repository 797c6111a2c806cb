"""A curve's own clock: it runs evenly where the density changes evenly, however that is spread over t."""

from __future__ import annotations

import math
from typing import Self

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.interpolations.survey import Survey
from core.types import Times

# Times at which the speed is looked at: dense at both ends, where curves hurry.
FIRST_TIME, NUM_TIMES = 1e-6, 40
# Fewer effective points than this do not tell a variance; from there on the speed falls like 1/t, as for any one mode.
LEAST_EFFECTIVE = 50
# The share of the clock that runs evenly in t, so that no time is left out where the density hardly changes.
EVEN_SHARE = 0.15


class Clock(nn.Module):
    """The time s of a curve's own clock, from 0 to 1 as t goes from 0 to 1, and its rate ds/dt.

    The rate is linear between nodes, and s its exact integral.

    Args:
        t: nodes, rising from 0 to 1.
        rate: ds/dt at the nodes, up to a factor; positive.
    """

    def __init__(self, t: Float[Tensor, " nodes"], rate: Float[Tensor, " nodes"]) -> None:
        super().__init__()
        steps = t.diff() * (rate[1:] + rate[:-1]) / 2
        whole = steps.sum()
        self.register_buffer("t", t)
        self.register_buffer("rate", rate / whole)
        self.register_buffer("s", torch.cat([steps.new_zeros(1), (steps / whole).cumsum(0)]))

    t: Tensor
    rate: Tensor
    s: Tensor

    @classmethod
    def even(cls) -> Self:
        """The clock that shows t itself."""
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
        return cls(ends, torch.ones_like(ends))

    @classmethod
    def fisher_rao(cls, survey: Survey) -> Self:
        """The clock by which the linear curve between two ends moves at about constant speed in the Fisher–Rao metric.

        The speed is the standard deviation of ∂_t log ρ_t under ρ_t, estimated by importance weights.
        """
        speed = _speed(survey, t := _nodes())
        mean = torch.trapezoid(speed, t)
        return cls(t, (1 - EVEN_SHARE) * speed / mean + EVEN_SHARE) if mean > 0 else cls.even()

    @property
    def is_even(self) -> bool:
        """Whether it shows t itself."""
        return bool(torch.equal(self.s, self.t))

    def forward(self, t: Times) -> tuple[Times, Times]:
        """s and ds/dt."""
        i = self._interval(self.t, t)
        away, width = t - self.t[i], self.t[i + 1] - self.t[i]
        slope = (self.rate[i + 1] - self.rate[i]) / width
        rate = self.rate[i] + slope * away
        return self.s[i] + away * (self.rate[i] + rate) / 2, rate

    def time(self, s: Times) -> Times:
        """The t at which the clock shows s."""
        i = self._interval(self.s, s)
        slope = (self.rate[i + 1] - self.rate[i]) / (self.t[i + 1] - self.t[i])
        left = (s - self.s[i]).clamp_min(0)
        # The root of `rate·a + slope·a²/2 = left`, in the form that loses no digits where the slope is small.
        root = (self.rate[i].square() + 2 * slope * left).clamp_min(0).sqrt()
        return (self.t[i] + 2 * left / (self.rate[i] + root)).clamp(0, 1)

    @staticmethod
    def _interval(nodes: Tensor, value: Tensor) -> Tensor:
        return (torch.searchsorted(nodes, value.contiguous(), right=True) - 1).clamp(0, len(nodes) - 2)


def _nodes() -> Float[Tensor, " nodes"]:
    near = torch.logspace(math.log10(FIRST_TIME), math.log10(0.5), NUM_TIMES, dtype=torch.float64)
    return torch.cat([torch.zeros(1), near, 1 - near[:-1].flip(0), torch.ones(1)]).double()


def _speed(survey: Survey, t: Times) -> Times:
    """√Var of ∂_t log ρ_t at the times t."""
    log_weight = -(1 - t)[:, None] * survey.start - t[:, None] * survey.end - survey.log_proposal
    weight = log_weight.softmax(1)
    change = survey.start - survey.end
    mean = weight @ change
    variance = (weight * (change - mean[:, None]).square()).sum(1)
    told = (1 / weight.square().sum(1) > LEAST_EFFECTIVE) & variance.isfinite()
    last = int(told.long().cumprod(0).sum()) - 1  # the last time until which all are told
    if last < 0:
        return torch.ones_like(t)
    first = t[max(last, 1)]
    speed = variance.clamp_min(0).sqrt()
    return torch.where(t <= t[last], speed, speed[last] * first / t.clamp_min(FIRST_TIME))
