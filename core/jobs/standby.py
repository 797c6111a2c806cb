"""An idle worker, with the engine imported, ready for the next run."""

from __future__ import annotations

import threading
import time

from core.jobs.processes import Worker

# Seconds to wait before an idle worker that died is replaced. Without a pause, workers that always die would be restarted in a loop.
REST_SECONDS = 3.0
# Seconds after which a worker has surely imported the engine, even on a busy machine.
PROVEN_SECONDS = 15.0


class Standby:
    """Holds at most one idle worker: a new one, or one that has finished its runs.

    Importing the engine takes seconds; an idle worker costs 0.3 GB of resident memory. All methods are thread-safe and may block
    while a process starts or ends.
    """

    def __init__(self) -> None:
        self._waiting: Worker | None = None
        self._rests_until = 0.0
        self._lost, self._since = False, 0.0
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """Process id of the idle worker; None without one."""
        with self._lock:
            return self._waiting.pid if self._waiting is not None and self._waiting.is_alive else None

    @property
    def is_lost(self) -> bool:
        """Whether an idle worker has ended or could not be started, and no other has lived for PROVEN_SECONDS since."""
        with self._lock:
            if self._waiting is not None and not self._waiting.is_alive:
                return True
            is_proven = self._waiting is not None and time.monotonic() > self._since + PROVEN_SECONDS
            return self._lost and not is_proven

    def prepare(self) -> None:
        """Start an idle worker, unless there is one, one has just died, or the system cannot start a process."""
        with self._lock:
            if self._waiting is not None and not self._waiting.is_alive:
                self._waiting.end()
                self._waiting, self._lost = None, True
                self._rests_until = time.monotonic() + REST_SECONDS
            if self._waiting is None and time.monotonic() >= self._rests_until:
                try:
                    self._waiting, self._since = Worker(), time.monotonic()
                except (OSError, RuntimeError):
                    self._lost = True

    def keep(self, worker: Worker) -> None:
        """Keep a worker that has finished its runs; end it if there is an idle one already."""
        with self._lock:
            self._lost = False
            if self._waiting is None:
                self._waiting = worker
                return
        worker.end()

    def take(self) -> Worker:
        """Hand over the idle worker, or a new one.

        Raises:
            OSError: the system cannot start another process.
            RuntimeError: the system cannot start another thread.
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
        """End the idle worker, if any."""
        with self._lock:
            worker, self._waiting = self._waiting, None
        if worker is not None:
            worker.kill()
            worker.end(patience=1.0)
