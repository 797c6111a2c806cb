"""A worker that has imported the engine already and waits for the next run."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

from core.jobs.processes import Worker

# After a waiting worker has died, seconds until the next is started: one that cannot live is not started again and again.
REST_SECONDS = 3.0


class Standby:
    """Keeps at most one waiting worker: a new one, or one that is done with its last run.

    The import takes seconds; an idle worker costs 0.3 GB of resident memory. All methods may be called from any thread. They may
    block while a process starts or ends.
    """

    def __init__(self) -> None:
        self._waiting: Worker | None = None
        self._rests_until = 0.0
        self._lock = threading.Lock()

    def prepare(self) -> None:
        """Starts a waiting worker unless there is one, one has just died, or the system has no room."""
        with self._lock:
            if self._waiting is not None and not self._waiting.is_alive:
                self._waiting.end()
                self._waiting = None
                self._rests_until = time.monotonic() + REST_SECONDS
            if self._waiting is None and time.monotonic() >= self._rests_until:
                with suppress(OSError, RuntimeError):
                    self._waiting = Worker()

    def keep(self, worker: Worker) -> None:
        """Lets a worker that is done wait for its next run; ends one too many."""
        with self._lock:
            if self._waiting is None:
                self._waiting = worker
                return
        worker.end()

    def take(self) -> Worker:
        """The waiting worker, or a new one.

        Raises:
            OSError: the system has no room for another process.
            RuntimeError: it has no room for another thread.
        """
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is None:
            return Worker()
        if worker.is_alive:
            return worker
        worker.end()
        return Worker()

    def dismiss(self) -> None:
        """Ends the waiting worker."""
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is not None:
            worker.kill()
            worker.end(patience=1.0)
