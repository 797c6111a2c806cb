"""How long something may run, and a watch that does not count what its consumer does in between."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from core import checks

SNAPSHOT_SECONDS = 0.25


@dataclass(frozen=True)
class Budget:
    """Wall-clock seconds of the work itself, or steps.

    Only a budget of steps gives the same result twice, to the last bit.

    Raises:
        ValueError: neither or both are given, or one is outside its limits.
    """

    seconds: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.steps is None):
            raise ValueError("A budget needs either `seconds` or `steps`, and not both.")
        if self.seconds is not None:
            object.__setattr__(self, "seconds", checks.number("seconds", self.seconds, 0.1, 3600.0))
        if self.steps is not None:
            object.__setattr__(self, "steps", checks.integer("steps", self.steps, 1, 10_000_000))

    def progress(self, seconds: float, steps: int) -> float:
        """The share of the budget that is used, from 0 to 1."""
        if self.steps is not None:
            return min(steps / self.steps, 1.0)
        assert self.seconds is not None
        return min(seconds / self.seconds, 1.0)


@dataclass
class Stopwatch:
    """Counts the seconds between `start` and `pause`; runs from the beginning."""

    total: float = 0.0
    since: float = field(default_factory=time.perf_counter)

    def read(self) -> float:
        return self.total + time.perf_counter() - self.since

    def pause(self) -> None:
        self.total = self.read()

    def start(self) -> None:
        self.since = time.perf_counter()
