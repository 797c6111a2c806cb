"""A worker process that computes nothing. It passes runs on to a worker of a Dask cluster, and passes the messages back.

To the service it looks like any other worker process, so queue, leases, limits and the run store work as they do without a cluster. The small
parts of messages travel as Dask events; pictures and checkpoints are futures, which only this process fetches.
"""

from __future__ import annotations

import json
import os
import queue
import secrets
import sys
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from core.cluster import INSTALL, VARIABLE, connect, is_installed
from core.jobs import failures, wire
from core.jobs.lines import Lines
from core.status import COMPLETE
from core.targets.registry import TARGETS

POLL_SECONDS = 0.05
# Seconds to wait for the scheduler, and for the content of a future to arrive.
PATIENCE_SECONDS = 10.0
# Runs of pages start before the tasks of sweeps, whose priority is 0.
PRIORITY = 10
LOST = "The worker of the cluster was lost before the run ended."
Send = Callable[[wire.Message], None]


class Relay:
    """The connection to a cluster.

    Raises:
        ValueError: the address is not allowed, Dask is not installed, or the scheduler cannot be reached.
    """

    def __init__(self, address: str) -> None:
        if not is_installed():
            raise ValueError(INSTALL)
        self._client = connect(address, PATIENCE_SECONDS)
        self._news = queue.SimpleQueue[dict[str, Any]]()
        # The scheduler reports here which workers it has lost.
        self._client.subscribe_topic("all", self._receive)

    def _receive(self, event: tuple[float, Any]) -> None:
        if isinstance(event[1], dict):
            self._news.put(event[1])

    def run(self, lines: Sequence[str], stops: Sequence[threading.Event], send: Send) -> bool:
        """Compute the runs of one press of Train on the cluster.

        Args:
            lines: requests as JSON.
            stops: one event for each request, set to end its run early.
            send: receives the messages.

        Returns:
            Whether all runs completed.
        """
        from core.jobs.cluster_run import compute

        token = f"boltzmann-{secrets.token_hex(8)}"
        self._client.subscribe_topic(token, self._receive)
        future = self._client.submit(compute, token, list(lines), key=token, pure=False, priority=PRIORITY)
        future.add_done_callback(lambda done: self._news.put({"kind": "done", "error": _error_of(done)}))
        forwarding = _Forwarding(self._client, token, send, stops)
        try:
            return forwarding.follow(self._news)
        finally:
            future.cancel()
            self._client.unsubscribe_topic(token)
            forwarding.close()


class _Forwarding:
    """Forwards the messages about the runs of one press of Train, until all have ended."""

    def __init__(self, client: Any, token: str, send: Send, stops: Sequence[threading.Event]) -> None:
        from distributed import Event, Queue, Variable

        self._send, self._stops = send, stops
        self._bodies = Queue(token, client=client)
        self._stop, self._stopped = Event(token, client=client), Variable(token, client=client)
        self._asked = list[int]()
        self._statuses = dict[int, str]()
        self._worker = ""

    def follow(self, news: queue.SimpleQueue[dict[str, Any]]) -> bool:
        """Forward news as it arrives; returns whether all runs completed."""
        error = ""
        while len(self._statuses) < len(self._stops) and not error:
            self._pass_on_stops()
            try:
                item = news.get(timeout=POLL_SECONDS)
            except queue.Empty:
                continue
            error = self._error_in(item)
        for run in range(len(self._stops)):
            if run not in self._statuses:
                self._send(wire.Message("end", {"status": "failed", "error": error}, run=run))
        return not error and all(status in COMPLETE for status in self._statuses.values())

    def _error_in(self, item: dict[str, Any]) -> str:
        """Handle one item of news; returns why the runs cannot go on, or an empty string."""
        if item.get("action") == "remove-worker":
            return LOST if item.get("worker") == self._worker else ""
        kind = item.get("kind")
        if kind == "done":
            return str(item["error"])
        if kind == "start":
            # A second start means that Dask lost the first worker and started the task again. The runs then fail, because only the service
            # decides whether to resume them.
            repeated, self._worker = bool(self._worker), item["worker"]
            return LOST if repeated else ""
        if kind in ("progress", "picture", "exact", "checkpoint", "end"):
            self._forward(item)
        return ""

    def _forward(self, item: dict[str, Any]) -> None:
        body = self._bodies.get(timeout=PATIENCE_SECONDS).result() if item["has_body"] else b""
        self._send(wire.Message(item["kind"], item["data"], body, item["run"]))
        if item["kind"] == "end":
            self._statuses[item["run"]] = item["data"]["status"]

    def close(self) -> None:
        """Free what the scheduler stores for these runs."""
        self._bodies.close()
        self._stop.clear()
        self._stopped.delete()

    def _pass_on_stops(self) -> None:
        asked = [run for run, stop in enumerate(self._stops) if stop.is_set()]
        if asked != self._asked:
            self._asked = asked
            self._stopped.set(asked)
            self._stop.set()


def _error_of(future: Any) -> str:
    """Why a task has failed, in a sentence; empty if it has finished."""
    if future.status == "finished":
        return ""
    if future.status == "error":
        error = future.exception()
        return LOST if type(error).__name__ == "KilledWorker" else failures.of_error(error)
    return "The connection to the cluster's scheduler was lost."


def local_target(lines: Sequence[str]) -> str:
    """Why the cluster cannot compute these requests; empty if it can. A target from a Python file exists only in this server's processes."""
    for line in lines:
        name = json.loads(line)["problem"]["target"]["name"]
        if name not in TARGETS:
            return f"`{name}` is a Python function of this server, which a cluster cannot compute. Start the server without {VARIABLE}."
    return ""


def main() -> None:
    """Relay the requests of one press of Train after another, until a run does not complete."""
    requests, send = Lines(), partial(wire.write, sys.stdout.buffer)
    relay, error, completed = None, "", True
    try:
        relay = Relay(os.environ[VARIABLE])
    except ValueError as reason:
        error = str(reason)
    while completed:
        lines, stops = requests.next()
        refusal = error or local_target(lines)
        if refusal or relay is None:
            for run in range(len(lines)):
                send(wire.Message("end", {"status": "failed", "error": refusal}, run=run))
            return
        completed = relay.run(lines, stops, send)


if __name__ == "__main__":
    main()
