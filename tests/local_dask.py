"""A small Dask cluster for tests."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.cluster import is_installed

ROOT = Path(__file__).resolve().parents[1]

needs_dask = pytest.mark.skipif(
    not is_installed(), reason="needs the extra `cluster`; continuous integration installs it"
)


class LocalDask:
    """A scheduler and two workers on this machine, each a process of its own.

    Args:
        folder: where temporary files are written.
        preload: Python code that the workers run first.
    """

    def __init__(self, folder: Path, preload: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"tcp://127.0.0.1:{self.port}"
        self.preload = folder / "preload.py"
        self.preload.write_text(preload)
        self.processes = list[subprocess.Popen[bytes]]()
        self.start()

    def start(self) -> None:
        """Start a scheduler and two workers. Workers of an earlier scheduler have ended with it."""
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", str(self.port))
        options = ("--no-nanny", "--nthreads", "1", "--preload", str(self.preload))
        self.workers = [self._start("worker", self.address, *options) for _ in range(2)]

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments, "--no-dashboard"]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        self.processes.append(subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL))
        return self.processes[-1]

    def close(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
