"""Worker processes: how one is started, told something, and ended; and one that waits, ready for the next run."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from core.machine import usable_cores

# Half of the processors, so that whoever serves the page keeps the others; networks as small as these gain little from more than four.
NUM_THREADS = min(max(usable_cores() // 2, 1), 4)
# All of them together leave one to the page.
MOST_RUNNING = max((usable_cores() - 1) // NUM_THREADS, 1)
ROOT = Path(__file__).resolve().parents[2]
Process = subprocess.Popen[bytes]
# After a worker that waits has died, so long none waits: one that cannot live shall not be started again and again.
REST_SECONDS = 3.0


def start() -> Process:
    """A worker that waits for its request. Its errors go where the server's go.

    Raises:
        OSError: the system has no room for another process.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "core.jobs.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def tell(process: Process, line: str) -> None:
    """Writes to a worker that may be gone."""
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.write(line.encode() + b"\n")
        process.stdin.flush()


def end(process: Process, *, patience: float = 0.0) -> int:
    """Ends a worker and closes its pipes; returns its exit status.

    Args:
        process: the worker.
        patience: seconds in which it may end by itself, so that its status tells what happened to it.
    """
    try:
        code = process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()
        code = process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            if stream is not None:
                stream.close()
    return code


class Standby:
    """One worker that has imported the engine already, which takes seconds, and waits for a request: a new one, or one that is
    done with its last run.

    It costs the memory of an idle process, 0.3 GB resident. Not safe for threads: its owner has a lock.
    """

    def __init__(self) -> None:
        self._waiting: Process | None = None
        self._rests_until = 0.0

    def prepare(self) -> None:
        """Has a worker wait; nothing happens where one does already, where one has just died, or where there is no room for one."""
        if self._waiting is not None and self._waiting.poll() is not None:
            self.dismiss()
            self._rests_until = time.monotonic() + REST_SECONDS
        if self._waiting is None and time.monotonic() >= self._rests_until:
            with suppress(OSError):
                self._waiting = start()

    def keep(self, process: Process) -> None:
        """Has a worker that is done wait for its next run; one too many is ended."""
        if self._waiting is None:
            self._waiting = process
        else:
            end(process)

    def take(self) -> Process:
        """The worker that waits, or a new one.

        Raises:
            OSError: the system has no room for another process.
        """
        process, self._waiting = self._waiting, None
        if process is None:
            return start()
        if process.poll() is None:
            return process
        end(process)
        return start()

    def dismiss(self) -> None:
        """Ends the worker that waits."""
        process, self._waiting = self._waiting, None
        if process is not None:
            process.kill()
            end(process, patience=1.0)
