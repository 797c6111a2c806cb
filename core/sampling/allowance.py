"""What a sampler may spend, in energy calls or in seconds, and a meter of what it has spent."""

from __future__ import annotations

import math
from dataclasses import dataclass

from core import checks
from core.budget import Stopwatch
from core.sampling.cost import Cost
from core.targets.base import AbstractEnergy


@dataclass(frozen=True)
class Allowance:
    """A limit on the energy calls or on the seconds of a sampler. Only a limit on calls is reproducible.

    Attributes:
        energy_calls: number of points at which the target's energy may be evaluated.
        seconds: wall-clock seconds.

    Raises:
        ValueError: neither or both are given, or a value is outside its limits.
    """

    energy_calls: int | None = None
    seconds: float | None = None

    def __post_init__(self) -> None:
        if (self.energy_calls is None) == (self.seconds is None):
            raise ValueError("A sampler needs a limit on energy calls or on seconds, but not both.")
        if self.energy_calls is not None:
            checks.integer("energy_calls", self.energy_calls, 1, 10**12)
        if self.seconds is not None:
            checks.number("seconds", self.seconds, 0.1, 3600.0)


class Meter:
    """Counts energy calls and seconds from its creation.

    Attributes:
        watch: counts the seconds; pause it while other work runs.

    Args:
        allowance: the limit.
        targets: the densities whose evaluations count.
    """

    def __init__(self, allowance: Allowance, *targets: AbstractEnergy) -> None:
        self.allowance = allowance
        self.targets = targets
        self.watch = Stopwatch()
        self.before = self._counted()

    def _counted(self) -> tuple[int, int]:
        return sum(t.calls for t in self.targets), sum(t.gradient_calls for t in self.targets)

    @property
    def cost(self) -> Cost:
        """What has been spent so far."""
        calls, gradients = self._counted()
        return Cost(self.watch.read(), calls - self.before[0], gradients - self.before[1])

    @property
    def progress(self) -> float:
        """Fraction of the allowance that has been spent, from 0 to 1."""
        cost = self.cost
        if self.allowance.energy_calls is not None:
            return min(cost.energy_calls / self.allowance.energy_calls, 1.0)
        assert self.allowance.seconds is not None
        return min(cost.seconds / self.allowance.seconds, 1.0)

    def affords(self, cost: Cost) -> bool:
        """Whether the rest of the allowance covers this cost."""
        spent = self.cost
        if self.allowance.energy_calls is not None:
            return spent.energy_calls + cost.energy_calls <= self.allowance.energy_calls
        assert self.allowance.seconds is not None
        return spent.seconds + cost.seconds <= self.allowance.seconds

    def points_left(self, price: Cost) -> float:
        """The number of points that the rest of the allowance covers, at the cost `price` per point; infinite if a point costs nothing."""
        spent = self.cost
        if self.allowance.energy_calls is not None:
            left, each = self.allowance.energy_calls - spent.energy_calls, price.energy_calls
        else:
            assert self.allowance.seconds is not None
            left, each = self.allowance.seconds - spent.seconds, price.seconds
        return math.inf if each <= 0 else max(left / each, 0.0)

    @property
    def calls_left(self) -> float:
        """Energy calls that may still be made; with a limit in seconds, an estimate from the rate so far."""
        cost = self.cost
        if self.allowance.energy_calls is not None:
            return max(self.allowance.energy_calls - cost.energy_calls, 0)
        assert self.allowance.seconds is not None
        left = max(self.allowance.seconds - cost.seconds, 0.0)
        return left * cost.energy_calls / cost.seconds
