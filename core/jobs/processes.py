"""Worker processes: how one is started, sent a line, and ended."""

from __future__ import annotations

import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from core.machine import usable_cores

# Half of the processors, so that whoever serves the page keeps the others; networks as small as these gain little from more than four.
NUM_THREADS = min(max(usable_cores() // 2, 1), 4)
# All of them together leave one to the page.
MOST_RUNNING = max((usable_cores() - 1) // NUM_THREADS, 1)
ROOT = Path(__file__).resolve().parents[2]


def start() -> subprocess.Popen[bytes]:
    """A process that waits for its requests. Its errors go where the server's go.

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


class Worker:
    """A worker process and what is written to it.

    A pipe that is not read fills up, and then a write blocks. So a thread of its own writes, and `tell` never blocks.

    Raises:
        OSError: the system has no room for another process.
        RuntimeError: it has no room for another thread.
    """

    def __init__(self) -> None:
        self._process = start()
        self._lines = queue.SimpleQueue[str | None]()
        try:
            threading.Thread(target=self._write, daemon=True).start()
        except RuntimeError:
            self.kill()
            self.end()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def output(self) -> IO[bytes]:
        """What the worker writes."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def tell(self, line: str) -> None:
        """Sends a line to a worker that may be busy, stopped or gone; returns at once."""
        self._lines.put(line)

    def kill(self) -> None:
        """Ends the process, whatever it does; returns at once."""
        self._process.kill()

    def end(self, *, patience: float = 0.0) -> int:
        """Ends the process and closes its pipes; returns its exit status. Blocks until the process is gone.

        Args:
            patience: seconds in which it may end by itself, so that its exit status is its own.
        """
        try:
            code = self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self.kill()
            code = self._process.wait()
        self._lines.put(None)
        for stream in (self._process.stdin, self._process.stdout):
            with suppress(OSError):
                if stream is not None:
                    stream.close()
        return code

    def _write(self) -> None:
        stream = self._process.stdin
        assert stream is not None
        with suppress(OSError, ValueError):  # it is gone, or its pipe closed
            while (line := self._lines.get()) is not None:
                stream.write(line.encode() + b"\n")
                stream.flush()
