"""Who is next: the queue of presses, fair between owners, in which equal runs are one."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from core.jobs.records import Press, Run
from core.jobs.request import Request

# Presses of everyone together: two for each of 30 people.
MOST_WAITING = 60
# Presses of one owner; a second page or two in the same browser have room.
MOST_WAITING_EACH = 4


class BusyError(RuntimeError):
    """The service takes no new run now; the message gives the reason in one sentence for whoever pressed Train."""


class Line:
    """Presses that wait, and those that workers are busy with. Not safe for threads: the service has a lock.

    The queue is in rounds. A press joins the round after the one that is being served, or after the last of its owner's unfinished
    presses. So one who presses often takes turns with the others, and newcomers cannot keep anybody waiting for ever.
    """

    def __init__(self) -> None:
        self.working: list[Press] = []
        self._waiting: list[Press] = []
        self._round = 0

    @property
    def waiting(self) -> list[Press]:
        """Presses that wait, the next one first."""
        self._waiting = [press for press in self._waiting if press.running]
        return sorted(
            self._waiting, key=lambda press: press.round
        )  # stable: within a round, first come first served

    def check(self, owner: str) -> None:
        """Checks that one more press has room.

        Raises:
            BusyError: the queue is full, or too many of the owner's presses wait.
        """
        waiting = self.waiting
        if len(waiting) >= MOST_WAITING:
            raise BusyError(f"The queue is full: {len(waiting)} runs are waiting. Try again in a minute.")
        if sum(press.owner == owner for press in waiting) >= MOST_WAITING_EACH:
            raise BusyError(
                f"{MOST_WAITING_EACH} of your runs are waiting already. Stop one, or wait for one to start."
            )

    def add(self, press: Press) -> None:
        press.round = self._round_of(press.owner)
        self._waiting.append(press)

    def hasten(self, press: Press, owner: str) -> None:
        """Moves a waiting press up to where another owner's would stand, who asks for the same."""
        if press in self._waiting and self._round_of(owner) < press.round:
            press.round = self._round_of(owner)
            self._waiting.remove(press)
            self._waiting.append(press)

    def find(self, request: Request) -> Run | None:
        """An unfinished run that answers a request too.

        It has the same problem, method and number of samples, and at least the same budget. All workers of one service run the same
        version of the software.
        """
        equal = (run for run in self.runs() if _is_equal(run, request))
        return next(equal, None)

    def runs(self) -> Iterator[Run]:
        """All unfinished runs."""
        for press in (*self.working, *self.waiting):
            yield from press.running

    def start_next(self, is_ready: Callable[[Press], bool]) -> Press | None:
        """Moves the next press that is ready from the waiting ones to the working ones."""
        press = next(filter(is_ready, self.waiting), None)
        if press is not None:
            self._waiting.remove(press)
            self.working.append(press)
            self._round = max(self._round, press.round)
        return press

    def release(self, press: Press) -> None:
        """Ends a press's time with its worker."""
        self.working.remove(press)

    def _round_of(self, owner: str) -> int:
        unfinished = (press for press in (*self.working, *self.waiting) if press.owner == owner)
        return 1 + max((self._round, *(press.round for press in unfinished if press.running)))


def _is_equal(run: Run, request: Request) -> bool:
    other = run.view.request
    assert other.budget.seconds is not None
    assert request.budget.seconds is not None
    same = (other.problem, other.method, other.num_samples) == (
        request.problem,
        request.method,
        request.num_samples,
    )
    return same and run.kill_at is None and other.budget.seconds >= request.budget.seconds
