"""Budgets of runs in seconds or steps, and a stopwatch that can pause."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from core import checks

# Seconds between two snapshots of a running training or sampler.
SNAPSHOT_SECONDS = 0.25


@dataclass(frozen=True)
class Budget:
    """A limit on the wall-clock seconds or on the steps of a run. Only runs with a budget in steps are reproducible bit for bit.

    Attributes:
        seconds: wall-clock seconds of the run; the time that the caller spends between two snapshots of the run does not count.
        steps: number of steps.

    Raises:
        ValueError: neither or both are given, or a value is outside its limits.
    """

    seconds: float | None = None
    steps: int | None = None

    def __post_init__(self) -> None:
        if (self.seconds is None) == (self.steps is None):
            raise ValueError("A budget needs either `seconds` or `steps`, but not both.")
        if self.seconds is not None:
            object.__setattr__(self, "seconds", checks.number("seconds", self.seconds, 0.1, 3600.0))
        if self.steps is not None:
            object.__setattr__(self, "steps", checks.integer("steps", self.steps, 1, 10_000_000))

    def progress(self, seconds: float, steps: int) -> float:
        """Fraction of the budget used after these seconds and steps, from 0 to 1."""
        if self.steps is not None:
            return min(steps / self.steps, 1.0)
        assert self.seconds is not None
        return min(seconds / self.seconds, 1.0)


@dataclass
class Stopwatch:
    """A stopwatch that is running when created and can be paused.

    Attributes:
        total: seconds counted before `since`.
        since: `time.perf_counter` value at the last `start`.
    """

    total: float = 0.0
    since: float = field(default_factory=time.perf_counter)

    def read(self) -> float:
        """Seconds counted so far; valid only while running."""
        return self.total + time.perf_counter() - self.since

    def pause(self) -> None:
        """Store the seconds so far; `start` continues from there."""
        self.total = self.read()

    def start(self) -> None:
        """Continue after `pause`."""
        self.since = time.perf_counter()
