"""The lines that a worker process reads from its input."""

from __future__ import annotations

import os
import queue
import sys
import threading

from core.jobs import wire


class Lines:
    """Reads standard input in a separate thread. A line holds requests, or `stop I`, which stops run I of the latest line of requests."""

    def __init__(self) -> None:
        self._lines = queue.SimpleQueue[tuple[list[str], list[threading.Event]]]()
        threading.Thread(target=self._read, daemon=True).start()

    def next(self) -> tuple[list[str], list[threading.Event]]:
        """Wait for the next line of requests. Returns the requests as JSON, and one event per request, which is set to stop its run."""
        return self._lines.get()

    def _read(self) -> None:
        stops = list[threading.Event]()
        for line in sys.stdin:
            word, _, run = line.strip().partition(" ")
            if word == "stop":
                stops[int(run)].set()
            else:
                requests = line.split(wire.REQUEST_SEPARATOR)
                stops = [threading.Event() for _ in requests]
                self._lines.put((requests, stops))
        os._exit(0)
