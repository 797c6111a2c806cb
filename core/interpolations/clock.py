"""A reparametrisation s(t) of time, in which a curve of densities changes at constant speed."""

from __future__ import annotations

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn

from core.interpolations.survey import Survey
from core.types import PerTime, TimeAxis, Times, Values

# The speed is estimated at NUM_TIMES times from FIRST_TIME to ½, at their mirror images above ½, and at 0 and 1. They are dense at both
# ends, where curves change fastest.
FIRST_TIME, NUM_TIMES = 1e-6, 40
# The speed is estimated up to the first time at which fewer points than this are effective. From there on, it is assumed to fall like 1/t,
# as for a single mode.
LEAST_EFFECTIVE = 50
# The fraction of the clock that is linear in t. It makes training also visit times at which the density hardly changes.
EVEN_FRACTION = 0.15


class Clock(nn.Module):
    """The map from t to the clock's time s, with s(0) = 0 and s(1) = 1, and its rate ds/dt.

    The rate is linear between nodes, and s is its exact integral.

    Args:
        t: nodes, increasing from 0 to 1.
        rate: ds/dt at the nodes, positive; any constant factor is normalised away.
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
    def even(cls) -> Clock:
        """The clock with s = t."""
        ends = torch.tensor([0.0, 1.0], dtype=torch.float64)
        return cls(ends, torch.ones_like(ends))

    @classmethod
    def fisher_rao(cls, survey: Survey) -> Clock:
        """The clock in which the linear curve has about constant speed in the Fisher–Rao metric.

        The speed is the standard deviation of ∂_t log ρ_t under ρ_t, estimated with importance weights.

        Args:
            survey: energies of latent and target at common points.
        """
        t = nodes()
        return cls.of_speed(t, _speed(survey, t))

    @classmethod
    def of_speed(cls, t: TimeAxis, speed: PerTime) -> Clock:
        """The clock in which a curve has constant speed, mixed with t itself, which has the weight EVEN_FRACTION.

        Args:
            t: times from 0 to 1.
            speed: the curve's speed at these times.
        """
        mean = torch.trapezoid(speed, t)
        return cls(t, (1 - EVEN_FRACTION) * speed / mean + EVEN_FRACTION) if mean > 0 else cls.even()

    @property
    def is_even(self) -> bool:
        """Whether s = t."""
        return bool(torch.equal(self.s, self.t))

    def forward(self, t: Times) -> tuple[Times, Values]:
        """s and ds/dt at the times t."""
        i = self._interval(self.t, t)
        away, width = t - self.t[i], self.t[i + 1] - self.t[i]
        slope = (self.rate[i + 1] - self.rate[i]) / width
        rate = self.rate[i] + slope * away
        return self.s[i] + away * (self.rate[i] + rate) / 2, rate

    def time(self, s: Times) -> Times:
        """The inverse map, t(s)."""
        i = self._interval(self.s, s)
        slope = (self.rate[i + 1] - self.rate[i]) / (self.t[i + 1] - self.t[i])
        left = (s - self.s[i]).clamp_min(0)
        # The time a since the node solves `rate·a + slope·a²/2 = left`. This form of the root avoids cancellation for small slopes.
        root = (self.rate[i].square() + 2 * slope * left).clamp_min(0).sqrt()
        return (self.t[i] + 2 * left / (self.rate[i] + root)).clamp(0, 1)

    @staticmethod
    def _interval(nodes: Tensor, value: Tensor) -> Tensor:
        return (torch.searchsorted(nodes, value.contiguous(), right=True) - 1).clamp(0, len(nodes) - 2)


def nodes() -> Float[Tensor, " nodes"]:
    """Times from 0 to 1, dense at both ends."""
    near = torch.logspace(math.log10(FIRST_TIME), math.log10(0.5), NUM_TIMES, dtype=torch.float64)
    return torch.cat([torch.zeros(1), near, 1 - near[:-1].flip(0), torch.ones(1)]).double()


def _speed(survey: Survey, t: TimeAxis) -> PerTime:
    """`√Var_{ρ_t}(∂_t log ρ_t)` at the times t."""
    log_weight = -(1 - t)[:, None] * survey.start - t[:, None] * survey.end - survey.log_proposal
    weight = log_weight.softmax(1)
    change = survey.start - survey.end
    mean = weight @ change
    variance = (weight * (change - mean[:, None]).square()).sum(1)
    reliable = (1 / weight.square().sum(1) > LEAST_EFFECTIVE) & variance.isfinite()
    last = int(reliable.long().cumprod(0).sum()) - 1  # the last time before the estimate becomes unreliable
    if last < 0:
        return torch.ones_like(t)
    first = t[max(last, 1)]
    speed = variance.clamp_min(0).sqrt()
    return torch.where(t <= t[last], speed, speed[last] * first / t.clamp_min(FIRST_TIME))
