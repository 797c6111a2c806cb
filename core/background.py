"""Long computations beside the pages of a server: at most a few at once, each ended once nobody waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace

MOST_RUNNING = 2
# A page that waits looks about twice a second; a reload takes a second or two.
LEASE_SECONDS = 3.0
MOST_KEPT = 32

# Computes something and reports the share that is done between its parts; what the report raises ends it.
Work = Callable[[Callable[[float], None]], object]


class AbandonedError(Exception):
    """Nobody waits for the computation any more; raised by its own report."""


@dataclass(frozen=True)
class Progress:
    """How far a computation is.

    Attributes:
        share: that is done, from 0 to 1.
        status: `waiting`, `running`, `done` or `failed`.
        error: what it failed with.
    """

    share: float = 0.0
    status: str = "waiting"
    error: Exception | None = None

    @property
    def is_over(self) -> bool:
        return self.status in ("done", "failed")


@dataclass(eq=False)
class _Task:
    work: Work | None
    lease: float
    progress: Progress = Progress()


class Background:
    """Threads that compute what pages wait for. Results stay with whoever computes them; here is only how far they are.

    All methods may be called from any thread.

    Args:
        most_running: computations at the same time.
        lease_seconds: how long one lives after its last `look`.
    """

    def __init__(self, most_running: int = MOST_RUNNING, lease_seconds: float = LEASE_SECONDS) -> None:
        self.most_running = most_running
        self.lease_seconds = lease_seconds
        self._tasks: OrderedDict[Hashable, _Task] = OrderedDict()
        self._running = 0
        self._changed = threading.Condition()

    def look(self, key: Hashable, work: Work) -> Progress:
        """How far a computation is; it begins with the first look, or with the next one after it was cancelled.

        Args:
            key: equal for equal computations.
            work: is called once, in a thread of its own.
        """
        with self._changed:
            lease = time.monotonic() + self.lease_seconds
            task = self._tasks.setdefault(key, _Task(work, lease))
            task.lease = lease
            self._forget()
            self._start_next()
            return task.progress

    def wait(self, key: Hashable, seconds: float) -> Progress | None:
        """Until a computation is over, or the seconds have passed; None where there is none."""
        with self._changed:
            task = self._tasks.get(key)
            if task is not None:
                self._changed.wait_for(
                    lambda: task.progress.is_over or self._tasks.get(key) is not task, seconds
                )
                return task.progress
            return None

    def _forget(self) -> None:
        """Drops the oldest that are over, and all that wait for nobody."""
        now = time.monotonic()
        over = [key for key, task in self._tasks.items() if task.progress.is_over]
        stale = [
            k for k, task in self._tasks.items() if task.progress.status == "waiting" and task.lease < now
        ]
        for key in [*over[: max(len(over) - MOST_KEPT, 0)], *stale]:
            del self._tasks[key]

    def _start_next(self) -> None:
        for key, task in self._tasks.items():
            if self._running >= self.most_running:
                return
            if task.work is not None:
                task.progress = Progress(status="running")
                self._running += 1
                # What is over need not keep its work, and all that this holds, in memory.
                work, task.work = task.work, None
                threading.Thread(target=self._run, args=(key, task, work), daemon=True).start()

    def _run(self, key: Hashable, task: _Task, work: Work) -> None:
        def report(share: float) -> None:
            if time.monotonic() > task.lease:
                raise AbandonedError
            task.progress = replace(task.progress, share=share)

        try:
            work(report)
            end: Progress | None = Progress(1.0, "done")
        except AbandonedError:
            end = None
        except Exception as error:  # whatever it is, the page shows it
            logging.getLogger(__name__).info("An exact computation failed.", exc_info=True)
            end = Progress(task.progress.share, "failed", error)
        with self._changed:
            if end is None:
                self._tasks.pop(key, None)
            else:
                task.progress = end
            self._running -= 1
            self._forget()
            self._start_next()
            self._changed.notify_all()
