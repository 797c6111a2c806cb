"""How long presses take, and so how long those in the queue will wait."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from core.jobs.records import Press

# Beside its training, what each run takes to start, draw and score: measured for three curves in the plane on 2 cores.
FIRST_OVERHEAD_SECONDS = 2.5
# The weight of the newest measurement.
NEWEST = 0.3


class Pace:
    """Learns from each finished press how long the next ones will take."""

    def __init__(self) -> None:
        self.overhead = FIRST_OVERHEAD_SECONDS

    def expected(self, press: Press) -> float:
        """Seconds that a press keeps a worker busy."""
        return sum((run.view.request.budget.seconds or 0.0) + self.overhead for run in press.running)

    def note(self, press: Press, now: float) -> None:
        """Measures a press whose runs have all used their budget; nothing is learned from others."""
        used_up = bool(press.runs) and all(run.view.status == "finished" for run in press.runs)
        if press.started is None or not used_up:
            return
        training = sum(run.view.seconds for run in press.runs)
        overhead = max(now - press.started - training, 0.0) / len(press.runs)
        self.overhead += NEWEST * (overhead - self.overhead)

    def waits(
        self, waiting: Sequence[Press], working: Sequence[Press], num_workers: int, now: float
    ) -> list[float]:
        """Expected seconds until each of the waiting presses starts.

        Args:
            waiting: the next one first.
            working: those that workers are busy with.
            num_workers: how many work at the same time.
            now: the time on the clock of `Press.started`.
        """
        free = [self._left(press, now) for press in working]
        free += [0.0] * (num_workers - len(free))
        heapq.heapify(free)
        starts = []
        for press in waiting:
            starts.append(free[0])
            heapq.heapreplace(free, free[0] + self.expected(press))
        return starts

    def _left(self, press: Press, now: float) -> float:
        gone = 0.0 if press.started is None else now - press.started
        return max(self.expected(press) - gone, 0.0)
