"""The queue of presses of the Train button. Owners take turns, and equal requests share one run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from core.jobs.records import Press, Run
from core.jobs.request import Request

# Maximum number of waiting presses: two for each of 30 people.
MOST_WAITING = 60
# Maximum number of waiting presses per owner: enough for a second or third page in the same browser.
MOST_WAITING_EACH = 4


class BusyError(RuntimeError):
    """The service accepts no new run now. The message is one sentence for the person who pressed Train."""


class PressQueue:
    """Waiting presses and those in progress. Not thread-safe: the service guards it with a lock.

    The queue is served in rounds. A press joins the round after the current one, or after the last round of its owner's unfinished
    presses, whichever is later. Owners therefore take turns, and newcomers cannot starve anybody.
    """

    def __init__(self) -> None:
        self.working: list[Press] = []
        self._waiting: list[Press] = []
        self._round = 0

    @property
    def waiting(self) -> list[Press]:
        """Waiting presses, the next one first."""
        self._waiting = [press for press in self._waiting if press.running]
        return sorted(
            self._waiting, key=lambda press: press.round
        )  # stable: within a round, first come first served

    def check(self, owner: str) -> None:
        """Check that the queue has room for one more press.

        Raises:
            BusyError: the queue is full, or too many of the owner's presses are waiting.
        """
        waiting = self.waiting
        if len(waiting) >= MOST_WAITING:
            raise BusyError(f"The queue is full: {len(waiting)} runs are waiting. Try again in a minute.")
        if sum(press.owner == owner for press in waiting) >= MOST_WAITING_EACH:
            raise BusyError(
                f"{MOST_WAITING_EACH} of your runs are already waiting. Stop one, or wait for one to start."
            )

    def add(self, press: Press) -> None:
        """Append a press to its owner's next round."""
        press.round = self._round_of(press.owner)
        self._waiting.append(press)

    def move_up(self, press: Press, owner: str) -> None:
        """Move a waiting press up, because `owner` now shares its run: to the place that a new press of `owner` would get."""
        if press in self._waiting and self._round_of(owner) < press.round:
            press.round = self._round_of(owner)
            self._waiting.remove(press)
            self._waiting.append(press)

    def find(self, request: Request, *, is_saved: bool = True) -> Run | None:
        """Find an unfinished run whose result also serves this request; None if there is none.

        The run has the same problem, kind, number of samples and trained curve, and at least the same budget. It is saved if and only if
        `is_saved` is true. Software versions need no comparison: all workers of one service run the same version.
        """
        equal = (run for run in self.runs() if _is_equal(run, request) and run.press.is_saved == is_saved)
        return next(equal, None)

    def runs(self) -> Iterator[Run]:
        """All unfinished runs."""
        for press in (*self.working, *self.waiting):
            yield from press.running

    def start_next(self, is_ready: Callable[[Press], bool]) -> Press | None:
        """Move the next ready press from `waiting` to `working` and return it; None if no press is ready."""
        press = next(filter(is_ready, self.waiting), None)
        if press is not None:
            self._waiting.remove(press)
            self.working.append(press)
            self._round = max(self._round, press.round)
        return press

    def release(self, press: Press) -> None:
        """Remove a press that its worker has finished."""
        self.working.remove(press)

    def _round_of(self, owner: str) -> int:
        unfinished = (press for press in (*self.working, *self.waiting) if press.owner == owner)
        return 1 + max((self._round, *(press.round for press in unfinished if press.running)))


def _is_equal(run: Run, request: Request) -> bool:
    other = run.view.request
    assert other.budget.seconds is not None
    assert request.budget.seconds is not None
    same = replace(other, budget=request.budget) == request
    return same and run.kill_at is None and other.budget.seconds >= request.budget.seconds
