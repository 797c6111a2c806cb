"""What sampling or training costs: evaluations of the target's energy and of its gradient, and seconds."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any

from core.targets.base import AbstractEnergy


@dataclass
class Cost:
    """What a run costs.

    Attributes:
        seconds: wall-clock seconds.
        energy_calls: number of points at which the target's energy was evaluated.
        gradient_calls: number of points at which its gradient was evaluated too.
    """

    seconds: float = 0.0
    energy_calls: float = 0
    gradient_calls: float = 0

    def times(self, factor: float) -> Cost:
        """The cost of `factor` such runs."""
        return Cost(factor * self.seconds, factor * self.energy_calls, factor * self.gradient_calls)

    def plus(self, other: Cost) -> Cost:
        """The cost of both together."""
        return Cost(
            self.seconds + other.seconds,
            self.energy_calls + other.energy_calls,
            self.gradient_calls + other.gradient_calls,
        )

    def minus(self, other: Cost) -> Cost:
        """What was spent since the cost was `other`."""
        return Cost(
            self.seconds - other.seconds,
            self.energy_calls - other.energy_calls,
            self.gradient_calls - other.gradient_calls,
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON."""
        return asdict(self)


@contextmanager
def measured(target: AbstractEnergy | None) -> Iterator[Cost]:
    """Measure what a block of code costs; the cost is complete when the block ends.

    Args:
        target: the density whose evaluations are counted; None if the block evaluates no energy.
    """
    cost, start = Cost(), time.perf_counter()
    before = (0, 0) if target is None else (target.calls, target.gradient_calls)
    yield cost
    cost.seconds = time.perf_counter() - start
    if target is not None:
        cost.energy_calls = target.calls - before[0]
        cost.gradient_calls = target.gradient_calls - before[1]
