"""Worker processes: start one, send it lines, end it."""

from __future__ import annotations

import logging
import os
import queue
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import IO

from core import cluster
from core.machine import usable_cores

# Threads per worker: half of the cores, so that the server keeps the rest. The networks are small and gain little from more than four
# threads.
NUM_THREADS = min(max(usable_cores() // 2, 1), 4)
# Default maximum number of workers at the same time; together they leave one core to the server.
MOST_RUNNING = max((usable_cores() - 1) // NUM_THREADS, 1)
# Environment variable that sets how many workers may run at the same time, for example as many as a cluster has.
VARIABLE, MOST_WORKERS = "BOLTZMANN_WORKERS", 256
ROOT = Path(__file__).resolve().parents[2]


def most_running() -> int:
    """How many workers may run at the same time: the number in the environment variable VARIABLE, or MOST_RUNNING."""
    text = os.environ.get(VARIABLE)
    if not text:
        return MOST_RUNNING
    if text.isdecimal() and 1 <= int(text) <= MOST_WORKERS:
        return int(text)
    message = "%s must be a whole number from 1 to %d; got %r. The default is used."
    logging.getLogger(__name__).warning(message, VARIABLE, MOST_WORKERS, text)
    return MOST_RUNNING


def start(module: str | None = None, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a worker process, which waits for requests. It shares the server's standard error.

    Args:
        module: the module that it runs; by default the one that computes jobs on this machine or, if one is configured, on a cluster.
        arguments: arguments of its command line.

    Raises:
        OSError: the system cannot start another process.
    """
    module = module or ("core.jobs.relay" if os.environ.get(cluster.VARIABLE) else "core.jobs.worker")
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


class Worker:
    """A worker process and the lines sent to it.

    Writing to a full pipe blocks, so a separate thread writes and `send` returns at once.

    Args:
        process: the process; by default a new one that computes jobs.

    Raises:
        OSError: the system cannot start another process.
        RuntimeError: the system cannot start another thread.
    """

    def __init__(self, process: subprocess.Popen[bytes] | None = None) -> None:
        self._process = start() if process is None else process
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
        """Stream of the worker's messages."""
        assert self._process.stdout is not None
        return self._process.stdout

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def send(self, line: str) -> None:
        """Send a line. Returns at once, even if the worker is busy, stopped or gone."""
        self._lines.put(line)

    def kill(self) -> None:
        """Kill the process; returns at once."""
        self._process.kill()

    def end(self, *, patience: float = 0.0) -> int:
        """End the process and close its pipes. Blocks until the process is gone.

        Args:
            patience: seconds the process gets to exit by itself, with its own exit status, before it is killed.

        Returns:
            The exit status, or minus the number of the signal that ended the process.
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
        with suppress(OSError, ValueError):  # the process is gone, or its pipe is closed
            while (line := self._lines.get()) is not None:
                stream.write(line.encode() + b"\n")
                stream.flush()
