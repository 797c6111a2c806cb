"""Compute runs of the dashboard's pages in a Dask worker."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import Any

from core.jobs import wire

POLL_SECONDS = 0.5


def compute(token: str, lines: list[str]) -> None:
    """Compute the runs of several requests, which take turns. This function runs in a Dask worker.

    Args:
        token: name of the Dask task. The topic, queue, event and variable that connect it to the relay have the same name.
        lines: requests as JSON.
    """
    from distributed import Queue, get_client, get_worker

    from core.jobs.worker import prepare, work_in_turns

    worker, client = get_worker(), get_client()
    bodies = Queue(token, client=client)
    stops, ended = [threading.Event() for _ in lines], threading.Event()

    def send(message: wire.Message) -> None:
        if not _is_wanted(worker, token):
            return
        if message.body:
            bodies.put(client.scatter(message.body, hash=False))
        head = {"kind": message.kind, "run": message.run, "data": message.data}
        worker.log_event(token, {**head, "has_body": bool(message.body)})

    worker.log_event(token, {"kind": "start", "worker": worker.address})
    watch = threading.Thread(target=_watch, args=(token, worker, client, stops, ended), daemon=True)
    watch.start()
    try:
        prepare()
        work_in_turns(lines, send, stops)
    finally:
        ended.set()
        if not _is_wanted(worker, token):  # otherwise the relay closes the queue
            bodies.close()


def _watch(
    token: str, worker: Any, client: Any, stops: Sequence[threading.Event], ended: threading.Event
) -> None:
    """Stop the runs that the relay names; stop all runs once the task is cancelled."""
    from distributed import Event, Variable

    stop, stopped = Event(token, client=client), Variable(token, client=client)
    while not ended.is_set():
        if stop.wait(timeout=POLL_SECONDS):
            stop.clear()
            for run in stopped.get(timeout=POLL_SECONDS):
                stops[run].set()
        if not _is_wanted(worker, token):
            for event in stops:
                event.set()


def _is_wanted(worker: Any, token: str) -> bool:
    """Whether the task with this name is still executing, so that the relay waits for it."""
    task = worker.state.tasks.get(token)
    return task is not None and task.state == "executing"
