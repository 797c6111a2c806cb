"""Estimates of how long the runs of one press of the Train button take, and how long a press in the queue waits."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from core.jobs.records import Press

# First estimate of the seconds per run besides training (start, pictures, scores), measured for three curves in the plane on 2 cores.
FIRST_OVERHEAD_SECONDS = 2.5
# Weight of the newest measurement in the moving average.
NEWEST = 0.3


class Pace:
    """Estimates the time of a press: the training budgets of its runs, plus an overhead per run averaged over finished presses.

    Attributes:
        overhead: seconds per run besides training.
    """

    def __init__(self) -> None:
        self.overhead = FIRST_OVERHEAD_SECONDS

    def expected(self, press: Press) -> float:
        """Expected seconds for which a press occupies a worker."""
        return sum((run.view.request.budget.seconds or 0.0) + self.overhead for run in press.running)

    def note(self, press: Press, now: float) -> None:
        """Update the overhead from a press whose runs all used up their budget; ignore any other."""
        used_up = bool(press.runs) and all(run.view.status == "finished" for run in press.runs)
        if press.started is None or not used_up:
            return
        training = sum(run.view.seconds for run in press.runs)
        overhead = max(now - press.started - training, 0.0) / len(press.runs)
        self.overhead += NEWEST * (overhead - self.overhead)

    def waits(
        self, waiting: Sequence[Press], working: Sequence[Press], num_workers: int, now: float
    ) -> list[float]:
        """Expected seconds until each waiting press starts.

        Args:
            waiting: waiting presses, the next one first.
            working: presses in progress.
            num_workers: number of workers at the same time.
            now: current time of the clock that also sets `Press.started`.
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
