"""Background threads for long computations: a few at a time, each cancelled once no page waits for it."""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Literal

MOST_RUNNING = 2
# A computation is cancelled this many seconds after its last `look`. Waiting pages call `look` about twice a second, and a reload of a page
# takes a second or two.
LEASE_SECONDS = 3.0
MOST_KEPT = 32

# A computation. It repeatedly calls its argument with the fraction done, and ends if that call raises an exception.
Work = Callable[[Callable[[float], None]], object]


class AbandonedError(Exception):
    """Raised when a computation reports its progress but no page waits for it any more."""


@dataclass(frozen=True)
class Progress:
    """Progress of a computation.

    Attributes:
        share: fraction done, from 0 to 1.
        status: `waiting`, `running`, `done` or `failed`.
        error: the exception if it failed.
    """

    share: float = 0.0
    status: Literal["waiting", "running", "done", "failed"] = "waiting"
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
    """Runs computations in threads and tracks their progress. A computation stores its own result.

    All methods are thread-safe.

    Args:
        most_running: maximum number of computations at the same time.
        lease_seconds: seconds for which a computation continues after the last call of `look` for it.
    """

    def __init__(self, most_running: int = MOST_RUNNING, lease_seconds: float = LEASE_SECONDS) -> None:
        self.most_running = most_running
        self.lease_seconds = lease_seconds
        self._tasks: OrderedDict[Hashable, _Task] = OrderedDict()
        self._running = 0
        self._changed = threading.Condition()

    def look(self, key: Hashable, work: Work) -> Progress:
        """Return the progress of a computation and renew its lease; starts or queues it if it is new or was cancelled.

        Args:
            key: identifies the computation; computations with the same key are the same.
            work: the computation, called once in its own thread.
        """
        with self._changed:
            lease = time.monotonic() + self.lease_seconds
            task = self._tasks.setdefault(key, _Task(work, lease))
            task.lease = lease
            self._forget()
            self._start_next()
            return task.progress

    def wait(self, key: Hashable, seconds: float) -> Progress | None:
        """Wait until a computation is over, at most `seconds`; returns its progress, or None for an unknown key."""
        with self._changed:
            task = self._tasks.get(key)
            if task is not None:
                self._changed.wait_for(
                    lambda: task.progress.is_over or self._tasks.get(key) is not task, seconds
                )
                return task.progress
            return None

    def _forget(self) -> None:
        """Drop the oldest finished computations, and waiting ones whose lease has ended."""
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
                # The task, which stays in the list, must not keep the computation and its data in memory.
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
        except Exception as error:  # the page shows any error
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
